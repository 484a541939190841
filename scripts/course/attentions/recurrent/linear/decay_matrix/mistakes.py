"""What people write for attentions.recurrent.linear.decay_matrix, and why it matters."""

from scripts.course.attentions.recurrent.explanations import DECAY_OF_ANOTHER_TOKEN, DECAY_OF_LOG
from scripts.workshop.diagnose import Kind

BETWEEN = "between = total[..., :, None] - total[..., None, :]"

MISTAKES = {
    "other way round": Kind(
        "Your rows and columns are exchanged: row t is to say what is left at token t. Below the diagonal you get "
        "growth, or nothing at all.",
        {
            "the difference the other way round": (BETWEEN, "between = total[..., None, :] - total[..., :, None]"),
            "transposed": ('.masked_fill(future, float("-inf")).exp()', '.masked_fill(future, float("-inf")).exp().mT'),
        },
    ),
    "decays of other tokens": Kind(
        DECAY_OF_ANOTHER_TOKEN,
        {
            "from s on": (BETWEEN, "between = total[..., :, None] - (total - log_decay)[..., None, :]"),
            "up to t - 1": (BETWEEN, "between = (total - log_decay)[..., :, None] - (total - log_decay)[..., None, :]"),
        },
    ),
    "decay of the logarithm": Kind(
        DECAY_OF_LOG, {"no exponential": ('.masked_fill(future, float("-inf")).exp()', ".masked_fill(future, 0.0)")}
    ),
    "the future not hidden": Kind(
        "You leave the future in, as growth. A query would then read what later tokens write, more of it the later they "
        "are.",
        {
            "nothing hidden": ('.masked_fill(future, float("-inf"))', ""),
            "its logarithm set to zero": ('float("-inf")', "0.0"),
        },
    ),
    "a token does not see itself": Kind(
        "You hide the diagonal too. A token reads what it writes itself, whole.",
        {"the diagonal hidden": (".triu(1)", ".triu(0)")},
    ),
    "hidden too late": Kind(
        "You hide the future after the exponential. There the differences are positive and the exponential may be "
        "infinite, whose gradient is nan even where it is hidden.",
        {
            "hidden after the exponential": (
                'between.masked_fill(future, float("-inf")).exp()',
                "between.exp().masked_fill(future, 0.0)",
            ),
            "multiplied by zero": (
                'between.masked_fill(future, float("-inf")).exp()',
                "between.exp() * (~future)",
            ),
        },
    ),
    "a quotient of products": Kind(
        "You divide running products of decays. Their logarithm may be smaller than any float has, and zero divided by "
        "zero is nan.",
        {
            "a quotient of products": (
                'between.masked_fill(future, float("-inf")).exp()',
                "(total.exp()[..., :, None] / total.exp()[..., None, :]).tril()",
            )
        },
    ),
    "no running sum": Kind(
        "You take differences of the decays themselves, where their running sum belongs. Only between neighbours are "
        "the two the same.",
        {"no running sum": ("total = log_decay.cumsum(dim=-1)", "total = log_decay")},
    ),
}
