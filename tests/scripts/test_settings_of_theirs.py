"""Settings of public models, changed key by key: read as transformers reads them, or refused by name, never unsaid."""

import copy
import json
import logging
import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import pytest
import torch
from safetensors.torch import load_file, save_file

from reference.config import GPTConfig
from reference.gpt import GPT
from reference.positions import Positions
from scripts.public import families
from scripts.public.families import FAMILIES
from scripts.public.family import Family
from scripts.public.model_folders import BadCheckpoint, load_into, read_folder, save_theirs
from scripts.public.parity import LATENT, SIZES, TOLERANCE, V, comparisons, in_a_file, judge, quiet, randomise
from scripts.public.settings_of_theirs import ANYWHERE

MUTATED = ("gpt2", "llama", "gemma3", "olmo3", "deepseek_v3")
CHOSEN_BY_THE_JUDGE = {"_attn_implementation", "attn_implementation", "architectures", "auto_map", "model_type"}

# What a file may say besides, and what no class knows.
FURTHER = {
    "frobnicate": (1, None),
    "use_bidirectional_attention": (True,),
    "quantization_config": ({"bits": 4},),
    "partial_rotary_factor": (0.5,),
    "residual_multiplier": (2.0,),
    "rope_scaling": (
        {"rope_type": "dynamic", "factor": 4.0},
        {"rope_type": "linear", "factor": 0.5},
        {"rope_type": "yarn", "factor": 4.0, "beta_fast": 32.0, "mscale": 0.7},
        {"rope_type": "yarn", "factor": 4.0, "mscale": 1.0, "mscale_all_dim": 0.5},
        {"rope_type": "yarn", "factor": 4.0, "attention_factor": 2.0},
        {"type": "linear", "factor": 2.0},
    ),
}


def variants(value: object) -> list[object]:
    """The value retyped, and others that are out of range."""
    match value:
        case None:
            return ["odd"]
        case bool():
            return [not value, int(value)]
        case int() | float():
            return ["odd", -1, 10**12]
        case str():
            return [7, "odd"]
        case list():
            return ["odd", value + value[-1:]]
    return ["odd", 3]


def mutations(settings: dict, above: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], dict]]:
    """Every key taken out, null, retyped and out of range; those inside of others too. The names lead to the key."""
    for name, value in settings.items():
        names = (*above, name)
        yield names, {key: kept for key, kept in settings.items() if key != name}
        for other in [*([] if value is None else [None]), *variants(value)]:
            yield names, settings | {name: other}
        if isinstance(value, dict):
            yield from ((found, settings | {name: inside}) for found, inside in mutations(value, names))


def further(settings: dict) -> Iterator[tuple[tuple[str, ...], dict]]:
    for name, values in FURTHER.items():
        others = {key: value for key, value in settings.items() if (name, key) != ("rope_scaling", "rope_parameters")}
        yield from (((name,), others | {name: copy.deepcopy(value)}) for value in values)


def written(name: str, folder: Path) -> tuple[GPT, dict]:
    """A folder of this family with random weights: the model, and its settings."""
    family, config, _ = comparisons()[name]
    model = randomise(GPT(config), seed=0).eval()
    save_theirs(folder, FAMILIES[family], in_a_file(config), model.state_dict())
    (folder / "SHA256SUMS").unlink()
    return model, json.loads((folder / "config.json").read_text())


def loaded(folder: Path, settings: dict) -> GPT:
    (folder / "config.json").write_text(json.dumps(settings))
    config, weights = read_folder(folder)
    model = GPT(config).eval()
    load_into(model, weights)
    return model


@pytest.mark.parametrize("name", MUTATED)
def test_fault_2_a_changed_setting_is_refused_by_its_name(name, tmp_path):
    _, settings = written(name, tmp_path)
    refused = 0
    for names, changed in [*mutations(settings), *further(settings)]:
        try:
            loaded(tmp_path, changed)
        except BadCheckpoint as error:
            refused += 1
            assert names[-1] in str(error).replace(str(tmp_path), ""), (names, str(error))
    assert refused > len(settings)


@pytest.mark.parametrize(
    ("name", "changes", "words"),
    [
        (
            "gemma2",
            {"use_bidirectional_attention": True},
            "use_bidirectional_attention = True: the reference has False",
        ),
        (
            "llama",
            {"residual_multiplier": 0.22},
            "residual_multiplier = 0.22: nothing here knows this setting of a llama",
        ),
        (
            "llama",
            {"num_key_value_head": 2},
            "num_key_value_head = 2: nothing here knows this setting of a llama; did you",
        ),
        ("llama", {"rope_parameters": {"rope_theta": 5e3, "warp": 2}}, "rope_parameters: warp = 2: nothing here knows"),
        (
            "llama",
            {"rope_scaling": {"rope_type": "linear", "factor": 2.0}},
            "rope_scaling and rope_parameters are both",
        ),
        ("gemma3", {"layer_types": ["sliding_attention", "full_attention", "chunked_attention"]}, "layer_types = ["),
        ("gemma3", {"query_pre_attn_scalar": 0}, "query_pre_attn_scalar = 0: it must be a whole number greater than 0"),
        ("bloom", {"n_embed": 32}, "n_embed = 32 and hidden_size = 48: two names of one thing differ"),
        ("opt", {"word_embed_proj_dim": 32}, "word_embed_proj_dim = 32"),
        ("llama", {"num_hidden_layers": 10**9}, "num_hidden_layers = 1000000000: it must be at most"),
        ("llama", {"max_position_embeddings": 2**25}, "max_position_embeddings = 33554432: more than any model has"),
        ("bloom", {"slow_but_exact": True}, "slow_but_exact = True: of a bloom the reference has False only"),
        ("llama", {"hidden_act": ["silu"]}, "hidden_act: activation ['silu']: the reference knows"),
        ("llama", {"rms_norm_eps": -1.0}, "(in config.json, norm_eps is rms_norm_eps)"),
        ("llama", {"intermediate_size": 55}, "intermediate_size = 55"),
        ("olmo3", {"sliding_window": None}, "sliding_window = None: layers have the type sliding_attention"),
        ("deepseek_v3", {"n_shared_experts": 0}, "n_shared_experts = 0: it must be a whole number greater than 0"),
        ("deepseek_v3", {"first_k_dense_replace": -1}, "first_k_dense_replace = -1: it must be a whole number of at"),
        ("glm4_moe", {"n_group": 4}, "n_group = 4: it must divide"),
        ("exaone_moe", {"mlp_layer_types": ["dense", "moe", "sparse"]}, "mlp_layer_types = ["),
        ("gemma3", {"text_config": {"hidden_size": 48}}, "text_config: it must be an object {...} with the model"),
        ("laguna", {"gating": "per-element"}, "gating = 'per-element': the reference has softplus gates by head only"),
        ("laguna", {"num_attention_heads_per_layer": [4, 4, 8]}, "num_attention_heads_per_layer = [4, 4, 8]"),
        ("laguna", {"shared_expert_intermediate_size": 30}, "shared_expert_intermediate_size = 30: in the reference"),
        ("lfm3", {"layer_types": ["convolution"] * 4}, "layer_types = ['convolution', "),
        ("lfm3", {"attention_bias": True}, "attention_bias = True: with convolutions the reference has False only"),
        ("bamba", {"attn_layer_indices": "2"}, "attn_layer_indices = '2': it must be a list of numbers of layers"),
        (
            "kimi_linear",
            {"layer_types": None, "linear_attn_config": {"full_attn_layers": [3], "kda_layers": [1]}},
            "linear_attn_config: full_attn_layers = [3] and kda_layers = [1]: together they must be the numbers from 1",
        ),
        ("olmo_hybrid", {"layer_types": ["linear_attention"] * 3}, "layer_types: transformers wants at least one"),
        ("lfm3", {"use_attention_gate": 1}, "use_attention_gate = 1"),
        ("glm_moe_dsa", {"indexer_types": ["full", "shared", "full"]}, "indexer_types = ['full', 'shared', 'full']"),
        ("glm_moe_dsa", {"index_topk_freq": 4}, "index_topk_freq = 4: the reference has an indexer of its own in"),
    ],
)
def test_fault_2_a_setting_that_would_change_the_numbers_is_refused(name, changes, words, tmp_path):
    _, settings = written(name, tmp_path)
    with pytest.raises(BadCheckpoint) as caught:
        loaded(tmp_path, settings | changes)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("name", "changes", "field", "expected"),
    [
        ("deepseek_v3", {"first_k_dense_replace": 0}, "ffn_type", ["deepseek_moe"] * 3),
        ("deepseek_v3", {"first_k_dense_replace": 99}, "ffn_type", ["gated"] * 3),
        ("hy_v3", {"mlp_layer_types": None}, "ffn_type", ["gated", "deepseek_moe", "deepseek_moe"]),
        (
            "exaone_moe",
            {"mlp_layer_types": None, "first_k_dense_replace": 2},
            "ffn_type",
            ["gated", "gated", "deepseek_moe"],
        ),
        ("afmoe", {"layer_types": None, "global_attn_every_n_layers": 2}, "attention_window", ["7", "none", "7"]),
        ("dots1", {"layer_types": None, "max_window_layers": 1}, "attention_window", ["none", "7", "7"]),
        ("dots1", {"layer_types": None}, "attention_window", ["none"] * 3),
        ("laguna", {"rope_parameters": None}, "rope_local_fraction", 1.0),
        ("laguna", {"gating": "per-head", "mlp_layer_types": None}, "n_shared_expert", 2),
        ("kimi_linear", {"layer_types": None, "mlp_layer_types": None}, "attention_type", ["kda"] * 3),
        ("olmo_hybrid", {"layer_types": None}, "norm_position", ["pre", "pre", "output"]),
        (
            "lfm2",
            {"layer_types": None, "full_attn_idxs": [0, 2]},
            "attention_type",
            ["standard", "short_conv", "standard"],
        ),
        ("lfm3", {"layer_types": None}, "attention_type", ["short_conv", "short_conv", "standard", "short_conv"]),
        ("minimax_m2", {"rope_parameters": None, "rotary_dim": 4}, "rope_fraction", 0.25),
    ],
)
def test_what_a_file_of_a_mixture_says_of_each_layer(name, changes, field, expected):
    family, config = FAMILIES[name], comparisons()[name].config
    read = family.configuration(family.settings(config) | changes)
    found = getattr(read, field)
    assert (read.in_turn(found) if isinstance(found, str) else found) == expected
    # And back, whichever way the turns are written.
    if field == "ffn_type":
        assert family.configuration(family.settings(replace(read, ffn_type=",".join(expected)))) == read


def test_every_family_that_is_written_is_in_the_table():
    modules = [import_module(f"{families.__name__}.{module.name}") for module in iter_modules(families.__path__)]
    written = {each.architecture for module in modules for each in vars(module).values() if isinstance(each, Family)}
    assert "Mamba2ForCausalLM" in written <= {family.architecture for family in FAMILIES.values()}


def test_mixtures_before_dense_layers_have_no_place_in_a_class_that_counts_the_dense_ones():
    family, config = FAMILIES["deepseek_v3"], comparisons()["deepseek_v3"].config
    with pytest.raises(ValueError, match="this family has dense layers before all others only"):
        family.settings(replace(config, ffn_type="deepseek_moe,gated"))


def test_a_bfloat16_mixture_says_so_and_keeps_the_bias_of_its_choice_in_float32(tmp_path):
    family, config = FAMILIES["deepseek_v3"], comparisons()["deepseek_v3"].config
    save_theirs(tmp_path, family, config, GPT(config).bfloat16().state_dict())
    assert json.loads((tmp_path / "config.json").read_text())["dtype"] == "bfloat16"
    _, weights = read_folder(tmp_path)
    assert weights["blocks.1.mlp.correction_bias"].dtype == torch.float32
    assert weights["blocks.1.mlp.router.weight"].dtype == torch.bfloat16


def rotary(config: GPTConfig) -> list[torch.Tensor]:
    """The tables of the first and the last layer, as far as both of two models go."""
    contexts = Positions(config)(torch.arange(9))
    return [table for context in (contexts[0], contexts[-1]) for table in (context.cos, context.sin)]


def test_fault_2_within_the_length_of_the_training_dynamic_scaling_is_none(tmp_path):
    _, settings = written("llama", tmp_path)
    plain = FAMILIES["llama"].configuration(settings)
    scaled = FAMILIES["llama"].configuration(
        settings | {"rope_parameters": {"rope_type": "dynamic", "rope_theta": 500.0, "factor": 4.0}}
    )
    assert scaled.max_seq_len == plain.max_seq_len
    assert all(map(torch.equal, rotary(scaled), rotary(plain)))
    # Longer ones get a growth that is fixed here, and goes by the text there: no file says that.
    with pytest.raises(ValueError, match="max_seq_len = 160 where it can only have 40"):
        FAMILIES["llama"].settings(replace(scaled, max_seq_len=160))


@pytest.mark.parametrize("name", ["gpt2", "llama", "gemma2", "smollm3", "gpt1"])
def test_fault_2_a_tied_model_keeps_another_head_that_its_file_holds(name, tmp_path):
    _, settings = written(name, tmp_path)
    path = tmp_path / "model.safetensors"
    weights = load_file(path)
    head = torch.randn(V, SIZES["n_embd"])
    save_file(weights | {"lm_head.weight": head}, path)
    model = loaded(tmp_path, settings | {"tie_word_embeddings": True})
    assert torch.equal(model.head.lm_head.weight, head)
    assert not torch.equal(model.embedding.token_embedding.weight, head)
    # The embedding once more is no other head.
    embedding = model.embedding.token_embedding.weight.detach().clone()
    save_file(weights | {"lm_head.weight": embedding}, path)
    assert loaded(tmp_path, settings | {"tie_word_embeddings": True}).config.weight_tying


def test_fault_2_every_tensor_is_used_or_refused(tmp_path):
    _, settings = written("llama", tmp_path)
    path = tmp_path / "model.safetensors"
    weights = load_file(path)
    # A table that older versions saved is computed; a mask of GPT-2's is none of a llama's.
    save_file(weights | {"model.layers.0.self_attn.rotary_emb.inv_freq": torch.ones(8)}, path)
    loaded(tmp_path, settings)
    for name in ("model.layers.0.attn.bias", "model.layers.0.self_attn.sinks", "lm_head.bias", "mtp.weight"):
        save_file(weights | {name: torch.ones(4)}, path)
        with pytest.raises(BadCheckpoint, match="unknown"):
            loaded(tmp_path, settings)


# The block that every OLMo 3 has that was published: YaRN's own numbers, spelt out.
OLMO3 = {
    "rope_type": "yarn",
    "factor": 8.0,
    "original_max_position_embeddings": 8192,
    "attention_factor": 1.2079441541679836,
    "beta_fast": 32.0,
    "beta_slow": 1.0,
}


def of_olmo3(settings: dict, **changes) -> GPTConfig:
    older = {name: value for name, value in settings.items() if name != "rope_parameters"}
    return FAMILIES["olmo3"].configuration(older | {"rope_theta": 500000, "rope_scaling": OLMO3 | changes})


def test_fault_7_the_published_scaling_of_olmo3_is_accepted(tmp_path):
    _, settings = written("olmo3", tmp_path)
    config = of_olmo3(settings)
    assert (config.rope_scaling, config.rope_factor, config.rope_original_seq_len) == ("yarn", 8.0, 8192)
    assert config == of_olmo3(settings, attention_factor=None, beta_fast=None, beta_slow=None)
    assert of_olmo3(settings, attention_factor=1.3) == replace(config, rope_attention_factor=1.3)
    for name, other in {"beta_fast": 16.0, "beta_slow": 2.0, "truncate": False}.items():
        with pytest.raises(ValueError, match=f"rope_scaling: {name} = {other}"):
            of_olmo3(settings, **{name: other})


def test_fault_7_deepseeks_mscale_multiplies_the_tables_and_the_scores(tmp_path):
    _, settings = written("deepseek_v3", tmp_path)

    def configured(**mscale):
        rope = {"rope_type": "yarn", "rope_theta": 500.0, "factor": 4.0, "original_max_position_embeddings": 10}
        return FAMILIES["deepseek_v3"].configuration(settings | {"rope_parameters": rope | mscale})

    assert configured(mscale=0.7) == configured(mscale=1.0, mscale_all_dim=0) == configured()
    assert configured(factor=1.0, mscale=0.7, mscale_all_dim=0.5) == configured(factor=1.0)
    # The mscale of all dimensions multiplies queries and keys, the other one the rotary part, which has both.
    grown, size = 0.1 * math.log(4.0) + 1, SIZES["head_dim"] + LATENT["rope_head_dim"]
    both = configured(mscale=1.0, mscale_all_dim=1.0)
    assert (both.rope_attention_factor, both.softmax_scale) == (1.0, pytest.approx(size**-0.5 * grown**2))
    one = configured(mscale_all_dim=1.0)
    assert (one.rope_attention_factor, one.softmax_scale) == (None, both.softmax_scale)
    family = FAMILIES["deepseek_v3"]
    for config in (both, one):
        back = family.configuration(family.settings(config))
        assert replace(back, softmax_scale=config.softmax_scale) == config
        assert back.softmax_scale == pytest.approx(config.softmax_scale)


def test_fault_7_a_window_that_is_null_is_none_where_no_layer_needs_one(tmp_path):
    _, settings = written("olmo3", tmp_path)
    everywhere = ["full_attention"] * settings["num_hidden_layers"]
    config = FAMILIES["olmo3"].configuration(settings | {"layer_types": everywhere, "sliding_window": None})
    assert config.attention_window == "none"


@pytest.fixture
def transformers(caplog):
    """The judge, without what it has to say."""
    caplog.set_level(logging.CRITICAL)
    found = pytest.importorskip("transformers", reason="the extra `parity` is not installed", exc_type=ImportError)
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield found
    torch.set_num_threads(before)


@torch.no_grad()
def logits_of(model: torch.nn.Module, longest: int) -> list[torch.Tensor]:
    """Those of a text and of a short one, which dynamic scaling treats otherwise."""
    tokens = torch.randint(V, (2, longest), generator=torch.Generator().manual_seed(3))
    batches = [tokens[:, :length] for length in (longest, min(longest, 9))]
    return [model(batch) if isinstance(model, GPT) else model(batch, return_dict=True).logits for batch in batches]


def furthest(ours: list[torch.Tensor], theirs: list[torch.Tensor]) -> float:
    """The largest difference of two logits; NaN where one is."""
    return max((mine - judged).abs().max().item() for mine, judged in zip(ours, theirs, strict=True))


def saved_by_transformers(name: str, folder: Path) -> dict:
    """Random weights in a folder as transformers writes it, with all that its class knows."""
    family = FAMILIES[comparisons()[name][0]]
    written(name, folder / "ours")
    with quiet():
        randomise(judge(folder / "ours", family), seed=1, tables=family.buffers).save_pretrained(folder / "theirs")
    return json.loads((folder / "theirs" / "config.json").read_text())


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # transformers' own
@pytest.mark.parametrize("name", MUTATED)
def test_fault_2_a_changed_setting_is_read_as_transformers_reads_it_or_refused(name, transformers, tmp_path):
    settings, family = saved_by_transformers(name, tmp_path), FAMILIES[name]
    folder = tmp_path / "theirs"
    unchanged = loaded(folder, settings)
    counted = Counter()
    for names, changed in [*mutations(settings), *further(settings)]:
        try:
            ours = loaded(folder, changed)
        except BadCheckpoint as error:
            assert names[-1] in str(error).replace(str(folder), ""), (names, str(error))
            counted["refused"] += 1
            continue
        longest = min(ours.config.max_seq_len, SIZES["max_seq_len"])
        try:
            expected = logits_of(judge(folder, family), longest)
            counted["equal"] += 1
        except Exception:  # transformers refuses by many kinds of them, so no other numbers are right
            expected = logits_of(unchanged, longest)
            counted["equal to what it was"] += 1
        assert furthest(logits_of(ours, longest), expected) <= TOLERANCE, (names, changed.get(names[0]))
    print(f"\n{name}: {dict(counted)}")
    assert counted["equal"] > 20 < counted["refused"]


# What transformers refuses, or stumbles over, in these classes.
NOT_THERE = {
    "minimax": {"block_size"},  # the size of tables that it saves
    "mamba2": {"rescale_prenorm_residual"},  # by which it divides weights that were read, too
    "diffllama": {"attention_dropout"},
    "ernie4_5_moe": {"output_router_logits"},
    "qwen3_next": {"output_router_logits"},
}
# Settings that no class has by itself, and those whose values are words.
ODD = {
    "cache_implementation": "static",
    "dtype": "float16",
    "id2label": {"0": "odd"},
    "label2id": {"odd": 0},
    "problem_type": "regression",
    "torch_dtype": "bfloat16",
}


def other(name: str, value: object) -> object:
    """Another value of a setting's kind."""
    if name in ODD:
        return ODD[name]
    match value:
        case bool():
            return not value
        case int():
            return value + 1
        case float():
            return value / 2 + 0.25
        case dict():
            return {}
    return value


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", FAMILIES)
def test_fault_2_what_is_called_without_effect_has_none_in_transformers(name, transformers, tmp_path):
    settings, family = saved_by_transformers(name, tmp_path), FAMILIES[name]
    folder = tmp_path / "theirs"
    before = logits_of(judge(folder, family), 40)
    # What names the class, its kernel or the dtype chooses how to load, and the judge says that itself.
    idle = (ANYWHERE | set(family.without_effect)) - CHOSEN_BY_THE_JUDGE - NOT_THERE.get(name, set())
    changed = settings | {key: other(key, settings.get(key, 3)) for key in idle}
    (folder / "config.json").write_text(json.dumps(changed))
    assert furthest(logits_of(judge(folder, family), 40), before) <= 1e-6  # another kernel rounds otherwise
    assert furthest(logits_of(loaded(folder, changed), 40), before) <= TOLERANCE


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("base", [500000, 10000.0])
def test_fault_7_the_published_scaling_of_olmo3_is_read_as_transformers_reads_it(base, transformers, tmp_path):
    settings = saved_by_transformers("olmo3", tmp_path)
    del settings["rope_parameters"]
    # Within the original length of 8,192, and beyond one that these texts reach.
    for scaling in (OLMO3, OLMO3 | {"original_max_position_embeddings": 10}):
        ours = loaded(tmp_path / "theirs", settings | {"rope_theta": base, "rope_scaling": scaling})
        theirs = logits_of(judge(tmp_path / "theirs", FAMILIES["olmo3"]), 40)
        assert furthest(logits_of(ours, 40), theirs) <= TOLERANCE


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ["gpt2", "llama", "gemma2", "smollm3", "gpt1"])
def test_fault_2_transformers_keeps_another_head_of_a_tied_model_too(name, transformers, tmp_path):
    settings = saved_by_transformers(name, tmp_path) | {"tie_word_embeddings": True}
    path = tmp_path / "theirs" / "model.safetensors"
    generator = torch.Generator().manual_seed(4)
    head = torch.randn(V, SIZES["n_embd"], generator=generator) * SIZES["n_embd"] ** -0.5
    save_file(load_file(path) | {"lm_head.weight": head}, path, {"format": "pt"})
    ours = loaded(tmp_path / "theirs", settings)
    assert furthest(logits_of(ours, 40), logits_of(judge(tmp_path / "theirs", FAMILIES[name]), 40)) <= TOLERANCE
