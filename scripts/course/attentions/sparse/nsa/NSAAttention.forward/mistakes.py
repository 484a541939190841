"""What people write for attentions.sparse.nsa.NSAAttention.forward, and why it matters."""

from scripts.course.attentions.explanations import CONTEXT_CUT
from scripts.workshop.diagnose import Kind

GATES = "torch.sigmoid(self.branch_gate_proj(x)).unflatten(-1, (3, self.n_head, 1))"
MIXED = "(gates * self.branches(query, key, value, context)).sum(dim=2)"

MISTAKES = {
    "gates that compete": Kind(
        "You let the branches compete by a softmax. Each has a gate of its own: a head may open several, or close all.",
        {
            "gates that compete": (
                GATES,
                "self.branch_gate_proj(x).unflatten(-1, (3, self.n_head, 1)).softmax(dim=2)",
            )
        },
    ),
    "gates left open": Kind(
        "You add up the branches without their gates, or with gates that are no sigmoids. A gate lies between 0 and 1.",
        {
            "gates left out": (MIXED, "self.branches(query, key, value, context).sum(dim=2)"),
            "no sigmoid": (GATES, "self.branch_gate_proj(x).unflatten(-1, (3, self.n_head, 1))"),
            "tanh": (GATES, GATES.replace("sigmoid", "tanh")),
        },
    ),
    "averaged": Kind(
        "You average the branches instead of adding them up. What comes through the gates is summed.",
        {"averaged": (MIXED, MIXED.replace(".sum(", ".mean("))},
    ),
    "gates in another order": Kind(
        "You deal the gates out head by head, three to each. They are (3, H): first those of all heads for the first "
        "branch.",
        {
            "gates in another order": (
                GATES,
                GATES.replace("(3, self.n_head, 1)", "(self.n_head, 3, 1)") + ".transpose(2, 3)",
            )
        },
    ),
    "one gate for all heads": Kind(
        "You open a branch as far for all heads. Every head has gates of its own, and may look elsewhere.",
        {"one gate for all heads": (GATES, f"{GATES}.mean(dim=3, keepdim=True)")},
    ),
    "one branch alone": Kind(
        "You leave out a branch. Each reads what the others do not.",
        {
            "compressed left out": (MIXED, MIXED.replace("context)).sum", "context))[:, :, 1:].sum")),
            "window left out": (MIXED, MIXED.replace("context)).sum", "context))[:, :, :2].sum")),
        },
    ),
    "gates of the output": Kind(
        "You make the gates of something else than the layer's input: of the queries, or of what was found. It is x that "
        "says what a token needs.",
        {
            "gates of the output": (
                "self.branch_gate_proj(x)",
                "self.branch_gate_proj(query.flatten(2)[..., : x.size(-1)])",
            )
        },
    ),
    "steps left out": Kind(
        "You leave out steps, or take them in another order. They are the rotation and the QK norm of this layer, and not "
        "every norm commutes with a rotation.",
        {
            "steps left out": ("in self.steps:", "in ():"),
            "steps in reverse order": ("in self.steps:", "in self.steps[::-1]:"),
        },
    ),
    "keys without steps": Kind(
        "You take the steps with the queries alone. Keys that are not rotated as the queries are do not fit them.",
        {
            "keys without steps": (
                "query, key = step(self, query, key, context)",
                "query, _ = step(self, query, key, context)",
            )
        },
    ),
    "context cut": Kind(
        CONTEXT_CUT, {"no cache": ("key, value, context))", "key, value, context._replace(cache=None)))")}
    ),
    "heads' outputs not gated": Kind(
        "You leave out the gate of the heads' outputs. It is another than those of the branches, and a layer that has none "
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
}
