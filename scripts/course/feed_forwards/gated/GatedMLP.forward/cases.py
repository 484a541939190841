"""What feed_forwards.gated.GatedMLP.forward is asked."""

from scripts.workshop.check.cases import case, draw, fill, outcome, small


@case("tokens without an axis for the batch")
def flat_tokens(package):
    module = fill(package.feed_forwards.gated.GatedMLP(small()))
    return outcome(module, draw(7, 24), module=module)
