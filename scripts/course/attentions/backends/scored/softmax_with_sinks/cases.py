"""What attentions.backends.scored.softmax_with_sinks is asked."""

import torch

from scripts.workshop.check.cases import case, draw, gradient, outcome

SINKS = "attentions.backends.scored.softmax_with_sinks"


def sink_case(about: str, *shape: int, height: float = 0.0, sink: float = 0.0, apart: float = 1.0) -> None:
    @case(about)
    def weights(package):
        # Thirds cannot be held exactly: where scores are large, this is an error that counts, whatever is done then.
        scores, sinks = height + 4 / 3 * draw(*shape), sink + apart / 3 * draw(shape[1], seed=1)
        # What lies ahead is hidden, as in a causal model; the last query sees everything.
        hidden = torch.ones(shape[2:], dtype=torch.bool).triu(1 + shape[3] - shape[2])
        scores, sinks = scores.masked_fill(hidden, float("-inf")), sinks.requires_grad_()
        report = outcome(package.attentions.backends.scored.softmax_with_sinks, scores, sinks)
        # Two infinities cannot be compared.
        report["input 1 after the call"] = report["input 1 after the call"].masked_fill(hidden, 0.0)
        return report | {"the gradient to the sinks": gradient(sinks)}


sink_case("three heads of five tokens", 2, 3, 5, 5)


sink_case("as many sequences as heads, queries and keys", 4, 4, 4, 4)


sink_case("one query, and seven keys", 2, 4, 1, 7)


sink_case("three queries, and seven keys", 1, 2, 3, 7)


sink_case("a single key", 2, 3, 1, 1)


sink_case("a single head", 2, 1, 4, 4)


sink_case("sinks above and below all scores", 2, 4, 5, 5, apart=20.0)


sink_case("sinks that tower above all scores", 2, 3, 5, 5, sink=200.0)


sink_case("scores and sinks of which no exponential is finite", 2, 3, 5, 5, height=120.0, sink=121.0)


sink_case("scores and sinks of which every exponential is zero", 2, 3, 5, 5, height=-150.0, sink=-149.0)


sink_case(
    "sinks of which no exponential is finite, and scores far below", 2, 3, 5, 5, height=80.0, sink=90.0, apart=20.0
)


@case("bfloat16 scores and sinks", dtype=torch.bfloat16)
def bfloat16_sinks(package):
    return {"the result": package.attentions.backends.scored.softmax_with_sinks(2 * draw(2, 3, 5, 5), draw(3, seed=1))}


@case("scores and sinks of which one is bfloat16 and the other float32", dtype=torch.bfloat16)
def wide_scores(package):
    wide = torch.promote_types(torch.get_default_dtype(), torch.float32)
    softmax, scores, sinks = package.attentions.backends.scored.softmax_with_sinks, draw(2, 3, 4, 4), draw(3, seed=1)
    return {
        "the result for float32 scores": softmax(scores.to(wide), sinks),
        "the result for float32 sinks": softmax(scores, sinks.to(wide)),
    }
