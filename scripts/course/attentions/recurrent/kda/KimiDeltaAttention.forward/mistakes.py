"""What people write for attentions.recurrent.kda.KimiDeltaAttention.forward, and why it matters."""

from scripts.course.attentions.recurrent.explanations import NO_DROPOUT
from scripts.workshop.diagnose import Kind

UNIT = "query, key = self.qk_norm(query) * self.head_dim**-0.5, self.qk_norm(key)"
SCAN = "y = scan(context, kimi_delta_rule, query, key, value, log_decay, beta.mT).transpose(1, 2)"
NORM = "y = rms_norm(y, self.norm_eps) * self.norm_weight"
GATE = "y = y.flatten(2) * self.g_b_proj(self.g_a_proj(x)).sigmoid()"

MISTAKES = {
    "length not one": Kind(
        "Queries or keys do not get the length one. With longer keys a beta of 1 overshoots, and the state explodes.",
        {
            "neither": (UNIT, "query = query * self.head_dim**-0.5"),
            "the queries only": (UNIT, "query = self.qk_norm(query) * self.head_dim**-0.5"),
            "the keys only": (UNIT, "query, key = query * self.head_dim**-0.5, self.qk_norm(key)"),
        },
    ),
    "scale": Kind(
        "You leave out the scale of the queries, or scale the keys too. One division by the root of D is asked for, that of "
        "the queries.",
        {
            "no scale": (UNIT, "query, key = self.qk_norm(query), self.qk_norm(key)"),
            "keys scaled too": (
                UNIT,
                "query, key = (self.qk_norm(each) * self.head_dim**-0.5 for each in (query, key))",
            ),
        },
    ),
    "one decay for a head": Kind(
        "You give all channels of a head the same decay. That is Gated DeltaNet; here each channel forgets by itself.",
        {
            "the mean": (
                SCAN,
                "log_decay = log_decay.mean(-1, keepdim=True).expand_as(log_decay)\n        " + SCAN,
            )
        },
    ),
    "heads mixed": Kind(
        "You mix heads and tokens, or take the parts in another order. Queries come first, then keys, then values, H heads "
        "of D each.",
        {
            "heads left in front": (
                SCAN,
                SCAN.removesuffix(".transpose(1, 2)") + "\n        y = y.reshape(*x.shape[:2], y.size(1), -1)",
            ),
            "the key first": ("query, key, value, log_decay = (", "key, query, value, log_decay = ("),
            "the value first": ("query, key, value, log_decay = (", "value, query, key, log_decay = ("),
            "elements before heads": (
                "part.unflatten(-1, (self.n_head, -1)).transpose(1, 2)",
                "part.unflatten(-1, (-1, self.n_head)).transpose(-1, -2).transpose(1, 2)",
            ),
        },
    ),
    "no convolution": Kind(
        "You leave out the convolution, or put it elsewhere than on queries, keys and values together. Without it a head is bad at the "
        "word just before.",
        {
            "SiLU alone": ("short_conv(qkv, self.conv_weight)", "F.silu(qkv[:, -x.size(1) :])"),
        },
    ),
    "norm": Kind(
        "You leave out the norm or its weight, or norm all heads together. Every head is normed by itself, with one weight for "
        "all.",
        {
            "no norm": (NORM, "y = y * self.norm_weight"),
            "no weight": (NORM, "y = rms_norm(y, self.norm_eps)"),
            "over all heads": (
                NORM,
                "y = rms_norm(y.flatten(2), self.norm_eps).view_as(y) * self.norm_weight",
            ),
        },
    ),
    "gate": Kind(
        "Your gate is left out, of other projections, or another function. A sigmoid of g_b_proj of g_a_proj of the tokens "
        "multiplies what the norm gives.",
        {
            "no gate": (GATE, "y = y.flatten(2)"),
            "SiLU": (GATE, "y = y.flatten(2) * F.silu(self.g_b_proj(self.g_a_proj(x)))"),
            "those of the decay": (GATE, "y = y.flatten(2) * self.f_b_proj(self.f_a_proj(x)).sigmoid()"),
            "before the norm": (
                f"{NORM}\n        {GATE}",
                "y = y * self.g_b_proj(self.g_a_proj(x)).sigmoid().view_as(y)\n"
                "        y = (rms_norm(y, self.norm_eps) * self.norm_weight).flatten(2)",
            ),
        },
    ),
    "dropout forgotten": Kind(NO_DROPOUT, {"dropout forgotten": ("self.dropout(self.o_proj(y))", "self.o_proj(y)")}),
    "the cache not asked": Kind(
        "You do not recall what the cache holds. The convolution then sees zeros in front of every part of a text.",
        {
            "zeros in front": (
                "(qkv,) = recall(context, ",
                "(qkv,) = recall(context._replace(cache=None), ",
            )
        },
    ),
}
