"""What people write for optimization.schedules.linear, and why it matters."""

from scripts.workshop.diagnose import Kind

MISTAKES = {
    "rises": Kind(
        "Your schedule rises from 0 to 1. The steps are smallest while there is most to learn, and largest at"
        " the end, where they undo what was learned.",
        {"p itself": ("return 1 - progress", "return progress")},
    ),
    "not linear": Kind(
        "Your decay is a curve, not a straight line. Each step's factor is smaller than the one before by the"
        " same amount.",
        {
            "squared": ("return 1 - progress", "return (1 - progress) ** 2"),
            "the square of p": ("return 1 - progress", "return 1 - progress**2"),
            "the root": ("return 1 - progress", "return (1 - progress) ** 0.5"),
        },
    ),
    "does not end at 0": Kind(
        "Your decay ends above 0. What remains at the end is min_lr_ratio, which learning_rate_factor adds, "
        "and it would be added twice.",
        {
            "half way down": ("return 1 - progress", "return 1 - progress / 2"),
            "a tenth left": ("return 1 - progress", "return 1 - 0.9 * progress"),
            "never below a tenth": ("return 1 - progress", "return max(0.1, 1 - progress)"),
        },
    ),
    "below 0": Kind(
        "Your decay goes from 0 into the negative. A negative learning rate climbs the loss.",
        {
            "the wrong sign": ("return 1 - progress", "return -progress"),
            "minus one instead of one": ("return 1 - progress", "return progress - 1"),
        },
    ),
}
