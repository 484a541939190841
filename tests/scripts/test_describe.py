"""Describing models: names, counts, and the same numbers on the terminal and as JSON."""

import itertools
import json
import re
from dataclasses import fields
from unittest import mock

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from reference.config import GPTConfig
from reference.decoding.cache import KVCache, RollingCache
from reference.feed_forwards import FEED_FORWARDS
from reference.gpt import GPT
from reference.normalizations import NORMS
from reference.placements import BLOCKS
from reference.placements.streams.smear import CacheWithTail
from reference.presets import PRESETS, preset
from scripts import learn
from scripts.describe import main
from scripts.measuring import inference_cost
from scripts.measuring.inference_cost import cost
from scripts.project import UsageError
from scripts.public import parity
from scripts.training import architecture
from scripts.training.architecture import architecture_name, summary_of


def described(capsys, *arguments: str) -> dict:
    assert main([*arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out.splitlines()[-1])


SOFTMAX = {"n_kv_head": 2, "attention_window": "4", "attention_sinks": True, "attention_gate": True}


@pytest.mark.parametrize(
    ("model", "overrides", "name"),
    [
        ("llama", {}, "12L-12H-768D-RoPE-RMS-SwiGLU-PreNorm"),
        ("gpt2", {"weight_tying": False}, "12L-12H-768D-Learned-LN-GELUTanh-PreNorm"),
        ("gpt2_post_norm", {}, "12L-12H-768D-Learned-LN-GELUTanh-PostNorm-Tied"),
        ("olmo2", {}, "16L-16H-2048D-RoPE-RMS-SwiGLU-OutputNorm-QKNorm"),
        (
            "nanochat_2026",
            {"attention_window": "none"},
            "24L-12H-1536D-RoPE-RMSNoParam-ReLU2-PreNorm-Lambdas-Smear-Backout-ValueEmbeds-QKNorm",
        ),
        ("llama", {"norm_position": "none"}, "12L-12H-768D-RoPE-RMS-SwiGLU-NoNorm"),
        ("llama", {"position_encoding": "rope,rope,none"}, "12L-12H-768D-RoPE+NoPE-RMS-SwiGLU-PreNorm"),
        ("llama", {"n_kv_head": 4, "ffn_type": "moe"}, "12L-12H-4KV-768D-RoPE-RMS-MoE8x2-SwiGLU-PreNorm"),
        # Recurrent layers ignore what is said of softmax attention; those that take turns with it do not.
        ("nanochat", {**SOFTMAX, "attention_type": "mamba2"}, "20L-10H-1280D-NoPE-RMSNoParam-ReLU2-PreNorm-Mamba2"),
        (
            "nanochat",
            {**SOFTMAX, "attention_type": "kda,standard"},
            "20L-10H-2KV-1280D-RoPE-RMSNoParam-ReLU2-PreNorm-KDA+Softmax-Window4-Sinks-Gate-QKNorm",
        ),
        (
            "llama",
            {"attention_type": "kda,standard", "attention_window": "4,none"},
            "12L-12H-768D-RoPE-RMS-SwiGLU-PreNorm-KDA+Softmax",
        ),
        (
            "gpt2",
            {"attention_type": "lightning", "weight_tying": False},
            "12L-12H-768D-Learned-LN-GELUTanh-PreNorm-Lightning",
        ),
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
    found = described(capsys, "llama", "--tiny", "--ffn_type", "moe", "--n_expert", "4", "--num_experts_per_tok", "1")
    (model,) = found["models"]
    expert = 3 * 64 * 176
    assert model["parameters"] - model["active_parameters"] == 3 * 3 * expert


def test_the_tree_shows_every_part_and_what_a_token_costs(capsys):
    assert main(["gemma2", "--tiny"]) == 0
    text = capsys.readouterr().out
    for line in ("attn_out_norm", "tied to the embedding", "blocks x 3", "KV cache", "FLOPs per token", "159,232"):
        assert line in text
    assert all(len(line) <= 80 for line in text.splitlines())
    # Twenty-seven names that take turns.
    assert main(["kimi_linear", "--tiny"]) == 0
    assert all(len(line) <= 80 for line in capsys.readouterr().out.splitlines())


def test_states_are_counted_with_their_tails_and_say_so(capsys):
    assert main(["nanochat_tiny", "--attention_type", "kda"]) == 0
    # Of each of three layers: a state of four heads, 16 x 16; three tokens' queries, keys and values.
    size = 3 * (4 * 4 * 16 * 16 + 3 * 2 * 3 * 64)
    assert f"{size:,} bytes at any length (float32, the tail bfloat16)" in capsys.readouterr().out
    assert main(["nanochat_tiny", "--attention_type", "lightning"]) == 0
    assert f"{3 * 4 * 4 * 16 * 16:,} bytes at any length (float32)" in capsys.readouterr().out
    # One more column for the sum of the keys.
    assert main(["nanochat_tiny", "--attention_type", "linear"]) == 0
    assert f"{3 * 4 * 4 * 16 * 17:,} bytes at any length (float32)" in capsys.readouterr().out


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


def test_the_help_says_what_every_field_is_and_which_names_there_are(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit):
        main(["--help"])
    text = " ".join(capsys.readouterr().out.split())
    for entry in fields(GPTConfig):
        assert re.search(rf"--{entry.name} \S+ \w", text), entry.name
    assert f"NORMS ({', '.join(NORMS)})" in text


def test_a_configuration_in_a_file(capsys, tmp_path):
    path = tmp_path / "mine.json"
    path.write_text(preset("qwen3", n_layer=3).to_json(), encoding="utf-8")
    (model,) = described(capsys, str(path))["models"]
    assert model["config"]["n_layer"] == 3
    path.write_text(path.read_text().replace('"n_layer"', '"layers"'), encoding="utf-8")
    with pytest.raises(UsageError, match=r"mine.json: .*unknown: layers; missing: n_layer"):
        main([str(path)])


LENGTH, BATCH = 12, 2


# Windows, a tied head, a loop; latents and experts; a smear.
@pytest.mark.parametrize("model", ["gemma3_tiny", "deepseek_tiny", "nanochat_2026_tiny"])
def test_memory_counts_what_is_allocated_and_computed(capsys, tmp_path, model):
    overrides = {
        "gemma3_tiny": {"attention_window": "5,none", "n_loop": 2},
        "deepseek_tiny": {"ffn_type": "gated/deepseek_moe"},
        "nanochat_2026_tiny": {"attention_window": "5,none"},
    }[model]
    flags = [text for name, value in overrides.items() for text in (f"--{name}", str(value))]
    sizes = ["--length", str(LENGTH), "--batch_size", str(BATCH), "--dtype", "float32"]
    found = described(capsys, "--memory", model, *sizes, *flags, "--plot", str(tmp_path / "memory.png"))
    (row,) = found["memory"]
    built, tokens = GPT(preset(model, **overrides)).eval(), torch.arange(BATCH * LENGTH).view(BATCH, LENGTH)
    cache = KVCache(preset(model, **overrides, max_seq_len=LENGTH))
    with torch.no_grad():
        built(tokens[:, :-1], cache=cache)
        with FlopCounterMode(display=False) as counter:
            built(tokens[:, -1:], cache=cache)
    assert row["flops_per_token"] == counter.get_total_flops() / BATCH
    written = {tensor.data_ptr(): tensor.nbytes for tensor in built.state_dict().values()}
    assert row["weight_bytes"] == sum(written.values())
    split = ((each.keys, each.before) if isinstance(each, CacheWithTail) else (each,) for each in cache.layers)
    layers = list(itertools.chain.from_iterable(split))
    positions = [layer.position.nbytes for layer in layers if isinstance(layer, RollingCache)]
    assert row["cache_bytes"] == sum(slots.nbytes for layer in layers for slots in layer.slots) + sum(positions)
    assert (tmp_path / "memory.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    "fields",
    [
        {"attention_type": "delta,standard"},
        {"attention_type": "mamba2,lightning"},
        {"attention_type": "linear,retention"},
        {"attention_type": "latent"},
        {"attention_type": "forgetting"},
        {"attention_window": "100,none"},
        {"attention_type": "standard,shared", "attention_window": "200"},
        {"attention_window": "100,none", "residual_stream": "lambdas", "smear": True},
    ],
    ids=str,
)
def test_a_point_of_the_curve_is_what_a_cache_of_that_length_takes(fields):
    config = preset("nanochat_tiny", n_layer=2, **fields)
    longer, shorter = (cost("it", config, length, 2, "bfloat16") for length in (300, 128))
    assert longer.cache_bytes_at == {128: shorter.cache_bytes, 256: mock.ANY, 300: longer.cache_bytes}


def test_memory_side_by_side_is_a_table_that_says_who_was_made_for_less(capsys):
    assert learn.main(["memory", "gpt2_tiny", "d12_post_norm_qk_norm_tiny", "--length", "4096"]) == 0
    first, second, third, *notes = capsys.readouterr().out.splitlines()
    assert first.split() == ["tokens", "weights", "cache", "a", "token", "FLOPs/token", "FLOPs/step"]
    # Keys and values of three layers, 64 numbers each, two bytes a number.
    assert [*second.split()[:2], *second.split()[4:6]] == ["gpt2_tiny*", "4,096", "3.0", "MiB"]
    assert third.startswith("d12_post_norm_ ...*")
    assert all(len(line) <= 80 for line in (first, second, third, *notes))
    # A million tokens stand below "tokens", too.
    assert learn.main(["memory", "gpt2_tiny", "d12_post_norm_qk_norm_tiny", "--length", "1048576"]) == 0
    first, second, third, *_ = capsys.readouterr().out.splitlines()
    assert first.index("tokens") + len("tokens") == second.index("1,048,576") + len("1,048,576")
    assert len(first) == len(second) == len(third) == 80
    with pytest.raises(UsageError, match="--length goes with --memory"):
        main(["gpt2", "--length", "4"])
    with pytest.raises(UsageError, match="there is no folder"):
        main(["gpt2", "--memory", "--plot", "nowhere/a.png"])


def test_it_says_how_many_keys_are_read_where_that_is_not_all(capsys):
    sparse = ["nanochat_tiny", "--attention_type", "moba,nsa,standard", "--attention_window", "none,none,5"]
    # Of 30 tokens in blocks of 4, the last one stands in block 7: a mean of each block before it, two of these blocks,
    # and two keys of its own; or three of these. Of the spans of 4 that begin at every second token, 14 have ended.
    expected = ["7 block means, 10 selected (1 layer)", "14 compressed, 14 selected, 8 window (1 layer)", "5 keys"]
    assert main([*sparse, "--max_seq_len", "30"]) == 0
    out = capsys.readouterr().out
    assert "keys read         of 30, by the last token" in out and all(f"{18 * ' '}{line}" in out for line in expected)
    found = described(capsys, *sparse, "--memory", "--length", "30")["memory"][0]["keys_read"]
    assert [" ".join(map(str, layer.values())) for layer in found] == ["7 10", "14 14 8", "5"]
    assert learn.main(["memory", *sparse[:1], "--length", "30"]) == 0
    assert "keys" not in capsys.readouterr().out


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # transformers' own
def test_parity_reports_what_was_measured_and_what_every_value_is_equal_to(capsys, monkeypatch):
    pytest.importorskip("transformers", reason="the extra `parity` is not installed", exc_type=ImportError)
    some = {name: compared for name, compared in parity.comparisons().items() if name in ("cohere", "gpt2, relu")}
    monkeypatch.setattr(parity, "comparisons", lambda: some)
    found = described(capsys, "--parity")
    assert [row["model"] for row in found["parity"]] == [*some, "gpt_oss, attention"]
    for row in found["parity"]:
        assert 0 <= row["max_diff"] <= row["tolerance"] == 1e-5 < 1e-4 <= row["near_miss"]
        assert row["causal"]
    about = [(row["model_type"], row["class"], row["whole"]) for row in found["parity"]]
    assert about == [
        ("cohere", "CohereForCausalLM", True),
        ("gpt2", "GPT2LMHeadModel", True),
        ("gpt_oss", "GptOssForCausalLM", False),
    ]
    axes = found["axes"]
    assert axes["normalization"].keys() == NORMS.keys()
    assert axes["norm_position"].keys() == BLOCKS.keys()
    assert axes["norm_position"]["parallel"] == {"models": ["cohere"], "max_diff": found["parity"][0]["max_diff"]}
    assert axes["activation"]["relu"]["models"] == ["gpt2"]
    # Of gpt-oss, attention alone was compared.
    assert axes["attention_sinks"]["true"]["models"] == ["gpt_oss"]
    assert "gpt_oss" not in axes["normalization"]["rmsnorm"]["models"]
    # No public model has it, and none is made up.
    assert axes["normalization"]["dyt"] == {"models": [], "max_diff": None}
    # What cannot show in logits is no proof: a model without QK norm says nothing about which norm it would be.
    assert not any(value["models"] for value in axes["qk_normalization"].values())


@pytest.mark.slow
def test_a_difference_beyond_the_tolerance_fails(capsys, monkeypatch):
    pytest.importorskip("transformers", reason="the extra `parity` is not installed", exc_type=ImportError)
    off = parity.Measured("llama", "llama", preset("llama"), max_diff=2e-5, largest=1.0, near_miss=1.0, causal=True)
    monkeypatch.setattr(parity, "measure_all", lambda: [off])
    assert main(["--parity"]) == 1
    assert "llama                              2.0e-05  (logits up to 1.0)  more than 1e-05!" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["gemma"], "did you mean gemma"),
        (["reference/nope"], r"^reference/nope: there is no such folder; no folder in\sreference\s"),
        (["nobody/nope"], "hf download nobody/nope"),
        (["gpt2", "--norm_position", "post", "--post_norm", "true"], None),
        (["llama", "--n_embd", "100", "--head_dim", "none"], "n_embd = 100: it must be a multiple of n_head = 12"),
        (["gpt2", "--normalization", "rmsnrom"], "normalization = 'rmsnrom': choose one of rmsnorm_noparam, "),
        (["gpt2", "--parity"], "--parity measures every model"),
    ],
)
def test_what_cannot_be_is_refused(arguments, words):
    with pytest.raises((UsageError, ValueError), match=words):
        main(arguments)


@pytest.mark.parametrize("kind", [name for name in FEED_FORWARDS if "moe" in name])
def test_of_many_experts_a_few_tell_what_all_come_to(kind, monkeypatch):
    config = preset("deepseek_tiny", ffn_type=f"gated,{kind}", n_expert=26, n_group=1, topk_group=1)
    found = [], []
    for made in found:
        made += [summary_of(config), cost("tiny", config, 40, 2, "bfloat16")]
        for module in (architecture, inference_cost):
            monkeypatch.setattr(module, "by_experts", lambda config, counted: counted(config))
    assert found[0] == found[1]
    assert found[0][0].parameters > summary_of(preset("deepseek_tiny")).parameters
