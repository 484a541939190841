"""What people write for optimization.schedules.cosine, and why it matters."""

from scripts.workshop.diagnose import Kind

MISTAKES = {
    "not scaled to 0 ... 1": Kind(
        "Your cosine is not shifted and scaled from [-1, 1] to [0, 1]. It starts too high or ends below 0, "
        "where a step climbs the loss.",
        {
            "neither": ("(1 + math.cos(math.pi * progress)) / 2", "math.cos(math.pi * progress)"),
            "not halved": ("(1 + math.cos(math.pi * progress)) / 2", "1 + math.cos(math.pi * progress)"),
            "halved, but not moved": ("(1 + math.cos(math.pi * progress)) / 2", "math.cos(math.pi * progress) / 2"),
            "halved in the wrong place": (
                "(1 + math.cos(math.pi * progress)) / 2",
                "1 + math.cos(math.pi * progress) / 2",
            ),
        },
    ),
    "another part of the period": Kind(
        "You take a quarter of the period or a whole one, and half of it is needed. Only the half starts "
        "level, ends level, and decays all the way.",
        {
            "a whole wave": ("math.cos(math.pi * progress)", "math.cos(2 * math.pi * progress)"),
            "half of the half": ("math.cos(math.pi * progress)", "math.cos(math.pi * progress / 2)"),
            "a quarter, from one to zero": (
                "(1 + math.cos(math.pi * progress)) / 2",
                "math.cos(math.pi * progress / 2)",
            ),
            "pi forgotten": ("math.cos(math.pi * progress)", "math.cos(progress)"),
        },
    ),
    "rises": Kind(
        "Your schedule rises from 0 to 1. The steps are smallest while there is most to learn, and largest at"
        " the end, where they undo what was learned.",
        {
            "one less the cosine": ("(1 + math.cos", "(1 - math.cos"),
            "of what is left": ("math.cos(math.pi * progress)", "math.cos(math.pi * (1 - progress))"),
        },
    ),
    "a sine": Kind(
        "You take the sine instead of the cosine. It starts in the middle, rises first, and ends where it started.",
        {"sine": ("math.cos(math.pi * progress)", "math.sin(math.pi * progress)")},
    ),
    "degrees": Kind(
        "You give the angle in degrees, and math.cos takes radians. Half a period is pi radians; 180 radians "
        "are more than 28 periods.",
        {"degrees": ("math.cos(math.pi * progress)", "math.cos(180 * progress)")},
    ),
    "squared": Kind(
        "You square the curve. It decays from 1 to 0 as well, but has other values in between.",
        {"squared": ("(1 + math.cos(math.pi * progress)) / 2", "((1 + math.cos(math.pi * progress)) / 2) ** 2")},
    ),
}
