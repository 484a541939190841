import math

import numpy as np
import pytest
import torch

from reference.config import GPTConfig
from reference.gpt import GPT
from reference.optimization.adamw import AdamW, decay_groups, setup_adamw

SETTINGS = {"lr": 0.1, "betas": (0.8, 0.95), "eps": 1e-3, "weight_decay": 0.3}
CONFIG = GPTConfig(vocab_size=11, max_seq_len=8, n_layer=2, n_head=4, n_kv_head=2, n_embd=32)


def trained(optimizer_class, starts: list[torch.Tensor], rows: list[list[torch.Tensor | None]], **settings):
    """The weights after a step with each row of gradients, and the optimizer."""
    weights = [torch.nn.Parameter(start.clone()) for start in starts]
    groups = [{"params": weights[:1]}, {"params": weights[1:], "lr": 0.01, "betas": (0.5, 0.6), "weight_decay": 0.0}]
    optimizer = optimizer_class(groups, **SETTINGS | settings)
    for row in rows:
        for weight, gradient in zip(weights, row, strict=True):
            weight.grad = gradient
        optimizer.step()
    return weights, optimizer


def drawn(count: int, dtype: torch.dtype = torch.float64):
    """Three weights, and gradients for them."""
    shapes = [(3, 5), (4,), ()]
    rows = [[torch.randn(shape, dtype=dtype) for shape in shapes] for _ in range(count + 1)]
    return rows[0], rows[1:]


@pytest.mark.parametrize("steps", [1, 2, 7])
def test_it_equals_torchs(steps):
    starts, rows = drawn(steps)
    ours, _ = trained(AdamW, starts, rows)
    torchs, _ = trained(torch.optim.AdamW, starts, rows)
    for weight, other in zip(ours, torchs, strict=True):
        torch.testing.assert_close(weight, other, rtol=0, atol=1e-13)


def test_it_equals_torchs_where_gradients_are_missing():
    starts, rows = drawn(5)
    rows[0][1] = rows[1][1] = rows[2][0] = rows[4][2] = None
    ours, _ = trained(AdamW, starts, rows)
    torchs, _ = trained(torch.optim.AdamW, starts, rows)
    for weight, other in zip(ours, torchs, strict=True):
        torch.testing.assert_close(weight, other, rtol=0, atol=1e-13)


def test_it_is_algorithm_2_number_by_number():
    gradients, (beta1, beta2), lr, eps, decay = [3.0, -0.5, 0.25], (0.8, 0.95), 0.1, 1e-3, 0.3
    w, m, v = 2.0, 0.0, 0.0
    for t, g in enumerate(gradients, start=1):
        m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g * g
        w = w - lr * decay * w - lr * (m / (1 - beta1**t)) / (math.sqrt(v / (1 - beta2**t)) + eps)
    weight = torch.nn.Parameter(torch.tensor(2.0, dtype=torch.float64))
    optimizer = AdamW([weight], **SETTINGS)
    for g in gradients:
        weight.grad = torch.tensor(g, dtype=torch.float64)
        optimizer.step()
    assert weight.item() == pytest.approx(w, rel=1e-14)
    assert {name: float(value) for name, value in optimizer.state[weight].items()} == pytest.approx(
        {"step": 3, "exp_avg": m, "exp_avg_sq": v}, rel=1e-14
    )


def test_the_size_of_the_gradients_does_not_matter():
    starts, rows = drawn(4)
    large = [[1000 * gradient for gradient in row] for row in rows]
    ours, _ = trained(AdamW, starts, rows, eps=0.0)
    others, _ = trained(AdamW, starts, large, eps=0.0)
    for weight, other in zip(ours, others, strict=True):
        torch.testing.assert_close(weight, other, rtol=0, atol=1e-12)


def test_a_saved_state_goes_on_where_it_was():
    starts, rows = drawn(6)
    whole, _ = trained(AdamW, starts, rows)
    half, optimizer = trained(AdamW, starts, rows[:3])
    again, fresh = trained(AdamW, half, [])
    fresh.load_state_dict(optimizer.state_dict())
    for row in rows[3:]:
        for weight, gradient in zip(again, row, strict=True):
            weight.grad = gradient
        fresh.step()
    for weight, other in zip(whole, again, strict=True):
        assert torch.equal(weight, other)


@pytest.mark.parametrize(
    "kinds", [(AdamW, torch.optim.AdamW), (torch.optim.AdamW, AdamW)], ids=["ours first", "torchs"]
)
def test_torchs_adamw_and_ours_load_each_others_state(kinds):
    starts, rows = drawn(6)
    whole, _ = trained(AdamW, starts, rows)
    half, optimizer = trained(kinds[0], starts, rows[:3])
    assert {key for state in optimizer.state.values() for key in state} == {"step", "exp_avg", "exp_avg_sq"}
    again, fresh = trained(kinds[1], half, [])
    fresh.load_state_dict(optimizer.state_dict())
    for row in rows[3:]:
        for weight, gradient in zip(again, row, strict=True):
            weight.grad = gradient
        fresh.step()
    for weight, other in zip(whole, again, strict=True):
        torch.testing.assert_close(weight, other, rtol=0, atol=1e-13)


def test_gradients_are_left_alone():
    starts, rows = drawn(2)
    before = [[gradient.clone() for gradient in row] for row in rows]
    trained(AdamW, starts, rows)
    assert all(torch.equal(*pair) for old, new in zip(before, rows, strict=True) for pair in zip(old, new, strict=True))


# decay_groups


def names_of(model: GPT, groups: list[dict]) -> list[list[str]]:
    names = {id(weight): name for name, weight in model.named_parameters()}
    return [[names[id(weight)] for weight in group["params"]] for group in groups]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"normalization": "layernorm", "bias": True, "position_encoding": "learned_absolute"},
        {"attention_type": "differential", "attention_sinks": True, "ffn_type": "moe", "n_expert": 3},
        {"weight_tying": True, "normalization": "rmsnorm"},
    ],
    ids=["nanochat", "biases and positions", "differential, sinks, experts", "tied"],
)
def test_matrices_decay_and_embeddings_and_vectors_do_not(changes):
    model = GPT(GPTConfig(**vars(CONFIG) | changes))
    groups = decay_groups(model, 0.2)
    assert [group["weight_decay"] for group in groups] == [0.2, 0.0]
    decayed, others = names_of(model, groups)
    shapes = {name: weight.shape for name, weight in model.named_parameters()}
    assert sorted(decayed + others) == sorted(shapes)
    # By name, which the reference does not look at.
    assert all(len(shapes[name]) == 2 and "embedding" not in name for name in decayed)
    assert all(len(shapes[name]) < 2 or "embedding" in name for name in others)


def test_a_tied_head_does_not_decay():
    model = GPT(GPTConfig(**vars(CONFIG) | {"weight_tying": True}))
    decayed, others = decay_groups(model, 0.2)
    assert not any(weight is model.head.lm_head.weight for weight in decayed["params"])
    assert sum(weight is model.head.lm_head.weight for weight in others["params"]) == 1


# setup_adamw


@pytest.mark.parametrize(("readable", "kind"), [(True, AdamW), (False, torch.optim.AdamW)])
def test_one_optimizer_has_everything(readable, kind):
    model = GPT(CONFIG)
    (optimizer,) = setup_adamw(model, 0.02, 0.3, 0.7, 0.8, 1e-7, readable=readable)
    assert type(optimizer) is kind
    assert sum(len(group["params"]) for group in optimizer.param_groups) == len(list(model.parameters()))
    for group, decay in zip(optimizer.param_groups, (0.3, 0.0), strict=True):
        assert {name: group[name] for name in ("lr", "betas", "eps", "weight_decay")} == {
            "lr": 0.02,
            "betas": (0.7, 0.8),
            "eps": 1e-7,
            "weight_decay": decay,
        }


def test_the_readable_one_trains_a_model_to_the_same_losses():
    torch.manual_seed(0)
    tokens = torch.randint(CONFIG.vocab_size, (2, 9))
    curves = []
    for readable in (True, False):
        torch.manual_seed(1)
        model = GPT(CONFIG).double()
        model.init_weights()
        (optimizer,) = setup_adamw(model, 0.01, readable=readable)
        losses = []
        for _ in range(10):
            loss = model(tokens[:, :-1], tokens[:, 1:])
            model.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        curves.append(losses)
    np.testing.assert_allclose(*curves, rtol=1e-5)
    assert curves[0][-1] < 0.5 * curves[0][0]
