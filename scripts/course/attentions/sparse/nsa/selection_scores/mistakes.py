"""What people write for attentions.sparse.nsa.selection_scores, and why it matters."""

from scripts.course.positions.explanations import PLACES
from scripts.workshop.diagnose import Kind

ALWAYS = "(block == 0) | (behind == 0) | (behind == 1)"
GROUPED = "weights.unflatten(1, (n_group, -1)).sum(dim=2)"
BEHIND = "query_position[..., None] // block_size - block"

MISTAKES = {
    "a block left to chance": Kind(
        "You leave one of three blocks to the weights that is always read: the first, the query's own, or the one before "
        "it. The first tokens take what attention has to spare, and the last ones say most about the next.",
        {
            "the first block": (ALWAYS, "(behind == 0) | (behind == 1)"),
            "the query's own": (ALWAYS, "(block == 0) | (behind == 1)"),
            "the one before": (ALWAYS, "(block == 0) | (behind == 0)"),
            "the one ahead for the one before": ("(behind == 1)", "(behind == -1)"),
        },
    ),
    "one block more": Kind(
        "You put more than three blocks above all others. Every one of them takes a place from those that the weights "
        "choose.",
        {
            "two before the query's own": (ALWAYS, f"{ALWAYS} | (behind == 2)"),
            "the second block": (ALWAYS, f"{ALWAYS} | (block == 1)"),
        },
    ),
    "heads of other groups": Kind(
        "You add up heads of other groups than those that share the keys. Neighbouring heads are a group: the first H/G, "
        "then the next.",
        {
            "heads in turn": (GROUPED, "weights.unflatten(1, (-1, n_group)).sum(dim=1)"),
            "all heads": (GROUPED, "weights.sum(dim=1, keepdim=True).expand(-1, n_group, -1, -1)"),
        },
    ),
    "one head for its group": Kind(
        "You let one head choose for its group: the first, or that with the greatest weight. All of them add up what they "
        "give.",
        {
            "the first head": (GROUPED, "weights.unflatten(1, (n_group, -1))[:, :, 0]"),
            "the greatest weight": (GROUPED, "weights.unflatten(1, (n_group, -1)).amax(dim=2)"),
        },
    ),
    "averaged": Kind(
        "You average over the heads of a group, where the formula sums. The order stays, the scores do not.",
        {"averaged": (GROUPED, "weights.unflatten(1, (n_group, -1)).mean(dim=2)")},
    ),
    "touched or not": Kind(
        "You give every block a span's whole weight as soon as it touches it. A span that reaches into a block by one token "
        "says less about it than one that lies within.",
        {"touched or not": ("overlap.to(weights.dtype)", "(overlap > 0).to(weights.dtype)")},
    ),
    "shares of a block": Kind(
        "You divide what the spans give a block, by the tokens of the spans or of the blocks. The scores are sums, which "
        "the caller only compares.",
        {"shares of a block": ("overlap.to(weights.dtype)", "(overlap / overlap.sum(dim=0)).to(weights.dtype)")},
    ),
    "queries counted from zero": Kind(
        PLACES,
        {
            "queries counted from zero": (
                BEHIND,
                "torch.arange(query_position.size(-1))[:, None] // block_size - block",
            )
        },
    ),
    "in tokens, not in blocks": Kind(
        "You compare positions of tokens with numbers of blocks. A token at position t stands in block "
        "floor(t / block_size).",
        {"in tokens, not in blocks": (BEHIND, "query_position[..., None] - block")},
    ),
    "lowest instead of highest": Kind(
        "You give the blocks that are always read the lowest score. They come first, whatever the weights say.",
        {"lowest instead of highest": ('float("inf")', 'float("-inf")')},
    ),
}

WITHOUT = {
    "gradient cut": "Nothing is learned from a choice.",
    "result in float32": "The weights are float32 at least.",
}
