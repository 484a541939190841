"""What placements.scaled.ScaledBlock.__init__ is asked."""

from scripts.course.blocks.shared import pass_through
from scripts.workshop.check.cases import attributes, case, draw, parameters, small


def deep(package, n_layer: int) -> dict:
    config = small(n_layer=n_layer, normalization="layernorm", attn_scale=True)
    module = package.placements.scaled.ScaledBlock(config, 0)
    return {"the parameters": parameters(module), "the attributes": attributes(module, "attn_scale")}


@case("eight layers")
def deep_init(package):
    return deep(package, n_layer=8)


@case("three layers")
def shallow_init(package):
    return deep(package, n_layer=3)


@case("five tokens to look at")
def init_and_forward(package):
    return pass_through(package, "placements.scaled.ScaledBlock", draw(2, 5, 24), attn_scale=True)
