"""What people write for encodings.llama3.llama3_scaling, and why it matters."""

from scripts.course.encodings.scaling.explanations import ALL_ALIKE, ATTENTION_FACTOR, ORIGINAL_NONE
from scripts.workshop.diagnose import Kind
from scripts.workshop.diagnose.common import HARD_CODED

MISTAKES = {
    "rotations over the longest length": Kind(
        "You count rotations over the longest sequence, not over the original length. Pairs that never made a full "
        "rotation in training then seem to have made one, and keep angles that are new to the model.",
        {"original length ignored": ("config.rope_original_seq_len or ", "")},
    ),
    "original length taken for granted": Kind(
        ORIGINAL_NONE,
        {
            "original length always given": (
                "config.rope_original_seq_len or config.max_seq_len",
                "config.rope_original_seq_len",
            )
        },
    ),
    "radians for rotations": Kind(
        "You count radians, or half rotations, where full rotations are meant. Both bounds move to lower frequencies, and "
        "pairs that never went full circle in training keep their angles.",
        {
            "rotations without 2 pi": (" / (2 * math.pi)", ""),
            "rotations of pi": ("(2 * math.pi)", "math.pi"),
        },
    ),
    "wavelength for rotations": Kind(
        "You judge each pair by its wavelength, and compare that with numbers of rotations. The two are inverse to each "
        "other: the pairs with long wavelengths are those that rotate rarely.",
        {"wavelength for rotations": ("original * config.rope_theta ** -(", "original * config.rope_theta ** (")},
    ),
    "high frequencies interpolated, low ones kept": Kind(
        "You interpolate the high frequencies and keep the low ones. High frequencies are needed to tell neighbours "
        "apart, and low ones run into angles that training has never seen.",
        {
            "kept and interpolated swapped": (
                "keep + (1 - keep) / config.rope_factor",
                "(1 - keep) + keep / config.rope_factor",
            ),
            "bounds swapped": (
                "config.rope_low_freq_factor, config.rope_high_freq_factor",
                "config.rope_high_freq_factor, config.rope_low_freq_factor",
            ),
        },
    ),
    "ramp not stopped at its ends": Kind(
        "Your ramp runs on beyond one of its ends, or beyond both. The highest frequencies are then multiplied by more than "
        "one, or the lowest divided by more than the factor.",
        {
            "ramp not clamped": (".clamp(0, 1)", ""),
            "ramp clamped at one end only": (".clamp(0, 1)", ".clamp(min=0)"),
        },
    ),
    "one step instead of a ramp": Kind(
        "You switch from kept to interpolated at one bound, where a ramp lies between two. The pairs between them need some "
        "of both.",
        {
            "no ramp, one step": (
                "((rotations - low) / (high - low)).clamp(0, 1)",
                "(rotations > high).to(rotations.dtype)",
            )
        },
    ),
    "ramp that rises too slowly": Kind(
        "Your ramp is not measured from bound to bound. At the upper bound it has not reached its end, and pairs that "
        "should be kept are interpolated in part.",
        {
            "ramp divided by the upper bound": ("/ (high - low)).clamp", "/ high).clamp"),
            "ramp from zero": ("(rotations - low)", "rotations"),
        },
    ),
    "bounds hard-coded": Kind(
        HARD_CODED,
        {"bounds hard-coded": ("config.rope_low_freq_factor, config.rope_high_freq_factor", "1.0, 4.0")},
    ),
    "base hard-coded": Kind(HARD_CODED, {"base hard-coded": ("config.rope_theta **", "500000.0 **")}),
    "frequencies of pairs not of dimensions": Kind(
        "Your exponents count the pairs, where they count the dimensions: 2i / dim for pair i. The frequencies fall half as "
        "fast, and too many pairs seem to rotate often.",
        {"exponents of pairs": ("torch.arange(0, dim, 2)", "torch.arange(dim // 2)")},
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
    "attention_factor other than one": Kind(
        ATTENTION_FACTOR,
        {"YaRN's attention_factor": ("rope_factor, 1.0", "rope_factor, 0.1 * math.log(config.rope_factor) + 1")},
    ),
    "attention_factor missing": Kind(
        "You return the inv_freq scaling alone, where two results are needed. The caller unpacks two, and fails or takes "
        "the inv_freq scaling itself apart.",
        {"attention_factor forgotten": ("rope_factor, 1.0", "rope_factor")},
    ),
}
