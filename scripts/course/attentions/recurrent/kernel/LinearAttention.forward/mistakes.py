"""What people write for attentions.recurrent.kernel.LinearAttention.forward, and why it matters."""

from scripts.course.attentions.recurrent.explanations import (
    HEADS_MIXED,
    NO_CACHE,
    NO_DROPOUT,
)
from scripts.workshop.diagnose import Kind

ATTEND = "self.attend(elu_feature_map(query), elu_feature_map(key), value, context)"

MISTAKES = {
    "features left out": Kind(
        "Queries or keys go in as they are. Their products may be negative, and the sum that they are divided by zero.",
        {
            "of both": (ATTEND, "self.attend(query, key, value, context)"),
            "of the queries": ("elu_feature_map(query)", "query"),
            "of the keys": ("elu_feature_map(key)", "key"),
        },
    ),
    "features of the values": Kind(
        "You map the values too. They are what is averaged, and may well be negative.",
        {"of all three": ("elu_feature_map(key), value", "elu_feature_map(key), elu_feature_map(value)")},
    ),
    "another feature map": Kind(
        "You put another function in the place of the feature map. A model is the same only with the same features.",
        {
            "a softmax over the features": (ATTEND, "self.attend(query.softmax(-1), key.softmax(-1), value, context)"),
            "SiLU": (ATTEND, "self.attend(F.silu(query), F.silu(key), value, context)"),
        },
    ),
    "scaled": Kind(
        "You scale queries or keys by the root of D before they become features. Without a softmax, a scale makes nothing "
        "sharper, and it changes where the map bends.",
        {
            "the queries": ("elu_feature_map(query)", "elu_feature_map(query * self.head_dim**-0.5)"),
            "the keys": ("elu_feature_map(key)", "elu_feature_map(key * self.head_dim**-0.5)"),
        },
    ),
    "heads mixed": Kind(
        HEADS_MIXED,
        {
            "elements before heads": (
                "part.unflatten(-1, (self.n_head, -1)).transpose(1, 2)",
                "part.unflatten(-1, (-1, self.n_head)).transpose(-1, -2).transpose(1, 2)",
            ),
            "heads left in front": ("y.transpose(1, 2).flatten(2)", "y.reshape(*x.shape[:2], -1)"),
            "the key first": ("query, key, value = (", "key, query, value = ("),
            "the value first": ("query, key, value = (", "value, query, key = ("),
        },
    ),
    "dropout forgotten": Kind(
        NO_DROPOUT,
        {
            "dropout forgotten": (
                "self.dropout(self.o_proj(y.transpose(1, 2).flatten(2)))",
                "self.o_proj(y.transpose(1, 2).flatten(2))",
            )
        },
    ),
    "the cache not asked": Kind(
        NO_CACHE, {"no cache": ("(key), value, context)", "(key), value, context._replace(cache=None))")}
    ),
}
