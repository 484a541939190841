"""What holds for every kind of attention, whatever it computes: at odd sizes, in float32 and in bfloat16."""

import itertools
import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from reference.attention import build_attention
from reference.attentions import ATTENTIONS
from reference.attentions.composed import no_gate
from reference.attentions.settings_read import POSITIONS, SETTINGS, refuse_unread
from reference.config import GPTConfig
from reference.encodings.base import no_rotation
from reference.feed_forwards.moe import auxiliary_loss
from reference.gpt import GPT
from reference.optimization.initialization import initialise
from reference.placements.refinements import REFINEMENTS
from reference.positions import Positions
from reference.presets import preset
from scripts.measuring.attention_variants import EVERYTHING, VARIANTS, variant

FAST = settings(max_examples=12)
LENGTHS = st.sampled_from([1, 2, 3, 7, 13, 24])
DTYPES = st.sampled_from([torch.float32, torch.bfloat16])


def made(config: GPTConfig, dtype: torch.dtype, seed: int = 0, layer: int = 0):
    """One layer of attention with random weights, and the contexts of all layers as a function of the length."""
    torch.manual_seed(seed)
    module = build_attention(config.of_layer(layer), layer)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.normal_(std=0.5)
    positions = Positions(config)
    return module.to(dtype).eval(), lambda T: positions(torch.arange(T))


def test_every_kind_is_tried():
    configs = map(variant, EVERYTHING)
    assert {kind for config in configs for kind in config.in_turn(config.attention_type)} == ATTENTIONS.keys()


# A value for every field that not all kinds of attention read, and not the default.
GIVEN = {
    "n_kv_head": 2,
    "attention_window": "4",
    "attention_softcap": 5.0,
    "attention_sinks": True,
    "attention_gate": True,
    "qk_norm": "full",
    "qk_normalization": "rmsnorm",
    "qk_norm_after_rotary": False,
    "softmax_scale": 0.5,
    "query_scale_beta": 0.1,
    "scalable_softmax": True,
    "head_gate": "sigmoid",
    "clip_qkv": 2.0,
    "keys_are_values": True,
    "value_norm": "rmsnorm",
    "value_scale": 0.5,
    "index_rope_interleaved": True,
    "index_loss_coef": 0.5,
    "linear_allow_neg_eigval": True,
    "linear_norm_eps": 0.5,
    "position_encoding": "alibi",
    "rope_interleaved": True,
    "rope_fraction": 0.5,
    "rope_local_fraction": 0.5,
    "rope_low_freq_factor": 2.0,
    "rope_scaling": "linear",
    "rope_proportion": 0.5,
    "rope_short_factors": "1.5",
    "rope_long_factors": "1.5",
}
FIELDS = sorted({field for names in SETTINGS.values() for field in names})


@pytest.mark.parametrize("kind", ATTENTIONS)
def test_a_kind_of_attention_reads_the_settings_that_it_says_and_no_others(kind):
    read = set()

    class Watched(GPTConfig):
        def __getattribute__(self, name):
            read.add(name)
            return super().__getattribute__(name)

    config = Watched(attention_type=kind)
    read.clear()
    ATTENTIONS[kind](config, 0)
    # Positions are told, and refinements made, when it is built.
    others = {*POSITIONS, *REFINEMENTS}
    assert read & {*FIELDS} - others == {*SETTINGS[kind]} - others
    # What nobody reads is refused.
    refuse_unread(GPTConfig(attention_type=kind, qk_norm="off", position_encoding="none"))
    for field in FIELDS:
        config = GPTConfig(attention_type=kind, **{field: GIVEN.get(field, 7)})
        if field in SETTINGS[kind]:
            refuse_unread(config)
        else:
            with pytest.raises(ValueError, match=rf"^{field} = .* with attention_type = '{kind}': it goes with '"):
                refuse_unread(config)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        (
            {"moba_topk": 2},
            "moba_topk = 2 with attention_type = 'standard': it goes with 'moba'; here no layer reads it",
        ),
        (
            {"attention_type": "mamba2", "n_kv_head": 2},
            "n_kv_head = 2 with attention_type = 'mamba2': it goes with 'st",
        ),
        # A window of those layers alone that have no scores.
        ({"attention_type": "delta,standard", "attention_window": "4,none"}, "attention_window = '4,none' with attent"),
        ({"attention_type": "kda,linear", "position_encoding": "alibi"}, "position_encoding = 'alibi' with attention_"),
        (
            {"attention_type": "standard,retention", "position_encoding": "rope,alibi"},
            "it has no scores to add a bias to",
        ),
    ],
)
def test_what_changes_nothing_is_refused_when_the_model_is_built(fields, reason):
    with pytest.raises(ValueError, match=reason):
        GPT(GPTConfig(n_layer=2, **fields))


def test_what_one_of_several_kinds_reads_is_no_concern_of_the_others():
    window = {
        "attention_type": "delta,standard",
        "attention_window": "none,4",
        "n_kv_head": 2,
        "linear_key_head_dim": 8,
    }
    assert GPT(GPTConfig(n_layer=2, **window)).blocks[1].attn.window == 4
    # What a preset says of its own kind of attention, it does not say of another one, but somebody may.
    GPT(preset("gemma2_tiny", attention_type="retention"))
    GPT(preset("qwen3_5_tiny", n_layer=2))
    with pytest.raises(ValueError, match="n_kv_head = 2 with attention_type = 'mamba2'"):
        GPT(preset("gemma2_tiny", attention_type="mamba2", n_kv_head=2))
    with pytest.raises(ValueError, match="head_gate = 'sigmoid' with attention_type = 'kda'"):
        GPT(preset("llama_tiny", attention_type="kda", head_gate="sigmoid"))


@FAST
@given(T=LENGTHS, B=st.sampled_from([1, 3]), layer=st.sampled_from([0, 1]), dtype=DTYPES, data=st.data())
@pytest.mark.parametrize("name", EVERYTHING)
def test_a_later_token_never_changes_an_earlier_output(name, T, B, layer, dtype, data):
    module, contexts = made(variant(name), dtype, layer=layer)
    x = torch.randn(B, T, 24, generator=torch.Generator().manual_seed(T)).to(dtype)
    changed_at = data.draw(st.integers(0, T - 1))
    changed = x.clone()
    changed[:, changed_at:] += 1
    with torch.no_grad():
        before, after = (module(y, contexts(T)[layer]) for y in (x, changed))
    assert before.shape == x.shape
    assert before.dtype == dtype
    assert torch.equal(before[:, :changed_at], after[:, :changed_at])
    # And the token itself is changed: causal is not deaf.
    assert (before[:, changed_at] != after[:, changed_at]).any(dim=-1).all()


@FAST
@given(T=LENGTHS, dtype=DTYPES)
@pytest.mark.parametrize("name", ["window", "window of one", "differential, everything", "latent, everything"])
def test_what_a_window_does_not_reach_makes_no_difference(name, T, dtype):
    config = variant(name)
    window = config.layer_windows[0]
    module, contexts = made(config, dtype)
    x = torch.randn(1, T, 24, generator=torch.Generator().manual_seed(T)).to(dtype)
    changed = x.clone()
    changed[:, 0] += 1
    with torch.no_grad():
        before, after = (module(y, contexts(T)[0]) for y in (x, changed))
    assert torch.equal(before[:, window:], after[:, window:])
    assert (before != after).any(dim=-1)[:, : min(window, T)].all()


@FAST
@given(T=LENGTHS, dtype=DTYPES, earlier=st.sampled_from([1, 9]))
@pytest.mark.parametrize("name", [name for name in VARIANTS if "learned" not in name])
def test_a_sequence_of_a_batch_is_alone(name, T, dtype, earlier):
    module, contexts = made(variant(name), dtype)
    x = torch.randn(3, T, 24, generator=torch.Generator().manual_seed(T)).to(dtype)
    with torch.no_grad():
        together = module(x, contexts(T)[0])
        alone = torch.cat([module(one[None], contexts(T)[0]) for one in x])
    assert (together.double() - alone.double()).abs().max() <= 8 * torch.finfo(dtype).eps * alone.abs().max()


def test_grouped_heads_with_one_head_a_group_are_multi_head():
    # Repeat the rows of every key/value head: a model with as many as query heads must give the same.
    grouped, contexts = made(variant("grouped"), torch.float64)
    multi_head, _ = made(variant("multi-head"), torch.float64)
    weights = grouped.state_dict()
    for name in ("k_proj.weight", "v_proj.weight"):
        weights[name] = weights[name].unflatten(0, (2, 6)).repeat_interleave(2, dim=0).flatten(0, 1)
    multi_head.load_state_dict(weights)
    x = torch.randn(2, 7, 24, dtype=torch.float64)
    torch.testing.assert_close(grouped(x, contexts(7)[0]), multi_head(x, contexts(7)[0]), rtol=0, atol=1e-12)


@pytest.mark.parametrize("layer", [0, 1, 5])
def test_differential_attention_is_its_formula(layer):
    config = variant("differential", n_layer=6)
    module, contexts = made(config, torch.float64, layer=layer)
    x = torch.randn(2, 7, 24, dtype=torch.float64)
    context = contexts(7)[0]._replace(rotation=no_rotation)
    weight = {name: parameter.detach() for name, parameter in module.named_parameters()}
    query, key, value = ((x @ weight[f"{name}_proj.weight"].T).unflatten(-1, (-1, 6)).transpose(1, 2) for name in "qkv")
    hidden = torch.ones(7, 7, dtype=torch.bool).triu(1)

    def output_of(head: int) -> torch.Tensor:
        # Four query heads, two key heads; the values of both key heads, side by side.
        scores = (query[:, head] @ key[:, head // 2].mT / 6**0.5).masked_fill(hidden, float("-inf"))
        return scores.softmax(-1) @ torch.cat((value[:, 0], value[:, 1]), dim=-1)

    lambda_init = 0.8 - 0.6 * math.exp(-0.3 * layer)
    first, second = (math.exp(weight[f"lambda_q{n}"] @ weight[f"lambda_k{n}"]) for n in (1, 2))
    lambda_ = first - second + lambda_init
    heads = [output_of(head) - lambda_ * output_of(head + 2) for head in (0, 1)]
    heads = [(1 - lambda_init) * head / torch.sqrt(head.pow(2).mean(-1, keepdim=True) + 1e-3) for head in heads]
    expected = torch.cat(heads, dim=-1) @ weight["o_proj.weight"].T
    with torch.no_grad():
        torch.testing.assert_close(module(x, context), expected, rtol=0, atol=1e-11)


def test_differential_attention_wants_pairs_of_key_value_heads():
    with pytest.raises(ValueError, match="n_kv_head = 1: differential attention needs an even number"):
        GPT(variant("differential", n_kv_head=1))


@torch.no_grad()
def test_forgetting_attention_is_its_formula():
    module, contexts = made(variant("forgetting"), torch.float64)
    x = torch.randn(2, 7, 24, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    weight = dict(module.named_parameters())
    query, key, value = ((x @ weight[f"{name}_proj.weight"].T).unflatten(-1, (-1, 6)) for name in "qkv")
    kept = torch.sigmoid(x @ weight["f_proj.weight"].T + weight["f_proj.bias"])
    out = torch.zeros(2, 7, 4, 6, dtype=torch.float64)
    for b, t, h in itertools.product(range(2), range(7), range(4)):
        # A weight is what it is without forgetting, times every gate since.
        products = [
            torch.exp(query[b, t, h] @ key[b, s, h // 2] / 6**0.5) * kept[b, s + 1 : t + 1, h].prod()
            for s in range(t + 1)
        ]
        out[b, t, h] = sum(w * value[b, s, h // 2] for s, w in enumerate(products)) / sum(products)
    expected = out.flatten(2) @ weight["o_proj.weight"].T
    torch.testing.assert_close(module(x, contexts(7)[0]), expected, rtol=0, atol=1e-11)


@torch.no_grad()
def test_gates_that_keep_everything_are_no_gates():
    # And a bias that is the same wherever it is read: both are standard attention then.
    plain, contexts = made(variant("no positions"), torch.float64)
    x = torch.randn(2, 3, 24, dtype=torch.float64)
    for name, silent in (("forgetting", "f_proj"), ("relative", "r_proj")):
        module, _ = made(variant(name), torch.float64)
        module.load_state_dict(plain.state_dict(), strict=False)
        layer = getattr(module, silent)
        layer.weight.zero_()
        if layer.bias is not None:
            layer.bias.fill_(1e4)
        torch.testing.assert_close(module(x, contexts(3)[0]), plain(x, contexts(3)[0]), rtol=0, atol=1e-12)


def test_the_gate_opens_and_closes_what_the_heads_found():
    module, contexts = made(variant("gate"), torch.float64)
    x = torch.randn(1, 5, 24, dtype=torch.float64)
    with torch.no_grad():
        module.gate_proj.weight.zero_()
        half = module(x, contexts(5)[0])
        module.gate = no_gate
        torch.testing.assert_close(half, 0.5 * module(x, contexts(5)[0]), rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", EVERYTHING)
def test_every_weight_gets_a_gradient_and_training_lowers_the_loss(name):
    torch.manual_seed(0)
    model = GPT(variant(name, init="gpt2"))
    initialise(model)
    tokens = torch.randint(13, (4, 25))
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.02)
    losses = []
    for step in range(12):
        loss = model(tokens[:, :-1], tokens[:, 1:])
        (loss + auxiliary_loss(model)).backward()
        if not step:
            silent = [name for name, weight in model.named_parameters() if weight.grad is None]
            assert not silent
            # With a window of one a token's weight is one, whatever its query and key are.
            still = {name for name, weight in model.named_parameters() if not weight.grad.any()}
            asking = ("q_proj.weight", "k_proj.weight")
            assert all(name.endswith(asking) for name in still), still
        optimizer.step()
        optimizer.zero_grad()
        losses.append(loss.item())
    assert losses[-1] < losses[0] - 0.3


def test_a_kind_that_enters_no_settings_may_read_all(monkeypatch):
    monkeypatch.delitem(SETTINGS, "mamba2")
    refuse_unread(GPTConfig(attention_type="mamba2", qk_norm="full", linear_conv_kernel_dim=3))
