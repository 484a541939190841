"""What people write for attentions.recurrent.gated_delta_net.GatedDeltaNet.forward, and why it matters."""

from scripts.course.attentions.recurrent.explanations import NO_DROPOUT
from scripts.workshop.diagnose import Kind

UNIT = "query, key = self.qk_norm(query) * self.sizes.key_head_dim**-0.5, self.qk_norm(key)"
SCAN = "y = scan(context, gated_delta_rule, query, key, value, log_decay.mT, beta.mT).transpose(1, 2)"
GATE = "y = self.norm(y, self.z_proj(x).view_as(y)).flatten(2)"

MISTAKES = {
    "length not one": Kind(
        "Queries or keys do not get the length one. With longer keys a beta of 1 overshoots, and the state explodes.",
        {
            "neither": (UNIT, "query, key = query * self.sizes.key_head_dim**-0.5, key"),
            "the queries only": (UNIT, "query = self.qk_norm(query) * self.sizes.key_head_dim**-0.5"),
            "the keys only": (UNIT, "query, key = query * self.sizes.key_head_dim**-0.5, self.qk_norm(key)"),
            "an RMS norm": (
                UNIT,
                "query, key = self.qk_norm(query), self.qk_norm(key) * self.sizes.key_head_dim**0.5",
            ),
        },
    ),
    "scale": Kind(
        "You leave out the scale of the queries, or scale the keys too. One division by the root of K is asked for, that of "
        "the queries.",
        {
            "no scale": (UNIT, "query, key = self.qk_norm(query), self.qk_norm(key)"),
            "keys scaled too": (
                UNIT,
                "query, key = (self.qk_norm(each) * self.sizes.key_head_dim**-0.5 for each in (query, key))",
            ),
            "the size of a value": (
                "self.qk_norm(query) * self.sizes.key_head_dim**-0.5",
                "self.qk_norm(query) * self.sizes.value_head_dim**-0.5",
            ),
        },
    ),
    "key heads in another order": Kind(
        "You repeat the key heads as a whole row, 0 1 0 1, where neighbouring value heads read one key head: 0 0 1 1. The "
        "weights of a public model would be read by other heads.",
        {
            "0 1 0 1": (
                "repeat_kv(query, self.sizes.n_value_head), repeat_kv(key, self.sizes.n_value_head)",
                "(each.repeat(1, self.sizes.n_value_head // each.size(1), 1, 1) for each in (query, key))",
            )
        },
    ),
    "gate of the values": Kind(
        "You gate with something else than z_proj of the tokens, or not at all. The gate is made of what the layer reads.",
        {
            "no gate": (GATE, "y = self.norm(y, torch.ones_like(y)).flatten(2)"),
            "the output itself": (GATE, "y = self.norm(y, y).flatten(2)"),
        },
    ),
    "heads mixed": Kind(
        "You leave the heads in front when they are put together, so that heads and tokens are mixed. (B, T, Hv, Vd) it is "
        "before the last two axes become one.",
        {
            "reshaped instead of transposed": (
                SCAN,
                "y = scan(context, gated_delta_rule, query, key, value, log_decay.mT, beta.mT)\n"
                "        y = y.reshape(*x.shape[:2], y.size(1), -1)",
            )
        },
    ),
    "another rule": Kind(
        "You scan with another rule than the gated delta rule. Linear attention only adds, and corrects nothing.",
        {
            "linear attention": (
                SCAN,
                "from .linear import linear_attention\n\n        "
                "y = scan(context, linear_attention, query, key, beta.mT[..., None] * value, log_decay.mT).transpose(1, 2)",
            )
        },
    ),
    "beta and decay exchanged": Kind(
        "You exchange the decay and beta. One says what is kept of everything, the other how strongly a token writes.",
        {"exchanged": ("log_decay.mT, beta.mT)", "beta.mT, log_decay.mT)")},
    ),
    "dropout forgotten": Kind(
        NO_DROPOUT,
        {"dropout forgotten": ("self.dropout(self.o_proj(y))", "self.o_proj(y)")},
    ),
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
