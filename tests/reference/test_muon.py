import math

import numpy as np
import pytest
import torch

from reference.config import GPTConfig
from reference.gpt import GPT
from reference.optimization.muon import Muon, newton_schulz, setup_muon

SHAPES = [(16, 16), (16, 48), (48, 16)]  # square, wide, tall


def by_singular_values(G: np.ndarray, steps: int = 5) -> np.ndarray:
    """Newton-Schulz never mixes directions: it is the same polynomial of every singular value, over and over."""
    U, values, Vt = np.linalg.svd(G, full_matrices=False)
    values = values / (math.sqrt((values**2).sum()) + 1e-7)
    for _ in range(steps):
        values = 3.4445 * values - 4.7750 * values**3 + 2.0315 * values**5
    return U @ np.diag(values) @ Vt


def gradients(shape: tuple[int, int], dtype: torch.dtype, count: int = 6) -> torch.Tensor:
    return torch.randn(count, *shape, dtype=dtype)


# newton_schulz


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("steps", [0, 3, 5])
def test_newton_schulz_maps_every_singular_value_by_itself(shape, steps):
    G = torch.randn(shape, dtype=torch.float64)
    np.testing.assert_allclose(newton_schulz(G, steps), by_singular_values(G.numpy(), steps), rtol=0, atol=1e-10)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("size", [1e-3, 1e3])
def test_newton_schulz_brings_singular_values_near_1(shape, size):
    # From one to a tenth, not at random: a direction that is as good as absent takes more than five steps.
    U, _, Vt = torch.linalg.svd(torch.randn(shape), full_matrices=False)
    G = size * U @ torch.diag(torch.linspace(1.0, 0.1, 16)) @ Vt
    values = torch.linalg.svdvals(newton_schulz(G))
    assert 0.5 < values.min() <= values.max() < 1.5


def test_newton_schulz_of_a_tall_matrix_is_that_of_the_wide_one_turned():
    G = torch.randn(16, 48)
    torch.testing.assert_close(newton_schulz(G.mT), newton_schulz(G).mT, rtol=0, atol=1e-6)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float32, torch.float64])
def test_newton_schulz_keeps_the_dtype_and_leaves_its_argument_alone(dtype):
    G = torch.randn(4, 6).to(dtype)
    before = G.clone()
    assert newton_schulz(G).dtype == dtype
    assert torch.equal(G, before)


def test_newton_schulz_of_zeros_is_zeros():
    assert not newton_schulz(torch.zeros(4, 6)).any()


# Muon


@pytest.mark.parametrize("shape", SHAPES)
def test_muon_follows_its_formula(shape):
    start, lr, mu = torch.randn(shape, dtype=torch.float64), 0.3, 0.9
    W = torch.nn.Parameter(start.clone())
    optimizer = Muon([W], lr=lr, momentum=mu, dtype=torch.float64)
    expected, mean = start.numpy().copy(), np.zeros(shape)
    for gradient in gradients(shape, torch.float64):
        W.grad = gradient.clone()
        optimizer.step()
        mean = mu * mean + (1 - mu) * gradient.numpy()
        ahead = mu * mean + (1 - mu) * gradient.numpy()
        expected = expected - lr * math.sqrt(max(1.0, shape[0] / shape[1])) * by_singular_values(ahead)
        np.testing.assert_allclose(W.detach(), expected, rtol=0, atol=1e-9)


@pytest.mark.skipif(not hasattr(torch.optim, "Muon"), reason="torch has had Muon since 2.9")
@pytest.mark.parametrize("shape", SHAPES)
def test_muon_equals_torchs(shape):
    start = torch.randn(shape)
    ours, torchs = (torch.nn.Parameter(start.clone()) for _ in range(2))
    optimizers = (
        Muon([ours], lr=1.0, momentum=0.95, dtype=torch.bfloat16),
        torch.optim.Muon([torchs], lr=1.0, momentum=0.95, weight_decay=0.0, adjust_lr_fn="original"),
    )
    for gradient in gradients(shape, torch.float32):
        moves = []
        for weight, optimizer in zip((ours, torchs), optimizers, strict=True):
            before = weight.detach().clone()
            weight.grad = gradient.clone()
            optimizer.step()
            moves.append(weight.detach() - before)
        # Both iterate in bfloat16, where torch rounds less often, since it fuses products and sums: that alone makes 3
        # to 5 percent. Without Nesterov's step ahead it is 35 and more, with a momentum of 0.9 it grows to 15.
        assert (moves[0] - moves[1]).norm() < 0.08 * moves[1].norm()


def test_muon_leaves_a_weight_without_a_gradient_alone():
    weights = [torch.nn.Parameter(torch.randn(4, 4)) for _ in range(2)]
    before = [weight.detach().clone() for weight in weights]
    optimizer = Muon(weights)
    weights[0].grad = torch.randn(4, 4)
    optimizer.step()
    assert not torch.equal(weights[0], before[0])
    assert torch.equal(weights[1], before[1])


def test_a_saved_state_goes_on_where_it_was():
    start, rows = torch.randn(4, 6), gradients((4, 6), torch.float32)
    weights = [torch.nn.Parameter(start.clone()) for _ in range(2)]
    optimizers = [Muon([weight], dtype=torch.float32) for weight in weights]
    for step, gradient in enumerate(rows):
        if step == 3:
            state = optimizers[1].state_dict()
            optimizers[1] = Muon([weights[1]], dtype=torch.float32)
            optimizers[1].load_state_dict(state)
        for weight, optimizer in zip(weights, optimizers, strict=True):
            weight.grad = gradient.clone()
            optimizer.step()
    assert torch.equal(*weights)


def test_what_is_no_matrix_is_refused():
    with pytest.raises(ValueError, match=r"matrices.*\(5,\)"):
        Muon([torch.nn.Parameter(torch.zeros(5))])


@pytest.mark.skipif(not hasattr(torch.optim, "Muon"), reason="torch has had Muon since 2.9")
def test_torchs_muon_goes_on_from_our_state():
    start, rows = torch.randn(4, 6), gradients((4, 6), torch.float32)
    weights = [torch.nn.Parameter(start.clone()) for _ in range(2)]
    ours, torchs = Muon([weights[0]]), torch.optim.Muon([weights[1]], momentum=0.95)
    for gradient in rows:
        for weight, optimizer in zip(weights, (ours, torchs), strict=True):
            weight.grad = gradient.clone()
            optimizer.step()
    mine, theirs = ours.state[weights[0]], torchs.state[weights[1]]
    assert mine.keys() == theirs.keys() == {"momentum_buffer"}
    torch.testing.assert_close(mine["momentum_buffer"], theirs["momentum_buffer"])


# setup_muon


def test_every_parameter_stands_in_one_group_and_the_matrices_of_the_blocks_with_muon():
    model = GPT(GPTConfig(vocab_size=11, max_seq_len=8, n_layer=2, n_head=4, n_embd=32, normalization="layernorm"))
    adamw, muon = setup_muon(model, learning_rate=0.01, matrix_lr=0.3, weight_decay=0.2, beta1=0.7, beta2=0.8)
    assert (type(adamw), type(muon)) == (torch.optim.AdamW, Muon)
    grouped = [id(weight) for o in (adamw, muon) for group in o.param_groups for weight in group["params"]]
    assert sorted(grouped) == sorted(id(weight) for weight in model.parameters())
    names = {id(weight): name for name, weight in model.named_parameters()}
    (matrices,) = muon.param_groups
    assert all("proj" in names[id(weight)] for weight in matrices["params"])
    assert len(matrices["params"]) == 2 * 6
    assert (matrices["lr"], matrices["momentum"], matrices["dtype"]) == (0.3, 0.95, torch.float32)
    for group, decay in zip(adamw.param_groups, (0.2, 0.0), strict=True):
        assert (group["lr"], group["betas"], group["weight_decay"]) == (0.01, (0.7, 0.8), decay)
    assert [names[id(weight)] for weight in adamw.param_groups[0]["params"]] == ["head.lm_head.weight"]


def test_a_group_that_would_be_empty_is_left_out():
    adamw, _ = setup_muon(GPT(GPTConfig(vocab_size=11, n_layer=1, n_head=4, n_embd=32, weight_tying=True)))
    (group,) = adamw.param_groups
    assert group["weight_decay"] == 0.0
