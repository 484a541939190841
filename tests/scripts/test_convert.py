"""Checkpoints: there and back without a bit of difference, and every fault with its own clear line."""

import json
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from reference.config import GPTConfig
from reference.gpt import GPT
from reference.presets import preset
from scripts.convert import main
from scripts.project import UsageError
from scripts.public.families import FAMILIES
from scripts.public.model_folders import name_today, read_folder, save_ours, save_theirs
from scripts.public.parity import comparisons, judge, randomise


@pytest.fixture
def config():
    return preset("qwen3_tiny")


@pytest.fixture
def model(config) -> GPT:
    return randomise(GPT(config), seed=0)


@pytest.fixture
def ours(model, config, tmp_path) -> Path:
    save_ours(tmp_path / "ours", config, model.state_dict())
    return tmp_path / "ours"


@pytest.fixture
def theirs(model, config, tmp_path) -> Path:
    save_theirs(tmp_path / "theirs", FAMILIES["qwen3"], config, model.state_dict())
    return tmp_path / "theirs"


def refusal(folder: Path, *arguments: str) -> str:
    with pytest.raises(UsageError) as caught:
        main([str(folder), *arguments])
    return str(caught.value)


def rewrite(folder: Path, **changes) -> None:
    """Change settings in config.json; None takes one out. The check sums go, as if nobody had made any."""
    path = folder / "config.json"
    settings = json.loads(path.read_text()) | changes
    path.write_text(json.dumps({key: value for key, value in settings.items() if value != "take out"}))
    (folder / "SHA256SUMS").unlink(missing_ok=True)


@pytest.mark.parametrize("name", [name for name in comparisons() if "," not in name])
def test_weights_come_back_bit_for_bit(name, tmp_path):
    family, config, _ = comparisons()[name]
    weights = randomise(GPT(config), seed=0).state_dict()
    save_theirs(tmp_path / "theirs", FAMILIES[family], config, weights)
    config_back, back = read_folder(tmp_path / "theirs")
    assert back.keys() == weights.keys()
    assert all(torch.equal(back[name], weights[name]) for name in weights)
    assert config_back.n_kv_head == config.n_kv_head


def test_there_and_back_by_the_command(theirs, tmp_path, capsys):
    assert main([str(theirs), str(tmp_path / "mine")]) == 0
    assert main([str(tmp_path / "mine"), str(tmp_path / "again")]) == 0
    assert "Qwen3ForCausalLM" in capsys.readouterr().out
    first, again = (load_file(folder / "model.safetensors") for folder in (theirs, tmp_path / "again"))
    assert first.keys() == again.keys()
    assert all(torch.equal(first[name], again[name]) for name in first)


def test_it_loads_into_the_learners_model(theirs, finished, capsys):
    assert main([str(theirs), "--impl", str(finished.learn)]) == 0
    assert "differ from the reference's by at most 0.0e+00" in capsys.readouterr().out


def test_a_learners_model_that_is_not_written_yet(theirs, project):
    assert "gpt.GPT.__init__ is not written yet" in refusal(theirs, "--impl", str(project.learn))


def test_nothing_is_overwritten(theirs, tmp_path):
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "poem.txt").write_text("mine")
    assert "there is something already" in refusal(theirs, str(tmp_path / "taken"))
    assert (tmp_path / "taken" / "poem.txt").read_text() == "mine"


def test_a_folder_that_is_not_there_says_what_to_fetch_and_where_to_put_it(tmp_path):
    for name in ("qwen3", "Qwen/Qwen3-0.6B"):
        message = refusal(Path(name))
        assert "hf download Qwen/Qwen3-0.6B" in message
        assert "--local-dir checkpoints/qwen3-0.6b" in message
        assert "python -m scripts.convert checkpoints/qwen3-0.6b" in message


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: -path.stat().st_size // 2])


def flip_a_bit(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(bytes(content))


@pytest.mark.parametrize("damage", [cut_short, flip_a_bit])
@pytest.mark.parametrize("name", ["model.safetensors", "config.json"])
def test_what_was_tampered_with_is_not_loaded(ours, damage, name):
    damage(ours / name)
    assert f"{name}: this is not the file that SHA256SUMS is about" in refusal(ours)


def test_a_file_that_is_cut_short_is_noticed_without_check_sums(theirs):
    (theirs / "SHA256SUMS").unlink()
    cut_short(theirs / "model.safetensors")
    assert "model.safetensors: cut short or damaged" in refusal(theirs)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"model_type": "t5"}, "model_type = 't5': the reference can be gpt2, openai-gpt,"),
        ({"hidden_act": "mish"}, "activation 'mish': the reference knows gelu"),
        ({"use_sliding_window": True}, "use_sliding_window = True: of a qwen3 the reference has False only"),
        ({"hidden_size": "take out"}, "the settings of this qwen3 lack hidden_size"),
        (
            {"rope_parameters": {"rope_type": "wavelets", "factor": 8.0}},
            "rope_type = 'wavelets': the reference knows default",
        ),
        ({"num_hidden_layers": 4}, "missing: blocks.3.attn.k_norm.weight"),
        ({"num_hidden_layers": 2}, "has weights that are unknown here: model.layers.2."),
        ({"hidden_size": 32}, "token_embedding.weight is (27, 64), but config.json makes it (27, 32)"),
        ({"hidden_size": -1}, "n_embd = -1: it must be a whole number greater than 0"),
    ],
)
def test_a_checkpoint_that_does_not_fit_its_settings(theirs, changes, words):
    rewrite(theirs, **changes)
    assert words in refusal(theirs)


def test_a_folder_without_settings_or_without_weights(theirs):
    (theirs / "SHA256SUMS").unlink()
    (theirs / "model.safetensors").unlink()
    assert "there is no model.safetensors and no pytorch_model.bin" in refusal(theirs)
    (theirs / "config.json").write_text("{")
    assert "config.json: this is no JSON" in refusal(theirs)
    (theirs / "config.json").unlink()
    assert "config.json: No such file or directory; give the folder of one checkpoint" in refusal(theirs)


def test_weights_in_parts(theirs):
    (theirs / "SHA256SUMS").unlink()
    weights = load_file(theirs / "model.safetensors")
    (theirs / "model.safetensors").unlink()
    names = sorted(weights)
    parts = {"part-1.safetensors": names[::2], "part-2.safetensors": names[1::2]}
    for part, inside in parts.items():
        save_file({name: weights[name] for name in inside}, theirs / part)
    where = {name: part for part, inside in parts.items() for name in inside}
    (theirs / "model.safetensors.index.json").write_text(json.dumps({"weight_map": where}))
    assert main([str(theirs)]) == 0
    (theirs / "part-2.safetensors").unlink()
    assert "part-2.safetensors: there is no such file, but the index names it" in refusal(theirs)


def as_bin(folder: Path, parts: int) -> dict[str, torch.Tensor]:
    """A folder as it was before safetensors: pickles, one or several with an index."""
    (folder / "SHA256SUMS").unlink()
    weights = load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    names = [f"pytorch_model-{part}.bin" for part in range(parts)] if parts > 1 else ["pytorch_model.bin"]
    where = {name: names[number % parts] for number, name in enumerate(weights)}
    for file in names:
        torch.save({name: tensor for name, tensor in weights.items() if where[name] == file}, folder / file)
    if parts > 1:
        (folder / "pytorch_model.bin.index.json").write_text(json.dumps({"weight_map": where}))
    return weights


@pytest.mark.parametrize("parts", [1, 2])
def test_fault_7_weights_in_bin_files_are_read(theirs, model, parts):
    as_bin(theirs, parts)
    found = read_folder(theirs)[1]
    assert all(torch.equal(found[name], weight) for name, weight in model.state_dict().items())


class Trap:
    def __reduce__(self):
        return (Path.touch, (Path("sprung"),))


def test_fault_7_a_bin_file_runs_no_code(theirs, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    weights = as_bin(theirs, 1)
    for odd, words in (
        (Trap(), "which could run code, and is left alone"),
        (3, "it should hold tensors by their names"),
    ):
        torch.save(weights | {"odd": odd}, theirs / "pytorch_model.bin")
        assert words in refusal(theirs)
    assert not Path("sprung").exists()
    (theirs / "pytorch_model.bin").write_bytes(b"cut short")
    assert "pytorch_model.bin: damaged" in refusal(theirs)


def settings_of(folder: Path) -> dict:
    return json.loads((folder / "config.json").read_text())


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
def test_fault_7_what_is_written_back_has_the_dtype_of_its_tensors(model, config, dtype, tmp_path):
    save_theirs(tmp_path, FAMILIES["qwen3"], config, model.to(dtype).state_dict())
    assert {tensor.dtype for tensor in load_file(tmp_path / "model.safetensors").values()} == {dtype}
    assert f"torch.{settings_of(tmp_path)['dtype']}" == str(dtype)


def test_fault_7_the_tokens_that_end_a_text_are_kept_there_and_back(theirs, tmp_path):
    rewrite(theirs, bos_token_id=1, eos_token_id=2, pad_token_id=None)
    # This file has the last word in transformers, too.
    (theirs / "generation_config.json").write_text(json.dumps({"eos_token_id": [2, 5], "do_sample": True}))
    assert main([str(theirs), str(tmp_path / "mine")]) == 0
    assert main([str(tmp_path / "mine"), str(tmp_path / "again")]) == 0
    again = settings_of(tmp_path / "again")
    assert (again["bos_token_id"], again["eos_token_id"], again["pad_token_id"]) == (1, [2, 5], None)
    rewrite(theirs, eos_token_id="</s>")
    assert "eos_token_id = '</s>': it must be the number of a token" in refusal(theirs, str(tmp_path / "other"))


def test_fault_7_a_run_ends_its_texts_with_its_tokenizers_boundary(ours, tmp_path, capsys):
    (ours / "run.json").write_text(json.dumps({"tokenizer": {"characters": "abc"}}))
    assert main([str(ours), str(tmp_path / "theirs")]) == 0
    assert settings_of(tmp_path / "theirs")["eos_token_id"] == 0
    assert "No token is known to end a text" not in capsys.readouterr().out
    # Nobody knows: a number of the class's own would be that of another vocabulary.
    (ours / "run.json").unlink()
    assert main([str(ours), str(tmp_path / "unknown")]) == 0
    assert settings_of(tmp_path / "unknown")["eos_token_id"] is None
    assert "No token is known to end a text" in capsys.readouterr().out


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # transformers' own
def test_fault_7_generation_in_transformers_stops_where_it_did(model, config, tmp_path):
    pytest.importorskip("transformers", reason="the extra `parity` is not installed", exc_type=ImportError)
    tokens = torch.tensor([[1, 2, 3]])
    with torch.no_grad():
        stop = model.eval()(tokens)[0, -1].argmax().item()
    save_theirs(tmp_path, FAMILIES["qwen3"], config, model.state_dict(), {"eos_token_id": stop})
    written = judge(tmp_path, FAMILIES["qwen3"]).generate(tokens, max_new_tokens=9, do_sample=False)
    assert written.tolist() == [[1, 2, 3, stop]]


def test_a_checkpoint_of_the_model_without_its_head(tmp_path):
    config = preset("gpt2_tiny")
    save_theirs(tmp_path / "whole", FAMILIES["gpt2"], config, randomise(GPT(config), seed=0).state_dict())
    shutil.copytree(tmp_path / "whole", tmp_path / "bare")
    (tmp_path / "bare" / "SHA256SUMS").unlink()
    path = tmp_path / "bare" / "model.safetensors"
    # As the model's own file has it: no first part in the names, and a mask that nobody needs.
    bare = {name.removeprefix("transformer."): tensor for name, tensor in load_file(path).items()}
    save_file(bare | {"h.0.attn.bias": torch.ones(1, 1, 32, 32)}, path)
    whole, found = (read_folder(tmp_path / name)[1] for name in ("whole", "bare"))
    assert all(torch.equal(whole[name], found[name]) for name in whole)


def test_a_model_that_no_class_of_transformers_is_like(tmp_path):
    config = preset("llama_tiny", normalization="dyt", norm_position="deepnorm")
    save_ours(tmp_path / "odd", config, GPT(config).state_dict())
    message = refusal(tmp_path / "odd", str(tmp_path / "theirs"))
    assert "no class of transformers is like this model" in message
    assert "normalization = 'dyt'" in message
    assert "this configuration is no gemma2" in refusal(
        tmp_path / "odd", str(tmp_path / "theirs"), "--family", "gemma2"
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", ["gpt2_tiny", "llama_tiny"])
def test_what_a_run_leaves_behind_is_a_checkpoint(name, project, tmp_path):
    out = tmp_path / "run"
    trained = project.train("--model", name, "--max_iters", "1", "--eval_tokens", "64", "--out_dir", str(out))
    assert trained.returncode == 0, trained.stderr
    assert main([str(out), str(tmp_path / "theirs")]) == 0
    assert (tmp_path / "theirs" / "model.safetensors").exists()


def test_gemmas_own_settings_of_before(tmp_path):
    # Gemma 3's published config.json is flat and has older names.
    settings = {
        "model_type": "gemma3_text",
        "vocab_size": 262144,
        "hidden_size": 1152,
        "intermediate_size": 6912,
        "num_hidden_layers": 26,
        "num_attention_heads": 4,
        "num_key_value_heads": 1,
        "head_dim": 256,
        "hidden_activation": "gelu_pytorch_tanh",
        "max_position_embeddings": 32768,
        "rms_norm_eps": 1e-6,
        "query_pre_attn_scalar": 256,
        "rope_theta": 1000000,
        "rope_local_base_freq": 10000,
        "rope_scaling": None,
        "sliding_window": 512,
        "sliding_window_pattern": 6,
    }
    config = FAMILIES["gemma3"].configuration(settings)
    assert config == preset("gemma3", init="gpt2")


@pytest.mark.parametrize("name", ["query_pre_attn_scalar", "max_position_embeddings", "hidden_size"])
def test_a_setting_that_is_missing_is_named_wherever_it_is_looked_for(name):
    family = FAMILIES["gemma3"]
    settings = family.settings(preset("gemma3"))
    del settings[name]
    with pytest.raises(ValueError, match=f"the settings of this gemma3_text lack {name}$"):
        family.configuration(settings)


@pytest.mark.parametrize(
    ("fields", "old"),
    [
        (
            {"attention_type": "latent", "query_latent_rank": 8},
            {
                "kv_down_proj": "latent_proj",
                "kv_down_norm": "latent_norm",
                "q_down_proj": "query_latent_proj",
                "q_down_norm": "query_latent_norm",
                "k_up_proj": "k_from_latent",
                "v_up_proj": "v_from_latent",
                "k_rope_proj": "rotary_key_proj",
            },
        ),
        ({"attention_type": "differential"}, {f"lambda_{end}": f"share_{end}" for end in ("q1", "k1", "q2", "k2")}),
    ],
    ids=["latent", "differential"],
)
def test_weights_of_latent_and_differential_attention_are_known_by_their_older_names(fields, old):
    names = list(GPT(GPTConfig(n_layer=1, **fields)).state_dict())
    for new, before in old.items():
        found = [name for name in names if f".{new}" in name]
        assert found, new
        assert [name_today(name.replace(new, before)) for name in found] == found
