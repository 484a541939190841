"""The feed-forwards against their formulas in float64: activations by hand, experts token by token."""

import math

import numpy as np
import pytest
import torch

from reference.config import GPTConfig
from reference.feed_forward import MLP, build_feed_forward
from reference.feed_forwards import FEED_FORWARDS
from reference.feed_forwards.activations import ACTIVATIONS
from reference.feed_forwards.deepseek_moe import DeepSeekMoE, update_biases
from reference.feed_forwards.deepseek_moe_kin import DeepSeekV2MoE, ErnieMoE, QwenMoE
from reference.feed_forwards.dense import DenseMLP
from reference.feed_forwards.gated import GatedMLP
from reference.feed_forwards.moe import MoE, auxiliary_loss, inactive_params, load_balance_loss
from reference.gpt import GPT

C = 12
THOSE_THAT_ARE = [name for name in FEED_FORWARDS if name != "none"]


def config(**changes) -> GPTConfig:
    return GPTConfig(n_head=2, n_embd=C, **changes)


@pytest.fixture
def x() -> torch.Tensor:
    return torch.randn(2, 5, C, dtype=torch.float64)


BY_HAND = {
    "gelu": lambda x: x * (1 + math.erf(x / math.sqrt(2))) / 2,
    "gelu_tanh": lambda x: x / 2 * (1 + math.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))),
    "silu": lambda x: x / (1 + math.exp(-x)),
    "relu": lambda x: max(x, 0.0),
    "leaky_relu": lambda x: x if x > 0 else 0.01 * x,
    "relu2": lambda x: max(x, 0.0) ** 2,
    "xielu": lambda x: x / 2 + (0.8 * x**2 if x > 0 else 0.8 * (math.exp(x) - 1 - x)),  # as it is at first
}


FUNCTIONS = [name for name, kind in ACTIVATIONS.items() if not isinstance(kind, type)]  # without weights


def made(name: str):
    """The activation, or one of its kind where it has weights."""
    kind = ACTIVATIONS[name]
    return kind().double() if isinstance(kind, type) else kind


def by_hand(name: str, values: np.ndarray) -> np.ndarray:
    return np.vectorize(BY_HAND[name])(values)


def test_every_activation_has_its_formula_here():
    assert BY_HAND.keys() == ACTIVATIONS.keys()


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activation_follows_its_formula(name):
    values = torch.linspace(-6, 6, 101, dtype=torch.float64)
    # Weights are made in float32.
    atol = 1e-12 if name in FUNCTIONS else 1e-5
    np.testing.assert_allclose(made(name)(values).detach(), by_hand(name, values.numpy()), rtol=0, atol=atol)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_the_gradient_of_an_activation_is_its_slope(name):
    values = torch.tensor([-3.0, -1.0, -0.2, 0.3, 1.0, 4.0], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(made(name), values)


def linear(layer: torch.nn.Linear, x: np.ndarray) -> np.ndarray:
    bias = 0 if layer.bias is None else layer.bias.detach().numpy()
    return x @ layer.weight.detach().numpy().T + bias


@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("activation", FUNCTIONS)
def test_the_mlp_follows_its_formula(randomised, x, activation, bias):
    module = randomised(DenseMLP(config(activation=activation, bias=bias))).double()
    hidden = by_hand(activation, linear(module.up_proj, x.numpy()))
    np.testing.assert_allclose(module(x).detach(), linear(module.down_proj, hidden), rtol=0, atol=1e-12)


@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("activation", FUNCTIONS)
def test_the_gated_mlp_follows_its_formula(randomised, x, activation, bias):
    module = randomised(GatedMLP(config(activation=activation, bias=bias))).double()
    hidden = by_hand(activation, linear(module.gate_proj, x.numpy())) * linear(module.up_proj, x.numpy())
    np.testing.assert_allclose(module(x).detach(), linear(module.down_proj, hidden), rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    ("kind", "changes", "hidden"),
    [
        (MLP, {}, 48),
        (DenseMLP, {}, 48),
        (DenseMLP, {"ffn_hidden": 20}, 20),
        (GatedMLP, {}, 32),  # 8/3 * 12 = 32
        (GatedMLP, {"ffn_multiple_of": 5}, 35),
        (GatedMLP, {"ffn_multiple_of": 64}, 64),
        (GatedMLP, {"ffn_hidden": 20, "ffn_multiple_of": 64}, 20),
    ],
)
def test_the_hidden_width(kind, changes, hidden):
    assert kind(config(**changes)).down_proj.in_features == hidden


def test_chapter_ones_mlp_is_the_dense_one_on_nanochats_configuration(randomised, x):
    ours, dense = randomised(MLP(config())).double(), DenseMLP(config()).double()
    dense.load_state_dict(ours.state_dict())
    results = []
    for module in (ours, dense):
        y = module(x.requires_grad_())
        gradients = torch.autograd.grad(y.square().sum(), [x, *module.parameters()])
        results.append([y, *gradients])
    for one, other in zip(*results, strict=True):
        assert (one - other).abs().max().item() == 0.0


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({}, MLP),
        ({"ffn_hidden": 4 * C}, DenseMLP),
        ({"ffn_hidden": 40}, DenseMLP),
        ({"activation": "gelu"}, DenseMLP),
        ({"bias": True}, DenseMLP),
        ({"dropout": 0.1}, DenseMLP),
        ({"ffn_type": "gated"}, GatedMLP),
        ({"ffn_type": "moe"}, MoE),
    ],
)
def test_the_configuration_chooses_the_class_when_the_model_is_built(changes, kind):
    assert type(build_feed_forward(config(**changes))) is kind


def test_gated_at_8_3_weighs_what_an_ordinary_one_weighs_at_4():
    weights = [
        sum(weight.numel() for weight in build_feed_forward(GPTConfig(n_embd=96, ffn_type=name)).parameters())
        for name in ("standard", "gated")
    ]
    assert weights[0] == weights[1]


@pytest.mark.parametrize("name", THOSE_THAT_ARE)
def test_every_token_is_computed_by_itself(randomised, x, name):
    module = randomised(build_feed_forward(config(ffn_type=name))).double().eval()
    alone = torch.stack([module(x[:, t : t + 1]) for t in range(5)], dim=1).squeeze(2)
    torch.testing.assert_close(module(x), alone, rtol=0, atol=1e-12)


# Experts


@pytest.fixture
def mixture(randomised):
    def build(**changes) -> MoE:
        fields = {"n_expert": 5, "num_experts_per_tok": 2, "activation": "silu", "router_aux_loss_coef": 0.5}
        return randomised(MoE(config(**fields | changes))).double()

    return build


@pytest.mark.parametrize("active", [1, 2, 5])
def test_the_mixture_follows_its_formula_token_by_token(mixture, x, active):
    module = mixture(num_experts_per_tok=active)
    expected = np.zeros((10, C))
    for number, token in enumerate(x.view(10, C)):
        scores = linear(module.router, token.numpy())
        probability = np.exp(scores) / np.exp(scores).sum()
        best = np.argsort(-probability)[:active]
        for e in best:
            share = probability[e] / probability[best].sum()
            expected[number] += share * module.experts[e](token).detach().numpy()
    np.testing.assert_allclose(module(x).detach().view(10, C), expected, rtol=0, atol=1e-12)


def test_one_expert_of_one_is_that_expert(mixture, x):
    module = mixture(n_expert=1, num_experts_per_tok=1)
    torch.testing.assert_close(module(x), module.experts[0](x), rtol=0, atol=1e-12)


def test_experts_that_nobody_visits_get_no_gradient(mixture, x):
    module = mixture()
    with torch.no_grad():
        module.router.weight.zero_()
        module.router.weight[:2] = torch.eye(2, C)
        module.router.weight[2:, 0] = -100.0
    positive = x.abs() + 0.1
    module(positive).sum().backward()
    seen = [
        expert.down_proj.weight.grad is not None and expert.down_proj.weight.grad.any() for expert in module.experts
    ]
    assert seen == [True, True, False, False, False]


def test_the_balance_loss_is_that_of_the_formula_and_smallest_where_all_are_equally_busy(mixture, x):
    probability = torch.rand(8, 4, dtype=torch.float64).softmax(-1)
    chosen = probability.topk(2).indices
    expected = 4 * sum((chosen == e).sum().item() / 8 * probability[:, e].mean().item() for e in range(4))
    assert load_balance_loss(probability, chosen).item() == pytest.approx(expected, abs=1e-12)
    even = torch.full((4, 4), 0.25, dtype=torch.float64)
    assert load_balance_loss(even, torch.tensor([[0, 1], [2, 3], [0, 1], [2, 3]])).item() == pytest.approx(2.0)


def test_the_balance_loss_pushes_a_favourite_down(mixture, x):
    module = mixture(num_experts_per_tok=1).train()
    with torch.no_grad():
        module.router.weight.zero_()
        module.router.weight[3] = 0.1
    optimizer = torch.optim.SGD([module.router.weight], lr=1.0)
    busy = []
    positive = x.abs()
    for _ in range(30):
        module(positive)
        busy.append(module.router(positive).softmax(-1)[..., 3].mean().item())
        module.auxiliary_loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    assert busy[-1] < 0.5 * busy[0]


def test_there_is_no_auxiliary_loss_in_evaluation(mixture, x):
    module = mixture()
    module.train()(x)
    assert module.auxiliary_loss > 0
    module.eval()(x)
    assert module.auxiliary_loss == 0.0


def test_the_auxiliary_losses_of_a_model_are_summed_and_no_part_of_its_loss():
    fields = {"ffn_type": "moe", "n_expert": 3, "num_experts_per_tok": 1, "router_aux_loss_coef": 0.5}
    model = GPT(config(**fields))
    tokens = torch.randint(27, (2, 8))
    evaluated = model.eval()(tokens, tokens)
    assert auxiliary_loss(model) == 0.0
    torch.testing.assert_close(model.train()(tokens, tokens), evaluated)
    assert auxiliary_loss(model).item() == pytest.approx(sum(block.mlp.auxiliary_loss.item() for block in model.blocks))
    assert auxiliary_loss(model).item() >= 3 * 0.5  # each layer's is at least k
    assert auxiliary_loss(GPT(config())) == 0.0


def test_inactive_parameters_are_those_of_the_experts_that_a_token_is_not_routed_to(mixture):
    module = mixture(n_expert=5, num_experts_per_tok=2, bias=True)
    expert = sum(layer.weight.numel() for layer in (module.experts[0].gate_proj, module.experts[0].up_proj))
    expert += module.experts[0].down_proj.weight.numel()
    assert module.inactive_params == 3 * expert
    fields = {"ffn_type": "moe", "n_expert": 5, "num_experts_per_tok": 2, "n_layer": 2}
    assert inactive_params(GPT(config(**fields))) == 2 * 3 * expert
    assert inactive_params(GPT(config())) == 0


@pytest.mark.parametrize("name", THOSE_THAT_ARE)
def test_dropout_acts_in_training_only(randomised, x, name):
    module = randomised(build_feed_forward(config(ffn_type=name, dropout=0.5))).double()
    assert torch.equal(module.eval()(x), module(x))
    assert not torch.equal(module.train()(x), module(x))


# DeepSeek's mixture


@pytest.mark.parametrize(
    ("kind", "changes"),
    [(ErnieMoE, {}), (DeepSeekV2MoE, {}), (DeepSeekV2MoE, {"n_group": 4, "topk_group": 2}), (QwenMoE, {})],
    ids=str,
)
@torch.no_grad()
def test_mixtures_with_a_softmax_follow_their_formulas_token_by_token(randomised, x, kind, changes):
    fields = {"n_expert": 8, "num_experts_per_tok": 3, "activation": "silu", "routed_scaling_factor": 2.5, **changes}
    module = randomised(kind(config(**fields))).double()
    bias, expected = torch.zeros(8), np.zeros((10, C))
    if kind is ErnieMoE:
        bias = module.correction_bias.copy_(torch.tensor([0.9, -0.5, 0.3, -1.2, 0.0, 0.6, -0.3, 0.2]))
    for number, token in enumerate(x.view(10, C)):
        p = np.exp(linear(module.router, token.numpy()))
        p /= p.sum()
        groups = sorted(np.split(np.arange(8), module.n_group), key=lambda group: -p[group].max())
        open_to_it = np.concatenate(groups[: module.topk_group])
        best = open_to_it[np.argsort(-(p + bias.numpy())[open_to_it])[:3]]
        total = 1.0 if kind is DeepSeekV2MoE else p[best].sum()
        shared = GatedMLP.forward(module.shared_expert, token)
        if kind is QwenMoE:
            shared = shared / (1 + math.exp(-(module.shared_expert.gate.weight[0] @ token).item()))
        expected[number] = shared + sum(2.5 * p[e] / total * module.experts[e](token) for e in best)
    np.testing.assert_allclose(module.train()(x).view(10, C).detach(), expected, rtol=0, atol=1e-12)
    # One is balanced by its bias, the other by a loss.
    assert hasattr(module, "correction_bias") != bool(getattr(module, "auxiliary_loss", 0.0))


@pytest.fixture
def deepseek(randomised):
    def build(**changes) -> DeepSeekMoE:
        fields = {
            "n_expert": 8,
            "num_experts_per_tok": 3,
            "activation": "silu",
            "expert_hidden": 5,
            "n_shared_expert": 2,
        }
        module = randomised(DeepSeekMoE(config(**fields | changes))).double()
        # A bias so large that it decides who is chosen.
        module.correction_bias.copy_(torch.tensor([0.9, -0.5, 0.3, -1.2, 0.0, 0.6, -0.3, 0.2]))
        return module

    return build


GROUPS = {"n_group": 4, "topk_group": 2, "routed_scaling_factor": 2.5}


@pytest.mark.parametrize("changes", [{}, GROUPS, {**GROUPS, "norm_topk_prob": False}, {"n_shared_expert": 0}], ids=str)
def test_deepseeks_mixture_follows_its_formula_token_by_token(deepseek, x, changes):
    module = deepseek(**changes)
    n_group, topk_group = module.n_group, module.topk_group
    expected = np.zeros((10, C))
    for number, token in enumerate(x.view(10, C)):
        scores = 1 / (1 + np.exp(-linear(module.router, token.numpy())))
        biased = scores + module.correction_bias.numpy()
        groups = np.split(np.arange(8), n_group)
        groups.sort(key=lambda group: -np.sort(biased[group])[-2:].sum())
        open_to_it = np.concatenate(groups[:topk_group])
        best = open_to_it[np.argsort(-biased[open_to_it])[:3]]
        total = scores[best].sum() if module.norm_topk_prob else 1.0
        for e in best:
            share = scores[e] / total * module.routed_scaling_factor
            expected[number] += share * module.experts[e](token).detach().numpy()
        if changes != {"n_shared_expert": 0}:
            assert module.shared_expert.up_proj.out_features == 10
            expected[number] += module.shared_expert(token).detach().numpy()
    np.testing.assert_allclose(module(x).detach().view(10, C), expected, rtol=0, atol=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize("changes", [{}, GROUPS, {**GROUPS, "norm_topk_prob": False}], ids=str)
def test_deepseeks_mixture_is_that_of_transformers(deepseek, changes):
    pytest.importorskip("transformers", reason="the extra `parity` is not installed", exc_type=ImportError)
    from transformers.models.deepseek_v3.modeling_deepseek_v3 import DeepseekV3Config, DeepseekV3MoE

    ours = deepseek(**changes).float()
    theirs = DeepseekV3MoE(
        DeepseekV3Config(
            hidden_size=C,
            moe_intermediate_size=5,
            n_routed_experts=8,
            num_experts_per_tok=3,
            n_shared_experts=2,
            n_group=ours.n_group,
            topk_group=ours.topk_group,
            norm_topk_prob=ours.norm_topk_prob,
            routed_scaling_factor=ours.routed_scaling_factor,
            hidden_act="silu",
        )
    )
    weights = {
        "gate.weight": ours.router.weight,
        "gate.e_score_correction_bias": ours.correction_bias,
        "experts.gate_up_proj": torch.stack([torch.cat((e.gate_proj.weight, e.up_proj.weight)) for e in ours.experts]),
        "experts.down_proj": torch.stack([expert.down_proj.weight for expert in ours.experts]),
        **{f"shared_experts.{name}": weight for name, weight in ours.shared_expert.state_dict().items()},
    }
    theirs.load_state_dict(weights)
    tokens = torch.randn(2, 30, C)
    torch.testing.assert_close(ours(tokens), theirs(tokens), rtol=0, atol=1e-5)
    # Without the bias it would not be.
    ours.correction_bias.zero_()
    assert (ours(tokens) - theirs(tokens)).abs().max() > 1e-3


def test_the_correction_bias_evens_out_the_load_and_weighs_nothing(deepseek):
    model = GPT(config(n_layer=2, ffn_type="gated/deepseek_moe", n_expert=8, bias_update_speed=0.05))
    module = model.blocks[1].mlp
    torch.manual_seed(0)
    torch.nn.init.normal_(module.router.weight, std=0.5)
    assert "blocks.1.mlp.correction_bias" in model.state_dict()
    assert "blocks.1.mlp.correction_bias" not in dict(model.named_parameters())
    x, busiest = torch.randn(8, 16, C) + 0.5, []
    for _ in range(60):
        module.train()(x)
        (load,) = update_biases(model, lambda load: load)
        assert load.sum() == 8 * 16 * 2
        busiest.append((load.max() / load.mean()).item())
    assert busiest[0] > 2.0
    assert max(busiest[-10:]) < 1.5
    # In evaluation nothing is counted, and nothing is left to even out.
    module.eval()(x)
    assert update_biases(model, lambda load: load) == []


def test_a_bfloat16_model_keeps_its_correction_bias_in_float32(deepseek):
    module = deepseek().bfloat16()
    assert module.correction_bias.dtype == torch.float64  # the one of this test, which a float32 model would narrow
    assert module.router.weight.dtype == torch.bfloat16
    module = DeepSeekMoE(config(n_expert=2)).bfloat16()
    module.correction_bias.fill_(1.0)
    module.update_bias(torch.tensor([3.0, 1.0]))
    assert module.correction_bias.tolist() == pytest.approx([0.999, 1.001], abs=1e-6)
    assert module(torch.randn(2, 5, C, dtype=torch.bfloat16)).dtype == torch.bfloat16


def test_deepseeks_inactive_parameters(deepseek):
    assert deepseek(bias=True).inactive_params == 5 * 3 * 5 * C
