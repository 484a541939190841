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
        super().__init__()
        # Remember the configuration: forward, the optimizers and the FLOP count read it.
        self.config = config
        # From token ids to vectors, with a norm where one is wanted.
        self.token_embedding = nn.Embedding(config.vocab_size, config.n_embd)
        self.embedding_norm = build_norm(config) if config.embedding_norm else nn.Identity()
        self.dropout = nn.Dropout(config.dropout)
        # Through the blocks. A kind of block that lets the stream grow wants it normed at the end.
        self.blocks = nn.ModuleList(build_block(config) for _ in range(config.n_layer))
        self.final_norm = build_norm(config) if self.blocks[-1].needs_final_norm else nn.Identity()
        # To one logit for each token of the vocabulary, with weights of its own or with those of the embedding.
        self.lm_head = nn.Linear(config.n_embd, config.vocab_size, bias=False)
        if config.weight_tying:
            self.lm_head.weight = self.token_embedding.weight
        # What is known of the order of the tokens.
        self.positions = Positions(config)

    def init_weights(self) -> None:
        r"""Give every weight its first value, in place, in the way that config.init names.

        "nanochat": every module by `_init_weights`; then zero for lm_head, unless it is tied to the embedding, and for
        every output projection: the linear layers whose name ends in one of OUTPUT_PROJECTIONS (o_proj, down_proj).
        Any other name: `INITS[name](model)`. Raises `ValueError` where there is none.
        """
        # Another way than nanochat's is a function of its own.
        if self.config.init != "nanochat":
            choose({"nanochat": None} | INITS, "init", self.config.init)(self)
            return
        # Every layer draws its own random weights. `apply` walks through all modules.
        self.apply(self._init_weights)
        # A head of zeros gives every token the same probability: the first loss is exactly ln(V). Tied, it would make
        # every token the same, and nothing would ever be learned.
        if not self.config.weight_tying:
            nn.init.zeros_(self.lm_head.weight)
        # Output projections of zero make every block the identity, so that the signal crosses any depth unchanged;
        # each block then grows its own contribution.
        for name, module in self.named_modules():
            if name.endswith(OUTPUT_PROJECTIONS):
                nn.init.zeros_(module.weight)

    @staticmethod
    def _init_weights(module: nn.Module) -> None:
        r"""Draw the first weights of one module, in place, if it is a linear layer or an embedding.

        Linear:    normal, mean 0, std 1/sqrt(fan_in) * min(1, sqrt(fan_out / fan_in)); a bias becomes 0
        Embedding: normal, mean 0, std 1

        For a Linear, fan_in is the number of its inputs and fan_out that of its outputs: weight is (fan_out, fan_in).

        Yang et al. 2023, A Spectral Condition for Feature Learning (arXiv:2310.17813), section 4.
        """
        # Linear: keep the size of what passes through. A layer that narrows gets smaller weights still, so that the
        # largest stretch of any vector stays near one.
        if isinstance(module, nn.Linear):
            fan_out, fan_in = module.weight.shape
            nn.init.normal_(module.weight, std=fan_in**-0.5 * min(1.0, math.sqrt(fan_out / fan_in)))
            if module.bias is not None:
                nn.init.zeros_(module.bias)
        # Embedding: one row is looked up, nothing is summed, so unit size it is.
        elif isinstance(module, nn.Embedding):
            nn.init.normal_(module.weight, std=1.0)

    def get_device(self) -> torch.device:
        r"""The device that the model's weights are on; inputs must be there too."""
        # All weights live together, so any one of them tells.
        return self.token_embedding.weight.device

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
        T = tokens.shape[1]
        if self.config.max_seq_len < T:
            raise ValueError(
                f"the sequence has {T} tokens, but the positions end at max_seq_len = {self.config.max_seq_len}"
            )
        # Look the tokens up.
        x = self.token_embedding(tokens)
        if self.config.embedding_scale:
            x = x * self.config.n_embd**0.5
        # Tell them where they stand, if that is told here (positions.embed) and not in attention; norm what comes out,
        # so that the residual stream starts at unit size.
        position = torch.arange(T, device=tokens.device) if cache is None else cache.advance(tokens)
        x = self.dropout(self.embedding_norm(self.positions.embed(x, position)))
        # Through the blocks, in order, each with its own of the contexts that self.positions gives.
        for block, context in zip(self.blocks, self.positions(position, cache), strict=True):
            x = block(x, context)
        # All logits of a long batch may need more memory than everything else: for the loss, a few at a time will do.
        if targets is not None and loss_chunk is not None:
            return loss_in_chunks(self, x, targets, loss_chunk)
        # A last norm, if the blocks have let the stream grow; then one logit for each token of the vocabulary.
        logits = self.lm_head(self.final_norm(x))
        # From here in float32 or better: exponentials of bfloat16 logits are too coarse to train on.
        logits = logits.to(torch.promote_types(logits.dtype, torch.float32))
        # Larger or smaller, where a scale is asked for. (To multiply so many numbers by one only takes time.)
        if self.config.logit_scale != 1.0:
            logits = logits * self.config.logit_scale
        # Soft cap: no logit passes it, however sure the model gets.
        if self.config.logit_softcap is not None:
            logits = soft_cap(logits, self.config.logit_softcap)
        # Without targets somebody wants to sample.
        if targets is None:
            return logits
        # With targets: how surprised was the model, on average over the positions that count?
        loss = F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=-1)
        # And what the layers themselves want to have kept small: experts, for one, shall be equally busy.
        return loss + sum(block.mlp.auxiliary_loss for block in self.blocks)
