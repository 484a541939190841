"""What people write for placements.streams.hyper_connections.read_streams, and why it matters."""

from scripts.workshop.diagnose import Kind

SUM = "(read[..., None] * streams).sum(dim=-2)"

MISTAKES = {
    "mean": Kind(
        "You take the mean of the weighted streams. The weights are learned and say already how much of each is read; "
        "divided by n, what is read shrinks with the number of streams.",
        {"mean": (".sum(dim=-2)", ".mean(dim=-2)")},
    ),
    "weights normalised": Kind(
        "You bring the weights to a sum of one. They are free: one stream may be read at twice its size, or be "
        "subtracted.",
        {
            "softmax of the weights": ("read[..., None]", "read.softmax(dim=-1)[..., None]"),
            "divided by their sum": ("read[..., None]", "(read / read.sum(dim=-1, keepdim=True))[..., None]"),
        },
    ),
    "weights left out": Kind(
        "You add up the streams without their weights. All sublayers then read the same, and the weights get no gradient.",
        {
            "plain sum": (SUM, "streams.sum(dim=-2)"),
            "the first stream": (SUM, "streams[..., 0, :]"),
        },
    ),
    "the first token's": Kind(
        "Your weights are those of one token, used for all. Every token has its own where read has the shape (B, T, n).",
        {"weights of the first token": ("read[..., None]", "(read[:, :1] if read.ndim > 1 else read)[..., None]")},
    ),
}
