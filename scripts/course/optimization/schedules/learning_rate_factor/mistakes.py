"""What people write for optimization.schedules.learning_rate_factor, and why it matters."""

from scripts.workshop.diagnose import Kind

MISTAKES = {
    "warmup from zero": Kind(
        "Your warmup starts with a factor of 0, so that the first step does nothing. Its batch is lost, and "
        "the peak comes one step late.",
        {"warmup from zero": ("return (step + 1) / warmup_iters", "return step / warmup_iters")},
    ),
    "warmup does not end at the peak": Kind(
        "Your warmup does not reach 1 in its last step, or goes beyond. It rises by 1 / warmup_iters per "
        "step, up to 1.",
        {
            "one part too many": ("return (step + 1) / warmup_iters", "return (step + 1) / (warmup_iters + 1)"),
            "counted from two": ("return (step + 1) / warmup_iters", "return (step + 2) / warmup_iters"),
            "a fraction of the whole training": ("return (step + 1) / warmup_iters", "return (step + 1) / max_iters"),
            "integer division": ("return (step + 1) / warmup_iters", "return (step + 1) // warmup_iters"),
        },
    ),
    "no warmup": Kind(
        "Your warmup has no effect on the factor, which is at its peak from the first step on. The first "
        "gradients come from random weights, and full steps on them can do lasting harm.",
        {
            "no warmup": ("return (step + 1) / warmup_iters", "return 1.0"),
            "computed, but not returned": ("return (step + 1) / warmup_iters", "(step + 1) / warmup_iters"),
        },
    ),
    "warmup too long": Kind(
        "Your warmup takes one step more than warmup_iters, and its last factor is above 1. Steps are counted"
        " from 0, so that step warmup_iters is the first one after it.",
        {"one step too long": ("if step < warmup_iters:", "if step <= warmup_iters:")},
    ),
    "decay does not start after warmup": Kind(
        "You compute p from all steps, although the warmup is no part of the decay. The factor jumps where "
        "the warmup ends, or p does not get to the end of the shape.",
        {
            "counted from the first step": (
                "(step - warmup_iters) / (max_iters - warmup_iters)\n    return",
                "step / max_iters\n    return",
            ),
            "counted from the first step, for wsd": (
                "(step - warmup_iters) / (max_iters - warmup_iters)\n    return",
                "step / max_iters if shape is wsd else (step - warmup_iters) / (max_iters - warmup_iters)\n    return",
            ),
            "as a fraction of all steps": (
                "(step - warmup_iters) / (max_iters - warmup_iters)\n    return",
                "(step - warmup_iters) / max_iters\n    return",
            ),
            "the warmup not taken off the step": (
                "(step - warmup_iters) / (max_iters - warmup_iters)\n    return",
                "step / (max_iters - warmup_iters)\n    return",
            ),
        },
    ),
    "one step ahead": Kind(
        "You count a step as done before it is taken, or one step fewer in all. The last step then has a "
        "factor of 0, and its batch is lost.",
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
        "You compute p before you know whether the warmup is over. Where warmup_iters is max_iters there are "
        "no steps after it, and p divides by zero.",
        {
            "computed before it is needed": (
                "    if step < warmup_iters:",
                ("    shape((step - warmup_iters) / (max_iters - warmup_iters))\n    if step < warmup_iters:"),
            )
        },
    ),
    "min_lr_ratio not as specified": Kind(
        "You ignore min_lr_ratio, or bring it in by adding, by multiplying, or as a minimum. The shape is "
        "scaled from [0, 1] to [min_lr_ratio, 1]: the peak stays 1, and every value in between keeps its "
        "proportion.",
        {
            "ignored for wsd": (
                "return min_lr_ratio + (1 - min_lr_ratio) * shape(progress)",
                "return shape(progress) if shape is wsd else min_lr_ratio + (1 - min_lr_ratio) * shape(progress)",
            ),
            "ignored": ("return min_lr_ratio + (1 - min_lr_ratio) * shape(progress)", "return shape(progress)"),
            "added": (
                "return min_lr_ratio + (1 - min_lr_ratio) * shape(progress)",
                "return min_lr_ratio + shape(progress)",
            ),
            "as a minimum": (
                "return min_lr_ratio + (1 - min_lr_ratio) * shape(progress)",
                "return max(min_lr_ratio, shape(progress))",
            ),
            "not added": (
                "return min_lr_ratio + (1 - min_lr_ratio) * shape(progress)",
                "return (1 - min_lr_ratio) * shape(progress)",
            ),
            "multiplied": (
                "return min_lr_ratio + (1 - min_lr_ratio) * shape(progress)",
                "return min_lr_ratio * shape(progress)",
            ),
            "upside down": (
                "return min_lr_ratio + (1 - min_lr_ratio) * shape(progress)",
                "return 1 + (min_lr_ratio - 1) * shape(progress)",
            ),
        },
    ),
    "always the same shape": Kind(
        "You use the same shape whichever schedule is chosen. It shows only when the loss curves of two runs "
        "are the same, digit for digit.",
        {
            "always wsd": ('lookup(SCHEDULES, "schedule", schedule)', "wsd"),
            "always cosine": ('lookup(SCHEDULES, "schedule", schedule)', "cosine"),
            "always linear": ('lookup(SCHEDULES, "schedule", schedule)', "linear"),
        },
    ),
    "names written down again": Kind(
        "You write the names of the schedules down again instead of looking them up in SCHEDULES. A schedule "
        "that is registered later is not known here.",
        {
            "names written down again": (
                'lookup(SCHEDULES, "schedule", schedule)',
                (
                    "lookup(\n"
                    "        dict(constant=constant, linear=linear, cosine=cosine, wsd=wsd),\n"
                    '        "schedule",\n'
                    "        schedule,\n"
                    "    )"
                ),
            )
        },
    ),
    "an unknown schedule": Kind(
        "You do not raise a ValueError that names a schedule that does not exist. A typo would train with "
        "another shape, or end with an error that does not say what is wrong.",
        {
            "falls back": ('lookup(SCHEDULES, "schedule", schedule)', "SCHEDULES.get(schedule, wsd)"),
            "a KeyError": ('lookup(SCHEDULES, "schedule", schedule)', "SCHEDULES[schedule]"),
        },
    ),
    "the shape in the warmup too": Kind(
        "You multiply the warmup by the shape, or start it at min_lr_ratio. It is linear, from 1 / "
        "warmup_iters to 1, whatever comes after it.",
        {
            "times the shape": (
                "return (step + 1) / warmup_iters",
                "return (step + 1) / warmup_iters * shape(step / max_iters)",
            ),
            "from min_lr_ratio": (
                "return (step + 1) / warmup_iters",
                "return min_lr_ratio + (1 - min_lr_ratio) * (step + 1) / warmup_iters",
            ),
        },
    ),
}
