"""What people write for feed_forward.MLP.__init__, and why it matters."""

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
        "Your hidden width is smaller than the one that an ordinary MLP has where none is asked for. It has "
        "less room for detectors, and the weights of a public model do not fit.",
        {
            "only twice as wide": ("4 * config.n_embd", "2 * config.n_embd"),
            "8/3 as wide": ("4 * config.n_embd", "8 * config.n_embd // 3"),
        },
    ),
    "width hard-coded": Kind(HARD_CODED, {"width hard-coded": ("4 * config.n_embd", "96")}),
    "width asked for ignored": Kind(WIDTH_IGNORED, {"the width asked for ignored": ("config.ffn_hidden or ", "")}),
    "width asked for enlarged": Kind(
        "You multiply the hidden width even where one is asked for. That number is the width itself: the layer "
        "comes out several times as large as was wanted, in memory and in time.",
        {
            "the width asked for times four": (
                "config.ffn_hidden or 4 * config.n_embd",
                "4 * (config.ffn_hidden or config.n_embd)",
            )
        },
    ),
    "no width of its own": Kind(
        "You take the hidden width from the configuration alone. Most configurations leave it open, and then "
        "there is no number to make a layer of, and the model cannot be built.",
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
        "You keep down_proj under another name than the task gives it. The forward pass looks for it under "
        "that name, and so do saved models and the functions that draw its first weights.",
        {"down_proj under another name": ("self.down_proj", "self.out_proj")},
    ),
    "sizes in a tuple": Kind(
        "You hand a layer both of its sizes as one pair. A linear layer takes them one by one: with the pair, "
        "one size is missing, and the model cannot be built.",
        {"sizes in a tuple": ("nn.Linear(hidden, config.n_embd, bias", "nn.Linear((hidden, config.n_embd), bias")},
    ),
    "part missing": Kind(
        "You never create the activation or the dropout, which forward needs besides the two layers. It asks "
        "for both of them, and stops with an error at the one that is missing.",
        {
            "activation forgotten": ('self.activation = choose(ACTIVATIONS, "activation", config.activation)', "pass"),
            "dropout forgotten": ("self.dropout = nn.Dropout(config.dropout)", "pass"),
        },
    ),
    "setting kept, nothing made of it": Kind(
        "You keep the setting itself, a name or a number, and not what it stands for. The forward pass wants "
        "to call what you have kept, and stops with an error.",
        {
            "activation by name only": ('choose(ACTIVATIONS, "activation", config.activation)', "config.activation"),
            "dropout by number only": ("self.dropout = nn.Dropout(config.dropout)", "self.dropout = config.dropout"),
        },
    ),
    "activation fixed": Kind(
        ACTIVATION_FIXED,
        {
            "always the squared ReLU": ('choose(ACTIVATIONS, "activation", config.activation)', "relu2"),
            "always GELU": ('choose(ACTIVATIONS, "activation", config.activation)', "gelu"),
        },
    ),
    "dropout of torch's default": Kind(
        DROPOUT_DEFAULT,
        {"dropout of torch's default": ("self.dropout = nn.Dropout(config.dropout)", "self.dropout = nn.Dropout()")},
    ),
    "share that is kept": Kind(
        "You hand dropout the share of numbers to keep, where it wants the share to drop. A setting of a tenth "
        "would then drop nine tenths, and a setting of zero would drop everything.",
        {
            "the share that is kept": (
                "self.dropout = nn.Dropout(config.dropout)",
                "self.dropout = nn.Dropout(1 - config.dropout)",
            )
        },
    ),
}
