"""The whole model: tokens in, logits or a loss out."""

import math

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from reference.config import GPTConfig

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
        super().__init__()
        self.config = config
        # Map token ids to vectors.
        self.embedding = build_embedding(config)
        # Transform them, block by block.
        self.blocks = nn.ModuleList(build_block(config, layer) for layer in range(config.n_layer))
        # Map each vector to one logit for every token of the vocabulary.
        self.head = build_head(config, self.embedding)
        # Tell attention the order of the tokens.
        self.positions = Positions(config)

    def init_weights(self) -> None:
        r"""Initialise every weight in place: each module by `_init_weights`, then zero for head.lm_head and for the
        output projections of every block: the linear layers called o_proj and down_proj."""
        # Initialise every module by itself: `apply` visits them all.
        self.apply(self._init_weights)
        # Zero the head: all tokens are equally likely, and the first loss is ln(V).
        nn.init.zeros_(self.head.lm_head.weight)
        # Zero what every sublayer adds to the residual stream: each block starts as the identity.
        for name, module in self.blocks.named_modules():
            if name.endswith(("o_proj", "down_proj")):
                nn.init.zeros_(module.weight)

    def _init_weights(self, module: nn.Module) -> None:
        r"""Initialise one module in place, if it is a linear layer or an embedding.

        Linear:    weight ~ N(0, std^2), std = 1/sqrt(fan_in) * min(1, sqrt(fan_out / fan_in)); bias = 0
        Embedding: weight ~ N(0, 1)

        A Linear's weight is (fan_out, fan_in). Yang et al. 2023 (arXiv:2310.17813).
        """
        # Linear: scale with the shape, so that no vector grows by much.
        if isinstance(module, nn.Linear):
            fan_out, fan_in = module.weight.shape
            nn.init.normal_(module.weight, std=fan_in**-0.5 * min(1.0, math.sqrt(fan_out / fan_in)))
            if module.bias is not None:
                nn.init.zeros_(module.bias)
        # Embedding: one row is looked up, nothing is summed.
        elif isinstance(module, nn.Embedding):
            nn.init.normal_(module.weight, std=1.0)

    def get_device(self) -> torch.device:
        """The device that the weights are on."""
        # Ask any weight: all are on one device.
        return self.embedding.token_embedding.weight.device

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
        # Embed the tokens.
        position = self.positions_of(tokens, cache)
        x = self.embedding(tokens, position)
        # Run the blocks in order, each with the context of its layer.
        for block, context in zip(self.blocks, self.positions(position, cache), strict=True):
            x = block(x, context)
        # Without targets, return the logits; with targets, the mean cross-entropy.
        return self.head(x) if targets is None else self.head.loss(x, targets)
