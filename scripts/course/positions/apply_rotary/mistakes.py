"""What people write for positions.apply_rotary, and why it matters."""

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

ROTATED = "(x1 * cos - x2 * sin, x1 * sin + x2 * cos)"
FIRST = "    # Pair the first half of each head with the second half.\n"

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
            "one more axis for the heads": (FIRST, "    cos, sin = cos[..., None, :], sin[..., None, :]\n"),
            "tables by heads, and heads by positions": (FIRST, "    cos, sin = cos.mT, sin.mT\n"),
            "heads taken for positions": (FIRST, "    cos, sin = cos.squeeze(-2), sin.squeeze(-2)\n"),
            "rows of the batch taken for positions": (
                FIRST,
                "    cos, sin = (table[:, None] if table.ndim == 3 else table for table in (cos, sin))\n",
            ),
        },
    ),
    "rotated backwards": Kind(
        BACKWARDS, {"rotated backwards, as nanochat does": (ROTATED, "(x1 * cos + x2 * sin, x2 * cos - x1 * sin)")}
    ),
    "one sign wrong": Kind(
        ONE_SIGN,
        {
            "sign of the first half": ("x1 * cos - x2 * sin", "x1 * cos + x2 * sin"),
            "sign of the second half": ("x1 * sin + x2 * cos", "x2 * cos - x1 * sin"),
        },
    ),
    "cosines and sines swapped": Kind(
        SWAPPED, {"cosines and sines swapped": (ROTATED, "(x1 * sin - x2 * cos, x1 * cos + x2 * sin)")}
    ),
    "neighbours paired": Kind(
        "You pair every dimension with its neighbour, as the interleaved layout does. Both learn equally well, but "
        "weights trained with one pairing give nonsense with the other.",
        {
            "neighbours paired": ("x.chunk(2, dim=-1)", "x[..., 0::2], x[..., 1::2]"),
            "neighbours paired and put back in their places": (
                f"return torch.cat({ROTATED}, dim=-1)",
                f"x1, x2 = x[..., 0::2], x[..., 1::2]\n    return torch.stack({ROTATED}, dim=-1).flatten(-2)",
            ),
        },
    ),
    "put back in another order": Kind(
        PUT_BACK,
        {
            "halves put back interleaved": (
                f"torch.cat({ROTATED}, dim=-1)",
                f"torch.stack({ROTATED}, dim=-1).flatten(-2)",
            ),
            "halves put back in the wrong order": (ROTATED, "(x1 * sin + x2 * cos, x1 * cos - x2 * sin)"),
        },
    ),
    "one of each pair left alone": Kind(ONE_ALONE, {"second half left alone": ("x1 * sin + x2 * cos", "x2")}),
    "old values overwritten": Kind(
        OVERWRITTEN,
        {
            "second half rotated by the new first half": (
                "    # Rotate each pair.",
                "    x1 = x1 * cos - x2 * sin\n    # Rotate each pair.",
            ),
            "second half reads the new first half": (
                ROTATED,
                "(x1 := (x1 * cos - x2 * sin).to(x.dtype), x1 * sin + x2 * cos)",
            ),
        },
    ),
    "positions without effect": Kind(
        ROTATED_ALIKE,
        {
            "nothing rotated": (f"torch.cat({ROTATED}, dim=-1)", "x"),
            "every position rotated alike": (FIRST, "    cos, sin = cos[..., :1, :, :], sin[..., :1, :, :]\n"),
        },
    ),
    "scaled, not rotated": Kind(
        "You multiply by the cosines only, so that the two dimensions of a pair shrink and never mix. Without the "
        "sines it is no rotation, and scores swing with the positions themselves instead of their distance.",
        {"scaled, not rotated": (ROTATED, "(x1 * cos, x2 * cos)")},
    ),
    "every pair rotated alike": Kind(
        "You rotate all pairs by the angle of the first. Slow pairs beside fast ones are what tells far from near; the "
        "fast angle alone comes round again every few tokens.",
        {"every pair rotated alike": (FIRST, "    cos, sin = cos[..., :1], sin[..., :1]\n")},
    ),
    "positions counted backwards": Kind(
        "You read the tables from the last position to the first. A token's angle then depends on how many tokens came "
        "along with it, and keys in a cache do not fit the next query.",
        {"positions counted backwards": (FIRST, "    cos, sin = cos.flip(-3), sin.flip(-3)\n")},
    ),
    "pairs counted backwards": Kind(
        "You give the fast pairs the angles of the slow ones, and the other way round. A new model could learn with "
        "that, but in public weights every pair has learned to work at its own frequency.",
        {"pairs counted backwards": (FIRST, "    cos, sin = cos.flip(-1), sin.flip(-1)\n")},
    ),
    "split along the heads": Kind(
        "You split along the axis of the heads instead of D. Every head rotates pairs of its own dimensions; yours do "
        "not fit the sizes, or come from different heads.",
        {"split along the heads": ("x.chunk(2, dim=-1)", "x.chunk(2, dim=-2)")},
    ),
    "rotated in place": Kind(
        "You write the results of the first half into the input itself. The second half is then made of new values "
        "instead of old ones, and the caller's queries or keys are changed.",
        {
            "first half rotated in place": (
                "    # Rotate each pair.",
                "    x1.copy_(x1 * cos - x2 * sin)\n    # Rotate each pair.",
            )
        },
    ),
    "tables changed in place": Kind(
        "Your result is right, but the sines that were passed in come out with another sign. Every layer reads the same "
        "tables, and the next one would rotate the other way.",
        {"tables changed in place": (FIRST, "    sin = sin.neg_().neg()\n")},
    ),
}

WITHOUT = {"gradient cut at cos": "The tables are constants.", "gradient cut at sin": "The tables are constants."}
