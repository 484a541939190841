"""However attention is computed, it is the same attention, or it is refused."""

import functools
import itertools
import logging
import math
from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from reference.attention import manual_attention, repeat_kv
from reference.attentions.backends import fused
from reference.attentions.backends.fused import BACKENDS, UNSUPPORTED, why_unsupported
from reference.attentions.backends.masks import attention_mask, count_scores
from reference.attentions.backends.scored import ScoreMods, scored_attention, softmax_with_sinks
from reference.attentions.composed import FlashCausalSelfAttention
from reference.attentions.latent import FlashMLA
from reference.config import GPTConfig
from reference.decoding.cache import EMPTY_SLOT
from reference.encodings.alibi import ALiBi
from reference.gpt import GPT
from scripts.measuring.attention_variants import VARIANTS, variant

FAST = settings(max_examples=40)


def draw(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def by_loops(query, key, value, mods: ScoreMods) -> torch.Tensor:
    """The formula, one query of one head at a time, in Python's own numbers."""
    B, H, Tq, _ = query.shape
    G, Tk = key.shape[1:3]
    out = torch.zeros(B, H, Tq, value.size(-1), dtype=torch.float64)
    places = [position.expand(B, -1).tolist() for position in (mods.query_position, mods.key_position)]
    for b in range(B):
        for h in range(H):
            g = h * G // H
            for t in range(Tq):
                scores = {}
                for s in range(Tk):
                    back = places[0][b][t] - places[1][b][s]
                    if back < 0 or (mods.window is not None and back >= mods.window):
                        continue
                    score = float(query[b, h, t] @ key[b, g, s]) * mods.scale
                    if mods.softcap is not None:
                        score = mods.softcap * math.tanh(score / mods.softcap)
                    if mods.bias is not None:
                        score += float(mods.bias.expand(B, -1, -1, -1)[b, h, t, s])
                    scores[s] = score
                sink = [] if mods.sinks is None else [float(mods.sinks[h])]
                highest = max([*scores.values(), *sink])
                total = sum(math.exp(score - highest) for score in [*scores.values(), *sink])
                for s, score in scores.items():
                    out[b, h, t] += math.exp(score - highest) / total * value[b, g, s]
    return out


@pytest.mark.parametrize("window", [None, 1, 2, 5, 9])
def test_a_query_attends_to_itself_and_what_is_near_before_it(window):
    query, key = torch.tensor([[3, 4, 5], [0, 1, 2]]), torch.tensor([[0, 1, 2, 3, 4, 5, 9], [2, 0, 1, 7, 8, 3, 4]])
    visible = attention_mask(query, key, window)
    for b, t, s in itertools.product(range(2), range(3), range(7)):
        here, there = int(query[b, t]), int(key[b, s])
        assert visible[b, t, s] == (there in range(here + 1) and (window is None or there > here - window))


@pytest.mark.parametrize("length", [1, 2, 7, 12])
@pytest.mark.parametrize("window", [None, 1, 3, 7, 40])
def test_count_scores_counts_what_the_mask_leaves(length, window):
    position = torch.arange(length)
    assert count_scores(length, window) == attention_mask(position, position, window).sum()


@FAST
@given(
    G=st.sampled_from([1, 2]),
    group=st.sampled_from([1, 3]),
    new=st.sampled_from([1, 2, 5]),
    earlier=st.sampled_from([0, 1, 4]),
    window=st.sampled_from([None, 1, 2, 50]),
    softcap=st.sampled_from([None, 0.8]),
    has_bias=st.booleans(),
    has_sinks=st.booleans(),
    own_positions=st.booleans(),
)
def test_scored_attention_is_the_formula(G, group, new, earlier, window, softcap, has_bias, has_sinks, own_positions):
    B, H, T, D, Dv = 2, G * group, earlier + new, 4, 3
    query, key, value = draw(B, H, new, D), draw(B, G, T, D, seed=1), draw(B, G, T, Dv, seed=2)
    query_position, key_position = torch.arange(earlier, T), torch.arange(T)
    if own_positions:
        # The second sequence is one token behind, and its last slot holds nothing.
        query_position = torch.stack((query_position, (query_position - 1).clamp(min=0)))
        key_position = torch.stack((key_position, key_position.clone()))
        if T > 1:
            key_position[1, -1] = EMPTY_SLOT
    mods = ScoreMods(
        query_position,
        key_position,
        scale=0.6,
        window=window,
        softcap=softcap,
        bias=draw(H, new, T, seed=3) if has_bias else None,
        sinks=draw(H, seed=4) if has_sinks else None,
    )
    if own_positions and not has_sinks and not (mods.mask().any(-1)).all():
        return
    torch.testing.assert_close(
        scored_attention(query, key, value, mods), by_loops(query, key, value, mods), rtol=0, atol=1e-12
    )


@pytest.mark.parametrize("G", [1, 2, 6])
def test_chapter_ones_attention_is_scored_attention_without_mods(G):
    query, key, value = draw(2, 6, 5, 4), draw(2, G, 5, 4, seed=1), draw(2, G, 5, 4, seed=2)
    position = torch.arange(5)
    mods = ScoreMods(position, position, scale=0.6)
    ours = manual_attention(query, repeat_kv(key, 6), repeat_kv(value, 6), mods.mask(), 0.6)
    torch.testing.assert_close(ours, scored_attention(query, key, value, mods), rtol=0, atol=1e-14)
    torch.testing.assert_close(ours, by_loops(query, key, value, mods), rtol=0, atol=1e-14)


# Fault 3: large scores and far positions in half precision

FEATURES = {
    "plain": {},
    "window": {"window": 5},
    "bias": {"bias": ALiBi(GPTConfig(n_head=4, n_embd=32)).bias},
    "softcap": {"softcap": 50.0},
    "sinks": {"sinks": torch.tensor([900.0, 20.0, -3.0, 300.0])},
}
FIELDS = {"bias": "position_encoding", "softcap": "attention_softcap", "sinks": "attention_sinks"}
IN_HALF_PRECISION = [
    pytest.param(feature, backend, id=f"{feature}, {backend}")
    for feature in FEATURES
    for backend in BACKENDS
    if FIELDS.get(feature) not in UNSUPPORTED.get(backend, {})
]


def large(feature: str, dtype: torch.dtype, height: float) -> tuple[list[torch.Tensor], ScoreMods]:
    """Queries, keys and values whose scores are some height^2, at positions beyond 4000, and some keys far behind."""
    shapes = ((4, 24, height), (2, 24, height), (2, 24, 1.0))
    given = [
        (size * draw(1, heads, T, 64, seed=seed)).to(dtype).requires_grad_()
        for seed, (heads, T, size) in enumerate(shapes)
    ]
    position = torch.arange(4000, 4024)
    # Half of the keys are those of a cache: with a bias, only they can be seen at first.
    key_position = torch.cat((torch.arange(1000, 1012), position[12:])) if feature == "bias" else position
    mods = dict(FEATURES[feature])
    if feature == "bias":
        mods["bias"] = mods["bias"](position, key_position)
    if feature == "sinks":
        mods["sinks"] = mods["sinks"].to(dtype)
    return given, ScoreMods(position, key_position, scale=0.125, **mods)


def trace_anew(backend: str) -> None:
    """Forget what flex attention was traced for: it is traced once for every variant, and not for ever more of them."""
    if backend == "flex":
        torch._dynamo.reset()


@functools.cache
def attended(feature: str, dtype: torch.dtype, height: float) -> Tensor:
    """What attention to large scores gives, term by term in float64."""
    given, mods = large(feature, dtype, height)
    return by_loops(*(each.detach().double() for each in given), mods)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize(("feature", "backend"), IN_HALF_PRECISION)
def test_fault_3_large_scores_are_within_the_rounding_of_the_dtype(feature, backend, dtype):
    trace_anew(backend)
    for autocast, height in itertools.product((False, True) if dtype == torch.bfloat16 else (False,), (1.0, 40.0)):
        given, mods = large(feature, dtype, height)
        rounding = torch.finfo(dtype).eps * given[2].detach().abs().max().item()
        with torch.no_grad(), torch.autocast("cpu", torch.bfloat16, enabled=autocast):
            out = BACKENDS[backend](*(each.detach() for each in given), mods)
        assert out.dtype == dtype
        torch.testing.assert_close(out.double(), attended(feature, dtype, height), rtol=0, atol=rounding)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize("height", [12.0, 40.0])
@pytest.mark.parametrize("feature", FEATURES)
def test_fault_3_gradients_of_large_scores_are_within_the_rounding_of_the_dtype(feature, height, dtype):
    given, mods = large(feature, dtype, height)
    exact = [each.detach().double().requires_grad_() for each in given]
    truth = scored_attention(*exact, mods)
    direction = draw(*truth.shape, seed=9).to(dtype)
    expected = torch.autograd.grad((truth * direction).sum(), exact)
    found = torch.autograd.grad((BACKENDS["manual"](*given, mods) * direction).sum(), given)
    for ours, theirs in zip(found, expected, strict=True):
        rounding = 2 * torch.finfo(dtype).eps * theirs.abs().max().item()
        torch.testing.assert_close(ours.double(), theirs, rtol=0, atol=rounding)


@pytest.mark.parametrize("height", [1.0, 12.0, 40.0])
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_fault_3_chapter_ones_attention_is_within_the_rounding_of_the_dtype(dtype, height):
    (query, key, value), mods = large("plain", dtype, height)
    truth = by_loops(*(each.detach().double() for each in (query, key, value)), mods)
    with torch.no_grad():
        out = manual_attention(query, repeat_kv(key, 4), repeat_kv(value, 4), mods.mask(), mods.scale)
    rounding = torch.finfo(dtype).eps * value.detach().abs().max().item()
    torch.testing.assert_close(out.double(), truth, rtol=0, atol=rounding)


def test_a_sink_that_nothing_reaches_takes_everything():
    scores = draw(1, 2, 3, 4)
    weights = softmax_with_sinks(scores, torch.tensor([0.0, 500.0]).double())
    assert weights[:, 1].max() < 1e-200
    assert (weights[:, 0].sum(dim=-1) < 1).all()
    torch.testing.assert_close(softmax_with_sinks(scores, torch.full((2,), -1e4).double()), scores.softmax(dim=-1))


def test_dropout_is_that_of_the_weights():
    # One key: its weight of one is dropped or doubled.
    query, value = torch.zeros(1, 1, 2000, 1), torch.ones(1, 1, 1, 1)
    for backend in ("manual", "sdpa"):
        torch.manual_seed(0)
        mods = ScoreMods(torch.full((2000,), 5), torch.tensor([3]), scale=1.0, dropout=0.5)
        out = BACKENDS[backend](query, value, value, mods)
        assert set(out.unique().tolist()) == {0.0, 2.0}
        assert (out == 0).double().mean().item() == pytest.approx(0.5, abs=0.05)


# Every variant, every backend


def model_of(name: str, backend: str, dtype=torch.float64, **changes) -> GPT:
    """The variant with random weights, the same for every backend."""
    model = GPT(variant(name, attention_backend=backend, **changes))
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.normal_(std=0.5, generator=generator)
    return model.to(dtype).eval()


def supported(name: str, backend: str) -> bool:
    return why_unsupported(backend, variant(name)) is None


def tokens(B: int, T: int) -> torch.Tensor:
    return torch.randint(13, (B, T), generator=torch.Generator().manual_seed(1))


# Flex attention is traced anew for every variant, which takes a second: most of its pairs are left to CI.
PAIRS = [
    pytest.param(
        name,
        backend,
        marks=[pytest.mark.slow] if backend == "flex" and name not in ("grouped", "latent, everything") else [],
    )
    for name in VARIANTS
    for backend in BACKENDS
]


@pytest.mark.parametrize(("name", "backend"), PAIRS)
def test_a_backend_gives_the_numbers_of_the_readable_one(name, backend):
    if not supported(name, backend):
        with pytest.raises(ValueError, match=f"attention_backend = '{backend}' cannot do .*Choose manual"):
            model_of(name, backend)
        return
    manual, other = model_of(name, "manual"), model_of(name, backend)
    trace_anew(backend)
    for B, T in ((1, 1), (2, 7), (1, 24)):
        with torch.no_grad():
            torch.testing.assert_close(other(tokens(B, T)), manual(tokens(B, T)), rtol=0, atol=1e-11)
    if backend == "flex":
        with pytest.raises(RuntimeError, match="flex attention has no backward pass on a CPU"):
            other(tokens(1, 3))
        return
    for model in (manual, other):
        model(tokens(2, 7), tokens(2, 7).flip(0)).backward()
    for (name, expected), found in zip(manual.named_parameters(), other.parameters(), strict=True):
        torch.testing.assert_close(found.grad, expected.grad, rtol=0, atol=1e-11, msg=name)


@pytest.mark.parametrize(("name", "backend"), PAIRS)
def test_in_bfloat16_it_is_as_exact_as_bfloat16_allows(name, backend):
    if not supported(name, backend):
        pytest.skip("refused")
    trace_anew(backend)
    exact, coarse = model_of(name, "manual"), model_of(name, backend, dtype=torch.bfloat16)
    # The same weights, rounded, in both: what differs is the computation.
    exact.load_state_dict({name: weight.double() for name, weight in coarse.state_dict().items()})
    attention = exact.blocks[0].attn, coarse.blocks[0].attn
    x = draw(2, 7, 24).bfloat16()
    position = torch.arange(7)
    with torch.no_grad():
        expected = attention[0](x.double(), exact.positions(position)[0])
        found = attention[1](x, coarse.positions(position)[0])
    assert found.dtype == torch.bfloat16
    scale = expected.abs().max()
    assert (found.double() - expected).abs().max() < 0.04 * scale


def test_what_is_refused_is_what_cannot_be_done():
    refused = {backend: {name for name in VARIANTS if not supported(name, backend)} for backend in BACKENDS}
    everything = {
        "differential, everything",
        "forgetting, everything",
        "DSA, everything",
        "latent, everything",
    }
    biased = {"ALiBi", "forgetting", "relative", "MoBA", "NSA", "DSA"}
    assert refused == {
        "manual": set(),
        "sdpa": {"soft cap", "sinks", *everything},
        "flex": set(),
        "tiled": {"soft cap", "sinks", *biased, *everything},
        "flash": {"soft cap", "sinks", *biased, *everything},
    }
    dropout = variant("grouped", dropout=0.1)
    assert {name for name in BACKENDS if why_unsupported(name, dropout)} == {"flex", "tiled", "flash"}


def test_a_refusal_names_the_field_the_reason_and_who_can():
    with pytest.raises(ValueError) as refused:
        GPT(variant("soft cap", attention_backend="tiled"))
    assert str(refused.value) == (
        "attention_backend = 'tiled' cannot do attention_softcap = 0.7: its tiles are made of a scale and a window, "
        "nothing else. Choose manual or flex"
    )
    with pytest.raises(ValueError, match="attention_backend = 'fast': choose one of manual, sdpa"):
        GPT(variant("grouped", attention_backend="fast"))


def test_flex_is_refused_where_torch_has_none(monkeypatch):
    monkeypatch.setattr(fused, "flex_attention", None)
    with pytest.raises(ValueError, match=r"this torch, .*, has no flex_attention .* Choose manual or sdpa"):
        GPT(variant("grouped", attention_backend="flex"))


def test_flash_says_once_what_it_uses(caplog):
    fused.said.clear()
    model = model_of("grouped", "flash")
    with caplog.at_level(logging.WARNING):
        model(tokens(1, 3))
        model(tokens(1, 4))
    assert [record.message for record in caplog.records] == ["flash attention: torch's own flash kernel"]


@pytest.mark.parametrize("kind", [FlashCausalSelfAttention, FlashMLA])
def test_a_flash_class_computes_with_flash_whatever_the_configuration_says(kind):
    latent = kind is FlashMLA
    config = variant("latent" if latent else "grouped")
    ordinary = GPT(config).blocks[0].attn
    assert not isinstance(ordinary, kind)
    assert isinstance(GPT(replace(config, attention_backend="flash")).blocks[0].attn, kind)
    assert kind(config, 0).backend is fused.flash_backend
    assert kind(config, 0).state_dict().keys() == ordinary.state_dict().keys()
    with pytest.raises(ValueError, match="'flash' cannot do attention_sinks"):
        kind(replace(config, attention_sinks=True), 0)


def test_use_flash_mla_stands_for_latent_and_flash():
    config = variant("multi-head", use_flash_mla=True)
    assert (config.attention_type, config.attention_backend) == ("latent", "flash")
    assert isinstance(GPT(config).blocks[0].attn, FlashMLA)
    with pytest.raises(ValueError, match="use_flash_mla = True with attention_type = 'differential'"):
        variant("differential", use_flash_mla=True)
