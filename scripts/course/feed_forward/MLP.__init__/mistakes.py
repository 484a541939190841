"""What people write for feed_forward.MLP.__init__, and why it matters."""

from scripts.course.feed_forwards.explanations import BACK_TO_FRONT
from scripts.workshop.diagnose import Kind
from scripts.workshop.diagnose.common import HARD_CODED

UP = "self.up_proj = nn.Linear(config.n_embd, 4 * config.n_embd, bias=False)"
DOWN = "self.down_proj = nn.Linear(4 * config.n_embd, config.n_embd, bias=False)"
BOTH = f"{UP}\n        # Project back to its width.\n        {DOWN}"

MISTAKES = {
    "with a bias": Kind(
        "A layer of yours has a bias, which is nn.Linear's default. nanochat's linear layers have none: the state dict "
        "has unexpected bias keys, and Muon would be given vectors where it needs matrices.",
        {
            "up with a bias": (UP, UP.replace(", bias=False", "")),
            "down with a bias": (DOWN, DOWN.replace(", bias=False", "")),
            "both with a bias": (BOTH, BOTH.replace(", bias=False", "")),
        },
    ),
    "another hidden width": Kind(
        "Your hidden width is not 4C. The MLP has another number of hidden units than nanochat's, and its weights do "
        "not fit.",
        {
            "no wider than the stream": (BOTH, BOTH.replace("4 * ", "")),
            "only twice as wide": (BOTH, BOTH.replace("4 * ", "2 * ")),
            "8/3 as wide": (BOTH, BOTH.replace("4 * config.n_embd", "8 * config.n_embd // 3")),
        },
    ),
    "width from the heads": Kind(
        "You take H*D, the width of all heads together, for C, the width of the stream. The two agree only where D is "
        "C/H.",
        {
            "hidden width from the heads": (
                BOTH,
                BOTH.replace("4 * config.n_embd", "4 * config.n_head * config.head_dim"),
            ),
            "width from the heads throughout": (BOTH, BOTH.replace("config.n_embd", "config.n_head * config.head_dim")),
        },
    ),
    "width hard-coded": Kind(
        HARD_CODED,
        {
            "hidden width hard-coded": (BOTH, BOTH.replace("4 * config.n_embd", "96")),
            "nanochat's width hard-coded": (BOTH, BOTH.replace("4 * config.n_embd", "3072")),
        },
    ),
    "the layers do not fit together": Kind(
        "down_proj does not take as many inputs as up_proj gives. Both have the hidden width 4C on one side: "
        "up_proj is C -> 4C, down_proj 4C -> C.",
        {
            "down reads the stream": (DOWN, DOWN.replace("4 * ", "")),
            "down stays at the hidden width": (DOWN, DOWN.replace(", config.n_embd", ", 4 * config.n_embd")),
        },
    ),
    "back to front": Kind(
        BACK_TO_FRONT,
        {
            "up and down swapped": (
                UP,
                UP.replace("config.n_embd, 4 * config.n_embd", "4 * config.n_embd, config.n_embd"),
            ),
            "both back to front": (
                BOTH,
                BOTH.replace("up_proj", "_").replace("down_proj", "up_proj").replace("self._ ", "self.down_proj "),
            ),
        },
    ),
    "part under another name": Kind(
        "You keep a layer under another name. The forward pass, state dicts and the initialisation look for up_proj and "
        "down_proj.",
        {
            "down_proj under another name": ("self.down_proj", "self.out_proj"),
            "nanochat's own names": (BOTH, BOTH.replace("up_proj", "c_fc").replace("down_proj", "c_proj")),
        },
    ),
    "sizes in a tuple": Kind(
        "You pass in_features and out_features as one tuple. nn.Linear takes them as two arguments: one is missing "
        "now, and the model cannot be built.",
        {"sizes in a tuple": (DOWN, "self.down_proj = nn.Linear((4 * config.n_embd, config.n_embd), bias=False)")},
    ),
}
