"""What people write for positions.precompute_rotary_tables, and why it matters."""

from scripts.course.positions.explanations import BACKWARDS, SWAPPED
from scripts.workshop.diagnose import Kind
from scripts.workshop.diagnose.common import HARD_CODED

MISTAKES = {
    "base hard-coded": Kind(HARD_CODED, {"base hard-coded": ("theta ** -", "10000.0 ** -")}),
    "base not raised": Kind(
        "You multiply the base by the exponent instead of raising it to that power. The first pair then does not rotate "
        "at all, and the others rotate so far per position that their angles tell nothing about distances.",
        {"base not raised": ("theta ** -(torch", "theta * -(torch")},
    ),
    "exponent positive": Kind(
        "Your frequencies grow from pair to pair instead of falling. The later pairs go round many times from one token "
        "to the next, and none is slow enough to tell far from near.",
        {"exponent positive": ("theta ** -(", "theta ** (")},
    ),
    "exponent half as large": Kind(
        "Your exponent grows half as fast from pair to pair as it should: the last pair is at theta^-1/2, not near "
        "theta^-1. The slow pairs then rotate too fast, come round again in a long text, and far tokens look near.",
        {
            "frequencies over 2 * head_dim": ("2, dtype=wide) / head_dim)", "2, dtype=wide) / (2 * head_dim))"),
            "exponent twice too small": (
                "torch.arange(0, head_dim, 2, dtype=wide) / head_dim",
                "torch.arange(head_dim // 2) / head_dim",
            ),
        },
    ),
    "exponent twice as large": Kind(
        "Your exponent is 2i / (D/2), where 2i / D is needed: the base is squared in effect. The slow pairs then hardly "
        "rotate over a whole text, and too few are left to tell middle distances apart.",
        {
            "exponent 2i / (D/2)": ("2, dtype=wide) / head_dim)", "2, dtype=wide) / (head_dim / 2))"),
            "exponent 4i / D": ("2, dtype=wide) / head_dim)", "2, dtype=wide) * 2 / head_dim)"),
        },
    ),
    "exponent up to one": Kind(
        "You space the exponents so that the last pair is at theta^-1, as tensor2tensor does. RoFormer's last "
        "exponent is -(D - 2) / D: nearly all angles differ from yours, and public weights do not fit.",
        {
            "exponent up to one, as in tensor2tensor": (
                "torch.arange(0, head_dim, 2, dtype=wide) / head_dim",
                "torch.arange(head_dim // 2) / max(head_dim // 2 - 1, 1)",
            ),
            "linspace from zero to one": (
                "torch.arange(0, head_dim, 2, dtype=wide) / head_dim",
                "torch.linspace(0, 1, head_dim // 2, dtype=wide)",
            ),
        },
    ),
    "D columns": Kind(
        "Your tables have D columns, where D/2 are needed: two dimensions make a pair and have one angle. The rotation "
        "multiplies halves of a head, D/2 wide, by these tables, and the shapes do not fit.",
        {
            "one frequency per dimension, not per pair": (
                "torch.arange(0, head_dim, 2, dtype=wide)",
                "torch.arange(0, head_dim)",
            ),
            "every frequency twice": (
                "torch.arange(0, head_dim, 2, dtype=wide) / head_dim",
                "torch.arange(0, head_dim, 2, dtype=wide).repeat(2) / head_dim",
            ),
        },
    ),
    "exponent rounded to zero": Kind(
        "Your division is a whole-number division, and so the exponent is zero for every pair. The base plays no part "
        "then, and no pair is slow enough to tell far from near.",
        {"whole-number division": ("2, dtype=wide) / head_dim", "2, dtype=wide) // head_dim")},
    ),
    "positions from 1": Kind(
        "Row 0 of your tables belongs to position 1, and every further row to the position after it. What is looked up "
        "is rotated by one position too far, and the sinusoidal table made of these rows is shifted.",
        {"positions from 1": ("torch.arange(length)", "torch.arange(1, length + 1)")},
    ),
    "one position too few": Kind(
        "Your tables end one row too early. In the longest text that the model allows, the angle of the last token "
        "cannot be looked up.",
        {"one position too few": ("torch.arange(length)", "torch.arange(length - 1)")},
    ),
    "positions divided by the length": Kind(
        "You divide the positions by the number of rows. The same distance is another angle then in a model with longer "
        "tables, and neighbours are rotated by so little that they can hardly be told apart.",
        {"positions divided by the length": ("torch.arange(length)", "torch.arange(length) / length")},
    ),
    "positions in half precision": Kind(
        "You count the positions in bfloat16 or float16. Bfloat16 has 8 significant bits and float16 has 11, so that "
        "beyond position 256 or 2,048 neighbours get the same angle.",
        {
            "positions in bfloat16": ("torch.arange(length)", "torch.arange(length).bfloat16().to(inv_freq.dtype)"),
            "positions in float16": ("torch.arange(length)", "torch.arange(length).half().to(inv_freq.dtype)"),
        },
    ),
    "step by step": Kind(
        "You make every row from the row before it, and each step adds its rounding error to those of all steps so far. "
        "After 8,192 positions the tables are off by 3e-4 and more, where position times inverse frequency is off by "
        "one rounding.",
        {
            "rotated step by step": (
                "return angle.cos(), angle.sin()",
                (
                    "step = torch.polar(torch.ones_like(inv_freq), inv_freq)\n"
                    "    rows = [torch.ones_like(step)]\n"
                    "    while len(rows) < length:\n"
                    "        rows.append(rows[-1] * step)\n"
                    "    table = torch.stack(rows)\n"
                    "    return table.real, table.imag"
                ),
            ),
            "sum and difference formulas, step by step": (
                "return angle.cos(), angle.sin()",
                (
                    "c, s = inv_freq.cos(), inv_freq.sin()\n"
                    "    cos, sin = [torch.ones_like(c)], [torch.zeros_like(s)]\n"
                    "    while len(cos) < length:\n"
                    "        now = cos[-1], sin[-1]\n"
                    "        cos.append(now[0] * c - now[1] * s)\n"
                    "        sin.append(now[1] * c + now[0] * s)\n"
                    "    return torch.stack(cos), torch.stack(sin)"
                ),
            ),
            "a cumulative product of turns": (
                "return angle.cos(), angle.sin()",
                (
                    "step = torch.polar(torch.ones_like(inv_freq), inv_freq).expand(length - 1, -1)\n"
                    "    table = torch.cat((torch.ones_like(step[:0].sum(0, keepdim=True)), step)).cumprod(dim=0)\n"
                    "    return table.real, table.imag"
                ),
            ),
            "angles summed step by step": (
                "return angle.cos(), angle.sin()",
                (
                    "rows = [torch.zeros_like(inv_freq)]\n"
                    "    while len(rows) < length:\n"
                    "        rows.append(rows[-1] + inv_freq)\n"
                    "    return torch.stack(rows).cos(), torch.stack(rows).sin()"
                ),
            ),
        },
    ),
    "pairs by positions": Kind(
        "Your tables are (pairs, length), where (length, pairs) is needed. The model looks up rows by position, and "
        "would get pairs in their place.",
        {"pairs by positions": (", inv_freq)", ", inv_freq).T")},
    ),
    "angles not in radians": Kind(
        "You convert the angles, as if they were rotations or degrees, although they are radians already. Every pair "
        "then rotates too fast or too slowly, and the weights of public models do not fit.",
        {
            "angles as full rotations": (
                "angle.cos(), angle.sin()",
                "(2 * torch.pi * angle).cos(), (2 * torch.pi * angle).sin()",
            ),
            "angles in degrees": ("angle.cos(), angle.sin()", "angle.deg2rad().cos(), angle.deg2rad().sin()"),
        },
    ),
    "cosines and sines swapped": Kind(
        SWAPPED, {"sines first": ("angle.cos(), angle.sin()", "angle.sin(), angle.cos()")}
    ),
    "rotated backwards": Kind(
        BACKWARDS, {"rotated backwards": ("angle.cos(), angle.sin()", "angle.cos(), -angle.sin()")}
    ),
    "angles, not their cosines": Kind(
        "You return the angles themselves, where their cosines and sines are needed. Multiplied by angles, queries and "
        "keys would grow along the text instead of being rotated.",
        {"the angles, not their cosines": ("angle.cos(), angle.sin()", "angle, angle")},
    ),
    "dtype fixed": Kind(
        "Your tables are always of one dtype. They are float32, or wider where torch's default dtype is: too narrow, they lose digits "
        "that tell neighbouring positions apart; too wide, they take more memory and widen what they meet.",
        {
            "always float64": ("angle.cos(), angle.sin()", "angle.cos().double(), angle.sin().double()"),
            "always bfloat16": ("angle.cos(), angle.sin()", "angle.cos().bfloat16(), angle.sin().bfloat16()"),
        },
    ),
    "one complex table": Kind(
        "You return one table of complex numbers instead of two real ones. It holds the same angles, but the model "
        "unpacks cosines and sines, and would get something else.",
        {"one complex table": ("angle.cos(), angle.sin()", "torch.polar(torch.ones_like(angle), angle)")},
    ),
}
