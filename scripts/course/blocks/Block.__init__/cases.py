"""What blocks.Block.__init__ is asked."""

from scripts.course.blocks.shared import pass_through
from scripts.workshop.check.cases import attributes, case, draw, parameters, small


@case("another width, and norms with weights")
def other_init(package):
    module = package.blocks.Block(small(n_embd=16, normalization="layernorm", norm_eps=0.5))
    return {"the parameters": parameters(module), "the eps of both norms": [module.attn_norm.eps, module.mlp_norm.eps]}


@case("attention scaled down with depth, and a gated feed-forward")
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


@case("differential attention")
def differential_init(package):
    return kinds_of_attention(package, attention_type="differential")


@case("latent attention")
def latent_init(package):
    return kinds_of_attention(package, attention_type="latent", n_kv_head=4)


@case("attention by a flash kernel")
def flash_init(package):
    return kinds_of_attention(package, attention_backend="flash")


@case("a kind of attention that nobody knows")
def unknown_init(package):
    try:
        package.blocks.Block(small(attention_type="latnet"))
    except ValueError as error:
        return {"what is raised": "ValueError", "the name is named": "latnet" in str(error)}
    return {"what is raised": "nothing", "the name is named": False}


@case("two query heads to a key/value head")
def init(package):
    module = package.blocks.Block(small())
    return {
        "the parameters": parameters(module),
        "the attributes": attributes(module, "attn_scale"),
    } | pass_through(package, draw(2, 5, 24))
