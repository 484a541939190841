"""What people write for attentions.recurrent.lightning.decay_rates, and why it matters."""

from scripts.workshop.diagnose import Kind

SLOPES = "2 ** (-8 / n_head * torch.arange(1, n_head + 1, dtype=dtype))"
RESULT = "return slopes * (1 - layer / (n_layer - 1 + 1e-5) + 1e-5)"

MISTAKES = {
    "heads from 0": Kind(
        "You count the heads from 0: the first rate is then 1, and every other that of its neighbour. The exponents run "
        "from 1 to H.",
        {"heads from 0": ("torch.arange(1, n_head + 1,", "torch.arange(n_head,")},
    ),
    "another base": Kind(
        "Your series has another base than 2^(-8/H). The last head is to have 2^-8, whatever their number.",
        {
            "8 left out": ("-8 / n_head", "-1 / n_head"),
            "not divided by the heads": ("-8 / n_head", "-1"),
            "growth": ("-8 / n_head", "8 / n_head"),
            "e for 2": (SLOPES, "(-8 / n_head * torch.arange(1, n_head + 1, dtype=dtype)).exp()"),
        },
    ),
    "layers alike": Kind(
        "Every layer gets the same rates. Deeper ones are to forget less, so that some see the whole text.",
        {"no factor": (RESULT, "return slopes")},
    ),
    "depth the other way round": Kind(
        "Your deeper layers forget more. The last one is to forget hardly anything.",
        {"the other way round": (RESULT, "return slopes * (layer / (n_layer - 1 + 1e-5) + 1e-5)")},
    ),
    "layers counted otherwise": Kind(
        "You count the layers from 1, or divide by another number than L - 1. The first layer has the factor 1, the last "
        "1e-5.",
        {
            "from 1": ("slopes * (1 - layer /", "slopes * (1 - (layer + 1) /"),
            "divided by L": ("slopes * (1 - layer / (n_layer - 1 +", "slopes * (1 - layer / (n_layer +"),
        },
    ),
    "1e-5 left out": Kind(
        "You leave out an 1e-5. Without the first, a model of one layer divides by zero; without the second, the last layer "
        "never forgets at all.",
        {
            "the first": ("slopes * (1 - layer / (n_layer - 1 + 1e-5)", "slopes * (1 - layer / (n_layer - 1)"),
            "the second": (RESULT, "return slopes * (1 - layer / (n_layer - 1 + 1e-5))"),
        },
    ),
    "logarithms": Kind(
        "You return the logarithm of the decay, with its sign, or the decay itself. Rates are asked for, which are positive.",
        {
            "negative": ("return slopes", "return -slopes"),
            "the decay": (RESULT, "return (-slopes * (1 - layer / (n_layer - 1 + 1e-5) + 1e-5)).exp()"),
        },
    ),
}
