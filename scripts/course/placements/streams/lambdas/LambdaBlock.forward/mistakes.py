"""What people write for placements.streams.lambdas.LambdaBlock.forward, and why it matters."""

from scripts.course.blocks.explanations import (
    CACHE_LEFT_BEHIND,
    EMPTY_CONTEXT,
    IN_PARALLEL,
    NO_RESIDUAL,
    NORMS_SWAPPED,
    NOT_NORMED_FIRST,
    STREAM_NORMED,
    SUBLAYER_FORGOTTEN,
)
from scripts.workshop.diagnose import Kind

SCALED = "x = self.resid_lambda.to(stream.x.dtype) * stream.x + self.x0_lambda.to(stream.x.dtype) * stream.x0"
ATTENTION = "x = x + self.attn(h, self.values(h, stream.values, context))"
MLP = "x = x + self.mlp(self.mlp_norm(x))"
LAST = "return self.leave(self.keep(stream._replace(x=x)))"

MISTAKES = {
    "x0 forgotten": Kind(
        "You do not add x0. Every layer is fed with what entered the first block once more, as much as its own number says.",
        {"x0 forgotten": (" + self.x0_lambda.to(stream.x.dtype) * stream.x0", "")},
    ),
    "stream not scaled": Kind(
        "You leave out resid_lambda. It is what lets old parts of the stream fade, or stay loud.",
        {"stream not scaled": ("self.resid_lambda.to(stream.x.dtype) * stream.x +", "stream.x +")},
    ),
    "lambdas exchanged": Kind(
        "Your two numbers have changed places. resid_lambda belongs to the stream, x0_lambda to what entered the first "
        "block.",
        {
            "lambdas exchanged": (
                SCALED,
                "x = self.x0_lambda.to(stream.x.dtype) * stream.x + self.resid_lambda.to(stream.x.dtype) * stream.x0",
            )
        },
    ),
    "the stream for x0": Kind(
        "You add the stream to itself. x0 is what entered the first block, and the same in all layers.",
        {"the stream for x0": ("* stream.x0", "* stream.x")},
    ),
    "the middle for x0": Kind(
        "You add what left the middle block. That is for the end of the model; layers are fed with x0.",
        {"the middle for x0": ("* stream.x0", "* stream.middle")},
    ),
    "scaled behind attention": Kind(
        "You scale what attention has added, too. The stream is scaled and fed before both sublayers, so that they read it "
        "so.",
        {
            "scaled behind attention": (
                ATTENTION,
                "x = stream.x + self.attn(h, self.values(h, stream.values, context))\n"
                "        x = self.resid_lambda * x + self.x0_lambda * stream.x0",
            )
        },
    ),
    "residual of the unscaled stream": Kind(
        "Attention reads the scaled stream, but its output is added to the one from before. What is scaled is the stream "
        "itself, and x0 stays in it.",
        {"residual of the unscaled stream": ("x = x + self.attn(h", "x = stream.x + self.attn(h")},
    ),
    "no residual": Kind(
        NO_RESIDUAL,
        {
            "attention alone": ("x = x + self.attn(h", "x = self.attn(h"),
            "the MLP alone": ("x = x + self.mlp(", "x = self.mlp("),
        },
    ),
    "in parallel": Kind(
        IN_PARALLEL, {"in parallel": ("self.mlp(self.mlp_norm(x))", "self.mlp(self.mlp_norm(stream.x))")}
    ),
    "norm forgotten": Kind(
        NOT_NORMED_FIRST,
        {
            "norm of attention forgotten": ("h = self.attn_norm(x)", "h = x"),
            "norm of the MLP forgotten": ("self.mlp(self.mlp_norm(x))", "self.mlp(x)"),
        },
    ),
    "norms swapped": Kind(
        NORMS_SWAPPED,
        {
            "the norm of the MLP for attention": ("self.attn_norm(", "self.mlp_norm("),
            "the norm of attention for the MLP": ("self.mlp_norm(", "self.attn_norm("),
        },
    ),
    "stream normed": Kind(STREAM_NORMED, {"stream normed": ("x = x + self.attn(h", "x = h + self.attn(h")}),
    "sublayer forgotten": Kind(
        SUBLAYER_FORGOTTEN, {"attention forgotten": (ATTENTION, "pass"), "MLP forgotten": (MLP, "pass")}
    ),
    "values not joined": Kind(
        "You hand attention the context as it is. In layers with value embeddings `self.values` makes one with which they "
        "join the values.",
        {"values not joined": ("self.attn(h, self.values(h, stream.values, context))", "self.attn(h, context)")},
    ),
    "gate of the stream": Kind(
        "You show `self.values` the stream, and not its norm. Its gate reads what attention reads, which is of one size.",
        {"gate of the stream": ("self.attn(h, self.values(h,", "self.attn(h, self.values(x,")},
    ),
    "never kept": Kind(
        "You leave out `self.keep`. In the middle layer it keeps the stream, of which a part is subtracted at the end.",
        {"never kept": ("self.leave(self.keep(stream._replace(x=x)))", "self.leave(stream._replace(x=x))")},
    ),
    "kept too early": Kind(
        "You keep the stream as it enters the middle block. It is to be kept as it leaves it.",
        {"kept too early": (LAST, "return self.leave(self.keep(stream)._replace(x=x))")},
    ),
    "never left": Kind(
        "You return all that is carried in the last layer, too. There `self.leave` makes one vector for each token of it, "
        "for the head.",
        {"never left": ("self.leave(self.keep(stream._replace(x=x)))", "self.keep(stream._replace(x=x))")},
    ),
    "x alone": Kind(
        "You hand on x alone. The next block needs x0 and all else that is carried.",
        {"x alone": (LAST, "return x")},
    ),
    "the old stream": Kind(
        "You hand on the stream as it came in. Put the new x in its place.",
        {"the old stream": ("stream._replace(x=x)", "stream")},
    ),
    "x0 replaced": Kind(
        "You put the new x in the place of x0. It is what entered the first block, and stays so to the end.",
        {"x0 replaced": ("stream._replace(x=x)", "stream._replace(x=x, x0=x)")},
    ),
    "dtype of the lambdas": Kind(
        "Your lambdas widen the stream to their own dtype. They are parameters, and may be in float32 where it is in "
        "bfloat16.",
        {"dtype of the lambdas": (SCALED, "x = self.resid_lambda * stream.x + self.x0_lambda * stream.x0")},
    ),
    "empty context": Kind(
        EMPTY_CONTEXT,
        {
            "an empty context handed on": (
                "self.attn(h, self.values(h, stream.values, context))",
                "self.attn(h, self.values(h, stream.values, Context(context.position)))",
            )
        },
    ),
    "cache left behind": Kind(
        CACHE_LEFT_BEHIND,
        {
            "context without its cache": (
                "self.attn(h, self.values(h, stream.values, context))",
                "self.attn(h, self.values(h, stream.values, context._replace(cache=None)))",
            )
        },
    ),
}
