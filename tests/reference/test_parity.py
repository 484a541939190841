"""By configuration alone, the reference is the public models, logit for logit. The judge is transformers."""

import pytest
import torch
from safetensors.torch import load_file

transformers = pytest.importorskip("transformers", reason="the extra `parity` is not installed", exc_type=ImportError)

from reference.attentions.relative import relative_bias  # noqa: E402
from reference.config import GPTConfig  # noqa: E402
from reference.gpt import GPT  # noqa: E402
from reference.placements.refinements.ssmax import SSMax  # noqa: E402
from reference.positions import Positions  # noqa: E402
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
from scripts.training.architecture import parameters_of  # noqa: E402

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


@torch.no_grad()
def test_what_is_done_to_scores_and_heads_is_that_of_transformers():
    from torch import nn
    from transformers.models.inkling.modeling_inkling import InklingRelativeLogits
    from transformers.models.lfm3.configuration_lfm3 import Lfm3Config
    from transformers.models.lfm3.modeling_lfm3 import Lfm3Attention
    from transformers.models.mistral_large4.modeling_mistral_large4 import MistralLarge4TextSoftmaxScaling

    generator = torch.Generator().manual_seed(0)

    def drawn(*shape: int) -> torch.Tensor:
        return torch.randn(shape, generator=generator)

    def filled(module: nn.Module) -> nn.Module:
        for weight in module.parameters():
            weight.copy_(drawn(*weight.shape))
        return module

    def same(ours: torch.Tensor, theirs: torch.Tensor, near: torch.Tensor) -> None:
        torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-5)
        assert (near - theirs).abs().max() > 1e-2

    # Two sequences behind a cache, of which one has read more.
    position = torch.tensor([[3, 4, 5, 6, 7], [90, 91, 92, 93, 94]])
    query, ours, theirs = drawn(2, 5, 3, 8), filled(SSMax(3)), MistralLarge4TextSoftmaxScaling(3)
    theirs.load_state_dict(ours.state_dict())
    same(ours(query, position), theirs(query, position, head_dim_first=False), ours(query, position - 1))

    states, theirs = drawn(2, 5, 3, 4), filled(InklingRelativeLogits(4, 6))
    query_position, key_position = torch.arange(7, 12), torch.arange(12)
    visible = key_position <= query_position[:, None]
    bias, near = (relative_bias(states @ theirs.proj, query_position - moved, key_position) for moved in (0, 1))
    same(bias * visible, theirs(states, query_position, key_position) * visible, near * visible)

    sizes = {"hidden_size": 24, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 6}
    config = Lfm3Config(**sizes, num_hidden_layers=1, layer_types=["full_attention"], attn_implementation="eager")
    theirs, x = filled(Lfm3Attention(config, 0)), drawn(2, 5, 24)
    shape = {"n_layer": 1, "n_embd": 24, "n_head": 4, "n_kv_head": 2, "head_dim": 6, "norm_eps": 1e-5, "max_seq_len": 5}
    norm = {"qk_normalization": "rmsnorm", "qk_norm_after_rotary": False}
    blocks = [GPT(GPTConfig(**shape, **norm, head_gate=gate)).blocks[0] for gate in ("sigmoid", "softplus")]
    for block in blocks:
        named = {name.replace("g_proj", "head_gate_proj"): weight for name, weight in theirs.state_dict().items()}
        block.attn.load_state_dict(named)
    context = Positions(GPTConfig(**shape, rope_theta=100.0))(torch.arange(5))[0]
    cos, sin = (torch.cat((table, table), dim=-1).transpose(0, 1) for table in (context.cos, context.sin))
    mask = torch.full((5, 5), float("-inf")).triu(1)[None, None]
    expected, _ = theirs(x, (cos, sin), mask)
    gated, near = (block.attn(x, context) for block in blocks)
    same(gated, expected, near)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", COMPARISONS)
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
    # A gradient is carried over like the weight that it belongs to: in memory, some have other names than in a file.
    with torch.no_grad():
        for weight in theirs.parameters():
            weight.copy_(weight if weight.grad is None else weight.grad)
    theirs.save_pretrained(tmp_path / "gradients")
    gradients = family.weights_of_ours(load_file(tmp_path / "gradients" / "model.safetensors"), config)
    assert gradients.keys() == ours.state_dict().keys()
    for name, weight in ours.named_parameters():
        # What only chooses keys has a gradient by a loss of its own, which belongs to training.
        if ".indexer." in name:
            assert weight.grad is None
            continue
        torch.testing.assert_close(weight.grad, gradients[name], rtol=1e-3, atol=2e-6)


PUBLIC = [name for name in PRESETS if name in FAMILIES or name in ("team", "gpt2_post_norm", "deepseek")]


@pytest.mark.parametrize("name", PUBLIC)
def test_the_settings_of_a_public_preset_come_back_as_they_were(name):
    others = {"team": "llama", "gpt2_post_norm": "gpt1", "deepseek": "deepseek_v2"}
    family = FAMILIES[others.get(name, name)]
    # Transformers' MiniMax rotates whole heads, whatever was published.
    config = preset(name, **{"rope_fraction": 1.0} if name == "minimax" else {})
    settings = family.settings(config)
    back = family.configuration(settings)
    # What plays no part in such a model, or says the same in another way.
    silent = {
        "init",
        "dropout",
        "expert_hidden",
        "ffn_hidden",
        "qk_normalization",
        "qk_norm_after_rotary",
        "router_aux_loss_coef",
        "softmax_scale",
        "value_head_dim",
    }
    assert {field: value for field, value in vars(back).items() if field not in silent} == {
        field: value for field, value in vars(config).items() if field not in silent
    }
    # And the class has as many weights, at its full size.
    with torch.device("meta"):
        theirs = getattr(transformers, family.architecture)(transformers.AutoConfig.for_model(**settings))
    assert sum(weight.numel() for weight in theirs.parameters()) == parameters_of(config)


def test_every_public_preset_is_compared():
    compared = {compared.family for compared in COMPARISONS.values()}
    assert compared == FAMILIES.keys()
    assert {"gpt2", "llama", "olmo", "olmo2", "gemma2", "gemma3", "qwen3", "cohere", "neox", "nanochat"} <= compared


def test_at_least_55_classes_are_compared_and_whole():
    whole = {family.architecture for family in FAMILIES.values() if family.whole}
    assert len(whole) >= 55
