"""What positions.precompute_rotary_tables is asked."""

import torch

from scripts.workshop.check.cases import case


def table_case(about: str, head_dim: int, length: int, theta: float, dtype: torch.dtype = torch.float32) -> None:
    @case(about, dtype)
    def tables(package):
        cos, sin = package.positions.precompute_rotary_tables(head_dim, length, theta)
        return {"the cosines": cos, "the sines": sin}


table_case("three pairs and nine positions", head_dim=6, length=9, theta=50.0)


table_case("the paper's base, 10000", head_dim=8, length=5, theta=10000.0)


table_case("one pair", head_dim=2, length=4, theta=500.0)


table_case("a single position", head_dim=6, length=1, theta=50.0)


# The first pair's angle is the position itself, a whole number: nothing but the cosine and the sine is rounded here,
# so that what was rotated step by step is 3e-4 off, a hundred times what is tolerated.
table_case("one pair and 8,193 positions", head_dim=2, length=8193, theta=10000.0)


table_case("four pairs and 8,193 positions", head_dim=8, length=8193, theta=10000.0)


table_case("bfloat16 as torch's default dtype", head_dim=6, length=9, theta=50.0, dtype=torch.bfloat16)
