"""The embedding of a model with value embeddings: besides the vectors that enter the first block, it looks up those
that join the values of attention in later ones."""

from typing import Any

from jaxtyping import Int
from torch import Tensor, nn

from reference.config import GPTConfig

from ..placements.streams.embedded_values import has_values
from ..placements.streams.lambdas import Carried
from .composed import ComposedEmbedding


class EmbeddingWithValues(ComposedEmbedding):
    r"""A `ComposedEmbedding` and, for every layer with value embeddings, a table of its own, V x G*D. Further
    attribute: value_embeddings, an `nn.ModuleDict` by layer.

    nanochat (github.com/karpathy/nanochat, July 2026). Raises `ValueError` where layers differ in their heads.
    """

    def __init__(self, config: GPTConfig):
        super().__init__(config)
        if config.windowed is not None:
            raise ValueError(
                f"value_embeddings = True with windowed = {config.windowed!r}: no public model has both; leave out one"
            )
        layers = [layer for layer in range(config.n_layer) if has_values(config, layer)]
        size = config.n_kv_head * config.head_dim
        self.n_layer = config.n_layer
        self.value_embeddings = nn.ModuleDict({str(layer): nn.Embedding(config.vocab_size, size) for layer in layers})

    def forward(self, tokens: Int[Tensor, "B T"], position: Int[Tensor, "*batch T"]) -> Any:
        """What enters the first block, and for each layer the value embeddings of the tokens, or None."""
        x = super().forward(tokens, position)
        layers = map(str, range(self.n_layer))
        tables = self.value_embeddings
        return Carried(x, x, x, tuple(tables[layer](tokens) if layer in tables else None for layer in layers))


def build_other_embedding(config: GPTConfig) -> nn.Module:
    """The embedding above where there are value embeddings, else the one that it is made from."""
    return (EmbeddingWithValues if config.value_embeddings else ComposedEmbedding)(config)
