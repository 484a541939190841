"""The presets: public models have as many weights as their makers say, and each has a small sister."""

from dataclasses import replace

import pytest
import torch

from reference.config import GPTConfig
from reference.decoding.cache import KVCache
from reference.gpt import GPT
from reference.optimization.initialization import initialise
from reference.presets import PRESETS, TINY, TINY_PARTS, names, nanochat, preset
from scripts.training.architecture import parameters_of

# As counted in the published checkpoints.
PUBLISHED = {
    "nanochat": 560_988_160,
    "nanochat_2026": 1_384_122_122,
    "gpt2": 124_439_808,
    "olmo": 1_176_764_416,
    "olmo2": 1_484_916_736,
    "gemma2": 2_614_341_888,
    "gemma3": 999_885_952,
    "qwen3": 596_049_920,
    "mamba2": 2_702_599_680,
    "mimo": 7_833_409_536,
    "cohere": 34_980_831_232,
    "neox": 162_322_944,
}


def on_meta(name: str) -> GPT:
    with torch.device("meta"):
        return GPT(preset(name))


@pytest.mark.parametrize("name", PUBLISHED)
def test_public_models_have_as_many_weights_as_published(name):
    assert sum(weight.numel() for weight in on_meta(name).parameters()) == PUBLISHED[name]


# In billions, as their makers say it: all of them, and those that a token meets, without embedding and head.
MIXERS = {"qwen3_5": 9, "qwen3_next": 80, "kimi_linear": 49, "olmo_hybrid": 7.4, "minimax": 456}
MET = {"qwen3_next": 3, "kimi_linear": 3, "minimax": 45.9}


@pytest.mark.parametrize("name", MIXERS)
def test_models_of_several_mixers_weigh_about_what_was_said(name):
    config = preset(name)
    assert parameters_of(config) == pytest.approx(MIXERS[name] * 1e9, rel=0.01)
    if name in MET:
        met = parameters_of(replace(config, n_expert=config.num_experts_per_tok))
        assert met - 2 * config.vocab_size * config.n_embd == pytest.approx(MET[name] * 1e9, rel=0.1)


@pytest.mark.parametrize("name", MIXERS)
def test_a_tiny_model_of_several_mixers_learns_and_goes_on_from_its_cache(name):
    torch.manual_seed(0)
    model, tokens = GPT(preset(f"{name}_tiny")).double(), torch.randint(27, (2, 17))
    initialise(model)
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
    losses = []
    for _ in range(6):
        losses.append(loss := model(tokens[:, :-1], tokens[:, 1:]))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert losses[-1] < 0.9 * losses[0]
    whole, cache = model.eval()(tokens), KVCache(model.config)
    parts = [model(part, cache=cache) for part in tokens.split((5, 1, 8, 1, 1, 1), dim=1)]
    torch.testing.assert_close(torch.cat(parts, dim=1), whole, rtol=0, atol=1e-5)


@pytest.mark.parametrize(
    ("name", "L", "H", "C"), [("d12", 12, 12, 768), ("d24", 24, 16, 1024), ("d36", 36, 20, 1280), ("d48", 48, 25, 1600)]
)
def test_the_d_family(name, L, H, C):
    model = on_meta(name)
    assert (model.config.n_layer, model.config.n_head, model.config.n_embd) == (L, H, C)
    # A tied embedding, and for every layer four C x C matrices of attention and two C x 4C of the MLP; no norm weighs.
    assert sum(weight.numel() for weight in model.parameters()) == 50257 * C + L * 12 * C**2
    assert all(block.attn_scale == pytest.approx((2 * L) ** -0.5) for block in model.blocks)


def test_d12_with_post_norm_is_the_sandwich_and_weighs_the_same():
    model = on_meta("d12_post_norm")
    assert {type(block).__name__ for block in model.blocks} == {"ScaledSandwichNormBlock"}
    assert sum(map(torch.numel, model.parameters())) == sum(map(torch.numel, on_meta("d12").parameters()))
    assert preset("d12_post_norm_qk_norm").qk_norm == "head"


def test_gpt2_is_pre_norm_and_its_post_norm_sister_has_no_final_norm():
    assert {type(block).__name__ for block in on_meta("gpt2").blocks} == {"Block"}
    assert type(on_meta("gpt2").head.norm).__name__ == "LayerNorm"
    assert type(on_meta("gpt2_post_norm").head.norm).__name__ == "Identity"


def test_the_team_is_llama():
    assert preset("team") == preset("llama")


@pytest.mark.parametrize("name", [name for name in names() if name.endswith("_tiny")])
def test_a_tiny_model_is_small_and_differs_in_sizes_only(name):
    tiny, full = preset(name), preset(name.removesuffix("_tiny"))
    sizes = {
        *TINY,
        *TINY_PARTS,
        "n_kv_head",
        "dropout",
        "attention_window",
        "linear_num_key_heads",
        "linear_num_value_heads",
    }
    assert {field: getattr(tiny, field) for field in vars(tiny) if field not in sizes} == {
        field: getattr(full, field) for field in vars(full) if field not in sizes
    }
    # Windows are shorter, and take turns as they did.
    assert [window and 8 for window in full.layer_windows][: tiny.n_layer] == tiny.layer_windows[: full.n_layer]
    assert (tiny.n_kv_head < tiny.n_head) == (full.n_kv_head < full.n_head)
    assert (tiny.head_dim * tiny.n_head == tiny.n_embd) == (full.head_dim * full.n_head == full.n_embd)
    for field in ("attention_type", "position_encoding", "ffn_type"):
        assert set(tiny.in_turn(getattr(tiny, field))) == set(full.in_turn(getattr(full, field)))
    assert sum(map(torch.numel, GPT(tiny).parameters())) < 400_000


def test_the_tiny_nanochat_is_the_default():
    assert preset("nanochat_tiny") == GPTConfig()


def test_an_unknown_preset_is_refused_with_the_names_of_all_there_are():
    with pytest.raises(ValueError) as caught:
        preset("gtp2")
    assert "'gtp2'" in str(caught.value)
    for name in PRESETS:
        assert name in str(caught.value)


def test_overrides_go_over_the_preset():
    assert preset("nanochat", vocab_size=300, n_layer=2) == GPTConfig(
        **{**nanochat(20), "vocab_size": 300, "n_layer": 2}
    )
    assert preset("gpt2", position_encoding="rope").position_encoding == "rope"
    with pytest.raises(ValueError, match="n_embd = 0"):
        preset("nanochat_tiny", n_embd=0)


@pytest.mark.parametrize("depth", range(1, 33))
def test_the_nanochat_family_has_64_numbers_a_layer_and_the_fewest_heads_that_fit(depth):
    config = GPTConfig(**nanochat(depth))
    assert (config.n_layer, config.n_embd) == (depth, 64 * depth)
    assert config.head_dim <= 128
    for fewer in range(1, config.n_head):
        assert config.n_embd % fewer or config.n_embd / fewer > 128 or config.n_embd // fewer % 2
