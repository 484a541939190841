"""What blocks.DeepNormBlock.__init__ is asked."""

from scripts.course.blocks.shared import pass_through
from scripts.workshop.check.cases import attributes, case, draw, parameters, small


def deep(package, n_layer: int) -> dict:
    module = package.blocks.DeepNormBlock(small(n_layer=n_layer, normalization="layernorm", attn_scale=True))
    return {"the parameters": parameters(module), "the attributes": attributes(module, "alpha", "attn_scale")}


@case("eight layers")
def deep_init(package):
    return deep(package, n_layer=8)


@case("three layers")
def shallow_init(package):
    return deep(package, n_layer=3)


@case("five tokens to look at")
def deep_init_and_forward(package):
    return pass_through(package, draw(2, 5, 24), "DeepNormBlock")
