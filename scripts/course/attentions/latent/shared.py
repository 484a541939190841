"""Cases for latent.py."""

import torch
from torch import Tensor

from scripts.workshop.check.cases import (
    case_of,
    draw,
    fill,
    outcome,
    rotary_tables,
    small,
)

ATTENTION = "attentions.latent.MultiHeadLatentAttention"


INIT, FORWARD, NAIVE, ABSORBED = (f"{ATTENTION}.{name}" for name in ("__init__", "forward", "naive", "absorbed"))


# No two sizes alike, and none that follows from the others.
SIZES = {
    "attention_type": "latent",
    "n_kv_head": 4,
    "head_dim": 5,
    "latent_rank": 7,
    "rope_head_dim": 6,
    "value_head_dim": 3,
    "qk_norm": "off",
}


QUERY_LATENT = {"query_latent_rank": 9}


WEIGHTED = {"qk_norm": "head", "qk_normalization": "rmsnorm"}


def latent(**changes):
    return small(**SIZES | changes)


def module_of(package, config, spread: float = 0.5):
    return fill(package.attentions.latent.MultiHeadLatentAttention(config, 0), spread)


def context_of(package, length: int, config, start: int = 0, **options):
    tables = rotary_tables(length, config.rope_head_dim, start=start)
    return package.positions.Context(torch.arange(start, start + length), *tables, **options)


def attend(package, config, length: int, spread: float = 0.5, size: float = 1.0, **options) -> dict:
    module = module_of(package, config, spread)
    context = context_of(package, length, config, **options)
    return outcome(lambda x: module(x, context), size * draw(2, length, config.n_embd), module=module)


def parts(Tq: int, Tk: int, config, B: int = 2) -> dict[str, Tensor]:
    H, D, R = config.n_head, config.head_dim, config.rope_head_dim
    return {
        "q_nope": draw(B, Tq, H, D, seed=1),
        "q_rope": draw(B, Tq, H, R, seed=2),
        "latent": draw(B, Tk, config.latent_rank, seed=3),
        "k_rope": draw(B, Tk, R, seed=4),
    }


def ask(package, way: str, config, Tq: int, Tk: int, first: str, B: int = 2, **options) -> dict:
    """Attend in the way called `way`; `first` is what the gradient is wanted to."""
    module = module_of(package, config)
    inputs = parts(Tq, Tk, config, B)
    options = {"query_position": torch.arange(Tk - Tq, Tk), "key_position": torch.arange(Tk), "scale": 0.4} | options
    mods = package.attentions.backends.scored.ScoreMods(**options)
    names = sorted(inputs, key=lambda name: name != first)

    def call(*values):
        given = dict(zip(names, values, strict=True))
        return getattr(module, way)(*(given[name] for name in inputs), mods)

    return outcome(call, *(inputs[name] for name in names), module=module)


def both(about: str, Tq: int = 5, Tk: int = 5, first: str = "q_nope", options=dict, **changes) -> None:
    """Register a case of both ways."""
    for piece, way in ((NAIVE, "naive"), (ABSORBED, "absorbed")):
        case_of(piece, about)(lambda package, way=way: ask(package, way, latent(**changes), Tq, Tk, first, **options()))


both("as many queries as keys")


both("an eye on the gradient to the latents", first="latent")


both("an eye on the gradient to the rotary keys", first="k_rope")


both("an eye on the gradient to the rotary parts of the queries", first="q_rope")


both("queries of the last tokens only", Tq=3, Tk=11)


both("a single query", Tq=1, Tk=8)


both(
    "as many queries, keys, heads and numbers", Tq=4, Tk=4, head_dim=4, rope_head_dim=4, value_head_dim=4, latent_rank=4
)


both("a single sequence", Tq=2, Tk=6, options=lambda: {"B": 1})


both("values as large as keys' content", value_head_dim=None)


both("one head", n_head=1, n_kv_head=1)


both("another scale", options=lambda: {"scale": 1.3})


both("a window", Tq=4, Tk=7, options=lambda: {"window": 3})


both(
    "a position of its own for every sequence",
    Tq=2,
    Tk=8,
    options=lambda: {
        "query_position": torch.tensor([[2, 3], [6, 7]]),
        "key_position": torch.arange(8).expand(2, -1),
    },
)


both(
    "a soft cap on the scores, a bias and sinks",
    options=lambda: {"softcap": 0.8, "bias": draw(4, 5, 5, seed=7), "sinks": draw(4, seed=8)},
)


both("torch's own attention", Tq=3, Tk=6, attention_backend="sdpa")


def handed_over(package, way: str) -> dict:
    """What the backend is given, and whether what it gives back is what is made use of."""
    config, shapes = latent(), {}
    module = module_of(package, config)

    def backend(query, key, value, mods):
        shapes.update(query=tuple(query.shape[:3]), key=tuple(key.shape[:3]), value=tuple(value.shape[:3]))
        # Not attention at all: every query gets the value of the last key, and a number for its head.
        out = value[:, :, -1:].expand(-1, query.size(1), query.size(2), -1)
        return out + torch.arange(query.size(1))[:, None, None]

    module.backend = backend
    mods = package.attentions.backends.scored.ScoreMods(torch.arange(3, 6), torch.arange(6), 0.4)
    with torch.no_grad():
        result = getattr(module, way)(*parts(3, 6, config).values(), mods)
    return {
        "the result": result,
        **{f"sequences, heads and tokens of the {name}": shape for name, shape in shapes.items()},
    }
