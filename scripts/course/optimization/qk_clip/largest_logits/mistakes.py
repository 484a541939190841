"""What people write for optimization.qk_clip.largest_logits, and why it matters."""

from scripts.workshop.diagnose import Kind
from scripts.workshop.diagnose.common import TOO_NARROW

REPEATED = "key = key.repeat_interleave(query.size(1) // key.size(1), dim=1)"
HIDDEN = 'logits = logits.masked_fill(~mask, float("-inf"))'

MISTAKES = {
    "hidden keys count": Kind(
        "You take keys into account that the query does not see. The future is full of large logits that no softmax ever "
        "gets, and heads would be clipped for them.",
        {
            "no mask": (HIDDEN, "pass"),
            "mask turned around": (HIDDEN, 'logits = logits.masked_fill(mask, float("-inf"))'),
        },
    ),
    "hidden by zeros": Kind(
        "You set hidden logits to a finite number. Where all visible ones are smaller, the largest is then one that does "
        "not exist.",
        {
            "zeros": (HIDDEN, "logits = logits.masked_fill(~mask, 0.0)"),
            "times the mask": (HIDDEN, "logits = logits * mask"),
        },
    ),
    "the largest in size": Kind(
        "You take the largest absolute value. A logit far below zero gives its key no weight and does no harm.",
        {"the largest in size": ("return logits.amax(", "return logits.masked_fill(~mask, 0.0).abs().amax(")},
    ),
    "one for all heads": Kind(
        "You return one number, or one for each sequence, and not one for each head. A single head may be far beyond tau, and "
        "only that one is to be clipped.",
        {
            "one for all heads": ("logits.amax(dim=(0, 2, 3))", "logits.amax().expand(query.size(1))"),
            "one for each sequence": ("logits.amax(dim=(0, 2, 3))", "logits.amax(dim=(1, 2, 3))"),
            "one for each head and sequence": ("logits.amax(dim=(0, 2, 3))", "logits.amax(dim=(2, 3))"),
        },
    ),
    "the mean": Kind(
        "You average over sequences or queries. One token of a batch is enough to spoil a head, and the mean hides it.",
        {"mean over the sequences": ("logits.amax(dim=(0, 2, 3))", "logits.amax(dim=(2, 3)).mean(dim=0)")},
    ),
    "scale forgotten": Kind(
        "Your products are not multiplied by the scale. What the softmax gets are the scaled ones, smaller by the root of the "
        "head dim as a rule.",
        {
            "scale forgotten": (".mT * scale", ".mT"),
            "scale hard-coded": (".mT * scale", ".mT * query.size(-1) ** -0.5"),
        },
    ),
    "heads of another key": Kind(
        "You give query heads the wrong keys: neighbours read one key head, heads 0 and 1 the first of two. Repeating the "
        "keys as a whole pairs head 1 with the second.",
        {"keys repeated as a whole": (REPEATED, "key = key.repeat(1, query.size(1) // key.size(1), 1, 1)")},
    ),
    "before the softmax, not behind it": Kind(
        "You return the largest weight, and not the largest logit. Weights are never above one, whatever the logits are.",
        {"the largest weight": ("return logits.amax(", "return logits.softmax(dim=-1).amax(")},
    ),
    "a gradient": Kind(
        "Your result has a gradient. It is a measurement: the graph of every forward pass would be kept until the step is "
        "done.",
        {"a gradient": ("with torch.no_grad():", "if True:")},
    ),
    "too narrow": Kind(
        TOO_NARROW,
        {
            "in the dtype of the queries": (
                "query.to(wide) @ key.to(wide).mT * scale",
                "(query @ key.mT * scale).to(wide)",
            )
        },
    ),
}
