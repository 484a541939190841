"""Logits that are multiplied by a number, as Cohere's are."""

from jaxtyping import Float
from torch import Tensor, nn

from ..head import LMHead


class ScaledHead(LMHead):
    r"""logits = scale * lm_head(norm(x)). Cohere's Command R: 0.0625; Granite divides by its `logits_scaling`."""

    def __init__(self, norm: nn.Module, lm_head: nn.Linear, scale: float, cap: float | None = None):
        super().__init__(norm, lm_head)
        if cap is not None:
            raise ValueError(
                f"logit_scale = {scale} with logit_softcap = {cap}: no public model has both; set one of them to its "
                "default, 1.0 or None"
            )
        self.scale = scale

    def forward(self, x: Float[Tensor, "*batch C"]) -> Float[Tensor, "*batch V"]:
        """Logits of the next token at every position."""
        return self.scale * super().forward(x)
