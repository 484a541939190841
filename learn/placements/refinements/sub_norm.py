"""Sub-LN: a norm inside each sublayer, before its output projection."""

from collections.abc import Callable
from functools import partial

from jaxtyping import Float
from torch import Tensor, nn

from reference.config import GPTConfig, lookup

from ...normalizations import NORMS
from .registry import REFINEMENTS, replace_linear


class NormedLinear(nn.Linear):
    r"""N(x) W^T + b. Attributes: those of `nn.Linear`, and norm, over what comes in."""

    def __init__(self, n_in: int, n_out: int, bias: bool, norm: Callable[[int], nn.Module]):
        super().__init__(n_in, n_out, bias)
        self.norm = norm(n_in)

    def forward(self, x: Float[Tensor, "*batch n_in"]) -> Float[Tensor, "*batch n_out"]:
        """The projection of what the norm makes of x."""
        return super().forward(self.norm(x))


def norm_before_output(block: nn.Module, config: GPTConfig, wanted: bool) -> None:
    """A norm of the configuration's kind before every o_proj and down_proj.

    Wang et al. 2022, Foundation Transformers (arXiv:2210.06423), section 2.2; BitNet (arXiv:2504.12285), section 2.
    """
    kind = partial(lookup(NORMS, "normalization", config.normalization), eps=config.norm_eps)
    replace_linear(block, ("o_proj", "down_proj"), "sub_norm", partial(NormedLinear, norm=kind))


REFINEMENTS["sub_norm"] = norm_before_output
