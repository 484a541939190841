"""What layers with a delta rule can have besides: writes that turn a state round, a norm with an eps of its own."""

from collections.abc import Callable
from functools import partial

from jaxtyping import Float
from torch import Tensor, nn

from reference.config import GPTConfig

from .registry import REFINEMENTS

Gates = tuple[Float[Tensor, "B T Hv"], Float[Tensor, "B T Hv"]]


def write_twice(gates: Callable[[Tensor], Gates], x: Float[Tensor, "B T C"]) -> Gates:
    r"""(log_decay, 2 beta), with gates(x) = (log_decay, beta): beta up to 2.

    A write multiplies what the state holds under a key by 1 - beta, which then may be negative, down to -1: a state can
    turn round at every token, and so count modulo two. Grazzi et al. 2024 (arXiv:2411.12537); OLMo Hybrid.
    """
    log_decay, beta = gates(x)
    return log_decay, 2 * beta


def allow_negative_eigenvalues(block: nn.Module, config: GPTConfig, wanted: bool) -> None:
    """Writes up to twice as strong."""
    block.attn.gates = partial(write_twice, block.attn.gates)


def give_norm_eps(block: nn.Module, config: GPTConfig, eps: float) -> None:
    """Another eps for the norm of what is read of the state."""
    block.attn.norm.eps = eps


REFINEMENTS["linear_allow_neg_eigval"] = allow_negative_eigenvalues
REFINEMENTS["linear_norm_eps"] = give_norm_eps
