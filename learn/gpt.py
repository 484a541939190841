"""The whole model: tokens in, logits or a loss out."""

import math

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from reference.config import GPTConfig, choose
from reference.loss import loss_in_chunks

from .blocks import build_block
from .cache import KVCache
from .debug import debug
from .initialization import INITS, OUTPUT_PROJECTIONS
from .norms import build_norm, soft_cap
from .positions import Positions


class GPT(nn.Module):
    r"""A decoder-only transformer.

        x = embedding[tokens];  x = block(x) for every block;  logits = N(x) W_head

    What the norms, the blocks and their sublayers are, how positions are told, and what is done besides, is up to the
    configuration. By default it is nanochat's (github.com/karpathy/nanochat, November 2025): rotary positions, untied
    embedding and head, a norm after the embedding, QK norm, squared ReLU, no biases, and a soft cap on the logits.
    """

    def __init__(self, config: GPTConfig):
        r"""Create the parts of the model.

        token_embedding: `nn.Embedding(V, C)`
        embedding_norm:  `build_norm(config)` where config.embedding_norm is true, else `nn.Identity()`
        dropout:         `nn.Dropout(config.dropout)`
        blocks:          `nn.ModuleList` of L `build_block(config)`
        final_norm:      `build_norm(config)` where the blocks' `needs_final_norm` is true, else `nn.Identity()`
        lm_head:         `nn.Linear(C, V)`, no bias; where config.weight_tying is true, its weight is the embedding's
        positions:       `Positions(config)`

        Also keep `config`.
        """
        debug("GPT.__init__", config=config)
        # Remember the configuration: forward, the optimizers and the FLOP count read it.
        # From token ids to vectors, with a norm where one is wanted.
        # Through the blocks. A kind of block that lets the stream grow wants it normed at the end.
        # To one logit for each token of the vocabulary, with weights of its own or with those of the embedding.
        # What is known of the order of the tokens.
        raise NotImplementedError("TODO: create embedding, blocks, head, positions, and the two norms where the configuration wants them")

    def init_weights(self) -> None:
        r"""Give every weight its first value, in place, in the way that config.init names.

        "nanochat": every module by `_init_weights`; then zero for lm_head, unless it is tied to the embedding, and for
        every output projection: the linear layers whose name ends in one of OUTPUT_PROJECTIONS (o_proj, down_proj).
        Any other name: `INITS[name](model)`. Raises `ValueError` where there is none.
        """
        debug("GPT.init_weights")
        # Another way than nanochat's is a function of its own.
        # Every layer draws its own random weights. `apply` walks through all modules.
        # A head of zeros gives every token the same probability: the first loss is exactly ln(V). Tied, it would make
        # every token the same, and nothing would ever be learned.
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
        self,
        tokens: Int[Tensor, "B T"],
        targets: Int[Tensor, "B T"] | None = None,
        cache: KVCache | None = None,
        loss_chunk: int | None = None,
    ) -> Float[Tensor, "B T V"] | Float[Tensor, ""]:
        r"""Logits for the next token at every position, or the loss where targets are given.

            x      = N(embedding[tokens]);  x = block(x) for each block;  logits = lm_head(N(x))
            logits = soft_cap(logits, config.logit_softcap)        computed in float32 at least
            loss   = mean over positions of -log softmax(logits)[target]

        With everything that the configuration may ask for, in this order (nanochat asks for none of it):

            x      = dropout(N(positions.embed(s * embedding[tokens], position)))        s = sqrt(C) if embedding_scale
            logits = cap(logit_scale * lm_head(N(x)))        no cap where logit_softcap is None
            loss   = loss + the sum of block.mlp.auxiliary_loss over the blocks

        position is 0 ... T-1, int64; `self.positions(position, cache)` is a list with the context of each block.

        tokens: (B, T), int64, each in 0 ... V-1. targets: (B, T), int64: the token that follows at each position; -1
        means that the position does not count. cache: what came before these tokens, which they now join; it says where
        they stand, `cache.advance(tokens)`, (B, T). None: nothing came before. loss_chunk: with targets, make
        the logits of so many positions at a time. The given `loss_in_chunks(model, x, targets, chunk)` does that: x is
        what comes out of the last block, and it returns the whole loss. None: all at once.
        Returns the logits (B, T, V), in float32 at least; with targets the loss instead, a single number in nats.

        Raises `ValueError` naming both lengths where T is greater than config.max_seq_len, or where the cache is full.

        Soft cap: Gemma 2 (arXiv:2408.00118), section 2.
        """
        debug("GPT.forward", tokens=tokens, targets=targets, cache=cache, loss_chunk=loss_chunk)
        # Look the tokens up.
        # Tell them where they stand, if that is told here (positions.embed) and not in attention; norm what comes out,
        # so that the residual stream starts at unit size.
        # Through the blocks, in order, each with its own of the contexts that self.positions gives.
        # All logits of a long batch may need more memory than everything else: for the loss, a few at a time will do.
        # A last norm, if the blocks have let the stream grow; then one logit for each token of the vocabulary.
        # From here in float32 or better: exponentials of bfloat16 logits are too coarse to train on.
        # Larger or smaller, where a scale is asked for. (To multiply so many numbers by one only takes time.)
        # Soft cap: no logit passes it, however sure the model gets.
        # Without targets somebody wants to sample.
        # With targets: how surprised was the model, on average over the positions that count?
        # And what the layers themselves want to have kept small: experts, for one, shall be equally busy.
        raise NotImplementedError("TODO: embed, norm, run the blocks, norm, head, soft cap; with targets, the mean cross-entropy")
