"""What people write for encodings.scaling.yarn_scaling, and why it matters."""

from scripts.course.encodings.scaling.explanations import ALL_ALIKE, ORIGINAL_NONE
from scripts.workshop.diagnose import Kind
from scripts.workshop.diagnose.common import HARD_CODED

MISTAKES = {
    "rotations over the longest length": Kind(
        "You count rotations over the longest sequence, not over the original length. Pairs that never made a full "
        "rotation in training then seem to have made one, and keep angles that are new to the model.",
        {
            "original length ignored": ("config.rope_original_seq_len or ", ""),
            "longest length in place of the original": ("math.log(original / (", "math.log(config.max_seq_len / ("),
        },
    ),
    "original length taken for granted": Kind(
        ORIGINAL_NONE,
        {
            "original length always given": (
                "original = config.rope_original_seq_len or config.max_seq_len",
                "original = config.rope_original_seq_len",
            )
        },
    ),
    "not full rotations": Kind(
        "You count radians or half rotations where full rotations are meant. Both bounds move to lower frequencies, and "
        "some pairs that never went full circle in training are no longer interpolated as they should be.",
        {
            "full rotations without 2 pi": ("(2 * math.pi * rotations)", "rotations"),
            "full rotations of pi": ("(2 * math.pi * rotations)", "(math.pi * rotations)"),
        },
    ),
    "bounds in dimensions, not pairs": Kind(
        "Your bounds come out twice as high as they should, as if they counted the dimensions of a head and not its "
        "pairs. Low frequencies then pass for high ones, and keep angles that are new to the model.",
        {"log of the base without the two": ("(2 * math.log(config.rope_theta))", "math.log(config.rope_theta)")},
    ),
    "two kinds of logarithm": Kind(
        "You divide two logarithms by each other that have different bases. The bounds then lie at other pairs than "
        "those that rotate so often, and low frequencies are interpolated by less than they need.",
        {"log to base 2 above only": ("dim * math.log(original", "dim * math.log2(original")},
    ),
    "base hard-coded": Kind(HARD_CODED, {"base hard-coded": ("math.log(config.rope_theta)", "math.log(10000.0)")}),
    "high frequencies interpolated, low ones kept": Kind(
        "You interpolate the high frequencies and keep the low ones. High frequencies are needed to tell neighbours "
        "apart, and low ones run into angles that training has never seen.",
        {
            "bounds swapped": (
                "max(math.floor(pair(32)), 0), min(math.ceil(pair(1)), dim - 1)",
                "max(math.floor(pair(1)), 0), min(math.ceil(pair(32)), dim - 1)",
            ),
            "ramp reversed": ("keep = 1 - ramp.clamp(0, 1)", "keep = ramp.clamp(0, 1)"),
            "kept and interpolated swapped": (
                "keep + (1 - keep) / config.rope_factor",
                "(1 - keep) + keep / config.rope_factor",
            ),
        },
    ),
    "bounds rounded otherwise": Kind(
        "You round a bound the other way, or not at all. The ramp then starts later or ends earlier than in "
        "models tuned with YaRN, and the pairs on it get other angles than the weights expect.",
        {
            "lower bound rounded up": ("math.floor(pair(32))", "math.ceil(pair(32))"),
            "upper bound rounded down": ("math.ceil(pair(1))", "math.floor(pair(1))"),
            "bounds not rounded": (
                "max(math.floor(pair(32)), 0), min(math.ceil(pair(1)), dim - 1)",
                "max(pair(32), 0), min(pair(1), dim - 1)",
            ),
        },
    ),
    "bounds cut otherwise": Kind(
        "You cut a bound to another range than is asked for, or not at all. Where texts are short, or long for "
        "the base, the ramp gets another slope, and the pairs on it other angles than the tuned weights expect.",
        {
            "lower bound not cut": ("max(math.floor(pair(32)), 0)", "math.floor(pair(32))"),
            "upper bound not cut": ("min(math.ceil(pair(1)), dim - 1)", "math.ceil(pair(1))"),
            "upper bound cut at the number of pairs": ("dim - 1)", "dim // 2 - 1)"),
        },
    ),
    "another number of rotations": Kind(
        "One of your bounds asks for another number of rotations than the paper's. More or fewer pairs then keep "
        "their angles, and weights tuned with its bounds meet some that they do not know.",
        {
            "bound of 16 rotations": ("math.floor(pair(32))", "math.floor(pair(16))"),
            "bound of 2 rotations": ("math.ceil(pair(1))", "math.ceil(pair(2))"),
        },
    ),
    "ramp not stopped at its ends": Kind(
        "Your ramp runs on beyond one of its ends, or beyond both. The lowest frequencies are then divided by more than "
        "the factor, and may even become negative.",
        {
            "ramp not clamped": ("ramp.clamp(0, 1)", "ramp"),
            "ramp clamped at one end only": ("ramp.clamp(0, 1)", "ramp.clamp(min=0)"),
        },
    ),
    "ramp over dimensions, not pairs": Kind(
        "Your ramp counts the dimensions of a head, two for each pair. It starts and ends at half the pair that it "
        "should, and interpolates pairs that rotate often enough to keep their angles.",
        {"ramp over dimensions, not pairs": ("torch.arange(dim // 2)", "torch.arange(0, dim, 2)")},
    ),
    "ramp from the first pair on": Kind(
        "Your ramp starts at the first pair instead of at the lower bound. High frequencies below that bound are then "
        "interpolated too, although they have to tell neighbours apart.",
        {"ramp from zero": ("(torch.arange(dim // 2) - low)", "torch.arange(dim // 2)")},
    ),
    "ramp that rises too slowly": Kind(
        "Your ramp rises too slowly, since it is not measured from bound to bound. At the upper bound it has "
        "not reached its end, so that low frequencies there keep part of the angles that are new to the model.",
        {"ramp divided by the upper bound": ("((high - low) or 0.001)", "max(high, 0.001)")},
    ),
    "equal bounds forgotten": Kind(
        "You divide by the gap between the two bounds, which can be zero. With a short original length the bounds meet, "
        "and a frequency that is not a number spreads through the whole model.",
        {"equal bounds forgotten": ("((high - low) or 0.001)", "(high - low)")},
    ),
    "one step instead of a ramp": Kind(
        "You switch from kept to interpolated at one pair, where a ramp is needed. The pairs between the bounds need "
        "some of both, and weights tuned with the ramp meet angles that they do not know.",
        {"no ramp, one step": ("keep = 1 - ramp.clamp(0, 1)", "keep = (ramp < 0.5).to(ramp.dtype)")},
    ),
    "low frequencies multiplied": Kind(
        "You multiply the low frequencies by the factor, where they should be divided by it. They then run into new "
        "angles even sooner than without scaling.",
        {"multiplied by the factor": ("(1 - keep) / config.rope_factor", "(1 - keep) * config.rope_factor")},
    ),
    "low frequencies zero": Kind(
        "The pairs that are to be interpolated get a frequency of zero in your code. They then never rotate, and what "
        "they tell about far positions is lost.",
        {"interpolated ones forgotten": ("return keep + (1 - keep) / config.rope_factor", "return keep")},
    ),
    "all pairs interpolated alike": Kind(
        ALL_ALIKE,
        {
            "everything interpolated": (
                "keep + (1 - keep) / config.rope_factor",
                "(keep + 1 - keep) / config.rope_factor",
            )
        },
    ),
    "attention_factor always one": Kind(
        "Your attention_factor is always one. In a long text the softmax spreads its weight over many more keys and "
        "grows flat; the attention_factor is there to sharpen it again.",
        {"attention_factor forgotten": ("rope_factor, attention_factor", "rope_factor, 1.0")},
    ),
    "attention_factor that grows at another rate": Kind(
        "Your attention_factor grows faster or more slowly with the factor than the paper found best. Scores become "
        "too large or too small, and the softmax sharper or flatter than the model was tuned for.",
        {
            "attention_factor of log2": ("0.1 * math.log(", "0.1 * math.log2("),
            "attention_factor of log10": ("0.1 * math.log(", "0.1 * math.log10("),
            "attention_factor without the tenth": ("0.1 * math.log(", "math.log("),
        },
    ),
    "attention_factor without the one": Kind(
        "Your attention_factor comes out far below one, where it should be a little above. It multiplies queries and "
        "keys, whose scores nearly vanish, and the softmax spreads over all keys alike.",
        {"attention_factor without the one": ("(config.rope_factor) + 1 if", "(config.rope_factor) if")},
    ),
    "attention_factor squared": Kind(
        "You square the attention_factor before you return it. It multiplies queries as well as keys, so that "
        "scores have its square already; with yours they get its fourth power.",
        {
            "attention_factor squared": (
                "return keep + (1 - keep) / config.rope_factor, attention_factor",
                "return keep + (1 - keep) / config.rope_factor, attention_factor**2",
            )
        },
    ),
    "attention_factor of the length": Kind(
        "Your attention_factor follows from how far the longest sequence outgrows the original length. It belongs to "
        "the factor by which low frequencies are divided: a model tuned with one has to keep it.",
        {
            "attention_factor of the length": (
                "0.1 * math.log(config.rope_factor) + 1",
                "0.1 * math.log(config.max_seq_len / original) + 1",
            )
        },
    ),
    "attention_factor below one": Kind(
        "You let the attention_factor fall below one where the factor does. With such a factor the texts get no "
        "longer, and the scores should keep their size.",
        {"attention_factor below one": (" if config.rope_factor > 1 else 1.0", "")},
    ),
}
