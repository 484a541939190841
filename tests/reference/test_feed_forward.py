"""The feed-forwards against their formulas in float64: activations by hand, experts token by token."""

import math

import numpy as np
import pytest
import torch

from reference.config import GPTConfig
from reference.feed_forward import MLP, build_feed_forward
from reference.feed_forwards import FEED_FORWARDS
from reference.feed_forwards.activations import ACTIVATIONS
from reference.feed_forwards.dense import DenseMLP
from reference.feed_forwards.gated import GatedMLP
from reference.feed_forwards.moe import MoE, auxiliary_loss, inactive_params, load_balance_loss
from reference.gpt import GPT

C = 12


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
}


def by_hand(name: str, values: np.ndarray) -> np.ndarray:
    return np.vectorize(BY_HAND[name])(values)


def test_every_activation_has_its_formula_here():
    assert BY_HAND.keys() == ACTIVATIONS.keys()


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activation_follows_its_formula(name):
    values = torch.linspace(-6, 6, 101, dtype=torch.float64)
    np.testing.assert_allclose(ACTIVATIONS[name](values), by_hand(name, values.numpy()), rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_the_gradient_of_an_activation_is_its_slope(name):
    values = torch.tensor([-3.0, -1.0, -0.2, 0.3, 1.0, 4.0], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(ACTIVATIONS[name], values)


def linear(layer: torch.nn.Linear, x: np.ndarray) -> np.ndarray:
    bias = 0 if layer.bias is None else layer.bias.detach().numpy()
    return x @ layer.weight.detach().numpy().T + bias


@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_mlp_follows_its_formula(randomised, x, activation, bias):
    module = randomised(DenseMLP(config(activation=activation, bias=bias))).double()
    hidden = by_hand(activation, linear(module.up_proj, x.numpy()))
    np.testing.assert_allclose(module(x).detach(), linear(module.down_proj, hidden), rtol=0, atol=1e-12)


@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("activation", ACTIVATIONS)
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


@pytest.mark.parametrize("name", FEED_FORWARDS)
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


@pytest.mark.parametrize("name", FEED_FORWARDS)
def test_dropout_acts_in_training_only(randomised, x, name):
    module = randomised(build_feed_forward(config(ffn_type=name, dropout=0.5))).double()
    assert torch.equal(module.eval()(x), module(x))
    assert not torch.equal(module.train()(x), module(x))
