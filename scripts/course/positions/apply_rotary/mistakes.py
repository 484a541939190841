"""What people write for positions.apply_rotary, and why it matters."""

from scripts.course.positions.explanations import (
    ANOTHER_AXIS,
    BACKWARDS,
    END_TURNED,
    ONE_ALONE,
    ONE_SIGN,
    OVERWRITTEN,
    PUT_BACK,
    REST_IN_FRONT,
    REST_LOST,
    SHARED_ONLY,
    SWAPPED,
    TURNED_ALIKE,
    WHOLE_HEAD,
)
from scripts.workshop.diagnose import Kind
from scripts.workshop.diagnose.common import GRADIENT_CUT, OTHER_DTYPE

MISTAKES = {
    "tables of one sequence only": Kind(
        SHARED_ONLY,
        {
            "tables of a single sequence only": (
                "cos[..., None, :], sin[..., None, :]",
                "cos[:, None, :], sin[:, None, :]",
            ),
            "the first sequence's positions for all": (
                "cos, sin = cos[..., None, :], sin[..., None, :]",
                (
                    "cos, sin = (table[:1] if table.ndim == 3 else table for table in (cos, sin))\n"
                    "    cos, sin = cos[..., None, :], sin[..., None, :]"
                ),
            ),
        },
    ),
    "another axis taken for positions": Kind(
        ANOTHER_AXIS,
        {
            "tables by heads, and heads by positions": (
                "cos[..., None, :], sin[..., None, :]",
                "cos.unsqueeze(-3), sin.unsqueeze(-3)",
            ),
            "heads taken for positions": ("cos, sin = cos[..., None, :], sin[..., None, :]", "pass"),
            "rows of the batch taken for positions": (
                "cos[..., None, :], sin[..., None, :]",
                "cos[:, None, None, :], sin[:, None, None, :]",
            ),
        },
    ),
    "turned backwards": Kind(
        BACKWARDS,
        {
            "turned backwards, as nanochat does": (
                "(x1 * cos - x2 * sin, x2 * cos + x1 * sin, rest)",
                "(x1 * cos + x2 * sin, x2 * cos - x1 * sin, rest)",
            )
        },
    ),
    "one sign wrong": Kind(
        ONE_SIGN,
        {
            "sign of the first half": ("x1 * cos - x2 * sin", "x1 * cos + x2 * sin"),
            "sign of the second half": ("x2 * cos + x1 * sin", "x2 * cos - x1 * sin"),
        },
    ),
    "cosines and sines swapped": Kind(
        SWAPPED,
        {
            "cosines and sines swapped": (
                "cos, sin = cos[..., None, :], sin[..., None, :]",
                "sin, cos = cos[..., None, :], sin[..., None, :]",
            )
        },
    ),
    "neighbours paired": Kind(
        "You pair every number with its neighbour, as the interleaved kind does. Both kinds learn equally "
        "well, but weights trained with one pairing give nonsense with the other.",
        {
            "neighbours paired": (
                "x1, x2, rest = x.split((pairs, pairs, x.size(-1) - 2 * pairs), dim=-1)",
                "x1, x2, rest = x[..., : 2 * pairs : 2], x[..., 1 : 2 * pairs : 2], x[..., 2 * pairs :]",
            ),
            "neighbours paired and put back in their places": (
                "return torch.cat((x1 * cos - x2 * sin, x2 * cos + x1 * sin, rest), dim=-1)",
                (
                    "x1, x2 = x[..., : 2 * pairs : 2], x[..., 1 : 2 * pairs : 2]\n"
                    "    turned = torch.stack((x1 * cos - x2 * sin, x2 * cos + x1 * sin), dim=-1).flatten(-2)\n"
                    "    return torch.cat((turned, rest), dim=-1)"
                ),
            ),
        },
    ),
    "put back in another order": Kind(
        PUT_BACK,
        {
            "halves put back interleaved": (
                "torch.cat((x1 * cos - x2 * sin, x2 * cos + x1 * sin, rest), dim=-1)",
                (
                    "torch.cat((torch.stack((x1 * cos - x2 * sin, x2 * cos + x1 * sin), dim=-1).flatten(-2), "
                    "rest), dim=-1)"
                ),
            ),
            "halves put back in the wrong order": (
                "(x1 * cos - x2 * sin, x2 * cos + x1 * sin, rest)",
                "(x2 * cos + x1 * sin, x1 * cos - x2 * sin, rest)",
            ),
        },
    ),
    "one of each pair left alone": Kind(ONE_ALONE, {"second half left alone": ("x2 * cos + x1 * sin", "x2")}),
    "old numbers overwritten": Kind(
        OVERWRITTEN,
        {
            "second half turned by the new first half": (
                "dim=-1)\n    # Turn each pair.",
                "dim=-1)\n    x1 = x1 * cos - x2 * sin\n    # Turn each pair.",
            ),
            "second half reads the new first half": (
                "(x1 * cos - x2 * sin, x2 * cos + x1 * sin, rest)",
                "(x1 := (x1 * cos - x2 * sin).to(x.dtype), x2 * cos + x1 * sin, rest)",
            ),
        },
    ),
    "positions without effect": Kind(
        TURNED_ALIKE,
        {
            "nothing turned": ("torch.cat((x1 * cos - x2 * sin, x2 * cos + x1 * sin, rest), dim=-1)", "x"),
            "every position turned alike": (
                "cos[..., None, :], sin[..., None, :]",
                "cos[..., :1, None, :], sin[..., :1, None, :]",
            ),
        },
    ),
    "scaled, not turned": Kind(
        "You multiply by the cosines only, so that the two numbers of a pair shrink and never mix. Without the "
        "sines it is no turn, and scores swing with the positions themselves instead of their distance.",
        {"scaled, not turned": ("x1 * cos - x2 * sin, x2 * cos + x1 * sin", "x1 * cos, x2 * cos")},
    ),
    "every pair turned alike": Kind(
        "You turn all pairs by the angle of the first. Slow pairs beside fast ones are what tells far from "
        "near; the fast angle alone comes round again every few tokens.",
        {
            "every pair turned alike": (
                "# Turn each pair. Float32 tables",
                ("cos, sin = cos[..., :1], sin[..., :1]\n    # Turn each pair. Float32 tables"),
            )
        },
    ),
    "positions counted backwards": Kind(
        "You read the tables from the last position to the first. A token's angle then depends on how many "
        "tokens came along with it, and keys in a cache do not fit the next query.",
        {
            "positions counted backwards": (
                "cos[..., None, :], sin[..., None, :]",
                "cos.flip(-2)[..., None, :], sin.flip(-2)[..., None, :]",
            )
        },
    ),
    "pairs counted backwards": Kind(
        "You give the fast pairs the angles of the slow ones, and the other way round. A new model could learn "
        "with that, but in public weights every pair has learned to work at its own speed.",
        {
            "pairs counted backwards": (
                "cos[..., None, :], sin[..., None, :]",
                "cos.flip(-1)[..., None, :], sin.flip(-1)[..., None, :]",
            )
        },
    ),
    "split along the heads": Kind(
        "You split along the axis of the heads instead of the numbers within a head. Every head has to turn "
        "pairs of its own numbers; yours do not fit the sizes, or come from different heads.",
        {"split along the heads": ("2 * pairs), dim=-1)", "2 * pairs), dim=-2)")},
    ),
    "always the whole head": Kind(
        WHOLE_HEAD, {"always the whole head": ("pairs = cos.size(-1)", "pairs = x.size(-1) // 2")}
    ),
    "rest lost": Kind(
        REST_LOST,
        {
            "rest dropped": ("x1 * sin, rest), dim", "x1 * sin), dim"),
            "rest of zeros": ("x1 * sin, rest)", "x1 * sin, torch.zeros_like(rest))"),
        },
    ),
    "rest in front": Kind(
        REST_IN_FRONT,
        {
            "rest in front": (
                "(x1 * cos - x2 * sin, x2 * cos + x1 * sin, rest)",
                "(rest, x1 * cos - x2 * sin, x2 * cos + x1 * sin)",
            )
        },
    ),
    "rest turned, not the beginning": Kind(
        END_TURNED,
        {
            "rest turned, not the beginning": (
                "x1, x2, rest = x.split((pairs, pairs, x.size(-1) - 2 * pairs), dim=-1)",
                "rest, x1, x2 = x.split((x.size(-1) - 2 * pairs, pairs, pairs), dim=-1)",
            ),
            "rest turned, and put back in its place": (
                "x1, x2, rest = x.split((pairs, pairs, x.size(-1) - 2 * pairs), dim=-1)",
                (
                    "rest, x1, x2 = x.split((x.size(-1) - 2 * pairs, pairs, pairs), dim=-1)\n"
                    "    return torch.cat((rest, x1 * cos - x2 * sin, x2 * cos + x1 * sin), dim=-1).to(x.dtype)"
                ),
            ),
        },
    ),
    "paired across the whole head": Kind(
        "You take each number's partner from the second half of the whole head. Where only part of a head is "
        "turned, both partners lie in that part; you turn numbers that should tell of content alone.",
        {
            "paired with the second half of the whole head": (
                "x1, x2, rest = x.split((pairs, pairs, x.size(-1) - 2 * pairs), dim=-1)",
                (
                    "half = x.size(-1) // 2\n"
                    "    x1, x2 = x[..., :pairs], x[..., half : half + pairs]\n"
                    "    rest = torch.cat((x[..., pairs:half], x[..., half + pairs :]), dim=-1)"
                ),
            ),
            "paired with the second half of the whole head, and put back in their places": (
                "x1, x2, rest = x.split((pairs, pairs, x.size(-1) - 2 * pairs), dim=-1)",
                (
                    "half = x.size(-1) // 2\n"
                    "    x1, x2 = x[..., :pairs], x[..., half : half + pairs]\n"
                    "    between, behind = x[..., pairs:half], x[..., half + pairs :]\n"
                    "    return torch.cat((x1 * cos - x2 * sin, between, x2 * cos + x1 * sin, behind), dim=-1).to(x.dtype)"
                ),
            ),
        },
    ),
    "another dtype": Kind(OTHER_DTYPE, {"result left in float32": (".to(x.dtype)", "")}),
    "turned in place": Kind(
        "You write the new numbers of the first half into the input itself. The second half is then made of "
        "new numbers instead of old ones, and whoever called finds the queries or keys changed.",
        {
            "first half turned in place": (
                "dim=-1)\n    # Turn each pair.",
                "dim=-1)\n    x1.copy_(x1 * cos - x2 * sin)\n    # Turn each pair.",
            )
        },
    ),
    "tables changed in place": Kind(
        "Your result is right, but the sines that were handed in come out with another sign. Every layer reads "
        "the same tables, and the next one would turn the other way.",
        {
            "tables changed in place": (
                "cos, sin = cos[..., None, :], sin[..., None, :]",
                "cos, sin = cos[..., None, :], sin.neg_()[..., None, :].neg()",
            )
        },
    ),
    "gradient cut": Kind(GRADIENT_CUT, {"gradient cut": ("x.split(", "x.detach().split(")}),
}
