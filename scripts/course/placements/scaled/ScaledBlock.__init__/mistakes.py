"""What people write for placements.scaled.ScaledBlock.__init__, and why it matters."""

from scripts.workshop.diagnose import Kind

MISTAKES = {
    "what Block creates left out": Kind(
        "You set up an empty module and leave out all that Block creates. The sublayers and their norms are missing, "
        "and the first forward pass stops with an error.",
        {"super().__init__() forgotten": ("super().__init__(config, layer)", "super(Block, self).__init__()")},
    ),
    "configuration not passed on": Kind(
        "You do not pass the configuration on to the class that this one inherits from. It reads there which "
        "sublayers and norms to create and how large, and stops with an error without it.",
        {"super().__init__() without the configuration": ("super().__init__(config, layer)", "super().__init__()")},
    ),
    "no scale": Kind(
        "Your scale is 1 in every model. This block is built where the configuration asks for the scale: without it, "
        "attention adds at full size in every layer.",
        {
            "attn_scale always off": ("(2 * config.n_layer) ** -0.5", "1.0"),
            "attn_scale is only the switch": ("(2 * config.n_layer) ** -0.5", "config.attn_scale"),
        },
    ),
    "attention silenced": Kind(
        "Your scale is zero, so that attention adds nothing. No token then reads from another, and attention gets no "
        "gradient to learn from.",
        {"attn_scale of zero": ("(2 * config.n_layer) ** -0.5", "0.0")},
    ),
    "scale from another count": Kind(
        "The count in your scale is not that of the sublayers in the whole model, of which every layer has "
        "two. Only this count says how many additions the residual stream gets.",
        {
            "attn_scale without the two": ("(2 * config.n_layer)", "config.n_layer"),
            "attn_scale by the number of heads": ("config.n_layer", "config.n_head"),
        },
    ),
    "scale without the root": Kind(
        "You divide by the number of sublayers itself. Contributions that are independent of each other add up "
        "only to the root of their number, so that attention hardly counts in a deep model.",
        {"attn_scale without the root": ("** -0.5", "** -1")},
    ),
    "scale that enlarges": Kind(
        "Your scale grows with the number of layers. It is there to make what attention adds smaller the "
        "deeper the model is; enlarged instead, attention soon dominates the stream.",
        {"attn_scale that enlarges": ("** -0.5", "** 0.5")},
    ),
    "a learned scale": Kind(
        "You make the scale a weight that is learned. The depth fixes it once and for all: as a weight it changes in "
        "training, and stands in every saved model.",
        {
            "a learned scale": (
                "self.attn_scale = (2 * config.n_layer) ** -0.5",
                (
                    "from torch import nn, tensor\n\n"
                    "        self.attn_scale = nn.Parameter(tensor((2 * config.n_layer) ** -0.5))"
                ),
            )
        },
    ),
}
