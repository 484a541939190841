"""Cases for blocks.py."""

import torch

from . import attributes, case, draw, fill, outcome, parameters, rotary_tables, small


def pass_through(package, x: torch.Tensor, kind: str = "Block", **changes) -> dict:
    # Norms with weights, so that it shows which norm is used where.
    module = fill(getattr(package.blocks, kind)(small(normalization="rmsnorm", **changes)))
    context = package.positions.Context(torch.arange(x.shape[1]), *rotary_tables(x.shape[1]))
    return outcome(lambda x: module(x, context), x, module=module)


@case("blocks.Block.__init__", "another width, and norms with weights")
def other_init(package):
    module = package.blocks.Block(small(n_embd=16, normalization="layernorm", norm_eps=0.5))
    return {"the parameters": parameters(module), "the eps of both norms": [module.attn_norm.eps, module.mlp_norm.eps]}


@case("blocks.Block.__init__", "attention scaled down with depth, and a gated feed-forward")
def scaled_init(package):
    module = package.blocks.Block(small(n_layer=8, attn_scale=True, ffn_type="gated"))
    return {"the parameters": parameters(module), "the attributes": attributes(module, "attn_scale")}


def kinds_of_attention(package, **changes) -> dict:
    module = package.blocks.Block(small(**changes))
    backend = getattr(getattr(module.attn, "backend", None), "__name__", "none")
    return {
        "the parameters": parameters(module),
        "the kind of attention": type(module.attn).__name__,
        "its backend": backend,
    }


@case("blocks.Block.__init__", "differential attention")
def differential_init(package):
    return kinds_of_attention(package, attention_type="differential")


@case("blocks.Block.__init__", "latent attention")
def latent_init(package):
    return kinds_of_attention(package, attention_type="latent", n_kv_head=4)


@case("blocks.Block.__init__", "attention by a flash kernel")
def flash_init(package):
    return kinds_of_attention(package, attention_backend="flash")


@case("blocks.Block.__init__", "a kind of attention that nobody knows")
def unknown_init(package):
    try:
        package.blocks.Block(small(attention_type="latnet"))
    except ValueError as error:
        return {"what is raised": "ValueError", "the name is named": "latnet" in str(error)}
    return {"what is raised": "nothing", "the name is named": False}


@case("blocks.Block.__init__", "two query heads to a key/value head")
def init(package):
    module = package.blocks.Block(small())
    return {
        "the parameters": parameters(module),
        "the attributes": attributes(module, "attn_scale"),
    } | pass_through(package, draw(2, 5, 24))


def forward_cases(kind: str) -> None:
    piece = f"blocks.{kind}.forward"

    @case(piece, "an ordinary residual stream")
    def ordinary(package):
        return pass_through(package, draw(2, 5, 24), kind)

    @case(piece, "attention scaled down with depth")
    def scaled(package):
        return pass_through(package, draw(2, 5, 24), kind, attn_scale=True)

    @case(piece, "a residual stream that has grown large")
    def large(package):
        return pass_through(package, 20 * draw(2, 5, 24), kind)

    @case(piece, "a residual stream so small that eps counts")
    def little(package):
        return pass_through(package, draw(2, 5, 24) / 16, kind)


for kind in (
    "Block",
    "PostNormBlock",
    "NoNormBlock",
    "SandwichNormBlock",
    "OutputNormBlock",
    "ParallelBlock",
    "ParallelTwoNormsBlock",
    "DeepNormBlock",
):
    forward_cases(kind)


def deep(package, n_layer: int) -> dict:
    module = package.blocks.DeepNormBlock(small(n_layer=n_layer, normalization="layernorm", attn_scale=True))
    return {"the parameters": parameters(module), "the attributes": attributes(module, "alpha", "attn_scale")}


@case("blocks.DeepNormBlock.__init__", "eight layers")
def deep_init(package):
    return deep(package, n_layer=8)


@case("blocks.DeepNormBlock.__init__", "three layers")
def shallow_init(package):
    return deep(package, n_layer=3)


@case("blocks.DeepNormBlock.__init__", "five tokens to look at")
def deep_init_and_forward(package):
    return pass_through(package, draw(2, 5, 24), "DeepNormBlock")
