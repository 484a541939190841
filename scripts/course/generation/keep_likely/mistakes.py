"""What people write for generation.keep_likely, and why it matters."""

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
    "a bar that does not move": Kind(
        "Your bar stands at the same height however sure the model is; the mean of a distribution, too, is "
        "always the same. Min-p follows the model: few tokens pass where one is far ahead, many where none is.",
        {
            "a fixed bar": ("bar = min_p * p.amax(dim=-1, keepdim=True)", "bar = min_p"),
            "a bar from the mean": (
                "bar = min_p * p.amax(dim=-1, keepdim=True)",
                "bar = min_p * p.mean(dim=-1, keepdim=True)",
            ),
            "a bar from an even spread": ("bar = min_p * p.amax(dim=-1, keepdim=True)", "bar = min_p / p.size(-1)"),
        },
    ),
    "a bar that sinks with min_p": Kind(
        "Your bar gets lower the larger min_p is. A tiny min_p should let nearly everything pass and leaves "
        "only the best in your code, while a large one, meant to be strict, rules out hardly any.",
        {
            "a bar below the likeliest": (
                "bar = min_p * p.amax(dim=-1, keepdim=True)",
                "bar = p.amax(dim=-1, keepdim=True) - min_p",
            ),
            "a bar turned round": (
                "bar = min_p * p.amax(dim=-1, keepdim=True)",
                "bar = p.amax(dim=-1, keepdim=True) * (1 - min_p)",
            ),
        },
    ),
    "a bar to a power": Kind(
        "You raise the likeliest probability to a power that min_p sets. Where the model is unsure such a bar "
        "sinks to nothing, and where it is nearly certain the bar stands far too high.",
        {
            "a bar to the power": (
                "bar = min_p * p.amax(dim=-1, keepdim=True)",
                "bar = p.amax(dim=-1, keepdim=True) ** (1 / min_p)",
            )
        },
    ),
    "nothing ruled out": Kind(
        "No token ever lies below your bar, whatever min_p is. Everything stays, and the unlikely tokens that "
        "somebody wanted to be rid of turn up in the text.",
        {
            "a bar from the least likely": (
                "bar = min_p * p.amax(dim=-1, keepdim=True)",
                "bar = min_p * p.amin(dim=-1, keepdim=True)",
            ),
            "nothing ruled out": ("p < bar", "p < 0"),
        },
    ),
    "a bar from the batch": Kind(
        "You hang the bar from probabilities in other rows of the batch. Every row is a text of its own: "
        "beside a sure one, an unsure one loses tokens that it should keep.",
        {
            "a bar from the batch's likeliest": ("bar = min_p * p.amax(dim=-1, keepdim=True)", "bar = min_p * p.max()"),
            "a bar for every token from the batch": (
                "bar = min_p * p.amax(dim=-1, keepdim=True)",
                "bar = min_p * p.amax(dim=0, keepdim=True)",
            ),
        },
    ),
    "a bar from the second": Kind(
        "You hang the bar from the second likeliest token. It is too low exactly where the model is sure of "
        "one token, and there min-p should be at its strictest.",
        {
            "a bar from the second": (
                "bar = min_p * p.amax(dim=-1, keepdim=True)",
                "bar = min_p * p.sort(dim=-1).values[:, -2:-1]",
            )
        },
    ),
    "the token at the bar ruled out": Kind(
        "You rule out a token that is exactly likely enough. At the largest min_p that is the likeliest "
        "itself, so that nothing is left, and the result is not-a-number.",
        {"what is just likely enough ruled out": ("p < bar", "p <= bar")},
    ),
    "the likely ruled out": Kind(
        "You rule out the tokens that reach the bar and keep those below. What can still be drawn is the tail, "
        "in which nothing fits the text.",
        {"the likely ruled out": ("p < bar", "p >= bar")},
    ),
    "ruled out with minus infinity": Kind(
        "You mark what is ruled out with minus infinity, as one does before a softmax. Here the numbers are "
        "added up: the sum becomes infinite too, and dividing by it leaves zeros and not-a-number.",
        {"ruled out with minus infinity": ("bar, 0.0)", 'bar, float("-inf"))')},
    ),
    "not scaled to one": Kind(
        NOT_ONE,
        {
            "the rest not scaled up": ("return kept / kept.sum(dim=-1, keepdim=True)", "return kept"),
            "scaled by the likeliest": (
                "return kept / kept.sum(dim=-1, keepdim=True)",
                "return kept / kept.amax(dim=-1, keepdim=True)",
            ),
        },
    ),
    "a softmax of the rest": Kind(
        SOFTMAX_OF_REST,
        {"a softmax of the rest": ("return kept / kept.sum(dim=-1, keepdim=True)", "return kept.softmax(dim=-1)")},
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
    "changed in place": Kind(CHANGED, {"changed in place": ("p.masked_fill(", "p.masked_fill_(")}),
    "another dtype": Kind(
        DTYPE,
        {
            "result in float32": (
                "return kept / kept.sum(dim=-1, keepdim=True)",
                "return kept.float() / kept.float().sum(dim=-1, keepdim=True)",
            )
        },
    ),
    "the tokens that stay": Kind(
        "You return which tokens stay, as true and false, not how likely each of them is. The odds between "
        "them are lost, and true and false cannot be drawn from.",
        {"the tokens that stay": ("return kept / kept.sum(dim=-1, keepdim=True)", "return kept > 0")},
    ),
}
