"""What people write for placements.refinements.ssmax.SSMax.forward, and why it matters."""

from scripts.course.positions.explanations import PLACES
from scripts.workshop.diagnose import Kind
from scripts.workshop.diagnose.common import GRADIENT_CUT

FACTOR = "self.scale.to(query.dtype) * log_n[..., None] + self.bias.to(query.dtype)"

MISTAKES = {
    "logarithm of the position": Kind(
        "You take the logarithm of the position, where the number of visible keys is asked for, which is one more. The "
        "first token stands at 0, and its logarithm is minus infinity.",
        {
            "logarithm of the position": ("(position + 1)", "position"),
            "one key too many": ("(position + 1)", "(position + 2)"),
        },
    ),
    "another logarithm": Kind(
        "Your factor grows with another function of the number of keys than its natural logarithm. Trained scales of a "
        "public model belong to that one.",
        {
            "base two": (".log()", ".log2()"),
            "base ten": (".log()", ".log10()"),
            "no logarithm": (".log()", ""),
            "root": (".log()", ".sqrt()"),
        },
    ),
    "places taken for positions": Kind(
        PLACES,
        {
            "counted from zero": ("(position + 1)", "(torch.arange(query.size(1)) + 1)"),
            "the length for all": ("(position + 1)", "torch.full_like(position, query.size(1))"),
        },
    ),
    "the longest for all": Kind(
        "You give every query the logarithm of the longest text. Each query sees the keys up to its own, and one that is "
        "scaled by later tokens knows of the future.",
        {"the longest for all": ("(position + 1)", "(position.max() + torch.ones_like(position))")},
    ),
    "bias left out": Kind(
        "You leave out the bias. Then the scale alone decides: at first it is 0, all scores are 0, and every key gets "
        "the same weight.",
        {"bias left out": (" + self.bias.to(query.dtype)", "")},
    ),
    "bias times the logarithm": Kind(
        "You multiply the bias by the logarithm or by the scale. It stands beside their product: what is left of "
        "ordinary softmax, at whatever position.",
        {
            "bias inside the logarithm's factor": (
                FACTOR,
                "(self.scale.to(query.dtype) + self.bias.to(query.dtype)) * log_n[..., None]",
            ),
            "scale on both": (FACTOR, "self.scale.to(query.dtype) * (log_n[..., None] + self.bias.to(query.dtype))"),
        },
    ),
    "scale and bias exchanged": Kind(
        "Scale and bias have changed places. What should grow with the number of keys stays, and what should stay grows.",
        {
            "scale and bias exchanged": (
                FACTOR,
                "self.bias.to(query.dtype) * log_n[..., None] + self.scale.to(query.dtype)",
            )
        },
    ),
    "added, not multiplied": Kind(
        "You add the factor to the queries. A score then changes by what its key sums to, and is no sharper than before.",
        {"added, not multiplied": ("query * factor", "query + factor")},
    ),
    "divided, not multiplied": Kind(
        "You divide the queries, where they should be multiplied. With more keys their softmax gets still flatter.",
        {"divided, not multiplied": ("query * factor", "query / factor")},
    ),
    "heads along another axis": Kind(
        "Your factors do not run along the axis of the heads. They are (T, H) or (B, T, H) and belong to queries of (B, "
        "T, H, D), with one more axis behind.",
        {
            "factors along the elements of a head": ("factor[..., None]", "factor[..., None, :]"),
            "tokens for heads": ("factor[..., None]", "factor.mT[..., None]"),
        },
    ),
    "gradient cut": Kind(
        GRADIENT_CUT,
        {
            "scale not learned": ("self.scale.to(query.dtype)", "self.scale.to(query.dtype).detach()"),
            "bias not learned": ("+ self.bias.to(query.dtype)", "+ self.bias.to(query.dtype).detach()"),
        },
    ),
}
