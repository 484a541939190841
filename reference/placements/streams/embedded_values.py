"""Value embeddings: a second embedding of the token, by a path of its own, in the values of attention."""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from reference.config import GPTConfig

from ...decoding.cache import LayerCache
from ...positions import Context

GATE_CHANNELS = 12  # so many elements of what attention reads say how much of it is added


def has_values(config: GPTConfig, layer: int) -> bool:
    """Whether a layer has value embeddings: where config.value_embeddings, every second one, the last among them."""
    return config.value_embeddings and layer % 2 == (config.n_layer - 1) % 2


class EmbeddedValues(nn.Module):
    r"""What the value embedding of a token adds to the values of a layer.

    Attributes: gate, `nn.Linear` without a bias, 12 -> G; n_kv_head (G). Raises `ValueError` where the layer's
    attention keeps no keys and values, or a vector is shorter.

    Zhou et al. 2024, value residual learning (arXiv:2410.17897); nanochat (July 2026), after modded-nanogpt.
    """

    def __init__(self, config: GPTConfig):
        super().__init__()
        if config.attention_type != "standard":
            raise ValueError(
                f"value_embeddings = True with attention_type = {config.attention_type!r}: they are in every second "
                "layer, the last among them, and go with 'standard' there"
            )
        if config.n_embd < GATE_CHANNELS:
            raise ValueError(
                f"value_embeddings = True with n_embd = {config.n_embd}: they read {GATE_CHANNELS} elements of a vector"
            )
        self.n_kv_head = config.n_kv_head
        self.gate = nn.Linear(GATE_CHANNELS, config.n_kv_head, bias=False)

    def forward(self, x: Float[Tensor, "B T C"], embedded: Float[Tensor, "B T GD"]) -> Float[Tensor, "B T G D"]:
        r"""added[t, g] = 3 sigmoid(gate(x[t, :12]))[g] * embedded[t, g], in the dtype of x: to be added to the values.

        x: what attention reads; embedded: the value embeddings of the tokens, G heads of D elements each.
        """
        # Split the embedding into heads: (B, T, G, D).
        embedded = embedded.unflatten(-1, (self.n_kv_head, -1)).to(x.dtype)
        # Let the token say, head by head, how much of it is added: between nothing and three times as much.
        strength = 3 * torch.sigmoid(self.gate(x[..., :GATE_CHANNELS]))
        return strength[..., None] * embedded


class JoinValues(nn.Module):
    """Has the values of attention joined by value embeddings. Attribute: add, an `EmbeddedValues`."""

    def __init__(self, config: GPTConfig, layer: int):
        super().__init__()
        self.layer = layer
        self.add = EmbeddedValues(config)

    def forward(self, x: Float[Tensor, "B T C"], values: tuple, context: Context) -> Context:
        """The context for attention, which reads x."""
        return context._replace(cache=AddedTo(context.cache, self.add(x, values[self.layer])))


class NothingJoins(nn.Module):
    """The values of attention stay as they are."""

    def forward(self, x: Tensor, values: tuple, context: Context) -> Context:
        """context"""
        return context


def build_values(config: GPTConfig, layer: int) -> nn.Module:
    """What joins the values of a layer."""
    return JoinValues(config, layer) if has_values(config, layer) else NothingJoins()


class AddedTo(LayerCache):
    """Stands in the place of a layer's cache, or of none, for one forward pass, and adds something to the values before
    they are remembered. Attributes: cache; added."""

    def __init__(self, cache: LayerCache | None, added: Float[Tensor, "B T G D"]):
        self.cache, self.added = cache, added

    def update(self, position: Int[Tensor, "*batch T"], *entries: Float[Tensor, "B T ..."]) -> tuple[Tensor, ...]:
        """What the cache returns for these keys and the sums."""
        key, value = entries
        value = value + self.added
        return (position, key, value) if self.cache is None else self.cache.update(position, key, value)

    def crop(self, max_len: int) -> None:
        """Nothing to do: no sequence is cropped within a forward pass."""
