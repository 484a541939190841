"""What attentions.backends.flash.tiled_backward is asked."""

from scripts.course.attentions.backends.flash.shared import BLOCK, LONG, backward, taken, tensors
from scripts.workshop.check.cases import case, draw


@case("the blocks' sizes left to the function, and more tokens than fit into one")
def default_blocks_back(package):
    return backward(package, tensors(B=1, H=2, Tq=70, Tk=70), blocks=())


def backward_takes(package, window: int | None) -> dict:
    query, key, value, *positions = tensors(**LONG).values()
    out, logsumexp = package.attentions.backends.flash.tiled_forward(query, key, value, *positions, 0.5, window)
    inputs = draw(*out.shape), query, key, value, out, logsumexp, *positions
    return taken(package.attentions.backends.flash.tiled_backward, *inputs, 0.5, window, BLOCK, BLOCK, products=5)


@case("128 tokens in tiles of 16 by 16, and an eye on what is computed")
def backward_takes_little(package):
    return backward_takes(package, window=None)


@case("128 tokens in tiles of 16 by 16, a window of 16, and an eye on what is computed")
def backward_with_a_window_takes_little(package):
    return backward_takes(package, window=16)
