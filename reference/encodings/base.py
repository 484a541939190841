"""No positions at all, and what every other encoding starts from."""

import contextlib
from collections.abc import Callable

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from reference.config import GPTConfig

from ..positions import POSITION_ENCODINGS, Context


@contextlib.contextmanager
def float32_at_least():
    """Within it, or in a function decorated with it, torch's default dtype is float32 or wider."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.promote_types(before, torch.float32))
    try:
        yield
    finally:
        torch.set_default_dtype(before)


def no_rotation(x: Float[Tensor, "B T heads D"], cos: None = None, sin: None = None) -> Float[Tensor, "B T heads D"]:
    """Queries or keys as they are."""
    return x


class PositionEncoding(nn.Module):
    r"""No positions, and what every other kind starts from.

        score[t, s] = q_t . k_s * scale        wherever both tokens stand

    Another kind overrides `forward`, to rotate queries and keys, or `bias`, to add something to the scores.
    Without positions, a causal model still tells first from later, by how many tokens it attends to. Kazemnejad et al.
    2023 (arXiv:2305.19466).
    """

    bias: Callable[..., Tensor] | None = None  # or a method of query positions and key positions, as `ALiBi.bias`

    def __init__(self, config: GPTConfig):
        super().__init__()

    def forward(self, position: Int[Tensor, "*batch T"]) -> Context:
        """What a layer with this encoding is told about tokens at these positions."""
        return Context(position, rotation=no_rotation, bias=self.bias)


POSITION_ENCODINGS["none"] = PositionEncoding
# Those that the embedding adds: attention is told nothing more.
POSITION_ENCODINGS["learned_absolute"] = POSITION_ENCODINGS["sinusoidal"] = PositionEncoding
