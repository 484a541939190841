"""What people write for encodings.scaling.linear_scaling, and why it matters."""

from scripts.course.encodings.scaling.explanations import ATTENTION_FACTOR, ENTRY_EACH
from scripts.workshop.diagnose import Kind

MISTAKES = {
    "factor not inverted": Kind(
        "Your inv_freq scaling is the factor itself, so that the angles grow with it. Positions should be interpolated "
        "into the range of training; yours go even farther beyond it.",
        {"factor not inverted": ("1 / config.rope_factor", "config.rope_factor")},
    ),
    "interpolated by too little": Kind(
        "Your inv_freq scaling changes the angles by less than the factor asks for, or not at all. The last tokens of a "
        "long text then get angles that the model has never seen.",
        {
            "no scaling": ("1 / config.rope_factor", "1.0"),
            "root of the factor": ("1 / config.rope_factor", "config.rope_factor**-0.5"),
        },
    ),
    "length ratio in place of the factor": Kind(
        "You divide by how far the longest sequence outgrows that of training. The factor is a setting of its "
        "own: a model that was tuned with one has to keep it, however long its tables are.",
        {
            "by how far the sequences have grown": (
                "1 / config.rope_factor",
                "(config.rope_original_seq_len or config.max_seq_len) / config.max_seq_len",
            )
        },
    ),
    "an entry for every dimension": Kind(
        ENTRY_EACH, {"an entry for each dimension, not for each pair": ("(dim // 2,)", "(dim,)")}
    ),
    "entries for the whole head": Kind(
        "Your inv_freq scaling is (head_dim/2,), where (dim/2,) is needed. Some models rotate only a part of every "
        "head, and with them your result does not line up with the pairs.",
        {"for the whole head": ("(dim // 2,)", "(config.head_dim // 2,)")},
    ),
    "pairs not treated alike": Kind(
        "You scale some frequencies by more than others, and the first one stays as it is. Linear scaling "
        "interpolates the positions themselves, which divides all frequencies alike, as the tuned weights expect.",
        {
            "from one down to the factor": (
                "torch.full((dim // 2,), 1 / config.rope_factor)",
                "torch.linspace(1, 1 / config.rope_factor, dim // 2)",
            ),
            "first pair left alone": (
                "torch.full((dim // 2,), 1 / config.rope_factor)",
                "torch.tensor([1.0] + [1 / config.rope_factor] * (dim // 2 - 1))",
            ),
        },
    ),
    "attention_factor other than one": Kind(
        ATTENTION_FACTOR,
        {
            "an attention_factor that grows": (
                "1 / config.rope_factor), 1.0",
                "1 / config.rope_factor), 0.1 * math.log(config.rope_factor) + 1",
            ),
            "one over the factor as the attention_factor": (
                "1 / config.rope_factor), 1.0",
                "1 / config.rope_factor), 1 / config.rope_factor",
            ),
            "factor as the attention_factor": (
                "1 / config.rope_factor), 1.0",
                "1 / config.rope_factor), config.rope_factor",
            ),
        },
    ),
    "inv_freq scaling and attention_factor swapped": Kind(
        "You return the two results in the wrong order. What should scale the frequencies then scales the tables, and "
        "the angles stay as they were.",
        {
            "inv_freq scaling and attention_factor swapped": (
                "return torch.full((dim // 2,), 1 / config.rope_factor), 1.0",
                "return 1.0, torch.full((dim // 2,), 1 / config.rope_factor)",
            )
        },
    ),
    "attention_factor missing": Kind(
        "You return the inv_freq scaling alone, where two results are needed. The caller unpacks two, and fails or takes "
        "the inv_freq scaling itself apart.",
        {"attention_factor forgotten": (", 1.0", "")},
    ),
    "factor of one at least": Kind(
        "You let no factor below one have an effect. Such a factor makes the angles larger, and a model that was trained "
        "with it would get angles that it does not know.",
        {"factor of one at least": ("1 / config.rope_factor", "1 / max(config.rope_factor, 1.0)")},
    ),
}
