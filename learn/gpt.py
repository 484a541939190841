"""The whole model: tokens in, logits or a loss out."""

import math

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from reference.config import GPTConfig

from .blocks import Block
from .debug import debug
from .norms import build_norm
from .positions import Context, precompute_rotary_tables


class GPT(nn.Module):
    r"""A decoder-only transformer after nanochat (github.com/karpathy/nanochat, November 2025).

        x = N(embedding[tokens]);  x = block(x) for every block;  logits = c * tanh(N(x) W_head / c)

    Rotary positions, untied embedding and head, a norm N after the embedding, QK norm, squared ReLU, no biases, and a
    soft cap c on the logits. N is the norm that config.normalization names; nanochat's is weightless RMS.
    """

    def __init__(self, config: GPTConfig):
        r"""Create the parts of the model and the rotary tables.

        token_embedding: `nn.Embedding(V, C)`
        embedding_norm:  `build_norm(config)`, for what comes out of the embedding
        blocks:          `nn.ModuleList` of L `Block(config)`
        final_norm:      `build_norm(config)`, for what goes into the head
        lm_head:         `nn.Linear(C, V)`, no bias, with weights of its own (untied from the embedding)
        cos, sin:        buffers (max_seq_len, D/2), not saved with the weights (`persistent=False`)

        Also keep `config`.
        """
        debug("GPT.__init__", config=config)
        # Remember the configuration: forward, the optimizers and the FLOP count read it.
        # From token ids to vectors, through the blocks, to one logit per token of the vocabulary.
        # The rotary tables are the same for every layer and are never trained. As buffers they follow the model to
        # its device; not persistent, since they can always be computed again.
        raise NotImplementedError("TODO: create embedding, blocks, head and the two norms between them; register the rotary tables as buffers")

    def init_weights(self) -> None:
        r"""Give every weight its first value, in place.

        Every module by `_init_weights`; then zero for lm_head and for every output projection: each block's
        attn.o_proj and mlp.down_proj.
        """
        debug("GPT.init_weights")
        # Every layer draws its own random weights. `apply` walks through all modules.
        # A head of zeros gives every token the same probability: the first loss is exactly ln(V).
        # Output projections of zero make every block the identity, so that the signal crosses any depth unchanged;
        # each block then grows its own contribution.
        raise NotImplementedError("TODO: draw every module's weights, then zero the head and every output projection")

    @staticmethod
    def _init_weights(module: nn.Module) -> None:
        r"""Draw the first weights of one module, in place, if it is a linear layer or an embedding.

        Linear:    normal, mean 0, std 1/sqrt(fan_in) * min(1, sqrt(fan_out / fan_in)); a bias becomes 0
        Embedding: normal, mean 0, std 1

        For a Linear, fan_in is the number of its inputs and fan_out that of its outputs: weight is (fan_out, fan_in).

        Yang et al. 2023, A Spectral Condition for Feature Learning (arXiv:2310.17813), section 4.
        """
        debug("GPT._init_weights", module=module)
        # Linear: keep the size of what passes through. A layer that narrows gets smaller weights still, so that the
        # largest stretch of any vector stays near one.
        # Embedding: one row is looked up, nothing is summed, so unit size it is.
        raise NotImplementedError("TODO: draw a Linear's weights with a spread that follows its shape, and an Embedding's with spread one")

    def get_device(self) -> torch.device:
        r"""The device that the model's weights are on; inputs must be there too."""
        debug("GPT.get_device")
        # All weights live together, so any one of them tells.
        raise NotImplementedError("TODO: return the device that the weights are on")

    def forward(
        self, tokens: Int[Tensor, "B T"], targets: Int[Tensor, "B T"] | None = None
    ) -> Float[Tensor, "B T V"] | Float[Tensor, ""]:
        r"""Logits for the next token at every position, or the loss where targets are given.

            x      = N(embedding[tokens]);  x = block(x) for each block;  logits = lm_head(N(x))
            logits = c * tanh(logits / c)        c = config.logit_softcap, computed in float32 at least
            loss   = mean over positions of -log softmax(logits)[target]

        tokens: (B, T), int64, each in 0 ... V-1. targets: (B, T), int64: the token that follows at each position; -1
        means that the position does not count.
        Returns the logits (B, T, V), in float32 at least; with targets the loss instead, a single number in nats.

        Raises `ValueError` naming both lengths where T is greater than config.max_seq_len: the rotary tables end there.

        Soft cap: Gemma 2 (arXiv:2408.00118), section 2.
        """
        debug("GPT.forward", tokens=tokens, targets=targets)
        # The part of the rotary tables that these T positions need.
        # Look the tokens up, and norm what comes out, so that the residual stream starts at unit size.
        # Through the blocks, in order.
        # A last norm, since the blocks have let the stream grow; then one logit for each token of the vocabulary.
        # From here in float32 or better: exponentials of bfloat16 logits are too coarse to train on.
        # Soft cap: near zero nothing happens, and no logit passes c however sure the model gets.
        # Without targets somebody wants to sample.
        # With targets: how surprised was the model, on average over the positions that count?
        raise NotImplementedError("TODO: embed, norm, run the blocks, norm, head, soft cap; with targets, the mean cross-entropy")
