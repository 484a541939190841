"""What people write for blocks.Block.forward, and why it matters."""

from scripts.course.blocks.explanations import NOT_NORMED_FIRST, STREAM_NORMED
from scripts.course.blocks.sublayers import sublayer_mistakes
from scripts.workshop.diagnose import Kind
from scripts.workshop.diagnose.common import GRADIENT_CUT

RMS_NORM = "x * (x.square().mean(dim=-1, keepdim=True) + 1e-6).rsqrt()"  # as nanochat's `norm(x)`

MISTAKES = {
    **sublayer_mistakes("x = x + self.attn(self.attn_norm(x), context)", "x = x + self.mlp(self.mlp_norm(x))"),
    "norm forgotten": Kind(
        NOT_NORMED_FIRST,
        {
            "no norm before attention": ("self.attn(self.attn_norm(x), context)", "self.attn(x, context)"),
            "no norm before the MLP": ("self.mlp(self.mlp_norm(x))", "self.mlp(x)"),
            "no norm before either": (
                "x = x + self.attn(self.attn_norm(x), context)",
                ("x = x + self.attn(x, context)\n        return x + self.mlp(x)"),
            ),
        },
    ),
    "residual stream normed": Kind(
        STREAM_NORMED,
        {
            "residual normalised before attention": (
                "x = x + self.attn(self.attn_norm(x), context)",
                ("x = self.attn_norm(x)\n        x = x + self.attn(x, context)"),
            ),
            "residual normalised before the MLP": (
                "x = x + self.mlp(self.mlp_norm(x))",
                "x = self.mlp_norm(x)\n        return x + self.mlp(x)",
            ),
            "one norm more at the end": (
                "x = x + self.mlp(self.mlp_norm(x))",
                "return self.mlp_norm(x + self.mlp(self.mlp_norm(x)))",
            ),
            "residual normalised before both": (
                "x = x + self.attn(self.attn_norm(x), context)",
                (
                    "x = self.attn_norm(x)\n"
                    "        x = self.mlp_norm(x + self.attn(x, context))\n"
                    "        return x + self.mlp(x)"
                ),
            ),
        },
    ),
    "post-norm": Kind(
        "You norm the stream itself after every addition, as the first transformers did. In this block it passes "
        "unchanged, and with it the gradient, so that training starts without a warm-up.",
        {
            "post-norm": (
                "x = x + self.attn(self.attn_norm(x), context)",
                ("x = self.attn_norm(x + self.attn(x, context))\n        return self.mlp_norm(x + self.mlp(x))"),
            )
        },
    ),
    "norm behind a sublayer": Kind(
        "You norm what a sublayer outputs instead of what it reads, as OLMo 2 does. It then reads a stream that grows "
        "from layer to layer, and all that it adds is forced to one size.",
        {
            "output norm of attention only": (
                "self.attn(self.attn_norm(x), context)",
                "self.attn_norm(self.attn(x, context))",
            ),
            "output norm, as OLMo 2": (
                "x = x + self.attn(self.attn_norm(x), context)",
                ("x = x + self.attn_norm(self.attn(x, context))\n        return x + self.mlp_norm(self.mlp(x))"),
            ),
            "output norm of the MLP only": ("self.mlp(self.mlp_norm(x))", "self.mlp_norm(self.mlp(x))"),
        },
    ),
    "norm behind a sublayer as well": Kind(
        "You also norm what a sublayer outputs, as blocks with norms on both sides do. All that it adds then has "
        "one size, where in this block a sublayer's weights set how much it adds.",
        {
            "sandwich norm around the MLP only": (
                "x = x + self.mlp(self.mlp_norm(x))",
                "return x + self.mlp_norm(self.mlp(self.mlp_norm(x)))",
            ),
            "sandwich norm": (
                "x = x + self.attn(self.attn_norm(x), context)",
                (
                    "x = x + self.attn_norm(self.attn(self.attn_norm(x), context))\n"
                    "        return x + self.mlp_norm(self.mlp(self.mlp_norm(x)))"
                ),
            ),
            "sandwich norm around attention only": (
                "self.attn(self.attn_norm(x), context)",
                "self.attn_norm(self.attn(self.attn_norm(x), context))",
            ),
        },
    ),
    "attention in the MLP's place": Kind(
        "You run attention a second time where the MLP belongs. The MLP never runs, and its weights, often most of "
        "the model, get no gradient.",
        {"attention twice": ("self.mlp(self.mlp_norm(x))", "self.attn(self.attn_norm(x), context)")},
    ),
    "gradient cut": Kind(
        GRADIENT_CUT,
        {
            "gradient cut at attention": ("self.attn(self.attn_norm(x)", "self.attn(self.attn_norm(x.detach())"),
            "gradient cut at the residual": ("x = x + self.attn(", "x = x.detach() + self.attn("),
        },
    ),
    "context not handed on": Kind(
        "You call attention without the context that is passed in. It has neither the positions of its tokens nor "
        "the cache, and stops with an error.",
        {"context not handed on": (", context)\n", ")\n")},
    ),
    "another norm than the block's": Kind(
        "You norm with a function, as nanochat does, and not with the norms that the block has: self.attn_norm and "
        "self.mlp_norm. Which norm these are, their eps and their weights are the configuration's.",
        {
            "rms_norm for both norms": (
                """        # Attention sublayer: norm only what it reads, so that stream and gradient pass the block unscaled.
        x = x + self.attn(self.attn_norm(x), context)
        # MLP sublayer: the same, on the stream that attention has added to.
        x = x + self.mlp(self.mlp_norm(x))
""",
                """        from .norms import rms_norm

        x = x + self.attn(rms_norm(x, 1e-6), context)
        x = x + self.mlp(rms_norm(x, 1e-6))
""",
            ),
            "rms_norm before attention": ("self.attn(self.attn_norm(x)", f"self.attn({RMS_NORM}"),
            "rms_norm before the MLP": ("self.mlp(self.mlp_norm(x)", f"self.mlp({RMS_NORM}"),
        },
    ),
}
