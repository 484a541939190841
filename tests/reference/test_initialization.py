"""The first weights: spreads from the papers' formulas, torch's own from torch's own modules."""

import math

import pytest
import torch
from torch import nn

from reference.config import GPTConfig
from reference.gpt import GPT
from reference.optimization.initialization import INITS, initialise

L, C = 8, 64
FIELDS = {"vocab_size": 400, "n_layer": L, "n_embd": C, "n_kv_head": 1, "bias": True, "normalization": "layernorm"}


def made(init: str, **changes) -> GPT:
    """A model whose weights were all sevens before they were drawn."""
    model = GPT(GPTConfig(**FIELDS | {"init": init} | changes))
    with torch.no_grad():
        for weight in model.parameters():
            weight.fill_(7.0)
    initialise(model)
    return model


def assert_normal(weight: torch.Tensor, std: float) -> None:
    n = weight.numel()
    # Five times the spread that the mean, the standard deviation and the share within one of it have in samples.
    assert abs(weight.mean().item()) < 5 * std / math.sqrt(n)
    assert weight.std().item() == pytest.approx(std, rel=5 / math.sqrt(2 * n))
    within = (weight.abs() < std).double().mean().item()
    assert within == pytest.approx(0.6827, abs=5 * math.sqrt(0.6827 * 0.3173 / n))


def linears(model: GPT) -> dict[str, nn.Linear]:
    return {name: module for name, module in model.named_modules() if isinstance(module, nn.Linear)}


def test_gpt2_draws_small_weights_and_smaller_ones_where_the_stream_is_written_to():
    model = made("gpt2", position_encoding="learned_absolute")
    for name, module in linears(model).items():
        assert_normal(module.weight, 0.02 / math.sqrt(2 * L) if name.endswith(("o_proj", "down_proj")) else 0.02)
    assert_normal(model.embedding.token_embedding.weight, 0.02)
    assert_normal(model.embedding.positions["learned_absolute"].embedding.weight, 0.02)


def test_gpt2_lets_the_stream_keep_its_size_at_any_depth():
    # This is what the root of 2L is for: what all sublayers add together is as large at 2 layers as at 32.
    def grown(n_layer: int) -> float:
        model = made("gpt2", n_layer=n_layer, bias=False, embedding_norm=True)
        seen = []
        model.head.norm.register_forward_pre_hook(lambda _, arguments: seen.append(arguments[0]))
        tokens = torch.randint(400, (4, 32), generator=torch.Generator().manual_seed(0))
        start = model.embedding.norm(model.embedding.token_embedding(tokens))
        model(tokens)
        return (seen[0] - start).pow(2).mean().sqrt().item()

    assert grown(32) == pytest.approx(grown(2), rel=0.3)


def test_torchs_own_is_what_a_module_has_that_was_just_made():
    model = made("torch")
    for module in linears(model).values():
        bound = 1 / math.sqrt(module.in_features)
        for weight in (module.weight, module.bias):
            if weight is not None:
                assert weight.abs().max() <= bound
        # A uniform distribution: variance a third of the bound's square.
        assert module.weight.std().item() == pytest.approx(bound / math.sqrt(3), rel=0.05)
    assert_normal(model.embedding.token_embedding.weight, 1.0)


def test_deepnorm_scales_down_what_is_read_from_the_stream_and_added_to_it():
    model, beta = made("deepnorm"), (8 * L) ** -0.25
    for name, module in linears(model).items():
        gain = beta if name.endswith(("v_proj", "o_proj", "up_proj", "down_proj")) else 1.0
        assert_normal(module.weight, gain * math.sqrt(2 / sum(module.weight.shape)))
    assert_normal(model.embedding.token_embedding.weight, C**-0.5)


@pytest.mark.parametrize("init", INITS)
def test_norms_are_left_as_they_were_and_all_else_is_drawn(init):
    for name, weight in made(init).named_parameters():
        assert (weight == 7.0).all() == ("norm" in name)
        if name.endswith("bias") and "norm" not in name and init != "torch":
            assert not weight.any()


@pytest.mark.parametrize("tied", [False, True])
def test_nanochats_zeroes_the_output_projections_of_experts_too_and_a_head_of_its_own(tied):
    model = made("nanochat", ffn_type="moe", n_expert=3, weight_tying=tied)
    zero = {name for name, weight in model.named_parameters() if name.endswith(".weight") and not weight.any()}
    written = {f"{name}.weight" for name in linears(model) if name.endswith(("o_proj", "down_proj"))}
    assert sum("experts" in name for name in written) == 3 * L
    assert zero == written | (set() if tied else {"head.lm_head.weight"})
    assert_normal(model.blocks[0].attn.q_proj.weight, C**-0.5)


def test_nanochats_is_init_weights_on_its_own_model():
    models = [GPT(GPTConfig(n_layer=2)) for _ in range(2)]
    torch.manual_seed(5)
    initialise(models[0])
    torch.manual_seed(5)
    models[1].init_weights()
    for ours, theirs in zip(*(model.parameters() for model in models), strict=True):
        assert torch.equal(ours, theirs)


@pytest.mark.parametrize("init", INITS)
def test_a_tied_matrix_is_drawn_as_one(init):
    model = made(init, weight_tying=True, bias=False)
    assert model.head.lm_head.weight is model.embedding.token_embedding.weight
    # nanochat draws it as the head, but not as zeros: a model whose tokens are all alike would never learn.
    std = {"gpt2": 0.02, "torch": 1.0, "deepnorm": C**-0.5, "nanochat": C**-0.5, "nanochat_2026": 0.8}[init]
    assert_normal(model.head.lm_head.weight, std)
