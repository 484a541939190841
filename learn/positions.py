"""Positions: attention alone sees a set of tokens, not a sequence. Rotary positions rotate queries and keys."""

from collections.abc import Callable
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from reference.config import GPTConfig, lookup

from .debug import debug
from .decoding.cache import KVCache, LayerCache


def precompute_rotary_tables(
    head_dim: int, length: int, theta: float
) -> tuple[Float[Tensor, "length pairs"], Float[Tensor, "length pairs"]]:
    r"""(cos, sin) of angle[t, i] = t * theta^(-2i / head_dim), in radians, for i = 0 ... head_dim/2 - 1.

    In float32 at least, whatever torch's default dtype. Su et al. 2021, RoFormer (arXiv:2104.09864), section 3.2.2.
    """
    debug("precompute_rotary_tables", head_dim=head_dim, length=length, theta=theta)
    # Compute in float32 at least: bfloat16 cannot tell position 4000 from 4001.
    # Give each pair of dimensions its frequency: the first rotates by a radian per position, the last hardly at all.
    # Compute the angle of every pair at every position.
    # Return both tables: forward only looks them up.
    raise NotImplementedError("TODO: return cos and sin of position times inverse frequency, (length, pairs) each")


def apply_rotary(
    x: Float[Tensor, "B T heads D"], cos: Float[Tensor, "*batch T 1 pairs"], sin: Float[Tensor, "*batch T 1 pairs"]
) -> Float[Tensor, "B T heads D"]:
    r"""Rotate each pair (x1, x2) of a head counter-clockwise by the angle of its position.

        y1 = x1 cos - x2 sin        x1: the first half of the head
        y2 = x1 sin + x2 cos        x2: the second half

    In the dtype of x. (nanochat rotates by -angle.) Su et al. 2021 (arXiv:2104.09864), equation 34, with other pairs.
    """
    debug("apply_rotary", x=x, cos=cos, sin=sin)
    # Pair the first half of each head with the second half.
    # Rotate each pair. Float32 tables would widen a bfloat16 x, so narrow the result again.
    raise NotImplementedError("TODO: rotate each pair of dimensions of a head by the angle of its position")


class Context(NamedTuple):
    """What a layer is told besides x: where the tokens stand, and what it remembers of earlier ones. Positions are
    shared by all sequences, (T,), or each has its own, (B, T); they ascend."""

    position: Int[Tensor, "*batch T"]
    cos: Float[Tensor, "*batch T 1 pairs"] | None = None
    sin: Float[Tensor, "*batch T 1 pairs"] | None = None
    rotation: Callable[..., Tensor] = apply_rotary  # of x, cos and sin
    bias: Callable[[Tensor, Tensor], Tensor] | None = None  # of query and key positions: added to the scores
    cache: LayerCache | None = None

    def rotate(self, x: Float[Tensor, "B T heads D"]) -> Float[Tensor, "B T heads D"]:
        """Queries or keys, rotated by their positions."""
        return self.rotation(x, self.cos, self.sin)

    def update_cache(self, *entries: Float[Tensor, "B T ..."]) -> tuple[Tensor, ...]:
        """(position, *entries): keys and values, say, of all remembered tokens and of these, which are remembered from
        now on. Without a cache: of these only."""
        return (self.position, *entries) if self.cache is None else self.cache.update(self.position, *entries)


class Float32Buffers(nn.Module):
    """A module whose buffers stay in float32 at least, in a bfloat16 model too: `model.to(dtype)` moves them, but never
    narrows them. Bfloat16 has 8 significant bits, too few to tell position 4000 from 4001."""

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> "Float32Buffers":
        before = dict(self.named_buffers(recurse=False))
        super()._apply(fn, recurse)
        for name, buffer in self.named_buffers(recurse=False):
            if buffer.is_floating_point() and buffer.dtype != torch.promote_types(buffer.dtype, torch.float32):
                self._buffers[name] = before[name].to(buffer.device)
        return self


class RotaryPositions(Float32Buffers):
    r"""Queries and keys rotated by their positions. Attributes: cos, sin, buffers (max_seq_len, D/2), not saved."""

    def __init__(self, config: GPTConfig):
        super().__init__()
        if config.head_dim % 2:
            raise ValueError(f"head_dim = {config.head_dim}: it must be even, since rotary positions rotate pairs")
        cos, sin = precompute_rotary_tables(config.head_dim, config.max_seq_len, config.rope_theta)
        # Buffers follow the model to its device, and are never trained.
        self.register_buffer("cos", cos, persistent=False)
        self.register_buffer("sin", sin, persistent=False)

    def forward(self, position: Int[Tensor, "*batch T"]) -> Context:
        """The tables' rows for these positions, the same for all heads."""
        return Context(position, self.cos[position][..., None, :], self.sin[position][..., None, :])


def build_rotary(config: GPTConfig) -> nn.Module:
    """The rotary positions that the configuration asks for: those above, or more general ones."""
    if config.is_chapter_one("rotary"):
        return RotaryPositions(config)
    from .encodings.rotary import build_general_rotary

    return build_general_rotary(config)


# By name: what makes a position encoding of the configuration. Those in encodings/ enter themselves.
POSITION_ENCODINGS = {"rope": build_rotary}


class Positions(nn.Module):
    """The position encodings of a model: those that config.position_encoding names, in turn, layer by layer.

    "rope" is one for all layers; "rope,rope,rope,none" leaves every fourth layer without. Attributes: encodings, an
    `nn.ModuleDict` by name; layers, the name of each layer's. Raises `ValueError` where a name is unknown.
    """

    def __init__(self, config: GPTConfig):
        from . import encodings  # noqa: F401, the kinds register themselves

        super().__init__()
        self.encodings, self.layers = nn.ModuleDict(), []
        for layer, name in enumerate(config.layer_positions):
            of_layer = config.of_layer(layer)
            # Layers that differ may rotate vectors of different sizes.
            key = name if of_layer.rotary_dim == config.rotary_dim else f"{name} {of_layer.rotary_dim}"
            if key not in self.encodings:
                self.encodings[key] = lookup(POSITION_ENCODINGS, "position_encoding", name)(of_layer)
            self.layers.append(key)
        if not config.is_chapter_one("connections"):
            from .decoding.connections import connect

            connect(self, config)

    def forward(self, position: Int[Tensor, "*batch T"], cache: KVCache | None = None) -> list[Context]:
        """One context for each layer. What layers with the same encoding are told is looked up once."""
        contexts = {name: encoding(position) for name, encoding in self.encodings.items()}
        caches = [None] * len(self.layers) if cache is None else cache.layers
        return [contexts[name]._replace(cache=one) for name, one in zip(self.layers, caches, strict=True)]
