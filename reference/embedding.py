"""The embedding: from token ids to the vectors of the residual stream."""

from jaxtyping import Float, Int
from torch import Tensor, nn

from reference.config import GPTConfig

from .normalizations import build_norm


class NormedEmbedding(nn.Module):
    r"""x = norm(embedding[token]): the residual stream starts at unit size."""

    def __init__(self, config: GPTConfig):
        super().__init__()
        self.token_embedding = nn.Embedding(config.vocab_size, config.n_embd)
        self.norm = build_norm(config)

    def forward(self, tokens: Int[Tensor, "B T"], position: Int[Tensor, "*batch T"]) -> Float[Tensor, "B T C"]:
        """The vectors that enter the first block. (Positions are told later: they rotate queries and keys.)"""
        return self.norm(self.token_embedding(tokens))


def build_embedding(config: GPTConfig) -> nn.Module:
    """The embedding that the configuration asks for: the one above, or one that does more."""
    config = config.of_layer(0)
    if config.is_chapter_one("embedding"):
        return NormedEmbedding(config)
    from .embeddings.with_values import build_other_embedding

    return build_other_embedding(config)
