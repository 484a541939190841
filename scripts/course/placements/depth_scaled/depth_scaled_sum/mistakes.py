"""What people write for placements.depth_scaled.depth_scaled_sum, and why it matters."""

from scripts.workshop.diagnose import Kind

MISTAKES = {
    "a mean": Kind(
        "You leave out the roots. That is a running mean: its weights sum to one, but independent vectors add up by their "
        "squares, and the stream gets smaller with every layer.",
        {
            "a mean": ("x * ((i - 1) / i) ** 0.5 + added * i**-0.5", "x * ((i - 1) / i) + added / i"),
            "no root over the stream": ("((i - 1) / i) ** 0.5", "((i - 1) / i)"),
            "no root over what is added": ("i**-0.5", "i**-1"),
        },
    ),
    "counted otherwise": Kind(
        "Your count is off by one. i is that of the addend that joins: with it there are i, and the stream has i - 1.",
        {
            "the stream has i": (
                "x * ((i - 1) / i) ** 0.5 + added * i**-0.5",
                "x * (i / (i + 1)) ** 0.5 + added * (i + 1) ** -0.5",
            ),
            "i - 1 in both places": ("added * i**-0.5", "added * (i - 1) ** -0.5"),
        },
    ),
    "weights exchanged": Kind(
        "The weights have changed places. What is added outweighs the whole stream, and of early layers "
        "nothing is left.",
        {
            "weights exchanged": (
                "x * ((i - 1) / i) ** 0.5 + added * i**-0.5",
                "added * ((i - 1) / i) ** 0.5 + x * i**-0.5",
            )
        },
    ),
    "stream not scaled": Kind(
        "The stream is not scaled down, only what is added. It grows with every layer, if ever more slowly.",
        {"stream not scaled": ("x * ((i - 1) / i) ** 0.5", "x")},
    ),
    "added at full size": Kind(
        "What is added joins at full size, while the stream is scaled down. Late layers count more than early ones.",
        {"added at full size": (" * i**-0.5", "")},
    ),
    "sum scaled": Kind(
        "You scale the sum of both. Stream and addend then count alike in each sum, as in post-norm, and what early layers "
        "have added fades.",
        {
            "sum scaled": ("x * ((i - 1) / i) ** 0.5 + added * i**-0.5", "(x + added) * 2**-0.5"),
            "sum scaled by its number": ("x * ((i - 1) / i) ** 0.5 + added * i**-0.5", "(x + added) * i**-0.5"),
        },
    ),
}
