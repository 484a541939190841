"""What people write for schedules.linear, and why it matters."""

from scripts.workshop.diagnose import Kind
from scripts.workshop.diagnose.common import NOTHING_RETURNED

MISTAKES = {
    "rises": Kind(
        "Your line rises, from zero to one. The steps would be smallest while there is most to learn, and "
        "largest at the end, where they throw the weights about.",
        {"the share that is done": ("return 1 - progress", "return progress")},
    ),
    "bent": Kind(
        "Your way down is a curve, not a straight line. Every step should be smaller than the one before by "
        "the same amount, and yours falls quickly in one part and slowly in another.",
        {
            "squared": ("return 1 - progress", "return (1 - progress) ** 2"),
            "the square of the share": ("return 1 - progress", "return 1 - progress**2"),
            "the root": ("return 1 - progress", "return (1 - progress) ** 0.5"),
        },
    ),
    "does not end at zero": Kind(
        "Your line ends above zero. What shall be left at the end is the business of whoever calls this, and "
        "would be added twice.",
        {
            "half way down": ("return 1 - progress", "return 1 - progress / 2"),
            "a tenth left": ("return 1 - progress", "return 1 - 0.9 * progress"),
            "never below a tenth": ("return 1 - progress", "return max(0.1, 1 - progress)"),
        },
    ),
    "below zero": Kind(
        "Your line begins at zero and is negative from then on. A negative rate climbs the loss instead of going down.",
        {
            "the wrong sign": ("return 1 - progress", "return -progress"),
            "minus one instead of one": ("return 1 - progress", "return progress - 1"),
        },
    ),
    "nothing returned": Kind(NOTHING_RETURNED, {"nothing returned": ("return 1 - progress", "1 - progress")}),
}
