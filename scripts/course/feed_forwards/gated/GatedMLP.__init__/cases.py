"""What feed_forwards.gated.GatedMLP.__init__ is asked."""

from scripts.workshop.check.cases import case, parameters, small


def made(package, **changes) -> dict:
    return {"the parameters": parameters(package.feed_forwards.gated.GatedMLP(small(n_embd=28, **changes)))}


# 8/3 of 28 is 74.67: nearer to the multiple of 8 below than to the one above, and an even number when cut.
case("a width that 8/3 does not hit")(made)


case("biases, and a hidden width rounded up to a multiple of 32")(
    lambda package: made(package, ffn_multiple_of=32, bias=True)
)


case("a hidden width rounded up to a multiple of 2")(lambda package: made(package, ffn_multiple_of=2))
