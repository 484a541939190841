from dataclasses import replace

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from reference.config import GPTConfig
from reference.feed_forwards.moe import auxiliary_loss
from reference.gpt import GPT
from reference.optimization.training_flops import training_flops
from reference.presets import preset
from scripts.measuring.attention_variants import VARIANTS, variant

BATCH = 3
SIZES = {
    "multi-head": GPTConfig(vocab_size=11, max_seq_len=16, n_layer=2, n_head=4, n_embd=32),
    "grouped": GPTConfig(vocab_size=50, max_seq_len=7, n_layer=3, n_head=6, n_kv_head=2, n_embd=24),
    "multi-query": GPTConfig(vocab_size=5, max_seq_len=64, n_layer=1, n_head=2, n_kv_head=1, n_embd=8),
}


def counted(model: GPT, length: int) -> int:
    """What torch counts in one training step, which is every matrix product that it runs, forward and backward."""
    tokens = torch.zeros(BATCH, length, dtype=torch.int64)
    with FlopCounterMode(display=False) as counter:
        (model(tokens, tokens) + auxiliary_loss(model)).backward()
    return counter.get_total_flops()


@pytest.mark.parametrize("size", SIZES)
def test_equals_torchs_own_count(size):
    # Exactly: even the first layer's inputs get a gradient, since it is the embedding's; the scores are computed in
    # full before half of them are hidden; and torch, too, counts a repeated key/value head once for each query head.
    model = GPT(SIZES[size])
    T = SIZES[size].max_seq_len
    assert training_flops(model) * BATCH * T == counted(model, T)


@pytest.mark.parametrize("name", VARIANTS)
def test_equals_torchs_own_count_for_every_kind_of_attention(name):
    model = GPT(variant(name))
    T = model.config.max_seq_len
    assert training_flops(model) * BATCH * T == counted(model, T)


def test_a_window_leaves_fewer_scores_to_count():
    config = SIZES["grouped"]
    whole, windowed = GPT(config), GPT(replace(config, attention_window="3,none,3"))
    assert training_flops(whole) == training_flops(windowed)
    # Of 7 tokens, each sees itself and all before it, 28 pairs; with a window of 3 they are 1 + 2 + 3 * 5 = 18.
    missing = 2 * (28 - 18) * config.n_head * config.head_dim * 2 * 2 * 3
    assert training_flops(whole, causal=True) - missing // 7 == pytest.approx(
        training_flops(windowed, causal=True), abs=1
    )


def test_a_shorter_sequence_costs_less_by_its_scores_alone():
    config = SIZES["grouped"]
    model, T = GPT(config), 4
    # Queries with keys and weights with values: two products of 2 * D, once forward and twice backward.
    missing = (config.max_seq_len - T) * config.n_layer * config.n_head * config.head_dim * 2 * 2 * 3
    assert (training_flops(model) - missing) * BATCH * T == counted(model, T)


def test_without_the_embeddings_gradient_the_first_layer_would_cost_less():
    # This is why the count above comes out exactly: the products that a frozen embedding saves are these three.
    model = GPT(SIZES["grouped"])
    T = model.config.max_seq_len
    model.embedding.token_embedding.requires_grad_(False)
    attn = model.blocks[0].attn
    saved = 2 * sum(layer.weight.numel() for layer in (attn.q_proj, attn.k_proj, attn.v_proj))
    assert (training_flops(model) - saved) * BATCH * T == counted(model, T)


def test_the_embedding_costs_nothing():
    with torch.device("meta"):
        small, large = (GPT(replace(SIZES["grouped"], vocab_size=V)) for V in (50, 51))
    # One more token is one more row of the head, which is used, and of the embedding, which is looked up.
    assert training_flops(large) - training_flops(small) == 6 * 24


def test_causal_counts_the_scores_on_and_below_the_diagonal():
    model = GPT(SIZES["grouped"])
    config = model.config
    T, H, D = config.max_seq_len, config.n_head, config.head_dim
    # Per sequence, layer and head: T (T + 1) / 2 of T^2 scores and as many products with values, 2 * D operations each,
    # once forward and twice backward.
    hidden = config.n_layer * H * 2 * 2 * D * 3 * (T * T - T * (T + 1) // 2)
    assert (training_flops(model) - training_flops(model, causal=True)) * T == hidden


def test_gpt2s_size_costs_what_it_should():
    # 12 layers of 768, 50257 tokens, T = 1024: 0.855 GFLOP per token, whatever the norms and positions.
    with torch.device("meta"):
        for name in ("gpt2", "d12", "llama"):
            assert training_flops(GPT(preset(name))) == pytest.approx(0.855e9, rel=2e-3)


def test_a_gated_feed_forward_at_8_3_costs_what_an_ordinary_one_costs_at_4():
    with torch.device("meta"):
        costs = {training_flops(GPT(preset("llama", ffn_type=name))) for name in ("standard", "gated")}
    assert len(costs) == 1
