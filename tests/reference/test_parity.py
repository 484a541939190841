"""By configuration alone, the reference is the public models, logit for logit. The judge is transformers."""

import pytest
import torch

transformers = pytest.importorskip("transformers", reason="the extra `parity` is not installed", exc_type=ImportError)

from reference.gpt import GPT  # noqa: E402
from reference.presets import PRESETS, preset  # noqa: E402
from scripts.public.families import FAMILIES  # noqa: E402
from scripts.public.model_folders import save_theirs  # noqa: E402
from scripts.public.parity import (  # noqa: E402
    comparisons,
    in_a_file,
    judge,
    measure,
    measure_gpt_oss,
    randomise,
    texts,
)

COMPARISONS = comparisons()

pytestmark = pytest.mark.slow


@pytest.mark.filterwarnings("ignore")  # transformers' own
@pytest.mark.parametrize("name", COMPARISONS)
def test_logits_are_those_of_transformers_in_both_directions(name):
    measured = measure(name)
    print(f"\n{name}: {measured.max_diff:.1e} on logits up to {measured.largest:.2f}")
    assert measured.max_diff <= measured.tolerance == 1e-5
    # Logits that are all alike would agree whatever was wrong, and so would those of another model.
    assert measured.largest > 0.1
    assert measured.near_miss >= 1e-4
    assert measured.causal
    assert measured.passes


@pytest.mark.filterwarnings("ignore")
def test_attention_with_sinks_is_that_of_gpt_oss():
    measured = measure_gpt_oss()
    assert measured.passes
    assert measured.largest > 0.1


@pytest.mark.filterwarnings("ignore")
# In memory, transformers holds experts otherwise than in a file.
@pytest.mark.parametrize("name", [name for name, (_, config, _) in COMPARISONS.items() if "moe" not in config.ffn_type])
def test_the_loss_and_its_gradients_are_those_of_transformers(name, tmp_path):
    family, config = FAMILIES[COMPARISONS[name].family], COMPARISONS[name].config
    ours = randomise(GPT(config), seed=0).eval()
    save_theirs(tmp_path / "model", family, in_a_file(config), ours.state_dict())
    theirs = judge(tmp_path / "model", family)
    tokens = next(texts(config))
    loss = ours(tokens[:, :-1], tokens[:, 1:])
    # Theirs shifts the labels itself. A longest sequence first, for the sake of dynamic rotary scaling.
    theirs(tokens)
    their_loss = theirs(tokens, labels=tokens).loss
    assert loss.item() == pytest.approx(their_loss.item(), abs=1e-5)
    loss.backward()
    their_loss.backward()
    # A gradient is carried over like the weight that it belongs to.
    ours_as_theirs = family.weights_of_theirs({name: weight.grad for name, weight in ours.named_parameters()}, config)
    # GPT-NeoX's head has another name in its file than in memory.
    files = {"lm_head.weight": "embed_out.weight"} if family.model_type == "gpt_neox" else {}
    gradients = {files.get(name, name): weight.grad for name, weight in theirs.named_parameters()}
    assert ours_as_theirs.keys() == gradients.keys()
    for name, gradient in gradients.items():
        torch.testing.assert_close(ours_as_theirs[name], gradient, rtol=1e-3, atol=2e-6)


PUBLIC = [name for name in PRESETS if name in FAMILIES or name in ("team", "gpt2_post_norm", "deepseek")]


@pytest.mark.parametrize("name", PUBLIC)
def test_the_settings_of_a_public_preset_come_back_as_they_were(name):
    others = {"team": "llama", "gpt2_post_norm": "gpt1", "deepseek": "deepseek_v2"}
    family = FAMILIES[others.get(name, name)]
    config = preset(name)
    back = family.configuration(family.settings(config))
    # What plays no part in such a model, or says the same in another way.
    silent = {
        "init",
        "dropout",
        "ffn_hidden",
        "qk_normalization",
        "qk_norm_after_rotary",
        "softmax_scale",
        "value_head_dim",
    }
    assert {field: value for field, value in vars(back).items() if field not in silent} == {
        field: value for field, value in vars(config).items() if field not in silent
    }


def test_every_public_preset_is_compared():
    compared = {compared.family for compared in COMPARISONS.values()}
    assert compared == FAMILIES.keys()
    assert {"gpt2", "llama", "olmo", "olmo2", "gemma2", "gemma3", "qwen3", "cohere", "neox", "nanochat"} <= compared


def test_at_least_55_classes_are_compared_and_whole():
    whole = {family.architecture for family in FAMILIES.values() if family.whole}
    assert len(whole) >= 55
