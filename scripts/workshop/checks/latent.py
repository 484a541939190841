"""Cases for latent.py."""

import torch
from torch import Tensor

from . import attributes, case, draw, fill, growth, outcome, parameters, rotary_tables, share_of_zeros, small
from .work import Work

ATTENTION = "latent.MultiHeadLatentAttention"
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
    return fill(package.latent.MultiHeadLatentAttention(config), spread)


# What it is made of


def created(package, config) -> dict:
    module = package.latent.MultiHeadLatentAttention(config)
    names = ("n_head", "head_dim", "rope_head_dim", "value_head_dim", "scale", "softcap", "can_absorb")
    norms = ("latent_norm", "query_latent_norm", "q_norm", "k_norm")
    sinks = getattr(module, "sinks", "not set")
    return {
        "the parameters": parameters(module),
        "the attributes": attributes(module, *names),
        "the norms": {name: type(getattr(module, name, None)).__name__ for name in norms},
        "their eps": {name: getattr(getattr(module, name, None), "eps", None) for name in norms},
        "the share that is dropped": getattr(getattr(module, "dropout", None), "p", "no dropout"),
        "the backend": getattr(getattr(module, "backend", None), "__name__", "none"),
        "the sinks": sinks.tolist() if isinstance(sinks, Tensor) else str(sinks),
    }


@case(INIT, "queries made from the token itself")
def plain_init(package):
    return created(package, latent())


@case(INIT, "queries with a latent of their own")
def query_latent_init(package):
    return created(package, latent(**QUERY_LATENT))


@case(INIT, "biases, a scale of its own, dropout")
def biased_init(package):
    return created(package, latent(bias=True, score_scale=0.3, dropout=0.25, **QUERY_LATENT))


@case(INIT, "biases, and no latent for queries")
def biased_init_without_query_latent(package):
    return created(package, latent(bias=True))


@case(INIT, "values as large as keys' content")
def same_size_init(package):
    return created(package, latent(value_head_dim=None))


@case(INIT, "QK norms with weights")
def normed_init(package):
    return created(package, latent(**WEIGHTED))


@case(INIT, "QK norms over all heads")
def full_norm_init(package):
    return created(package, latent(qk_norm="full", qk_normalization="rmsnorm"))


@case(INIT, "QK norms without weights")
def weightless_norm_init(package):
    return created(package, latent(qk_norm="head"))


@case(INIT, "a soft cap on the scores, and sinks")
def capped_init(package):
    return created(package, latent(attention_softcap=20.0, attention_sinks=True))


@case(INIT, "another backend")
def sdpa_init(package):
    return created(package, latent(attention_backend="sdpa"))


@case(INIT, "norms of another kind and eps in the rest of the model")
def other_norms_init(package):
    return created(package, latent(normalization="layernorm", norm_eps=0.1, **QUERY_LATENT))


def raised(function, *inputs) -> str:
    try:
        function(*inputs)
    except Exception as error:
        return type(error).__name__
    return "nothing"


@case(INIT, "grouped heads, or a gate")
def refused(package):
    attention = package.latent.MultiHeadLatentAttention
    return {
        "what two key/value heads raise": raised(attention, latent(n_kv_head=2)),
        "what one key/value head raises": raised(attention, latent(n_kv_head=1)),
        "what a gate raises": raised(attention, latent(attention_gate=True)),
        "what grouped heads and a gate raise": raised(attention, latent(n_kv_head=2, attention_gate=True)),
    }


@case(INIT, "five tokens to look at")
def init_and_forward(package):
    return attend(package, latent(**QUERY_LATENT), length=5) | {
        f"{name}, without a latent for queries": value for name, value in attend(package, latent(), length=5).items()
    }


# All of it


def context_of(package, length: int, config, start: int = 0, **options):
    tables = rotary_tables(length, config.rope_head_dim, start=start)
    return package.positions.Context(torch.arange(start, start + length), *tables, **options)


def attend(package, config, length: int, spread: float = 0.5, size: float = 1.0, **options) -> dict:
    module = module_of(package, config, spread)
    context = context_of(package, length, config, **options)
    return outcome(lambda x: module(x, context), size * draw(2, length, config.n_embd), module=module)


def forward_case(about: str, length: int = 5, spread: float = 0.5, options: dict | None = None, **changes) -> None:
    @case(FORWARD, about)
    def forward(package):
        report = attend(package, latent(**changes), length, spread, **(options or {}))
        if length == 1:
            # One token's weight is one, whatever its score: gradients on the way to it are rounding errors.
            names = ("q_proj", "rotary_key_proj", "k_from_latent", "query_latent_proj", "query_latent_norm")
            report = {name: value for name, value in report.items() if not any(part in name for part in names)}
        return report


forward_case("queries made from the token itself", length=7)
forward_case("queries with a latent of their own", **QUERY_LATENT)
forward_case("a single token", length=1)
forward_case("as many tokens as heads", length=4)
forward_case("rotary parts that pair neighbours", options={"interleaved": True})
forward_case("positions that do not start at 0", options={"start": 3})
forward_case("biases", bias=True, **QUERY_LATENT)
forward_case("a scale of its own", score_scale=0.7)
forward_case("values as large as keys' content", value_head_dim=None)
forward_case("rotary parts as large as content and values", head_dim=6, value_head_dim=6)
forward_case("QK norms with weights", **WEIGHTED)
forward_case("QK norms over all heads", qk_norm="full", qk_normalization="rmsnorm")
forward_case("QK norms with weights, and a latent for queries", **WEIGHTED, **QUERY_LATENT)
forward_case("a window", length=7, options={"window": 3})
forward_case("a soft cap on the scores, and sinks", attention_softcap=0.5, attention_sinks=True)
forward_case("torch's own attention", attention_backend="sdpa")


@case(FORWARD, "positions that are told by a bias on the scores, and not by turning")
def with_a_bias(package):
    module = module_of(package, latent())
    bias = draw(4, 5, 5, seed=7)
    context = package.positions.Context(torch.arange(5), bias=lambda query_position, key_position: bias)
    return outcome(lambda x: module(x, context), draw(2, 5, 24), module=module)


@case(FORWARD, "latents so small that eps counts in their norm")
def small_latents(package):
    return attend(package, latent(**QUERY_LATENT), length=5, size=2**-9)


@case(FORWARD, "bfloat16 weights and inputs, float32 tables", dtype=torch.bfloat16)
def bfloat16(package):
    module = module_of(package, latent(**QUERY_LATENT))
    return {"the result": module(draw(2, 5, 24), context_of(package, 5, latent())).detach()}


@case(FORWARD, "dropout, in training and in evaluation")
def dropout(package):
    # One head that looks at one token, whose weight is dropped or not; then a share of what comes out.
    torch.manual_seed(0)
    config = latent(n_head=1, n_kv_head=1, dropout=0.25)
    module, context, x = module_of(package, config), context_of(package, 1, config), draw(2000, 1, 24)
    with torch.no_grad():
        trained, evaluated = module.train()(x, context), module.eval()(x, context)
    left = trained[(trained != 0).any(dim=-1)]
    return {
        "the share of tokens that get nothing": share_of_zeros(trained.abs().sum(dim=-1), 0.25),
        "the share of numbers dropped of the others": share_of_zeros(left, 0.25),
        # Whatever is not dropped is enlarged by 4/3, twice.
        "what the rest is multiplied by": growth(trained, evaluated),
        "the result in evaluation": evaluated,
    }


def cached(package, config, *pieces: tuple[list[int], int]) -> dict:
    """Read x piece by piece with a cache; each piece is the position of its first token in every sequence, and its
    length. Reports what comes out and what the cache is given to keep."""
    given = []

    class Listening(package.cache.ContiguousCache):
        def update(self, position, *entries):
            given.append([entry.detach().clone() for entry in entries])
            return super().update(position, *entries)

    module, cache, report = module_of(package, config), Listening(24), {}
    cos, sin = rotary_tables(24, config.rope_head_dim)
    for call, (starts, length) in enumerate(pieces, start=1):
        position = torch.tensor(starts)[:, None] + torch.arange(length)
        context = package.positions.Context(position, cos[position], sin[position], cache=cache)
        with torch.no_grad():
            report[f"the result of piece {call}"] = module(draw(len(starts), length, 24, seed=call), context)
        for kind, entry in enumerate(given[-1], start=1):
            report[f"entry {kind} that the cache is given for piece {call}"] = entry
    return report | {"how often the cache is asked": len(given)}


@case(FORWARD, "a cache that is filled token by token")
def token_by_token(package):
    return cached(package, latent(**QUERY_LATENT), *(([t, t], 1) for t in range(5)))


@case(FORWARD, "a cache that is filled in pieces")
def in_pieces(package):
    return cached(package, latent(), ([0, 0], 12), ([12, 12], 1), ([13, 13], 10))


@case(FORWARD, "a cache with sequences that stand in different places")
def different_places(package):
    return cached(package, latent(), ([0, 0], 6), ([3, 6], 1), ([4, 7], 2))


@case(FORWARD, "a cache and QK norms, with which nothing can be absorbed")
def cached_and_normed(package):
    return cached(package, latent(**WEIGHTED), ([0, 0], 3), ([3, 3], 1), ([4, 4], 2))


@case(FORWARD, "an eye on the way that it goes: naive or absorbed")
def ways(package):
    def way(config, length: int, remembered: int | None = 0) -> str:
        module, taken = module_of(package, config), []
        for name in ("naive", "absorbed"):
            method = getattr(module, name)
            setattr(module, name, lambda *inputs, name=name, method=method: (taken.append(name), method(*inputs))[1])
        cache = None if remembered is None else package.cache.ContiguousCache(40)
        with torch.no_grad():
            for start, T in ((0, remembered or 0), (remembered or 0, length)):
                position = torch.arange(start, start + T).expand(2, -1)
                if T:
                    taken.clear()
                    module(draw(2, T, 24), package.positions.Context(position, cache=cache))
        return ", then ".join(taken)

    return {
        "without a cache": way(latent(), 1, remembered=None),
        "one token and a cache": way(latent(), 1),
        "one token and a cache that holds many": way(latent(), 1, remembered=30),
        "a few tokens and a cache": way(latent(), 9),
        "many tokens and a cache": way(latent(), 20),
        "many tokens and a cache that holds some": way(latent(), 20, remembered=5),
        "one token, a cache and a QK norm": way(latent(**WEIGHTED), 1),
    }


# The two ways to attend


def parts(Tq: int, Tk: int, config, B: int = 2) -> dict[str, Tensor]:
    H, D, R = config.n_head, config.head_dim, config.rope_head_dim
    return {
        "content": draw(B, Tq, H, D, seed=1),
        "rotary": draw(B, Tq, H, R, seed=2),
        "latent": draw(B, Tk, config.latent_rank, seed=3),
        "rotary_key": draw(B, Tk, R, seed=4),
    }


def ask(package, way: str, config, Tq: int, Tk: int, first: str, B: int = 2, **options) -> dict:
    """Attend in the way called `way`; `first` is what the gradient is wanted to."""
    module = module_of(package, config)
    inputs = parts(Tq, Tk, config, B)
    options = {"query_position": torch.arange(Tk - Tq, Tk), "key_position": torch.arange(Tk), "scale": 0.4} | options
    scores = package.backends.Scores(**options)
    names = sorted(inputs, key=lambda name: name != first)

    def call(*values):
        given = dict(zip(names, values, strict=True))
        return getattr(module, way)(*(given[name] for name in inputs), scores)

    return outcome(call, *(inputs[name] for name in names), module=module)


def both(about: str, Tq: int = 5, Tk: int = 5, first: str = "content", options=dict, **changes) -> None:
    """Register a case of both ways."""
    for piece, way in ((NAIVE, "naive"), (ABSORBED, "absorbed")):
        case(piece, about)(lambda package, way=way: ask(package, way, latent(**changes), Tq, Tk, first, **options()))


both("as many queries as keys")
both("an eye on the gradient to the latents", first="latent")
both("an eye on the gradient to the rotary keys", first="rotary_key")
both("an eye on the gradient to the rotary parts of the queries", first="rotary")
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


@case(NAIVE, "QK norms with weights")
def naive_normed(package):
    return ask(package, "naive", latent(**WEIGHTED), 3, 6, "content")


@case(NAIVE, "QK norms over all heads")
def naive_full_norm(package):
    return ask(package, "naive", latent(qk_norm="full", qk_normalization="rmsnorm"), 3, 6, "latent")


@case(NAIVE, "bfloat16 weights and inputs", dtype=torch.bfloat16)
def naive_bfloat16(package):
    return ask(package, "naive", latent(), 3, 6, "content")


@case(ABSORBED, "bfloat16 weights and inputs", dtype=torch.bfloat16)
def absorbed_bfloat16(package):
    return ask(package, "absorbed", latent(), 3, 6, "content")


def handed_over(package, way: str) -> dict:
    """What the backend is given, and whether what it gives back is what is made use of."""
    config, shapes = latent(), {}
    module = module_of(package, config)

    def backend(query, key, value, scores):
        shapes.update(query=tuple(query.shape[:3]), key=tuple(key.shape[:3]), value=tuple(value.shape[:3]))
        # Not attention at all: every query gets the value of the last key, and a number for its head.
        out = value[:, :, -1:].expand(-1, query.size(1), query.size(2), -1)
        return out + torch.arange(query.size(1))[:, None, None]

    module.backend = backend
    scores = package.backends.Scores(torch.arange(3, 6), torch.arange(6), 0.4)
    with torch.no_grad():
        result = getattr(module, way)(*parts(3, 6, config).values(), scores)
    return {
        "the result": result,
        **{f"sequences, heads and tokens of the {name}": shape for name, shape in shapes.items()},
    }


@case(NAIVE, "a backend that does something else")
def naive_backend(package):
    return handed_over(package, "naive")


@case(ABSORBED, "a backend that does something else")
def absorbed_backend(package):
    return handed_over(package, "absorbed")


@case(ABSORBED, "an eye on what is computed")
def absorbed_takes_little(package):
    # 60 tokens to look at, for one query. Making keys and values of them would be most of the work.
    config = latent(head_dim=16, value_head_dim=16, latent_rank=6, rope_head_dim=4)
    module = module_of(package, config)
    scores = package.backends.Scores(torch.tensor([59]), torch.arange(60), 0.2)
    with torch.no_grad(), Work() as work:
        module.absorbed(*parts(1, 60, config, B=1).values(), scores)
    made = 60 * config.latent_rank * config.n_head * (config.head_dim + config.value_head_dim)
    return {"less is computed than half of all keys and values": work.products < made / 2}
