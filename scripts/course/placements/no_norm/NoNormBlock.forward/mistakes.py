"""What people write for placements.no_norm.NoNormBlock.forward, and why it matters."""

from scripts.course.blocks.sublayers import sublayer_mistakes
from scripts.workshop.diagnose import Kind

MISTAKES = {
    **sublayer_mistakes("x = x + self.attn(x, context)", "return x + self.mlp(x)"),
    "a norm after all": Kind(
        "You norm what attention reads, even if without weights. This block is the control of every experiment "
        "with norms, and with a norm inside it can no longer show what happens without one.",
        {
            "a norm without weights after all": (
                "self.attn(x, context)",
                "self.attn(nn.functional.rms_norm(x, x.shape[-1:]), context)",
            ),
            "norms without weights after all": (
                "x = x + self.attn(x, context)",
                (
                    "x = x + self.attn(nn.functional.rms_norm(x, x.shape[-1:]), context)\n"
                    "        return x + self.mlp(nn.functional.rms_norm(x, x.shape[-1:]))"
                ),
            ),
        },
    ),
    "a norm that does not exist": Kind(
        "You call a norm of the ordinary block, which this block does not have. It is the block without norms, so "
        "the forward pass stops with an error.",
        {"norms as in Block": ("self.attn(x, context)", "self.attn(self.attn_norm(x), context)")},
    ),
}
