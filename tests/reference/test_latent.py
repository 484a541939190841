"""Latent attention against its formula, its two forms against each other, and what it keeps."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from reference.attentions.latent import MultiHeadLatentAttention, build_latent
from reference.config import GPTConfig
from reference.decoding.cache import KVCache
from reference.gpt import GPT
from reference.positions import Positions
from reference.presets import preset
from scripts.measuring.attention_variants import variant
from scripts.training.memory import peak_memory

FAST = settings(max_examples=25, deadline=None, derandomize=True)


def made(config: GPTConfig, kind=MultiHeadLatentAttention) -> MultiHeadLatentAttention:
    torch.manual_seed(0)
    module = kind(config, 0)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.normal_(std=0.5)
    return module.double().eval()


def draw(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(3))


def by_loops(module: MultiHeadLatentAttention, x: torch.Tensor, config: GPTConfig) -> torch.Tensor:
    """The docstring's formula, one head of one token at a time."""
    weight = {name: parameter.detach() for name, parameter in module.named_parameters()}
    H, D, R, Dv = config.n_head, config.head_dim, config.rope_head_dim, config.value_head_dim

    def normed(vector: torch.Tensor, name: str) -> torch.Tensor:
        return vector / torch.sqrt((vector * vector).mean() + 1e-6) * weight[f"{name}_norm.weight"]

    def turned(vector: torch.Tensor, position: int) -> torch.Tensor:
        pairs = [complex(vector[i], vector[i + R // 2]) for i in range(R // 2)]
        pairs = [
            z * complex(math.cos(a), math.sin(a)) for i, z in enumerate(pairs) for a in [position * 1e4 ** (-2 * i / R)]
        ]
        return torch.tensor([z.real for z in pairs] + [z.imag for z in pairs], dtype=torch.float64)

    def rows(name: str, size: int, head: int) -> torch.Tensor:
        return weight[f"{name}.weight"][head * size : (head + 1) * size]

    out = torch.zeros_like(x)
    for b, sequence in enumerate(x):
        latents = [normed(weight["kv_down_proj.weight"] @ token, "kv_down") for token in sequence]
        shared = [turned(weight["k_rope_proj.weight"] @ token, s) for s, token in enumerate(sequence)]
        for t, token in enumerate(sequence):
            found = []
            for h in range(H):
                source = token
                if config.query_latent_rank:
                    source = normed(weight["q_down_proj.weight"] @ token, "q_down")
                query = rows("q_proj", D + R, h) @ source
                query = torch.cat((query[:D], turned(query[D:], t)))
                keys = [torch.cat((rows("k_up_proj", D, h) @ c, k)) for c, k in zip(latents, shared, strict=True)]
                scores = torch.stack([query @ keys[s] / math.sqrt(D + R) for s in range(t + 1)]).softmax(0)
                found.append(sum(scores[s] * (rows("v_up_proj", Dv, h) @ latents[s]) for s in range(t + 1)))
            out[b, t] = weight["o_proj.weight"] @ torch.cat(found)
    return out


@pytest.mark.parametrize("name", ["latent", "latent, for queries too"])
def test_is_its_formula(name):
    config = variant(name)
    module, x = made(config), draw(2, 5, 24)
    with torch.no_grad():
        found = module(x, Positions(config).double()(torch.arange(5))[0])
    torch.testing.assert_close(found, by_loops(module, x, config), rtol=0, atol=1e-6)


@FAST
@given(
    T=st.sampled_from([1, 2, 5]),
    earlier=st.sampled_from([0, 1, 6]),
    window=st.sampled_from(["none", "1", "4", "100"]),
    positions=st.sampled_from(["rope", "alibi", "none"]),
    sinks=st.booleans(),
    softcap=st.sampled_from([None, 0.7]),
)
def test_absorbed_is_naive(T, earlier, window, positions, sinks, softcap):
    config = variant(
        "latent",
        attention_window=window,
        position_encoding=positions,
        attention_sinks=sinks,
        attention_softcap=softcap,
    )
    module, whole = made(config), earlier + T
    context = Positions(config).double()(torch.arange(whole))[0]
    mods = module.score_mods(context._replace(position=torch.arange(earlier, whole)), torch.arange(whole))
    arguments = draw(2, T, 4, 6), draw(2, T, 4, 4), draw(2, whole, 10), draw(2, whole, 4), mods
    torch.testing.assert_close(module.absorbed(*arguments), module.naive(*arguments), rtol=0, atol=1e-12)


def test_the_cheaper_form_is_taken():
    config = preset("deepseek", n_layer=1)
    with torch.device("meta"):
        module = MultiHeadLatentAttention(config, 0)
    cache = KVCache(config).layers[0]
    context = Positions(preset("deepseek_tiny"))(torch.arange(1))[0]
    # 512 * (128 + 128) multiplications make a key and a value; a score costs 2 * 512 - 128 - 128 more.
    assert module.absorbs(170, context._replace(cache=cache))
    assert not module.absorbs(171, context._replace(cache=cache))
    assert not module.absorbs(1, context)


def test_with_a_qk_norm_there_is_nothing_to_absorb():
    config = variant("latent, QK norm")
    module = made(config)
    context = Positions(config)(torch.arange(1))[0]._replace(cache=KVCache(config).layers[0])
    assert not module.absorbs(1, context)


def test_the_cache_holds_a_latent_and_a_rotary_key_and_nothing_else():
    # DeepSeek's proportions: 512 + 64 numbers for each token and layer, where keys and values would be 2 * 16 * 128.
    config = preset("deepseek", n_layer=2, n_embd=64, head_dim=128, vocab_size=11, max_seq_len=8, ffn_hidden=8)
    model, cache = GPT(config).eval(), KVCache(config)
    with torch.no_grad():
        model(torch.zeros(1, 5, dtype=torch.int64), cache=cache)
    for layer in cache.layers:
        assert [tuple(slots.shape) for slots in layer.slots] == [(1, 8, 512), (1, 8, 64)]
        assert layer.bytes_per_token() == 576 * 4
    assert model.blocks[0].attn.cached_dim == 576
    full = preset("llama", n_head=16, n_layer=1, n_embd=64, head_dim=128, vocab_size=11, max_seq_len=8, ffn_hidden=8)
    ordinary, cache = GPT(full).eval(), KVCache(full)
    with torch.no_grad():
        ordinary(torch.zeros(1, 5, dtype=torch.int64), cache=cache)
    assert cache.layers[0].bytes_per_token() == 2 * 16 * 128 * 4 == 4 * ordinary.blocks[0].attn.cached_dim


@pytest.mark.parametrize(
    ("changes", "words"),
    [({"n_kv_head": 2}, "n_kv_head = 2"), ({"attention_gate": True}, "attention_gate = True")],
)
def test_what_it_has_not_is_refused(changes, words):
    with pytest.raises(ValueError, match=f"attention_type = 'latent' with .*{words}"):
        GPT(variant("latent", **changes))


@pytest.mark.parametrize("backend", ["manual", "sdpa", "flash"])
def test_fault_12_heads_that_share_a_key_get_no_copies_of_it(backend):
    config = variant("latent", n_head=16, n_embd=96, n_kv_head=16, attention_backend=backend, max_seq_len=2048)
    module = build_latent(config, 0).eval()
    context = Positions(config)(torch.arange(2047, 2048))[0]
    latent, k_rope = torch.randn(1, 2048, 10), torch.randn(1, 2048, 4)
    arguments = torch.randn(1, 1, 16, 6), torch.randn(1, 1, 16, 4), latent, k_rope
    mods = module.score_mods(context, torch.arange(2048))
    with torch.no_grad():
        torch.testing.assert_close(module.absorbed(*arguments, mods), module.naive(*arguments, mods))
        peak = peak_memory(lambda: module.absorbed(*arguments, mods))
    # The one key of all heads, twice at most, and one score for each head and token, some times over.
    one_key, scores = 4 * 2048 * 14, 4 * 16 * 2048
    assert peak < 2 * one_key + 4 * scores < 16 * one_key
