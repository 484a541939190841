"""Blocks: one layer of the transformer. Where the norms stand is what tells the kinds of block apart."""

from jaxtyping import Float
from torch import Tensor, nn

from reference.config import GPTConfig, choose

from .attention import CausalSelfAttention, DifferentialAttention, FlashCausalSelfAttention
from .feed_forward import build_feed_forward
from .latent import FlashMLA, MultiHeadLatentAttention
from .norms import build_norm
from .positions import Context

ATTENTIONS = {
    "standard": CausalSelfAttention,
    "differential": DifferentialAttention,
    "latent": MultiHeadLatentAttention,
}

# Those that are made to be computed by a flash kernel.
WITH_FLASH = {CausalSelfAttention: FlashCausalSelfAttention, MultiHeadLatentAttention: FlashMLA}


def build_attention(config: GPTConfig) -> nn.Module:
    """Attention of the kind that config.attention_type names. Raises `ValueError` where there is none, or where
    config.attention_backend cannot compute it."""
    kind = choose(ATTENTIONS, "attention_type", config.attention_type)
    if config.attention_backend == "flash":
        kind = WITH_FLASH.get(kind, kind)
    return kind(config)


class Block(nn.Module):
    r"""Pre-norm: normalise what each sublayer reads, never the residual stream itself.

        x = x + s * attn(N(x))
        x = x + mlp(N(x))

    s is 1, unless config.attn_scale asks for 1/sqrt(2L), which keeps the sum over L layers at its size.

    Radford et al. 2019 (GPT-2), section 2.3; why it trains without warm-up: Xiong et al. 2020 (arXiv:2002.04745).
    """

    needs_final_norm = True  # the residual stream that leaves the last block has grown: the model norms it once more

    def __init__(self, config: GPTConfig):
        r"""Create the two sublayers and a norm for each.

        attn_norm: `build_norm(config)`        attn: `build_attention(config)`
        mlp_norm:  `build_norm(config)`        mlp:  `build_feed_forward(config)`

        Also keep `attn_scale`: (2L)^(-1/2) where config.attn_scale is true, else 1.
        """
        super().__init__()
        # Attention mixes tokens, and has a norm of its own for what it reads.
        self.attn_norm = build_norm(config)
        self.attn = build_attention(config)
        # The MLP works on each token alone, and has another.
        self.mlp_norm = build_norm(config)
        self.mlp = build_feed_forward(config)
        # How much of what attention says is added.
        self.attn_scale = (2 * config.n_layer) ** -0.5 if config.attn_scale else 1.0

    def forward(self, x: Float[Tensor, "B T C"], context: Context) -> Float[Tensor, "B T C"]:
        r"""x + s * attn(N(x)), then x + mlp(N(x)).

        x: (B, T, C), the residual stream; context: handed on to attention. Returns (B, T, C).
        """
        # Attend: take from earlier tokens. The norm fixes the size of what the sublayer reads; the residual stream
        # itself runs through untouched, and with it the gradient.
        x = x + self.attn_scale * self.attn(self.attn_norm(x), context)
        # Think: the same, each token by itself.
        return x + self.mlp(self.mlp_norm(x))


class PostNormBlock(Block):
    r"""Post-norm: normalise the residual stream itself, after every addition.

        x = N(x + s * attn(x))
        x = N(x + mlp(x))

    The attributes are those of `Block`. The first transformer and the first GPT; its learning rate wants a warm-up.

    Vaswani et al. 2017 (arXiv:1706.03762), section 3.1; Xiong et al. 2020 (arXiv:2002.04745), section 3.
    """

    needs_final_norm = False

    def forward(self, x: Float[Tensor, "B T C"], context: Context) -> Float[Tensor, "B T C"]:
        r"""N(x + s * attn(x)), then N(x + mlp(x)). x: (B, T, C); context: for attention. Returns (B, T, C)."""
        # Attend, add, and only then norm: the stream leaves every addition at the same size.
        x = self.attn_norm(x + self.attn_scale * self.attn(x, context))
        # Think: the same. On its way back, the gradient has to pass through every norm of every layer.
        return self.mlp_norm(x + self.mlp(x))


class NoNormBlock(nn.Module):
    r"""No norm anywhere.

        x = x + s * attn(x)
        x = x + mlp(x)

    The control of every experiment with norms. Attributes: attn, mlp, attn_scale.
    """

    needs_final_norm = False

    def __init__(self, config: GPTConfig):
        super().__init__()
        self.attn = build_attention(config)
        self.mlp = build_feed_forward(config)
        self.attn_scale = (2 * config.n_layer) ** -0.5 if config.attn_scale else 1.0

    def forward(self, x: Float[Tensor, "B T C"], context: Context) -> Float[Tensor, "B T C"]:
        r"""x + s * attn(x), then x + mlp(x). x: (B, T, C); context: for attention. Returns (B, T, C)."""
        # Attend, and add. Nothing holds the size of the stream: it depends on the weights alone.
        x = x + self.attn_scale * self.attn(x, context)
        # Think, and add.
        return x + self.mlp(x)


class SandwichNormBlock(Block):
    r"""Norm on both sides of every sublayer.

        x = x + s * N(attn(N(x)))
        x = x + N(mlp(N(x)))

    Attributes: those of `Block`, whose norms are the inner ones, and attn_out_norm and mlp_out_norm.

    Gemma 2 (arXiv:2408.00118), section 2; "peri-LN" (arXiv:2502.02732). OLMo 2's, for which some take it, is
    `OutputNormBlock`.
    """

    def __init__(self, config: GPTConfig):
        super().__init__(config)
        self.attn_out_norm = build_norm(config)
        self.mlp_out_norm = build_norm(config)

    def forward(self, x: Float[Tensor, "B T C"], context: Context) -> Float[Tensor, "B T C"]:
        r"""x + s * N(attn(N(x))), then x + N(mlp(N(x))). x: (B, T, C); context: for attention. Returns (B, T, C)."""
        # Attend. The inner norm fixes what the sublayer sees, the outer one how much it may add, so that no layer
        # drowns the residual stream.
        x = x + self.attn_scale * self.attn_out_norm(self.attn(self.attn_norm(x), context))
        # Think: the same, each token by itself.
        return x + self.mlp_out_norm(self.mlp(self.mlp_norm(x)))


class OutputNormBlock(Block):
    r"""Norm what every sublayer gives, not what it reads.

        x = x + s * N(attn(x))
        x = x + N(mlp(x))

    The attributes are those of `Block`.

    OLMo 2 (arXiv:2501.00656), section 3.2; Swin Transformer V2 (arXiv:2111.09883), section 3.2.
    """

    def forward(self, x: Float[Tensor, "B T C"], context: Context) -> Float[Tensor, "B T C"]:
        r"""x + s * N(attn(x)), then x + N(mlp(x)). x: (B, T, C); context: for attention. Returns (B, T, C)."""
        # Attend to the stream as it is. What is added has a fixed size, so the stream grows slowly and evenly.
        x = x + self.attn_scale * self.attn_norm(self.attn(x, context))
        # Think: the same, each token by itself.
        return x + self.mlp_norm(self.mlp(x))


class ParallelBlock(NoNormBlock):
    r"""Both sublayers at once, on the same normed stream.

        x = x + s * attn(N(x)) + mlp(N(x))

    Attributes: those of `NoNormBlock`, and norm. Their matrix products can be done together, and the block is half as
    deep. GPT-J (Wang and Komatsuzaki 2021); PaLM (arXiv:2204.02311), section 2; Cohere's Command R.
    """

    needs_final_norm = True

    def __init__(self, config: GPTConfig):
        super().__init__(config)
        self.norm = build_norm(config)

    def forward(self, x: Float[Tensor, "B T C"], context: Context) -> Float[Tensor, "B T C"]:
        r"""x + s * attn(N(x)) + mlp(N(x)), one N for both. x: (B, T, C); context: for attention. Returns (B, T, C)."""
        # One norm serves both.
        normed = self.norm(x)
        # Attend and think at the same time: the MLP does not see what attention of this layer has found.
        return x + self.attn_scale * self.attn(normed, context) + self.mlp(normed)


class ParallelTwoNormsBlock(Block):
    r"""Both sublayers at once, each with a norm of its own.

        x = x + s * attn(N1(x)) + mlp(N2(x))

    The attributes are those of `Block`. GPT-NeoX (arXiv:2204.06745), section 2.1; Pythia.
    """

    def forward(self, x: Float[Tensor, "B T C"], context: Context) -> Float[Tensor, "B T C"]:
        r"""x + s * attn(N1(x)) + mlp(N2(x)). x: (B, T, C); context: for attention. Returns (B, T, C)."""
        # Attend and think at the same time, both from the stream as it came in.
        return x + self.attn_scale * self.attn(self.attn_norm(x), context) + self.mlp(self.mlp_norm(x))


class DeepNormBlock(Block):
    r"""Post-norm, with a residual stream that weighs more than what is added to it.

        x = N(a * x + s * attn(x))
        x = N(a * x + mlp(x))        a = (2L)^(1/4)

    Attributes: those of `Block`, and alpha. Goes with first weights that are scaled down as far (init = "deepnorm").

    Wang et al. 2022, DeepNet: Scaling Transformers to 1,000 Layers (arXiv:2203.00555), figure 2, "decoder-only".
    """

    needs_final_norm = False

    def __init__(self, config: GPTConfig):
        r"""Create what `Block` creates, and keep `alpha`: (2L)^(1/4)."""
        super().__init__(config)
        # What the residual stream weighs: the more, the deeper the model.
        self.alpha = (2 * config.n_layer) ** 0.25

    def forward(self, x: Float[Tensor, "B T C"], context: Context) -> Float[Tensor, "B T C"]:
        r"""N(a x + s * attn(x)), then N(a x + mlp(x)). x: (B, T, C); context: for attention. Returns (B, T, C)."""
        # Attend, and add to a stream made larger: the deeper the model, the less one layer may change it.
        x = self.attn_norm(self.alpha * x + self.attn_scale * self.attn(x, context))
        # Think: the same, each token by itself.
        return self.mlp_norm(self.alpha * x + self.mlp(x))


BLOCKS = {
    "pre": Block,
    "post": PostNormBlock,
    "none": NoNormBlock,
    "sandwich": SandwichNormBlock,
    "output": OutputNormBlock,
    "parallel": ParallelBlock,
    "parallel_two_norms": ParallelTwoNormsBlock,
    "deepnorm": DeepNormBlock,
}

# What config.post_norm, a norm inside the residual, makes of a placement.
WITH_POST_NORM = {"pre": "sandwich", "none": "output"}


def build_block(config: GPTConfig) -> nn.Module:
    """A block of the kind that config.norm_position and config.post_norm name. Raises `ValueError`."""
    name = config.norm_position
    if config.post_norm:
        if name not in WITH_POST_NORM:
            raise ValueError(
                f"post_norm = True with norm_position = {name!r}: it goes with "
                + " or ".join(f"{plain!r} (which makes {normed!r})" for plain, normed in WITH_POST_NORM.items())
            )
        name = WITH_POST_NORM[name]
    return choose(BLOCKS, "norm_position", name)(config)
