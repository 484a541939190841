"""What attentions.latent.MultiHeadLatentAttention.forward is asked."""

import torch

from scripts.course.attentions.latent.shared import (
    FORWARD,
    QUERY_LATENT,
    WEIGHTED,
    attend,
    context_of,
    latent,
    module_of,
)
from scripts.workshop.check.cases import (
    case_of,
    draw,
    growth,
    outcome,
    rotary_tables,
    share_of_zeros,
)


def forward_case(about: str, length: int = 5, spread: float = 0.5, options: dict | None = None, **changes) -> None:
    @case_of(FORWARD, about)
    def forward(package):
        report = attend(package, latent(**changes), length, spread, **(options or {}))
        if length == 1:
            # One token's weight is one, whatever its score: gradients on the way to it are rounding errors.
            names = ("q_proj", "k_rope_proj", "k_up_proj", "q_down_proj", "q_down_norm")
            report = {name: value for name, value in report.items() if not any(part in name for part in names)}
        return report


forward_case("queries made from the token itself", length=7)


forward_case("queries with a latent of their own", **QUERY_LATENT)


forward_case("a single token", length=1)


forward_case("as many tokens as heads", length=4)


@case_of(FORWARD, "rotary parts that pair neighbours")
def interleaved(package):
    return attend(package, latent(), length=5, rotation=package.encodings.rotary.apply_rotary_interleaved)


forward_case("positions that do not start at 0", options={"start": 3})


forward_case("biases", bias=True, **QUERY_LATENT)


forward_case("a scale of its own", softmax_scale=0.7)


forward_case("values as large as keys' content", value_head_dim=None)


forward_case("rotary parts as large as content and values", head_dim=6, value_head_dim=6)


forward_case("QK norms with weights", **WEIGHTED)


forward_case("QK norms over all heads", qk_norm="full", qk_normalization="rmsnorm")


forward_case("QK norms with weights, and a latent for queries", **WEIGHTED, **QUERY_LATENT)


forward_case("a window", length=7, attention_window="3")


forward_case(
    "a soft cap on the scores, sinks and a window", attention_softcap=0.5, attention_sinks=True, attention_window="3"
)


forward_case("torch's own attention", attention_backend="sdpa")


@case_of(FORWARD, "positions that are told by a bias on the scores, and not by turning")
def with_a_bias(package):
    module = module_of(package, latent())
    bias = draw(4, 5, 5, seed=7)
    context = package.positions.Context(
        torch.arange(5),
        rotation=package.encodings.base.no_rotation,
        bias=lambda query_position, key_position: bias,
    )
    return outcome(lambda x: module(x, context), draw(2, 5, 24), module=module)


@case_of(FORWARD, "latents so small that eps counts in their norm")
def small_latents(package):
    return attend(package, latent(**QUERY_LATENT), length=5, size=2**-9)


@case_of(FORWARD, "bfloat16 weights and inputs, float32 tables", dtype=torch.bfloat16)
def bfloat16(package):
    module = module_of(package, latent(**QUERY_LATENT))
    return {"the result": module(draw(2, 5, 24), context_of(package, 5, latent())).detach()}


@case_of(FORWARD, "dropout, biases and a window, and the same two tokens again and again")
def dropout_of_two(package):
    # What the second token gets are both values, one of them, or none, and the bias; then it is dropped or not.
    torch.manual_seed(0)
    config = latent(n_head=1, n_kv_head=1, dropout=0.25, bias=True, attention_window="3")
    module, context = module_of(package, config), context_of(package, 2, config)
    with torch.no_grad():
        found = module.train()(draw(1, 2, 24).expand(1000, 2, 24), context)[:, 1, 0]
    return {
        "the share of numbers dropped": share_of_zeros(found, 0.25),
        "how many different numbers come out in the same place": len((100 * found).round().unique()),
    }


@case_of(FORWARD, "dropout with QK norms and a latent for queries, in training and in evaluation")
def dropout(package):
    # One head that looks at one token, whose weight is dropped or not; then a share of what comes out.
    torch.manual_seed(0)
    config = latent(n_head=1, n_kv_head=1, dropout=0.25, **QUERY_LATENT, **WEIGHTED)
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

    class Listening(package.decoding.cache.ContiguousCache):
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


@case_of(FORWARD, "a cache that is filled token by token")
def token_by_token(package):
    return cached(package, latent(**QUERY_LATENT), *(([t, t], 1) for t in range(5)))


@case_of(FORWARD, "a cache that is filled in pieces")
def in_pieces(package):
    return cached(package, latent(), ([0, 0], 12), ([12, 12], 1), ([13, 13], 10))


@case_of(FORWARD, "a cache, a window, biases, and sequences that stand in different places")
def different_places(package):
    return cached(package, latent(attention_window="3", bias=True), ([0, 0], 6), ([3, 6], 1), ([4, 7], 2))


@case_of(FORWARD, "a cache, a latent for queries, and QK norms, with which nothing can be absorbed")
def cached_and_normed(package):
    return cached(package, latent(**WEIGHTED, **QUERY_LATENT), ([0, 0], 3), ([3, 3], 1), ([4, 4], 2))


@case_of(FORWARD, "an eye on the way that it goes: naive or absorbed")
def ways(package):
    def way(config, length: int, remembered: int | None = 0) -> str:
        module, taken = module_of(package, config), []
        for name in ("naive", "absorbed"):
            method = getattr(module, name)
            setattr(module, name, lambda *inputs, name=name, method=method: (taken.append(name), method(*inputs))[1])
        cache = None if remembered is None else package.decoding.cache.ContiguousCache(40)
        with torch.no_grad():
            for start, T in ((0, remembered or 0), (remembered or 0, length)):
                position = torch.arange(start, start + T).expand(2, -1)
                if T:
                    taken.clear()
                    unrotated = package.encodings.base.no_rotation
                    context = package.positions.Context(position, rotation=unrotated, cache=cache)
                    module(draw(2, T, 24), context)
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
