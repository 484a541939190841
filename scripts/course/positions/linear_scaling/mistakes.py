"""What people write for positions.linear_scaling, and why it matters."""

from scripts.course.positions.explanations import MAGNITUDE, NUMBER_EACH
from scripts.workshop.diagnose import Kind

MISTAKES = {
    "factor not inverted": Kind(
        "Your stretch is the factor itself, so that the angles grow with it. Positions should be squeezed into "
        "the range that training knew; yours are spread even farther beyond it.",
        {"factor not inverted": ("1 / config.rope_factor", "config.rope_factor")},
    ),
    "squeezed by too little": Kind(
        "Your stretch changes the angles by less than the factor asks for, or not at all. The last tokens of a "
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
    "a number for every number": Kind(
        NUMBER_EACH, {"one number for each number, not for each pair": ("(dim // 2,)", "(dim,)")}
    ),
    "stretch of the whole head": Kind(
        "You make the stretch as long as the whole head would need it. Some models turn only a part of every "
        "head, and with them your stretch does not line up with the pairs.",
        {"for the whole head": ("(dim // 2,)", "(config.head_dim // 2,)")},
    ),
    "pairs not treated alike": Kind(
        "You stretch some pairs by more than others, and the first one keeps its angle. Linear scaling "
        "squeezes the positions themselves, which slows all pairs down alike, as the tuned weights expect.",
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
    "magnitude other than one": Kind(
        MAGNITUDE,
        {
            "a magnitude that grows": (
                "1 / config.rope_factor), 1.0",
                "1 / config.rope_factor), 0.1 * math.log(config.rope_factor) + 1",
            ),
            "factor as the magnitude": ("1 / config.rope_factor), 1.0", "1 / config.rope_factor), config.rope_factor"),
        },
    ),
    "stretch and magnitude swapped": Kind(
        "You hand the two results back in the wrong order. What should slow the angles down then shrinks the "
        "tables, and the angles stay as they were.",
        {
            "stretch and magnitude swapped": (
                "return torch.full((dim // 2,), 1 / config.rope_factor), 1.0",
                "return 1.0, torch.full((dim // 2,), 1 / config.rope_factor)",
            )
        },
    ),
    "magnitude missing": Kind(
        "You hand back the stretch alone, where two results are asked for. Whoever calls the function unpacks "
        "two, and fails or takes the stretch itself apart.",
        {"magnitude forgotten": (", 1.0", "")},
    ),
}
