"""What people write for encodings.alibi.alibi_slopes, and why it matters."""

from scripts.workshop.diagnose import Kind
from scripts.workshop.diagnose.common import OTHER_DTYPE

MISTAKES = {
    "series begun too early": Kind(
        "Your series begins one step too early, with a slope of one. Heads then attend less far back than they "
        "should, and the weights of public models do not fit.",
        {"slopes from one on": ("[2 ** (-8 * (head + 1) / power) for", "[2 ** (-8 * head / power) for")},
    ),
    "slopes in another order": Kind(
        "You have the right slopes, but in another order. Each head of a public model was trained with its own, and "
        "would attend farther back than it has learned to, or less far.",
        {
            "slopes reversed": ("slopes + between", "slopes[::-1] + between"),
            "sorted": (
                "slopes + between[: n_head - power]",
                "sorted(slopes + between[: n_head - power], reverse=True)",
            ),
            "between in front": ("slopes + between[: n_head - power]", "between[: n_head - power] + slopes"),
        },
    ),
    "slopes that grow": Kind(
        "Your slopes grow from head to head, and lie above one. Such penalties leave next to nothing but the nearest "
        "tokens, so that no head can attend far back.",
        {"exponent positive": ("[2 ** (-8 * (head + 1) / power) for", "[2 ** (8 * (head + 1) / power) for")},
    ),
    "slopes negative": Kind(
        "Your slopes are negative, but the bias has the minus already. With yours, far keys would be rewarded and near "
        "ones neglected.",
        {"slopes negative": ("return torch.tensor(", "return -torch.tensor(")},
    ),
    "series of another steepness": Kind(
        "Your series falls too slowly or too fast, and does not end where that of the paper ends. Heads then attend "
        "less far back than they should, or farther, and public weights do not fit.",
        {
            "exponent up to four": ("[2 ** (-8 * (head + 1) / power) for", "[2 ** (-4 * (head + 1) / power) for"),
            "powers of e": ("[2 ** (-8 * (head + 1) / power) for", "[math.exp(-8 * (head + 1) / power) for"),
        },
    ),
    "same ratio for every number of heads": Kind(
        "Your slopes halve from head to head, however many heads there are. The ratio follows from their number, so "
        "that every series spans the same range; with many heads, your last slopes are close to zero.",
        {"the same ratio for every number of heads": ("[2 ** (-8 * (head + 1) / power) for", "[2 ** -(head + 1) for")},
    ),
    "evenly spaced": Kind(
        "Your slopes fall in equal steps instead of equal ratios. Nearly all heads then attend to near tokens only, "
        "and none attends as far back as the last should.",
        {"evenly spaced": ("[2 ** (-8 * (head + 1) / power) for", "[1 - (head + 1) / (power + 1) for")},
    ),
    "one series for every number of heads": Kind(
        "You use one series for all heads, even where their number is no power of two. Public models then complete "
        "the series with slopes of a longer one, so that their heads have other slopes than yours.",
        {"one series for every number of heads": ("2 ** math.floor(math.log2(n_head))", "n_head")},
    ),
    "power of two too large": Kind(
        "The power of two that you start from can be larger than the number of heads. You then return more "
        "slopes than there are heads, and the bias does not line up with the scores.",
        {
            "the next larger power of two": ("2 ** math.floor(math.log2(n_head))", "2 ** math.ceil(math.log2(n_head))"),
            "the nearest power of two": ("math.floor(", "round("),
        },
    ),
    "beginning of the longer series": Kind(
        "Where the number of heads is no power of two, you take the beginning of the longer series. Its smallest "
        "slopes are cut off, and no head attends as far back as the last should.",
        {
            "cut off the next larger series": (
                "slopes + between[: n_head - power]",
                "[2 ** (-8 * (head + 1) / (2 * power)) for head in range(n_head)] if n_head > power else slopes",
            )
        },
    ),
    "slopes that stand twice": Kind(
        "Some heads get a slope that another head has already. What is missing has to come from between the slopes "
        "that are there, so that no two heads have the same slope.",
        {
            "the others of the longer series": ("range(0, 2 * power, 2)", "range(1, 2 * power, 2)"),
            "not every other one": ("range(0, 2 * power, 2)", "range(2 * power)"),
            "the first slopes again": ("between[: n_head - power]", "slopes[: n_head - power]"),
        },
    ),
    "the last of those between": Kind(
        "You take what is missing from the end of the slopes in between, where they are smallest. Public models begin "
        "at the front, so that your additional heads attend farther back than theirs.",
        {"the last of those between": ("between[: n_head - power]", "between[2 * power - n_head :]")},
    ),
    "all of those between": Kind(
        "You add all the slopes in between, not as many as are missing. There are more slopes than heads then, "
        "and the bias does not line up with the scores.",
        {"all of those between": ("between[: n_head - power]", "between")},
    ),
    "a list": Kind(
        "You return a list, where a tensor is needed. The model keeps the slopes as a buffer "
        "that follows it to its device, which a list cannot be.",
        {"a list": ("torch.tensor(slopes + between[: n_head - power])", "slopes + between[: n_head - power]")},
    ),
    "axes for queries and keys": Kind(
        "Your slopes are (H, 1, 1), where (H,) is needed. The bias adds the axes for queries and keys itself, and would "
        "come out with more axes than the scores have.",
        {
            "axes for queries and keys": (
                "torch.tensor(slopes + between[: n_head - power])",
                "torch.tensor(slopes + between[: n_head - power])[:, None, None]",
            )
        },
    ),
    "another dtype": Kind(
        OTHER_DTYPE,
        {
            "always float64": (
                "torch.tensor(slopes + between[: n_head - power])",
                "torch.tensor(slopes + between[: n_head - power], dtype=torch.float64)",
            )
        },
    ),
}
