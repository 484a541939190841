"""Cases for positions.py, and for the other rotations."""

from operator import attrgetter

import torch

from scripts.workshop.check.cases import case_of, draw, outcome, rotary_tables


def together(*rows) -> torch.Tensor:
    """Positions of several sequences, one row for each: (B, T)."""
    return torch.tensor([list(row) for row in rows])


def own_tables(length: int, *starts: int, head_dim: int = 6) -> list[torch.Tensor]:
    """Tables for sequences that start at different positions: (B, T, 1, pairs)."""
    tables = (rotary_tables(length, head_dim, start) for start in starts)
    return [torch.stack(each) for each in zip(*tables, strict=True)]


def rotation_cases(piece: str) -> None:
    def rotate(package, x, *tables):
        return outcome(attrgetter(piece)(package), x, *tables)

    case_of(piece, "positions 3 to 7")(lambda package: rotate(package, draw(2, 5, 3, 6), *rotary_tables(5, start=3)))
    case_of(piece, "as many heads as positions and pairs")(
        lambda package: rotate(package, draw(3, 3, 3, 6), *rotary_tables(3, start=3))
    )
    case_of(piece, "sequences that start at different positions")(
        lambda package: rotate(package, draw(2, 5, 3, 6), *own_tables(5, 3, 0))
    )
    case_of(piece, "as many sequences, which start at different positions, as tokens, heads and pairs")(
        lambda package: rotate(package, draw(3, 3, 3, 6), *own_tables(3, 2, 7, 0))
    )
    case_of(piece, "sequences at different positions, a single token of each")(
        lambda package: rotate(package, draw(2, 1, 3, 6), *own_tables(1, 3, 5))
    )
    case_of(piece, "position 0 only, where nothing is rotated")(
        lambda package: rotate(package, draw(2, 1, 3, 6), *rotary_tables(1))
    )

    @case_of(piece, "a bfloat16 input and float32 tables", dtype=torch.bfloat16)
    def bfloat16(package):
        return {"the result": attrgetter(piece)(package)(draw(2, 5, 3, 6), *rotary_tables(5, start=3))}
