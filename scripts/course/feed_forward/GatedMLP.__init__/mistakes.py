"""What people write for feed_forward.GatedMLP.__init__, and why it matters."""

from scripts.course.feed_forward.explanations import (
    ACTIVATION_FIXED,
    BACK_TO_FRONT,
    BIAS_SETTING,
    DROPOUT_DEFAULT,
    NO_SETUP,
    WIDTH_IGNORED,
)
from scripts.workshop.diagnose import Kind
from scripts.workshop.diagnose.common import HARD_CODED

MISTAKES = {
    "super().__init__() forgotten": Kind(NO_SETUP, {"super().__init__() forgotten": ("super().__init__()", "pass")}),
    "as wide as an ordinary MLP": Kind(
        "You make the hidden width that of an ordinary MLP. With three matrices instead of two the layer then "
        "has half as many weights again, and comparing the two kinds is no longer fair.",
        {
            "as wide as an ordinary MLP": (
                "math.ceil(8 * config.n_embd / 3 / config.ffn_multiple_of) * config.ffn_multiple_of",
                "4 * config.n_embd",
            )
        },
    ),
    "another share of the width": Kind(
        "Your hidden width is another share of the model's, much smaller than it should be. A gated MLP is to "
        "have as many weights as an ordinary one; with fewer it can learn less.",
        {
            "3/8 as wide": ("8 * config.n_embd / 3", "3 * config.n_embd / 8"),
            "2/3 as wide": ("8 * config.n_embd / 3", "2 * config.n_embd / 3"),
        },
    ),
    "not a multiple": Kind(
        "Your hidden width is not brought to a multiple of the number that is asked for. Hardware multiplies "
        "matrices of round sizes fastest, and the weights of public models have the rounded width.",
        {
            "not rounded": (
                "math.ceil(8 * config.n_embd / 3 / config.ffn_multiple_of) * config.ffn_multiple_of",
                "8 * config.n_embd // 3",
            ),
            "rounded, but not multiplied back": (" / config.ffn_multiple_of) * config.ffn_multiple_of", ")"),
        },
    ),
    "not always rounded up": Kind(
        "Your hidden width is not always rounded up: a fraction that is cut off, or rounded down, can make it "
        "one multiple smaller. For some sizes of model the weights of public models do not fit then.",
        {
            "rounded down": ("math.ceil(", "math.floor("),
            "rounded to the nearest": ("math.ceil(", "round("),
            "cut to a whole number before it is rounded up": ("8 * config.n_embd / 3 /", "8 * config.n_embd // 3 /"),
        },
    ),
    "one multiple too many": Kind(
        "You go on to the next multiple even where the width is one already. The layer gets larger than it "
        "needs to be, and the weights of public models of such sizes do not fit.",
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
        "You round the hidden width even where one is asked for. That number is meant as it is: rounded, the "
        "layer is larger than was wanted and the weights of a model with this width do not fit.",
        {
            "the width asked for rounded up too": (
                "config.ffn_hidden or math.ceil(8 * config.n_embd / 3 /",
                "math.ceil((config.ffn_hidden or 8 * config.n_embd / 3) /",
            )
        },
    ),
    "one matrix for both": Kind(
        "You use one matrix both as the gate and as what it acts on. The layer then cannot learn one thing to "
        "say and another that decides when to say it, and a third of its weights is missing.",
        {
            "one matrix for both": (
                "self.up_proj = nn.Linear(config.n_embd, hidden, bias=config.bias)",
                "self.up_proj = self.gate_proj",
            )
        },
    ),
    "gate of another shape": Kind(
        "Your gate takes or gives another number of numbers than it should. It reads the token, as up_proj "
        "does, and each hidden number is to have a gate of its own.",
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
    "part missing": Kind(
        "You never create the gate, the activation or the dropout. The forward pass asks for each of them, and "
        "stops with an error at the one that is missing.",
        {
            "no gate": ("self.gate_proj = nn.Linear(config.n_embd, hidden, bias=config.bias)", "pass"),
            "activation forgotten": ('self.activation = choose(ACTIVATIONS, "activation", config.activation)', "pass"),
            "dropout forgotten": ("self.dropout = nn.Dropout(config.dropout)", "pass"),
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
        "You keep the gate under a name from Llama's first code. The forward pass and saved models look for it "
        "under the name in the task, and do not find it.",
        {"names of Llama's first code": ("self.gate_proj", "self.w1")},
    ),
    "activation fixed": Kind(
        ACTIVATION_FIXED,
        {
            "always SiLU": ('choose(ACTIVATIONS, "activation", config.activation)', "silu"),
            "always GELU": ('choose(ACTIVATIONS, "activation", config.activation)', "gelu"),
        },
    ),
    "dropout of torch's default": Kind(
        DROPOUT_DEFAULT,
        {"dropout of torch's default": ("self.dropout = nn.Dropout(config.dropout)", "self.dropout = nn.Dropout()")},
    ),
}
