import itertools
import math

import numpy as np
import pytest
import torch
from torch import nn

from reference.config import GPTConfig
from reference.gpt import GPT
from reference.optimizers import setup_optimizers
from reference.positions import (
    POSITION_ENCODINGS,
    ROPE_SCALINGS,
    ALiBi,
    LearnedPositions,
    LocalRotaryPositions,
    PositionEncoding,
    Positions,
    RotaryPositions,
    SinusoidalPositions,
    alibi_slopes,
    apply_rotary,
    apply_rotary_interleaved,
    precompute_rotary_tables,
    sinusoidal_table,
    visible_keys,
    visible_pairs,
)

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


def test_partial_rotary_turns_the_first_numbers_and_leaves_the_rest():
    x = torch.randn(2, 7, 3, 10, dtype=torch.float64)
    tables = exact_tables(4, 7)
    turned = apply_rotary(x, *tables)
    torch.testing.assert_close(turned[..., :4], apply_rotary(x[..., :4], *tables), rtol=0, atol=0)
    assert torch.equal(turned[..., 4:], x[..., 4:])


def test_interleaved_is_half_split_with_the_numbers_of_a_head_in_another_order():
    x = torch.randn(2, 7, 3, 10, dtype=torch.float64)
    tables = exact_tables(8, 7)
    # Even places first, then odd ones, then the rest: there the neighbours stand half a head apart.
    order = [0, 2, 4, 6, 1, 3, 5, 7, 8, 9]
    interleaved = apply_rotary_interleaved(x, *tables)
    torch.testing.assert_close(interleaved[..., order], apply_rotary(x[..., order], *tables), rtol=0, atol=1e-12)


def test_interleaved_multiplies_complex_numbers():
    x = torch.randn(2, 7, 3, 8, dtype=torch.float64)
    pairs = torch.view_as_complex(x.unflatten(-1, (4, 2)))
    expected = torch.view_as_real(pairs * torch.complex(*exact_tables(8, 7))[:, None]).flatten(-2)
    torch.testing.assert_close(apply_rotary_interleaved(x, *exact_tables(8, 7)), expected, rtol=0, atol=1e-12)


# Rotary scaling. That it is what transformers computes is tested in test_parity.py.


def scaled_angles(config: GPTConfig) -> torch.Tensor:
    """The angle of every pair at position 1, from the tables of a model with this configuration."""
    rotary = RotaryPositions(config)
    return torch.atan2(rotary.sin[1], rotary.cos[1]).double()


def plain_angles(dim: int, theta: float) -> torch.Tensor:
    return torch.tensor([theta ** (-2 * i / dim) for i in range(dim // 2)], dtype=torch.float64)


SCALED = {"n_embd": 64, "n_head": 1, "max_seq_len": 256, "rope_factor": 4.0, "rope_original_seq_len": 64}


def test_linear_scaling_divides_positions():
    angles = scaled_angles(GPTConfig(**SCALED, rope_scaling="linear"))
    torch.testing.assert_close(angles, plain_angles(64, 10000.0) / 4, rtol=1e-5, atol=0)


def test_ntk_scaling_is_a_larger_base():
    angles = scaled_angles(GPTConfig(**SCALED, rope_scaling="ntk"))
    growth = 4 * 256 / 64 - 3
    torch.testing.assert_close(angles, plain_angles(64, 10000.0 * growth ** (64 / 62)), rtol=1e-5, atol=0)
    # The fastest pair is left alone, the slowest slowed down by all the growth.
    assert angles[0].item() == pytest.approx(1.0, rel=1e-6)
    assert angles[-1].item() == pytest.approx(10000.0 ** (-62 / 64) / growth, rel=1e-5)


def test_yarn_keeps_fast_pairs_and_interpolates_slow_ones():
    fields = SCALED | {"max_seq_len": 4096, "rope_original_seq_len": 1024}
    stretch, magnitude = ROPE_SCALINGS["yarn"](GPTConfig(**fields, rope_scaling="yarn"), 64)
    turns = 1024 * plain_angles(64, 10000.0) / (2 * math.pi)
    assert (stretch[turns > 40] == 1).all()
    assert (stretch[turns < 0.9] == 0.25).all()
    between = stretch[(turns < 25) & (turns > 1.5)]
    assert ((between < 1) & (between > 0.25)).all()
    assert (stretch.diff() <= 0).all()
    assert magnitude == pytest.approx(0.1 * math.log(4) + 1)


@pytest.mark.parametrize("name", ROPE_SCALINGS)
def test_a_factor_of_one_changes_nothing(name):
    config = GPTConfig(**SCALED | {"rope_factor": 1.0, "max_seq_len": 64}, rope_scaling=name)
    torch.testing.assert_close(scaled_angles(config), plain_angles(64, 10000.0), rtol=1e-5, atol=0)


def test_local_layers_have_their_own_base_and_no_scaling():
    config = GPTConfig(**SCALED, rope_scaling="linear", rope_local_theta=50.0)
    local = LocalRotaryPositions(config)
    torch.testing.assert_close(
        torch.atan2(local.sin[1], local.cos[1]).double(), plain_angles(64, 50.0), rtol=1e-5, atol=0
    )


# Positions that are added


@pytest.mark.parametrize(("length", "dim"), [(9, 6), (1, 2), (32, 64)])
def test_the_sinusoidal_table_is_that_of_the_paper(length, dim, float64_by_default):
    table = sinusoidal_table(length, dim)
    for t in range(length):
        for i in range(dim // 2):
            angle = t / 10000 ** (2 * i / dim)
            assert table[t, 2 * i].item() == pytest.approx(math.sin(angle), abs=1e-12)
            assert table[t, 2 * i + 1].item() == pytest.approx(math.cos(angle), abs=1e-12)


def test_the_dot_product_of_sinusoidal_vectors_depends_on_their_distance_only(float64_by_default):
    products = sinusoidal_table(20, 16) @ sinusoidal_table(20, 16).T
    for distance in range(20):
        same_distance = products.diagonal(distance)
        torch.testing.assert_close(same_distance, same_distance[:1].expand_as(same_distance), rtol=0, atol=1e-9)


@pytest.mark.parametrize("kind", [LearnedPositions, SinusoidalPositions])
def test_added_positions_are_the_rows_of_their_table(kind):
    encoding = kind(GPTConfig(n_embd=8, n_head=2))
    table = encoding.embedding.weight if kind is LearnedPositions else encoding.table
    x, position = torch.randn(2, 3, 8), torch.tensor([4, 0, 9])
    expected = torch.stack([x[:, i] + table[p] for i, p in enumerate(position)], dim=1)
    torch.testing.assert_close(encoding.embed(x, position), expected, rtol=0, atol=1e-6)


# ALiBi


def test_the_slopes_of_eight_heads_are_those_of_the_paper():
    assert alibi_slopes(8).tolist() == [2.0**-k for k in range(1, 9)]


@pytest.mark.parametrize("n_head", range(1, 33))
def test_slopes_of_any_number_of_heads(n_head):
    def of_a_power_of_two(n: int) -> list[float]:
        ratio = 2 ** (-(2 ** -(math.log2(n) - 3)))
        return [ratio ** (i + 1) for i in range(n)]

    power = 2 ** (n_head.bit_length() - 1)
    expected = of_a_power_of_two(power) + of_a_power_of_two(2 * power)[0::2][: n_head - power]
    assert alibi_slopes(n_head).tolist() == pytest.approx(expected, rel=1e-6)
    assert len(set(alibi_slopes(n_head).tolist())) == n_head


def test_alibi_falls_with_the_distance_and_leaves_the_token_itself_alone():
    positions = torch.arange(5)
    bias = ALiBi(GPTConfig(n_head=4, n_embd=8)).bias(positions, positions)
    for h, t, s in itertools.product(range(4), range(5), range(5)):
        assert bias[h, t, s].item() == pytest.approx(-(2.0 ** (-2 * (h + 1))) * (t - s))


# Which layer gets which


def test_layers_take_turns():
    positions = Positions(GPTConfig(n_layer=5, position_encoding="rope,alibi,none"))
    contexts = positions(torch.arange(4))
    assert [context.cos is not None for context in contexts] == [True, False, False, True, False]
    assert [context.bias is not None for context in contexts] == [False, True, False, False, True]
    assert contexts[0].cos is contexts[3].cos


def test_windows_take_turns_beside_them():
    positions = Positions(GPTConfig(n_layer=5, position_encoding="rope,none", attention_window="8,8,none"))
    contexts = positions(torch.arange(4))
    assert [context.window for context in contexts] == [8, 8, None, 8, 8]
    assert [context.cos is not None for context in contexts] == [True, False, True, False, True]
    assert [context.layer for context in contexts] == [0, 1, 2, 3, 4]


# Who sees whom


@pytest.mark.parametrize("window", [None, 1, 2, 5, 9])
def test_a_query_sees_itself_and_what_is_near_before_it(window):
    query, key = torch.tensor([[3, 4, 5], [0, 1, 2]]), torch.tensor([[0, 1, 2, 3, 4, 5, 9], [2, 0, 1, 7, 8, 3, 4]])
    visible = visible_keys(query, key, window)
    for b, t, s in itertools.product(range(2), range(3), range(7)):
        here, there = int(query[b, t]), int(key[b, s])
        assert visible[b, t, s] == (there in range(here + 1) and (window is None or there > here - window))


@pytest.mark.parametrize("length", [1, 2, 7, 12])
@pytest.mark.parametrize("window", [None, 1, 3, 7, 40])
def test_visible_pairs_are_those_that_visible_keys_leaves(length, window):
    position = torch.arange(length)
    assert visible_pairs(length, window) == visible_keys(position, position, window).sum()


class Recency(PositionEncoding):
    """Written by somebody else, in a file of their own: a learned bias against what lies far behind."""

    def __init__(self, config: GPTConfig):
        super().__init__(config)
        self.slope = nn.Parameter(torch.ones(config.n_head))

    def bias(self, query_position: torch.Tensor, key_position: torch.Tensor) -> torch.Tensor:
        distance = query_position[..., None, :, None] - key_position[..., None, None, :]
        return -self.slope[:, None, None] * distance.clamp(min=0).sqrt()


def test_a_position_encoding_from_outside_trains(monkeypatch):
    monkeypatch.setitem(POSITION_ENCODINGS, "recency", Recency)
    model = GPT(GPTConfig(n_layer=2, n_embd=32, position_encoding="recency"))
    model.init_weights()
    text = torch.randint(27, (4, 17), generator=torch.Generator().manual_seed(0))
    slopes = model.positions.encodings["recency"].slope
    before, losses = slopes.detach().clone(), []
    optimizers = setup_optimizers(model)
    for _ in range(12):
        loss = model(text[:, :-1], text[:, 1:])
        loss.backward()
        for optimizer in optimizers:
            optimizer.step()
        model.zero_grad()
        losses.append(loss.item())
    assert losses[-1] < 0.5 * losses[0]
    # It was asked, and it has learned something.
    assert (slopes - before).abs().min() > 1e-3
