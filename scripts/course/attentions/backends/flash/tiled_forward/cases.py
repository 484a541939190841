"""What attentions.backends.flash.tiled_forward is asked."""

from scripts.course.attentions.backends.flash.shared import BLOCK, LONG, forward, taken, tensors
from scripts.workshop.check.cases import case


@case("the blocks' sizes left to the function, and more tokens than fit into one")
def default_blocks(package):
    return forward(package, tensors(B=1, H=2, Tq=70, Tk=70), blocks=())


def forward_takes(package, window: int | None) -> dict:
    inputs = tensors(**LONG).values()
    return taken(package.attentions.backends.flash.tiled_forward, *inputs, 0.5, window, BLOCK, BLOCK, products=2)


@case("128 tokens in tiles of 16 by 16, and an eye on what is computed")
def forward_takes_little(package):
    return forward_takes(package, window=None)


@case("128 tokens in tiles of 16 by 16, a window of 16, and an eye on what is computed")
def forward_with_a_window_takes_little(package):
    return forward_takes(package, window=16)
