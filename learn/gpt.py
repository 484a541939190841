"""The whole model: tokens in, logits or a loss out."""

import math

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from reference.config import GPTConfig

from .debug import debug
from .decoding.cache import KVCache
from .embedding import build_embedding
from .head import build_head
from .placements import build_block
from .positions import Positions


class GPT(nn.Module):
    r"""A decoder-only transformer: an embedding, L blocks, a head.

    nanochat (github.com/karpathy/nanochat, November 2025).
    """

    def __init__(self, config: GPTConfig):
        r"""Create the parts of the model, and keep `config`.

        embedding: `build_embedding(config)`
        blocks:    `nn.ModuleList` of `build_block(config, layer)`, layer = 0 ... L-1
        head:      `build_head(config, self.embedding)`
        positions: `Positions(config)`
        """
        debug("GPT.__init__", config=config)
        # Map token ids to vectors.
        # Transform them, block by block.
        # Map each vector to one logit for every token of the vocabulary.
        # Tell attention the order of the tokens.
        raise NotImplementedError("TODO: create the embedding, the blocks, the head and the positions")

    def init_weights(self) -> None:
        r"""Initialise every weight in place: each module by `_init_weights`, then zero for head.lm_head and for the
        output projections of every block: the linear layers called o_proj and down_proj."""
        debug("GPT.init_weights")
        # Initialise every module by itself: `apply` visits them all.
        # Zero the head: all tokens are equally likely, and the first loss is ln(V).
        # Zero what every sublayer adds to the residual stream: each block starts as the identity.
        raise NotImplementedError("TODO: initialise every module's weights, then zero the head and every output projection")

    def _init_weights(self, module: nn.Module) -> None:
        r"""Initialise one module in place, if it is a linear layer or an embedding.

        Linear:    weight ~ N(0, std^2), std = 1/sqrt(fan_in) * min(1, sqrt(fan_out / fan_in)); bias = 0
        Embedding: weight ~ N(0, 1)

        A Linear's weight is (fan_out, fan_in). Yang et al. 2023 (arXiv:2310.17813).
        """
        debug("GPT._init_weights", module=module)
        # Linear: scale with the shape, so that no vector grows by much.
        # Embedding: one row is looked up, nothing is summed.
        raise NotImplementedError("TODO: initialise a Linear with a standard deviation that follows its shape, and an Embedding with standard deviation 1")

    def get_device(self) -> torch.device:
        """The device that the weights are on."""
        debug("GPT.get_device")
        # Ask any weight: all are on one device.
        raise NotImplementedError("TODO: return the device that the weights are on")

    def positions_of(self, tokens: Int[Tensor, "B T"], cache: KVCache | None) -> Int[Tensor, "*batch T"]:
        """Where these tokens stand: 0 ... T-1, or behind what the cache has read, which counts them as read from now
        on. Raises `ValueError` naming the lengths where they are more than config.max_seq_len."""
        T = tokens.shape[1]
        if cache is not None:
            return cache.append(tokens)
        if self.config.max_seq_len < T:
            raise ValueError(
                f"the sequence has {T} tokens, but the positions end at max_seq_len = {self.config.max_seq_len}"
            )
        return torch.arange(T, device=tokens.device)

    def forward(
        self, tokens: Int[Tensor, "B T"], targets: Int[Tensor, "B T"] | None = None, cache: KVCache | None = None
    ) -> Float[Tensor, "B T V"] | Float[Tensor, ""]:
        r"""Logits of the next token at every position, or the loss where targets are given.

            position = positions_of(tokens, cache);  x = embedding(tokens, position);  x = block(x, context) for each
            logits   = head(x);  loss = head.loss(x, targets)

        `self.positions(position, cache)` is a list with the context of each block. targets: the token that follows at
        each position; -1 means that the position does not count.
        """
        debug("GPT.forward", tokens=tokens, targets=targets, cache=cache)
        # Embed the tokens.
        # Run the blocks in order, each with the context of its layer.
        # Without targets, return the logits; with targets, the mean cross-entropy.
        raise NotImplementedError("TODO: embed the tokens, run the blocks, return the head's logits; with targets, the mean cross-entropy")
