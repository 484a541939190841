"""What encodings.rotary.rotate_part is asked."""

from functools import partial

import torch

from scripts.course.positions.shared import own_tables
from scripts.workshop.check.cases import case, draw, outcome, rotary_tables


def part_case(about: str, x: tuple[int, ...], *starts: int, head_dim: int = 6, interleaved: bool = False) -> None:
    @case(about)
    def part(package):
        rotary = package.encodings.rotary
        rotation = rotary.apply_rotary_interleaved if interleaved else package.positions.apply_rotary
        tables = own_tables(x[1], *starts, head_dim=head_dim) if starts else rotary_tables(x[1], head_dim, start=3)
        return outcome(partial(rotary.rotate_part, rotation), draw(*x), *tables)


part_case("fewer pairs than half a head", (2, 5, 3, 10))


part_case("fewer pairs than half a head, neighbours paired", (2, 5, 3, 10), interleaved=True)


part_case("a single pair", (2, 5, 3, 8), head_dim=2)


part_case("tables for the whole head", (2, 5, 3, 6))


part_case("as many heads as dimensions that are rotated, which are half of the head", (2, 5, 4, 8), head_dim=4)


part_case("sequences that start at different positions", (2, 5, 3, 10), 3, 0)


@case("a bfloat16 input and float32 tables", dtype=torch.bfloat16)
def bfloat16(package):
    rotation = package.positions.apply_rotary
    return {"the result": package.encodings.rotary.rotate_part(rotation, draw(2, 5, 3, 10), *rotary_tables(5, start=3))}
