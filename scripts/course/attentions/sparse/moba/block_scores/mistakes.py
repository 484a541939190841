"""What people write for attentions.sparse.moba.block_scores, and why it matters."""

from scripts.course.positions.explanations import PLACES, SHARED_ONLY
from scripts.workshop.diagnose import Kind

REPEATED = "repeat_kv(means, query.size(1))"
OWN = "(query_position // size)[..., None]"

MISTAKES = {
    "own block like the others": Kind(
        "You let the query's own block compete with the others. Where it loses, a token would not even see itself.",
        {"own block like the others": ('masked_fill(own.unsqueeze(-3), float("inf"))', "clone()")},
    ),
    "own block left out": Kind(
        "You give the query's own block the lowest score. It is the one that is always read.",
        {"own block left out": ('float("inf")', 'float("-inf")')},
    ),
    "another block": Kind(
        "You raise another block than the query's own: the one before or behind it, or the first. A token at position t "
        "stands in block floor(t / size).",
        {
            "the block before": (OWN, "(query_position // size - 1)[..., None]"),
            "rounded up": (OWN, "(-(-query_position // size))[..., None]"),
            "the first block": (OWN, "(query_position // size * 0)[..., None]"),
            "the remainder": (OWN, "(query_position % size)[..., None]"),
        },
    ),
    "the last block for all": Kind(
        "You raise the last block for every query. In training all queries of a text come at once, and each stands in "
        "another.",
        {"the last block for all": (OWN, "torch.full_like(query_position, means.size(2) - 1)[..., None]")},
    ),
    "queries counted from zero": Kind(
        PLACES, {"queries counted from zero": (OWN, "(torch.arange(query_position.size(-1)) // size)[:, None]")}
    ),
    "the first sequence for all": Kind(
        SHARED_ONLY,
        {
            "the first sequence's positions for all": (
                "return scores",
                "own = own[:1] if own.ndim == 3 else own\n    return scores",
            )
        },
    ),
    "heads in another order": Kind(
        "Your query heads read the means of other key/value heads than their own. Neighbouring query heads belong "
        "together: head i reads those of floor(i * G / H).",
        {"heads in turn": (REPEATED, "means.repeat(1, query.size(1) // means.size(1), 1, 1)")},
    ),
    "heads averaged": Kind(
        "You average the heads of a group, so that they choose alike. In MoBA every query head chooses for itself.",
        {
            "heads averaged": (
                "return scores",
                "scores = scores.unflatten(1, (means.size(1), -1)).mean(2, keepdim=True)\n"
                "    scores = scores.expand(-1, -1, query.size(1) // means.size(1), -1, -1).flatten(1, 2)\n"
                "    return scores",
            )
        },
    ),
    "scaled by the root of D": Kind(
        "You scale the scores as attention does before its softmax. Here they are compared with each other only.",
        {"scaled by the root of D": (f"{REPEATED}.to(wide).mT", f"{REPEATED}.to(wide).mT * query.size(-1) ** -0.5")},
    ),
    "scaled by size": Kind(
        "You compare directions instead of products, or scale the scores block by block. What counts is the mean score of "
        "a block's keys, which is the product with their mean.",
        {
            "means of length one": (REPEATED, f"({REPEATED} / {REPEATED}.norm(dim=-1, keepdim=True))"),
        },
    ),
    "sizes of scores": Kind(
        "You take the scores' size instead of the scores. A block that fits the query's opposite would win.",
        {"sizes of scores": ("return scores", "scores = scores.abs()\n    return scores")},
    ),
    "queries and blocks exchanged": Kind(
        "Your scores are (B, H, N, Tq), where (B, H, Tq, N) is needed. A row is the scores of one query.",
        {
            "queries and blocks exchanged": (
                'return scores.masked_fill(own.unsqueeze(-3), float("inf"))',
                'return scores.masked_fill(own.unsqueeze(-3), float("inf")).mT',
            )
        },
    ),
}

WITHOUT = {
    "gradient cut": "Nothing is learned from a choice.",
    "result in float32": "Scores are float32 at least.",
}
