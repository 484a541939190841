"""What people write for attentions.recurrent.retention.MultiScaleRetention.forward, and why it matters."""

from scripts.course.attentions.recurrent.explanations import (
    NO_CACHE,
    NO_DECAY,
    NO_DROPOUT,
)
from scripts.workshop.diagnose import Kind

ROTATE = "query, key = context.rotate(query), context.rotate(key) * self.head_dim**-0.5"
NORM = "y = F.layer_norm(y, y.shape[-1:], eps=self.norm_eps).transpose(1, 2).flatten(2)"
RETURN = "return self.dropout(self.o_proj(F.silu(self.gate_proj(x)) * y))"

MISTAKES = {
    "no rotation": Kind(
        "You do not rotate both, queries and keys. Their product is to depend on the distance of two tokens.",
        {
            "of neither": (ROTATE, "key = key * self.head_dim**-0.5"),
            "of the queries": ("context.rotate(query), context", "query, context"),
            "of the keys": ("context.rotate(key)", "key"),
        },
    ),
    "rotated twice": Kind(
        "You rotate the keys twice. Their angle is then not that of their own position, and no distance comes out.",
        {"twice": (ROTATE, ROTATE.replace("context.rotate(key)", "context.rotate(context.rotate(key))"))},
    ),
    "values rotated": Kind(
        "You rotate the values, too. What is read would be turned by the position of the token that wrote it.",
        {"values rotated": (ROTATE, f"{ROTATE}\n        value = context.rotate(value)")},
    ),
    "scale": Kind(
        "You leave out the scale, or scale both. The products are divided by the root of D once.",
        {
            "no scale": (" * self.head_dim**-0.5", ""),
            "both": (ROTATE, ROTATE + "\n        query = query * self.head_dim**-0.5"),
            "by D": ("self.head_dim**-0.5", "self.head_dim**-1"),
        },
    ),
    "no decay": Kind(NO_DECAY, {"no decay": ("log_decay = self.log_gamma", "log_decay = 0 * self.log_gamma")}),
    "growth": Kind(
        "You change the sign of log_gamma, and the state grows. It is the logarithm of what is left, below zero already.",
        {"growth": ("log_decay = self.log_gamma", "log_decay = -self.log_gamma")},
    ),
    "heads mixed": Kind(
        "You mix heads and elements when you split or join the heads. H heads of their size each stand side by side.",
        {
            "elements before heads": (
                "part.unflatten(-1, (self.n_head, -1))",
                "part.unflatten(-1, (-1, self.n_head)).transpose(-1, -2)",
            ),
            "heads left in front": (".transpose(1, 2).flatten(2)", ".reshape(*x.shape[:2], -1)"),
        },
    ),
    "another norm": Kind(
        "You norm in another way: over all heads together, without taking the mean away, or not at all. A head with a long "
        "horizon sums up more tokens, and a norm of its own makes it the equal of the others.",
        {
            "no norm": (NORM, "y = y.transpose(1, 2).flatten(2)"),
            "over all heads": (
                NORM,
                "y = y.transpose(1, 2).flatten(2)\n        y = F.layer_norm(y, y.shape[-1:], eps=self.norm_eps)",
            ),
            "RMS": (NORM, NORM.replace("F.layer_norm(", "F.rms_norm(")),
            "over the tokens": (
                NORM,
                "y = F.layer_norm(y.mT, y.mT.shape[-1:], eps=self.norm_eps).mT.transpose(1, 2).flatten(2)",
            ),
        },
    ),
    "gate": Kind(
        "Your gate is left out, stands before the norm, or is another function. silu of gate_proj of the tokens multiplies what "
        "the norm gives.",
        {
            "no gate": (RETURN, "return self.dropout(self.o_proj(y))"),
            "sigmoid": ("F.silu(self.gate_proj(x))", "torch.sigmoid(self.gate_proj(x))"),
            "of the output": (RETURN, "return self.dropout(self.o_proj(F.silu(y) * self.gate_proj(x)))"),
            "before the norm": (
                f"{NORM}\n        {RETURN}",
                "y = y.transpose(1, 2) * F.silu(self.gate_proj(x)).unflatten(-1, (self.n_head, -1))\n"
                "        y = F.layer_norm(y, y.shape[-1:], eps=self.norm_eps).flatten(2)\n"
                "        return self.dropout(self.o_proj(y))",
            ),
        },
    ),
    "dropout forgotten": Kind(NO_DROPOUT, {"dropout forgotten": (RETURN, RETURN.replace("self.dropout(", "("))}),
    "the cache not asked": Kind(
        NO_CACHE, {"no cache": ("y = scan(context, ", "y = scan(context._replace(cache=None), ")}
    ),
}
