"""Positions: how attention learns where a token stands. Attention alone would see a sentence as a bag of words.

There are three places at which a position encoding can speak up: it can add something to the embeddings, turn queries
and keys, or add a bias to the scores. Each kind below does one of the three. Positions also say who may see whom.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from reference.config import GPTConfig, choose

from .cache import KVCache, LayerCache


class Context(NamedTuple):
    """What a layer is told about the tokens at hand: where they stand, and what came before. What is None plays no
    part. Positions are shared by all sequences, (T,), or each has its own, (B, T); they ascend."""

    position: Int[Tensor, "*batch T"]
    cos: Float[Tensor, "*batch T pairs"] | None = None  # rotary: the cosines and sines of every angle
    sin: Float[Tensor, "*batch T pairs"] | None = None
    interleaved: bool = False  # which numbers of a head make a pair
    bias: Callable[[Tensor, Tensor], Tensor] | None = None  # of query and key positions: added to the scores
    window: int | None = None  # how many keys a token sees at most, itself included
    layer: int = 0  # which layer this is, counted from 0
    cache: LayerCache | None = None  # what this layer remembers of earlier tokens

    def rotate(self, x: Float[Tensor, "B T heads D"]) -> Float[Tensor, "B T heads D"]:
        """Queries or keys, turned by their positions; unchanged where positions are told in another way."""
        if self.cos is None:
            return x
        turn = apply_rotary_interleaved if self.interleaved else apply_rotary
        return turn(x, self.cos, self.sin)

    def recall(self, *entries: Float[Tensor, "B T ..."]) -> tuple[Tensor, ...]:
        """Positions and entries (keys, values) of all tokens that are remembered, those at hand among them; these are
        remembered from now on. Without a cache: of those at hand only."""
        return (self.position, *entries) if self.cache is None else self.cache.update(self.position, *entries)


def visible_keys(
    query_position: Int[Tensor, "*batch Tq"], key_position: Int[Tensor, "*batch Tk"], window: int | None = None
) -> Bool[Tensor, "*batch Tq Tk"]:
    r"""Which keys every query may see: its own token's and earlier ones, with a window only the nearest of them.

        visible[t, s] = 0 <= query_position[t] - key_position[s] < window        no upper bound where window is None

    query_position: (Tq,), or (B, Tq) where every sequence has its own; key_position: (Tk,) or (B, Tk). int64. Queries
    and keys need not be of the same tokens. window: a window of W counts W keys, the token's own among them.
    Returns (Tq, Tk) or (B, Tq, Tk), true where the key may be seen.

    Windows: Beltagy et al. 2020, Longformer (arXiv:2004.05150), section 3.1; Mistral (arXiv:2310.06825), section 2.
    """
    # How far behind each query each key lies.
    distance = query_position[..., :, None] - key_position[..., None, :]
    # Keys ahead lie in the future, which is what the model shall learn to tell: they stay hidden.
    visible = distance >= 0
    # With a window, what lies too far back is hidden too; a token always sees itself.
    if window is not None:
        visible = visible & (distance < window)
    return visible


def visible_pairs(length: int, window: int | None = None) -> int:
    """How many pairs of a query and a key `visible_keys` leaves among `length` tokens that follow each other."""
    reach = min(window or length, length)
    return reach * (reach + 1) // 2 + (length - reach) * reach


def precompute_rotary_tables(
    head_dim: int, length: int, theta: float, stretch: Float[Tensor, " pairs"] | float = 1.0
) -> tuple[Float[Tensor, "length pairs"], Float[Tensor, "length pairs"]]:
    r"""The cosines and sines of every angle that rotary positions turn by.

        angle[t, i] = t * theta^(-2i / head_dim) * stretch[i]        in radians, for i = 0 ... head_dim/2 - 1

    head_dim: D, even. length: how many positions. theta: the base, 10000 in the paper. stretch: one number for all
    pairs, or one for each; 1 leaves the angles as they are, and what else it can be is up to `ROPE_SCALINGS`.
    Returns (cos, sin), each (length, D/2), in torch's default dtype.

    Su et al. 2021, RoFormer (arXiv:2104.09864), section 3.2.2.
    """
    # One frequency for each pair of numbers in a head. The first pair turns a full radian per position and tells
    # neighbours apart; the last hardly turns over a whole sequence and tells far from near.
    frequency = theta ** -(torch.arange(0, head_dim, 2) / head_dim) * stretch
    # The angle of every pair at every position, counted from position 0.
    angle = torch.outer(torch.arange(length, dtype=frequency.dtype), frequency)
    # Both tables once, so that the forward pass only looks them up.
    return angle.cos(), angle.sin()


def apply_rotary(
    x: Float[Tensor, "B T heads D"], cos: Float[Tensor, "*batch T pairs"], sin: Float[Tensor, "*batch T pairs"]
) -> Float[Tensor, "B T heads D"]:
    r"""Turn each pair of numbers in a head by the angle of its position.

        [y1]   [cos  -sin] [x1]
        [y2] = [sin   cos] [x2]        x1: the first `pairs` numbers of the head, x2: the next, the rest unchanged

    x: (B, T, heads, D), queries or keys; cos, sin: (T, pairs), or (B, T, pairs) where every sequence has positions of
    its own. Returns the shape and dtype of x. As a rule there are D/2 pairs, and no rest; with fewer (partial rotary,
    GPT-NeoX) part of every head tells of content only.

    Number i is paired with number i + pairs ("half-split", as Llama does); the turn is counter-clockwise, by +angle.
    A query's product with a key then depends on the distance between the two positions only: turning both by the same
    angle changes nothing. (nanochat turns by -angle instead. The two differ by a relabelling of the rows of the
    projections, so neither is better, but weights cannot be exchanged without it.)

    Su et al. 2021, RoFormer (arXiv:2104.09864), section 3.2, equation 34.
    """
    # The tables know positions and pairs; give them an axis that every head shares.
    cos, sin = cos[..., None, :], sin[..., None, :]
    # Pair the first half of what is turned with the second half.
    pairs = cos.size(-1)
    x1, x2, rest = x.split((pairs, pairs, x.size(-1) - 2 * pairs), dim=-1)
    # Turn each pair. Float32 tables would widen a bfloat16 x, so narrow the result again.
    return torch.cat((x1 * cos - x2 * sin, x2 * cos + x1 * sin, rest), dim=-1).to(x.dtype)


def apply_rotary_interleaved(
    x: Float[Tensor, "B T heads D"], cos: Float[Tensor, "*batch T pairs"], sin: Float[Tensor, "*batch T pairs"]
) -> Float[Tensor, "B T heads D"]:
    r"""The same turn, but neighbours make the pairs: number 2i is turned with number 2i + 1, for i < pairs.

        [y[2i]  ]   [cos_i  -sin_i] [x[2i]  ]
        [y[2i+1]] = [sin_i   cos_i] [x[2i+1]]        numbers from 2 * pairs on are left alone

    x: (B, T, heads, D); cos, sin: (T, pairs) or (B, T, pairs). Returns the shape and dtype of x.

    The pairing of the paper itself; GPT-J, Cohere and DeepSeek use it. Su et al. 2021 (arXiv:2104.09864), equation 34.
    """
    # The tables know positions and pairs; give them an axis that every head shares.
    cos, sin = cos[..., None, :], sin[..., None, :]
    turned, rest = x.split((2 * cos.size(-1), x.size(-1) - 2 * cos.size(-1)), dim=-1)
    # Pair every number with its neighbour: those at even places with those at odd places.
    x1, x2 = turned[..., 0::2], turned[..., 1::2]
    # Turn, and put the two back beside each other.
    turned = torch.stack((x1 * cos - x2 * sin, x2 * cos + x1 * sin), dim=-1).flatten(-2)
    return torch.cat((turned, rest), dim=-1).to(x.dtype)


# Rotary scaling: how a model gets to read longer sequences than it was trained on. Each function says what the angle of
# every pair is multiplied by, and what both tables are.


def no_scaling(config: GPTConfig, dim: int) -> tuple[Float[Tensor, " pairs"], float]:
    """Angles as they are: (ones, 1)."""
    return torch.ones(dim // 2), 1.0


def linear_scaling(config: GPTConfig, dim: int) -> tuple[Float[Tensor, " pairs"], float]:
    r"""Position interpolation: every angle divided by config.rope_factor.

    dim: how many numbers of a head are turned. Returns (stretch, 1), stretch: (dim/2,), 1/rope_factor throughout.

    Chen et al. 2023 (arXiv:2306.15595), equation 3.
    """
    # Positions 0 ... factor * T are squeezed into the 0 ... T that the model knows.
    return torch.full((dim // 2,), 1 / config.rope_factor), 1.0


def ntk_scaling(config: GPTConfig, dim: int) -> tuple[Float[Tensor, " pairs"], float]:
    r"""A larger base instead of smaller positions ("NTK-aware"): slow pairs are slowed down, fast ones hardly.

        growth = rope_factor * max_seq_len / original - (rope_factor - 1)
        stretch[i] = growth^(-i / (dim/2 - 1))        from 1 for the first pair down to 1/growth for the last

    This is theta' = theta * growth^(dim / (dim - 2)) in place of theta. A single pair is left alone.
    original is config.rope_original_seq_len, or config.max_seq_len where that is None. dim: how many numbers of a head
    are turned. Returns (stretch, 1), stretch: (dim/2,).

    The "dynamic" kind of transformers, which lets the base grow with the longest sequence seen. Here it is fixed at
    max_seq_len, so that a key turned long ago is still right. bloc97 2023 (reddit.com/r/LocalLLaMA, "NTK-Aware Scaled
    RoPE"); Peng et al. 2023 (arXiv:2309.00071), definition 1.
    """
    # How far the sequences outgrow those of the training.
    original = config.rope_original_seq_len or config.max_seq_len
    growth = config.rope_factor * config.max_seq_len / original - (config.rope_factor - 1)
    # The fastest pair, which tells neighbours apart, is left as it is; the slowest has to make room for all the growth.
    return growth ** -(torch.arange(dim // 2) / max(dim // 2 - 1, 1)), 1.0


def yarn_scaling(config: GPTConfig, dim: int) -> tuple[Float[Tensor, " pairs"], float]:
    r"""YaRN: pairs that turn often keep their angles, those that turn less than once are interpolated.

        turns(i) = original * theta^(-2i / dim) / (2 pi)            full turns over the original length
        pair(n)  = dim * ln(original / (2 pi n)) / (2 ln theta)      the pair, not whole, that turns n times
        low, high = floor(pair(32)), ceil(pair(1))                  cut to 0 ... dim - 1; if equal, high = low + 0.001
        keep[i] = 1 - clamp((i - low) / (high - low), 0, 1)
        stretch[i] = keep[i] + (1 - keep[i]) / rope_factor
        magnitude = 0.1 ln(rope_factor) + 1                         1 where rope_factor <= 1

    original is config.rope_original_seq_len, or config.max_seq_len where that is None; theta is config.rope_theta. dim:
    how many numbers of a head are turned. Returns (stretch, magnitude), stretch: (dim/2,).

    Peng et al. 2023, YaRN (arXiv:2309.00071), sections 3.2 to 3.4, with the bounds 32 and 1 that it found for Llama.
    """
    original = config.rope_original_seq_len or config.max_seq_len

    def pair(turns: float) -> float:
        return dim * math.log(original / (2 * math.pi * turns)) / (2 * math.log(config.rope_theta))

    # Up to `low`, pairs turn 32 times and more: they tell neighbours apart, and must not be squeezed. From `high` on
    # they have not seen a full turn in training: angles beyond would be new to the model.
    low, high = max(math.floor(pair(32)), 0), min(math.ceil(pair(1)), dim - 1)
    ramp = (torch.arange(dim // 2) - low) / ((high - low) or 0.001)
    keep = 1 - ramp.clamp(0, 1)
    # Longer tables make larger scores, which sharpens a softmax that many more keys have made flat.
    magnitude = 0.1 * math.log(config.rope_factor) + 1 if config.rope_factor > 1 else 1.0
    return keep + (1 - keep) / config.rope_factor, magnitude


ROPE_SCALINGS = {"none": no_scaling, "linear": linear_scaling, "ntk": ntk_scaling, "yarn": yarn_scaling}


def sinusoidal_table(length: int, dim: int) -> Float[Tensor, "length dim"]:
    r"""The fixed vectors that the first transformer added to its embeddings.

        table[t, 2i]     = sin(t * 10000^(-2i / dim))
        table[t, 2i + 1] = cos(t * 10000^(-2i / dim))

    length: how many positions. dim: the width C, even. Returns (length, dim), in torch's default dtype.

    Vaswani et al. 2017 (arXiv:1706.03762), section 3.5.
    """
    # The angles are those of rotary positions, spread over the whole width: the same idea, added instead of turned by.
    cos, sin = precompute_rotary_tables(dim, length, theta=10000.0)
    # Every sine with its cosine beside it.
    return torch.stack((sin, cos), dim=-1).flatten(-2)


def alibi_slopes(n_head: int) -> Float[Tensor, " H"]:
    r"""How fast each head loses interest in what lies behind it.

        slope[h] = 2^(-8 (h + 1) / n)        h = 0 ... n - 1, where n = n_head is a power of two

    For any other n_head: the slopes of n, the largest power of two below it, then as many as are missing of the slopes
    of 2n, every other one, beginning with the first.
    Returns (H,), in torch's default dtype.

    Press et al. 2021, ALiBi (arXiv:2108.12409), section 3, and the code that came with it for other numbers of heads.
    """
    # A geometric series: the first heads see their neighbours only, the last ones see far.
    power = 2 ** math.floor(math.log2(n_head))
    slopes = [2 ** (-8 * (head + 1) / power) for head in range(power)]
    # What is missing comes from the series twice as long, from between the slopes that are there.
    between = [2 ** (-8 * (head + 1) / (2 * power)) for head in range(0, 2 * power, 2)]
    return torch.tensor(slopes + between[: n_head - power])


class PositionEncoding(nn.Module):
    """No positions at all, and what every other kind starts from. It overrides one of three: `embed`, to add something
    to the embeddings; `forward`, to turn queries and keys; `bias`, to add something to the scores.

    Without positions, a causal model still tells first from later, by how many tokens there are to see. Kazemnejad et
    al. 2023 (arXiv:2305.19466).
    """

    bias = None  # or a method of query positions and key positions, as `ALiBi.bias`

    def __init__(self, config: GPTConfig):
        super().__init__()

    def embed(self, x: Float[Tensor, "B T C"], position: Int[Tensor, "*batch T"]) -> Float[Tensor, "B T C"]:
        """The embedded tokens x, with something added that tells their positions. Returns (B, T, C)."""
        return x

    def forward(self, position: Int[Tensor, "*batch T"]) -> Context:
        """What a layer with this encoding is told about tokens at these positions."""
        return Context(position, bias=self.bias)


class LearnedPositions(PositionEncoding):
    r"""A vector of its own for every position, added to the token's. Attribute: embedding, (max_seq_len, C).

    GPT, GPT-2. Radford et al. 2018, Improving Language Understanding by Generative Pre-Training, section 3.1.
    """

    def __init__(self, config: GPTConfig):
        super().__init__(config)
        self.embedding = nn.Embedding(config.max_seq_len, config.n_embd)

    def embed(self, x: Float[Tensor, "B T C"], position: Int[Tensor, "*batch T"]) -> Float[Tensor, "B T C"]:
        r"""x[b, t] + embedding[position[t]]. x: (B, T, C); position: (T,) or (B, T), int64. Returns (B, T, C)."""
        # A vector of its own for every position; where the positions are shared, so are the vectors.
        return x + self.embedding(position)


class SinusoidalPositions(PositionEncoding):
    r"""A fixed vector for every position, added to the token's. Attribute: table, a buffer (max_seq_len, C), not saved.

    Vaswani et al. 2017 (arXiv:1706.03762), section 3.5.
    """

    def __init__(self, config: GPTConfig):
        super().__init__(config)
        if config.n_embd % 2:
            raise ValueError(f"n_embd = {config.n_embd}: it must be even, since sines and cosines come in pairs")
        self.register_buffer("table", sinusoidal_table(config.max_seq_len, config.n_embd), persistent=False)

    def embed(self, x: Float[Tensor, "B T C"], position: Int[Tensor, "*batch T"]) -> Float[Tensor, "B T C"]:
        r"""x[b, t] + table[position[t]]. x: (B, T, C); position: (T,) or (B, T), int64. Shape and dtype stay."""
        # A float32 table would widen a bfloat16 x, so narrow the sum again.
        return (x + self.table[position]).to(x.dtype)


class RotaryPositions(PositionEncoding):
    r"""Queries and keys are turned by an angle that grows with the position (RoPE).

    Attributes: cos, sin, buffers (max_seq_len, pairs), not saved; interleaved.

    Su et al. 2021, RoFormer (arXiv:2104.09864); only part of every head: Black et al. 2022 (arXiv:2204.06745).
    """

    def __init__(self, config: GPTConfig, theta: float | None = None, scaling: str | None = None):
        super().__init__(config)
        dim = int(config.rotary_dim * config.rope_fraction)
        if dim % 2 or not dim:
            size = "rope_head_dim" if config.attention_type == "latent" else "head_dim"
            raise ValueError(
                f"{size} * rope_fraction = {config.rotary_dim} * {config.rope_fraction} turns {dim} numbers: "
                "it must be an even number of at least 2, since rotary positions turn pairs of numbers"
            )
        self.interleaved = config.rope_interleaved
        # The tables are the same for every layer and are never trained. As buffers they follow the model to its
        # device; not persistent, since they can always be computed again.
        scale = choose(ROPE_SCALINGS, "rope_scaling", scaling or config.rope_scaling)
        stretch, magnitude = scale(config, dim)
        cos, sin = precompute_rotary_tables(dim, config.max_seq_len, theta or config.rope_theta, stretch)
        self.register_buffer("cos", cos * magnitude, persistent=False)
        self.register_buffer("sin", sin * magnitude, persistent=False)

    def forward(self, position: Int[Tensor, "*batch T"]) -> Context:
        """The tables' rows for these positions."""
        return Context(position, self.cos[position], self.sin[position], self.interleaved)


class LocalRotaryPositions(RotaryPositions):
    """Rotary positions with config.rope_local_theta and without scaling, for layers that only look nearby (Gemma 3)."""

    def __init__(self, config: GPTConfig):
        super().__init__(config, theta=config.rope_local_theta, scaling="none")


class ALiBi(PositionEncoding):
    r"""Attention with linear biases: the farther a key lies behind, the lower its score. Attribute: slopes (H,).

    Press et al. 2021 (arXiv:2108.12409), section 3; BLOOM.
    """

    def __init__(self, config: GPTConfig):
        super().__init__(config)
        self.register_buffer("slopes", alibi_slopes(config.n_head), persistent=False)

    def bias(
        self, query_position: Int[Tensor, "*batch Tq"], key_position: Int[Tensor, "*batch Tk"]
    ) -> Float[Tensor, "*batch H Tq Tk"]:
        r"""-slopes[h] * (query_position[t] - key_position[s]), for head h, query t and key s.

        query_position: (Tq,) or (B, Tq); key_position: (Tk,) or (B, Tk), int64. Returns (H, Tq, Tk) or (B, H, Tq, Tk),
        in the dtype of slopes.
        """
        # How far behind the query each key lies, the same for every head.
        distance = query_position[..., None, :, None] - key_position[..., None, None, :]
        # Every head has its own slope.
        return -self.slopes[:, None, None] * distance


POSITION_ENCODINGS = {
    "learned_absolute": LearnedPositions,
    "sinusoidal": SinusoidalPositions,
    "rope": RotaryPositions,
    "rope_local": LocalRotaryPositions,
    "alibi": ALiBi,
    "none": PositionEncoding,
}


class Positions(nn.Module):
    """The position encodings of a whole model: those that config.position_encoding names, in turn, layer by layer.

    "rope" is one for all layers; "rope,rope,rope,none" leaves every fourth layer without. The windows of
    config.attention_window take turns in the same way. Attributes: encodings, an `nn.ModuleDict` by name; layers, the
    name of each layer's; windows, the window of each layer.

    Raises `ValueError` where a name is unknown.
    """

    def __init__(self, config: GPTConfig):
        super().__init__()
        names = dict.fromkeys(config.position_encoding.split(","))
        self.encodings = nn.ModuleDict(
            {name: choose(POSITION_ENCODINGS, "position_encoding", name)(config) for name in names}
        )
        self.layers = config.layer_positions
        self.windows = config.layer_windows

    def embed(self, x: Float[Tensor, "B T C"], position: Int[Tensor, "*batch T"]) -> Float[Tensor, "B T C"]:
        """The embedded tokens, with all added that the encodings have to add."""
        for encoding in self.encodings.values():
            x = encoding.embed(x, position)
        return x

    def forward(self, position: Int[Tensor, "*batch T"], cache: KVCache | None = None) -> list[Context]:
        """One context for each layer. What layers with the same encoding are told is looked up once."""
        contexts = {name: encoding(position) for name, encoding in self.encodings.items()}
        caches = [None] * len(self.layers) if cache is None else cache.layers
        return [
            contexts[name]._replace(window=window, layer=layer, cache=caches[layer])
            for layer, (name, window) in enumerate(zip(self.layers, self.windows, strict=True))
        ]
