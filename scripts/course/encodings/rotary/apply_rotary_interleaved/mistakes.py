"""What people write for encodings.rotary.apply_rotary_interleaved, and why it matters."""

from scripts.course.positions.explanations import (
    ANOTHER_AXIS,
    BACKWARDS,
    ONE_ALONE,
    ONE_SIGN,
    OVERWRITTEN,
    PUT_BACK,
    ROTATED_ALIKE,
    SHARED_ONLY,
    SWAPPED,
)
from scripts.workshop.diagnose import Kind
from scripts.workshop.diagnose.common import GRADIENT_CUT

ROTATED = "(x1 * cos - x2 * sin, x1 * sin + x2 * cos)"
PAIRED = "x[..., 0::2], x[..., 1::2]"
FIRST = "    # Pair every even dimension with the odd one that follows it.\n"

MISTAKES = {
    "tables of one sequence only": Kind(
        SHARED_ONLY,
        {
            "tables of a single sequence only": (
                FIRST,
                "    cos, sin = (table.view(1, x.size(1), 1, -1) for table in (cos, sin))\n",
            ),
            "the first sequence's positions for all": (
                FIRST,
                "    cos, sin = (table[:1] if table.ndim == 4 else table for table in (cos, sin))\n",
            ),
        },
    ),
    "another axis taken for positions": Kind(
        ANOTHER_AXIS,
        {
            "tables by heads, and heads by positions": (FIRST, "    cos, sin = cos.mT, sin.mT\n"),
            "heads taken for positions": (FIRST, "    cos, sin = cos.squeeze(-2), sin.squeeze(-2)\n"),
        },
    ),
    "two halves paired": Kind(
        "You pair the first half of the dimensions with the second, as the half-split layout does. Here neighbours make "
        "the pairs, and weights trained with one pairing give nonsense with the other.",
        {
            "two halves paired": (PAIRED, "x.chunk(2, dim=-1)"),
            "two halves paired, by the angles of neighbours": (
                f"x1, x2 = {PAIRED}",
                "cos, sin = cos.repeat_interleave(2, -1), sin.repeat_interleave(2, -1)\n"
                "    x1, x2 = x.chunk(2, dim=-1)\n"
                "    return (x * cos + torch.cat((-x2, x1), dim=-1) * sin).to(x.dtype)",
            ),
            "two halves paired and put back in their places": (
                f"x1, x2 = {PAIRED}",
                f"x1, x2 = x.chunk(2, dim=-1)\n    return torch.cat({ROTATED}, dim=-1).to(x.dtype)",
            ),
        },
    ),
    "put back in another order": Kind(
        PUT_BACK,
        {
            "put back as two halves": (f"torch.stack({ROTATED}, dim=-1).flatten(-2)", f"torch.cat({ROTATED}, dim=-1)"),
            "stacked along another axis": ("dim=-1).flatten(-2)", "dim=-2).flatten(-2)"),
            "put back the wrong way round": (ROTATED, "(x1 * sin + x2 * cos, x1 * cos - x2 * sin)"),
        },
    ),
    "odd dimensions first": Kind(
        "You take the odd dimension for the first of each pair. The pair then rotates backwards and its dimensions "
        "change places, so that even position 0 changes the head, and public weights do not fit.",
        {"odd dimensions first": (PAIRED, "x[..., 1::2], x[..., 0::2]")},
    ),
    "rotated backwards": Kind(
        BACKWARDS, {"rotated backwards": (ROTATED, "(x1 * cos + x2 * sin, x2 * cos - x1 * sin)")}
    ),
    "one sign wrong": Kind(
        ONE_SIGN,
        {
            "sign of the first": ("x1 * cos - x2 * sin", "x1 * cos + x2 * sin"),
            "sign of the second": ("x1 * sin + x2 * cos", "x2 * cos - x1 * sin"),
        },
    ),
    "cosines and sines swapped": Kind(
        SWAPPED, {"cosines and sines swapped": (ROTATED, "(x1 * sin - x2 * cos, x1 * cos + x2 * sin)")}
    ),
    "one of each pair left alone": Kind(ONE_ALONE, {"second left alone": ("x1 * sin + x2 * cos", "x2")}),
    "positions without effect": Kind(
        ROTATED_ALIKE,
        {"every position rotated alike": (FIRST, "    cos, sin = cos[..., :1, :, :], sin[..., :1, :, :]\n")},
    ),
    "gradient cut": Kind(GRADIENT_CUT, {"gradient cut": (f"x1, x2 = {PAIRED}", f"x1, x2 = x.detach(){PAIRED[1:]}")}),
    "old values overwritten": Kind(
        OVERWRITTEN,
        {
            "second of each pair reads the new first": (
                ROTATED,
                "(x1 := (x1 * cos - x2 * sin).to(x.dtype), x1 * sin + x2 * cos)",
            )
        },
    ),
}

WITHOUT = {"gradient cut at cos": "The tables are constants.", "gradient cut at sin": "The tables are constants."}
