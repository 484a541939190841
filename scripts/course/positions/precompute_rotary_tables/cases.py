"""What positions.precompute_rotary_tables is asked."""

import torch

from scripts.workshop.check.cases import case

TABLES = "positions.precompute_rotary_tables"


def table_case(about: str, head_dim: int, length: int, theta: float, stretch=None) -> None:
    @case(about)
    def tables(package):
        further = [] if stretch is None else [torch.tensor(stretch, dtype=torch.get_default_dtype())]
        cos, sin = package.positions.precompute_rotary_tables(head_dim, length, theta, *further)
        return {"the cosines": cos, "the sines": sin}


table_case("three pairs and nine positions", head_dim=6, length=9, theta=100.0)


table_case("the paper's base, 10000", head_dim=8, length=5, theta=10000.0)


table_case("one pair", head_dim=2, length=4, theta=500.0)


table_case("a single position", head_dim=6, length=1, theta=100.0)


table_case("every pair stretched by another number", head_dim=6, length=5, theta=100.0, stretch=[1.0, 0.75, 0.25])
