"""What people write for encodings.proportional.proportional_scaling, and why it matters."""

from scripts.course.encodings.scaling.explanations import ATTENTION_FACTOR
from scripts.workshop.diagnose import Kind
from scripts.workshop.diagnose.common import HARD_CODED

MISTAKES = {
    "the slow pairs turn": Kind(
        "You stop the pairs with the high frequencies, and let the slow ones turn. Neighbours can then hardly be told "
        "apart.",
        {
            "the first ones stopped": ("< turning", ">= turning"),
            "the last ones turn": ("torch.arange(dim // 2)", "torch.arange(dim // 2 - 1, -1, -1)"),
        },
    ),
    "dimensions for pairs": Kind(
        "You count dimensions where pairs are meant: there are half as many. Twice as many pairs turn as should.",
        {"dimensions for pairs": ("config.rope_proportion * dim / 2", "config.rope_proportion * dim")},
    ),
    "one pair more or less": Kind(
        "You are off by one pair. The number of those that turn is p dim / 2, rounded down, and they are counted from zero.",
        {
            "one pair more": ("< turning", "<= turning"),
            "rounded up": ("int(config.rope_proportion * dim / 2)", "-int(-config.rope_proportion * dim // 2)"),
            "rounded": ("int(config.rope_proportion * dim / 2)", "round(config.rope_proportion * dim / 2)"),
        },
    ),
    "all pairs turn": Kind(
        "All pairs turn in your code. That is rotary positions as ever, or position interpolation.",
        {"all pairs turn": ("(torch.arange(dim // 2) < turning)", "torch.ones(dim // 2)")},
    ),
    "only the pairs that turn": Kind(
        "You return only the pairs that turn, where every pair of a head has its place. The caller multiplies the "
        "frequencies of all pairs by them.",
        {"only the pairs that turn": ("(torch.arange(dim // 2) < turning)", "torch.ones(turning)")},
    ),
    "factor": Kind(
        "You leave out rope_factor, or multiply by it. It divides the frequencies of the pairs that turn, for texts that are "
        "longer than in training.",
        {
            "factor ignored": (
                "(torch.arange(dim // 2) < turning) / config.rope_factor",
                "(torch.arange(dim // 2) < turning) * 1.0",
            ),
            "multiplied by the factor": ("turning) / config.rope_factor", "turning) * config.rope_factor"),
        },
    ),
    "another part": Kind(HARD_CODED, {"always a quarter": ("config.rope_proportion * dim", "0.25 * dim")}),
    "the fraction of partial rotary": Kind(
        "You read rope_fraction, which is about partial rotary positions: they rotate fewer dimensions. Here all are rotated, "
        "some by an angle of zero.",
        {"rope_fraction": ("int(config.rope_proportion", "int(config.rope_fraction")},
    ),
    "attention_factor other than one": Kind(
        ATTENTION_FACTOR,
        {"attention_factor by the factor": ("rope_factor, 1.0", "rope_factor, 1 / config.rope_factor")},
    ),
}
