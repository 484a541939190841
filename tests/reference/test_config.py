from dataclasses import FrozenInstanceError, fields, replace

import pytest
import torch

from reference.config import PRESETS, GPTConfig, nanochat, preset
from reference.gpt import GPT

FLOATS = ("norm_eps", "rope_theta", "logit_softcap")
WHOLE = ("vocab_size", "max_seq_len", "n_layer", "n_head", "n_kv_head", "n_embd")


def refusal(**values) -> str:
    with pytest.raises(ValueError) as caught:
        GPTConfig(**values)
    return str(caught.value)


def test_these_are_all_the_fields():
    assert {field.name for field in fields(GPTConfig)} == {*FLOATS, *WHOLE, "normalization"}


@pytest.mark.parametrize("field", WHOLE)
@pytest.mark.parametrize("value", [0, -4, 2.5, 4.0, "4", True, float("inf")])
def test_sizes_are_whole_numbers_greater_than_0(field, value):
    assert refusal(**{field: value}) == f"{field} = {value!r}: it must be a whole number greater than 0"


@pytest.mark.parametrize("field", FLOATS)
@pytest.mark.parametrize("value", [0, 0.0, -1e-6, "1e-6", True, None, float("inf"), float("nan")])
def test_the_others_are_finite_numbers_greater_than_0(field, value):
    assert refusal(**{field: value}) == f"{field} = {value!r}: it must be a number greater than 0"


def test_an_unknown_norm_is_refused_with_the_names_of_all_there_are():
    from reference.gpt import GPT

    with pytest.raises(ValueError, match="normalization = 'rmsnrom': choose one of layernorm, "):
        GPT(GPTConfig(normalization="rmsnrom"))


def test_the_heads_share_the_width_evenly():
    message = refusal(n_embd=66, n_head=4)
    assert "n_embd = 66" in message
    assert "multiple of n_head = 4" in message


@pytest.mark.parametrize("n_kv_head", [3, 8])
def test_key_value_heads_divide_the_query_heads(n_kv_head):
    message = refusal(n_head=4, n_kv_head=n_kv_head)
    assert f"n_kv_head = {n_kv_head}" in message
    assert "divide n_head = 4" in message


def test_a_head_has_an_even_number_of_numbers():
    message = refusal(n_embd=60, n_head=4)
    assert "60 / 4 = 15" in message
    assert "must be even" in message


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


def test_an_unknown_preset_is_refused_with_the_names_of_all_there_are():
    with pytest.raises(ValueError) as caught:
        preset("gtp2")
    assert "'gtp2'" in str(caught.value)
    for name in PRESETS:
        assert name in str(caught.value)


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_builds_a_model(name):
    with torch.device("meta"):
        model = GPT(preset(name))
    V, L, C = model.config.vocab_size, model.config.n_layer, model.config.n_embd
    # Embedding and head, and for every layer four C x C matrices of attention and two C x 4C of the MLP.
    assert sum(weight.numel() for weight in model.parameters()) == 2 * V * C + L * 12 * C**2


def test_nanochat_has_as_many_parameters_as_nanochats_own_report_says():
    with torch.device("meta"):
        model = GPT(preset("nanochat"))
    assert sum(weight.numel() for weight in model.parameters()) == 560_988_160


def test_overrides_go_over_the_preset():
    assert preset("nanochat", vocab_size=300, n_layer=2) == GPTConfig(
        **{**nanochat(20), "vocab_size": 300, "n_layer": 2}
    )
    with pytest.raises(ValueError, match="n_embd = 0"):
        preset("nanochat_tiny", n_embd=0)


@pytest.mark.parametrize("depth", range(1, 33))
def test_the_nanochat_family_has_64_numbers_a_layer_and_the_fewest_heads_that_fit(depth):
    config = GPTConfig(**nanochat(depth))
    assert (config.n_layer, config.n_embd) == (depth, 64 * depth)
    assert config.head_dim <= 128
    for fewer in range(1, config.n_head):
        assert config.n_embd % fewer or config.n_embd / fewer > 128
