import numpy as np
import pytest
import torch

from reference.config import GPTConfig
from reference.feed_forward import MLP


@pytest.fixture
def mlp(randomised) -> MLP:
    return randomised(MLP(GPTConfig(n_head=1, n_embd=6))).double()


def test_down_of_the_squared_positive_part_of_up(mlp):
    x = torch.randn(2, 5, 6, dtype=torch.float64)
    up, down = mlp.up_proj.weight.detach().numpy(), mlp.down_proj.weight.detach().numpy()
    hidden = x.numpy() @ up.T
    expected = np.where(hidden > 0, hidden**2, 0.0) @ down.T
    np.testing.assert_allclose(mlp(x).detach(), expected, rtol=0, atol=1e-12)


def test_four_times_as_wide_inside_and_no_bias(mlp):
    shapes = {name: tuple(weight.shape) for name, weight in mlp.named_parameters()}
    assert shapes == {"up_proj.weight": (24, 6), "down_proj.weight": (6, 24)}


def test_every_token_by_itself(mlp):
    x = torch.randn(2, 5, 6, dtype=torch.float64)
    alone = torch.stack([torch.stack([mlp(token[None, None])[0, 0] for token in sequence]) for sequence in x])
    torch.testing.assert_close(mlp(x), alone, rtol=0, atol=1e-12)


def test_twice_the_input_is_four_times_the_output(mlp):
    x = torch.randn(1, 3, 6, dtype=torch.float64)
    torch.testing.assert_close(mlp(2 * x), 4 * mlp(x), rtol=1e-12, atol=0)


def test_the_gradient_is_right(mlp):
    x = torch.randn(1, 2, 6, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(mlp, x)
