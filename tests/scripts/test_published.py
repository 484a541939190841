"""Folders that published models come in: sampled from, evaluated, trained further, by the commands."""

import json
import shutil
from dataclasses import replace

import pytest
import torch
from safetensors.torch import load_file, save_file

from reference.decoding.generation import generate
from reference.gpt import GPT
from reference.presets import preset
from scripts import convert, evaluate, sample, train
from scripts.looking.run_folders import load_model, made
from scripts.project import UsageError
from scripts.public.families import FAMILIES, family_of, text_settings
from scripts.public.model_folders import BadCheckpoint, load_into, read_folder, save_ours, save_theirs
from scripts.public.parity import TOLERANCE, comparisons, randomise
from scripts.public.whole_models import read_whole, sampling_of
from scripts.training.text.published import PublishedTokenizer
from scripts.training.text.tokenizers import CL100K_PATTERN, BytePairTokenizer, Decoder

from .published import in_parts, write_tokenizer

pytest.importorskip("tokenizers", reason="the extra `folder` is not installed", exc_type=ImportError)

SETTINGS = {
    "model_type": "qwen2",
    "vocab_size": 64,  # a few more than there are tokens, as in the published ones
    "hidden_size": 32,
    "intermediate_size": 40,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 4096,
    "hidden_act": "silu",
    "rms_norm_eps": 1e-6,
    "rope_theta": 10000.0,
    "tie_word_embeddings": True,
}
TEXT = "the hen is in the den and it sees ten men on the test stand\n" * 40
QUICK = ["--max_iters", "2", "--batch_size", "2", "--eval_tokens", "64", "--device", "cpu"]


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """A model of Qwen 2.5's kind in bfloat16, in three parts, with a tokenizer; and a text."""
    folder = tmp_path_factory.mktemp("published") / "qwen"
    config = FAMILIES["qwen2"].configuration(SETTINGS)
    weights = randomise(GPT(config), seed=0).bfloat16().state_dict()
    save_theirs(folder, FAMILIES["qwen2"], config, weights, {"bos_token_id": 0, "eos_token_id": [1, 2]})
    (folder / "SHA256SUMS").unlink()
    in_parts(folder)
    write_tokenizer(folder, special={0, 1, 2})
    (folder.parent / "text.txt").write_text(TEXT)
    return folder


@pytest.fixture
def folder(kept, tmp_path):
    return shutil.copytree(kept, tmp_path / "qwen")


def told(capsys, *arguments) -> dict:
    capsys.readouterr()
    assert sample.main([*map(str, arguments), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


FEW = ("--prompt", "the", "--max_new_tokens", "8")


def test_a_text_streams_in_the_files_dtype_and_is_that_of_full_passes(kept, capsys, monkeypatch):
    chunks, add = [], Decoder.add
    monkeypatch.setattr(Decoder, "add", lambda decoder, token: chunks.append(token) or add(decoder, token))
    asked = [str(kept), "--prompt", "the hen", "--temperature", "0", "--max_new_tokens", "9", "--through"]
    assert sample.main(asked) == 0
    found = capsys.readouterr()
    assert "in bfloat16" in found.err
    loaded = load_model(kept, "reference", torch.device("cpu"))
    assert {weight.dtype for weight in loaded.model.parameters()} == {torch.bfloat16}
    assert loaded.model.head.lm_head.weight is loaded.model.embedding.token_embedding.weight
    prompt = loaded.tokenizer.prompt("the hen")
    expected = generate(loaded.model, torch.tensor([prompt]), 9, temperature=0.0)[0, len(prompt) :].tolist()
    assert chunks == expected
    assert found.out == f"the hen{loaded.tokenizer.decode(expected)}\n"


def test_weights_are_those_of_the_file_and_no_copies(kept):
    """Which is mapped into memory: nothing is read before it is used."""
    loaded = load_model(kept, "reference", torch.device("cpu"))
    for name, tensor in loaded.model.state_dict().items():
        assert tensor.data_ptr() == loaded.whole.weights[name].data_ptr()


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (None, {}),
        ({"do_sample": True, "temperature": 0.6, "top_p": 0.9, "top_k": 0}, {"temperature": 0.6, "top_p": 0.9}),
        ({"do_sample": False, "temperature": 0.6}, {"temperature": 0.0}),
        ({"top_k": 50, "min_p": None}, {"top_k": 50}),
    ],
)
def test_how_it_is_sampled_says_generation_config(given, expected, tmp_path):
    if given is not None:
        (tmp_path / "generation_config.json").write_text(json.dumps(given))
    assert sampling_of(tmp_path) == expected


def test_generation_config_decides_unless_a_flag_does(folder, capsys):
    greedy = told(capsys, folder, *FEW, "--temperature", "0")
    (folder / "generation_config.json").write_text(json.dumps({"do_sample": False, "repetition_penalty": 1.1}))
    (folder / "tokenizer_config.json").write_text(json.dumps({"chat_template": "{{ messages }}"}))
    assert told(capsys, folder, *FEW)["samples"] == greedy["samples"]
    assert told(capsys, folder, *FEW, "--temperature", "5")["samples"] != greedy["samples"]
    assert sample.main([str(folder), "--max_new_tokens", "1"]) == 0
    remarks = " ".join(capsys.readouterr().err.split())
    assert "repetition_penalty = 1.1, which is left out" in remarks
    assert "a template for chats, which is not put around the prompt" in remarks


def test_every_token_that_ends_a_text_does(folder, capsys):
    """Whichever comes first, and as the last word on that generation_config.json."""
    through = load_model(folder, "reference", torch.device("cpu"), "float32")
    prompt = torch.tensor([through.tokenizer.prompt("the")])
    tokens = generate(through.model, prompt, 6, temperature=0.0)[0, prompt.size(1) :].tolist()
    stop = tokens[3]
    (folder / "generation_config.json").write_text(json.dumps({"eos_token_id": [1, stop]}))
    report = told(capsys, folder, "--prompt", "the", "--temperature", "0", "--dtype", "float32")
    assert report["tokens"] == tokens.index(stop) + 1


def test_longrope_reads_short_texts_with_its_short_factors_as_in_transformers(tmp_path):
    config = preset("llama_tiny", vocab_size=64, max_seq_len=64, rope_scaling="longrope", rope_original_seq_len=32)
    pairs = config.head_dim // 2
    factors = {"rope_short_factors": ",".join(["1.5"] * pairs), "rope_long_factors": ",".join(["4.0"] * pairs)}
    config = replace(config, rope_factor=2.0, **factors)
    save_ours(tmp_path / "model", config, randomise(GPT(config), seed=0).state_dict(), {"eos_token_id": 1})
    write_tokenizer(tmp_path / "model", special={0, 1})
    whole = read_whole(tmp_path / "model")
    short, long = (made(whole, "reference", torch.device("cpu"), length=length).model for length in (20, 40))
    assert (short.config.max_seq_len, long.config.max_seq_len) == (32, 40)
    tables = [next(tensor for name, tensor in model.named_buffers() if name.endswith("cos")) for model in (short, long)]
    assert not torch.equal(tables[0], tables[1][:32])


def test_special_tokens_are_those_of_the_prompt_and_of_the_file_and_never_of_a_text(folder):
    plain = read_whole(folder).tokenizer
    assert plain.prompt("<2>the") == [2, *plain.encode("the")]
    assert not {0, 1, 2} & set(plain.encode("<2>the"))
    assert plain.decode([*plain.encode(" the hen"), 2]) == " the hen"
    assert (plain.prompt(""), plain.beginning, plain.between) == ([0], 0, [1, 0])
    write_tokenizer(folder, special={0, 1, 2}, front=2)
    fronted = read_whole(folder).tokenizer
    assert fronted.prompt("the") == [2, *plain.encode("the")]
    assert fronted.beginning == 2


def test_a_spelling_of_sentencepieces_kind(tmp_path):
    """Spaces are a sign of their own, and what has no token is written by its bytes."""
    from tokenizers import Tokenizer, decoders, models, normalizers

    names = ["<s>", *(f"<0x{byte:02X}>" for byte in range(256)), "▁", "a", "▁a"]
    vocabulary = {name: number for number, name in enumerate(names)}
    library = Tokenizer(models.BPE(vocabulary, [("▁", "a")], byte_fallback=True))
    library.normalizer = normalizers.Replace(" ", "▁")
    library.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()])
    tokenizer = PublishedTokenizer(library.to_str(), boundary=0)
    tokens = tokenizer.encode("a aé")
    assert tokens == [vocabulary["a"], vocabulary["▁a"], 1 + 0xC3, 1 + 0xA9]
    assert tokenizer.decode(tokens) == "a aé"
    assert sum(tokenizer.byte_counts(running=True)[token] for token in tokens) == len("a aé".encode())


def test_a_rank_file_of_tiktokens_is_a_tokenizer_too(folder, capsys):
    """With the tokens that begin and end a text behind its ranks, as in Llama 3."""
    ranks = {bytes([byte]): byte for byte in range(256)}
    config = FAMILIES["qwen2"].configuration(SETTINGS | {"vocab_size": 260})
    ids = {"bos_token_id": 256, "eos_token_id": 258}
    shutil.rmtree(folder)
    save_theirs(folder, FAMILIES["qwen2"], config, randomise(GPT(config), seed=0).state_dict(), ids)
    BytePairTokenizer(CL100K_PATTERN, ranks, 256).save(folder)
    (folder / "tokenizer.tiktoken").rename(folder / "tokenizer.model")
    tokenizer = read_whole(folder).tokenizer
    assert tokenizer.prompt("né") == [256, ord("n"), 0xC3, 0xA9]
    assert (tokenizer.between, tokenizer.decode([256, ord("n"), 258])) == ([258, 256], "n\n")
    assert told(capsys, folder, "--prompt", "né", "--max_new_tokens", "3")["samples"][0].startswith("né")


def test_a_draft_has_as_many_tokens(kept, tmp_path):
    """Models of one tokenizer may have room for more of them or for less."""
    config = FAMILIES["qwen2"].configuration(SETTINGS | {"vocab_size": 66})
    ids = {"bos_token_id": 0, "eos_token_id": [1, 2]}
    save_theirs(tmp_path / "more", FAMILIES["qwen2"], config, randomise(GPT(config), seed=0).state_dict(), ids)
    shutil.copy(kept / "tokenizer.json", tmp_path / "more")
    with pytest.raises(UsageError, match="it has 66 tokens and the model 64"):
        sample.main([str(kept), "--draft", str(tmp_path / "more")])


def test_it_is_evaluated_on_a_text(kept, capsys):
    asked = [str(kept), "--data", str(kept.parent / "text.txt"), "--max_seq_len", "32", "--dtype", "float32", "--json"]
    assert evaluate.main(asked) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["tokens"] % 32 == 0
    assert report["val_loss"] > 0 and report["bits_per_byte"] > 0
    with pytest.raises(UsageError, match="it does not say on which text it was trained"):
        evaluate.main([str(kept)])


def test_it_is_trained_further_and_what_comes_of_it_is_a_run(kept, tmp_path, capsys):
    where = ["--data", str(kept.parent / "text.txt"), "--max_seq_len", "16", "--out_dir", str(tmp_path / "run")]
    assert train.main(["--init_from", str(kept), *where, *QUICK]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "weights of bfloat16, trained and saved in float32" in said
    facts = json.loads((tmp_path / "run" / "run.json").read_text())
    asked = facts["schedule"]["optimization"]
    assert (facts["init_from"], asked["optimizer"], asked["rates"]) == (str(kept), "adamw", {"learning_rate": 3e-5})
    before = load_model(kept, "reference", torch.device("cpu"), "float32")
    after = load_model(tmp_path / "run", "reference", torch.device("cpu"))
    assert after.tokenizer == before.tokenizer
    assert after.model.config.max_seq_len == 16
    # Two steps of at most 3e-5 each, from there and from nowhere else.
    for name, tensor in after.model.state_dict().items():
        assert (tensor - before.model.state_dict()[name]).abs().max() < 1e-4
    text = told(capsys, tmp_path / "run", "--prompt", "the")["samples"][0]
    assert text.startswith("the")


def test_of_what_is_learned_for_every_position_the_first_ones_stay(tmp_path):
    config = preset("gpt2_tiny", vocab_size=64, max_seq_len=40)
    weights = randomise(GPT(config), seed=0).state_dict()
    save_theirs(tmp_path / "gpt2", FAMILIES["gpt2"], config, weights, {"eos_token_id": 1})
    write_tokenizer(tmp_path / "gpt2", special={0, 1})
    (tmp_path / "text.txt").write_text(TEXT)
    where = ["--data", str(tmp_path / "text.txt"), "--max_seq_len", "16", "--out_dir", str(tmp_path / "run")]
    assert train.main(["--init_from", str(tmp_path / "gpt2"), *where, *QUICK]) == 0
    name = "embedding.positions.learned_absolute.embedding.weight"
    found = load_file(tmp_path / "run" / "model.safetensors")[name]
    assert (found - weights[name][:16]).abs().max() < 1e-4


def test_it_runs_in_the_learners_code(kept, finished, capsys):
    asked = [kept, *FEW, "--temperature", "0", "--dtype", "float32"]
    assert told(capsys, *asked, "--impl", finished.learn)["samples"] == told(capsys, *asked)["samples"]


def test_a_piece_that_it_needs_is_shown_where_it_is_not_written(kept, project, capsys):
    with pytest.raises(UsageError, match=r"gpt.GPT.__init__ is not written yet"):
        sample.main([str(kept), "--impl", str(project.learn)])
    assert "Next: gpt.GPT.__init__" in capsys.readouterr().err


def test_what_is_converted_keeps_its_tokenizer(kept, tmp_path, capsys):
    assert convert.main([str(kept), str(tmp_path / "ours")]) == 0
    assert convert.main([str(tmp_path / "ours"), str(tmp_path / "theirs")]) == 0
    texts = [told(capsys, folder, *FEW)["samples"] for folder in (kept, tmp_path / "ours", tmp_path / "theirs")]
    assert texts[0] == texts[1] == texts[2]


@pytest.mark.parametrize("command", [sample, evaluate, train])
def test_a_model_that_is_not_there_says_what_to_download_and_where_to_put_it(command):
    flags = ["--init_from"] if command is train else []
    with pytest.raises(UsageError) as caught:
        command.main([*flags, "Qwen/Qwen2.5-0.5B"])
    message = str(caught.value)
    assert "hf download Qwen/Qwen2.5-0.5B" in message
    name = command.__name__
    assert f"and then: python -m {' '.join([name, *flags])} checkpoints/qwen2.5-0.5b" in message


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda folder: (folder / "tokenizer.json").unlink(), "nothing says how text becomes tokens"),
        (lambda folder: (folder / "tokenizer.json").write_text("{"), "tokenizer.json: this is no JSON"),
        (lambda folder: (folder / "tokenizer.json").write_text('{"model": {}}'), "tokenizer.json: .*as transformers"),
        (lambda folder: of_generation(folder, eos_token_id=99), "its texts begin with token 0 and end with 99"),
        (lambda folder: of_generation(folder, top_p="much"), "top_p = 'much' is no number from 0 to 1"),
        (lambda folder: of_generation(folder, temperature=-1), "temperature = -1 is no number of at least 0"),
    ],
)
def test_a_folder_that_cannot_be_used_says_why(folder, spoil, words):
    spoil(folder)
    with pytest.raises(UsageError, match=words):
        sample.main([str(folder)])


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["--tokenizer", "bpe"], "--tokenizer: with --init_from, the model and its tokenizer are those of the folder"),
        (["--model", "llama"], "--model: with --init_from"),
        (
            ["--n_layer", "3"],
            r": with --n_layer 3, the model has weights that the folder lacks: blocks.2.",
        ),
        (
            ["--n_layer", "1"],
            ": with --n_layer 1, the model lacks weights that the folder has: blocks.1.",
        ),
        (["--n_embd", "16"], r"with --n_embd 16, .* is \(64, 32\), but --n_embd 16 makes it \(64, 16\)"),
    ],
)
def test_what_a_model_that_is_trained_further_cannot_have(kept, flags, words):
    with pytest.raises(UsageError, match=words):
        train.main(["--init_from", str(kept), *flags])


def test_what_nanogpt_says_for_resuming_is_answered_with_our_flag():
    with pytest.raises(UsageError, match="here it is --resume, which goes on with the run in --out_dir"):
        train.main(["--init_from=resume"])


def of_generation(folder, **given) -> None:
    (folder / "generation_config.json").write_text(json.dumps(given))


# --- parts of other models


def test_the_text_model_inside_of_one_that_reads_more(folder, capsys):
    """Under both kinds of names that its weights have had; what reads images is left out, and that is said."""
    alone = told(capsys, folder, *FEW, "--temperature", "0")["samples"]
    settings = json.loads((folder / "config.json").read_text())
    outside = {name: settings.pop(name) for name in ("eos_token_id", "bos_token_id", "tie_word_embeddings")}
    nested = {"model_type": "qwen9_vl", **outside, "text_config": settings, "vision_config": {"depth": 2}}
    (folder / "config.json").write_text(json.dumps(nested))
    weights = {}
    for path in sorted(folder.glob("*.safetensors")):
        weights |= load_file(path)
        path.unlink()
    (folder / "model.safetensors.index.json").unlink()
    tower = {"visual.patch_embed.weight": torch.ones(4)}
    for rename in (lambda name: f"language_model.{name}", lambda name: name.replace("model.", "model.language_model.")):
        save_file({rename(name): tensor for name, tensor in weights.items()} | tower, folder / "model.safetensors")
        assert sample.main([str(folder), *FEW, "--temperature", "0"]) == 0
        found = capsys.readouterr()
        assert found.out == alone[0] + "\n"
        assert "1 weights read something else than text and are left out: visual" in " ".join(found.err.split())
    save_file(tower, folder / "model.safetensors")
    with pytest.raises(UsageError, match=r"no weights are called language_model\.\*"):
        sample.main([str(folder)])
    (folder / "config.json").write_text(json.dumps(nested | {"text_config": settings | {"model_type": "mamba9"}}))
    with pytest.raises(UsageError, match="model_type = 'mamba9': the reference can be"):
        sample.main([str(folder)])


def test_a_sparse_text_config_has_the_numbers_of_its_class():
    """As in Gemma 3 4B, of which config.json says little else."""
    said = {"hidden_size": 2560, "intermediate_size": 10240, "num_hidden_layers": 34, "sliding_window": 1024}
    said |= {"model_type": "gemma3_text", "rope_scaling": {"factor": 8.0, "rope_type": "linear"}}
    settings = text_settings({"model_type": "gemma3", "torch_dtype": "bfloat16", "text_config": said})
    config = family_of(settings).configuration(settings)
    assert (config.n_head, config.n_kv_head, config.head_dim, config.vocab_size) == (8, 4, 256, 262208)
    assert config.weight_tying


def test_the_layer_that_predicts_further_tokens_is_left_out(tmp_path, capsys):
    """As in DeepSeek-V3's own files: a layer behind the last one, which transformers leaves out too."""
    _, config, _ = comparisons()["deepseek_v3"]
    save_theirs(tmp_path / "v3", FAMILIES["deepseek_v3"], config, randomise(GPT(config), seed=0).state_dict())
    (tmp_path / "v3" / "SHA256SUMS").unlink()
    path = tmp_path / "v3" / "model.safetensors"
    weights, behind = load_file(path), f"model.layers.{config.n_layer}."
    further = {behind + name: torch.ones(2) for name in ("eh_proj.weight", "enorm.weight", "self_attn.o_proj.weight")}
    save_file(weights | further, path)
    _, found = read_folder(tmp_path / "v3")
    assert found.keys() == GPT(config).state_dict().keys()
    assert "3 weights predict further tokens at once and are left out" in " ".join(capsys.readouterr().err.split())
    # A layer more that is none of these is a file that does not fit.
    save_file(weights | {f"{behind}self_attn.o_proj.weight": torch.ones(2)}, path)
    with pytest.raises(BadCheckpoint, match="unknown here"):
        read_folder(tmp_path / "v3")


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # transformers' own
@pytest.mark.parametrize("kind", ["Gemma3", "Llava", "Mistral3"])
def test_the_text_model_inside_equals_that_of_transformers(kind, tmp_path):
    transformers = pytest.importorskip("transformers", reason="no extra `parity`", exc_type=ImportError)
    sizes = {"hidden_size": 32, "intermediate_size": 40, "num_hidden_layers": 2, "num_attention_heads": 4}
    text = sizes | {"num_key_value_heads": 2, "vocab_size": 61, "max_position_embeddings": 40, "head_dim": 8}
    types = {"Gemma3": "gemma3_text", "Llava": "llama", "Mistral3": "mistral"}
    towers = {"Gemma3": "siglip_vision_model", "Llava": "clip_vision_model", "Mistral3": "pixtral"}
    tower = sizes | {"model_type": towers[kind], "image_size": 8, "patch_size": 4, "num_hidden_layers": 1}
    parts = {"text_config": text | {"model_type": types[kind]}, "vision_config": tower}
    config = getattr(transformers, f"{kind}Config")(**parts)
    theirs = randomise(getattr(transformers, f"{kind}ForConditionalGeneration")(config), seed=0).eval()
    theirs.save_pretrained(tmp_path / "model")
    config, weights = read_folder(tmp_path / "model")
    ours = GPT(config).eval()
    load_into(ours, weights)
    tokens = torch.randint(60, (2, 30), generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        assert (ours(tokens) - theirs(input_ids=tokens).logits).abs().max() <= TOLERANCE
