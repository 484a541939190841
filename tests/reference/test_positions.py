import math

import numpy as np
import pytest
import torch

from reference.positions import apply_rotary, precompute_rotary_tables

SIZES = [(8, 32, 10000.0), (2, 5, 10000.0), (16, 40, 500.0)]  # head_dim, length, theta


@pytest.fixture
def float64_by_default():
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def angles(head_dim: int, length: int, theta: float) -> list[list[float]]:
    return [[t / math.pow(theta, 2 * i / head_dim) for i in range(head_dim // 2)] for t in range(length)]


def exact_tables(head_dim: int, length: int, theta: float = 100.0) -> tuple[torch.Tensor, torch.Tensor]:
    angle = torch.tensor(angles(head_dim, length, theta), dtype=torch.float64)
    return angle.cos(), angle.sin()


@pytest.mark.parametrize("size", SIZES)
def test_tables_hold_the_cosine_and_sine_of_every_angle(size, float64_by_default):
    cos, sin = precompute_rotary_tables(*size)
    for table, function in ((cos, math.cos), (sin, math.sin)):
        expected = torch.tensor([[function(angle) for angle in row] for row in angles(*size)])
        torch.testing.assert_close(table, expected, rtol=0, atol=1e-12)


def test_float32_tables_are_precise_up_to_the_last_of_2048_positions():
    cos, sin = precompute_rotary_tables(128, 2048, 10000.0)
    assert cos.dtype == sin.dtype == torch.float32
    exact_cos, exact_sin = exact_tables(128, 2048, 10000.0)
    # The frequency and the angle are each rounded, to 24 bits of an angle of up to 2048.
    atol = 2 * 2048 * 2**-24
    torch.testing.assert_close(cos.double(), exact_cos, rtol=0, atol=atol)
    torch.testing.assert_close(sin.double(), exact_sin, rtol=0, atol=atol)


def test_apply_rotary_multiplies_complex_numbers():
    x = torch.randn(2, 7, 3, 8, dtype=torch.float64)
    turned = apply_rotary(x, *exact_tables(8, 7))
    pairs = x[..., :4].numpy() + 1j * x[..., 4:].numpy()
    expected = pairs * np.exp(1j * np.array(angles(8, 7, 100.0)))[None, :, None, :]
    np.testing.assert_allclose(turned[..., :4].numpy(), expected.real, rtol=0, atol=1e-12)
    np.testing.assert_allclose(turned[..., 4:].numpy(), expected.imag, rtol=0, atol=1e-12)


def test_the_product_of_query_and_key_depends_on_their_distance_only():
    T, D = 12, 8
    query, key = torch.randn(2, D, dtype=torch.float64)
    tables = exact_tables(D, T)
    # The same query and the same key at every position.
    queries, keys = (apply_rotary(vector.expand(1, T, 1, D), *tables)[0, :, 0] for vector in (query, key))
    products = queries @ keys.T
    for distance in range(1 - T, T):
        same_distance = products.diagonal(distance)
        torch.testing.assert_close(same_distance, same_distance[:1].expand_as(same_distance), rtol=0, atol=1e-12)
    # And it does depend on the distance: what turns nothing would pass the above.
    assert products[0].std() > 0.1


def test_lengths_are_kept():
    x = torch.randn(2, 9, 3, 8, dtype=torch.float64)
    torch.testing.assert_close(apply_rotary(x, *exact_tables(8, 9)).norm(dim=-1), x.norm(dim=-1), rtol=1e-12, atol=0)


def test_position_0_is_not_turned_and_every_other_one_is():
    x = torch.randn(2, 9, 3, 8)
    turned = apply_rotary(x, *precompute_rotary_tables(8, 9, 100.0))
    assert torch.equal(turned[:, 0], x[:, 0])
    assert ((turned - x).norm(dim=-1)[:, 1:] > 0.01).all()


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float32, torch.float64])
def test_float32_tables_leave_the_dtype_alone(dtype):
    x = torch.randn(1, 4, 2, 6).to(dtype)
    assert apply_rotary(x, *precompute_rotary_tables(6, 4, 100.0)).dtype == dtype
