"""What people write for embeddings.absolute.sinusoidal_table, and why it matters."""

from scripts.workshop.diagnose import Kind

MISTAKES = {
    "sines and cosines in two halves": Kind(
        "Your sines fill the first half of every vector, and the cosines the second. The paper puts each cosine "
        "beside its sine; weights trained with that order get other values in your columns.",
        {
            "sines and cosines in two halves": (
                "torch.stack((sin, cos), dim=-1).flatten(-2)",
                "torch.cat((sin, cos), dim=-1)",
            ),
            "stacked along another axis": ("dim=-1", "dim=-2"),
        },
    ),
    "cosines first": Kind(
        "You put each cosine in front of its sine. In the paper the even columns hold the sines, and weights trained "
        "with that order get other values in your columns.",
        {"cosines first": ("torch.stack((sin, cos)", "torch.stack((cos, sin)")},
    ),
    "sines only": Kind(
        "Your vectors hold every sine twice and no cosine. A sine alone cannot tell whether it rises or falls, so "
        "that positions get similar vectors which the cosine would tell apart.",
        {"sines only": ("torch.stack((sin, cos)", "torch.stack((sin, sin)")},
    ),
    "sines with the wrong sign": Kind(
        "Your sines have the wrong sign, as if the positions ran backwards from zero. A new model could learn "
        "with that, but weights trained with the paper's table would not fit.",
        {"sines with the wrong sign": ("torch.stack((sin, cos)", "torch.stack((-sin, cos)")},
    ),
    "frequencies that fall too slowly": Kind(
        "Your frequencies fall less from column to column than the paper's: the base is too small, or the exponent. "
        "The slow columns then come round again sooner, and far positions get vectors like those of near ones.",
        {
            "base 1000": ("theta=10000.0", "theta=1000.0"),
            "exponent i / dim, or a base of 100": ("theta=10000.0", "theta=100.0"),
        },
    ),
    "a frequency for every number": Kind(
        "Every column of your table has a frequency of its own. A sine and its cosine have to share one: only "
        "together do they make a step along the text a rotation, which a model can learn easily.",
        {
            "a frequency for every number": (
                "torch.stack((sin, cos), dim=-1).flatten(-2)",
                (
                    "torch.where(torch.arange(dim) % 2 == 0, *precompute_rotary_tables(2 * dim, length, "
                    "theta=1e8)[::-1])"
                ),
            ),
            "a frequency for every number, with the exponent i / dim": (
                "torch.stack((sin, cos), dim=-1).flatten(-2)",
                (
                    "torch.where(torch.arange(dim) % 2 == 0, *precompute_rotary_tables(2 * dim, length, "
                    "theta=10000.0)[::-1])"
                ),
            ),
        },
    ),
    "positions from 1": Kind(
        "Row 0 of your table belongs to position 1. Every token is then told that it stands one place further "
        "on, and weights trained with the paper's table do not fit.",
        {
            "positions from 1": (
                "cos, sin = precompute_rotary_tables(dim, length, theta=10000.0)",
                "cos, sin = (table[1:] for table in precompute_rotary_tables(dim, length + 1, theta=10000.0))",
            )
        },
    ),
    "scaled by the width": Kind(
        "You make the vectors smaller, by the width of the model. They are added to the embeddings as they "
        "are; so small, what they tell can be drowned by the tokens.",
        {"scaled by the width": ("flatten(-2)", "flatten(-2) * dim**-0.5")},
    ),
    "one axis too many": Kind(
        "Your table has three axes where two are asked for. A position looks up one row of it, which has to be "
        "a single vector, as wide as the token's, to be added.",
        {"one axis too many": (".flatten(-2)", ".flatten(-2)[None]"), "not flattened": (".flatten(-2)", "")},
    ),
    "frequencies that fall too fast": Kind(
        "You space the frequencies so that the last pair of columns ends exactly at the slowest one, as tensor2tensor "
        "does. The paper stops one step before it; in your table every pair but the first rotates too slowly, and "
        "weights trained with the paper's do not fit.",
        {"spread over one pair less": ("theta=10000.0", "theta=10000.0 ** (dim / max(dim - 2, 1))")},
    ),
    "exponent twice as large": Kind(
        "Your exponent is 2i / (dim/2), where 2i / dim is needed: the base is squared in effect. Most columns then hardly "
        "change over a whole text, and too few are left to tell positions apart.",
        {
            "exponent 2i / (dim/2)": ("theta=10000.0", "theta=10000.0**2"),
        },
    ),
    "step by step": Kind(
        "You make every row from the row before it, and each step adds its rounding error to those of all steps so far. "
        "After 8,192 positions the table is off by 3e-4 and more, where the sine of position times frequency is off by "
        "one rounding.",
        {
            "rotated step by step": (
                "return torch",
                (
                    "step = torch.polar(torch.ones_like(cos[0]), 10000.0 ** -(torch.arange(0, dim, 2) / dim))\n"
                    "    rows = [torch.ones_like(step)]\n"
                    "    while len(rows) < length:\n"
                    "        rows.append(rows[-1] * step)\n"
                    "    cos, sin = torch.stack(rows).real, torch.stack(rows).imag\n"
                    "    return torch"
                ),
            ),
            "a cumulative product of turns": (
                "return torch",
                (
                    "step = torch.polar(torch.ones_like(cos[0]), 10000.0 ** -(torch.arange(0, dim, 2) / dim))\n"
                    "    table = step.expand(length, -1).cumprod(dim=0) / step\n"
                    "    cos, sin = table.real, table.imag\n"
                    "    return torch"
                ),
            ),
        },
    ),
}
