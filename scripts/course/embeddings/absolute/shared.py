"""What position encodings are asked that are added to the embeddings."""

import torch

from scripts.course.positions.shared import together
from scripts.workshop.check.cases import case_of, draw, fill, outcome, small


def embedding_cases(kind: str) -> None:
    piece = f"embeddings.absolute.{kind}.forward"

    def embed(package, first: int, length: int):
        module, position = (
            fill(getattr(package.embeddings.absolute, kind)(small())),
            torch.arange(first, first + length),
        )
        return outcome(lambda x: module(x, position), draw(2, length, 24), module=module)

    case_of(piece, "positions 3 to 7")(lambda package: embed(package, 3, 5))
    case_of(piece, "as many tokens as there are positions")(lambda package: embed(package, 0, 12))
    case_of(piece, "a single token")(lambda package: embed(package, 4, 1))

    @case_of(piece, "positions that do not follow each other")
    def scattered(package):
        module, position = fill(getattr(package.embeddings.absolute, kind)(small())), torch.tensor([7, 2, 2, 11])
        return {"the result": module(draw(2, 4, 24), position).detach()}

    def at_their_own(package, position: torch.Tensor):
        module = fill(getattr(package.embeddings.absolute, kind)(small()))
        return outcome(lambda x: module(x, position), draw(*position.shape, 24), module=module)

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
        module = fill(getattr(package.embeddings.absolute, kind)(small()))
        if kind == "SinusoidalPositions":
            # Buffers may be kept wider than weights.
            module.table = draw(*module.table.shape).to(torch.promote_types(module.table.dtype, torch.float32))
        return {"the result": module(draw(2, 5, 24), torch.arange(5)).detach()}
