"""Mistakes in schedules.py."""

from . import Kind
from .common import HARD_CODED, NOTHING_RETURNED

MISTAKES = {
    "schedules.linear": {
        "rises": Kind(
            "Your line rises, from zero to one. The steps would be smallest while there is most to learn, and largest "
            "at the end, where they throw the weights about.",
            {"the share that is done": ("return 1 - progress", "return progress")},
        ),
        "bent": Kind(
            "Your way down is a curve, not a straight line. Every step should be smaller than the one before by the "
            "same amount, and yours falls quickly in one part and slowly in another.",
            {
                "squared": ("return 1 - progress", "return (1 - progress) ** 2"),
                "the square of the share": ("return 1 - progress", "return 1 - progress**2"),
                "the root": ("return 1 - progress", "return (1 - progress) ** 0.5"),
            },
        ),
        "does not end at zero": Kind(
            "Your line ends above zero. What shall be left at the end is the business of whoever calls this, and would "
            "be added twice.",
            {
                "half way down": ("return 1 - progress", "return 1 - progress / 2"),
                "a tenth left": ("return 1 - progress", "return 1 - 0.9 * progress"),
                "never below a tenth": ("return 1 - progress", "return max(0.1, 1 - progress)"),
            },
        ),
        "below zero": Kind(
            "Your line begins at zero and is negative from then on. A negative rate climbs the loss instead of going "
            "down.",
            {
                "the wrong sign": ("return 1 - progress", "return -progress"),
                "minus one instead of one": ("return 1 - progress", "return progress - 1"),
            },
        ),
        "nothing returned": Kind(NOTHING_RETURNED, {"nothing returned": ("return 1 - progress", "1 - progress")}),
    },
    "schedules.cosine": {
        "not brought to 0 ... 1": Kind(
            "Your wave is not moved and scaled to lie between one and zero. It begins too high, or ends below zero, "
            "where a step would climb the loss.",
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
            "Your curve rises, from zero to one. The steps would be smallest while there is most to learn, and largest "
            "at the end, where they throw the weights about.",
            {
                "one less the cosine": ("(1 + math.cos", "(1 - math.cos"),
                "of what is left": ("math.cos(math.pi * progress)", "math.cos(math.pi * (1 - progress))"),
            },
        ),
        "a sine": Kind(
            "You take the sine for the cosine. It begins in the middle of its swing, so that your rate rises first and "
            "is where it began in the end.",
            {"sine": ("math.cos(math.pi * progress)", "math.sin(math.pi * progress)")},
        ),
        "degrees": Kind(
            "You count the angle in degrees, but the cosine of Python wants radians. Half a turn is the number pi "
            "there, and 180 goes round more than twenty-eight times.",
            {"degrees": ("math.cos(math.pi * progress)", "math.cos(180 * progress)")},
        ),
        "squared": Kind(
            "You square the curve. It falls from one to zero as well, but spends its time at other heights on the way.",
            {
                "squared": ("(1 + math.cos(math.pi * progress)) / 2", "((1 + math.cos(math.pi * progress)) / 2) ** 2"),
            },
        ),
        "nothing returned": Kind(NOTHING_RETURNED, {"nothing returned": ("return (1 + math.cos", "(1 + math.cos")}),
    },
    "schedules.trapezoidal": {
        "no level part": Kind(
            "Nothing holds your line at one, and it begins far above. What is called the peak should be the largest "
            "rate that ever occurs; yours begins with a multiple of it.",
            {
                "not held": ("min(1.0, (1 - progress) / warmdown)", "(1 - progress) / warmdown"),
                "the greater of the two": ("min(1.0, (1", "max(1.0, (1"),
            },
        ),
        "falls from the first step on": Kind(
            "Your line falls from the first step on, as the linear schedule does. The level part is what this shape is "
            "for, and how long it lasts is what is given.",
            {"how long the fall takes is ignored": ("(1 - progress) / warmdown", "1 - progress")},
        ),
        "the level part for the fall": Kind(
            "You take the share that is given for the length of the level part, but it is that of the fall. Only where "
            "each has half of the steps are they the same.",
            {"the level part for the fall": ("(1 - progress) / warmdown", "(1 - progress) / (1 - warmdown)")},
        ),
        "rises": Kind(
            "Your line rises from zero at the beginning and stays at one. That is a warm-up, and has a place of its "
            "own; this shape is level first, and falls at the end.",
            {"at the wrong end": ("(1 - progress) / warmdown", "progress / warmdown")},
        ),
        "does not reach zero": Kind(
            "Your fall is too shallow or too steep, so that it does not end at zero where the training ends. Divide "
            "what is left of the training by how much of it the fall takes.",
            {
                "multiplied by the share": (
                    "min(1.0, (1 - progress) / warmdown)",
                    "min(1.0, (1 - progress) * warmdown)",
                ),
                "falls by the share itself": (
                    "min(1.0, (1 - progress) / warmdown)",
                    "min(1.0, 1 - (progress - (1 - warmdown)))",
                ),
                "a level below the peak": ("min(1.0, (1", "min(warmdown, (1"),
            },
        ),
        "a step instead of a slope": Kind(
            "Your rate drops at once where it should begin to fall. What training still gains at the end comes from "
            "steps that grow smaller bit by bit; at a rate of zero nothing is learned.",
            {
                "to zero at once": (
                    "min(1.0, (1 - progress) / warmdown)",
                    "1.0 if progress < 1 - warmdown else 0.0",
                ),
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
            "Your way down is a curve where a straight line is asked for. Both end at zero, but the rates between are "
            "others in nearly every step of the fall.",
            {
                "squared": ("(1 - progress) / warmdown", "((1 - progress) / warmdown) ** 2"),
                "the root": ("(1 - progress) / warmdown", "((1 - progress) / warmdown) ** 0.5"),
            },
        ),
        "nothing returned": Kind(NOTHING_RETURNED, {"nothing returned": ("return min(1.0, (1", "min(1.0, (1")}),
    },
    "schedules.learning_rate_factor": {
        "warm-up from zero": Kind(
            "Your warm-up begins with a rate of zero, so that the first step does nothing at all. The batch that it "
            "was given is lost, and the peak comes a step late.",
            {"warm-up from zero": ("return (step + 1) / warmup_iters", "return step / warmup_iters")},
        ),
        "warm-up never ends at the peak": Kind(
            "Your warm-up does not get to the peak in its last step, or goes beyond. Its steps should be equal parts "
            "of the way, and the last of them should be all of it.",
            {
                "one part too many": ("return (step + 1) / warmup_iters", "return (step + 1) / (warmup_iters + 1)"),
                "counted from two": ("return (step + 1) / warmup_iters", "return (step + 2) / warmup_iters"),
                "a share of the whole training": ("return (step + 1) / warmup_iters", "return (step + 1) / max_iters"),
                "whole numbers only": ("return (step + 1) / warmup_iters", "return (step + 1) // warmup_iters"),
            },
        ),
        "no warm-up": Kind(
            "What is asked for as a warm-up has no effect, or none on the rate: it is at its peak from the first step. "
            "The first gradients come from a model that knows nothing, and full steps on them can do lasting harm.",
            {
                "no warm-up": ("return (step + 1) / warmup_iters", "return 1.0"),
                "computed, but not returned": ("return (step + 1) / warmup_iters", "(step + 1) / warmup_iters"),
            },
        ),
        "warm-up too long": Kind(
            "Your warm-up takes a step more than it is asked to, and its last step lies above the peak. Steps are "
            "counted from zero here, so that the one whose number is the length of the warm-up is past it.",
            {"one step too long": ("if step < warmup_iters:", "if step <= warmup_iters:")},
        ),
        "the fall does not begin behind the warm-up": Kind(
            "You count the share that is done from the first step of all, or of all steps, although the warm-up is no "
            "part of the fall. Your rate jumps when the warm-up ends, or never gets to the end of the shape.",
            {
                "counted from the first step": (
                    "(step - warmup_iters) / (max_iters - warmup_iters)\n    return",
                    "step / max_iters\n    return",
                ),
                "as a share of all steps": (
                    "(step - warmup_iters) / (max_iters - warmup_iters)\n    return",
                    "(step - warmup_iters) / max_iters\n    return",
                ),
                "the warm-up not taken off the step": (
                    "(step - warmup_iters) / (max_iters - warmup_iters)\n    return",
                    "step / (max_iters - warmup_iters)\n    return",
                ),
            },
        ),
        "a step ahead": Kind(
            "You count a step as done before it is taken, or one step fewer in all. The last step then has a rate of "
            "zero, and a batch is read for nothing.",
            {
                "the step itself counted": (
                    "(step - warmup_iters) / (max_iters - warmup_iters)\n    return",
                    "(step + 1 - warmup_iters) / (max_iters - warmup_iters)\n    return",
                ),
                "zero in the last step": (
                    "(step - warmup_iters) / (max_iters - warmup_iters)\n    return",
                    "(step - warmup_iters) / max(1, max_iters - warmup_iters - 1)\n    return",
                ),
            },
        ),
        "computed before it is needed": Kind(
            "You work out the share that is done before you ask whether the warm-up is over. Where the warm-up takes "
            "the whole training there are no steps to take a share of, and Python refuses to divide by zero.",
            {
                "computed before it is needed": (
                    "    if step < warmup_iters:",
                    "    shape((step - warmup_iters) / (max_iters - warmup_iters))\n    if step < warmup_iters:",
                )
            },
        ),
        "what is left, not as asked": Kind(
            "What shall be left at the end has no effect, or is brought in by adding, by multiplying, or as a floor. "
            "The shape should be squeezed between the peak and what is left: the peak stays one, and every height "
            "between keeps its proportion.",
            {
                "ignored": ("return final + (1 - final) * shape(progress)", "return shape(progress)"),
                "added": ("return final + (1 - final) * shape(progress)", "return final + shape(progress)"),
                "as a floor": ("return final + (1 - final) * shape(progress)", "return max(final, shape(progress))"),
                "not added": ("return final + (1 - final) * shape(progress)", "return (1 - final) * shape(progress)"),
                "multiplied": ("return final + (1 - final) * shape(progress)", "return final * shape(progress)"),
                "the wrong way round": (
                    "return final + (1 - final) * shape(progress)",
                    "return 1 + (final - 1) * shape(progress)",
                ),
            },
        ),
        "always the same shape": Kind(
            "Whichever schedule is asked for, you take the same one. Nobody would notice before the loss curves of two "
            "runs are the same, digit for digit.",
            {
                "always trapezoidal": ('choose(SCHEDULES, "schedule", schedule)', "trapezoidal"),
                "always cosine": ('choose(SCHEDULES, "schedule", schedule)', "cosine"),
                "always linear": ('choose(SCHEDULES, "schedule", schedule)', "linear"),
            },
        ),
        "names written down once more": Kind(
            "You write the names of the schedules down once more, instead of looking in the registry. Whoever "
            "registers another one finds that it is not known here.",
            {
                "names written down once more": (
                    'choose(SCHEDULES, "schedule", schedule)',
                    "choose(\n        dict(constant=constant, linear=linear, cosine=cosine, trapezoidal=trapezoidal),\n"
                    '        "schedule",\n        schedule,\n    )',
                )
            },
        ),
        "an unknown schedule": Kind(
            "A schedule that nobody knows is not refused in the way that is asked for. A slip of the pen would train "
            "with another shape than was meant, or end with an error that does not say what is wrong.",
            {
                "falls back": ('choose(SCHEDULES, "schedule", schedule)', "SCHEDULES.get(schedule, trapezoidal)"),
                "a KeyError": ('choose(SCHEDULES, "schedule", schedule)', "SCHEDULES[schedule]"),
            },
        ),
        "the shape in the warm-up too": Kind(
            "You multiply the warm-up by the shape, or begin it at what shall be left. It is a straight line from "
            "almost nothing to the peak, whatever comes behind it.",
            {
                "times the shape": (
                    "return (step + 1) / warmup_iters",
                    "return (step + 1) / warmup_iters * shape(step / max_iters)",
                ),
                "from what shall be left": (
                    "return (step + 1) / warmup_iters",
                    "return final + (1 - final) * (step + 1) / warmup_iters",
                ),
            },
        ),
        "nothing returned": Kind(
            NOTHING_RETURNED,
            {
                "nothing returned": (
                    "return final + (1 - final) * shape(progress)",
                    "final + (1 - final) * shape(progress)",
                ),
            },
        ),
    },
}
