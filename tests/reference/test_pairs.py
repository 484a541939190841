"""Every value of every axis beside every value of every other: it builds, runs, is causal, and is counted right.

Pairs are packed into as few configurations as a greedy search finds, all tiny.
"""

import itertools
import math
from collections.abc import Iterable

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from reference.attentions.composed import QK_NORMS
from reference.attentions.settings_read import as_read
from reference.config import GPTConfig
from reference.encodings import POSITION_ENCODINGS
from reference.encodings.scaling import ROPE_SCALINGS
from reference.feed_forwards import FEED_FORWARDS
from reference.feed_forwards.activations import ACTIVATIONS
from reference.gpt import GPT
from reference.normalizations import NORMS
from reference.optimization.initialization import INITS, initialise
from reference.optimization.training_flops import training_flops
from reference.placements import BLOCKS, SCALED_BLOCKS

# Fields that do not go with every value of each other, and therefore vary together.
ATTENTION = {
    "multi-head": {"n_kv_head": 4},
    "grouped": {"n_kv_head": 2},
    "multi-query": {"n_kv_head": 1},
    "gated": {"n_kv_head": 2, "attention_gate": True},
    "differential": {"n_kv_head": 2, "attention_type": "differential"},
    "forgetting": {"n_kv_head": 2, "attention_type": "forgetting", "head_gate": "softplus"},
    "relative": {"attention_type": "relative", "relative_dim": 3, "relative_extent": 6, "scalable_softmax": True},
    "of an earlier layer": {"n_kv_head": 2, "attention_type": "standard,standard,shared"},
    "values": {"n_kv_head": 2, "attention_type": "values", "value_head_dim": 6, "value_norm": "rmsnorm"},
    "latent": {"attention_type": "latent", "latent_rank": 10},
    "latent, for queries too": {
        "attention_type": "latent",
        "latent_rank": 10,
        "query_latent_rank": 6,
        "value_head_dim": 6,
    },
}
# A scale with a cap is refused: no public model has both.
LOGITS = {
    "plain": {"logit_softcap": None},
    "capped": {"logit_softcap": 5.0},
    "scaled": {"logit_softcap": None, "logit_scale": 0.5},
}
FIELDS_REFUSED = [
    ({"logit_scale": 0.5, "logit_softcap": 5.0}, "no public model has both"),
    ({"unit_weights": True}, "^unit_weights = True with .* qk_normalization = 'rmsnorm_noparam': it goes with softmax"),
    (
        {"unit_weights": True, "qk_normalization": "l2norm", "attention_type": "latent"},
        "^unit_weights = True with attention_type = 'latent', qk_norm = 'head'",
    ),
]

AXES = {
    "normalization": list(NORMS),
    "norm_position": list(BLOCKS),
    "qk_norm": list(QK_NORMS),
    "qk_normalization": list(NORMS),
    "qk_norm_after_rotary": [False, True],
    "position_encoding": [*POSITION_ENCODINGS, "rope,none", "rope_local,alibi"],
    "rope_scaling": list(ROPE_SCALINGS),
    "rope_interleaved": [False, True],
    "rope_fraction": [0.5, 1.0],
    "ffn_type": list(FEED_FORWARDS),
    "activation": list(ACTIVATIONS),
    "init": list(INITS),
    "bias": [False, True],
    "weight_tying": [False, True],
    "embedding_norm": [False, True],
    "embedding_scale": [False, True],
    "attn_scale": [False, True],
    "dropout": [0.0, 0.5],
    "logits": list(LOGITS),
    "head_dim": [None, 8],
    "softmax_scale": [None, 0.2],
    "attention": list(ATTENTION),
    "attention_window": ["none", "1", "4,none"],
    "attention_softcap": [None, 2.0],
    "attention_sinks": [False, True],
}
# Pairs that are refused where the model is built, and why.
REFUSED = {
    (("attn_scale", True), ("norm_position", name)): "no public model has it"
    for name in BLOCKS
    if name not in SCALED_BLOCKS
} | {
    **{(("ffn_type", "none"), ("norm_position", name)): "no public model has it" for name in BLOCKS if name != "pre"},
    (("ffn_type", "none"), ("attn_scale", True)): "no public model has it",
    (("norm_position", "rezero"), ("init", "nanochat")): "the weights of the residual and the output projections",
}
SIZES = {
    "vocab_size": 13,
    "max_seq_len": 10,
    "n_layer": 3,
    "n_head": 4,
    "n_embd": 16,
    "n_expert": 3,
    "rope_factor": 2.0,
    "rope_original_seq_len": 5,
    "rope_head_dim": 8,
}
V, T, L, H, C, E = 13, 10, 3, 4, 16, 3


def all_pairs(axes: dict[str, list], refused: Iterable[tuple]) -> list[dict]:
    """Combinations in which every two values of different axes meet at least once, but for those that are refused."""
    never = {frozenset((axis, axes[axis].index(value)) for axis, value in pair) for pair in refused}
    missing = {
        frozenset(((a, i), (b, j)))
        for a, b in itertools.combinations(axes, 2)
        for i, j in itertools.product(range(len(axes[a])), range(len(axes[b])))
    } - never
    combinations = []
    while missing:
        # Begin with a pair that has not met, then give every other axis the value that meets most.
        chosen = dict(min(missing, key=sorted))
        for axis in sorted((axis for axis in axes if axis not in chosen), key=lambda axis: -len(axes[axis])):
            chosen[axis] = max(
                (
                    value
                    for value in range(len(axes[axis]))
                    if not any(frozenset(((axis, value), other)) in never for other in chosen.items())
                ),
                key=lambda value: sum(frozenset(((axis, value), other)) in missing for other in chosen.items()),
            )
        missing -= {frozenset(pair) for pair in itertools.combinations(chosen.items(), 2)}
        combinations.append({axis: axes[axis][chosen[axis]] for axis in axes})
    return combinations


COMBINATIONS = all_pairs(AXES, REFUSED)


def parameters_by_hand(config: GPTConfig) -> int:
    """How many weights there are, from the configuration alone."""
    norms = {
        "layernorm": 2 * C,
        "layernorm_nobias": C,
        "layernorm_noparam": 0,
        "rmsnorm": C,
        "rmsnorm_noparam": 0,
        "rmsnorm_plus_one": C,
        "dyt": 2 * C + 1,
        "derf": 2 * C + 2,
        "l2norm": 0,
    }

    def norm(name: str, dim: int) -> int:
        if name in norms:
            return norms[name] // C * dim + norms[name] % C
        # A norm that somebody has added since, whose own test knows how many weights it has.
        return sum(weight.numel() for weight in NORMS[name](dim, 1e-6).parameters())

    def linear(n_in: int, n_out: int) -> int:
        return n_in * n_out + config.bias * n_out

    D, G = config.head_dim, config.n_kv_head
    attention = linear(C, H * D) + 2 * linear(C, G * D) + linear(H * D, C)
    attention += config.attention_gate * linear(C, H * D) + (config.attention_type == "differential") * 4 * D
    attention += (config.attention_type == "forgetting") * (C + 1) * H
    relative = C * H * 3 * L + sum(3 * (window or 6) for window in config.layer_windows)
    attention += (config.head_gate is not None) * linear(C, H) + config.scalable_softmax * 2 * H
    if config.attention_type == "values":
        attention += (6 - D) * (C * G + H * C + (config.attention_gate) * C * H) + config.bias * G * (6 - D) + 6
    if config.attention_type == "latent":
        rank, R, Dv, queries = 10, 8, config.value_head_dim or D, config.query_latent_rank
        down = linear(C, rank) + rank + linear(C, R) + (linear(C, queries) + queries if queries else 0)
        up = rank * H * (D + Dv) + (queries or C) * H * (D + R)
        attention = down + up + linear(H * Dv, C)
    attention += config.attention_sinks * H
    heads = {"off": (0, 0), "head": (D, D), "full": (H * D, G * D)}[config.qk_norm]
    attention += sum(norm(config.qk_normalization, dim) for dim in heads if dim)
    hidden = 8 * math.ceil(8 * C / 3 / 8)
    gated = 2 * linear(C, hidden) + linear(hidden, C)
    feed_forward = {
        "none": 0,
        "standard": linear(C, 4 * C) + linear(4 * C, C),
        "gated": gated,
        "moe": E * gated + C * E,
        "moe_softmax": E * gated + C * E,
        "deepseek_moe": (E + 1) * gated + C * E,  # with one that is shared
        "ernie_moe": (E + 1) * gated + C * E,
        "deepseek_v2_moe": (E + 1) * gated + C * E,
        "qwen_moe": (E + 1) * gated + C * E + C,  # with its gate
        "deepseek_moe_normed": (E + 1) * gated + C * E + norm(config.normalization, C),
    }[config.ffn_type]
    many = {"none": 0, "standard": 1, "gated": 1, "moe": E, "moe_softmax": E}.get(config.ffn_type, E + 1)
    feed_forward += (config.activation == "xielu") * 2 * many
    per_block = {"none": 0, "rezero": 0, "parallel": 1, "sandwich": 4, "depth_scaled": 4, "keel": 4}
    per_block = per_block.get(config.norm_position, 2) - (config.ffn_type == "none")
    beside = {"rezero": 2, "layerscale": 2 * C, "ngpt": 2 * C}.get(config.norm_position, 0)
    final = config.norm_position not in ("post", "none", "deepnorm", "rezero", "keel", "ngpt")
    of_keys = norm(config.qk_normalization, heads[1]) if heads[1] else 0
    return (
        V * C * (1 if config.weight_tying else 2)
        + ("learned_absolute" in config.position_encoding) * T * C
        + (config.attention_type == "relative") * relative
        - ("shared" in config.attention_type) * (2 * linear(C, G * D) + of_keys)
        + L * (attention + feed_forward + beside + per_block * norm(config.normalization, C))
        + (config.embedding_norm + final) * norm(config.normalization, C)
    )


def test_every_pair_is_there():
    for a, b in itertools.combinations(AXES, 2):
        met = {(combination[a], combination[b]) for combination in COMBINATIONS}
        never = {tuple(dict(pair)[axis] for axis in (a, b)) for pair in REFUSED if dict(pair).keys() == {a, b}}
        assert met == set(itertools.product(AXES[a], AXES[b])) - never


@pytest.mark.parametrize(("pair", "reason"), REFUSED.items())
def test_what_is_refused_says_so(pair, reason):
    (one, first), (other, second) = pair
    with pytest.raises(ValueError, match=f"{one} = {first!r} with {other} = {second!r}: {reason}"):
        GPT(GPTConfig(**SIZES | dict(pair)))


def randomised(model: nn.Module) -> nn.Module:
    """Every weight random: at the first weights many models do not yet depend on anything."""
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for weight in model.parameters():
            weight.normal_(std=weight.shape[-1] ** -0.5, generator=generator)
            if weight.numel() == 1:
                # Too small a gain hides all that comes before it, and too large a shift does.
                weight.uniform_(0.25, 0.75, generator=generator)
    return model


def configured(combination: dict) -> GPTConfig:
    fields = {axis: value for axis, value in combination.items() if axis not in ("attention", "logits")}
    # Not every kind of attention reads every other value: those that change nothing are left out.
    return as_read(GPTConfig(**SIZES | ATTENTION[combination["attention"]] | LOGITS[combination["logits"]] | fields))


@pytest.mark.parametrize(("fields", "reason"), FIELDS_REFUSED, ids=str)
def test_what_is_refused_says_why(fields, reason):
    with pytest.raises(ValueError, match=reason):
        GPT(GPTConfig(**fields))


@pytest.mark.parametrize("combination", COMBINATIONS, ids=[str(i) for i in range(len(COMBINATIONS))])
def test_pairs(combination):
    config = configured(combination)
    model = GPT(config)
    initialise(model)
    assert sum(weight.numel() for weight in model.parameters()) == parameters_by_hand(config)
    tokens = torch.randint(V, (2, T + 1), generator=torch.Generator().manual_seed(1))

    # Forward and backward, with as many operations as were promised.
    with FlopCounterMode(display=False) as counter:
        loss = model(tokens[:, :-1], tokens[:, 1:])
        loss.backward()
    assert loss.isfinite()
    assert training_flops(model) * 2 * T == counter.get_total_flops()

    # With any weights, every weight has a gradient, and no logit depends on a later token.
    randomised(model).zero_grad()
    model(tokens[:, :-1], tokens[:, 1:]).backward()
    assert all(weight.grad is not None and weight.grad.isfinite().all() for weight in model.parameters())
    model.eval()
    places = (1, T // 2, T - 1)
    texts = tokens[:, :T].repeat(1 + len(places), 1, 1)
    for number, t in enumerate(places, 1):
        texts[number, :, t] = (texts[number, :, t] + 1) % V
    with torch.no_grad():
        before, *afters = model(texts.flatten(0, 1)).unflatten(0, (-1, 2))
    atol = 1e-5 * max(1, before.abs().max().item())
    for t, after in zip(places, afters, strict=True):
        torch.testing.assert_close(before[:, :t], after[:, :t], rtol=0, atol=atol)
        assert ((before - after)[:, t:].abs().amax(dim=-1) > 0).any()
