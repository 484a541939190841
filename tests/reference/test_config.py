"""The configuration: what it accepts, what it says where it does not, and that a file of it comes back as it was."""

import json
import re
from dataclasses import FrozenInstanceError, asdict, fields, replace

import pytest
import torch

from reference.config import ADDED, IN_TURN, RENAMED, SCHEMA, GPTConfig
from reference.gpt import GPT
from reference.optimization.initialization import initialise
from reference.positions import Positions
from reference.presets import PRESETS, preset

KINDS = {kind: [field.name for field in fields(GPTConfig) if field.type == kind] for kind in (int, float, bool, str)}
OPTIONAL_INT = [field.name for field in fields(GPTConfig) if field.type == int | None]
OPTIONAL_FLOAT = [field.name for field in fields(GPTConfig) if field.type == float | None]
OPTIONAL_STR = [field.name for field in fields(GPTConfig) if field.type == str | None]
ZERO_TOO = ("dropout", "index_loss_coef", "router_aux_loss_coef", "bias_update_speed", "mtp_loss_coef")
COUNTS = ("n_shared_expert", "n_mtp", "loop_start")  # of what there may be none
FLOATS = [name for name in KINDS[float] if name not in ZERO_TOO]


def refusal(**values) -> str:
    with pytest.raises(ValueError) as caught:
        GPTConfig(**values)
    return str(caught.value)


def test_every_field_is_of_a_kind_that_is_checked():
    checked = [name for names in KINDS.values() for name in names] + OPTIONAL_INT + OPTIONAL_FLOAT + OPTIONAL_STR
    assert sorted(checked) == sorted(field.name for field in fields(GPTConfig))


@pytest.mark.parametrize("field", [name for name in KINDS[int] if name not in COUNTS])
@pytest.mark.parametrize("value", [0, -4, 2.5, 4.0, "4", True, None, float("inf")])
def test_sizes_are_whole_numbers_greater_than_0(field, value):
    assert refusal(**{field: value}) == f"{field} = {value!r}: it must be a whole number greater than 0"


@pytest.mark.parametrize("field", OPTIONAL_INT)
@pytest.mark.parametrize("value", [0, -4, 2.5, "4", True])
def test_sizes_that_may_be_left_to_the_model(field, value):
    assert refusal(**{field: value}) == f"{field} = {value!r}: it must be a whole number greater than 0 or None"


@pytest.mark.parametrize("field", FLOATS)
@pytest.mark.parametrize("value", [0, 0.0, -1e-6, "1e-6", True, None, float("inf"), float("nan")])
def test_numbers_are_finite_and_greater_than_0(field, value):
    assert refusal(**{field: value}) == f"{field} = {value!r}: it must be a number greater than 0"


@pytest.mark.parametrize("field", OPTIONAL_FLOAT)
@pytest.mark.parametrize("value", [0.0, -1.0, "none", float("nan")])
def test_numbers_that_may_be_left_out(field, value):
    assert refusal(**{field: value}) == f"{field} = {value!r}: it must be a number greater than 0 or None"
    assert getattr(GPTConfig(**{field: None}), field) is None


@pytest.mark.parametrize("field", COUNTS)
def test_of_some_things_there_may_be_none(field):
    assert getattr(GPTConfig(**{field: 0}), field) == 0
    assert refusal(**{field: -1}) == f"{field} = -1: it must be a whole number of at least 0"


@pytest.mark.parametrize("field", ZERO_TOO)
def test_some_numbers_may_be_0(field):
    assert getattr(GPTConfig(**{field: 0.0}), field) == 0
    assert refusal(**{field: -0.1}) == f"{field} = -0.1: it must be a number of at least 0"


@pytest.mark.parametrize("field", KINDS[bool])
@pytest.mark.parametrize("value", [0, 1, "True", None])
def test_switches_are_true_or_false(field, value):
    assert refusal(**{field: value}) == f"{field} = {value!r}: it must be True or False"


@pytest.mark.parametrize("field", KINDS[str])
@pytest.mark.parametrize("value", [None, 3, True])
def test_names_are_names(field, value):
    assert refusal(**{field: value}) == f"{field} = {value!r}: it must be a name"


@pytest.mark.parametrize("field", OPTIONAL_STR)
def test_names_that_may_be_left_out(field):
    assert refusal(**{field: 3}) == f"{field} = 3: it must be a name or None"
    assert getattr(GPTConfig(**{field: None}), field) is None


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"dropout": 1.0}, "dropout = 1.0: it must be smaller than 1"),
        ({"rope_fraction": 1.5}, "rope_fraction = 1.5: it must be 1"),
        ({"rope_local_fraction": 1.5}, "rope_local_fraction = 1.5: it must be 1"),
        ({"rope_proportion": 1.5}, "rope_proportion = 1.5: it must be 1"),
        ({"n_expert": 4, "num_experts_per_tok": 5}, "num_experts_per_tok = 5: there are only n_expert = 4"),
    ],
)
def test_other_ranges(values, words):
    assert refusal(**values).startswith(words)


@pytest.mark.parametrize(
    ("field", "values", "allowed"),
    [
        ("normalization", {"normalization": "rmsnrom"}, "rmsnorm_noparam, derf, dyt, l2norm, layernorm, "),
        ("norm_position", {"norm_position": "rmsnrom"}, "pre, deepnorm, .*none, "),
        ("qk_norm", {"qk_norm": "rmsnrom"}, "off, head, full"),
        ("qk_normalization", {"qk_normalization": "rmsnrom"}, "rmsnorm_noparam, derf, dyt, "),
        ("position_encoding", {"position_encoding": "rope,rmsnrom"}, "rope, none, "),
        ("rope_scaling", {"rope_scaling": "rmsnrom"}, "none, linear, ntk, yarn, llama3, longrope, proportional"),
        ("ffn_type", {"ffn_type": "rmsnrom"}, ".*standard, moe"),
        ("activation", {"activation": "rmsnrom"}, "gelu, "),
        ("init", {"init": "rmsnrom"}, "nanochat, gpt2, "),
        (
            "residual_stream",
            {"residual_stream": "rmsnrom"},
            "one, attention_residuals, hyper_connections, lambdas, mhc$",
        ),
        ("head_gate", {"head_gate": "rmsnrom"}, "none, sigmoid, softplus$"),
        ("value_norm", {"attention_type": "values", "value_norm": "rmsnrom"}, "none, rmsnorm_noparam, "),
    ],
)
def test_an_unknown_name_is_refused_with_the_names_of_all_there_are(field, values, allowed):
    with pytest.raises(ValueError, match=f"{field} = 'rmsnrom': choose one of {allowed}"):
        initialise(GPT(GPTConfig(**values)))


@pytest.mark.parametrize("name", ["post", "parallel", "parallel_two_norms", "deepnorm", "sandwich"])
def test_a_norm_inside_the_residual_is_refused_where_nobody_knows_what_it_would_be(name):
    with pytest.raises(ValueError, match=f"post_norm = True with norm_position = '{name}': it goes with 'pre'"):
        GPT(GPTConfig(norm_position=name, post_norm=True))


def test_the_heads_share_the_width_evenly():
    message = refusal(n_embd=66, n_head=4)
    assert "n_embd = 66" in message
    assert "multiple of n_head = 4" in message


@pytest.mark.parametrize("n_kv_head", [3, 8])
def test_key_value_heads_divide_the_query_heads(n_kv_head):
    message = refusal(n_head=4, n_kv_head=n_kv_head)
    assert f"n_kv_head = {n_kv_head}" in message
    assert "divide n_head = 4" in message


def test_as_many_key_value_heads_as_heads_unless_given():
    assert GPTConfig(n_head=8).n_kv_head == 8
    assert GPTConfig(n_head=8, n_kv_head=2).n_kv_head == 2


def test_a_configuration_cannot_be_changed_and_a_changed_copy_is_checked_again():
    config = GPTConfig()
    with pytest.raises(FrozenInstanceError):
        config.n_layer = 2
    assert replace(config, n_layer=2) == GPTConfig(n_layer=2)
    with pytest.raises(ValueError, match="n_layer = 0"):
        replace(config, n_layer=0)


def test_heads_may_be_of_another_size_than_their_share_of_the_width():
    assert GPTConfig(n_embd=66, n_head=4, head_dim=10).head_dim == 10


@pytest.mark.parametrize("changes", [{"n_embd": 60}, {"head_dim": 7}, {"rope_fraction": 0.05}])
def test_rotary_positions_need_pairs_and_others_do_not(changes):
    with pytest.raises(ValueError, match=r"head_dim .* since rotary positions rotate pairs"):
        GPT(GPTConfig(**changes))
    GPT(GPTConfig(**changes, position_encoding="alibi"))


# Files


@pytest.mark.parametrize("name", PRESETS)
def test_a_configuration_comes_back_from_its_file(name):
    config = preset(name)
    text = config.to_json()
    assert json.loads(text) == {"schema": SCHEMA, **asdict(config)}
    assert GPTConfig.from_json(text) == config


def changed(**changes) -> str:
    """The file of a configuration with some values changed; None takes the key out."""
    values = json.loads(GPTConfig().to_json()) | changes
    return json.dumps({key: value for key, value in values.items() if value != "take out"})


@pytest.mark.parametrize("schema", RENAMED)
def test_a_file_of_an_earlier_schema_is_read_with_the_names_that_fields_had_then(schema):
    config = GPTConfig(ffn_type="moe", n_expert=5, num_experts_per_tok=3, router_aux_loss_coef=0.25, softmax_scale=0.5)
    then = {new: old for old, new in RENAMED[schema].items()}
    assert ("num_experts_per_tok" in then) == (schema == 2)
    values = {then.get(name, name): value for name, value in asdict(config).items() if name not in ADDED}
    text = json.dumps({"schema": schema} | values)
    assert ('"score_scale": 0.5' in text) == (schema < 4)
    assert GPTConfig.from_json(text) == config
    with pytest.raises(ValueError, match=rf"missing: .*{ADDED[0]}"):
        GPTConfig.from_json(text.replace(f'"schema": {schema}', f'"schema": {SCHEMA}'))
    if then:
        with pytest.raises(ValueError, match=r"unknown: .*score_scale; missing: .*softmax_scale"):
            GPTConfig.from_json(text.replace(f'"schema": {schema}', f'"schema": {SCHEMA}'))


# Turns


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ("a", "a a a a a"),
        ("a,b", "a b a b a"),
        ("a/b", "a b b b b"),
        ("a,a/b,c", "a a b c b"),
        ("a,b,c,d,e,f,g", "a b c d e"),
        ("a,b,c,d,e,f/g", "a b c d e"),
    ],
)
def test_names_take_turns_and_those_before_a_slash_come_once(names, expected):
    assert GPTConfig(n_layer=5).in_turn(names) == expected.split()


@pytest.mark.parametrize(
    ("values", "kinds"),
    [
        ({"norm_position": "post,pre/output"}, ["PostNormBlock", "Block", "OutputNormBlock", "OutputNormBlock"]),
        ({"ffn_type": "none,gated"}, ["MixerBlock", "Block"] * 2),
        ({"ffn_type": "gated/deepseek_moe,moe"}, ["GatedMLP", "DeepSeekMoE", "MoE", "DeepSeekMoE"]),
        ({"normalization": "layernorm,rmsnorm"}, ["LayerNorm", "RMSNorm", "LayerNorm", "RMSNorm"]),
        ({"attention_type": "latent/standard"}, ["MultiHeadLatentAttention"] + 3 * ["CausalSelfAttention"]),
        ({"qk_norm": "off,head"}, ["Attention", "CausalSelfAttention"] * 2),
        ({"qk_normalization": "rmsnorm/dyt"}, ["RMSNorm", "DyT", "DyT", "DyT"]),
        ({"activation": "relu2,gelu"}, ["MLP", "DenseMLP"] * 2),
    ],
)
def test_every_axis_takes_turns_layer_by_layer(values, kinds):
    (field,) = values
    model = GPT(GPTConfig(n_layer=4, **values))
    part = {
        "norm_position": lambda block: block,
        "ffn_type": lambda block: block if values["ffn_type"].startswith("none") else block.mlp,
        "normalization": lambda block: block.attn_norm,
        "attention_type": lambda block: block.attn,
        "qk_norm": lambda block: block.attn,
        "qk_normalization": lambda block: block.attn.q_norm,
        "activation": lambda block: block.mlp,
    }[field]
    assert [type(part(block)).__name__ for block in model.blocks] == kinds
    assert field in IN_TURN
    tokens = torch.randint(27, (2, 12))
    loss = model(tokens, tokens)
    assert loss.isfinite()


def test_what_refines_a_block_goes_by_the_names_of_its_layer():
    values = {"norm_position": "none,pre", "post_norm": True, "residual_multiplier": 0.5, "sub_norm": True}
    model = GPT(GPTConfig(n_layer=2, normalization="layernorm,rmsnorm", **values))
    norms = [type(block.mlp.down_proj.norm).__name__ for block in model.blocks]
    assert norms == ["LayerNorm", "RMSNorm"]
    assert [type(block).__name__ for block in model.blocks] == ["OutputNormBlock", "SandwichNormBlock"]


def test_the_head_has_the_norm_that_the_last_layer_wants():
    kinds = {}
    for names in ("post,pre", "pre,post"):
        model = GPT(GPTConfig(n_layer=2, norm_position=names, normalization="layernorm,rmsnorm"))
        kinds[names] = type(model.head.norm).__name__, type(model.embedding.norm).__name__
    assert kinds == {"post,pre": ("RMSNorm", "LayerNorm"), "pre,post": ("Identity", "LayerNorm")}


def test_a_name_among_several_is_refused_as_it_is_alone():
    with pytest.raises(ValueError, match="norm_position = 'prae': choose one of pre, "):
        GPT(GPTConfig(norm_position="post/prae"))
    assert "attention_window = 'none/x'" in refusal(attention_window="none/x")
    assert GPTConfig(attention_window="none/4,8").layer_windows == [None, 4, 8]


def test_layers_with_a_window_may_differ_in_any_field():
    windowed = '{"head_dim": 8, "n_kv_head": 2, "attention_sinks": true}'
    config = GPTConfig(attention_type="values", attention_window="4,none", n_layer=2, windowed=windowed)
    first, second = (block.attn for block in GPT(config).blocks)
    assert (first.head_dim, first.n_kv_head, first.sinks is None) == (8, 2, False)
    assert (second.head_dim, second.n_kv_head, second.sinks is None) == (16, 4, True)
    contexts = Positions(config)(torch.arange(3))
    assert [context.cos.shape[-1] for context in contexts] == [4, 8]
    for wrong in ('{"heads": 2}', "n_kv_head=2", "[2]"):
        with pytest.raises(ValueError, match="it must be a JSON object with fields of a configuration"):
            GPTConfig(attention_window="4", windowed=wrong).of_layer(0)
    with pytest.raises(ValueError, match="n_kv_head = 3: it must divide n_head = 4"):
        GPTConfig(attention_window="4", windowed='{"n_kv_head": 3}').of_layer(0)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"n_group": 3}, "n_group = 3: it must divide n_expert = 8"),
        ({"n_group": 4, "topk_group": 5}, "topk_group = 5: there are only n_group = 4"),
        ({"n_group": 4, "num_experts_per_tok": 3}, "num_experts_per_tok = 3: the topk_group = 1 groups"),
        ({"n_group": 8, "topk_group": 2}, "n_group = 8: groups of 1"),
    ],
)
def test_groups_of_experts_are_of_one_size_and_large_enough(values, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        GPT(GPTConfig(ffn_type="deepseek_moe", n_expert=8, **values))


def test_a_renamed_field_is_the_same_field_everywhere():
    names = {field.name for field in fields(GPTConfig)}
    for renamed in RENAMED.values():
        assert set(renamed.values()) <= names
        assert not set(renamed) & names
        # Flags go by the earliest.
        assert renamed.items() <= RENAMED[min(RENAMED)].items()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (changed(n_layers=3, d_model=8), "unknown: d_model, n_layers"),
        (changed(n_layer="take out", bias="take out"), "missing: bias, n_layer"),
        (changed(n_layers=3, n_layer="take out"), "unknown: n_layers; missing: n_layer"),
        (changed(schema=SCHEMA + 1), f"schema = {SCHEMA + 1}: this version reads schema {SCHEMA}"),
        (changed(schema="take out"), "schema = None"),
        (changed(n_layer=0), "n_layer = 0: it must be a whole number greater than 0"),
        (changed(bias=1), "bias = 1: it must be True or False"),
        ("[1, 2]", "this is a list"),
        ('{"schema": 1,', "this is no JSON: "),
    ],
)
def test_a_file_that_is_no_configuration_is_refused_with_the_reason(text, words):
    with pytest.raises(ValueError) as caught:
        GPTConfig.from_json(text)
    assert words in str(caught.value)
