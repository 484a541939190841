"""Cases for positions.py."""

import torch

from . import case, draw, outcome, rotary_tables


def table_case(about: str, head_dim: int, length: int, theta: float) -> None:
    @case("positions.precompute_rotary_tables", about)
    def tables(package):
        cos, sin = package.positions.precompute_rotary_tables(head_dim, length, theta)
        return {"the cosines": cos, "the sines": sin}


table_case("three pairs and nine positions", head_dim=6, length=9, theta=100.0)
table_case("the paper's base, 10000", head_dim=8, length=5, theta=10000.0)
table_case("one pair", head_dim=2, length=4, theta=500.0)
table_case("a single position", head_dim=6, length=1, theta=100.0)


@case("positions.apply_rotary", "positions 3 to 7")
def ordinary(package):
    return outcome(package.positions.apply_rotary, draw(2, 5, 3, 6), *rotary_tables(5, start=3))


@case("positions.apply_rotary", "as many heads as positions and pairs")
def square(package):
    return outcome(package.positions.apply_rotary, draw(3, 3, 3, 6), *rotary_tables(3, start=3))


@case("positions.apply_rotary", "position 0 only, where nothing turns")
def start(package):
    return outcome(package.positions.apply_rotary, draw(2, 1, 3, 6), *rotary_tables(1))


@case("positions.apply_rotary", "a bfloat16 input and float32 tables", dtype=torch.bfloat16)
def bfloat16(package):
    return {"the result": package.positions.apply_rotary(draw(2, 5, 3, 6), *rotary_tables(5, start=3))}
