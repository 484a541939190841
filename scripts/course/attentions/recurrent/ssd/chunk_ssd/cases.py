"""What attentions.recurrent.ssd.chunk_ssd is asked."""

import torch

from scripts.course.attentions.recurrent.shared import ask, delta_entries
from scripts.workshop.check.cases import case


def chunked(package, T: int, *chunk: int) -> dict:
    # A step where the delta rule has beta.
    return ask(package.attentions.recurrent.ssd.chunk_ssd, delta_entries(T), *chunk)


case("chunks of 3, the last of them shorter")(lambda package: chunked(package, 7, 3))


case("fewer tokens than a chunk")(lambda package: chunked(package, 2, 5))


case("chunks of a single token")(lambda package: chunked(package, 3, 1))


@case("70 tokens, and chunks of the usual size")
def usual(package):
    with torch.no_grad():
        out, state = package.attentions.recurrent.ssd.chunk_ssd(*delta_entries(70, B=1, H=1).values())
    return {"the result": out, "the state": state}
