"""Heads beside chapter one's: logits that are multiplied by a number, as Cohere's are, or have a bias, as Phi's."""

from dataclasses import replace

import torch
from jaxtyping import Float
from torch import Tensor, nn

from reference.config import GPTConfig

from ..head import CappedHead, LMHead
from ..placements.refinements.unit_scales import ScaledLinear
from .multi_token import MTPHead


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


def build_other_head(config: GPTConfig, norm: nn.Module, lm_head: nn.Linear, embedding: nn.Module) -> LMHead:
    """A head with the bias, the scale or the learned scales that the configuration asks for, and with the modules that
    predict further tokens. The bias is zeros at first: Phi-1.5 (arXiv:2309.05463), GPT-J."""
    if config.n_mtp:
        plain = build_other_head(replace(config, n_mtp=0), norm, lm_head, embedding)
        return MTPHead(config, plain, embedding)
    if config.unit_weights:
        # nGPT (arXiv:2410.01131), section 2.1: s_z, one at first.
        weight = lm_head.weight
        lm_head = ScaledLinear(config.n_embd, config.vocab_size, bias=False, first=1.0, size=config.n_embd**-0.5)
        lm_head.weight = weight
    if config.head_bias:
        lm_head.bias = nn.Parameter(torch.zeros(config.vocab_size))
    if config.logit_scale != 1.0:
        return ScaledHead(norm, lm_head, config.logit_scale, config.logit_softcap)
    return LMHead(norm, lm_head) if config.logit_softcap is None else CappedHead(norm, lm_head, config.logit_softcap)
