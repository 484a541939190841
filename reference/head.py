"""The head: from the vectors that leave the last block to logits, and to the loss."""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from reference.config import GPTConfig

from .normalizations import build_norm
from .norms import soft_cap
from .placements import block_class


class LMHead(nn.Module):
    r"""logits = lm_head(norm(x)), in float32 at least: one score for each token of the vocabulary."""

    def __init__(self, norm: nn.Module, lm_head: nn.Linear):
        super().__init__()
        self.norm = norm
        self.lm_head = lm_head

    def forward(self, x: Float[Tensor, "*batch C"]) -> Float[Tensor, "*batch V"]:
        """Logits of the next token at every position."""
        logits = self.lm_head(self.norm(x))
        # Exponentials of bfloat16 logits are too coarse to train on.
        return logits.to(torch.promote_types(logits.dtype, torch.float32))

    def loss(self, x: Float[Tensor, "B T C"], targets: Int[Tensor, "B T"]) -> Float[Tensor, ""]:
        """Mean cross-entropy in nats over the positions whose target is not -1."""
        return F.cross_entropy(self(x).flatten(0, 1), targets.flatten(), ignore_index=-1)


class CappedHead(LMHead):
    r"""logits = cap * tanh(lm_head(norm(x)) / cap): no logit passes the cap."""

    def __init__(self, norm: nn.Module, lm_head: nn.Linear, cap: float):
        super().__init__(norm, lm_head)
        self.cap = cap

    def forward(self, x: Float[Tensor, "*batch C"]) -> Float[Tensor, "*batch V"]:
        """Logits of the next token at every position."""
        return soft_cap(super().forward(x), self.cap)


def build_head(config: GPTConfig, embedding: nn.Module) -> LMHead:
    """The head that the configuration asks for. Its weight is the embedding's too where weights are tied; it has a norm
    where the blocks leave the residual stream as it has grown."""
    config = config.of_layer(-1)
    norm = build_norm(config) if block_class(config).needs_final_norm else nn.Identity()
    lm_head = nn.Linear(config.n_embd, config.vocab_size, bias=False)
    if config.weight_tying:
        lm_head.weight = embedding.token_embedding.weight
    if config.logit_scale != 1.0 or config.head_bias or config.n_mtp or config.unit_weights:
        from .embeddings.scaled_head import build_other_head

        return build_other_head(config, norm, lm_head, embedding)
    return LMHead(norm, lm_head) if config.logit_softcap is None else CappedHead(norm, lm_head, config.logit_softcap)
