import itertools
import math
import subprocess
import sys

import numpy as np
import pytest
import torch
from torch import nn

from reference.config import GPTConfig
from reference.embeddings.absolute import LearnedPositions, SinusoidalPositions, sinusoidal_table
from reference.encodings.alibi import ALiBi, alibi_slopes
from reference.encodings.alibi_scaled import ScaledALiBi
from reference.encodings.base import PositionEncoding
from reference.encodings.rotary import (
    GeneralRotaryPositions,
    apply_rotary_interleaved,
    build_local_rotary,
    rotate_part,
)
from reference.encodings.scaling import ROPE_SCALINGS
from reference.gpt import GPT
from reference.optimization.optimizers import setup_nanochat
from reference.positions import (
    POSITION_ENCODINGS,
    Positions,
    RotaryPositions,
    apply_rotary,
    build_rotary,
    precompute_rotary_tables,
)

SIZES = [(8, 32, 10000.0), (2, 5, 10000.0), (16, 40, 500.0)]  # head_dim, length, theta


def angles(head_dim: int, length: int, theta: float) -> list[list[float]]:
    return [[t / math.pow(theta, 2 * i / head_dim) for i in range(head_dim // 2)] for t in range(length)]


def exact_tables(head_dim: int, length: int, theta: float = 100.0) -> tuple[torch.Tensor, torch.Tensor]:
    angle = torch.tensor(angles(head_dim, length, theta), dtype=torch.float64)
    return angle.cos(), angle.sin()


def rotary_tables(head_dim: int, length: int, theta: float = 100.0) -> tuple[torch.Tensor, torch.Tensor]:
    """The same with an axis that all heads have in common, as a `Context` has them: (T, 1, pairs)."""
    cos, sin = exact_tables(head_dim, length, theta)
    return cos[:, None, :], sin[:, None, :]


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
    rotated = apply_rotary(x, *rotary_tables(8, 7))
    pairs = x[..., :4].numpy() + 1j * x[..., 4:].numpy()
    expected = pairs * np.exp(1j * np.array(angles(8, 7, 100.0)))[None, :, None, :]
    np.testing.assert_allclose(rotated[..., :4].numpy(), expected.real, rtol=0, atol=1e-12)
    np.testing.assert_allclose(rotated[..., 4:].numpy(), expected.imag, rtol=0, atol=1e-12)


def test_the_product_of_query_and_key_depends_on_their_distance_only():
    T, D = 12, 8
    query, key = torch.randn(2, D, dtype=torch.float64)
    tables = rotary_tables(D, T)
    # The same query and the same key at every position.
    queries, keys = (apply_rotary(vector.expand(1, T, 1, D), *tables)[0, :, 0] for vector in (query, key))
    products = queries @ keys.T
    for distance in range(1 - T, T):
        same_distance = products.diagonal(distance)
        torch.testing.assert_close(same_distance, same_distance[:1].expand_as(same_distance), rtol=0, atol=1e-12)
    # And it does depend on the distance: what rotates nothing would pass the above.
    assert products[0].std() > 0.1


def test_lengths_are_kept():
    x = torch.randn(2, 9, 3, 8, dtype=torch.float64)
    torch.testing.assert_close(apply_rotary(x, *rotary_tables(8, 9)).norm(dim=-1), x.norm(dim=-1), rtol=1e-12, atol=0)


def test_position_0_is_not_rotated_and_every_other_one_is():
    x = torch.randn(2, 9, 3, 8)
    rotated = apply_rotary(x, *rotary_tables(8, 9))
    assert torch.equal(rotated[:, 0], x[:, 0])
    assert ((rotated - x).norm(dim=-1)[:, 1:] > 0.01).all()


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float32, torch.float64])
def test_float32_tables_leave_the_dtype_alone(dtype):
    x = torch.randn(1, 4, 2, 6).to(dtype)
    assert apply_rotary(x, *(table.float() for table in rotary_tables(6, 4))).dtype == dtype


@pytest.mark.parametrize("rotation", [apply_rotary, apply_rotary_interleaved])
def test_partial_rotary_rotates_the_first_dimensions_and_leaves_the_rest(rotation):
    x = torch.randn(2, 7, 3, 10, dtype=torch.float64)
    tables = rotary_tables(4, 7)
    rotated = rotate_part(rotation, x, *tables)
    torch.testing.assert_close(rotated[..., :4], rotation(x[..., :4], *tables), rtol=0, atol=0)
    assert torch.equal(rotated[..., 4:], x[..., 4:])


def test_interleaved_is_half_split_with_the_dimensions_of_a_head_in_another_order():
    x = torch.randn(2, 7, 3, 8, dtype=torch.float64)
    tables = rotary_tables(8, 7)
    # Even places first, then odd ones: there the neighbours stand half a head apart.
    order = [0, 2, 4, 6, 1, 3, 5, 7]
    interleaved = apply_rotary_interleaved(x, *tables)
    torch.testing.assert_close(interleaved[..., order], apply_rotary(x[..., order], *tables), rtol=0, atol=1e-12)


def test_interleaved_multiplies_complex_numbers():
    x = torch.randn(2, 7, 3, 8, dtype=torch.float64)
    pairs = torch.view_as_complex(x.unflatten(-1, (4, 2)))
    expected = torch.view_as_real(pairs * torch.complex(*rotary_tables(8, 7))).flatten(-2)
    torch.testing.assert_close(apply_rotary_interleaved(x, *rotary_tables(8, 7)), expected, rtol=0, atol=1e-12)


# Rotary scaling. That it is what transformers computes is tested in test_parity.py.


def scaled_angles(config: GPTConfig) -> torch.Tensor:
    """The angle of every pair at position 1, from the tables of a model with this configuration."""
    rotary = GeneralRotaryPositions(config, config.rope_theta, config.rope_scaling)
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
    scaling, attention_factor = ROPE_SCALINGS["yarn"](GPTConfig(**fields, rope_scaling="yarn"), 64)
    rotations = 1024 * plain_angles(64, 10000.0) / (2 * math.pi)
    assert (scaling[rotations > 40] == 1).all()
    assert (scaling[rotations < 0.9] == 0.25).all()
    between = scaling[(rotations < 25) & (rotations > 1.5)]
    assert ((between < 1) & (between > 0.25)).all()
    assert (scaling.diff() <= 0).all()
    assert attention_factor == pytest.approx(0.1 * math.log(4) + 1)
    # Both tables are multiplied by it: at position 0 every cosine is the factor itself.
    cos = GeneralRotaryPositions(GPTConfig(**fields), 10000.0, "yarn").cos
    torch.testing.assert_close(cos[0], torch.full((32,), attention_factor))


@pytest.mark.parametrize("name", ROPE_SCALINGS)
def test_a_factor_of_one_changes_nothing(name):
    config = GPTConfig(**SCALED | {"rope_factor": 1.0, "max_seq_len": 64}, rope_scaling=name)
    torch.testing.assert_close(scaled_angles(config), plain_angles(64, 10000.0), rtol=1e-5, atol=0)


def test_local_layers_have_their_own_base_and_no_scaling():
    config = GPTConfig(**SCALED, rope_scaling="linear", rope_local_theta=50.0)
    local = build_local_rotary(config)
    torch.testing.assert_close(
        torch.atan2(local.sin[1], local.cos[1]).double(), plain_angles(64, 50.0), rtol=1e-5, atol=0
    )


def test_general_rotary_positions_without_options_are_those_of_chapter_one():
    config = GPTConfig(n_embd=64, n_head=4, max_seq_len=100)
    plain, general = build_rotary(config), GeneralRotaryPositions(config, config.rope_theta, "none")
    assert type(plain) is RotaryPositions
    assert torch.equal(general.cos, plain.cos)
    assert torch.equal(general.sin, plain.sin)
    x, position = torch.randn(2, 5, 4, 16), torch.arange(3, 8)
    assert torch.equal(general(position).rotate(x), plain(position).rotate(x))


def test_interleaved_partial_and_scaled_together():
    config = GPTConfig(**SCALED, rope_scaling="linear", rope_fraction=0.25, rope_interleaved=True)
    x, position = torch.randn(2, 5, 1, 64, dtype=torch.float64), torch.tensor([[0, 1, 2, 3, 4], [7, 8, 9, 20, 99]])
    rotated = build_rotary(config)(position).rotate(x)
    angle = position[..., None, None] * plain_angles(16, 10000.0) / 4
    pairs = torch.view_as_complex(x[..., :16].unflatten(-1, (8, 2))) * torch.polar(torch.ones_like(angle), angle)
    torch.testing.assert_close(rotated[..., :16], torch.view_as_real(pairs).flatten(-2), rtol=0, atol=1e-5)
    assert torch.equal(rotated[..., 16:], x[..., 16:])


# Fault 3: tables that are exact in a model of any dtype

KINDS = {
    "rope": {"position_encoding": "rope"},
    "scaled": {"rope_scaling": "yarn", "rope_factor": 4.0, "rope_original_seq_len": 1024},
    "interleaved": {"rope_interleaved": True},
    "partial": {"rope_fraction": 0.5},
    "rope_local": {"position_encoding": "rope_local", "attention_window": "8"},
    "alibi": {"position_encoding": "alibi"},
    "sinusoidal": {"position_encoding": "sinusoidal"},
}
HALF = [torch.bfloat16, torch.float16]


def tables_of(model: GPT) -> dict[str, torch.Tensor]:
    return {name: buffer for name, buffer in model.named_buffers() if buffer.is_floating_point()}


def model_of(kind: str, **changes) -> GPT:
    fields = {"n_layer": 1, "n_head": 2, "n_embd": 16, "max_seq_len": 4096, "init": "gpt2"} | KINDS[kind] | changes
    return GPT(GPTConfig(**fields))


@pytest.mark.parametrize("dtype", HALF)
@pytest.mark.parametrize("kind", KINDS)
def test_fault_3_a_model_built_in_half_precision_has_exact_tables(kind, dtype):
    exact = tables_of(model_of(kind))
    torch.set_default_dtype(dtype)
    try:
        tables = tables_of(model_of(kind))
    finally:
        torch.set_default_dtype(torch.float32)
    assert tables.keys() == exact.keys() != set()
    for name, table in tables.items():
        assert torch.equal(table, exact[name]), name


@pytest.mark.parametrize("dtype", HALF)
@pytest.mark.parametrize("kind", KINDS)
def test_fault_3_a_model_cast_to_half_precision_keeps_exact_tables(kind, dtype):
    model = model_of(kind)
    exact = {name: table.clone() for name, table in tables_of(model).items()}
    for cast in (model.to(dtype), model.to("cpu"), model.half(), model.float()):
        for name, table in tables_of(cast).items():
            assert torch.equal(table, exact[name]), name
    # The weights were cast, and what a wider dtype can hold is not held back.
    assert next(model.to(dtype).parameters()).dtype == dtype
    assert all(table.dtype == torch.float64 for table in tables_of(model.double()).values())


@pytest.mark.parametrize("kind", KINDS)
def test_fault_3_positions_4000_and_4001_differ_in_a_bfloat16_model(kind):
    model = model_of(kind).to(torch.bfloat16)
    if kind == "alibi":
        bias = model.positions.encodings["alibi"].bias(torch.tensor([4001]), torch.tensor([0, 1]))
        assert (bias[:, 0, 0] != bias[:, 0, 1]).all()
    else:
        rows = [table[4000] - table[4001] for table in tables_of(model).values()]
        assert all(row.abs().max() > 0.1 for row in rows)


@pytest.mark.parametrize("backend", ["manual", "sdpa"])
@pytest.mark.parametrize("kind", KINDS)
def test_fault_3_a_bfloat16_model_computes_in_bfloat16(kind, backend):
    model = model_of(kind, attention_backend=backend)
    model.init_weights()
    tokens = torch.randint(27, (2, 12), generator=torch.Generator().manual_seed(0))
    exact = model(tokens)
    logits = model.to(torch.bfloat16)(tokens)
    torch.testing.assert_close(logits.float(), exact, rtol=0, atol=0.05)
    loss = model(tokens, tokens)
    loss.backward()
    assert all(weight.grad.dtype == torch.bfloat16 for weight in model.parameters())


def test_fault_3_tables_follow_a_model_to_its_device():
    model = model_of("rope").to("meta")
    assert all(table.is_meta for table in tables_of(model).values())
    assert all(not table.is_meta for table in tables_of(model.to_empty(device="cpu")).values())


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
    torch.testing.assert_close(encoding(x, position), expected, rtol=0, atol=1e-6)


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


@pytest.mark.parametrize(("kind", "divisor"), [(ALiBi, 1), (ScaledALiBi, math.sqrt(2))])
def test_alibi_falls_with_the_distance_and_leaves_the_token_itself_alone(kind, divisor):
    positions = torch.arange(5)
    bias = kind(GPTConfig(n_head=4, n_embd=8)).bias(positions, positions)
    for h, t, s in itertools.product(range(4), range(5), range(5)):
        assert bias[h, t, s].item() == pytest.approx(-(2.0 ** (-2 * (h + 1))) * (t - s) / divisor)


# Which layer gets which


def test_layers_take_turns():
    positions = Positions(GPTConfig(n_layer=5, position_encoding="rope,alibi,none"))
    contexts = positions(torch.arange(4))
    assert [context.cos is not None for context in contexts] == [True, False, False, True, False]
    assert [context.bias is not None for context in contexts] == [False, True, False, False, True]
    assert contexts[0].cos is contexts[3].cos


def test_kinds_are_known_without_being_imported():
    script = """
from reference.config import GPTConfig
from reference.gpt import GPT
GPT(GPTConfig(position_encoding="alibi"))
GPT(GPTConfig(rope_interleaved=True, attention_gate=True))
"""
    subprocess.run([sys.executable, "-c", script], check=True)


# One of somebody else's


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
    optimizers = setup_nanochat(model)
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
