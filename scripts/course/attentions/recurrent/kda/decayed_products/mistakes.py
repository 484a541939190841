"""What people write for attentions.recurrent.kda.decayed_products, and why it matters."""

from scripts.course.attentions.recurrent.explanations import DECAY_OF_ANOTHER_TOKEN, DECAY_OF_LOG, NO_DECAY
from scripts.workshop.diagnose import Kind

BETWEEN = "between = total[:, :, :, None] - total[:, :, None]"
DECAYS = 'decays = between.masked_fill(future, float("-inf")).exp()'
RETURN = "return ((decays * b[:, :, None]) @ a[..., None]).squeeze(-1)"

MISTAKES = {
    "no decay": Kind(NO_DECAY, {"products alone": (RETURN, "return (a @ b.mT).tril()")}),
    "one decay for all channels": Kind(
        "You give all channels of a head the same decay. The decay is inside the sum over the channels, and no factor of it.",
        {
            "the mean": (RETURN, "return (a @ b.mT) * decays.mean(-1)"),
            "the sum of the logarithms": (
                DECAYS,
                'decays = between.sum(-1, keepdim=True).expand_as(between).masked_fill(future, float("-inf")).exp()',
            ),
        },
    ),
    "decays of other tokens": Kind(
        DECAY_OF_ANOTHER_TOKEN,
        {
            "from s on": (BETWEEN, "between = total[:, :, :, None] - (total - log_decay)[:, :, None]"),
            "up to t - 1": (BETWEEN, "between = (total - log_decay)[:, :, :, None] - (total - log_decay)[:, :, None]"),
        },
    ),
    "decay of the logarithm": Kind(
        DECAY_OF_LOG, {"no exponential": (DECAYS, "decays = between.masked_fill(future, 0.0)")}
    ),
    "two factors": Kind(
        "You divide the decay into a factor for each token. The running sum may be -200, and the exponential of 200 is "
        "infinite.",
        {"two factors": (RETURN, "return ((total.exp() * a) @ ((-total).exp() * b).mT).tril()")},
    ),
    "the future": Kind(
        "You leave the future in, or hide the past instead of it. Row t has the products with the tokens up to t.",
        {
            "nothing hidden": ('.masked_fill(future, float("-inf"))', ""),
            "its logarithm set to zero": ('float("-inf")', "0.0"),
            "transposed": (RETURN, RETURN + ".mT"),
            "the difference the other way round": (BETWEEN, "between = total[:, :, None] - total[:, :, :, None]"),
        },
    ),
    "the diagonal": Kind(
        "You hide the diagonal too. A token meets itself, without any decay.",
        {"hidden": (".triu(1)", ".triu(0)")},
    ),
    "hidden too late": Kind(
        "You hide the future after the exponential. There the differences are positive and the exponential may be "
        "infinite, whose gradient is nan even where it is hidden.",
        {"after the exponential": (DECAYS, "decays = between.exp().masked_fill(future, 0.0)")},
    ),
    "a and b exchanged": Kind(
        "You take a for the earlier token. a stands at the row's token t, b at the column's, s.",
        {"exchanged": (RETURN, "return ((decays * a[:, :, None]) @ b[..., None]).squeeze(-1)")},
    ),
    "no running sum": Kind(
        "You take differences of the decays themselves, where their running sum belongs. Between neighbours the two are not "
        "even the same.",
        {"no running sum": ("total = log_decay.cumsum(dim=2)", "total = log_decay")},
    ),
}
