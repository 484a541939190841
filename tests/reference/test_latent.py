"""Latent attention against its formula, its two forms against each other, and what it keeps."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from reference.attentions.latent import MultiHeadLatentAttention, build_latent
from reference.attentions.sparse.dsa import DeepSeekSparseAttention
from reference.attentions.sparse.indexer import index_scores, indexer_loss
from reference.attentions.sparse.reads import keys_read
from reference.config import GPTConfig
from reference.decoding.cache import ContiguousCache, KVCache
from reference.gpt import GPT
from reference.positions import Context, Positions
from reference.presets import preset
from scripts.measuring.attention_variants import variant
from scripts.training.memory import peak_memory

FAST = settings(max_examples=25)


def made(config: GPTConfig, kind=MultiHeadLatentAttention) -> MultiHeadLatentAttention:
    torch.manual_seed(0)
    module = kind(config, 0)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.normal_(std=0.5)
    return module.double().eval()


def draw(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(3))


def turned(vector: torch.Tensor, position: int, R: int) -> torch.Tensor:
    """Its first R elements rotated, in pairs of halves; the others as they are."""
    pairs = [complex(vector[i], vector[i + R // 2]) for i in range(R // 2)]
    angles = [position * 1e4 ** (-2 * i / R) for i in range(R // 2)]
    pairs = [z * complex(math.cos(a), math.sin(a)) for z, a in zip(pairs, angles, strict=True)]
    rotated = torch.tensor([z.real for z in pairs] + [z.imag for z in pairs], dtype=torch.float64)
    return torch.cat((rotated, vector[R:]))


def by_loops(module: MultiHeadLatentAttention, x: torch.Tensor, config: GPTConfig) -> tuple[torch.Tensor, dict]:
    """The docstring's formula, one head of one token at a time, with the indexer's choice where there is one. Also, for
    every token, the keys that it attends to, its heads' weights of them, and their index scores."""
    weight = {name: parameter.detach() for name, parameter in module.named_parameters()}
    H, D, R, Dv = config.n_head, config.head_dim, config.rope_head_dim, config.value_head_dim

    def normed(vector: torch.Tensor, name: str) -> torch.Tensor:
        return vector / torch.sqrt((vector * vector).mean() + 1e-6) * weight[f"{name}_norm.weight"]

    def indexed(source: torch.Tensor, token: torch.Tensor, keys: list[torch.Tensor], t: int) -> list[float]:
        """The index score of every key, by Python's own numbers."""
        size, total = config.index_head_dim, [0.0] * len(keys)
        for h in range(config.index_n_heads):
            query = turned(rows("indexer.q_proj", size, h) @ source, t, R)
            share = float(weight["indexer.weights_proj.weight"][h] @ token) / math.sqrt(config.index_n_heads)
            matches = [max(float(query @ key), 0.0) / math.sqrt(size) for key in keys]
            total = [sum_ + share * match for sum_, match in zip(total, matches, strict=True)]
        return total

    def rows(name: str, size: int, head: int) -> torch.Tensor:
        return weight[f"{name}.weight"][head * size : (head + 1) * size]

    out, seen = torch.zeros_like(x), {}
    for b, sequence in enumerate(x):
        latents = [normed(weight["kv_down_proj.weight"] @ token, "kv_down") for token in sequence]
        shared = [turned(weight["k_rope_proj.weight"] @ token, s, R) for s, token in enumerate(sequence)]
        index_keys = []
        for s, token in enumerate(sequence if config.attention_type == "dsa" else ()):
            key = weight["indexer.k_proj.weight"] @ token
            key = (key - key.mean()) / torch.sqrt(key.var(unbiased=False) + 1e-6)
            key = key * weight["indexer.k_norm.weight"] + weight["indexer.k_norm.bias"]
            index_keys.append(turned(key, s, R))
        for t, token in enumerate(sequence):
            found, visible, index = [], list(range(t + 1)), None
            source = token
            if config.query_latent_rank:
                source = normed(weight["q_down_proj.weight"] @ token, "q_down")
            if index_keys:
                index = indexed(source, token, index_keys[: t + 1], t)
                visible = sorted(visible, key=lambda s: -index[s])[: module.topk]
                index = [index[s] for s in visible]
            weights = []
            for h in range(H):
                query = rows("q_proj", D + R, h) @ source
                query = torch.cat((query[:D], turned(query[D:], t, R)))
                keys = [torch.cat((rows("k_up_proj", D, h) @ latents[s], shared[s])) for s in visible]
                scores = torch.stack([query @ key / math.sqrt(D + R) for key in keys]).softmax(0)
                values = [rows("v_up_proj", Dv, h) @ latents[s] for s in visible]
                found.append(sum(score * value for score, value in zip(scores, values, strict=True)))
                weights.append(scores)
            out[b, t] = weight["o_proj.weight"] @ torch.cat(found)
            seen[b, t] = visible, weights, index
    return out, seen


@pytest.mark.parametrize("name", ["latent", "latent, for queries too"])
def test_is_its_formula(name):
    config = variant(name)
    module, x = made(config), draw(2, 5, 24)
    with torch.no_grad():
        found = module(x, Positions(config).double()(torch.arange(5))[0])
    torch.testing.assert_close(found, by_loops(module, x, config)[0], rtol=0, atol=1e-6)


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


# With the lightning indexer


def sparse(T: int = 9, **changes) -> tuple[DeepSeekSparseAttention, torch.Tensor, Context]:
    """A layer, tokens, and where they stand."""
    config = variant("DSA", **changes)
    return made(config, DeepSeekSparseAttention), draw(2, T, 24), Positions(config).double()(torch.arange(T))[0]


def divergence(seen: dict) -> float:
    """The mean over all tokens of KL(attention summed over heads and normalised, softmax of the index scores)."""
    total = 0.0
    for _, weights, index in seen.values():
        p = torch.stack(weights).sum(0) / len(weights)
        q = torch.distributions.Categorical(logits=torch.tensor(index, dtype=torch.float64))
        total += torch.distributions.kl_divergence(torch.distributions.Categorical(probs=p), q).item()
    return total / len(seen)


def test_of_all_tokens_the_indexer_chooses_those_of_its_formula_and_its_loss_is_what_it_should_be():
    module, x, context = sparse(index_loss_coef=0.7)
    expected, seen = by_loops(module, x, variant("DSA"))
    torch.testing.assert_close(module(x, context).detach(), expected, rtol=0, atol=1e-6)
    assert module.auxiliary_loss == 0.0
    assert [len(visible) for visible, _, _ in seen.values()] == [min(t + 1, 3) for t in range(9)] * 2
    module.train()(x, context)
    assert module.auxiliary_loss.item() == pytest.approx(0.7 * divergence(seen), abs=1e-6)
    # In the dense warm-up all are attended to, and the indexer learns from all; evaluation goes on as it was.
    module.dense, module.topk = True, 99
    everything, seen = by_loops(module, x, variant("DSA"))
    module.topk = 3
    torch.testing.assert_close(module(x, context).detach(), everything, rtol=0, atol=1e-6)
    assert module.auxiliary_loss.item() == pytest.approx(0.7 * divergence(seen), abs=1e-6)
    torch.testing.assert_close(module.eval()(x, context).detach(), expected, rtol=0, atol=1e-6)


def test_the_indexer_learns_from_its_loss_alone_and_nothing_else_does():
    module, x, context = sparse()
    x.requires_grad_()
    module.train()(x, context).square().sum().backward()
    of_the_rest, of_the_indexer = [], []
    for name, weight in module.named_parameters():
        (of_the_indexer if name.startswith("indexer.") else of_the_rest).append(weight)
    assert all(weight.grad is None for weight in of_the_indexer)
    assert all(weight.grad.abs().sum() > 0 for weight in (*of_the_rest, x))
    before = [weight.grad.clone() for weight in (*of_the_rest, x)]
    module.auxiliary_loss.backward()
    assert all(weight.grad.abs().sum() > 0 for weight in of_the_indexer)
    assert all(torch.equal(weight.grad, old) for weight, old in zip((*of_the_rest, x), before, strict=True))
    # So it comes to choose what the attention attends to.
    losses, optimizer = [], torch.optim.Adam(of_the_indexer, lr=0.05)
    for _ in range(40):
        optimizer.zero_grad()
        module(x, context)
        module.auxiliary_loss.backward()
        optimizer.step()
        losses.append(module.auxiliary_loss.item())
    assert losses[-1] < losses[0] / 2


@pytest.mark.parametrize("cached", [False, True])
def test_where_all_keys_are_chosen_it_is_latent_attention_in_both_forms(cached):
    module, x, _ = sparse(index_topk=9)
    latent, found = made(variant("latent, for queries too")), []
    latent.load_state_dict(module.state_dict(), strict=False)
    for layer in (module, latent):
        cache = ContiguousCache(9) if cached else None
        for part in (slice(0, 8), slice(8, 9)) if cached else (slice(0, 9),):
            context = Positions(variant("DSA")).double()(torch.arange(9)[part].expand(2, -1))[0]._replace(cache=cache)
            assert layer.absorbs(1, context) == cached
            found.append(layer(x[:, part], context))
    # To the last bit: nothing is added to any score.
    assert torch.equal(*(torch.cat(parts, dim=1) for parts in (found[: len(found) // 2], found[len(found) // 2 :])))


def test_a_decoding_step_reads_the_chosen_latents_only():
    module, x, context = sparse()
    cache, read = ContiguousCache(9), []
    whole = module(x, context)
    backend = module.backend
    module.backend = lambda query, key, *rest: (read.append(key.size(2)), backend(query, key, *rest))[1]
    for t in range(9):
        step = Positions(variant("DSA")).double()(torch.full((2, 1), t))[0]._replace(cache=cache)
        torch.testing.assert_close(module(x[:, t : t + 1], step), whole[:, t : t + 1], rtol=0, atol=1e-12)
    assert read == [1, 2, *[3] * 7]


def test_scores_and_loss_have_the_gradients_of_their_formulas():
    inputs = [draw(1, 3, 2, 4).requires_grad_(), draw(1, 5, 4).requires_grad_(), draw(1, 3, 2).requires_grad_()]
    assert torch.autograd.gradcheck(index_scores, inputs)
    # One key is not attended to, and one that is gets nothing.
    hidden = torch.tensor([False, False, False, False, True])
    target = torch.tensor([0.5, 0.2, 0.0, 0.3, 0.0], dtype=torch.float64).expand(1, 3, 5)

    def loss(scores: torch.Tensor) -> torch.Tensor:
        return indexer_loss(scores.masked_fill(hidden, float("-inf")), target)

    assert torch.autograd.gradcheck(loss, [draw(1, 3, 5).requires_grad_()])


def test_what_the_indexer_cannot_be_is_refused():
    with pytest.raises(ValueError, match=r"index_head_dim = 3: rope_head_dim = 4 of its dimensions are rotated"):
        GPT(variant("DSA", index_head_dim=3))
    with pytest.raises(ValueError, match=r"attention_type = 'dsa' with n_kv_head = 2"):
        GPT(variant("DSA", n_kv_head=2))


def test_an_indexer_that_never_learns_leaves_everything_else_as_it_is():
    module, x, context = sparse(index_loss_coef=0.0)
    module.train()(x, context)
    assert module.auxiliary_loss == 0.0


def test_the_last_query_reads_a_few_keys_and_the_indexers_small_ones():
    module, _, _ = sparse()
    assert [keys_read(module, T) for T in (2, 100)] == [{"index": 2, "selected": 2}, {"index": 100, "selected": 3}]
    assert module.cached_dim == 10 + 4 + 5
