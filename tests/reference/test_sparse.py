"""Sparse attention: what every query reads, written once more query by query; and how much that is."""

import math

import pytest
import torch

from reference.attentions.backends.masks import attention_mask
from reference.attentions.composed import Attention
from reference.attentions.sparse.key_blocks import block_mask
from reference.attentions.sparse.reads import keys_read
from reference.config import GPTConfig
from reference.decoding.cache import KVCache
from reference.gpt import GPT
from reference.optimization.training_flops import training_flops
from reference.positions import Positions
from scripts.measuring.attention_variants import variant

# One token, a text that ends in the midst of a block, one that ends with a block.
LENGTHS = [1, 14, 24]


def drawn(*shape: int, seed: int) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def filled(module: torch.nn.Module) -> torch.nn.Module:
    with torch.no_grad():
        for seed, weight in enumerate(module.double().parameters()):
            weight.copy_(drawn(*weight.shape, seed=seed) / 2)
    return module


def layer(config: GPTConfig) -> tuple[torch.nn.Module, Positions]:
    return filled(GPT(config).blocks[0].attn), Positions(config).double()


def projected(module, x, context) -> list[torch.Tensor]:
    """Queries, keys and values after all steps, as (B, T, heads, D)."""
    heads = [each(x).unflatten(-1, (-1, module.head_dim)) for each in (module.q_proj, module.k_proj, module.v_proj)]
    return [context.rotate(heads[0]), context.rotate(heads[1]), heads[2]]


def attended(query, keys, values) -> torch.Tensor:
    """One query's attention to these keys: vectors (D,), (n, D) and (n, D)."""
    return (keys @ query / math.sqrt(len(query))).softmax(0) @ values


@pytest.mark.parametrize("window", [None, 1, 5])
@pytest.mark.parametrize(("query_size", "key_size"), [(1, 4), (4, 4), (5, 3), (40, 40)])
def test_a_block_is_read_where_one_of_its_queries_sees_one_of_its_keys(window, query_size, key_size):
    position = torch.arange(14)
    mask = attention_mask(position, position, window)
    blocks = block_mask(mask, query_size, key_size)
    seen = {(t // query_size, s // key_size) for t in range(14) for s in range(14) if mask[t, s]}
    assert {tuple(pair) for pair in blocks.nonzero().tolist()} == seen
    assert blocks.shape == (math.ceil(14 / query_size), math.ceil(14 / key_size))


@pytest.mark.parametrize("T", LENGTHS)
@torch.no_grad()
def test_moba_is_its_formula(T):
    module, contexts = layer(variant("MoBA", moba_topk=3))
    size, topk = 3, 3
    x, context = drawn(2, T, 24, seed=0), contexts(torch.arange(T))[0]
    query, key, value = projected(module, x, context)
    out = torch.zeros(2, T, 4, 6, dtype=torch.float64)
    for b, t, h in torch.cartesian_prod(torch.arange(2), torch.arange(T), torch.arange(4)).tolist():
        q, k, v = query[b, t, h], key[b, :, h // 2], value[b, :, h // 2]
        own = t // size
        earlier = sorted(range(own), key=lambda j: -float(q @ k[j * size : (j + 1) * size].mean(0)))[: topk - 1]
        read = sorted(s for s in range(t + 1) if s // size in {own, *earlier})
        out[b, t, h] = attended(q, k[read], v[read])
        assert keys_read(module, t + 1) == {"block means": own, "selected": len(read)}
    torch.testing.assert_close(module(x, context), module.o_proj(out.flatten(2)), rtol=0, atol=1e-11)


@torch.no_grad()
def test_moba_with_as_many_blocks_as_there_are_is_full_attention():
    x = drawn(2, 23, 24, seed=0)
    for topk in (8, 100):
        module, contexts = layer(variant("MoBA", moba_topk=topk, qk_norm="head"))
        full = Attention(variant("QK norm", qk_normalization="rmsnorm_noparam"), 0).double()
        full.load_state_dict(module.state_dict())
        context = contexts(torch.arange(23))[0]
        torch.testing.assert_close(module(x, context), full(x, context), rtol=0, atol=0)


@pytest.mark.parametrize("T", LENGTHS)
@pytest.mark.parametrize(("size", "stride", "block"), [(3, 2, 4), (2, 2, 2)])
@torch.no_grad()
def test_nsa_is_its_formula(T, size, stride, block):
    sizes = {"nsa_compress_size": size, "nsa_compress_stride": stride, "nsa_block_size": block}
    module, contexts = layer(variant("NSA", **sizes, nsa_topk=4, bias=True))
    window, topk = 5, 4
    x, context = drawn(2, T, 24, seed=0), contexts(torch.arange(T))[0]
    query, key, value = projected(module, x, context)
    gates = torch.sigmoid(module.branch_gate_proj(x)).view(2, T, 3, 4)
    starts = range(0, T - size + 1, stride)

    def compressed(mlp, x):
        vectors = [torch.cat([x[i + j] + mlp.position[j] for j in range(size)]) for i in starts]
        return [mlp.down @ torch.nn.functional.silu(mlp.up @ vector) for vector in vectors]

    compress = module.k_compress, module.v_compress
    out = torch.zeros(2, T, 4, 6, dtype=torch.float64)
    for b in range(2):
        # Keys and values of the two groups in each branch: heads 0 and 1, 2 and 3, 4 and 5.
        small = [[compressed(c, y[b, :, g]) for g in range(2)] for c, y in zip(compress, (key, value), strict=True)]
        for t in range(T):
            spans = [n for n, start in enumerate(starts) if start + size - 1 <= t]
            own = t // block
            for g in range(2):
                importance = dict.fromkeys(range(own + 1), 0.0)
                for h in (2 * g, 2 * g + 1):
                    if spans:
                        k, v = (torch.stack([each[g][n] for n in spans]) for each in small)
                        out[b, t, h] = gates[b, t, 0, h] * attended(query[b, t, h], k, v)
                        weights = (k @ query[b, t, h] / math.sqrt(6)).softmax(0)
                        for n, weight in zip(spans, weights, strict=True):
                            for s in range(starts[n], starts[n] + size):
                                importance[s // block] += float(weight)
                always = {0, own, max(own - 1, 0)}
                others = sorted(importance.keys() - always, key=lambda j: -importance[j])
                # Every query has room for as many blocks, however many of these fall together.
                chosen = always | set(others[: topk - len(always)])
                read = [s for s in range(t + 1) if s // block in chosen]
                near = list(range(max(0, t - window + 1), t + 1))
                for h in (2 * g, 2 * g + 1):
                    for branch, tokens in ((1, read), (2, near)):
                        k, v = key[b, tokens, 2 * branch + g], value[b, tokens, 2 * branch + g]
                        out[b, t, h] += gates[b, t, branch, h] * attended(query[b, t, h], k, v)
            expected = {"compressed": len(spans), "selected": len(read), "window": len(near)}
            assert keys_read(module, t + 1) == expected
    torch.testing.assert_close(module(x, context), module.o_proj(out.flatten(2)), rtol=0, atol=1e-11)


@pytest.mark.parametrize("kinds", ["moba,standard", "nsa,standard"])
@torch.no_grad()
def test_with_everything_that_goes_with_it_a_cache_changes_nothing(kinds):
    more = {"position_encoding": "alibi", "qk_norm": "full", "attention_gate": True, "attention_window": "none,4"}
    if kinds == "nsa,standard":
        more |= {"nsa_topk": 3}
    else:
        more |= {"attention_softcap": 0.7, "attention_sinks": True, "scalable_softmax": True}
    model = filled(GPT(variant("MoBA", attention_type=kinds, **more))).eval()
    text, cache = torch.arange(24).remainder(13).view(1, -1), KVCache(model.config)
    parts = [model(part, cache=cache) for part in text.split([1, 6, 1, 9, 7], dim=1)]
    torch.testing.assert_close(torch.cat(parts, dim=1), model(text), rtol=0, atol=1e-9)


@torch.no_grad()
def test_nsa_with_its_window_alone_is_a_sliding_window():
    module, contexts = layer(variant("NSA", bias=True))
    module.branch_gate_proj.weight.zero_()
    module.branch_gate_proj.bias.copy_(torch.tensor([-1e4, -1e4, 1e4]).repeat_interleave(4))
    plain = Attention(variant("grouped", attention_window="5", bias=True), 0).double()
    weights = {name: weight for name, weight in module.state_dict().items() if name in plain.state_dict()}
    # Of keys and values, those of the third branch.
    for name in ("k_proj.weight", "k_proj.bias", "v_proj.weight", "v_proj.bias"):
        weights[name] = weights[name][-12:]
    plain.load_state_dict(weights)
    x, context = drawn(2, 14, 24, seed=0), contexts(torch.arange(14))[0]
    torch.testing.assert_close(module(x, context), plain(x, context), rtol=0, atol=1e-15)


@pytest.mark.parametrize("name", ["MoBA", "NSA"])
def test_gradients(name):
    module, contexts = layer(variant(name, n_head=2, n_kv_head=1, n_embd=2, head_dim=2))
    context = contexts(torch.arange(7))[0]
    x = drawn(1, 7, 2, seed=0).requires_grad_()
    weights = list(module.parameters())
    assert torch.autograd.gradcheck(lambda x, *weights: module(x, context), (x, *weights))


@pytest.mark.parametrize("name", ["MoBA", "NSA"])
def test_causal_flops_are_those_of_the_keys_that_are_read(name):
    model, T = GPT(variant(name)), 24
    reads = [keys_read(model.blocks[0].attn, t + 1) for t in range(T)]
    means = sum(each.pop("block means", 0) for each in reads)
    # 4 heads of 6: a product with each key and each value that is read, forward and twice backward. What only chooses
    # is computed forward: products with the means, or of 2 groups of weights with 11 spans and 6 blocks.
    attention = 3 * 2 * 2 * 4 * 6 * sum(sum(each.values()) for each in reads) + 2 * 4 * 6 * means
    if name == "NSA":
        # Keys and values of 2 groups: 11 spans of 3, each of which two layers map to one.
        attention += 3 * 2 * 2 * 2 * 11 * (18 * 6 + 6 * 6) + 2 * 2 * T * 11 * 6
    linear = 6 * sum(each.weight.numel() for each in model.modules() if isinstance(each, torch.nn.Linear))
    assert training_flops(model, causal=True) == linear + 2 * attention // T


def test_what_makes_no_sense_is_refused():
    for fields, reason in (
        ({"attention_type": "moba", "attention_window": "8"}, "it chooses among all keys, and layer 0 would keep"),
        ({"attention_type": "nsa", "nsa_topk": 2}, "nsa_topk = 2: it must be 3 at least"),
        ({"attention_type": "nsa", "nsa_compress_stride": 5}, "they must not decrease in this order"),
        ({"attention_type": "nsa", "nsa_compress_size": 5}, "they must not decrease in this order"),
        ({"attention_type": "nsa", "attention_sinks": True}, "its compressed branch has none; leave it at False"),
    ):
        with pytest.raises(ValueError, match=reason):
            GPT(GPTConfig(**fields))


def test_others_read_the_keys_of_their_windows():
    def reads(name: str) -> list[dict[str, int]]:
        return [keys_read(block.attn, 20) for block in GPT(variant(name)).blocks]

    assert reads("window") == [{"keys": 3}, {"keys": 20}]
    assert reads("delta and a window in turn") == [{}, {"keys": 4}]
