"""Cases for positions.py."""

import torch

from scripts.workshop.check.cases import case_of, draw, fill, outcome, rotary_tables, small


def together(*rows) -> torch.Tensor:
    """Positions of several sequences, one row for each: (B, T)."""
    return torch.tensor([list(row) for row in rows])


def turning_cases(name: str) -> None:
    piece = f"positions.{name}"

    def turn(package, x, *tables):
        return outcome(getattr(package.positions, name), x, *tables)

    case_of(piece, "positions 3 to 7")(lambda package: turn(package, draw(2, 5, 3, 6), *rotary_tables(5, start=3)))
    case_of(piece, "as many heads as positions and pairs")(
        lambda package: turn(package, draw(3, 3, 3, 6), *rotary_tables(3, start=3))
    )

    def own_tables(length: int, *starts: int) -> list[torch.Tensor]:
        """Tables for sequences that start at different positions: (B, T, pairs)."""
        return [torch.stack(tables) for tables in zip(*(rotary_tables(length, start=at) for at in starts), strict=True)]

    case_of(piece, "sequences that start at different positions")(
        lambda package: turn(package, draw(2, 5, 3, 6), *own_tables(5, 3, 0))
    )
    case_of(piece, "as many sequences, which start at different positions, as tokens, heads and pairs")(
        lambda package: turn(package, draw(3, 3, 3, 6), *own_tables(3, 2, 7, 0))
    )
    case_of(piece, "sequences at different positions, a single token of each")(
        lambda package: turn(package, draw(2, 1, 3, 6), *own_tables(1, 3, 5))
    )
    case_of(piece, "position 0 only, where nothing turns")(
        lambda package: turn(package, draw(2, 1, 3, 6), *rotary_tables(1))
    )
    case_of(piece, "fewer pairs than half a head, so that the rest stays as it is")(
        lambda package: turn(package, draw(2, 5, 3, 10), *rotary_tables(5, head_dim=6, start=3))
    )

    @case_of(piece, "a bfloat16 input and float32 tables", dtype=torch.bfloat16)
    def bfloat16(package):
        return {"the result": getattr(package.positions, name)(draw(2, 5, 3, 6), *rotary_tables(5, start=3))}


def scaling_cases(name: str) -> None:
    def case_for(about: str, dim: int = 16, **changes) -> None:
        @case_of(f"positions.{name}", about)
        def scaling(package):
            stretch, magnitude = getattr(package.positions, name)(small(**changes), dim)
            return {"the stretch": stretch, "the magnitude": float(magnitude)}

    case_for("four times the length", max_seq_len=256, rope_factor=4.0, rope_original_seq_len=64)
    case_for("another base", max_seq_len=3000, rope_factor=2.5, rope_original_seq_len=1000, rope_theta=10000.0)
    case_for("an original length that is not given", max_seq_len=200, rope_factor=3.0, rope_theta=10000.0)
    case_for(
        "a length that has not grown as far as the factor allows",
        max_seq_len=100,
        rope_factor=8.0,
        rope_original_seq_len=50,
    )
    case_for("a factor of one", max_seq_len=100, rope_factor=1.0, rope_original_seq_len=100)
    case_for("a factor below one", max_seq_len=100, rope_factor=0.5, rope_original_seq_len=100)
    case_for("two pairs", dim=4, max_seq_len=256, rope_factor=4.0, rope_original_seq_len=64)
    case_for("a text half as long again", max_seq_len=96, rope_factor=1.5, rope_original_seq_len=64)
    case_for("one pair", dim=2, max_seq_len=256, rope_factor=4.0, rope_original_seq_len=64)
    if name == "yarn_scaling":
        case_for("a text so short that both bounds are zero", max_seq_len=20, rope_factor=4.0, rope_original_seq_len=5)
        case_for(
            "a small base, and a bound to be cut",
            max_seq_len=3800,
            rope_factor=4.0,
            rope_original_seq_len=950,
            rope_theta=12.0,
        )
    case_for("many pairs and a long text", dim=64, max_seq_len=8192, rope_factor=16.0, rope_original_seq_len=2048)


def embedding_cases(kind: str) -> None:
    piece = f"positions.{kind}.embed"

    def embed(package, first: int, length: int):
        module, position = fill(getattr(package.positions, kind)(small())), torch.arange(first, first + length)
        return outcome(lambda x: module.embed(x, position), draw(2, length, 24), module=module)

    case_of(piece, "positions 3 to 7")(lambda package: embed(package, 3, 5))
    case_of(piece, "as many tokens as there are positions")(lambda package: embed(package, 0, 12))
    case_of(piece, "a single token")(lambda package: embed(package, 4, 1))

    @case_of(piece, "positions that do not follow each other")
    def scattered(package):
        module, position = fill(getattr(package.positions, kind)(small())), torch.tensor([7, 2, 2, 11])
        return {"the result": module.embed(draw(2, 4, 24), position).detach()}

    def at_their_own(package, position: torch.Tensor):
        module = fill(getattr(package.positions, kind)(small()))
        return outcome(lambda x: module.embed(x, position), draw(*position.shape, 24), module=module)

    case_of(piece, "sequences that stand at different positions")(
        lambda package: at_their_own(package, together([3, 4, 5, 6], [0, 1, 2, 3], [7, 9, 10, 11]))
    )
    case_of(piece, "as many sequences, which stand at different positions, as tokens")(
        lambda package: at_their_own(package, together([3, 4], [0, 1]))
    )
    case_of(piece, "sequences that stand at different positions, a token of each")(
        lambda package: at_their_own(package, together([3], [8]))
    )

    @case_of(piece, "a bfloat16 input", dtype=torch.bfloat16)
    def bfloat16(package):
        module = fill(getattr(package.positions, kind)(small()))
        if kind == "SinusoidalPositions":
            # Buffers may be kept wider than weights.
            module.table = draw(*module.table.shape).to(torch.promote_types(module.table.dtype, torch.float32))
        return {"the result": module.embed(draw(2, 5, 24), torch.arange(5)).detach()}
