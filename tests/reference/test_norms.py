import math

import pytest
import torch
from torch.nn import functional as F

from reference.config import GPTConfig
from reference.gpt import GPT
from reference.normalizations import NORMS
from reference.normalizations.layer_norm import layer_norm
from reference.norms import rms_norm

EPS = 1e-6


def by_loops(vectors: torch.Tensor, eps: float) -> torch.Tensor:
    """x / sqrt(mean(x^2) + eps), one Python number at a time."""
    rows = []
    for vector in vectors.double().tolist():
        root = math.sqrt(math.fsum(value**2 for value in vector) / len(vector) + eps)
        rows.append([value / root for value in vector])
    return torch.tensor(rows, dtype=torch.float64)


@pytest.mark.parametrize("size", [1e-4, 1.0, 1e4])
def test_every_vector_is_divided_by_its_root_mean_square(size):
    x = size * torch.randn(5, 7, dtype=torch.float64)
    torch.testing.assert_close(rms_norm(x, EPS), by_loops(x, EPS), rtol=1e-12, atol=0)


def test_the_mean_is_not_subtracted():
    x = torch.full((1, 8), 3.0, dtype=torch.float64)
    torch.testing.assert_close(rms_norm(x, EPS), torch.ones_like(x), rtol=0, atol=1e-7)


def test_eps_stands_inside_the_root():
    # At this size the two places differ by a factor of five; at size one nobody could tell.
    x = torch.full((1, 4), 1e-4, dtype=torch.float64)
    inside, outside = 1e-4 / math.sqrt(1e-8 + EPS), 1e-4 / (1e-4 + EPS)
    assert outside / inside > 5
    torch.testing.assert_close(rms_norm(x, EPS), torch.full_like(x, inside), rtol=1e-12, atol=0)


def test_zeros_stay_zero_and_have_a_finite_gradient():
    x = torch.zeros(2, 4, requires_grad=True)
    y = rms_norm(x, EPS)
    y.sum().backward()
    assert torch.equal(y, torch.zeros(2, 4))
    torch.testing.assert_close(x.grad, torch.full((2, 4), EPS**-0.5))


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize("size", [1.0, 300.0])  # 300 squared is more than a float16 can hold
def test_a_narrow_dtype_costs_only_the_final_rounding(dtype, size):
    x = (size * torch.randn(8, 1024)).to(dtype)
    y = rms_norm(x, EPS)
    assert y.dtype == dtype
    exact = by_loops(x, EPS)
    # Rounding to the nearest is off by half a unit in the last place; the rest is left to float32, and to float16's
    # numbers below its smallest normal one, which are spaced evenly.
    half_a_unit = exact.abs().clamp(min=torch.finfo(dtype).tiny) * torch.finfo(dtype).eps / 2
    assert ((y.double() - exact).abs() <= 1.001 * half_a_unit).all()


@pytest.mark.parametrize("shape", [(6,), (3, 6), (2, 3, 4, 6)])
@pytest.mark.parametrize("eps", [1e-6, 0.1])
def test_equals_torch(shape, eps):
    x = torch.randn(shape)
    torch.testing.assert_close(rms_norm(x, eps), F.rms_norm(x, (6,), eps=eps), rtol=1e-6, atol=1e-6)


def test_the_gradient_is_right():
    x = torch.randn(3, 5, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x: rms_norm(x, 0.1), x)


@pytest.mark.parametrize("eps", [1e-5, 1e-3, 0.5])
def test_layer_norm_is_torchs(eps):
    x = torch.randn(4, 5, 7, dtype=torch.float64) * 3 + 10
    torch.testing.assert_close(layer_norm(x, eps), F.layer_norm(x, (7,), eps=eps))


def with_weights(name: str, dim: int = 7, eps: float = 0.1) -> torch.nn.Module:
    norm = NORMS[name](dim, eps).double()
    with torch.no_grad():
        for weight in norm.parameters():
            weight.normal_()
    return norm


# Every norm of one vector v, from the attributes of the module n, with an eps of 0.1.
FORMULAS = {
    "layernorm": lambda v, n: (v - v.mean()) / math.sqrt(v.var(correction=0) + 0.1) * n.weight + n.bias,
    "layernorm_nobias": lambda v, n: (v - v.mean()) / math.sqrt(v.var(correction=0) + 0.1) * n.weight,
    "layernorm_plus_one": lambda v, n: (v - v.mean()) / math.sqrt(v.var(correction=0) + 0.1) * (1 + n.weight) + n.bias,
    "layernorm_noparam": lambda v, n: (v - v.mean()) / math.sqrt(v.var(correction=0) + 0.1),
    "rmsnorm": lambda v, n: v / math.sqrt(v.dot(v) / 7 + 0.1) * n.weight,
    "rmsnorm_noparam": lambda v, n: v / math.sqrt(v.dot(v) / 7 + 0.1),
    "rmsnorm_plus_one": lambda v, n: v / math.sqrt(v.dot(v) / 7 + 0.1) * (1 + n.weight),
    "dyt": lambda v, n: (v * n.alpha).tanh() * n.weight + n.bias,
    "derf": lambda v, n: (
        torch.tensor([math.erf(each) for each in (v * n.alpha + n.shift).tolist()], dtype=v.dtype) * n.weight + n.bias
    ),
    "l2norm": lambda v, n: v / math.sqrt(v.dot(v) + 0.1),
}


def test_every_norm_has_its_formula_here():
    assert FORMULAS.keys() == NORMS.keys()


@pytest.mark.parametrize("name", FORMULAS)
def test_every_norm_is_its_formula_vector_by_vector(name):
    x, norm = torch.randn(3, 7, dtype=torch.float64), with_weights(name)
    torch.testing.assert_close(norm(x), torch.stack([FORMULAS[name](v, norm) for v in x]))


@pytest.mark.parametrize("name", NORMS)
def test_a_norm_has_the_weights_it_speaks_of(name):
    norm = NORMS[name](7, 1e-6)
    assert {weight for weight, _ in norm.named_parameters()} == {
        weight for weight in ("alpha", "shift", "weight", "bias") if f"{weight} (" in type(norm).__doc__
    }


@pytest.mark.parametrize(
    ("name", "plain"),
    [(name, layer_norm) for name in FORMULAS if name.startswith("layer")]
    + [(name, rms_norm) for name in FORMULAS if name.startswith("rms")]
    + [
        ("dyt", lambda x, eps: (x / 2).tanh()),
        ("derf", lambda x, eps: (x / 2).erf()),
        ("l2norm", lambda x, eps: F.normalize(x, dim=-1)),
    ],
)
def test_before_training_weights_change_nothing(name, plain):
    x = torch.randn(3, 7)
    torch.testing.assert_close(NORMS[name](7, 1e-6)(x), plain(x, 1e-6))


@pytest.mark.parametrize("name", NORMS)
def test_a_model_trains_with_every_norm(name):
    model = GPT(GPTConfig(n_layer=1, n_embd=8, n_head=2, normalization=name))
    tokens = torch.arange(10)[None]
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
    losses = []
    for _ in range(8):
        loss = model(tokens[:, :-1], tokens[:, 1:])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0]
    assert all(weight.grad is not None for weight in model.parameters())
