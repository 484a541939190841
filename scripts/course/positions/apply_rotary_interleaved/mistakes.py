"""What people write for positions.apply_rotary_interleaved, and why it matters."""

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
from scripts.workshop.diagnose.common import GRADIENT_CUT, IN_PLACE, OTHER_DTYPE

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
        },
    ),
    "two halves paired": Kind(
        "You pair the first half of the numbers with the second, as the half-split kind does. Here neighbours "
        "make the pairs, and weights trained with one pairing give nonsense with the other.",
        {
            "two halves paired": ("turned[..., 0::2], turned[..., 1::2]", "turned.chunk(2, dim=-1)"),
            "two halves paired and put back in their places": (
                "x1, x2 = turned[..., 0::2], turned[..., 1::2]",
                (
                    "x1, x2 = turned.chunk(2, dim=-1)\n"
                    "    return torch.cat((x1 * cos - x2 * sin, x2 * cos + x1 * sin, rest), dim=-1).to(x.dtype)"
                ),
            ),
        },
    ),
    "put back in another order": Kind(
        PUT_BACK,
        {
            "put back as two halves": (
                "torch.stack((x1 * cos - x2 * sin, x2 * cos + x1 * sin), dim=-1).flatten(-2)",
                "torch.cat((x1 * cos - x2 * sin, x2 * cos + x1 * sin), dim=-1)",
            ),
            "stacked along another axis": ("x1 * sin), dim=-1).flatten(-2)", "x1 * sin), dim=-2).flatten(-2)"),
            "put back the wrong way round": (
                "(x1 * cos - x2 * sin, x2 * cos + x1 * sin)",
                "(x2 * cos + x1 * sin, x1 * cos - x2 * sin)",
            ),
        },
    ),
    "odd places first": Kind(
        "You take the number at the odd place for the first of each pair. The pair then turns backwards and "
        "its numbers change places, so that even position 0 changes the head, and public weights do not fit.",
        {"odd places first": ("turned[..., 0::2], turned[..., 1::2]", "turned[..., 1::2], turned[..., 0::2]")},
    ),
    "turned backwards": Kind(
        BACKWARDS,
        {
            "turned backwards": (
                "(x1 * cos - x2 * sin, x2 * cos + x1 * sin)",
                "(x1 * cos + x2 * sin, x2 * cos - x1 * sin)",
            )
        },
    ),
    "one sign wrong": Kind(
        ONE_SIGN,
        {
            "sign of the first": ("x1 * cos - x2 * sin", "x1 * cos + x2 * sin"),
            "sign of the second": ("x2 * cos + x1 * sin", "x2 * cos - x1 * sin"),
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
    "one of each pair left alone": Kind(ONE_ALONE, {"second left alone": ("x2 * cos + x1 * sin", "x2")}),
    "positions without effect": Kind(
        TURNED_ALIKE,
        {
            "every position turned alike": (
                "cos[..., None, :], sin[..., None, :]",
                "cos[..., :1, None, :], sin[..., :1, None, :]",
            )
        },
    ),
    "rest lost": Kind(REST_LOST, {"rest dropped": ("torch.cat((turned, rest), dim=-1)", "turned")}),
    "rest in front": Kind(REST_IN_FRONT, {"rest in front": ("(turned, rest)", "(rest, turned)")}),
    "rest turned, not the beginning": Kind(
        END_TURNED,
        {
            "rest turned, not the beginning": (
                "turned, rest = x.split((2 * cos.size(-1), x.size(-1) - 2 * cos.size(-1)), dim=-1)",
                "rest, turned = x.split((x.size(-1) - 2 * cos.size(-1), 2 * cos.size(-1)), dim=-1)",
            ),
            "rest turned, and put back in its place": (
                "turned, rest = x.split((2 * cos.size(-1), x.size(-1) - 2 * cos.size(-1)), dim=-1)",
                (
                    "rest, turned = x.split((x.size(-1) - 2 * cos.size(-1), 2 * cos.size(-1)), dim=-1)\n"
                    "    x1, x2 = turned[..., 0::2], turned[..., 1::2]\n"
                    "    turned = torch.stack((x1 * cos - x2 * sin, x2 * cos + x1 * sin), dim=-1).flatten(-2)\n"
                    "    return torch.cat((rest, turned), dim=-1).to(x.dtype)"
                ),
            ),
        },
    ),
    "always the whole head": Kind(
        WHOLE_HEAD,
        {
            "always the whole head": (
                "x.split((2 * cos.size(-1), x.size(-1) - 2 * cos.size(-1)), dim=-1)",
                "x.split((x.size(-1), 0), dim=-1)",
            )
        },
    ),
    "half as many numbers turned": Kind(
        "You take as many numbers as there are pairs, although every pair has two. Half of what should turn is "
        "left alone, and the tables have twice as many columns as you have pairs, so that the shapes clash.",
        {
            "only half as many numbers turned": (
                "(2 * cos.size(-1), x.size(-1) - 2 * cos.size(-1))",
                "(cos.size(-1), x.size(-1) - cos.size(-1))",
            )
        },
    ),
    "another dtype": Kind(OTHER_DTYPE, {"result left in float32": (".to(x.dtype)", "")}),
    "changed in place": Kind(
        IN_PLACE,
        {
            "turned in place": (
                "turned = torch.stack((x1 * cos - x2 * sin, x2 * cos + x1 * sin), dim=-1).flatten(-2)",
                "turned.copy_(torch.stack((x1 * cos - x2 * sin, x2 * cos + x1 * sin), dim=-1).flatten(-2))",
            )
        },
    ),
    "gradient cut": Kind(GRADIENT_CUT, {"gradient cut": ("x.split(", "x.detach().split(")}),
    "old numbers overwritten": Kind(
        OVERWRITTEN,
        {
            "second of each pair reads the new first": (
                "(x1 * cos - x2 * sin, x2 * cos + x1 * sin)",
                "(x1 := (x1 * cos - x2 * sin).to(x.dtype), x2 * cos + x1 * sin)",
            )
        },
    ),
}
