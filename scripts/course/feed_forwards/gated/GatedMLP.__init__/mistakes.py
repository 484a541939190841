"""What people write for feed_forwards.gated.GatedMLP.__init__, and why it matters."""

from scripts.course.feed_forwards.explanations import (
    ACTIVATION_FIXED,
    BACK_TO_FRONT,
    BIAS_SETTING,
    DROPOUT_DEFAULT,
    DROPOUT_SOMETIMES,
    WIDTH_IGNORED,
)
from scripts.workshop.diagnose import Kind
from scripts.workshop.diagnose.common import HARD_CODED

MISTAKES = {
    "as wide as an ordinary MLP": Kind(
        "Your hidden width is that of an ungated MLP, 4C. With three matrices instead of two the layer then has 1.5 "
        "times the parameters, and a comparison of the two is no longer fair.",
        {
            "as wide as an ordinary MLP": (
                "math.ceil(8 * config.n_embd / 3 / config.ffn_multiple_of) * config.ffn_multiple_of",
                "4 * config.n_embd",
            )
        },
    ),
    "another multiple of the width": Kind(
        "Your hidden width is much smaller than 8/3 C. A gated MLP should have as many parameters as an ungated one "
        "of width 4C; with fewer it can learn less.",
        {
            "3/8 as wide": ("8 * config.n_embd / 3", "3 * config.n_embd / 8"),
            "2/3 as wide": ("8 * config.n_embd / 3", "2 * config.n_embd / 3"),
        },
    ),
    "not a multiple": Kind(
        "Your hidden width is not a multiple of config.ffn_multiple_of. Hardware multiplies matrices of such sizes "
        "fastest, and the weights of public models have the rounded width.",
        {
            "not rounded": (
                "math.ceil(8 * config.n_embd / 3 / config.ffn_multiple_of) * config.ffn_multiple_of",
                "8 * config.n_embd // 3",
            ),
            "rounded, but not multiplied back": (" / config.ffn_multiple_of) * config.ffn_multiple_of", ")"),
        },
    ),
    "not always rounded up": Kind(
        "Your hidden width is not always rounded up: truncating or rounding to the nearest can make it one multiple "
        "smaller. For some widths C the weights of public models then do not fit.",
        {
            "rounded down": ("math.ceil(", "math.floor("),
            "rounded to the nearest": ("math.ceil(", "round("),
            "cut to a whole number before it is rounded up": ("8 * config.n_embd / 3 /", "8 * config.n_embd // 3 /"),
        },
    ),
    "one multiple too many": Kind(
        "You go to the next multiple even where the width is a multiple already. The layer is one multiple too wide, "
        "and the weights of public models of such sizes do not fit.",
        {
            "always one multiple more": (
                "math.ceil(8 * config.n_embd / 3 / config.ffn_multiple_of) *",
                "(8 * config.n_embd // (3 * config.ffn_multiple_of) + 1) *",
            )
        },
    ),
    "multiple hard-coded": Kind(
        HARD_CODED,
        {
            "always a multiple of 8": (
                "math.ceil(8 * config.n_embd / 3 / config.ffn_multiple_of) * config.ffn_multiple_of",
                "math.ceil(config.n_embd / 3) * 8",
            )
        },
    ),
    "width asked for ignored": Kind(WIDTH_IGNORED, {"the width asked for ignored": ("config.ffn_hidden or ", "")}),
    "width asked for rounded": Kind(
        "You round config.ffn_hidden too, which is the width itself. Rounded, the layer is wider than configured, and "
        "the weights of a model with this width do not fit.",
        {
            "the width asked for rounded up too": (
                "config.ffn_hidden or math.ceil(8 * config.n_embd / 3 /",
                "math.ceil((config.ffn_hidden or 8 * config.n_embd / 3) /",
            )
        },
    ),
    "one matrix for both": Kind(
        "gate_proj and up_proj are one and the same layer. The gate then cannot depend on the token in another way "
        "than what it gates, and a third of the parameters is missing.",
        {
            "one matrix for both": (
                "self.up_proj = nn.Linear(config.n_embd, hidden, bias=config.bias)",
                "self.up_proj = self.gate_proj",
            )
        },
    ),
    "gate of another shape": Kind(
        "Your gate_proj has other in_features or out_features than up_proj. Both map C -> F: the gate reads x, and each "
        "of the F hidden units has a gate of its own.",
        {
            "one matrix, twice as wide": (
                "self.gate_proj = nn.Linear(config.n_embd, hidden, bias=config.bias)",
                "self.gate_proj = nn.Linear(config.n_embd, 2 * hidden, bias=config.bias)",
            ),
            "a single gate": (
                "self.gate_proj = nn.Linear(config.n_embd, hidden,",
                "self.gate_proj = nn.Linear(config.n_embd, 1,",
            ),
            "a gate behind up_proj": (
                "self.gate_proj = nn.Linear(config.n_embd, hidden,",
                "self.gate_proj = nn.Linear(hidden, hidden,",
            ),
        },
    ),
    "bias not by the configuration": Kind(
        BIAS_SETTING,
        {
            "gate never with a bias": (
                "self.gate_proj = nn.Linear(config.n_embd, hidden, bias=config.bias)",
                "self.gate_proj = nn.Linear(config.n_embd, hidden, bias=False)",
            ),
            "gate always with a bias": (
                "self.gate_proj = nn.Linear(config.n_embd, hidden, bias=config.bias)",
                "self.gate_proj = nn.Linear(config.n_embd, hidden)",
            ),
            "down never with a bias": (
                "nn.Linear(hidden, config.n_embd, bias=config.bias)",
                "nn.Linear(hidden, config.n_embd, bias=False)",
            ),
        },
    ),
    "back to front": Kind(
        BACK_TO_FRONT,
        {"down_proj back to front": ("nn.Linear(hidden, config.n_embd", "nn.Linear(config.n_embd, hidden")},
    ),
    "part under another name": Kind(
        "You call the gate w1, as Llama's first code does; here it is gate_proj, as in transformers. The forward pass "
        "and state dicts look for it under that name, and do not find it.",
        {"names of Llama's first code": ("self.gate_proj", "self.w1")},
    ),
    "activation fixed": Kind(
        ACTIVATION_FIXED,
        {
            "always SiLU": ('lookup(ACTIVATIONS, "activation", config.activation)', 'ACTIVATIONS["silu"]'),
            "always GELU": ('lookup(ACTIVATIONS, "activation", config.activation)', 'ACTIVATIONS["gelu"]'),
        },
    ),
    "dropout of torch's default": Kind(
        DROPOUT_DEFAULT,
        {"dropout of torch's default": ("self.dropout = nn.Dropout(config.dropout)", "self.dropout = nn.Dropout()")},
    ),
    "dropout of nothing": Kind(
        DROPOUT_SOMETIMES,
        {
            "dropout of zero where there are biases": (
                "self.dropout = nn.Dropout(config.dropout)",
                "self.dropout = nn.Dropout(0.0 if config.bias else config.dropout)",
            )
        },
    ),
}
