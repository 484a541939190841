"""What people write for decoding.sampling.top_p_filter, and why it matters."""

from scripts.course.decoding.generation.explanations import (
    CHANGED,
    EQUALLY_LIKELY,
    NOT_ONE,
    OVER_THE_BATCH,
    SOFTMAX_OF_REST,
)
from scripts.workshop.diagnose import Kind

MISTAKES = {
    "the crossing token filtered out": Kind(
        "You filter out the token with which the cumulative probability crosses top_p. What is kept then sums to less "
        "than top_p, unless the most likely token alone has more and is kept all the same.",
        {
            "the token that crosses top_p filtered out, unless it is the first": (
                "ordered.masked_fill(before >= top_p, 0.0)",
                "ordered.masked_fill((before + ordered > top_p) & (before > 0), 0.0)",
            ),
            "the token that crosses top_p filtered out": (
                "ordered.masked_fill(before >= top_p, 0.0)",
                "ordered.masked_fill(before + ordered > top_p, 0.0)",
            ),
            "the token that reaches top_p filtered out": (
                "ordered.masked_fill(before >= top_p, 0.0)",
                "ordered.masked_fill(before + ordered >= top_p, 0.0)",
            ),
        },
    ),
    "more than are needed": Kind(
        "You keep a token although the more likely ones sum to more than top_p already. The nucleus is the smallest "
        "such set.",
        {"one too many": ("before >= top_p", "before - ordered >= top_p")},
    ),
    "a mask shifted within itself": Kind(
        "You shift the mask by one place within itself: the same statement overwrites what it still has to read. The "
        "first element then spreads over the whole row, or torch refuses: clone what you read from.",
        {
            "a mask shifted within itself": (
                "    before = ordered.cumsum(dim=-1) - ordered\n",
                "    behind = ordered.cumsum(dim=-1) > top_p\n"
                "    behind[..., 1:] = behind[..., :-1]\n"
                "    behind[..., 0] = False\n"
                "    before = behind * 2.0\n",
            )
        },
    ),
    "only the most likely": Kind(
        "You filter out every token that has a more likely one before it. Only the most likely token is left, whatever "
        "top_p is.",
        {"only the most likely": ("before >= top_p", "before > 0")},
    ),
    "the tail kept instead": Kind(
        "You keep the tail behind the nucleus and filter out the nucleus. It is the most likely tokens that are kept.",
        {"only the tail": ("before >= top_p", "before < top_p")},
    ),
    "1 - top_p for top_p": Kind(
        "You stop at a cumulative probability of 1 - top_p. A top_p of 0.9 then keeps a tenth of the probability "
        "instead of nine tenths.",
        {"1 - top_p": ("before >= top_p", "before >= 1 - top_p")},
    ),
    "not summed from the most likely on": Kind(
        "You sum the probabilities in another order than from the most likely token on. Unlikely tokens then use up "
        "top_p, and the most likely one may be filtered out.",
        {
            "ascending order": ("descending=True", "descending=False"),
            "not sorted": (
                "ordered, order = p.sort(dim=-1, descending=True)",
                "ordered, order = p, torch.arange(p.size(-1)).expand_as(p)",
            ),
        },
    ),
    "not scattered back": Kind(
        "You leave the probabilities in sorted order, or scatter them to the wrong places. Column v of the result, (B, "
        "V), must be token v of the vocabulary.",
        {
            "not put back in place": (
                "torch.zeros_like(p).scatter(-1, order, ordered.masked_fill(before >= top_p, 0.0))",
                "ordered.masked_fill(before >= top_p, 0.0)",
            ),
            "put back the wrong way round": (
                "torch.zeros_like(p).scatter(-1, order, ordered.masked_fill(before >= top_p, 0.0))",
                "ordered.masked_fill(before >= top_p, 0.0).gather(-1, order)",
            ),
        },
    ),
    "all ties kept": Kind(
        "You keep every token that is as likely as the last one of the nucleus. Where many tie, that can be the whole "
        "vocabulary instead of the fewest that sum to top_p.",
        {
            "everything as likely as the last of the nucleus": (
                "torch.zeros_like(p).scatter(-1, order, ordered.masked_fill(before >= top_p, 0.0))",
                "p.masked_fill(p < ordered.masked_fill(before >= top_p, 2.0).amin(dim=-1, keepdim=True), 0.0)",
            )
        },
    ),
    "a threshold without a sum": Kind(
        "You compare each probability with a threshold, without a cumulative sum. Where the distribution is flat no "
        "single token reaches it, though many together reach top_p.",
        {
            "a threshold on every probability": (
                "torch.zeros_like(p).scatter(-1, order, ordered.masked_fill(before >= top_p, 0.0))",
                "p.masked_fill(p < 1 - top_p, 0.0)",
            )
        },
    ),
    "one row's nucleus for all": Kind(
        "You take the size of the nucleus, or the sorted order, of the first row for every row. Each row of (B, V) is a "
        "distribution of its own, with its own order and its own size.",
        {
            "the first row's sum for all": ("before >= top_p", "before[:1] >= top_p"),
            "the first row's order for all": ("scatter(-1, order,", "scatter(-1, order[:1].expand_as(order),"),
        },
    ),
    "sorted or summed over the batch": Kind(
        "You sort or sum over B, dim 0. Each row is a distribution over V, dim -1, and does not depend on the other "
        "rows.",
        {
            "summed over the batch": ("ordered.cumsum(dim=-1)", "ordered.cumsum(dim=0)"),
            "sorted over the batch": ("p.sort(dim=-1", "p.sort(dim=0"),
        },
    ),
    "no cumulative sum": Kind(
        "You compare the sorted probabilities, or their products, with top_p, where the cumulative sum belongs. They "
        "fall along V while the sum grows, so that the most likely tokens are the first to be filtered out, if any.",
        {
            "not summed": ("before = ordered.cumsum(dim=-1) - ordered", "before = ordered"),
            "multiplied, not summed": ("before = ordered.cumsum(dim=-1) - ordered", "before = ordered.cumprod(dim=-1)"),
        },
    ),
    "a fraction of the vocabulary": Kind(
        "You keep a fraction top_p of the tokens. Top-p is a probability: one token is enough where the model is sure, "
        "and hundreds may be needed where it is not.",
        {
            "a fraction of the vocabulary": (
                "ordered.masked_fill(before >= top_p, 0.0)",
                "ordered.masked_fill(torch.arange(p.size(-1)) >= top_p * p.size(-1), 0.0)",
            )
        },
    ),
    "not renormalised": Kind(
        NOT_ONE,
        {
            "not renormalised": ("return kept / kept.sum(dim=-1, keepdim=True)", "return kept"),
            "divided by top_p": ("return kept / kept.sum(dim=-1, keepdim=True)", "return kept / top_p"),
        },
    ),
    "a softmax of the rest": Kind(
        SOFTMAX_OF_REST,
        {"a softmax of the rest": ("return kept / kept.sum(dim=-1, keepdim=True)", "return kept.softmax(dim=-1)")},
    ),
    "a softmax of the nucleus": Kind(
        "You take a softmax of the probabilities in the nucleus. They all lie between 0 and 1, so that it makes them "
        "nearly equal: divide by their sum.",
        {
            "a softmax of the nucleus": (
                "return kept / kept.sum(dim=-1, keepdim=True)",
                'return kept.masked_fill(kept == 0, float("-inf")).softmax(dim=-1)',
            )
        },
    ),
    "normalised over the batch": Kind(
        OVER_THE_BATCH,
        {"normalised over the batch": ("return kept / kept.sum(dim=-1, keepdim=True)", "return kept / kept.sum()")},
    ),
    "all kept tokens equally likely": Kind(
        EQUALLY_LIKELY,
        {
            "all kept tokens equally likely": (
                "return kept / kept.sum(dim=-1, keepdim=True)",
                "return (kept > 0).to(p) / (kept > 0).sum(dim=-1, keepdim=True)",
            )
        },
    ),
    "changed in place": Kind(CHANGED, {"changed in place": ("torch.zeros_like(p).scatter(", "p.scatter_(")}),
    "mask on the wrong tokens": Kind(
        "Your mask is in sorted order, or scattered back the wrong way, while the probabilities are in the order of the "
        "vocabulary. Other tokens are filtered out than those behind the nucleus.",
        {
            "mask put back the wrong way round": (
                "torch.zeros_like(p).scatter(-1, order, ordered.masked_fill(before >= top_p, 0.0))",
                "p.masked_fill(~(before < top_p).gather(-1, order), 0.0)",
            ),
            "mask not put back in place": (
                "torch.zeros_like(p).scatter(-1, order, ordered.masked_fill(before >= top_p, 0.0))",
                "p.masked_fill(before >= top_p, 0.0)",
            ),
        },
    ),
}

WITHOUT = {"gradient cut": "Nobody trains through sampling."}
