"""What people write for schedules.trapezoidal, and why it matters."""

from scripts.workshop.diagnose import Kind
from scripts.workshop.diagnose.common import HARD_CODED, NOTHING_RETURNED

MISTAKES = {
    "no level part": Kind(
        "Nothing holds your line at one, and it begins far above. What is called the peak should be the "
        "largest rate that ever occurs; yours begins with a multiple of it.",
        {
            "not held": ("min(1.0, (1 - progress) / warmdown)", "(1 - progress) / warmdown"),
            "the greater of the two": ("min(1.0, (1", "max(1.0, (1"),
        },
    ),
    "falls from the first step on": Kind(
        "Your line falls from the first step on, as the linear schedule does. The level part is what this "
        "shape is for, and how long it lasts is what is given.",
        {"how long the fall takes is ignored": ("(1 - progress) / warmdown", "1 - progress")},
    ),
    "the level part for the fall": Kind(
        "You take the share that is given for the length of the level part, but it is that of the fall. Only "
        "where each has half of the steps are they the same.",
        {"the level part for the fall": ("(1 - progress) / warmdown", "(1 - progress) / (1 - warmdown)")},
    ),
    "rises": Kind(
        "Your line rises from zero at the beginning and stays at one. That is a warm-up, and has a place of "
        "its own; this shape is level first, and falls at the end.",
        {"at the wrong end": ("(1 - progress) / warmdown", "progress / warmdown")},
    ),
    "does not reach zero": Kind(
        "Your fall is too shallow or too steep, so that it does not end at zero where the training ends. "
        "Divide what is left of the training by how much of it the fall takes.",
        {
            "multiplied by the share": ("min(1.0, (1 - progress) / warmdown)", "min(1.0, (1 - progress) * warmdown)"),
            "falls by the share itself": (
                "min(1.0, (1 - progress) / warmdown)",
                "min(1.0, 1 - (progress - (1 - warmdown)))",
            ),
            "a level below the peak": ("min(1.0, (1", "min(warmdown, (1"),
        },
    ),
    "a step instead of a slope": Kind(
        "Your rate drops at once where it should begin to fall. What training still gains at the end comes "
        "from steps that grow smaller bit by bit; at a rate of zero nothing is learned.",
        {
            "to zero at once": ("min(1.0, (1 - progress) / warmdown)", "1.0 if progress < 1 - warmdown else 0.0"),
            "into the middle of a line": (
                "min(1.0, (1 - progress) / warmdown)",
                "1.0 if progress < 1 - warmdown else 1 - progress",
            ),
        },
    ),
    "hard-coded": Kind(
        HARD_CODED, {"two fifths whatever is asked for": ("(1 - progress) / warmdown", "(1 - progress) / 0.4")}
    ),
    "bent": Kind(
        "Your way down is a curve where a straight line is asked for. Both end at zero, but the rates between "
        "are others in nearly every step of the fall.",
        {
            "squared": ("(1 - progress) / warmdown", "((1 - progress) / warmdown) ** 2"),
            "the root": ("(1 - progress) / warmdown", "((1 - progress) / warmdown) ** 0.5"),
        },
    ),
    "nothing returned": Kind(NOTHING_RETURNED, {"nothing returned": ("return min(1.0, (1", "min(1.0, (1")}),
}
