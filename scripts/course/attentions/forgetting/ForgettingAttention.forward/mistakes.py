"""What people write for attentions.forgetting.ForgettingAttention.forward, and why it matters."""

from scripts.course.attentions.explanations import CONTEXT_CUT
from scripts.workshop.diagnose import Kind
from scripts.workshop.diagnose.common import GRADIENT_CUT

GATES = "F.logsigmoid(self.f_proj(x).to(torch.promote_types(x.dtype, torch.float32)))"

MISTAKES = {
    "the gate, not its logarithm": Kind(
        "You pass on the forget gates themselves, or their inputs. Sums of logarithms are what multiplies gates; sums of "
        "gates grow with the distance, and far keys win.",
        {
            "the gate, not its logarithm": ("F.logsigmoid(", "torch.sigmoid("),
            "the gate's input": (GATES, "self.f_proj(x).to(torch.promote_types(x.dtype, torch.float32))"),
        },
    ),
    "forgets where it should keep": Kind(
        "You use the logarithm of what is forgotten, one minus the gate. A model trained elsewhere would then keep what "
        "it means to forget.",
        {"forgets where it should keep": ("self.f_proj(x).to", "(-self.f_proj(x)).to")},
    ),
    "gates of something else": Kind(
        "You make the gates by another projection, or without its bias. f_proj is there for nothing else, and its bias "
        "says how long a head remembers whatever it reads.",
        {"bias forgotten": ("self.f_proj(x)", "(x @ self.f_proj.weight.mT)")},
    ),
    "nothing forgotten": Kind(
        "Your scores know nothing of the gates. It is ordinary attention, which has no notion of order where positions "
        "are not told.",
        {"nothing forgotten": ("with_bias(context, partial(forget_bias, log_f))", "context")},
    ),
    "the positions' bias replaced": Kind(
        "You put the bias of the gates in the place of what the positions add. Where a model has both, both are summed.",
        {
            "the positions' bias replaced": (
                "with_bias(context, partial(forget_bias, log_f))",
                "context._replace(bias=partial(forget_bias, log_f))",
            )
        },
    ),
    "gates not cached": Kind(
        "You cache keys and values alone. The gates of earlier tokens are then missing, and with a cache nothing of what "
        "was read before can be forgotten any more.",
        {
            "gates not cached": (
                "key_position, key, value, log_f = context.update_cache(key, value, log_f)",
                "key_position, key, value = context.update_cache(key, value)",
            )
        },
    ),
    "cached before the steps": Kind(
        "You cache the keys before they are rotated and normalised. Earlier keys then come back as they were projected, "
        "and no longer fit the queries.",
        {
            "queries alone take the steps": (
                "            query, key = step(self, query, key, context)",
                "            query, _ = step(self, query, key, context)",
            )
        },
    ),
    "steps left out": Kind(
        "You leave out steps, or take them in another order. They are the rotation and the QK norm of this layer, and "
        "not every norm commutes with a rotation.",
        {
            "steps left out": ("in self.steps:", "in ():"),
            "steps in reverse order": ("in self.steps:", "in self.steps[::-1]:"),
        },
    ),
    "context cut": Kind(
        CONTEXT_CUT,
        {
            "no cache": (
                "log_f = context.update_cache(key, value, log_f)",
                "log_f = context.position, key, value, log_f",
            ),
            "no window": ("key_position)\n        # Attend", "key_position)._replace(window=None)\n        # Attend"),
        },
    ),
    "heads not in front": Kind(
        "You hand over queries, keys or values, or take back what comes of them, with tokens and heads exchanged. The "
        "backend wants (B, heads, T, D), and returns it so.",
        {
            "output with its heads in front": (
                "y = out.transpose(1, 2).flatten(2)",
                "y = out.reshape(*x.shape[:2], -1)",
            ),
            "values with their tokens in front": (
                "value.transpose(1, 2), mods",
                "value.reshape(key.transpose(1, 2).shape), mods",
            ),
        },
    ),
    "heads' outputs not gated": Kind(
        "You leave out the gate of the heads' outputs. It is another than the forget gates, and a layer that has none "
        "returns them as they are.",
        {"heads' outputs not gated": ("self.gate(self, y, x)", "y")},
    ),
    "dropout left out": Kind(
        "You leave out the dropout behind the output projection. It acts in training only, on what the layer adds to the "
        "residual stream.",
        {
            "dropout left out": (
                "self.dropout(self.o_proj(self.gate(self, y, x)))",
                "self.o_proj(self.gate(self, y, x))",
            )
        },
    ),
    "gradient cut": Kind(GRADIENT_CUT, {"gates not learned": (GATES, f"{GATES}.detach()")}),
}
