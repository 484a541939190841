"""What people write for feed_forwards.dense.DenseMLP.__init__, and why it matters."""

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
    "bias not by the configuration": Kind(
        BIAS_SETTING,
        {
            "up always with a bias": (
                "nn.Linear(config.n_embd, hidden, bias=config.bias)",
                "nn.Linear(config.n_embd, hidden)",
            ),
            "down always with a bias": (
                "nn.Linear(hidden, config.n_embd, bias=config.bias)",
                "nn.Linear(hidden, config.n_embd)",
            ),
            "up never with a bias": (
                "nn.Linear(config.n_embd, hidden, bias=config.bias)",
                "nn.Linear(config.n_embd, hidden, bias=False)",
            ),
            "down never with a bias": (
                "nn.Linear(hidden, config.n_embd, bias=config.bias)",
                "nn.Linear(hidden, config.n_embd, bias=False)",
            ),
        },
    ),
    "another width": Kind(
        "Your default hidden width is smaller than 4C. The MLP has fewer hidden units, and the weights of a public "
        "model do not fit.",
        {
            "only twice as wide": ("4 * config.n_embd", "2 * config.n_embd"),
            "8/3 as wide": ("4 * config.n_embd", "8 * config.n_embd // 3"),
        },
    ),
    "width hard-coded": Kind(HARD_CODED, {"width hard-coded": ("4 * config.n_embd", "96")}),
    "width asked for ignored": Kind(WIDTH_IGNORED, {"the width asked for ignored": ("config.ffn_hidden or ", "")}),
    "width asked for enlarged": Kind(
        "You multiply config.ffn_hidden by 4 too, which is the width itself. The layer is four times as wide as "
        "configured, and costs four times the memory and time.",
        {
            "the width asked for times four": (
                "config.ffn_hidden or 4 * config.n_embd",
                "4 * (config.ffn_hidden or config.n_embd)",
            )
        },
    ),
    "no width of its own": Kind(
        "You take the hidden width from config.ffn_hidden alone. It is None by default, meaning 4C, and nn.Linear "
        "cannot be built with None.",
        {"a width that was not asked for": ("config.ffn_hidden or 4 * config.n_embd", "config.ffn_hidden")},
    ),
    "back to front": Kind(
        BACK_TO_FRONT,
        {
            "up and down swapped": (
                "self.up_proj = nn.Linear(config.n_embd, hidden,",
                "self.up_proj = nn.Linear(hidden, config.n_embd,",
            )
        },
    ),
    "part under another name": Kind(
        "You keep down_proj under another name. The forward pass, state dicts and the initialisation look for it under "
        "this one.",
        {"down_proj under another name": ("self.down_proj", "self.out_proj")},
    ),
    "sizes in a tuple": Kind(
        "You pass in_features and out_features as one tuple. nn.Linear takes them as two arguments: one is missing "
        "now, and the model cannot be built.",
        {"sizes in a tuple": ("nn.Linear(hidden, config.n_embd, bias", "nn.Linear((hidden, config.n_embd), bias")},
    ),
    "setting kept, nothing made of it": Kind(
        "You keep the setting itself, a name or a probability, and not the function or module that it stands for. "
        "forward calls what you have kept, and stops with an error.",
        {
            "activation by name only": ('lookup(ACTIVATIONS, "activation", config.activation)', "config.activation"),
            "dropout by number only": ("self.dropout = nn.Dropout(config.dropout)", "self.dropout = config.dropout"),
        },
    ),
    "activation fixed": Kind(
        ACTIVATION_FIXED,
        {
            "always the squared ReLU": ('lookup(ACTIVATIONS, "activation", config.activation)', 'ACTIVATIONS["relu2"]'),
            "always GELU": ('lookup(ACTIVATIONS, "activation", config.activation)', 'ACTIVATIONS["gelu"]'),
        },
    ),
    "dropout of torch's default": Kind(
        DROPOUT_DEFAULT,
        {"dropout of torch's default": ("self.dropout = nn.Dropout(config.dropout)", "self.dropout = nn.Dropout()")},
    ),
    "keep probability": Kind(
        "You pass nn.Dropout the probability of keeping an element, where it takes the probability of dropping it. A "
        "config.dropout of 0.1 then drops nine tenths, and one of 0 drops everything.",
        {
            "the share that is kept": (
                "self.dropout = nn.Dropout(config.dropout)",
                "self.dropout = nn.Dropout(1 - config.dropout)",
            )
        },
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
