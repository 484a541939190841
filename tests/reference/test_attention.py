import math

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from reference.attention import CausalSelfAttention, build_attention
from reference.attentions.composed import Attention
from reference.attentions.values import ValueAttention
from reference.config import GPTConfig
from reference.decoding.cache import ContiguousCache
from reference.encodings.base import no_rotation
from reference.positions import Context

B, T, H, D = 2, 7, 6, 4
KV_HEADS = [1, 2, 3, 6]


def context(first: int, last: int) -> Context:
    """Exact tables for the positions first ... last - 1."""
    angle = torch.outer(torch.arange(first, last).double(), 100.0 ** -(torch.arange(D // 2).double() * 2 / D))
    return Context(torch.arange(first, last), angle.cos()[:, None], angle.sin()[:, None])


def no_positions() -> Context:
    return Context(torch.arange(T), rotation=no_rotation)


@pytest.fixture
def attention(randomised):
    """A function that makes the module in float64, with random weights and an eps that is large enough to matter:
    chapter one's, or the composed one where anything else is asked for."""

    def build(n_kv_head: int = 2, norm_eps: float = 0.1, **changes) -> CausalSelfAttention | Attention:
        config = GPTConfig(n_head=H, n_kv_head=n_kv_head, n_embd=H * D, norm_eps=norm_eps, **changes)
        return randomised(Attention(config, 0) if changes else CausalSelfAttention(config)).double()

    return build


@pytest.fixture
def x() -> torch.Tensor:
    return torch.randn(B, T, H * D, dtype=torch.float64)


def by_loops(module: CausalSelfAttention, x: np.ndarray) -> np.ndarray:
    """The formula of the docstring, one query head of one token at a time."""
    weight = {name: parameter.detach().numpy() for name, parameter in module.named_parameters()}
    G = module.n_kv_head

    def head(name: str, token: np.ndarray, i: int) -> np.ndarray:
        return weight[f"{name}_proj.weight"][i * D : (i + 1) * D] @ token

    def turned_and_normed(vector: np.ndarray, position: int) -> np.ndarray:
        pairs = vector[: D // 2] + 1j * vector[D // 2 :]
        pairs = pairs * [np.exp(1j * position * 100.0 ** (-2 * i / D)) for i in range(D // 2)]
        vector = np.concatenate((pairs.real, pairs.imag))
        return vector / math.sqrt(sum(vector**2) / D + module.norm_eps)

    out = np.zeros_like(x)
    for b in range(B):
        for t in range(T):
            heads = []
            for i in range(H):
                g = math.floor(i * G / H)
                query = turned_and_normed(head("q", x[b, t], i), t)
                keys = [turned_and_normed(head("k", x[b, s], g), s) for s in range(t + 1)]
                scores = np.array([query @ key / math.sqrt(D) for key in keys])
                shares = np.exp(scores) / np.exp(scores).sum()
                heads.append(sum(shares[s] * head("v", x[b, s], g) for s in range(t + 1)))
            out[b, t] = weight["o_proj.weight"] @ np.concatenate(heads)
    return out


def by_torch(module: CausalSelfAttention, x: torch.Tensor) -> torch.Tensor:
    """Torch's own attention, between projections and rotations of ours."""
    cos, sin = (table[:, 0] for table in context(0, T)[1:3])

    def heads(weight: torch.Tensor) -> torch.Tensor:
        return (x @ weight.T).unflatten(-1, (-1, D)).transpose(1, 2)

    def turned_and_normed(vectors: torch.Tensor) -> torch.Tensor:
        pairs = torch.complex(vectors[..., : D // 2], vectors[..., D // 2 :]) * torch.complex(cos, sin)
        return F.rms_norm(torch.cat((pairs.real, pairs.imag), dim=-1), (D,), eps=module.norm_eps)

    query, key = turned_and_normed(heads(module.q_proj.weight)), turned_and_normed(heads(module.k_proj.weight))
    out = F.scaled_dot_product_attention(
        query, key, heads(module.v_proj.weight), is_causal=True, enable_gqa=module.n_kv_head < H
    )
    return out.transpose(1, 2).flatten(2) @ module.o_proj.weight.T


@pytest.mark.parametrize("n_kv_head", KV_HEADS)
def test_query_head_i_reads_key_value_head_i_times_G_over_H(attention, x, n_kv_head):
    module = attention(n_kv_head)
    with torch.no_grad():
        np.testing.assert_allclose(module(x, context(0, T)), by_loops(module, x.numpy()), rtol=0, atol=1e-12)


@pytest.mark.parametrize("n_kv_head", KV_HEADS)
def test_equals_torchs_attention_and_its_gradients(attention, x, n_kv_head):
    module = attention(n_kv_head)
    ours, torchs = module(x, context(0, T)), by_torch(module, x)
    torch.testing.assert_close(ours, torchs, rtol=0, atol=1e-12)
    weights, direction = tuple(module.parameters()), torch.randn_like(x)
    our_gradients, torchs_gradients = (torch.autograd.grad(out, weights, direction) for out in (ours, torchs))
    torch.testing.assert_close(our_gradients, torchs_gradients, rtol=0, atol=1e-11)


@pytest.mark.parametrize("n_kv_head", [1, 2, 3])
def test_grouped_is_multi_head_with_every_key_value_head_repeated(attention, x, n_kv_head):
    grouped, multi_head = attention(n_kv_head), attention(H)
    weights = grouped.state_dict()
    for name in ("k_proj.weight", "v_proj.weight"):
        weights[name] = torch.cat([head for head in weights[name].split(D) for _ in range(H // n_kv_head)])
    multi_head.load_state_dict(weights)
    torch.testing.assert_close(grouped(x, context(0, T)), multi_head(x, context(0, T)), rtol=0, atol=1e-12)


@pytest.mark.parametrize("t", [0, 3, T - 1])
def test_a_token_changes_itself_and_what_follows_and_nothing_before(attention, x, t):
    module = attention(2)
    changed = x.clone()
    changed[:, t] += 1.0
    before, after = module(x, context(0, T)), module(changed, context(0, T))
    assert torch.equal(before[:, :t], after[:, :t])
    assert ((before - after)[:, t:].norm(dim=-1) > 1e-3).all()


def test_the_first_token_gets_its_own_values(attention, x):
    module = attention(1)
    own = module.o_proj(module.v_proj(x[:, 0]).repeat(1, H))
    torch.testing.assert_close(module(x, context(0, T))[:, 0], own, rtol=0, atol=1e-12)


def test_only_distances_matter_not_where_the_sequence_starts(attention, x):
    module = attention(2)
    torch.testing.assert_close(module(x, context(0, T)), module(x, context(20, 20 + T)), rtol=0, atol=1e-12)


def test_order_matters(attention, x):
    module = attention(2)
    swapped = x[:, [1, 0, *range(2, T)]]
    # Attention without positions would give every token after the two the same as before.
    assert ((module(x, context(0, T)) - module(swapped, context(0, T)))[:, 2:].norm(dim=-1) > 1e-3).all()


@pytest.mark.parametrize("projection", ["q_proj", "k_proj"])
def test_qk_norm_makes_the_size_of_queries_and_keys_irrelevant(attention, x, projection):
    module = attention(2, norm_eps=1e-12)
    before = module(x, context(0, T))
    with torch.no_grad():
        getattr(module, projection).weight.mul_(100)
    torch.testing.assert_close(module(x, context(0, T)), before, rtol=0, atol=1e-9)


@pytest.mark.parametrize("n_kv_head", KV_HEADS)
def test_keys_and_values_have_G_heads_and_nothing_has_a_bias(attention, n_kv_head):
    C, kv = H * D, n_kv_head * D
    shapes = {name: tuple(weight.shape) for name, weight in attention(n_kv_head).named_parameters()}
    assert shapes == {
        "q_proj.weight": (C, C),
        "k_proj.weight": (kv, C),
        "v_proj.weight": (kv, C),
        "o_proj.weight": (C, C),
    }


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float32])
def test_the_dtype_of_x_comes_back(attention, x, dtype):
    exactly = context(0, T)
    tables = exactly._replace(cos=exactly.cos.float(), sin=exactly.sin.float())
    module = attention(2)
    exact = module(x, context(0, T))
    out = module.to(dtype)(x.to(dtype), tables)
    assert out.dtype == dtype
    torch.testing.assert_close(out.double(), exact, rtol=0, atol=8 * torch.finfo(dtype).eps)


@pytest.mark.parametrize("n_kv_head", KV_HEADS)
def test_composed_attention_is_chapter_ones_on_its_configuration(attention, x, n_kv_head):
    module = attention(n_kv_head)
    composed = Attention(GPTConfig(n_head=H, n_kv_head=n_kv_head, n_embd=H * D, norm_eps=0.1), 0).double()
    composed.load_state_dict(module.state_dict())
    assert (module.macs_per_score, module.cached_dim) == (composed.macs_per_score, composed.cached_dim)
    for told in (context(0, T), context(20, 20 + T)):
        torch.testing.assert_close(composed(x, told), module(x, told), rtol=0, atol=1e-15)
    # With a cache too, in two parts.
    ones, others = (ContiguousCache(T) for _ in range(2))
    for first, last in ((0, 4), (4, T)):
        told = context(first, last)._replace(position=torch.arange(first, last).expand(B, -1))
        part = x[:, first:last]
        assert_same(module(part, told._replace(cache=ones)), composed(part, told._replace(cache=others)))


def test_chapter_ones_class_is_built_unless_more_is_asked_for():
    assert type(build_attention(GPTConfig(), 0)) is CausalSelfAttention
    assert type(build_attention(GPTConfig(n_kv_head=1, head_dim=6, norm_eps=1e-3), 0)) is CausalSelfAttention
    for field, value in {
        "attention_backend": "sdpa",
        "attention_window": "4",
        "attention_softcap": 5.0,
        "attention_sinks": True,
        "attention_gate": True,
        "qk_norm": "off",
        "qk_normalization": "rmsnorm",
        "qk_norm_after_rotary": False,
        "softmax_scale": 0.3,
        "position_encoding": "alibi",
        "bias": True,
        "dropout": 0.1,
    }.items():
        assert type(build_attention(GPTConfig(**{field: value}), 0)) is Attention, field


# What the configuration may ask for besides


def by_hand(module: Attention, x: torch.Tensor, query_of, key_of, bias=None) -> torch.Tensor:
    """Torch's own attention on queries and keys that were made otherwise, (B, T, heads, D)."""
    query, key = query_of(module.q_proj(x)).transpose(1, 2), key_of(module.k_proj(x)).transpose(1, 2)
    value = module.v_proj(x).unflatten(-1, (-1, D)).transpose(1, 2)
    mask = torch.full((T, T), float("-inf"), dtype=torch.float64).triu(1)
    out = F.scaled_dot_product_attention(
        query, key, value, attn_mask=mask if bias is None else mask + bias, enable_gqa=True, scale=module.scale
    )
    return module.o_proj(out.transpose(1, 2).flatten(2))


def split(y: torch.Tensor) -> torch.Tensor:
    return y.unflatten(-1, (-1, D))


def turned(heads: torch.Tensor) -> torch.Tensor:
    _, cos, sin, *_ = context(0, T)
    pairs = torch.complex(heads[..., : D // 2], heads[..., D // 2 :]) * torch.complex(cos, sin)
    return torch.cat((pairs.real, pairs.imag), dim=-1)


def assert_same(actual: torch.Tensor, expected: torch.Tensor) -> None:
    torch.testing.assert_close(actual, expected, rtol=0, atol=1e-11)


def test_without_a_qk_norm_and_with_biases(attention, x):
    module = attention(qk_norm="off", bias=True)
    assert_same(module(x, context(0, T)), by_hand(module, x, lambda q: turned(split(q)), lambda k: turned(split(k))))


def test_a_bias_of_the_positions_is_added_to_the_scaled_scores(attention, x):
    module = attention(qk_norm="off")
    bias = torch.randn(H, T, T, dtype=torch.float64)
    assert_same(
        module(x, no_positions()._replace(bias=lambda query_position, key_position: bias)),
        by_hand(module, x, split, split, bias),
    )


@pytest.mark.parametrize("after", [False, True])
def test_a_qk_norm_with_weights_before_or_after_the_rotation(attention, x, after):
    module = attention(qk_normalization="rmsnorm", qk_norm_after_rotary=after)

    def prepared(norm):
        def norm_heads(heads):
            return F.rms_norm(heads, (D,), norm.weight, norm.eps)

        return lambda y: norm_heads(turned(split(y))) if after else turned(norm_heads(split(y)))

    assert_same(module(x, context(0, T)), by_hand(module, x, prepared(module.q_norm), prepared(module.k_norm)))


def test_a_qk_norm_over_the_full_width(attention, x):
    module = attention(qk_norm="full", qk_normalization="rmsnorm", qk_norm_after_rotary=False)
    assert module.q_norm.norm.weight.shape == (H * D,)
    assert module.k_norm.norm.weight.shape == (2 * D,)

    def prepared(norm):
        return lambda y: turned(split(F.rms_norm(y, y.shape[-1:], norm.weight, norm.eps)))

    expected = by_hand(module, x, prepared(module.q_norm.norm), prepared(module.k_norm.norm))
    assert_same(module(x, context(0, T)), expected)


@pytest.mark.parametrize("scope", ["head", "full"])
def test_without_weights_it_is_the_same_before_and_after_the_rotation(attention, x, scope):
    before, after = (attention(qk_norm=scope, qk_norm_after_rotary=order) for order in (False, True))
    assert_same(before(x, context(0, T)), after(x, context(0, T)))


def test_heads_need_not_share_the_width(attention, x):
    module = attention(head_dim=10, qk_norm="off")
    assert module.q_proj.weight.shape == (H * 10, H * D)
    assert module(x, no_positions()).shape == x.shape
    assert module.scale == pytest.approx(10**-0.5)


def test_another_scale(attention, x):
    module = attention(softmax_scale=0.3, qk_norm="off")
    assert module.scale == 0.3
    assert_same(module(x, no_positions()), by_hand(module, x, split, split))


# Values of their own kind


def valued(randomised, **changes) -> ValueAttention:
    config = GPTConfig(n_head=H, n_kv_head=2, n_embd=H * D, qk_norm="off", attention_type="values", **changes)
    return randomised(build_attention(config, 0)).double()


@torch.no_grad()
def test_values_of_another_size_normed_and_scaled(randomised, x):
    module = valued(randomised, value_head_dim=3, value_norm="rmsnorm", value_scale=0.7, norm_eps=0.1)
    query, key, value = (
        layer(x).unflatten(-1, (-1, size)).transpose(1, 2)
        for layer, size in ((module.q_proj, D), (module.k_proj, D), (module.v_proj, 3))
    )
    value = 0.7 * value * (value.square().mean(dim=-1, keepdim=True) + 0.1).rsqrt() * module.v_norm.weight
    heads = F.scaled_dot_product_attention(query, key, value, is_causal=True, enable_gqa=True)
    expected = heads.transpose(1, 2).flatten(2) @ module.o_proj.weight.T
    torch.testing.assert_close(module(x, no_positions()), expected, rtol=0, atol=1e-12)
    assert module.cached_dim == 2 * (D + 3)


@torch.no_grad()
def test_keys_as_values_are_those_before_the_rotation(randomised, x):
    module, plain = valued(randomised, keys_are_values=True, value_scale=0.7), valued(randomised)
    weights = module.state_dict()
    plain.load_state_dict(weights | {"v_proj.weight": 0.7 * weights["k_proj.weight"]})
    torch.testing.assert_close(module(x, context(0, T)), plain(x, context(0, T)), rtol=0, atol=1e-12)
    with pytest.raises(ValueError, match="value_head_dim = 3 with keys_are_values = True"):
        valued(randomised, keys_are_values=True, value_head_dim=3)
