"""Cases for initialization.py."""

import math

from . import case, distribution, fill, small


def drawn(package, function: str, sigma_of, **changes) -> dict:
    """What a way to draw weights makes of a model whose weights were all of another size."""
    config = small(
        **{"vocab_size": 150, "n_embd": 64, "n_layer": 2, "bias": True, "normalization": "layernorm"} | changes
    )
    model = fill(package.gpt.GPT(config), spread=3.0)
    before = dict(model.named_parameters())
    getattr(package.initialization, function)(model)
    report: dict = {"what was replaced, not changed in place": []}
    for name, weight in model.named_parameters():
        if weight is not before.get(name):
            report["what was replaced, not changed in place"].append(name)
        sigma = sigma_of(config, name, weight)
        if sigma is None:
            report[name] = weight.detach()
        else:
            report |= {f"the {kind} of {name}": value for kind, value in distribution(weight, sigma).items()}
    return report


def gpt2_sigma(config, name: str, weight) -> float | None:
    if weight.ndim == 1:
        return None
    return 0.02 / math.sqrt(2 * config.n_layer) if name.endswith(("o_proj.weight", "down_proj.weight")) else 0.02


def deepnorm_sigma(config, name: str, weight) -> float | None:
    if weight.ndim == 1:
        return None
    if "embedding" in name:
        return config.n_embd**-0.5
    narrow = ("v_proj", "v_from_latent", "o_proj", "up_proj", "gate_proj", "down_proj")
    gain = (8 * config.n_layer) ** -0.25 if name.removesuffix(".weight").endswith(narrow) else 1.0
    return gain * math.sqrt(2 / sum(weight.shape))


def init_cases(function: str, sigma_of) -> None:
    piece = f"initialization.{function}"
    case(piece, "two layers, biases and norms")(lambda package: drawn(package, function, sigma_of))
    case(piece, "eight layers, learned positions")(
        lambda package: drawn(package, function, sigma_of, n_layer=8, position_encoding="learned_absolute")
    )
    case(piece, "a gated feed-forward, and a head tied to the embedding")(
        lambda package: drawn(package, function, sigma_of, ffn_type="gated", weight_tying=True)
    )
    case(piece, "gates in attention and in the feed-forward, and sinks")(
        lambda package: drawn(
            package, function, sigma_of, ffn_type="gated", attention_gate=True, attention_sinks=True, bias=False
        )
    )
    case(piece, "wide layers")(lambda package: drawn(package, function, sigma_of, n_embd=160, n_layer=1))
    case(piece, "experts")(lambda package: drawn(package, function, sigma_of, ffn_type="moe", n_expert=3))
    case(piece, "differential attention")(
        lambda package: drawn(package, function, sigma_of, attention_type="differential")
    )
    case(piece, "latent attention, and queries from a latent too")(
        lambda package: drawn(
            package, function, sigma_of, attention_type="latent", n_kv_head=4, query_latent_rank=40, latent_rank=24
        )
    )


init_cases("init_gpt2", gpt2_sigma)
init_cases("init_deepnorm", deepnorm_sigma)
