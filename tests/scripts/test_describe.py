"""Describing models: names, counts, and the same numbers on the terminal and as JSON."""

import json

import pytest

from reference.presets import PRESETS, preset
from scripts.describe import main
from scripts.project import UsageError
from scripts.training.architecture import architecture_name


def described(capsys, *arguments: str) -> dict:
    assert main([*arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out.splitlines()[-1])


@pytest.mark.parametrize(
    ("model", "overrides", "name"),
    [
        ("llama", {}, "12L-12H-768D-RoPE-RMS-SwiGLU-PreNorm"),
        ("gpt2", {"weight_tying": False}, "12L-12H-768D-Learned-LN-GELUTanh-PreNorm"),
        ("gpt2_post_norm", {}, "12L-12H-768D-Learned-LN-GELUTanh-PostNorm-Tied"),
        ("olmo2", {}, "16L-16H-2048D-RoPE-RMS-SwiGLU-OutputNorm-QKNorm"),
        ("llama", {"norm_position": "none"}, "12L-12H-768D-RoPE-RMS-SwiGLU-NoNorm"),
        ("llama", {"position_encoding": "rope,rope,none"}, "12L-12H-768D-RoPE+NoPE-RMS-SwiGLU-PreNorm"),
        ("llama", {"n_kv_head": 4, "ffn_type": "moe"}, "12L-12H-4KV-768D-RoPE-RMS-MoE8x2-SwiGLU-PreNorm"),
        # What somebody registered keeps the name that they gave it.
        ("llama", {"normalization": "mine", "ffn_type": "kan"}, "12L-12H-768D-RoPE-mine-kan-PreNorm"),
    ],
)
def test_the_name_of_an_architecture(model, overrides, name):
    assert architecture_name(preset(model, **overrides)) == name


def test_one_model(capsys):
    found = described(capsys, "gpt2")["models"][0]
    assert found["architecture"] == architecture_name(preset("gpt2"))
    assert found["parameters"] == found["active_parameters"] == 124_439_808
    # Keys and values of 12 layers, 768 numbers each, two bytes a number.
    assert found["kv_bytes_per_token"] == 2 * 12 * 768 * 2
    parts = {part["name"]: part for part in found["parts"]}
    assert sum(part["weights"] * part["times"] for name, part in parts.items() if "." not in name) == 124_439_808
    inside = sum(part["weights"] for name, part in parts.items() if name.startswith("blocks."))
    assert inside == parts["blocks"]["weights"]


def test_experts_that_a_token_does_not_visit_are_not_active(capsys):
    found = described(capsys, "llama", "--tiny", "--ffn_type", "moe", "--n_expert", "4", "--n_expert_active", "1")
    (model,) = found["models"]
    expert = 3 * 64 * 176
    assert model["parameters"] - model["active_parameters"] == 3 * 3 * expert


def test_the_tree_shows_every_part_and_what_a_token_costs(capsys):
    assert main(["gemma2", "--tiny"]) == 0
    text = capsys.readouterr().out
    for line in ("attn_out_norm", "tied to token_embedding", "blocks x 3", "KV cache", "FLOPs per token", "159,232"):
        assert line in text
    assert all(len(line) <= 80 for line in text.splitlines() if not line.startswith("position_encoding"))


def test_side_by_side_shows_what_differs_and_nothing_else(capsys):
    assert main(["gpt2", "llama"]) == 0
    text = capsys.readouterr().out
    assert "position_encoding" in text
    assert "n_layer" not in text
    assert "162,148,608" in text


def test_without_a_model_all_presets_are_shown(capsys):
    assert main([]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(PRESETS)


def test_fields_can_be_overridden(capsys):
    (model,) = described(capsys, "gpt2", "--position_encoding", "rope", "--logit-softcap", "none", "--bias", "false")[
        "models"
    ]
    config = model["config"]
    assert (config["position_encoding"], config["logit_softcap"], config["bias"]) == ("rope", None, False)


def test_a_configuration_in_a_file(capsys, tmp_path):
    path = tmp_path / "mine.json"
    path.write_text(preset("qwen3", n_layer=3).to_json(), encoding="utf-8")
    (model,) = described(capsys, str(path))["models"]
    assert model["config"]["n_layer"] == 3
    path.write_text(path.read_text().replace('"n_layer"', '"layers"'), encoding="utf-8")
    with pytest.raises(UsageError, match=r"mine.json: .*unknown: layers; missing: n_layer"):
        main([str(path)])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["gemma"], "did you mean gemma"),
        (["gpt2", "--norm_position", "post", "--post_norm", "true"], None),
        (["llama", "--n_embd", "100", "--head_dim", "none"], "n_embd = 100: it must be a multiple of n_head = 12"),
        (["gpt2", "--parity"], "--parity measures every model"),
    ],
)
def test_what_cannot_be_is_refused(arguments, words):
    with pytest.raises((UsageError, ValueError), match=words):
        main(arguments)
