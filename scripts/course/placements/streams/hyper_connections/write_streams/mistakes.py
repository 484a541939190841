"""What people write for placements.streams.hyper_connections.write_streams, and why it matters."""

from scripts.workshop.diagnose import Kind

ADDED = "write[..., None] * added[..., None, :]"

MISTAKES = {
    "matrix the wrong way round": Kind(
        "Your matrix is used the wrong way round: the new stream j sums over row j. mix[i, j] is how much of the old stream "
        "i is in the new stream j, so the sum is over column j.",
        {"not transposed": ("mix.transpose(-1, -2) @ streams", "mix @ streams")},
    ),
    "streams not mixed": Kind(
        "The streams stay as they are, and the matrix plays no part. It is computed and never applied, a mistake that "
        "public code has made too: the model trains, with n streams that differ only in what was written to them.",
        {"streams not mixed": ("mix.transpose(-1, -2) @ streams", "streams")},
    ),
    "written at full size": Kind(
        "You add the sublayer's output to every stream at full size. Its weights say how much each of them gets.",
        {"written at full size": (ADDED, "added[..., None, :]")},
    ),
    "written before the mixing": Kind(
        "You write to the streams first and mix them then. What was just written would be mixed too, before anybody has "
        "read it.",
        {
            "written before the mixing": (
                "mixed = mix.transpose(-1, -2) @ streams",
                "return mix.transpose(-1, -2) @ (streams + write[..., None] * added[..., None, :])",
            )
        },
    ),
    "residual twice": Kind(
        "The old streams are in the sum twice, mixed and as they were. The matrix is the residual connection: with the "
        "identity, it keeps the streams.",
        {"residual twice": ("return " + ADDED + " + mixed", "return " + ADDED + " + mixed + streams")},
    ),
    "residual lost": Kind(
        "The old streams are not in your result. What earlier layers have added is lost, and the gradient with it.",
        {"residual lost": ("return " + ADDED + " + mixed", "return " + ADDED + " + 0 * mixed")},
    ),
    "weights of the first token": Kind(
        "The weights of one token are used for all. Every token has its own where write has the shape (B, T, n).",
        {
            "the first token's write": ("write[..., None]", "(write[:, :1] if write.ndim > 1 else write)[..., None]"),
            "the first token's mix": (
                "mixed = mix.transpose(-1, -2)",
                "mixed = (mix[:, :1] if mix.ndim > 2 else mix).transpose(-1, -2)",
            ),
        },
    ),
}
