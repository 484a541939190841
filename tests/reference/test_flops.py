from dataclasses import replace

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from reference.config import GPTConfig
from reference.gpt import GPT
from reference.optimization.flops import estimate_flops
from reference.optimization.training_flops import training_flops
from reference.presets import preset

CONFIG = GPTConfig(vocab_size=50, max_seq_len=7, n_layer=3, n_head=6, n_kv_head=2, n_embd=24)


def on_meta(config: GPTConfig) -> GPT:
    with torch.device("meta"):
        return GPT(config)


def test_is_the_number_in_nanochats_own_report():
    assert f"{estimate_flops(on_meta(preset('nanochat'))):e}" == "3.491758e+09"


def test_equals_torchs_own_count():
    model, B, T = GPT(CONFIG), 3, CONFIG.max_seq_len
    tokens = torch.zeros(B, T, dtype=torch.int64)
    with FlopCounterMode(display=False) as counter:
        model(tokens, tokens).backward()
    assert estimate_flops(model) * B * T == counter.get_total_flops()


@pytest.mark.parametrize(
    "config",
    [CONFIG, preset("nanochat"), preset("nanochat_tiny"), replace(CONFIG, attention_window="3,none,3")],
    ids=["grouped", "nanochat", "nanochat_tiny", "windows, which only the causal count sees"],
)
def test_both_counts_agree_on_nanochats_configuration(config):
    model = on_meta(config)
    assert estimate_flops(model) == training_flops(model)


@pytest.mark.parametrize(
    ("changes", "more"),
    [
        # 2 norms in each of 3 blocks, and 2 outside of them; C = 24.
        ({"normalization": "rmsnorm", "qk_norm": "off"}, 6 * 24 * (2 * 3 + 2)),
        ({"position_encoding": "learned_absolute"}, 6 * 7 * 24),
        ({"weight_tying": True}, -6 * 50 * 24),
    ],
    ids=["norm weights", "learned positions", "a tied head"],
)
def test_where_the_two_counts_differ(changes, more):
    model = on_meta(replace(CONFIG, **changes))
    assert estimate_flops(model) - training_flops(model) == more


def test_inactive_experts_are_counted_here_and_not_in_the_general_count():
    model = on_meta(replace(CONFIG, ffn_type="moe", n_expert=5))
    assert estimate_flops(model) - training_flops(model) == 6 * sum(block.mlp.inactive_params for block in model.blocks)
