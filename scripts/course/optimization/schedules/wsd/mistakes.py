"""What people write for optimization.schedules.wsd, and why it matters."""

from scripts.workshop.diagnose import Kind
from scripts.workshop.diagnose.common import HARD_CODED

MISTAKES = {
    "no stable part": Kind(
        "Nothing limits your factor to 1, and it starts far above. The peak is the largest learning rate of "
        "the training; yours starts with a multiple of it.",
        {
            "not held": ("min(1.0, (1 - progress) / warmdown)", "(1 - progress) / warmdown"),
            "the greater of the two": ("min(1.0, (1", "max(1.0, (1"),
        },
    ),
    "decays from the first step on": Kind(
        "Your schedule decays from the first step on, as the linear one does. It stays at 1 until the last "
        "part, whose length is warmdown.",
        {"warmdown ignored": ("(1 - progress) / warmdown", "1 - progress")},
    ),
    "the stable part for the decay": Kind(
        "You use warmdown as the length of the stable part, and it is the length of the decay. The two are "
        "equal only at 0.5.",
        {"the stable part for the decay": ("(1 - progress) / warmdown", "(1 - progress) / (1 - warmdown)")},
    ),
    "rises": Kind(
        "Your factor rises from 0 and stays at 1. That is a warmup; this schedule is stable first and decays "
        "at the end.",
        {"at the wrong end": ("(1 - progress) / warmdown", "progress / warmdown")},
    ),
    "does not reach 0": Kind(
        "Your decay is too slow or too fast, so that it is not 0 where the training ends. Divide the fraction"
        " of the training that is left by warmdown.",
        {
            "multiplied by warmdown": ("min(1.0, (1 - progress) / warmdown)", "min(1.0, (1 - progress) * warmdown)"),
            "decays by the fraction itself": (
                "min(1.0, (1 - progress) / warmdown)",
                "min(1.0, 1 - (progress - (1 - warmdown)))",
            ),
            "a stable part below the peak": ("min(1.0, (1", "min(warmdown, (1"),
        },
    ),
    "a step instead of a slope": Kind(
        "Your factor drops at once where the decay starts. The loss improves in this part because the steps "
        "become smaller one by one; at a rate of 0 nothing is learned.",
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
    "not linear": Kind(
        "Your decay is a curve, and should be linear. Both end at 0, but the learning rates in between are others.",
        {
            "squared": ("(1 - progress) / warmdown", "((1 - progress) / warmdown) ** 2"),
            "the root": ("(1 - progress) / warmdown", "((1 - progress) / warmdown) ** 0.5"),
        },
    ),
}
