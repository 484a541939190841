"""What people write for attentions.recurrent.mamba2.Mamba2.forward, and why it matters."""

from scripts.workshop.diagnose import Kind

REPEAT = "repeat_kv(query, self.sizes.n_value_head), repeat_kv(key, self.sizes.n_value_head)"
SCAN = "y = scan(context, ssd, query, key, value, *discretise(self.dt_proj(x).mT, self.A_log, self.dt_bias))"
SKIP = "y = (y + self.D[:, None, None] * value).transpose(1, 2).flatten(2)"
RETURN = "return self.dropout(self.o_proj(self.norm(y, self.z_proj(x))))"

MISTAKES = {
    "no skip": Kind(
        "You leave out D x, or its weight. What a token itself says would reach the output through the state only.",
        {
            "no D x": (SKIP, SKIP.replace(" + self.D[:, None, None] * value", "")),
            "without D": (SKIP, SKIP.replace("self.D[:, None, None] * value", "value")),
        },
    ),
    "D of something else": Kind(
        "You multiply the outputs of the state by D, or take it for the channels of a head. D has a number for each head, and "
        "weighs the values that go past the state.",
        {
            "of the outputs": (
                SKIP,
                SKIP.replace("y + self.D[:, None, None] * value", "self.D[:, None, None] * y + value"),
            ),
            "of the queries": (SKIP, SKIP.replace("* value)", "* (value + query.sum(-1, keepdim=True)))")),
        },
    ),
    "key heads in another order": Kind(
        "You repeat the key heads as a whole row, 0 1 0 1, where neighbouring value heads read one key head: 0 0 1 1. The "
        "weights of a public model would be read by other heads.",
        {
            "0 1 0 1": (
                REPEAT,
                "(each.repeat(1, self.sizes.n_value_head // each.size(1), 1, 1) for each in (query, key))",
            )
        },
    ),
    "parts in another order": Kind(
        "You take the parts of the projection in another order. Values come first, then keys, then queries: x, B, C.",
        {"queries before keys": ("value, key, query = self.split", "value, query, key = self.split")},
    ),
    "gate of something else": Kind(
        "You gate with something else than z_proj of the tokens. The gate is made of what the layer reads.",
        {"the output itself": (RETURN, "return self.dropout(self.o_proj(self.norm(y, y)))")},
    ),
    "heads mixed": Kind(
        "You leave the heads in front when they are put together, so that heads and tokens are mixed. (B, T, Hv, Vd) it is "
        "before the last two axes become one.",
        {
            "reshaped instead of transposed": (
                SKIP,
                SKIP.replace(".transpose(1, 2).flatten(2)", ".reshape(*x.shape[:2], -1)"),
            )
        },
    ),
    "no convolution of its own": Kind(
        "You leave out the bias of the convolution. Gated DeltaNet has none, and Mamba-2 has.",
        {"no bias": ("short_conv(xbc, self.conv_weight, self.conv_bias)", "short_conv(xbc, self.conv_weight)")},
    ),
    "decay and step exchanged": Kind(
        "You exchange the decay and the step. One says what is kept of everything, the other how strongly a token writes.",
        {
            "exchanged": (
                "self.A_log, self.dt_bias)",
                "self.A_log, self.dt_bias)[::-1]",
            )
        },
    ),
    "dropout forgotten": Kind(
        "You leave out the dropout behind the last projection. Without it, this layer alone would not be regularised.",
        {"dropout forgotten": (RETURN, "return self.o_proj(self.norm(y, self.z_proj(x)))")},
    ),
    "the cache not asked": Kind(
        "You do not recall what the cache holds. The convolution then sees zeros in front of every part of a text.",
        {
            "zeros in front": (
                "(xbc,) = recall(context, ",
                "(xbc,) = recall(context._replace(cache=None), ",
            )
        },
    ),
}
