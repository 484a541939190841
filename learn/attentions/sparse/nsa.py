"""NSA, native sparse attention: compressed keys for the whole text, blocks of it chosen by them, and a window."""

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from reference.config import GPTConfig

from ...attention import ATTENTIONS, repeat_kv
from ...debug import debug
from ...positions import Context
from ..backends.masks import count_scores
from ..backends.scored import ScoreMods
from ..composed import Attention, build_qk_norm
from ..settings_read import SETTINGS, SOFTMAX
from .reads import refuse_window
from .selection import choose_blocks, with_mask


class Compression(nn.Module):
    r"""A learned map of `size` neighbouring keys, or values, to one, for a span that begins at every `stride`-th token.

    Attributes: size (l), stride (d); position, `nn.Parameter` (size, D), added to the keys of a span by their places in
    it; up, `nn.Parameter` (D, size * D), and down, (D, D), like the weights of linear layers, uniform in +-1/sqrt of
    their second axis.

    NSA (arXiv:2502.11089), section 3.3.1, has a learned MLP with positions within the span; that its hidden width is D,
    its activation SiLU, and that it is the same for all heads, is chosen here.
    """

    def __init__(self, size: int, stride: int, head_dim: int):
        super().__init__()
        self.size, self.stride = size, stride
        self.position = nn.Parameter(torch.zeros(size, head_dim))
        self.up = nn.Parameter(torch.empty(head_dim, size * head_dim).uniform_(-1, 1) / (size * head_dim) ** 0.5)
        self.down = nn.Parameter(torch.empty(head_dim, head_dim).uniform_(-1, 1) / head_dim**0.5)

    def forward(self, x: Float[Tensor, "B G T D"]) -> Float[Tensor, "B G n D"]:
        r"""out[i] = silu([x[i d] + position[0] ; ... ; x[i d + l - 1] + position[l - 1]] up^T) down^T

        The semicolons concatenate: a span is one vector of size l * D. n = floor((T - l) / d) + 1: spans lie within the
        text. Where it is shorter than one, it is filled up with zeros behind, and n = 1.
        """
        debug("Compression.forward", x=x)
        # Cut the text into spans, which overlap where the stride is shorter than they are: (B, G, n, l, D).
        # Tell the keys of a span apart by their places in it, and concatenate them.
        # Map each span to one key, by an MLP.
        raise NotImplementedError("TODO: cut the text into spans, add the places, and map each span to one key by the MLP")


def compressed_attention(
    query: Float[Tensor, "B H Tq D"],
    key: Float[Tensor, "B G n D"],
    value: Float[Tensor, "B G n D"],
    query_position: Int[Tensor, "*batch Tq"],
    size: int,
    stride: int,
    scale: float,
) -> tuple[Float[Tensor, "B H Tq D"], Float[Tensor, "B H Tq n"]]:
    r"""(out, weights): attention to the spans that end at the query or before it.

        weights[t] = softmax(scale * q_t . key[i]) over all spans i with i * stride + size - 1 <= query_position[t]
        out[t]     = sum over i of weights[t, i] value[i]

    Before the first span ends, nothing is visible: weights and out are zeros there. Query head i reads key/value head
    floor(i * G / H). query_position: (Tq,), or (B, Tq). Scores and weights in float32 at least; out in the dtype of
    value.

    NSA (arXiv:2502.11089), equations 7 and 8.
    """
    debug(
        "compressed_attention",
        query=query,
        key=key,
        value=value,
        query_position=query_position,
        size=size,
        stride=stride,
        scale=scale,
    )
    # Score every span for every query, in float32 at least.
    # Hide the spans that end behind the query.
    # The softmax of a row that is all hidden must not be NaN: fill it with a number, and multiply by zero after it.
    raise NotImplementedError("TODO: attend to the spans that have ended, and to nothing where none has")


def span_overlap(n: int, N: int, size: int, stride: int, block_size: int, device: torch.device) -> Int[Tensor, "n N"]:
    """overlap[i, j] = how many tokens span i and block j have in common, (n, N)."""
    start, block = (torch.arange(many, device=device) * step for many, step in ((n, stride), (N, block_size)))
    first, behind = torch.maximum(start[:, None], block), torch.minimum(start[:, None] + size, block + block_size)
    return (behind - first).clamp(min=0)


def selection_scores(
    weights: Float[Tensor, "B H Tq n"],
    overlap: Int[Tensor, "n N"],
    query_position: Int[Tensor, "*batch Tq"],
    n_group: int,
    block_size: int,
) -> Float[Tensor, "B G Tq N"]:
    r"""How much a query, with all heads of a group, attends to each block; inf for those that are always read.

        score[g, t, j] = sum over the H/G heads h of group g, and over all spans i, of weights[h, t, i] overlap[i, j]

    inf for the first block, the query's own, floor(query_position / block_size), and the one before it. weights: those
    of `compressed_attention`; overlap[i, j]: how many tokens span i and block j have in common. query_position: (Tq,),
    or (B, Tq). Blocks of the future have a score too; it does not matter which.

    NSA (arXiv:2502.11089), equations 9 and 10. All heads of a group read the same blocks, since they share the keys.
    """
    debug(
        "selection_scores",
        weights=weights,
        overlap=overlap,
        query_position=query_position,
        n_group=n_group,
        block_size=block_size,
    )
    # Add up what the heads of a group give each span, and what the spans give each block.
    # Always select the first block, the query's own and the one before it: (B or 1, 1, Tq, N).
    raise NotImplementedError("TODO: sum the weights over the heads of each group, spread them over blocks, and put three blocks above all")


class NSAAttention(Attention):
    r"""Native sparse attention: three attentions of the same queries, each to keys and values of its own.

        compressed: to every span of l keys, as one key that an MLP makes of them
        selected:   to the keys of n blocks, the same for all heads of a group, chosen by the weights of the first
        window:     to the last w keys
        out = o_proj(gate(sum over the three of sigmoid(branch_gate_proj(x)) * branch, x))        a gate per head

    All scores of the second and third are computed here, and hidden where they are not read: this is the definition.
    Dropout acts on their weights too; those of the first, which choose, stay whole.
    Attributes: those of `Attention`, k_proj and v_proj: C -> 3 G*D; branch_gate_proj: C -> 3 H; k_compress, v_compress,
    a `Compression` each; block_size (l'), topk (n), nsa_window (w).

    Raises `ValueError` where spans do not cover the text, where topk has no room for the three blocks that are always
    read, and where the configuration asks for what the compressed branch does not have.

    Yuan et al. 2025 (arXiv:2502.11089), section 3.
    """

    biased = True  # what is not selected is hidden by a bias on the scores

    def __init__(self, config: GPTConfig, layer: int):
        super().__init__(config, layer)
        refuse_window(config, layer)
        check_sizes(config)
        G, D = config.n_kv_head, config.head_dim
        # Three sets of keys and values: what is near would else drown what is far.
        self.k_proj = nn.Linear(config.n_embd, 3 * G * D, bias=config.bias)
        self.v_proj = nn.Linear(config.n_embd, 3 * G * D, bias=config.bias)
        self.k_norm = build_qk_norm(config, 3 * G)
        self.branch_gate_proj = nn.Linear(config.n_embd, 3 * config.n_head, bias=config.bias)
        self.k_compress = Compression(config.nsa_compress_size, config.nsa_compress_stride, D)
        self.v_compress = Compression(config.nsa_compress_size, config.nsa_compress_stride, D)
        self.block_size, self.topk, self.nsa_window = config.nsa_block_size, config.nsa_topk, config.nsa_window

    def forward(self, x: Float[Tensor, "B T C"], context: Context) -> Float[Tensor, "B T C"]:
        r"""Project, apply the steps, attend in three ways, mix them by their gates, gate, project back.

        x: (B, T, C). `self.branches(query, key, value, context)` takes the queries as (B, T, H, D), keys and values of
        all three branches as (B, T, 3 G, D), and returns the three outputs, (B, T, 3, H, D). Each of self.steps is
        called with (self, query, key, context), self.gate with (self, y, x). Returns (B, T, C), in the dtype of x.
        """
        debug("NSAAttention.forward", x=x, context=context)
        # Project, then split into heads: (B, T, heads, D), where keys and values have three times as many.
        # Rotate and normalise queries and keys, in the order of this layer.
        # Open each branch of each head as far as the token says: (B, T, 3, H, 1).
        # Attend in three ways, add up what comes through the gates, and concatenate the heads: (B, T, H * D).
        # Gate the heads' outputs, and project back into the residual stream.
        raise NotImplementedError("TODO: project, apply the steps, attend in three ways, mix them by their gates, project back")

    def branches(
        self,
        query: Float[Tensor, "B T H D"],
        key: Float[Tensor, "B T three_G D"],
        value: Float[Tensor, "B T three_G D"],
        context: Context,
    ) -> Float[Tensor, "B T 3 H D"]:
        r"""The outputs of the three branches, in their order; with a cache, over earlier tokens too.

        Keys and values come with the heads of the first branch, those of the second, and those of the third.
        `self.attend_compressed(query, key, value, query_position)` returns output and weights of the first;
        `self.select(weights, query_position, key_position)` the mask of the second, (B, H, T, Tk), made of these
        weights. `self.backend(query, key, value, mods)` takes all with the heads in front; of mods =
        `ScoreMods.of(self, context, key_position)`, `with_mask(mods, mask)` makes those of a branch with a mask,
        `mods._replace(window=...)` those of one with a window.
        """
        debug("NSAAttention.branches", query=query, key=key, value=value, context=context)
        # Give each branch its keys and values, with the heads in front: (B, G, Tk, D).
        # Attend to the compressed keys.
        # Attend to the blocks that get most of this attention.
        # Attend to the last tokens.
        raise NotImplementedError("TODO: attend to compressed keys, to the blocks that they choose, and to the last tokens")

    def attend_compressed(
        self,
        query: Float[Tensor, "B H Tq D"],
        key: Float[Tensor, "B G Tk D"],
        value: Float[Tensor, "B G Tk D"],
        query_position: Int[Tensor, "*batch Tq"],
    ) -> tuple[Float[Tensor, "B H Tq D"], Float[Tensor, "B H Tq n"]]:
        """The compressed branch: its output, and its weights."""
        key, value = self.k_compress(key), self.v_compress(value)
        size, stride = self.k_compress.size, self.k_compress.stride
        # Weights that autocast rounds would select other blocks.
        with torch.autocast(query.device.type, enabled=False):
            return compressed_attention(query, key, value, query_position, size, stride, self.scale)

    @torch.no_grad()
    def select(
        self,
        weights: Float[Tensor, "B H Tq n"],
        query_position: Int[Tensor, "*batch Tq"],
        key_position: Int[Tensor, "*batch Tk"],
    ) -> Bool[Tensor, "B H Tq Tk"]:
        """The mask of the selected branch: the same for all heads of a group. Nothing is learned from the choice."""
        N = -(-key_position.size(-1) // self.block_size)
        sizes = self.k_compress.size, self.k_compress.stride, self.block_size
        overlap = span_overlap(weights.size(-1), N, *sizes, weights.device)
        with torch.autocast(weights.device.type, enabled=False):
            scores = selection_scores(weights, overlap, query_position, self.n_kv_head, self.block_size)
        mask = choose_blocks(scores, self.topk, query_position, key_position, self.block_size)
        return mask.repeat_interleave(self.n_head // self.n_kv_head, dim=1)

    @property
    def cached_dim(self) -> int:
        """The elements of a token that a cache keeps: keys and values of three branches."""
        return 3 * super().cached_dim

    def spans(self, length: int) -> int:
        """How many spans lie within so many tokens."""
        return max(length - self.k_compress.size + self.k_compress.stride, 0) // self.k_compress.stride

    def keys_read(self, length: int) -> dict[str, int]:
        """What the last of `length` tokens reads in each branch."""
        earlier, own = divmod(length - 1, self.block_size)
        return {
            "compressed": self.spans(length),
            "selected": min(self.topk - 1, earlier) * self.block_size + own + 1,
            "window": min(self.nsa_window, length),
        }

    def attention_flops(self, length: int, causal: bool) -> int:
        """Operations of a sequence, forward and backward: 6 for each multiplication with a key or value, or that makes
        a compressed one; 2 for those that choose blocks, through which no gradient flows. causal: of what is read
        only."""
        D, n, N = self.head_dim, max(self.spans(length), 1), -(-length // self.block_size)
        compressing = 2 * self.n_kv_head * n * (self.k_compress.size + 1) * D**2
        pairs, choosing = (2 * length + n) * length, self.n_kv_head * length * n * N
        if causal:
            reads = [self.keys_read(t + 1) for t in range(length)]
            pairs = sum(each["compressed"] + each["selected"] for each in reads)
            pairs += count_scores(length, self.nsa_window)
        return 6 * (self.macs_per_score * pairs + compressing) + 2 * choosing


def check_sizes(config: GPTConfig) -> None:
    """Raises `ValueError` where NSA cannot be what config says."""
    size, stride, block = config.nsa_compress_size, config.nsa_compress_stride, config.nsa_block_size
    if not stride <= size <= block:
        raise ValueError(
            f"nsa_compress_stride = {stride}, nsa_compress_size = {size}, nsa_block_size = {block}: they must not "
            "decrease in this order, so that every block is covered by compressed keys"
        )
    if config.nsa_topk < 3:
        raise ValueError(
            f"nsa_topk = {config.nsa_topk}: it must be 3 at least: the first block, a query's own and the one before "
            "are always among the selected ones"
        )
    for field, value, none in (
        ("attention_softcap", config.attention_softcap, None),
        ("attention_sinks", config.attention_sinks, False),
    ):
        if value != none:
            raise ValueError(
                f"{field} = {value} with attention_type = 'nsa': its compressed branch has none; leave it at {none}"
            )


ATTENTIONS["nsa"] = NSAAttention
SETTINGS["nsa"] = (
    *SOFTMAX,
    "nsa_compress_size",
    "nsa_compress_stride",
    "nsa_block_size",
    "nsa_topk",
    "nsa_window",
)
