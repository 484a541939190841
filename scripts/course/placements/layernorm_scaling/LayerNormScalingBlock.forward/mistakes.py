"""What people write for placements.layernorm_scaling.LayerNormScalingBlock.forward, and why it matters."""

from scripts.course.blocks.explanations import NORMS_ON_THE_OUTSIDE, NOT_NORMED_FIRST, STREAM_NORMED
from scripts.course.blocks.sublayers import sublayer_mistakes
from scripts.workshop.diagnose import Kind

FIRST = "x = x + self.attn(self.depth_scale * self.attn_norm(x), context)"
SECOND = "return x + self.mlp(self.depth_scale * self.mlp_norm(x))"

MISTAKES = {
    **sublayer_mistakes(FIRST, SECOND),
    "scale forgotten": Kind(
        "A sublayer reads its norm at full size. That is plain pre-norm: the stream grows as fast as ever, and deep "
        "layers add what is lost in it.",
        {
            "scale of attention forgotten": ("self.depth_scale * self.attn_norm(x)", "self.attn_norm(x)"),
            "scale of the MLP forgotten": ("self.depth_scale * self.mlp_norm(x)", "self.mlp_norm(x)"),
            "both scales forgotten": (
                FIRST,
                "x = x + self.attn(self.attn_norm(x), context)\n        return x + self.mlp(self.mlp_norm(x))",
            ),
        },
    ),
    "scale in front of the norm": Kind(
        "You scale what the norm reads, and it divides the scale away again. Only behind the norm has it an effect.",
        {
            "scale of attention in front": (
                "self.depth_scale * self.attn_norm(x)",
                "self.attn_norm(self.depth_scale * x)",
            ),
            "scale of the MLP in front": ("self.depth_scale * self.mlp_norm(x)", "self.mlp_norm(self.depth_scale * x)"),
            "both scales in front": (
                FIRST,
                "x = x + self.attn(self.attn_norm(self.depth_scale * x), context)\n"
                "        return x + self.mlp(self.mlp_norm(self.depth_scale * x))",
            ),
        },
    ),
    "scale on what is added": Kind(
        "You scale what a sublayer outputs, and not what it reads. Neither sublayer is linear: its output shrinks, but it "
        "works on inputs of full size, as in a residual scale.",
        {
            "scale on what attention adds": (
                "self.attn(self.depth_scale * self.attn_norm(x), context)",
                "self.depth_scale * self.attn(self.attn_norm(x), context)",
            ),
            "scale on what the MLP adds": (
                "self.mlp(self.depth_scale * self.mlp_norm(x))",
                "self.depth_scale * self.mlp(self.mlp_norm(x))",
            ),
            "scale on what both add": (
                FIRST,
                "x = x + self.depth_scale * self.attn(self.attn_norm(x), context)\n"
                "        return x + self.depth_scale * self.mlp(self.mlp_norm(x))",
            ),
        },
    ),
    "scale on the stream": Kind(
        "You scale the residual stream itself. In every layer all that earlier ones have added shrinks, and the gradient "
        "on its way back to them.",
        {
            "scale on the stream, first": ("x = x + self.attn(", "x = self.depth_scale * x + self.attn("),
            "scale on the stream, then": ("return x + self.mlp(", "return self.depth_scale * x + self.mlp("),
        },
    ),
    "divided by the scale": Kind(
        "You divide by the scale, which is a division already: 1/sqrt(l). What deep layers read grows instead.",
        {
            "divided for attention": ("self.depth_scale * self.attn_norm(x)", "self.attn_norm(x) / self.depth_scale"),
            "divided for the MLP": ("self.depth_scale * self.mlp_norm(x)", "self.mlp_norm(x) / self.depth_scale"),
        },
    ),
    "norm forgotten": Kind(
        NOT_NORMED_FIRST,
        {
            "norm of attention forgotten": ("self.attn_norm(x)", "x"),
            "norm of the MLP forgotten": ("self.mlp_norm(x)", "x"),
        },
    ),
    "norms on the outside": Kind(
        NORMS_ON_THE_OUTSIDE,
        {
            "output norm for the MLP": (
                "self.mlp(self.depth_scale * self.mlp_norm(x))",
                "self.depth_scale * self.mlp_norm(self.mlp(x))",
            )
        },
    ),
    "stream normed": Kind(
        STREAM_NORMED,
        {
            "stream normed before attention": (
                FIRST,
                "x = self.attn_norm(x)\n        x = x + self.attn(self.depth_scale * x, context)",
            ),
            "stream normed before the MLP": (
                SECOND,
                "x = self.mlp_norm(x)\n        return x + self.mlp(self.depth_scale * x)",
            ),
        },
    ),
}
