"""What people write for placements.streams.smear.previous, and why it matters."""

from scripts.workshop.diagnose import Kind

FIND = "is_before = key_position == context.position[..., :1] - 1"
SUM = "first = (is_before[..., None] * seen).sum(dim=1, keepdim=True)"
JOIN = "return torch.cat((first, x[:, :-1]), dim=1)"

MISTAKES = {
    "nothing remembered": Kind(
        "You put zeros before the first token, whatever came in earlier calls. In training nothing shows; in generation "
        "every new token seems to be the first of a text.",
        {
            "never remembered": (
                "key_position, seen = context.update_cache(x)",
                "key_position, seen = context.position, x",
            ),
            "zeros before": (SUM, "first = torch.zeros_like(x[:, :1])"),
        },
    ),
    "the beginning not remembered": Kind(
        "You leave the cache alone where a text begins. What comes next looks there for the last vector of this call.",
        {
            "the beginning not remembered": (
                "key_position, seen = context.update_cache(x)",
                "if context.position.min() == 0:\n        return torch.cat((torch.zeros_like(x[:, :1]), x[:, :-1]), dim=1)\n"
                "    key_position, seen = context.update_cache(x)",
            )
        },
    ),
    "the last one remembered": Kind(
        "You take the last vector that is remembered, wherever it stood. Of tokens that were taken back the vectors are "
        "still there, and the position tells them apart.",
        {
            "the last in the buffer": (
                SUM,
                "first = seen[:, -x.shape[1] - 1 : -x.shape[1]] if seen.shape[1] > x.shape[1] else 0 * x[:, :1]",
            )
        },
    ),
    "all earlier ones": Kind(
        "You add up all vectors before the first token. Only the one that stands beside it is wanted.",
        {"all earlier ones": (FIND, "is_before = key_position < context.position[..., :1]")},
    ),
    "the first token itself": Kind(
        "You put the first token before itself. The vector before it stands one position earlier, and where none does, zeros "
        "stand for it.",
        {
            "looked up": ("context.position[..., :1] - 1", "context.position[..., :1]"),
            "repeated": (JOIN, "return torch.cat((x[:, :1], x[:, :-1]), dim=1)"),
        },
    ),
    "two before": Kind(
        "You look two positions back. The vector before the first token stands one position earlier.",
        {"two before": ("context.position[..., :1] - 1", "context.position[..., :1] - 2")},
    ),
    "before the last": Kind(
        "You look for what precedes the last of these tokens. The others have theirs beside them; it is the first that "
        "lacks one.",
        {"before the last": ("context.position[..., :1] - 1", "context.position[..., -1:] - 1")},
    ),
    "the same for all sequences": Kind(
        "You use the positions of the first sequence for all. In a batch of prompts of different lengths each has its own.",
        {
            "the same for all sequences": (
                FIND,
                "key_position = key_position.expand(len(x), -1)\n"
                "    is_before = key_position == context.position.expand(len(x), -1)[:1, :1] - 1",
            )
        },
    ),
    "the last one in front": Kind(
        "You roll the vectors round. The first token then sees the last one, which is its future.",
        {"the last one in front": (JOIN, "return x.roll(1, dims=1)")},
    ),
    "the vectors themselves": Kind(
        "You return the vectors behind the one before, in their own places. Each is to be replaced by the one before it.",
        {"the vectors themselves": (JOIN, "return torch.cat((first, x[:, 1:]), dim=1)")},
    ),
    "one too many": Kind(
        "You return one vector more than there are tokens. The last one precedes a token that has not come yet.",
        {"one too many": (JOIN, "return torch.cat((first, x), dim=1)")},
    ),
    "mean": Kind(
        "You take the mean over what is remembered. At most one vector counts, and a sum leaves its size as it is.",
        {"mean": (".sum(dim=1, keepdim=True)", ".mean(dim=1, keepdim=True)")},
    ),
}
