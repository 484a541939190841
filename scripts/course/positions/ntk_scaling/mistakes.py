"""What people write for positions.ntk_scaling, and why it matters."""

from scripts.course.positions.explanations import ALL_ALIKE, MAGNITUDE, NUMBER_EACH, ORIGINAL_NONE
from scripts.workshop.diagnose import Kind

MISTAKES = {
    "half of the growth": Kind(
        "You use only one of the two that the growth depends on: the factor, and how far sequences outgrow "
        "those of training. The base then grows where it need not, or the setting has no effect.",
        {
            "factor alone": (
                "config.rope_factor * config.max_seq_len / original - (config.rope_factor - 1)",
                "config.rope_factor",
            ),
            "growth of the length alone": (
                "config.rope_factor * config.max_seq_len / original - (config.rope_factor - 1)",
                "config.max_seq_len / original",
            ),
        },
    ),
    "growth not one when nothing grows": Kind(
        "You take the wrong amount off the growth, or nothing. Where sequences are as long as in training it "
        "has to come out as one, so that all angles stay; yours comes out as another number.",
        {
            "nothing subtracted": (" - (config.rope_factor - 1)\n", "\n"),
            "factor subtracted without the one": (" - (config.rope_factor - 1)\n", " - config.rope_factor\n"),
            "brackets forgotten": (" - (config.rope_factor - 1)\n", " - config.rope_factor - 1\n"),
        },
    ),
    "lengths swapped": Kind(
        "You divide the length of training by that of today, so that longer sequences make the growth smaller, "
        "or even negative. Pairs then speed up instead of slowing down, or their stretch is not a number.",
        {"original and longest length swapped": ("config.max_seq_len / original -", "original / config.max_seq_len -")},
    ),
    "original length taken for granted": Kind(
        ORIGINAL_NONE,
        {
            "original length always given": (
                "original = config.rope_original_seq_len or config.max_seq_len",
                "original = config.rope_original_seq_len",
            )
        },
    ),
    "original length ignored": Kind(
        "You never look at how long the sequences of training were. They seem to be as long as those of today, "
        "so that the growth is one and nothing is scaled at all.",
        {"original length ignored": ("config.rope_original_seq_len or ", "")},
    ),
    "exponent positive": Kind(
        "Your stretch grows from pair to pair instead of falling. The slow pairs, which have to make room for "
        "longer texts, turn faster, and run into new angles sooner than without scaling.",
        {"exponent positive": ("growth ** -(", "growth ** (")},
    ),
    "exponent short of one": Kind(
        "Your exponent has not reached one at the last pair. The slowest pair has to make room for all the "
        "growth; yours is slowed down by too little, and long texts run into angles that training has never "
        "seen.",
        {
            "exponent not up to one": ("max(dim // 2 - 1, 1)", "(dim // 2)"),
            "exponent over all numbers": ("max(dim // 2 - 1, 1)", "max(dim - 1, 1)"),
            "exponent of dim - 2": ("max(dim // 2 - 1, 1)", "max(dim - 2, 1)"),
        },
    ),
    "pairs counted backwards": Kind(
        "You count the pairs from the last to the first: fast ones slow down, and slow ones stay. Neighbours "
        "are harder to tell apart then, and far tokens still get angles that training has never seen.",
        {"pairs counted backwards": ("torch.arange(dim // 2) /", "torch.arange(dim // 2).flip(0) /")},
    ),
    "pairs from 1": Kind(
        "You begin to count the pairs at one, so that each is slowed down like the one after it. The first "
        "pair has to keep its angle to tell neighbours apart, and the last gives way too much.",
        {"pairs from 1": ("torch.arange(dim // 2) /", "torch.arange(1, dim // 2 + 1) /")},
    ),
    "a number for every number": Kind(
        NUMBER_EACH, {"one number for each number, not for each pair": ("torch.arange(dim // 2)", "torch.arange(dim)")}
    ),
    "all pairs squeezed alike": Kind(
        ALL_ALIKE,
        {
            "linear scaling by the growth": (
                "growth ** -(torch.arange(dim // 2) / max(dim // 2 - 1, 1))",
                "torch.full((dim // 2,), 1 / growth)",
            )
        },
    ),
    "equal steps between the pairs": Kind(
        "Your stretches fall in equal steps from the first pair to the last. With a larger base they fall by "
        "equal ratios, and so the pairs in between get other angles than the tuned weights expect.",
        {
            "a straight line from one down": (
                "growth ** -(torch.arange(dim // 2) / max(dim // 2 - 1, 1))",
                "torch.linspace(1, 1 / growth, dim // 2)",
            )
        },
    ),
    "new base in place of the stretch": Kind(
        "You hand back the new base, where factors for the angles are asked for. Multiplied by it, every pair "
        "would turn hundreds or thousands of times too fast.",
        {
            "the new base, not the stretch": (
                "growth ** -(torch.arange(dim // 2) / max(dim // 2 - 1, 1))",
                "config.rope_theta * growth ** (dim / max(dim - 2, 1))",
            )
        },
    ),
    "magnitude other than one": Kind(MAGNITUDE, {"a magnitude that grows": (", 1.0", ", 0.1 * math.log(growth) + 1")}),
}
