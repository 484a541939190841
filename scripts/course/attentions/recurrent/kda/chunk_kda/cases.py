"""What attentions.recurrent.kda.chunk_kda is asked."""

import torch

from scripts.course.attentions.recurrent.kda.shared import channel_entries
from scripts.course.attentions.recurrent.shared import ask
from scripts.workshop.check.cases import case


def chunked(package, T: int, *chunk: int, **options) -> dict:
    return ask(package.attentions.recurrent.kda.chunk_kda, channel_entries(T, **options), *chunk)


case("chunks of 3, the last of them shorter")(lambda package: chunked(package, 7, 3))


case("fewer tokens than a chunk")(lambda package: chunked(package, 2, 5))


# Their sum has no exponential in float32.
case("chunks of a single token, and decays that forget everything")(lambda package: chunked(package, 3, 1, decay=60.0))


@case("18 tokens, and chunks of the usual size")
def usual(package):
    with torch.no_grad():
        out, state = package.attentions.recurrent.kda.chunk_kda(*channel_entries(18, B=1, H=1).values())
    return {"the result": out, "the state": state}
