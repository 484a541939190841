"""The whole model: tokens in, logits or a loss out."""

import math

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from reference.config import GPTConfig

from .blocks import Block
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
        super().__init__()
        # Remember the configuration: forward, the optimizers and the FLOP count read it.
        self.config = config
        # From token ids to vectors, through the blocks, to one logit per token of the vocabulary.
        self.token_embedding = nn.Embedding(config.vocab_size, config.n_embd)
        self.embedding_norm = build_norm(config)
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.n_layer))
        self.final_norm = build_norm(config)
        self.lm_head = nn.Linear(config.n_embd, config.vocab_size, bias=False)
        # The rotary tables are the same for every layer and are never trained. As buffers they follow the model to
        # its device; not persistent, since they can always be computed again.
        cos, sin = precompute_rotary_tables(config.head_dim, config.max_seq_len, config.rope_theta)
        self.register_buffer("cos", cos, persistent=False)
        self.register_buffer("sin", sin, persistent=False)

    def init_weights(self) -> None:
        r"""Give every weight its first value, in place.

        Every module by `_init_weights`; then zero for lm_head and for every output projection: each block's
        attn.o_proj and mlp.down_proj.
        """
        # Every layer draws its own random weights. `apply` walks through all modules.
        self.apply(self._init_weights)
        # A head of zeros gives every token the same probability: the first loss is exactly ln(V).
        nn.init.zeros_(self.lm_head.weight)
        # Output projections of zero make every block the identity, so that the signal crosses any depth unchanged;
        # each block then grows its own contribution.
        for block in self.blocks:
            nn.init.zeros_(block.attn.o_proj.weight)
            nn.init.zeros_(block.mlp.down_proj.weight)

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
        T = tokens.shape[1]
        if self.config.max_seq_len < T:
            raise ValueError(
                f"the sequence has {T} tokens, but the rotary tables end at max_seq_len = {self.config.max_seq_len}"
            )
        # The part of the rotary tables that these T positions need.
        context = Context(self.cos[:T], self.sin[:T])
        # Look the tokens up, and norm what comes out, so that the residual stream starts at unit size.
        x = self.embedding_norm(self.token_embedding(tokens))
        # Through the blocks, in order.
        for block in self.blocks:
            x = block(x, context)
        # A last norm, since the blocks have let the stream grow; then one logit for each token of the vocabulary.
        logits = self.lm_head(self.final_norm(x))
        # From here in float32 or better: exponentials of bfloat16 logits are too coarse to train on.
        logits = logits.to(torch.promote_types(logits.dtype, torch.float32))
        # Soft cap: near zero nothing happens, and no logit passes c however sure the model gets.
        logits = self.config.logit_softcap * torch.tanh(logits / self.config.logit_softcap)
        # Without targets somebody wants to sample.
        if targets is None:
            return logits
        # With targets: how surprised was the model, on average over the positions that count?
        return F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=-1)
