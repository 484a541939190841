"""What feed_forward.MLP.__init__ is asked."""

from scripts.workshop.check.cases import case, draw, fill, outcome, parameters, small


@case("a width of 8")
def narrow(package):
    return {"the parameters": parameters(package.feed_forward.MLP(small(n_embd=8)))}


@case("heads of another size than C/H")
def other_heads(package):
    return {"the parameters": parameters(package.feed_forward.MLP(small(head_dim=10)))}


@case("a width of 24")
def applied(package):
    mlp = fill(package.feed_forward.MLP(small()))
    return {"the parameters": parameters(mlp)} | outcome(mlp, draw(2, 5, 24), module=mlp)
