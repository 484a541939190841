"""What blocks.Block.__init__ is asked."""

from scripts.course.blocks.shared import pass_through
from scripts.workshop.check.cases import case, draw, parameters, small


@case("another width, and norms with weights")
def other_init(package):
    module = package.blocks.Block(small(n_embd=16, normalization="layernorm", norm_eps=0.5), 0)
    return {"the parameters": parameters(module), "the eps of both norms": [module.attn_norm.eps, module.mlp_norm.eps]}


@case("a gated feed-forward")
def gated_init(package):
    return {"the parameters": parameters(package.blocks.Block(small(ffn_type="gated"), 0))}


def kinds_of_attention(package, **changes) -> dict:
    module = package.blocks.Block(small(**changes), 0)
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


@case("attention that is another in every layer", track="attention")
def layers_init(package):
    config = small(n_layer=3, attention_window="4,none,2")
    return {"the windows": [package.blocks.Block(config, layer).attn.window for layer in range(3)]}


@case("attention by a flash kernel")
def flash_init(package):
    return kinds_of_attention(package, attention_backend="flash")


@case("an unknown kind of attention")
def unknown_init(package):
    try:
        package.blocks.Block(small(attention_type="latnet"), 0)
    except ValueError as error:
        return {"what is raised": "ValueError", "the name is named": "latnet" in str(error)}
    return {"what is raised": "nothing", "the name is named": False}


@case("two query heads to a key/value head")
def init(package):
    module = package.blocks.Block(small(), 0)
    return {"the parameters": parameters(module)} | pass_through(package, "blocks.Block", draw(2, 5, 24))
