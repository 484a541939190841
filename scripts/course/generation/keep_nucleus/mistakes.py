"""What people write for generation.keep_nucleus, and why it matters."""

from scripts.course.generation.explanations import (
    CHANGED,
    DTYPE,
    EQUALLY_LIKELY,
    NOT_ONE,
    OVER_THE_BATCH,
    SOFTMAX_OF_REST,
)
from scripts.workshop.diagnose import Kind

MISTAKES = {
    "the crossing token ruled out": Kind(
        "You rule out the very token that is needed to bring the sum up to top_p. What stays can have less "
        "than was asked for, and where one token alone is more than that, nothing stays.",
        {
            "the token that crosses the line ruled out": (
                "ordered.masked_fill(before >= top_p, 0.0)",
                "ordered.masked_fill(before + ordered > top_p, 0.0)",
            ),
            "the token that reaches the line ruled out": (
                "ordered.masked_fill(before >= top_p, 0.0)",
                "ordered.masked_fill(before + ordered >= top_p, 0.0)",
            ),
        },
    ),
    "more than are needed": Kind(
        "You let a token stay although the likelier ones have enough together already. The nucleus is as small "
        "as it can be, and every token more is one from the tail.",
        {
            "one too many where the line is reached": ("before >= top_p", "before > top_p"),
            "one too many": ("before >= top_p", "before - ordered >= top_p"),
        },
    ),
    "only the likeliest": Kind(
        "You rule out every token that has another before it, so that only the likeliest is left. Top-p then "
        "leaves no choice, whatever share was asked for.",
        {"only the likeliest": ("before >= top_p", "before > 0")},
    ),
    "the tail kept instead": Kind(
        "You keep the tokens that come after enough, and rule out those that make up the share. What can still "
        "be drawn is the tail, in which nothing fits the text.",
        {"only what comes after enough": ("before >= top_p", "before < top_p")},
    ),
    "the share that should go": Kind(
        "You stop at the share that is meant to be ruled out, not at the one that is meant to stay. A top_p "
        "close to one, which should keep nearly everything, then leaves next to nothing.",
        {"the unlikely end instead": ("before >= top_p", "before >= 1 - top_p")},
    ),
    "added up in another order": Kind(
        "You add the probabilities up in another order than from the likeliest on. Unlikely tokens then take "
        "their part of the share first, and the likeliest one may be ruled out.",
        {
            "from the least likely on": ("descending=True", "descending=False"),
            "in the order of the tokens": (
                "ordered, order = p.sort(dim=-1, descending=True)",
                "ordered, order = p, torch.arange(p.size(-1)).expand_as(p)",
            ),
        },
    ),
    "not back in place": Kind(
        "After your sorting, the probabilities do not come back to the tokens that they belong to. A draw then "
        "gives a token that happens to have that place, whatever the model thinks of it.",
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
    "all that are equal kept": Kind(
        "You keep every token that is as likely as the last one that is needed. Where many are equally likely "
        "that can be the whole vocabulary, although a few of them make up the share.",
        {
            "everything as likely as the last that stays": (
                "torch.zeros_like(p).scatter(-1, order, ordered.masked_fill(before >= top_p, 0.0))",
                "p.masked_fill(p < ordered.masked_fill(before >= top_p, 2.0).amin(dim=-1, keepdim=True), 0.0)",
            )
        },
    ),
    "a bar for each token alone": Kind(
        "You hold every token's own probability against a bar, without adding anything up. A model that is "
        "unsure gives no token much, and none of them would get over the bar.",
        {
            "a bar on every token's own probability": (
                "torch.zeros_like(p).scatter(-1, order, ordered.masked_fill(before >= top_p, 0.0))",
                "p.masked_fill(p < 1 - top_p, 0.0)",
            )
        },
    ),
    "one row's cut for all": Kind(
        "How many tokens stay, or in which order they come, is taken from the first row for all of them. Every "
        "row is a distribution of its own, and a sure one needs fewer tokens than an unsure one.",
        {
            "the first row's line for all": ("before >= top_p", "before[:1] >= top_p"),
            "the first row's order for all": ("scatter(-1, order,", "scatter(-1, order[:1].expand_as(order),"),
        },
    ),
    "sorted or summed over the batch": Kind(
        "You sort or add up along the batch, across texts that have nothing to do with each other. Which "
        "tokens stay in one of them then depends on what is written in the others.",
        {
            "summed over the batch": ("ordered.cumsum(dim=-1)", "ordered.cumsum(dim=0)"),
            "sorted over the batch": ("p.sort(dim=-1", "p.sort(dim=0"),
        },
    ),
    "not added up": Kind(
        "You do not add up what the likelier tokens have together. Your numbers fall along the order where "
        "they should grow, so that the first tokens to be ruled out, if any, are the likeliest.",
        {
            "not summed": ("before = ordered.cumsum(dim=-1) - ordered", "before = ordered"),
            "multiplied, not summed": ("before = ordered.cumsum(dim=-1) - ordered", "before = ordered.cumprod(dim=-1)"),
        },
    ),
    "a share of the vocabulary": Kind(
        "You keep a share of the tokens, where top_p means a share of the probability. How many stay should "
        "follow from how sure the model is: one or two here, hundreds there.",
        {
            "as many tokens as the share of the vocabulary": (
                "ordered.masked_fill(before >= top_p, 0.0)",
                "ordered.masked_fill(torch.arange(p.size(-1)) >= top_p * p.size(-1), 0.0)",
            )
        },
    ),
    "not scaled to one": Kind(
        NOT_ONE,
        {
            "the rest not scaled up": ("return kept / kept.sum(dim=-1, keepdim=True)", "return kept"),
            "scaled by top_p": ("return kept / kept.sum(dim=-1, keepdim=True)", "return kept / top_p"),
        },
    ),
    "a softmax of the rest": Kind(
        SOFTMAX_OF_REST,
        {"a softmax of the rest": ("return kept / kept.sum(dim=-1, keepdim=True)", "return kept.softmax(dim=-1)")},
    ),
    "a softmax of those that stay": Kind(
        "You take a softmax of the probabilities that stay. They lie so close together, all between zero and "
        "one, that it makes them nearly equal, and what the model preferred is lost.",
        {
            "a softmax of those that stay": (
                "return kept / kept.sum(dim=-1, keepdim=True)",
                'return kept.masked_fill(kept == 0, float("-inf")).softmax(dim=-1)',
            )
        },
    ),
    "scaled over the batch": Kind(
        OVER_THE_BATCH,
        {"scaled over the batch": ("return kept / kept.sum(dim=-1, keepdim=True)", "return kept / kept.sum()")},
    ),
    "all that stay equally likely": Kind(
        EQUALLY_LIKELY,
        {
            "all that stay equally likely": (
                "return kept / kept.sum(dim=-1, keepdim=True)",
                "return (kept > 0).to(p) / (kept > 0).sum(dim=-1, keepdim=True)",
            )
        },
    ),
    "changed in place": Kind(CHANGED, {"changed in place": ("torch.zeros_like(p).scatter(", "p.scatter_(")}),
    "another dtype": Kind(
        DTYPE,
        {
            "result in float32": (
                "return kept / kept.sum(dim=-1, keepdim=True)",
                "return kept.float() / kept.float().sum(dim=-1, keepdim=True)",
            )
        },
    ),
    "mask on the wrong tokens": Kind(
        "You worked out in sorted order which tokens stay, and your mask does not come back to the places of "
        "those tokens. Others are ruled out in their stead, however likely they are, and at times the whole "
        "nucleus.",
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
