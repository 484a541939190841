"""What people write for attentions.backends.scored.softmax_with_sinks, and why it matters."""

from scripts.course.attentions.backends.explanations import (
    EXPONENTIALS_INFINITE,
    SINKS_WITHOUT_EFFECT,
    SOFTMAX_AXIS,
    TWO_SOFTMAXES,
)
from scripts.workshop.diagnose import Kind
from scripts.workshop.diagnose.common import OTHER_DTYPE

MISTAKES = {
    "sinks left out of the maximum": Kind(
        "What you subtract before the exponentials is the maximum of the scores, and the sinks are not among "
        "them. The exponential of a sink that lies far above all scores then becomes infinite, and the "
        "gradients are not-a-number.",
        {
            "sinks left out of the maximum": (
                "torch.cat((scores, column), dim=-1).softmax(dim=-1)",
                (
                    "torch.cat((scores, column), dim=-1) - scores.amax(dim=-1, keepdim=True)\n"
                    "    weights = weights.exp() / weights.exp().sum(dim=-1, keepdim=True)"
                ),
            )
        },
    ),
    "sinks without effect": Kind(
        SINKS_WITHOUT_EFFECT,
        {
            "sinks forgotten": (
                "torch.cat((scores, column), dim=-1).softmax(dim=-1)",
                "torch.cat((scores.softmax(dim=-1), column), dim=-1)",
            ),
            "sinks added to the scores": (
                ("    weights = torch.cat((scores, column), dim=-1).softmax(dim=-1)\n"),
                ("    weights = torch.cat(((scores + column).softmax(dim=-1), column), dim=-1)\n"),
            ),
            "the rest brought back to a sum of one": (
                "    return weights[..., :-1]",
                "    return weights[..., :-1] / weights[..., :-1].sum(dim=-1, keepdim=True)",
            ),
            "a row, not a column": (
                (
                    "column = sinks.to(scores.dtype)[:, None, None].expand(*scores.shape[:-1], 1)\n"
                    "    weights = torch.cat((scores, column), dim=-1).softmax(dim=-1)"
                ),
                (
                    "row = sinks.to(scores.dtype)[:, None, None].expand(*scores.shape[:2], 1, scores.size(3))\n"
                    "    return torch.cat((scores, row), dim=2).softmax(dim=-1)[:, :, :-1]\n"
                    "    weights = None"
                ),
            ),
        },
    ),
    "column of the sinks kept": Kind(
        "You return the weight of the sink as one more column. There is no value behind it, so that the product "
        "with the values has one weight too many.",
        {"the sinks' column kept": ("weights[..., :-1]", "weights")},
    ),
    "a key dropped for the sink": Kind(
        "You drop the weight of a key and keep that of the sink. The weights then stand one place off: values "
        "are taken with the weights of their neighbours, and one with that of the sink.",
        {
            "the last key dropped, and the sink kept": ("(scores, column), dim=-1)", "(column, scores), dim=-1)"),
            "the sink in front, and the first key's place lost": ("weights[..., :-1]", "weights[..., 1:]"),
        },
    ),
    "share of the sink given to keys": Kind(
        "You give the weight of the sink back to the keys, to one of them or to all. It is meant to be lost, so "
        "that a head for which no key is useful can keep quiet.",
        {
            "the sink's weight put into the numerators": (
                "    return weights[..., :-1]",
                "    return weights[..., :-1] + weights[..., -1:]",
            ),
            "the sink's weight spread over the keys": (
                "    return weights[..., :-1]",
                "    return weights[..., :-1] + weights[..., -1:] / scores.size(-1)",
            ),
            "the sink's weight given to the first key": (
                "    return weights[..., :-1]",
                "    return torch.cat((weights[..., :1] + weights[..., -1:], weights[..., 1:-1]), dim=-1)",
            ),
        },
    ),
    "sinks not taken as scores": Kind(
        "You change the sinks before they stand beside the scores: their sign, or by an exponential or a "
        "logarithm. A sink is a score as it is; changed, it takes another part of the weights than the model "
        "has learned.",
        {
            "sinks subtracted": ("column = sinks.to(scores.dtype)", "column = -sinks.to(scores.dtype)"),
            "sinks taken for exponentials": (
                "column = sinks.to(scores.dtype)",
                "column = sinks.to(scores.dtype).abs().clamp(min=1e-6).log()",
            ),
            "exponentials taken for sinks": (
                "column = sinks.to(scores.dtype)",
                "column = sinks.to(scores.dtype).clamp(max=80).exp()",
            ),
        },
    ),
    "a fixed sink": Kind(
        "You put the same constant in the place of every sink. The learned ones play no part and get no "
        "gradient, so that no head can choose how much of its attention goes to no key.",
        {
            "sinks of one, as in softmax1": (
                "sinks.to(scores.dtype)[:,",
                "torch.zeros_like(sinks, dtype=scores.dtype)[:,",
            )
        },
    ),
    "not each head its own sink": Kind(
        "Some or all of your heads get another sink than their own: that of another head, or a mean. There is "
        "one sink for each head, (H,), and each head learns by itself how much of its attention goes to no key.",
        {
            "one sink for all heads": (
                "sinks.to(scores.dtype)[:, None, None]",
                "sinks.to(scores.dtype)[:1, None, None]",
            ),
            "sinks of the heads in reverse": ("sinks.to(scores.dtype)", "sinks.to(scores.dtype).flip(0)"),
            "a mean of the sinks for all heads": (
                "sinks.to(scores.dtype)[:, None, None]",
                "sinks.to(scores.dtype).mean()",
            ),
        },
    ),
    "sinks on another axis": Kind(
        "You lay the sinks along another axis than that of the heads. This fails, or, where sizes happen to "
        "agree, gives a sink to a query or a sequence that was learned for a head.",
        {
            "sinks along the queries": ("[:, None, None]", "[:, None]"),
            "sinks along the sequences": ("[:, None, None].expand", "[:, None, None, None].expand"),
        },
    ),
    "all sinks in every head": Kind(
        "You add a column for every sink, so that each head gets the sinks of all heads: (B, H, Tq, Tk + H), "
        "and (B, H, Tq, Tk + 1) is needed. Together they take much more weight than one head has learned to "
        "give away.",
        {
            "sinks along the keys": (
                "column = sinks.to(scores.dtype)[:, None, None].expand(*scores.shape[:-1], 1)",
                "column = sinks.to(scores.dtype).expand(*scores.shape[:-1], -1)",
            ),
            "a column for every sink": (
                (
                    "column = sinks.to(scores.dtype)[:, None, None].expand(*scores.shape[:-1], 1)\n"
                    "    weights = torch.cat((scores, column), dim=-1).softmax(dim=-1)\n"
                    "    # Drop it after the softmax: it has taken its part of the weight, and has no value.\n"
                    "    return weights[..., :-1]"
                ),
                (
                    "columns = sinks.to(scores.dtype).expand(*scores.shape[:-1], -1)\n"
                    "    return torch.cat((scores, columns), dim=-1).softmax(dim=-1)[..., : scores.size(-1)]"
                ),
            ),
        },
    ),
    "softmax along another axis": Kind(
        SOFTMAX_AXIS,
        {
            "softmax over the queries": (".softmax(dim=-1)", ".softmax(dim=-2)"),
            "softmax over the heads": (".softmax(dim=-1)", ".softmax(dim=1)"),
        },
    ),
    "two softmaxes": Kind(
        TWO_SOFTMAXES,
        {
            "softmax first, then sinks, then softmax again": (
                "torch.cat((scores, column), dim=-1)",
                "torch.cat((scores.softmax(dim=-1), column), dim=-1)",
            )
        },
    ),
    "a gate without the logarithm": Kind(
        "Your gate holds the sum of the exponentials against the sink, which is a score and thus a logarithm. "
        "A sum is always greater than its logarithm, so that the gate stands too far open, and the sink takes "
        "too little.",
        {
            "a gate of the sum without its logarithm": (
                "    return weights[..., :-1]",
                ("    return scores.softmax(dim=-1) * torch.sigmoid(scores.exp().sum(dim=-1, keepdim=True) - column)"),
            )
        },
    ),
    "exponentials that become infinite": Kind(
        EXPONENTIALS_INFINITE,
        {
            "exponentials that become infinite": (
                "    return weights[..., :-1]",
                "    return scores.exp() / (scores.exp().sum(dim=-1, keepdim=True) + column.exp())",
            )
        },
    ),
    "sink cut off far above the scores": Kind(
        "You limit how much a sink can take once it lies far above all scores. A head that has learned to keep "
        "quiet still gets a rest of its values, and the gradient to the sink ends at the limit.",
        {
            "the greatest score taken off without regard to the sink": (
                "    return weights[..., :-1]",
                (
                    "    top = scores.amax(dim=-1, keepdim=True).detach()\n"
                    "    parts = (scores - top).exp()\n"
                    "    return parts / (parts.sum(dim=-1, keepdim=True) + (column - top).exp().clamp(max=1e4))"
                ),
            )
        },
    ),
    "sink not moved with the scores": Kind(
        "You subtract the maximum from the scores, but not from the sink. Its weight then depends on how high "
        "the scores lie, and not on how far it is from them.",
        {
            "the greatest score taken off, not off the sink": (
                "    return weights[..., :-1]",
                (
                    "    parts = (scores - scores.amax(dim=-1, keepdim=True)).exp()\n"
                    "    return parts / (parts.sum(dim=-1, keepdim=True) + column.exp())"
                ),
            )
        },
    ),
    "another dtype": Kind(
        OTHER_DTYPE,
        {
            "widened to the dtype of the sinks": ("sinks.to(scores.dtype)[", "sinks["),
            "narrowed to the dtype of the sinks": (
                "    return weights[..., :-1]",
                "    return weights[..., :-1].to(sinks.dtype)",
            ),
        },
    ),
}
