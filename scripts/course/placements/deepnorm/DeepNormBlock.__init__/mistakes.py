"""What people write for placements.deepnorm.DeepNormBlock.__init__, and why it matters."""

from scripts.workshop.diagnose import Kind

MISTAKES = {
    "what Block creates left out": Kind(
        "You set up an empty module and leave out all that Block creates. The sublayers and their norms are "
        "missing, and the first forward pass stops with an error.",
        {"super().__init__() forgotten": ("super().__init__(config, layer)", "super(Block, self).__init__()")},
    ),
    "configuration not passed on": Kind(
        "You do not pass the configuration on to the class that this one inherits from. It reads there which "
        "sublayers and norms to create and how large, and stops with an error without it.",
        {"super().__init__() without the configuration": ("super().__init__(config, layer)", "super().__init__()")},
    ),
    "alpha below one": Kind(
        "Your alpha is below one and falls with depth. It would shrink the stream where it should make it "
        "outweigh what is added, and the more so the deeper the model.",
        {"the reciprocal": ("** 0.25", "** -0.25")},
    ),
    "beta instead": Kind(
        "You keep DeepNorm's other constant, by which the initial weights are scaled down. alpha is its counterpart "
        "and has to do the opposite: make the stream weigh more than what is added to it.",
        {"beta instead": ("(2 * config.n_layer) ** 0.25", "(8 * config.n_layer) ** -0.25")},
    ),
    "alpha grows too fast": Kind(
        "Your alpha grows faster with depth than it should, since you take another root of the count, or none. "
        "In a very deep model the stream then weighs so much that no layer can change it.",
        {
            "the square root": ("** 0.25", "** 0.5"),
            "a quarter, not the fourth root": ("(2 * config.n_layer) ** 0.25", "(2 * config.n_layer) * 0.25"),
        },
    ),
    "alpha from another count": Kind(
        "The count in your alpha is not that of the sublayers in the whole model, of which every layer has "
        "two. The weight of the stream then fits a model of another depth than yours.",
        {
            "8L": ("(2 * config.n_layer)", "(8 * config.n_layer)"),
            "the layer's own number": ("(2 * config.n_layer)", "(2 * (layer + 1))"),
            "only L": ("(2 * config.n_layer)", "config.n_layer"),
            "by the number of heads": ("config.n_layer", "config.n_head"),
        },
    ),
    "alpha of an encoder and a decoder": Kind(
        "You take a constant that the paper has for a model of an encoder and a decoder. A GPT is a decoder alone, for "
        "which the paper has another one.",
        {
            "that of the encoder with a decoder": ("(2 * config.n_layer) ** 0.25", "0.81 * config.n_layer ** (5 / 16)"),
            "that of the decoder with an encoder": ("(2 * config.n_layer)", "(3 * config.n_layer)"),
        },
    ),
    "a learned alpha": Kind(
        "You make alpha a weight that is learned. The depth fixes it once and for all: as a weight it would "
        "move in training, away from where it keeps a deep model stable, and stand in every saved model.",
        {
            "a learned alpha": (
                "self.alpha = (2 * config.n_layer) ** 0.25",
                (
                    "from torch import nn, tensor\n\n        self.alpha = nn.Parameter(tensor((2 * config.n_layer) "
                    "** 0.25))"
                ),
            )
        },
    ),
    "one norm for both": Kind(
        "You create one norm and use it for both sublayers. Each should have weights of its own for what it "
        "norms; a shared norm has to suit both, and saved models have weights that fit nowhere.",
        {
            "one norm for both": (
                "super().__init__(config, layer)",
                "super().__init__(config, layer)\n        self.mlp_norm = self.attn_norm",
            )
        },
    ),
}
