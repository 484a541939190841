"""What a model is made of: one frozen dataclass, checked when it is built, saved as JSON and read back."""

import json
import types
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, get_args

SCHEMA = 7  # changes whenever a field is added, renamed or given another meaning
# What fields were called in files of earlier schemas.
RENAMED = {
    2: {
        "n_expert_active": "num_experts_per_tok",
        "balance_loss_weight": "router_aux_loss_coef",
        "score_scale": "softmax_scale",
    },
    3: {"score_scale": "softmax_scale"},
    4: {},
    5: {},
    6: {},
}
# What has come since then, in alphabetical order: files of earlier schemas mean the defaults.
ADDED = (
    "backout",
    "bias_update_speed",
    "biases",
    "clip_qkv",
    "embedding_multiplier",
    "expert_hidden",
    "head_bias",
    "head_gate",
    "index_head_dim",
    "index_loss_coef",
    "index_n_heads",
    "index_rope_interleaved",
    "index_topk",
    "keys_are_values",
    "layer_scalar",
    "layers_per_sum",
    "linear_allow_neg_eigval",
    "linear_conv_kernel_dim",
    "linear_key_head_dim",
    "linear_norm_eps",
    "linear_num_key_heads",
    "linear_num_value_heads",
    "linear_value_head_dim",
    "loop_end",
    "loop_input",
    "loop_start",
    "moba_block_size",
    "moba_topk",
    "mtp_loss_coef",
    "n_group",
    "n_loop",
    "n_mtp",
    "n_shared_expert",
    "n_stream",
    "norm_topk_prob",
    "nsa_block_size",
    "nsa_compress_size",
    "nsa_compress_stride",
    "nsa_topk",
    "nsa_window",
    "query_scale_beta",
    "relative_dim",
    "relative_extent",
    "residual_multiplier",
    "residual_stream",
    "rope_attention_factor",
    "rope_high_freq_factor",
    "rope_local_fraction",
    "rope_long_factors",
    "rope_low_freq_factor",
    "rope_proportion",
    "rope_short_factors",
    "routed_scaling_factor",
    "scalable_softmax",
    "sinkhorn_iters",
    "smear",
    "sub_norm",
    "topk_group",
    "unit_weights",
    "value_embeddings",
    "value_norm",
    "value_scale",
    "windowed",
)

# The fields that decide whether a part of the model is chapter one's: it is, where all of them have their defaults.
PARTS = {
    "embedding": (
        "position_encoding",
        "embedding_norm",
        "embedding_scale",
        "embedding_multiplier",
        "value_embeddings",
        "dropout",
    ),
    "feed_forward": ("ffn_type", "activation", "ffn_hidden", "bias", "dropout"),
    "sublayers": (
        "activation",
        "backout",
        "biases",
        "clip_qkv",
        "head_gate",
        "layer_scalar",
        "linear_allow_neg_eigval",
        "linear_norm_eps",
        "n_loop",
        "query_scale_beta",
        "residual_multiplier",
        "scalable_softmax",
        "smear",
        "sub_norm",
        "unit_weights",
        "value_embeddings",
    ),
    "rotary": ("attention_type", "rope_interleaved", "rope_fraction", "rope_scaling"),
    "attention": (
        "attention_type",
        "attention_backend",
        "attention_window",
        "attention_softcap",
        "attention_sinks",
        "attention_gate",
        "qk_norm",
        "qk_normalization",
        "qk_norm_after_rotary",
        "softmax_scale",
        "query_scale_beta",
        "scalable_softmax",
        "head_gate",
        "unit_weights",
        "position_encoding",
        "bias",
        "dropout",
    ),
}

# The kinds of attention whose queries and keys have dimensions of their own for rotary positions, rope_head_dim.
LATENT = ("latent", "dsa")

# The fields whose names may take turns, layer by layer, besides positions and windows.
IN_TURN = (
    "normalization",
    "norm_position",
    "attention_type",
    "qk_norm",
    "qk_normalization",
    "ffn_type",
    "activation",
)


@dataclass(frozen=True)
class GPTConfig:
    """The shape of a GPT. Immutable: `dataclasses.replace(config, n_layer=2)` makes a changed, newly checked one.

    `None` in `n_kv_head` and `head_dim` becomes a number here, computed from the other sizes. To replace those later,
    give these two as well; `None` computes them anew.

    A field that holds a name chooses from a registry, to which any code may add. The name is looked up when the model
    is built, and refused there. Several names take turns, layer by layer: "post,pre,pre,pre"; those before a slash come
    once: "gated/moe" is one layer with a dense feed-forward, and experts in all others.

    Raises `ValueError` naming the field, its value and what is allowed.
    """

    # Sizes
    vocab_size: int = 27  # V: the number of different tokens
    max_seq_len: int = 32  # the longest sequence, in tokens; tables of positions have as many rows
    n_layer: int = 3  # L: the number of blocks
    n_head: int = 4  # H: query heads
    n_kv_head: int | None = None  # G: key/value heads; G < H is grouped-query attention, G = 1 multi-query; None: H
    n_embd: int = 64  # C: the width of the residual stream
    head_dim: int | None = None  # D: the size of a head; None: C / H
    ffn_hidden: int | None = None  # F: the hidden width of the feed-forward; None: 4 C, or 8/3 C where it is gated
    ffn_multiple_of: int = 8  # 8/3 C is rounded up to a multiple of this
    # Norms
    normalization: str = "rmsnorm_noparam"  # a name in NORMS: how the vectors of the stream are normed
    norm_eps: float = 1e-6  # added to the mean square or the variance, inside the root
    norm_position: str = "pre"  # a name in BLOCKS: where a block has its norms; "post,pre,pre": by layer, in turn
    post_norm: bool = False  # also norm the output of a sublayer: "pre" becomes "sandwich", "none" becomes "output"
    embedding_norm: bool = True  # norm the output of the embedding
    attn_scale: bool = False  # residual scale: multiply the output of attention by 1/sqrt(2 L)
    residual_multiplier: float = 1.0  # multiply the outputs of both sublayers by this
    residual_stream: str = "one"  # how many there are: one, or a name in STREAM_BLOCKS
    n_stream: int = 4  # hyper_connections, mhc: the number of residual streams
    sinkhorn_iters: int = 20  # mhc: how often the rows and columns of a mixing matrix are normalised
    layers_per_sum: int = 1  # attention_residuals: what so many layers add is one sum to attend to
    smear: bool = False  # lambdas: before the first block, add a gated part of the token before to every token
    backout: bool = False  # lambdas: behind the last block, subtract a part of what left the middle one
    value_embeddings: bool = False  # lambdas: in every second layer, the last too, add an embedding to the values
    unit_weights: bool = False  # nGPT: weights of length one; learned factors, and a softmax_scale of sqrt(D)
    n_loop: int = 1  # looped layers: how often they run, with the same weights; 1: no layer is looped
    loop_start: int = 0  # the first of them
    loop_end: int | None = None  # the one behind the last of them; None: all to the end
    loop_input: bool = False  # every pass begins with the normed sum of x and what the loop was given
    sub_norm: bool = False  # sub-LN: norm what the output projections read, o_proj and down_proj
    # Attention
    attention_type: str = "standard"  # a name in ATTENTIONS: how a token learns of those before it
    attention_backend: str = "manual"  # a name in BACKENDS: how attention is computed
    attention_window: str = "none"  # keys a token attends to, its own included; "4096,none": by layer, in turn
    attention_softcap: float | None = None  # soft cap of the scores: squeeze them into (-cap, cap); None: no cap
    attention_sinks: bool = False  # a sink: a learned logit per head in the softmax's sum; 0 is softmax off by one
    attention_gate: bool = False  # multiply the heads' outputs by a sigmoid gate, a linear map of the layer's input
    head_gate: str | None = None  # a name in HEAD_GATES: multiply each head by one gate of its own; None: no gate
    qk_norm: str = "head"  # a name in QK_NORMS: norm queries and keys head by head, over all heads, or not
    qk_normalization: str = "rmsnorm_noparam"  # a name in NORMS: the norm of queries and keys
    qk_norm_after_rotary: bool = True  # QK norm after the rotation, or before it
    softmax_scale: float | None = None  # the scale of the scores; None: 1/sqrt of the size of a query
    query_scale_beta: float | None = None  # b: multiply queries by 1 + b ln(1 + floor(position / original length))
    scalable_softmax: bool = False  # SSMax: multiply queries by s ln(position + 1) + b, s and b learned by head
    clip_qkv: float | None = None  # clamp queries, keys and values into [-clip, clip]
    # Relative attention (attention_type = "relative")
    relative_dim: int = 16  # how many profiles by distance there are, of which every query has a mixture
    relative_extent: int | None = None  # to so many tokens back, in layers without a window; None: max_seq_len
    # Values of their own kind (attention_type = "values"; value_head_dim is below)
    keys_are_values: bool = False  # values are the keys before QK norm and rotation
    value_norm: str | None = None  # a name in NORMS: norm values head by head
    value_scale: float = 1.0  # multiply values by this
    # Latent attention (attention_type = "latent")
    use_flash_mla: bool = False  # the same as attention_type = "latent" with attention_backend = "flash"
    latent_rank: int = 32  # the size of the latent from which all heads make keys and values
    query_latent_rank: int | None = None  # the size of a latent for queries; None: they have none
    rope_head_dim: int = 8  # R: the rotary dimensions of a head, beside its head_dim without positions
    value_head_dim: int | None = None  # Dv: the size of a value; None: D
    # DeepSeek's sparse attention (attention_type = "dsa"): latent attention to the keys that an indexer chooses
    index_n_heads: int = 4  # dsa: the heads of the indexer
    index_head_dim: int = 16  # the size of its queries, and of its one key; rope_head_dim of it are rotated
    index_topk: int = 8  # dsa: how many keys a query attends to
    index_rope_interleaved: bool = False  # its rotary pairs are neighbours, whatever those of the attention are
    index_loss_coef: float = 1.0  # the coefficient of the loss from which it learns, and it alone; 0: it stays
    # Sparse attention (attention_type = "moba" or "nsa")
    moba_block_size: int = 4  # keys in a block
    moba_topk: int = 3  # how many blocks a query reads, its own among them
    nsa_compress_size: int = 4  # l: neighbouring keys that are compressed into one
    nsa_compress_stride: int = 2  # d: how many keys further the next of them begin
    nsa_block_size: int = 4  # l': keys in a block that is selected as a whole
    nsa_topk: int = 4  # n: how many blocks a query selects, the first, its own and the one before among them
    nsa_window: int = 8  # w: the keys of the sliding window, its own included
    # Recurrent mixers; the sizes are those of "delta", "kda" and "mamba2" (and of values in "retention"), else H and D
    linear_num_key_heads: int | None = None  # heads of queries and keys; None: H
    linear_num_value_heads: int | None = None  # heads of values, a multiple of those; None: as many
    linear_key_head_dim: int | None = None  # the size of their queries and keys; None: D
    linear_value_head_dim: int | None = None  # the size of their values; None: that of their keys
    linear_allow_neg_eigval: bool = False  # delta, kda: write up to twice as strongly, so that a state can turn round
    linear_norm_eps: float | None = None  # delta: the eps of the norm of what is read of the state; None: norm_eps
    linear_conv_kernel_dim: int = 4  # how many tokens the short convolution mixes, each with those before it
    # Positions
    position_encoding: str = "rope"  # names in POSITION_ENCODINGS: how positions are told; "rope,rope,none": in turn
    rope_theta: float = 10000.0  # the rotary base: pair i rotates by rope_theta^(-2i/D) radians per position
    rope_local_theta: float = 10000.0  # the base of layers with "rope_local"
    rope_interleaved: bool = False  # pairs are neighbours, (0, 1), (2, 3) ..., instead of the two halves of a head
    rope_fraction: float = 1.0  # partial rotary: the fraction of every head that is rotated
    rope_local_fraction: float | None = None  # the fraction in layers with "rope_local"; None: rope_fraction
    rope_scaling: str = "none"  # a name in ROPE_SCALINGS: for sequences longer than in training
    rope_factor: float = 1.0  # how many times longer sequences get than in training; with ntk, than max_seq_len
    rope_original_seq_len: int | None = None  # the sequence length of training; None: max_seq_len
    rope_attention_factor: float | None = None  # multiply the rotary tables by this; None: what rope_scaling has
    rope_low_freq_factor: float = 1.0  # llama3: pairs with so many rotations in the original length are interpolated
    rope_high_freq_factor: float = 4.0  # llama3: pairs with so many are kept
    rope_proportion: float = 1.0  # proportional: the fraction of a head's pairs that turn, the fastest ones
    rope_short_factors: str | None = None  # longrope: "1.0,1.1,...", a divisor for each pair's frequency
    rope_long_factors: str | None = None  # longrope: those where max_seq_len is longer than the original length
    # Feed-forward
    ffn_type: str = "standard"  # a name in FEED_FORWARDS, or "none": the feed-forward; "gated/moe": once, then in turn
    activation: str = "relu2"  # a name in ACTIVATIONS: the nonlinearity of a feed-forward
    n_expert: int = 8  # E: the number of experts of a mixture of experts
    num_experts_per_tok: int = 2  # k: how many of them the router sends each token to
    router_aux_loss_coef: float = 0.01  # the coefficient of the load balancing loss
    # DeepSeek's mixture of experts (ffn_type = "deepseek_moe")
    n_shared_expert: int = 1  # experts beside the others that every token meets; 0: none
    expert_hidden: int | None = None  # the hidden width of an expert; None: that of a dense gated feed-forward
    n_group: int = 1  # the experts stand in so many groups
    topk_group: int = 1  # from how many groups a token's experts come
    norm_topk_prob: bool = True  # divide the weights of a token's experts by their sum
    routed_scaling_factor: float = 1.0  # then multiply them by this
    bias_update_speed: float = 0.001  # by how much an expert's correction bias changes in a step; 0: it stays
    # Multi-token prediction
    n_mtp: int = 0  # how many further tokens are predicted at each position in training, by so many modules; 0: none
    mtp_loss_coef: float = 0.3  # the coefficient of their loss
    # The rest
    bias: bool = False  # biases in the linear layers of attention and feed-forward
    biases: str | None = None  # which linear layers have biases, by name: "q_proj,k_proj,v_proj"; None: as bias says
    head_bias: bool = False  # a bias in the head
    weight_tying: bool = False  # the head uses the weight of the token embedding
    dropout: float = 0.0  # dropout probability: after the embedding, the softmax, and every sublayer
    embedding_scale: bool = False  # multiply token embeddings by sqrt(C)
    embedding_multiplier: float = 1.0  # multiply token embeddings by this
    logit_scale: float = 1.0  # multiply logits by this
    logit_softcap: float | None = 15.0  # soft cap of the logits: squeeze them into (-cap, cap); None: no cap
    layer_scalar: bool = False  # multiply what leaves a block by a number of its own, which is not trained
    windowed: str | None = None  # what layers with a window have otherwise, field by field: '{"n_kv_head": 2}'
    init: str = "nanochat"  # the initialisation: nanochat, or a name in INITS

    def __post_init__(self):
        for field in fields(self):
            check_type(field.name, getattr(self, field.name), field.type)
        _ = self.layer_windows  # raises where the pattern makes no sense
        if self.use_flash_mla:
            if self.attention_type not in ("standard", "latent") or self.attention_backend not in ("manual", "flash"):
                raise ValueError(
                    f"use_flash_mla = True with attention_type = {self.attention_type!r} and attention_backend = "
                    f"{self.attention_backend!r}: it stands for 'latent' and 'flash'"
                )
            object.__setattr__(self, "attention_type", "latent")
            object.__setattr__(self, "attention_backend", "flash")
        if self.n_kv_head is None:
            object.__setattr__(self, "n_kv_head", self.n_head)
        if self.head_dim is None:
            if self.n_embd % self.n_head:
                raise ValueError(
                    f"n_embd = {self.n_embd}: it must be a multiple of n_head = {self.n_head}, or head_dim be given"
                )
            object.__setattr__(self, "head_dim", self.n_embd // self.n_head)
        if self.n_head % self.n_kv_head:
            raise ValueError(
                f"n_kv_head = {self.n_kv_head}: it must divide n_head = {self.n_head}, "
                "so that every key/value head serves equally many query heads"
            )
        if self.dropout >= 1:
            raise ValueError(f"dropout = {self.dropout}: it must be smaller than 1, or nothing is left")
        for name in ("rope_fraction", "rope_local_fraction", "rope_proportion"):
            if (fraction := getattr(self, name) or 1) > 1:
                raise ValueError(f"{name} = {fraction}: it must be 1, all of a head, or less")
        if self.rope_high_freq_factor <= self.rope_low_freq_factor:
            raise ValueError(
                f"rope_high_freq_factor = {self.rope_high_freq_factor}: it must be greater than rope_low_freq_factor = "
                f"{self.rope_low_freq_factor}"
            )
        if self.num_experts_per_tok > self.n_expert:
            raise ValueError(
                f"num_experts_per_tok = {self.num_experts_per_tok}: there are only n_expert = {self.n_expert}"
            )

    def is_chapter_one(self, part: str) -> bool:
        """Whether the configuration asks of a part, one of PARTS, for nothing but what chapter one's does."""
        return all(getattr(self, field.name) == field.default for field in fields(self) if field.name in PARTS[part])

    def in_turn(self, names: str) -> list[str]:
        """What each layer has of several names: those before a slash once, the others in turn."""
        first, slash, others = names.rpartition("/")
        once, turns = first.split(",") if slash else [], others.split(",")
        return (once + turns * self.n_layer)[: self.n_layer]

    def of_layer(self, layer: int) -> "GPTConfig":
        """The same configuration, where names take turns with those of a layer; with a window, as self.windowed says.
        layer: from 0, or -1 for the last. Raises `ValueError`."""
        names: dict[str, Any] = {field: self.in_turn(getattr(self, field))[layer] for field in IN_TURN}
        if self.windowed is not None and self.layer_windows[layer]:
            names |= fields_in(self.windowed)
        return self if all(getattr(self, field) == name for field, name in names.items()) else replace(self, **names)

    @property
    def layer_positions(self) -> list[str]:
        """The name of every layer's position encoding: those of position_encoding, in turn."""
        return self.in_turn(self.position_encoding)

    @property
    def layer_windows(self) -> list[int | None]:
        """The window of every layer, None where it sees everything: those of attention_window, in turn."""
        windows = [None if text == "none" else text for text in self.attention_window.replace("/", ",").split(",")]
        for text in windows:
            if text is not None and not (text.isdecimal() and int(text)):
                raise ValueError(
                    f"attention_window = {self.attention_window!r}: {text!r} should be a whole number greater than 0, "
                    "or none; several, with commas between them, take turns layer by layer"
                )
        return [None if text == "none" else int(text) for text in self.in_turn(self.attention_window)]

    @property
    def loop(self) -> tuple[int, int]:
        """The first of the looped layers, and the one behind the last of them."""
        return self.loop_start, self.n_layer if self.loop_end is None else self.loop_end

    @property
    def visits(self) -> list[int]:
        """The layer of every visit: all of them once, then those of the loop, for each further pass."""
        return [*range(self.n_layer), *list(range(*self.loop)) * (self.n_loop - 1)]

    @property
    def rotary_dim(self) -> int:
        """How many dimensions of a head can be rotated: with latent attention, those that are there for it."""
        return self.rope_head_dim if self.attention_type in LATENT else self.head_dim

    def to_json(self) -> str:
        """Every field, and the version of the schema."""
        return json.dumps({"schema": SCHEMA, **asdict(self)}, indent=1) + "\n"

    @classmethod
    def from_json(cls, text: str) -> "GPTConfig":
        """What `to_json` wrote, with this schema or one of RENAMED. Raises `ValueError` naming keys that are missing or
        unknown, or the schema."""
        try:
            values = json.loads(text)
        except json.JSONDecodeError as error:
            raise ValueError(f"this is no JSON: {error}") from error
        if not isinstance(values, dict):
            raise ValueError(f"a configuration is a JSON object, {{...}}; this is a {type(values).__name__}")
        schema = values.pop("schema", None)
        if schema not in (SCHEMA, *RENAMED):
            earlier = ", ".join(map(str, RENAMED))
            raise ValueError(f"schema = {schema!r}: this version reads schema {SCHEMA}, and {earlier}")
        values |= {new: values.pop(old) for old, new in RENAMED.get(schema, {}).items() if old in values}
        names = {field.name for field in fields(cls)}
        if schema != SCHEMA:
            values = {field.name: field.default for field in fields(cls) if field.name in ADDED} | values
        problems = [
            f"{what} {', '.join(sorted(keys))}"
            for what, keys in (("unknown:", values.keys() - names), ("missing:", names - values.keys()))
            if keys
        ]
        if problems:
            raise ValueError(f"the keys are not those of a configuration; {'; '.join(problems)}")
        return cls(**values)


# What concerns all layers together is looked at as soon as there is more to look at than sizes.
SIZES = ("vocab_size", "max_seq_len", "n_layer", "n_head", "n_kv_head", "n_embd", "head_dim")
PARTS["connections"] = tuple(field.name for field in fields(GPTConfig) if field.name not in SIZES)


def fields_in(text: str) -> dict[str, Any]:
    """The fields that `windowed` gives values. Raises `ValueError`."""
    try:
        found = json.loads(text)
    except json.JSONDecodeError:
        found = None
    if not isinstance(found, dict) or not found.keys() <= {field.name for field in fields(GPTConfig)}:
        raise ValueError(f"windowed = {text!r}: it must be a JSON object with fields of a configuration")
    return found


def check_type(name: str, value: object, kind: type | types.UnionType) -> None:
    """Raises `ValueError` where a field's value is not of its kind. Numbers must be greater than 0, or at least 0."""
    optional = isinstance(kind, types.UnionType)
    if optional and value is None:
        return
    (kind, *_) = get_args(kind) or (kind,)
    or_none = " or None" if optional else ""
    if kind in (str, bool):
        if not isinstance(value, kind):
            raise ValueError(f"{name} = {value!r}: it must be {'True or False' if kind is bool else 'a name'}{or_none}")
        return
    allowed, word = ((int, float), "number") if kind is float else (int, "whole number")
    zero_too = name in (
        "dropout",
        "index_loss_coef",
        "router_aux_loss_coef",
        "n_shared_expert",
        "bias_update_speed",
        "n_mtp",
        "mtp_loss_coef",
        "loop_start",
    )
    in_range = isinstance(value, allowed) and (value >= 0 if zero_too else value > 0) and value < float("inf")
    if isinstance(value, bool) or not in_range:
        least = "of at least 0" if zero_too else "greater than 0"
        raise ValueError(f"{name} = {value!r}: it must be a {word} {least}{or_none}")


def lookup(registry: dict, field: str, name: str):
    """The entry called `name`. Raises `ValueError` naming the configuration's field, its value and what is allowed."""
    if name not in registry:
        # The default is a choice too, where it stands for having none of the registry.
        default = str(getattr(GPTConfig, field, None)).lower()
        first = [default] if hasattr(GPTConfig, field) and default not in registry else []
        raise ValueError(f"{field} = {name!r}: choose one of {', '.join([*first, *registry])}")
    return registry[name]
