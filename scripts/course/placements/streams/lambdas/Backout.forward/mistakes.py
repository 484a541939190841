"""What people write for placements.streams.lambdas.Backout.forward, and why it matters."""

from scripts.workshop.diagnose import Kind

WHOLE = "return stream.x - self.weight.to(stream.x.dtype) * stream.middle"

MISTAKES = {
    "added": Kind(
        "You add the middle of the model once more. It is to be taken out: a positive weight subtracts.",
        {"added": ("stream.x - self", "stream.x + self")},
    ),
    "the embedding": Kind(
        "You subtract what entered the first block. What is to go is the stream as it left the middle one, with all that "
        "the first half has added.",
        {"the embedding": ("* stream.middle", "* stream.x0")},
    ),
    "all of it": Kind(
        "You subtract all of it. How much is right is learned, from 0.2 on.",
        {"all of it": (WHOLE, "return stream.x - stream.middle")},
    ),
    "a fixed part": Kind(
        "You subtract a fifth of it, whatever the weight says. That is its first value only, and it is learned.",
        {"a fixed part": ("self.weight.to(stream.x.dtype)", "0.2")},
    ),
    "the stream scaled": Kind(
        "You weight the stream itself, and not what left the middle block. The norm behind this makes that invisible.",
        {"the stream scaled": (WHOLE, "return stream.x - self.weight.to(stream.x.dtype) * stream.x")},
    ),
    "a mixture": Kind(
        "You take a mixture of both, whose weights sum to one. The stream keeps its weight of one here, and something is "
        "subtracted.",
        {
            "a mixture": (
                WHOLE,
                "return (1 - self.weight.to(stream.x.dtype)) * stream.x - self.weight.to(stream.x.dtype) * stream.middle",
            )
        },
    ),
    "the wrong way round": Kind(
        "You subtract the stream from the middle of the model. The signs of all logits are turned round, and what the last "
        "layers have added is scaled down.",
        {"the wrong way round": (WHOLE, "return stream.middle - self.weight.to(stream.x.dtype) * stream.x")},
    ),
    "all that is carried": Kind(
        "You return all that blocks carry. The head reads one vector for each token.",
        {
            "all that is carried": (
                WHOLE,
                "return stream._replace(x=stream.x - self.weight.to(stream.x.dtype) * stream.middle)",
            )
        },
    ),
    "dtype of the weight": Kind(
        "Your result has the dtype of the weight. A bfloat16 stream would be widened by a weight in float32.",
        {"dtype of the weight": ("self.weight.to(stream.x.dtype)", "self.weight")},
    ),
}
