"""What people write for attentions.cross_layer.CrossLayerAttention.forward, and why it matters."""

from scripts.workshop.diagnose import Kind
from scripts.workshop.diagnose.common import GRADIENT_CUT

READ = "key_position, key, value = context.update_cache()"
BACKEND = "y = self.backend(query.transpose(1, 2), key.transpose(1, 2), value.transpose(1, 2), mods)"

MISTAKES = {
    "keys prepared twice": Kind(
        "You rotate or norm the keys once more, or treat the values like them. The layer that made them has done all "
        "steps, and a key that is rotated twice stands at twice its position.",
        {
            "keys rotated again": (READ, READ + "\n        key = context.rotate(key) if key.size(1) == T else key"),
            "values normed": (READ, READ + "\n        value = nn.functional.rms_norm(value, value.shape[-1:])"),
        },
    ),
    "keys and values swapped": Kind(
        "You take the values for keys and the keys for values. The cache returns position, keys, values, in this order, "
        "that of the entries that went in.",
        {"keys and values swapped": (READ, READ.replace("key, value", "value, key"))},
    ),
    "keys of its own": Kind(
        "You attend to something that this layer has made, and not to what was handed on. Here are no keys: without a "
        "projection for them, queries meet queries.",
        {
            "the queries for keys": (
                BACKEND,
                BACKEND.replace("key.transpose", "query[:, :, : key.size(2)].transpose"),
            ),
            "stored as entries": (
                READ,
                "nothing = query[:, :, : self.n_kv_head]\n"
                "        key_position, key, value = context.update_cache(nothing, nothing)",
            ),
        },
    ),
    "earlier tokens forgotten": Kind(
        "You attend to the new tokens only. With a cache, what is handed on are those of all that the earlier layer "
        "remembers, and generation would forget the text.",
        {
            "only the new tokens": (
                READ,
                READ + "\n        key_position, key, value = key_position[..., -T:], key[:, -T:], value[:, -T:]",
            )
        },
    ),
    "a step left out": Kind(
        "You do not apply all steps to the queries, or not in the order of this layer. The keys were rotated and normed in "
        "that order, and queries that are not match none of them.",
        {
            "no step at all": ("in self.steps:", "in ():"),
            "only the first step": ("in self.steps:", "in self.steps[:1]:"),
            "only the last step": ("in self.steps:", "in self.steps[1:]:"),
            "steps from last to first": ("in self.steps:", "in reversed(self.steps):"),
            "queries not assigned": ("query, _ = step(", "_, _ = step("),
        },
    ),
    "steps with the heads in front": Kind(
        "You hand the steps the queries as (B, H, T, D). They take (B, T, H, D), and rotate every head by the position of "
        "a token otherwise.",
        {
            "steps with the heads in front": (
                "query, _ = step(self, query, query[:, :, :0], context)",
                "query, _ = step(self, query.transpose(1, 2), query[:, :, :0], context)\n"
                "            query = query.transpose(1, 2)",
            )
        },
    ),
    "tokens and heads mixed": Kind(
        "Your reshape mixes up T and H: it knows no axes, only the order of the elements in memory. Each token gets "
        "elements of others, later ones among them.",
        {
            "heads laid under each other": ("y = y.transpose(1, 2).flatten(2)", "y = y.reshape(B, T, -1)"),
            "queries split with the heads in front": (
                ".view(B, T, self.n_head, self.head_dim)",
                ".view(B, self.n_head, T, self.head_dim).transpose(1, 2)",
            ),
            "numbers by heads": ("y = y.transpose(1, 2).flatten(2)", "y = y.permute(0, 2, 3, 1).flatten(2)"),
        },
    ),
    "heads not in front": Kind(
        "You call the backend with the tokens in front of the heads. It then attends from head to head within a token, "
        "instead of from token to token within a head.",
        {"heads not in front": (BACKEND, "y = self.backend(query, key, value, mods).transpose(1, 2)")},
    ),
    "gate not applied": Kind(
        "The gate does not act on the heads' outputs, before the output projection. It is a factor for each of their "
        "elements, made from x, what this layer reads.",
        {
            "gate not applied": ("self.gate(self, y, x)", "y"),
            "gate made of the heads' outputs": ("self.gate(self, y, x)", "self.gate(self, y, y[..., : x.size(-1)])"),
            "gate applied twice": ("self.gate(self, y, x)", "self.gate(self, self.gate(self, y, x), x)"),
        },
    ),
    "output projection forgotten": Kind(
        "You return the heads' outputs without the output projection. Their width is H * D, and nothing has combined "
        "them.",
        {"output projection forgotten": ("self.o_proj(self.gate(self, y, x))", "self.gate(self, y, x)")},
    ),
    "residual added here too": Kind(
        "You add the input to the result, which the block around this layer does already. The stream would take in its "
        "own content again in every layer.",
        {"residual added here too": ("return self.dropout(", "return x + self.dropout(")},
    ),
    "dropout elsewhere": Kind(
        "Dropout does not act on the result, or not in training alone. It stands behind the output projection, which "
        "would mix what is left into all elements.",
        {
            "dropout forgotten": (
                "self.dropout(self.o_proj(self.gate(self, y, x)))",
                "self.o_proj(self.gate(self, y, x))",
            ),
            "dropout before the output projection": (
                "self.dropout(self.o_proj(self.gate(self, y, x)))",
                "self.o_proj(self.dropout(self.gate(self, y, x)))",
            ),
            "dropout in evaluation too": (
                "self.dropout(self.o_proj(self.gate(self, y, x)))",
                "nn.functional.dropout(self.o_proj(self.gate(self, y, x)), self.dropout.p)",
            ),
        },
    ),
    "gradient cut": Kind(
        GRADIENT_CUT,
        {
            "keys without a gradient": (READ, READ + "\n        key = key.detach()"),
            "values without a gradient": (READ, READ + "\n        value = value.detach()"),
        },
    ),
}
