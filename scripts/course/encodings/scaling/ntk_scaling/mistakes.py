"""What people write for encodings.scaling.ntk_scaling, and why it matters."""

from scripts.course.encodings.scaling.explanations import ALL_ALIKE, ATTENTION_FACTOR, ENTRY_EACH, ORIGINAL_NONE
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
        "You take the wrong amount off the growth, or nothing. Where sequences are as long as in training it has to "
        "come out as one, so that all angles stay; yours comes out as another value.",
        {
            "nothing subtracted": (" - (config.rope_factor - 1)\n", "\n"),
            "factor subtracted without the one": (" - (config.rope_factor - 1)\n", " - config.rope_factor\n"),
            "brackets forgotten": (" - (config.rope_factor - 1)\n", " - config.rope_factor - 1\n"),
        },
    ),
    "lengths swapped": Kind(
        "You divide the original length by the longest one, so that longer sequences make the growth smaller, or even "
        "negative. Frequencies then rise instead of falling, or are not a number.",
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
        "You never use the original length, which the sequences of training had. It is then taken to be the longest "
        "one, so that the growth is one and nothing is scaled at all.",
        {"original length ignored": ("config.rope_original_seq_len or ", "")},
    ),
    "exponent positive": Kind(
        "Your inv_freq scaling grows from pair to pair instead of falling. The low frequencies, which have to make room "
        "for longer texts, rise, and run into new angles sooner than without scaling.",
        {"exponent positive": ("growth ** -(", "growth ** (")},
    ),
    "a single pair not thought of": Kind(
        "You divide by dim - 2, or by half of it, which is zero for a single pair. Such a pair is left alone, and the "
        "division fails or makes it not-a-number.",
        {
            "zero divided by zero": ("max(dim // 2 - 1, 1)", "(dim // 2 - 1)"),
            "a new base for a single pair": (
                "growth ** -(torch.arange(dim // 2) / max(dim // 2 - 1, 1))",
                "(growth ** (dim / (dim - 2))) ** -(torch.arange(0, dim, 2) / dim)",
            ),
        },
    ),
    "exponent short of one": Kind(
        "Your exponent has not reached one at the last pair. The lowest frequency has to make room for all the "
        "growth; yours is divided by too little, and long texts run into angles that training has never seen.",
        {
            "exponent not up to one": ("max(dim // 2 - 1, 1)", "(dim // 2)"),
            "exponent over all dimensions": ("max(dim // 2 - 1, 1)", "max(dim - 1, 1)"),
            "exponent of dim - 2": ("max(dim // 2 - 1, 1)", "max(dim - 2, 1)"),
        },
    ),
    "pairs counted backwards": Kind(
        "You count the pairs from the last to the first: high frequencies fall, and low ones stay. Neighbours are "
        "harder to tell apart then, and far tokens still get angles that training has never seen.",
        {"pairs counted backwards": ("torch.arange(dim // 2) /", "torch.arange(dim // 2).flip(0) /")},
    ),
    "pairs from 1": Kind(
        "You begin to count the pairs at one, so that each is scaled like the one after it. The first pair has to keep "
        "its frequency to tell neighbours apart, and the last is divided by too much.",
        {"pairs from 1": ("torch.arange(dim // 2) /", "torch.arange(1, dim // 2 + 1) /")},
    ),
    "an entry for every dimension": Kind(
        ENTRY_EACH, {"an entry for each dimension, not for each pair": ("torch.arange(dim // 2)", "torch.arange(dim)")}
    ),
    "all pairs interpolated alike": Kind(
        ALL_ALIKE,
        {
            "linear scaling by the growth": (
                "growth ** -(torch.arange(dim // 2) / max(dim // 2 - 1, 1))",
                "torch.full((dim // 2,), 1 / growth)",
            )
        },
    ),
    "equal steps between the pairs": Kind(
        "Your inv_freq scaling falls in equal steps from the first pair to the last. With a larger base it falls by "
        "equal ratios, and so the pairs in between get other angles than the weights expect.",
        {
            "a straight line from one down": (
                "growth ** -(torch.arange(dim // 2) / max(dim // 2 - 1, 1))",
                "torch.linspace(1, 1 / growth, dim // 2)",
            )
        },
    ),
    "new base in place of the inv_freq scaling": Kind(
        "You return the new base, where factors of the frequencies are needed. Multiplied by it, every pair would "
        "rotate hundreds or thousands of times too fast.",
        {
            "the new base, not the inv_freq scaling": (
                "growth ** -(torch.arange(dim // 2) / max(dim // 2 - 1, 1))",
                "config.rope_theta * growth ** (dim / max(dim - 2, 1))",
            )
        },
    ),
    "attention_factor other than one": Kind(
        ATTENTION_FACTOR, {"an attention_factor that grows": (", 1.0", ", 0.1 * math.log(growth) + 1")}
    ),
}
