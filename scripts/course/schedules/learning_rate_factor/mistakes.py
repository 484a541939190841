"""What people write for schedules.learning_rate_factor, and why it matters."""

from scripts.workshop.diagnose import Kind
from scripts.workshop.diagnose.common import NOTHING_RETURNED

MISTAKES = {
    "warm-up from zero": Kind(
        "Your warm-up begins with a rate of zero, so that the first step does nothing at all. The batch that "
        "it was given is lost, and the peak comes a step late.",
        {"warm-up from zero": ("return (step + 1) / warmup_iters", "return step / warmup_iters")},
    ),
    "warm-up never ends at the peak": Kind(
        "Your warm-up does not get to the peak in its last step, or goes beyond. Its steps should be equal "
        "parts of the way, and the last of them should be all of it.",
        {
            "one part too many": ("return (step + 1) / warmup_iters", "return (step + 1) / (warmup_iters + 1)"),
            "counted from two": ("return (step + 1) / warmup_iters", "return (step + 2) / warmup_iters"),
            "a share of the whole training": ("return (step + 1) / warmup_iters", "return (step + 1) / max_iters"),
            "whole numbers only": ("return (step + 1) / warmup_iters", "return (step + 1) // warmup_iters"),
        },
    ),
    "no warm-up": Kind(
        "What is asked for as a warm-up has no effect, or none on the rate: it is at its peak from the first "
        "step. The first gradients come from a model that knows nothing, and full steps on them can do lasting "
        "harm.",
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
        "You count the share that is done from the first step of all, or of all steps, although the warm-up is "
        "no part of the fall. Your rate jumps when the warm-up ends, or never gets to the end of the shape.",
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
        "You count a step as done before it is taken, or one step fewer in all. The last step then has a rate "
        "of zero, and a batch is read for nothing.",
        {
            "the step itself counted": (
                "(step - warmup_iters) / (max_iters - warmup_iters)\n    return",
                "(step + 1 - warmup_iters) / (max_iters - warmup_iters)\n    return",
            ),
            "zero in the last step": (
                "(step - warmup_iters) / (max_iters - warmup_iters)\n    return",
                ("(step - warmup_iters) / max(1, max_iters - warmup_iters - 1)\n    return"),
            ),
        },
    ),
    "computed before it is needed": Kind(
        "You work out the share that is done before you ask whether the warm-up is over. Where the warm-up "
        "takes the whole training there are no steps to take a share of, and Python refuses to divide by zero.",
        {
            "computed before it is needed": (
                "    if step < warmup_iters:",
                ("    shape((step - warmup_iters) / (max_iters - warmup_iters))\n    if step < warmup_iters:"),
            )
        },
    ),
    "what is left, not as asked": Kind(
        "What shall be left at the end has no effect, or is brought in by adding, by multiplying, or as a "
        "floor. The shape should be squeezed between the peak and what is left: the peak stays one, and every "
        "height between keeps its proportion.",
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
        "Whichever schedule is asked for, you take the same one. Nobody would notice before the loss curves of "
        "two runs are the same, digit for digit.",
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
                (
                    "choose(\n"
                    "        dict(constant=constant, linear=linear, cosine=cosine, trapezoidal=trapezoidal),\n"
                    '        "schedule",\n'
                    "        schedule,\n"
                    "    )"
                ),
            )
        },
    ),
    "an unknown schedule": Kind(
        "A schedule that nobody knows is not refused in the way that is asked for. A slip of the pen would "
        "train with another shape than was meant, or end with an error that does not say what is wrong.",
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
        {"nothing returned": ("return final + (1 - final) * shape(progress)", "final + (1 - final) * shape(progress)")},
    ),
}
