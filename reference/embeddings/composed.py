"""Token embeddings with everything that public models do to them before the first block."""

from jaxtyping import Float, Int
from torch import Tensor, nn

from reference.config import GPTConfig

from ..normalizations import build_norm
from .absolute import ADDED_POSITIONS


class ScaledEmbedding(nn.Embedding):
    r"""scale * embedding[token]. sqrt(C): Vaswani et al. 2017 (arXiv:1706.03762), section 3.4; Gemma. Another number:
    Granite, MiniCPM (arXiv:2404.06395)."""

    def __init__(self, vocab_size: int, dim: int, scale: float):
        super().__init__(vocab_size, dim)
        self.scale = scale

    def forward(self, tokens: Int[Tensor, "*batch"]) -> Float[Tensor, "*batch C"]:
        """The rows of the tokens, scaled."""
        return super().forward(tokens) * self.scale


def build_token_embedding(config: GPTConfig) -> nn.Embedding:
    """The table of all tokens, scaled where the configuration says so."""
    scale = (config.n_embd**0.5 if config.embedding_scale else 1.0) * config.embedding_multiplier
    if scale == 1.0:
        return nn.Embedding(config.vocab_size, config.n_embd)
    return ScaledEmbedding(config.vocab_size, config.n_embd, scale)


class ComposedEmbedding(nn.Module):
    r"""x = dropout(norm(token_embedding(token) + positions)), with what the configuration does not ask for left out.

    Attributes: token_embedding, scaled or not; positions, an `nn.ModuleDict` of what is added, by name; norm and
    dropout, or `nn.Identity()` each. Dropout: GPT-2.
    """

    def __init__(self, config: GPTConfig):
        super().__init__()
        self.token_embedding = build_token_embedding(config)
        self.positions = nn.ModuleDict({name: ADDED_POSITIONS[name](config) for name in added_positions(config)})
        self.norm = build_norm(config) if config.embedding_norm else nn.Identity()
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, tokens: Int[Tensor, "B T"], position: Int[Tensor, "*batch T"]) -> Float[Tensor, "B T C"]:
        """The vectors that enter the first block."""
        x = self.token_embedding(tokens)
        for add in self.positions.values():
            x = add(x, position)
        return self.dropout(self.norm(x))


def added_positions(config: GPTConfig) -> list[str]:
    """The names of the position encodings that are added to the embeddings."""
    return [name for name in dict.fromkeys(config.layer_positions) if name in ADDED_POSITIONS]
