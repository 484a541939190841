"""What people write for decoding.sampling.min_p_filter, and why it matters."""

from scripts.course.decoding.generation.explanations import (
    CHANGED,
    EQUALLY_LIKELY,
    NOT_ONE,
    OVER_THE_BATCH,
    SOFTMAX_OF_REST,
)
from scripts.workshop.diagnose import Kind

MISTAKES = {
    "a fixed threshold": Kind(
        "Your threshold is the same however sure the model is; the mean of a row, too, is always 1 / V. Min-p scales it "
        "by the largest probability of the row.",
        {
            "min_p as the threshold": ("threshold = min_p * p.amax(dim=-1, keepdim=True)", "threshold = min_p"),
            "a fraction of the mean": (
                "threshold = min_p * p.amax(dim=-1, keepdim=True)",
                "threshold = min_p * p.mean(dim=-1, keepdim=True)",
            ),
            "a fraction of the uniform probability": (
                "threshold = min_p * p.amax(dim=-1, keepdim=True)",
                "threshold = min_p / p.size(-1)",
            ),
        },
    ),
    "a threshold that falls with min_p": Kind(
        "Your threshold is lower the larger min_p is. A larger min_p filters out more: at 1 only the most likely token "
        "is kept, close to 0 nearly all are.",
        {
            "the largest minus min_p": (
                "threshold = min_p * p.amax(dim=-1, keepdim=True)",
                "threshold = p.amax(dim=-1, keepdim=True) - min_p",
            ),
            "1 - min_p of the largest": (
                "threshold = min_p * p.amax(dim=-1, keepdim=True)",
                "threshold = p.amax(dim=-1, keepdim=True) * (1 - min_p)",
            ),
        },
    ),
    "a power of the largest probability": Kind(
        "You raise the largest probability to a power that depends on min_p. The threshold is a fraction min_p of it, a "
        "product.",
        {
            "a power of the largest": (
                "threshold = min_p * p.amax(dim=-1, keepdim=True)",
                "threshold = p.amax(dim=-1, keepdim=True) ** (1 / min_p)",
            )
        },
    ),
    "nothing filtered out": Kind(
        "No probability is ever below your threshold, whatever min_p is. The unlikely tokens that the filter removes "
        "can still be sampled.",
        {
            "a fraction of the smallest": (
                "threshold = min_p * p.amax(dim=-1, keepdim=True)",
                "threshold = min_p * p.amin(dim=-1, keepdim=True)",
            ),
            "nothing filtered out": ("p < threshold", "p < 0"),
        },
    ),
    "a threshold from the batch": Kind(
        "You take the largest probability over B, or over all of (B, V). Each row has its own, over V, of shape (B, 1).",
        {
            "the largest of the batch": (
                "threshold = min_p * p.amax(dim=-1, keepdim=True)",
                "threshold = min_p * p.max()",
            ),
            "the largest over B for every token": (
                "threshold = min_p * p.amax(dim=-1, keepdim=True)",
                "threshold = min_p * p.amax(dim=0, keepdim=True)",
            ),
        },
    ),
    "the second largest probability": Kind(
        "You scale the second largest probability. The threshold is a fraction of the largest one, and is highest where "
        "one token dominates.",
        {
            "the second largest": (
                "threshold = min_p * p.amax(dim=-1, keepdim=True)",
                "threshold = min_p * p.sort(dim=-1).values[:, -2:-1]",
            )
        },
    ),
    "the token at the threshold filtered out": Kind(
        "You filter out a token exactly at the threshold. At min_p = 1 that is the most likely token itself: nothing is "
        "left, and the result is NaN.",
        {"<= for <": ("p < threshold", "p <= threshold")},
    ),
    "the likely filtered out": Kind(
        "You filter out the tokens above the threshold and keep those below. What can be sampled then is the tail.",
        {"the likely filtered out": ("p < threshold", "p >= threshold")},
    ),
    "masked with -inf": Kind(
        "You mask probabilities with -inf, as one does with logits before a softmax. These are summed: the sum is -inf "
        "too, and the result NaN.",
        {"masked with -inf": ("threshold, 0.0)", 'threshold, float("-inf"))')},
    ),
    "not renormalised": Kind(
        NOT_ONE,
        {
            "not renormalised": ("return kept / kept.sum(dim=-1, keepdim=True)", "return kept"),
            "divided by the largest": (
                "return kept / kept.sum(dim=-1, keepdim=True)",
                "return kept / kept.amax(dim=-1, keepdim=True)",
            ),
        },
    ),
    "a softmax of the rest": Kind(
        SOFTMAX_OF_REST,
        {"a softmax of the rest": ("return kept / kept.sum(dim=-1, keepdim=True)", "return kept.softmax(dim=-1)")},
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
    "changed in place": Kind(CHANGED, {"changed in place": ("p.masked_fill(", "p.masked_fill_(")}),
    "a mask for probabilities": Kind(
        "You return which tokens are kept, as booleans. Their probabilities are asked for, with the ratios that they "
        "had.",
        {"a mask for probabilities": ("return kept / kept.sum(dim=-1, keepdim=True)", "return kept > 0")},
    ),
}

WITHOUT = {"gradient cut": "Nobody trains through sampling."}
