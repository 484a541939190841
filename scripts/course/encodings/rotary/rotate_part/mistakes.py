"""What people write for encodings.rotary.rotate_part, and why it matters."""

from scripts.course.positions.explanations import ROTATED_ALIKE
from scripts.workshop.diagnose import Kind
from scripts.workshop.diagnose.common import GRADIENT_CUT, IN_PLACE

SPLIT = "rotated, rest = x[..., :dim], x[..., dim:]"
JOINED = "torch.cat((rotation(rotated, cos, sin), rest), dim=-1)"

MISTAKES = {
    "always the whole head": Kind(
        "You rotate the whole head, however few pairs the tables have. The tables are (..., pairs) with pairs below "
        "D/2, and do not fit the halves of a whole head.",
        {"always the whole head": ("dim = 2 * cos.size(-1)", "dim = x.size(-1)")},
    ),
    "always half of the head": Kind(
        "You rotate half of the head, where the tables say how much: two dimensions for each of their pairs. Other "
        "models rotate a quarter or three quarters, and their tables do not fit.",
        {"always half of the head": ("dim = 2 * cos.size(-1)", "dim = x.size(-1) // 2")},
    ),
    "half as many dimensions rotated": Kind(
        "You take as many dimensions as there are pairs, although every pair has two. Half of what is to be rotated is "
        "left alone, and the tables have twice as many columns as you have pairs, so that the shapes clash.",
        {"only half as many dimensions rotated": ("dim = 2 * cos.size(-1)", "dim = cos.size(-1)")},
    ),
    "rest lost": Kind(
        "The part of the head that is not rotated gets lost: it is missing from your result, or zero. It carries "
        "content without a position, and the scores need it.",
        {
            "rest dropped": (JOINED, "rotation(rotated, cos, sin)"),
            "rest of zeros": ("sin), rest)", "sin), torch.zeros_like(rest))"),
        },
    ),
    "rest in front": Kind(
        "The part of the head that is left alone stood at the end, and comes out in front. Its dimensions then meet "
        "others in the product with a key, and cached keys of other code do not fit your queries.",
        {"rest in front": ("(rotation(rotated, cos, sin), rest)", "(rest, rotation(rotated, cos, sin))")},
    ),
    "the end rotated, not the beginning": Kind(
        "You rotate the last dimensions of the head and leave the first alone. Models with partial rotary rotate the "
        "first ones, and their weights put position there and content behind it.",
        {
            "the end rotated, not the beginning": (SPLIT, "rest, rotated = x[..., :-dim], x[..., -dim:]"),
            "the end rotated, and put back in its place": (
                SPLIT,
                (
                    "rest, rotated = x[..., :-dim], x[..., -dim:]\n"
                    "    return torch.cat((rest, rotation(rotated, cos, sin)), dim=-1)"
                ),
            ),
        },
    ),
    "paired across the whole head": Kind(
        "You take half of what you rotate from the second half of the whole head. Both partners of a pair lie in the "
        "part that is rotated; you rotate dimensions that carry content without a position.",
        {
            "paired with the second half of the whole head": (
                SPLIT,
                (
                    "pairs, half = dim // 2, x.size(-1) // 2\n"
                    "    rotated = torch.cat((x[..., :pairs], x[..., half : half + pairs]), dim=-1)\n"
                    "    rest = torch.cat((x[..., pairs:half], x[..., half + pairs :]), dim=-1)"
                ),
            ),
            "paired with the second half of the whole head, and put back in their places": (
                SPLIT,
                (
                    "pairs, half = dim // 2, x.size(-1) // 2\n"
                    "    rotated = torch.cat((x[..., :pairs], x[..., half : half + pairs]), dim=-1)\n"
                    "    first, second = rotation(rotated, cos, sin).chunk(2, dim=-1)\n"
                    "    parts = (first, x[..., pairs:half], second, x[..., half + pairs :])\n"
                    "    return torch.cat(parts, dim=-1)"
                ),
            ),
        },
    ),
    "heads split, not dimensions": Kind(
        "You split H instead of D: some heads are rotated as a whole, and others not at all. Every head rotates its own "
        "first dimensions, and the tables fit those only.",
        {
            "heads split, not dimensions": (
                f"{SPLIT}\n",
                "rotated, rest = x[..., :dim, :], x[..., dim:, :]\n    return torch.cat((rotation(rotated, cos, sin), rest), dim=-2)\n",
            )
        },
    ),
    "another rotation": Kind(
        "You call one rotation by its name instead of the one that is passed in. Some models pair the two halves of "
        "what they rotate, others pair neighbours, and weights trained with one give nonsense with the other.",
        {
            "always half-split": ("((rotation(", "((apply_rotary("),
            "always neighbours": ("((rotation(", "((apply_rotary_interleaved("),
        },
    ),
    "positions without effect": Kind(ROTATED_ALIKE, {"nothing rotated": (JOINED, "x")}),
    "changed in place": Kind(
        IN_PLACE, {"rotated in place": (f"return {JOINED}", "rotated.copy_(rotation(rotated, cos, sin))\n    return x")}
    ),
    "gradient cut": Kind(GRADIENT_CUT, {"nothing learned from the rest": ("sin), rest)", "sin), rest.detach())")}),
}

WITHOUT = {"gradient cut at cos": "The tables are constants.", "gradient cut at sin": "The tables are constants."}
