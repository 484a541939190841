"""Cases for initialization.py."""

from scripts.workshop.check.cases import case_of, distribution, fill, small


def drawn(package, function: str, sigma_of, **changes) -> dict:
    """What a way to draw weights makes of a model whose weights were all of another size."""
    config = small(
        **{"vocab_size": 150, "n_embd": 64, "n_layer": 2, "bias": True, "normalization": "layernorm"} | changes
    )
    model = fill(package.gpt.GPT(config), std=3.0)
    before = dict(model.named_parameters())
    getattr(package.optimization.initialization, function)(model)
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


def init_cases(function: str, sigma_of) -> None:
    piece = f"optimization.initialization.{function}"
    case_of(piece, "two layers, biases and norms")(lambda package: drawn(package, function, sigma_of))
    case_of(piece, "eight layers, learned positions")(
        lambda package: drawn(package, function, sigma_of, n_layer=8, position_encoding="learned_absolute")
    )
    case_of(piece, "a gated feed-forward, and a head tied to the embedding")(
        lambda package: drawn(package, function, sigma_of, ffn_type="gated", weight_tying=True)
    )
    case_of(piece, "gates in attention and in the feed-forward, and sinks")(
        lambda package: drawn(
            package, function, sigma_of, ffn_type="gated", attention_gate=True, attention_sinks=True, bias=False
        )
    )
    case_of(piece, "wide layers")(lambda package: drawn(package, function, sigma_of, n_embd=160, n_layer=1))
    case_of(piece, "experts")(lambda package: drawn(package, function, sigma_of, ffn_type="moe", n_expert=3))
    case_of(piece, "differential attention")(
        lambda package: drawn(package, function, sigma_of, attention_type="differential")
    )
    case_of(piece, "latent attention, and queries from a latent too")(
        lambda package: drawn(
            package, function, sigma_of, attention_type="latent", n_kv_head=4, query_latent_rank=40, latent_rank=24
        )
    )
