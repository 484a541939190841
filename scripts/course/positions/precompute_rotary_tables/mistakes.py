"""What people write for positions.precompute_rotary_tables, and why it matters."""

from scripts.course.positions.explanations import BACKWARDS, SWAPPED
from scripts.workshop.diagnose import Kind
from scripts.workshop.diagnose.common import HARD_CODED

MISTAKES = {
    "base hard-coded": Kind(HARD_CODED, {"base hard-coded": ("theta ** -", "10000.0 ** -")}),
    "base not raised": Kind(
        "You multiply the base by the exponent instead of raising it. The first pair then does not turn at "
        "all, and the others turn so far per position that their angles tell nothing about distances.",
        {"base not raised": ("theta ** -(torch", "theta * -(torch")},
    ),
    "exponent positive": Kind(
        "Your frequencies grow from pair to pair instead of falling. The later pairs whirl around many times "
        "from one token to the next, and none is slow enough to tell far from near.",
        {"exponent positive": ("theta ** -(", "theta ** (")},
    ),
    "exponent half as large": Kind(
        "Your exponent grows half as fast from pair to pair as it should. The slow pairs then turn too fast: "
        "in a long text they come round again, and far tokens look like near ones.",
        {
            "frequencies over 2 * head_dim": ("2) / head_dim)", "2) / (2 * head_dim))"),
            "exponent twice too small": (
                "torch.arange(0, head_dim, 2) / head_dim",
                "torch.arange(head_dim // 2) / head_dim",
            ),
        },
    ),
    "exponent up to one": Kind(
        "You spread the exponent so that the last pair reaches the whole base, as tensor2tensor does. RoFormer "
        "stops a little earlier: nearly all angles differ from yours, and public weights do not fit.",
        {
            "exponent up to one, as in tensor2tensor": (
                "torch.arange(0, head_dim, 2) / head_dim",
                "torch.arange(head_dim // 2) / max(head_dim // 2 - 1, 1)",
            )
        },
    ),
    "pairs from 1": Kind(
        "You begin to count the pairs at one. The first, which should turn a full radian per position to tell "
        "neighbours apart, is slowed down like the second, and every other one like the pair after it.",
        {"pairs from 1": ("torch.arange(0, head_dim, 2)", "torch.arange(2, head_dim + 2, 2)")},
    ),
    "a column for every number": Kind(
        "Your tables have a column for every number of a head, although two numbers make a pair and share one "
        "angle. What turns the heads counts the pairs by these columns, and finds twice as many as there are.",
        {
            "one frequency per number, not per pair": ("torch.arange(0, head_dim, 2)", "torch.arange(0, head_dim)"),
            "every frequency twice": (
                "torch.arange(0, head_dim, 2) / head_dim",
                "torch.arange(0, head_dim, 2).repeat(2) / head_dim",
            ),
        },
    ),
    "exponent rounded to zero": Kind(
        "Your division leaves whole numbers only, and so the exponent is zero for every pair. The base plays "
        "no part then, and no pair is slow enough to tell far from near.",
        {"whole-number division": ("2) / head_dim", "2) // head_dim")},
    ),
    "pairs without a stretch of their own": Kind(
        "The pairs do not get their own stretches in your code. Scaled models slow each pair down by another "
        "factor; without it the slow ones run into angles that training has never seen.",
        {
            "stretch forgotten": ("2) / head_dim) * stretch", "2) / head_dim)"),
            "stretch of the first pair for all": (
                "2) / head_dim) * stretch",
                "2) / head_dim) * (stretch[0] if isinstance(stretch, Tensor) else stretch)",
            ),
        },
    ),
    "divided by the stretch": Kind(
        "Your stretch works the wrong way round: what should slow a pair down speeds it up. Long texts then "
        "run into new angles sooner than without any scaling.",
        {"divided by the stretch": ("2) / head_dim) * stretch", "2) / head_dim) / stretch")},
    ),
    "stretch on the base or its exponent": Kind(
        "You let the stretch change the base or its exponent. The pairs then turn by other angles than the "
        "scaling has worked out, and long texts can run into some that training has never seen.",
        {
            "stretch inside the exponent": ("2) / head_dim) * stretch", "2) / head_dim * stretch)"),
            "stretch of the base": ("theta ** -", "(theta * stretch) ** -"),
        },
    ),
    "stretch on the tables": Kind(
        "Your stretch scales the cosines and sines, and leaves the angles as they were. Queries and keys then "
        "change their length instead of turning more slowly, and long texts still run into new angles.",
        {
            "stretch on the tables": (
                "angle.cos(), angle.sin()",
                "(angle / stretch).cos() * stretch, (angle / stretch).sin() * stretch",
            )
        },
    ),
    "positions from 1": Kind(
        "Row 0 of your tables belongs to position 1, and every further row to the position after it. What is "
        "looked up is turned one step too far, and the sinusoidal table made of these rows is shifted.",
        {"positions from 1": ("torch.arange(length, dtype", "torch.arange(1, length + 1, dtype")},
    ),
    "one position too few": Kind(
        "Your tables end one row too early. In the longest text that the model allows, the last token has an "
        "angle that cannot be looked up.",
        {"one position too few": ("torch.arange(length, dtype", "torch.arange(length - 1, dtype")},
    ),
    "positions divided by the length": Kind(
        "You divide the positions by the number of rows. The same distance is another angle then in a model "
        "with longer tables, and neighbours are turned so little that they can hardly be told apart.",
        {
            "positions divided by the length": (
                "dtype=frequency.dtype), frequency)",
                "dtype=frequency.dtype) / length, frequency)",
            )
        },
    ),
    "pairs by positions": Kind(
        "Your tables have a row for every pair and a column for every position. The model looks up rows by "
        "position, and would find pairs in their place.",
        {"pairs by positions": (", frequency)", ", frequency).T")},
    ),
    "angles not in radians": Kind(
        "You treat the angles as turns or as degrees and convert them, although they are radians already. "
        "Every pair then turns too fast or too slowly, and the weights of public models do not fit.",
        {
            "angle in turns": (
                "angle.cos(), angle.sin()",
                "(2 * torch.pi * angle).cos(), (2 * torch.pi * angle).sin()",
            ),
            "angle in degrees": ("angle.cos(), angle.sin()", "angle.deg2rad().cos(), angle.deg2rad().sin()"),
        },
    ),
    "cosines and sines swapped": Kind(
        SWAPPED, {"sines first": ("angle.cos(), angle.sin()", "angle.sin(), angle.cos()")}
    ),
    "turned backwards": Kind(
        BACKWARDS, {"turned backwards": ("angle.cos(), angle.sin()", "angle.cos(), -angle.sin()")}
    ),
    "angles, not their cosines": Kind(
        "You hand back the angles themselves, where their cosines and sines are asked for. Multiplied by "
        "angles, queries and keys would grow along the text instead of being turned.",
        {"the angles, not their cosines": ("angle.cos(), angle.sin()", "angle, angle")},
    ),
    "dtype fixed": Kind(
        "You fix the dtype of the tables instead of leaving it to torch's default. Too narrow, they lose the "
        "digits that tell neighbouring positions apart; too wide, they take more memory and widen what they "
        "meet.",
        {
            "always float64": ("angle.cos(), angle.sin()", "angle.cos().double(), angle.sin().double()"),
            "always bfloat16": ("angle.cos(), angle.sin()", "angle.cos().bfloat16(), angle.sin().bfloat16()"),
        },
    ),
    "one complex table": Kind(
        "You hand back one table of complex numbers instead of two real ones. It holds the same angles, but "
        "the code that turns the heads unpacks cosines and sines, and would find something else.",
        {"one complex table": ("angle.cos(), angle.sin()", "torch.polar(torch.ones_like(angle), angle)")},
    ),
}
