"""What people write for schedules.cosine, and why it matters."""

from scripts.workshop.diagnose import Kind
from scripts.workshop.diagnose.common import NOTHING_RETURNED

MISTAKES = {
    "not brought to 0 ... 1": Kind(
        "Your wave is not moved and scaled to lie between one and zero. It begins too high, or ends below "
        "zero, where a step would climb the loss.",
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
    "another part of the wave": Kind(
        "You take a quarter of the wave, or a whole one, where half of it is wanted. Only the half has both a "
        "level beginning and a level end, and goes down all the way between them.",
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
    "the other way round": Kind(
        "Your curve rises, from zero to one. The steps would be smallest while there is most to learn, and "
        "largest at the end, where they throw the weights about.",
        {
            "one less the cosine": ("(1 + math.cos", "(1 - math.cos"),
            "of what is left": ("math.cos(math.pi * progress)", "math.cos(math.pi * (1 - progress))"),
        },
    ),
    "a sine": Kind(
        "You take the sine for the cosine. It begins in the middle of its swing, so that your rate rises first "
        "and is where it began in the end.",
        {"sine": ("math.cos(math.pi * progress)", "math.sin(math.pi * progress)")},
    ),
    "degrees": Kind(
        "You count the angle in degrees, but the cosine of Python wants radians. Half a turn is the number pi "
        "there, and 180 goes round more than twenty-eight times.",
        {"degrees": ("math.cos(math.pi * progress)", "math.cos(180 * progress)")},
    ),
    "squared": Kind(
        "You square the curve. It falls from one to zero as well, but spends its time at other heights on the way.",
        {"squared": ("(1 + math.cos(math.pi * progress)) / 2", "((1 + math.cos(math.pi * progress)) / 2) ** 2")},
    ),
    "nothing returned": Kind(NOTHING_RETURNED, {"nothing returned": ("return (1 + math.cos", "(1 + math.cos")}),
}
