"""The block: one layer of the transformer, nanochat's pre-norm. Other placements of the norms: placements/."""

from typing import Any

from jaxtyping import Float
from torch import Tensor, nn

from reference.config import GPTConfig, lookup

from .attention import build_attention
from .feed_forward import build_feed_forward
from .normalizations import build_norm
from .positions import Context


class Block(nn.Module):
    r"""Pre-norm block: each sublayer reads the normed residual stream, and adds to the stream itself.

        x = x + attn(N(x))
        x = x + mlp(N(x))

    Radford et al. 2019 (GPT-2), section 2.3; nanochat.
    """

    needs_final_norm = True  # no norm acts on the stream itself: the model norms what leaves the last block

    def __init__(self, config: GPTConfig, layer: int):
        r"""Create `attn_norm`, `attn`, `mlp_norm` and `mlp` by build_norm, build_attention and build_feed_forward.

        layer: which one of the model this is, counted from 0.
        """
        super().__init__()
        # Create the attention sublayer, and the norm for what it reads.
        self.attn_norm = build_norm(config)
        self.attn = build_attention(config, layer)
        # Create the MLP sublayer, with a norm of its own.
        self.mlp_norm = build_norm(config)
        self.mlp = build_feed_forward(config)

    def forward(self, x: Float[Tensor, "B T C"], context: Context) -> Float[Tensor, "B T C"]:
        r"""x + attn(attn_norm(x)), then x + mlp(mlp_norm(x)). context: passed on to attention."""
        # Attention sublayer: norm only what it reads, so that stream and gradient pass the block unscaled.
        x = x + self.attn(self.attn_norm(x), context)
        # MLP sublayer: the same, on the stream that attention has added to.
        x = x + self.mlp(self.mlp_norm(x))
        return x


# Those in placements/ enter themselves.
BLOCKS: dict[str, type[nn.Module]] = {"pre": Block}
SCALED_BLOCKS: dict[str, type[nn.Module]] = {}  # with config.attn_scale
MIXER_BLOCKS: dict[str, type[nn.Module]] = {}  # with config.ffn_type "none"
STREAM_BLOCKS: dict[str, type[nn.Module]] = {}  # with config.residual_stream

# What config.post_norm, a norm inside the residual, makes of a placement.
WITH_POST_NORM = {"pre": "sandwich", "none": "output"}


def block_class(config: GPTConfig) -> type[Any]:
    """The class of block that the configuration names. Raises `ValueError`."""
    if config.residual_stream != "one":
        return lookup(STREAM_BLOCKS, "residual_stream", config.residual_stream)
    name = config.norm_position
    if config.post_norm:
        if name not in WITH_POST_NORM:
            raise ValueError(
                f"post_norm = True with norm_position = {name!r}: it goes with "
                + " or ".join(f"{plain!r} (which makes {normed!r})" for plain, normed in WITH_POST_NORM.items())
            )
        name = WITH_POST_NORM[name]
    kind = lookup(BLOCKS, "norm_position", name)
    if config.attn_scale and name not in SCALED_BLOCKS:
        known = " or ".join(map(repr, SCALED_BLOCKS))
        raise ValueError(f"attn_scale = True with norm_position = {name!r}: no public model has it; choose {known}")
    if config.ffn_type == "none":
        kind = MIXER_BLOCKS.get(name, kind)
    return SCALED_BLOCKS[name] if config.attn_scale else kind


def build_block(config: GPTConfig, layer: int) -> nn.Module:
    """The block of a layer, of the kind that the configuration names. Raises `ValueError`."""
    own = config.of_layer(layer)
    block = block_class(own)(own, layer)
    if own.is_chapter_one("sublayers"):
        return block
    from .placements.refinements import refined

    return refined(block, layer, config)
