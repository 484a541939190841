"""What people write for attentions.recurrent.delta_net.DeltaNet.forward, and why it matters."""

from scripts.course.attentions.recurrent.explanations import HEADS_MIXED, NO_DROPOUT
from scripts.workshop.diagnose import Kind

UNIT = "query, key = self.qk_norm(query) * self.head_dim**-0.5, self.qk_norm(key)"
SCAN = "y = scan(context, gated_delta_rule, query, key, value, torch.zeros_like(beta.mT), beta.mT)"
NORM = "y = self.norm(y).transpose(1, 2).flatten(2)"

MISTAKES = {
    "length not one": Kind(
        "Queries or keys do not get the length one. With longer keys a beta of 1 overshoots, and the state explodes.",
        {
            "neither": (UNIT, "query = query * self.head_dim**-0.5"),
            "the queries only": (UNIT, "query = self.qk_norm(query) * self.head_dim**-0.5"),
            "the keys only": (UNIT, "query, key = query * self.head_dim**-0.5, self.qk_norm(key)"),
        },
    ),
    "values normed": Kind(
        "You give the values the length one, too. They are what is to be found again, and their size is a part of it.",
        {"values normed": (UNIT, f"{UNIT}\n        value = self.qk_norm(value)")},
    ),
    "scale": Kind(
        "You leave out the scale of the queries, take it where the norm undoes it, or scale the keys. One division by the root "
        "of D is asked for, that of the queries.",
        {
            "no scale": (UNIT, "query, key = self.qk_norm(query), self.qk_norm(key)"),
            "before the norm": (UNIT, "query, key = self.qk_norm(query * self.head_dim**-0.5), self.qk_norm(key)"),
            "keys instead": (UNIT, "query, key = self.qk_norm(query), self.qk_norm(key) * self.head_dim**-0.5"),
            "keys scaled too": (
                UNIT,
                "query, key = (self.qk_norm(each) * self.head_dim**-0.5 for each in (query, key))",
            ),
        },
    ),
    "beta": Kind(
        "Your beta is not the sigmoid of its projection. It lies between 0, which writes nothing, and 1, which replaces.",
        {
            "no sigmoid": ("self.b_proj(x).sigmoid()", "self.b_proj(x)"),
            "twice as large": ("self.b_proj(x).sigmoid()", "2 * self.b_proj(x).sigmoid()"),
            "always 1": ("self.b_proj(x).sigmoid()", "torch.ones_like(self.b_proj(x))"),
        },
    ),
    "decay": Kind(
        "You let the state decay, or grow. A log_decay of 0 is the logarithm of 1: all is kept.",
        {
            "growth": ("torch.zeros_like(beta.mT)", "torch.ones_like(beta.mT)"),
            "by beta": ("torch.zeros_like(beta.mT)", "-beta.mT"),
            "arguments exchanged": ("torch.zeros_like(beta.mT), beta.mT)", "beta.mT, torch.zeros_like(beta.mT))"),
        },
    ),
    "another rule": Kind(
        "You scan with another rule than the delta rule. Linear attention only adds, and corrects nothing.",
        {
            "linear attention": (
                SCAN,
                "from .linear import linear_attention\n\n        "
                "y = scan(context, linear_attention, query, key, beta.mT[..., None] * value, torch.zeros_like(beta.mT))",
            )
        },
    ),
    "heads mixed": Kind(
        HEADS_MIXED,
        {
            "elements before heads": (
                "part.unflatten(-1, (self.n_head, -1)).transpose(1, 2)",
                "part.unflatten(-1, (-1, self.n_head)).transpose(-1, -2).transpose(1, 2)",
            ),
            "heads left in front": (".transpose(1, 2).flatten(2)", ".reshape(*x.shape[:2], -1)"),
            "the key first": ("query, key, value = (", "key, query, value = ("),
            "the value first": ("query, key, value = (", "value, query, key = ("),
        },
    ),
    "no convolution": Kind(
        "You leave out the convolution over queries, keys and values. Without it a head is bad at the word just before.",
        {"SiLU alone": ("short_conv(qkv, self.conv_weight)", "nn.functional.silu(qkv[:, -x.size(1) :])")},
    ),
    "norm": Kind(
        "You leave out the norm, or norm all heads together. Every head is normed by itself, with one weight for all.",
        {
            "no norm": (NORM, "y = y.transpose(1, 2).flatten(2)"),
            "no weight": (
                NORM,
                NORM + "\n        y = (y.unflatten(2, (self.n_head, -1)) / self.norm.weight).flatten(2)",
            ),
            "over all heads": (
                NORM,
                "y = y.transpose(1, 2)\n"
                "        y = y * torch.rsqrt(y.pow(2).mean((-1, -2), keepdim=True) + self.norm.eps)\n"
                "        y = (y * self.norm.weight).flatten(2)",
            ),
        },
    ),
    "dropout forgotten": Kind(NO_DROPOUT, {"dropout forgotten": ("self.dropout(self.o_proj(y))", "self.o_proj(y)")}),
    "the cache not asked": Kind(
        "You do not recall what the cache holds. The convolution then sees zeros in front of every part of a text.",
        {"zeros in front": ("(qkv,) = recall(context, ", "(qkv,) = recall(context._replace(cache=None), ")},
    ),
}
