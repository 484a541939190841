"""QK-clip: after a step, scale down the query and key weights of heads whose attention logits have grown too large.

With Muon the weights of queries and keys grow until a few heads have logits of hundreds, and the loss jumps. A QK norm
bounds them, but every key must then be made anew from the latent of latent attention, and a soft cap leaves the weights
growing. This acts on the weights themselves, rarely, and only on the heads that need it.
"""

from collections.abc import Callable

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn
from torch.nn import functional as F

from ..attention import CausalSelfAttention
from ..attentions.backends.scored import ScoreMods
from ..debug import debug
from ..decoding.shared_keys import source_layers
from ..gpt import GPT


def largest_logits(
    query: Float[Tensor, "B H Tq D"],
    key: Float[Tensor, "B G Tk D"],
    mask: Bool[Tensor, "#B 1 Tq Tk"],
    scale: float,
) -> Float[Tensor, " H"]:
    r"""largest[h] = the largest scale * q . k of a head, over all sequences, queries, and keys where the mask is true.

    G divides H, and query head i reads key head floor(i * G / H). In float32 at least, without a gradient.

    Kimi K2 (arXiv:2507.20534), section 2.1, S_max.
    """
    debug("largest_logits", query=query, key=key, mask=mask, scale=scale)
    # Repeat every key head for the query heads that read it, and score every key for every query.
    # What a query does not see does not count, however large.
    # Keep one number for each head.
    raise NotImplementedError("TODO: the largest attention logit of every head, over all sequences and visible keys")


def clip_factors(
    largest: Float[Tensor, " H"], n_kv_head: int, tau: float
) -> tuple[Float[Tensor, " H"], Float[Tensor, " G"]]:
    r"""What the query weights of each head, and the key weights of each key head, are to be multiplied by.

        gamma[h] = tau / largest[h] where that is larger than tau, else 1
        key[g]   = sqrt(the largest gamma[h] of the heads h that read g)
        query[h] = gamma[h] / key[g]

    So the logits of head h are multiplied by gamma[h], and those of no other. With a key for every query head both are
    sqrt(gamma). n_kv_head: G; query head i reads key head floor(i * G / H).

    Kimi K2 (arXiv:2507.20534), section 2.1; grouped heads by the same rule.
    """
    debug("clip_factors", largest=largest, n_kv_head=n_kv_head, tau=tau)
    # Bring the largest logit of every head that passes tau back to tau; leave the others, negative ones too, alone.
    # Scale a key by what all heads that read it need, and no more: one that needs nothing keeps its key.
    # Leave the rest to the queries.
    raise NotImplementedError("TODO: the factors that bring the heads whose logits passed tau back to it, for queries and for keys that several heads read")


class Watched:
    """The backend of a layer in training, which remembers the largest logit of every head. Attribute: largest, (H,)."""

    CHUNK = 256  # queries of one sequence whose logits are in memory at once

    def __init__(self, attention: nn.Module):
        self.attention, self.backend = attention, attention.backend
        self.forget()

    def forget(self) -> None:
        """Begin a new step."""
        device = next(self.attention.parameters()).device
        self.largest = torch.full((self.attention.n_head,), float("-inf"), device=device)

    def __call__(self, query: Tensor, key: Tensor, value: Tensor, mods: ScoreMods) -> Tensor:
        if self.attention.training:
            mask = mods.mask().expand(query.size(0), -1, -1, -1)
            for b in range(query.size(0)):
                for start in range(0, query.size(2), self.CHUNK):
                    some = slice(start, start + self.CHUNK)
                    found = largest_logits(
                        query[b : b + 1, :, some], key[b : b + 1], mask[b : b + 1, :, some], mods.scale
                    )
                    self.largest = torch.maximum(self.largest, found.to(self.largest.dtype))
        return self.backend(query, key, value, mods)


@torch.no_grad()
def scale_heads(projection: nn.Linear, factors: Float[Tensor, " heads"], part: slice = slice(None)) -> None:
    """Multiply the rows of each head, or a part of them, and their bias, by its factor, in place."""
    for weight in (projection.weight, projection.bias):
        if weight is not None:
            rows = weight.view(len(factors), -1, *weight.shape[1:])[:, part]
            rows *= factors.to(weight.dtype).view(-1, *[1] * (rows.ndim - 1))


class QKClip:
    r"""Watch a model's attention logits, and after every optimizer step, `step`, clip the heads that passed tau.

    Layers that share keys, "shared" ones and the one that they read, are clipped together, as query heads of one key.
    In latent attention the rotary key is shared by all heads and stays: the parts without positions take sqrt(gamma)
    each, the rotary queries gamma. Raises `ValueError` where queries and keys are normed, which undoes every scaling,
    and where keys are compressed.
    """

    def __init__(self, model: GPT, tau: float):
        self.tau, config = tau, model.config
        layers = [block.attn for block in model.blocks]
        for layer in layers:
            # Chapter one's attention always has the norm; others say so, if they have logits at all.
            watched = hasattr(layer, "backend")
            if isinstance(layer, CausalSelfAttention) or (watched and not isinstance(layer.q_norm, nn.Identity)):
                raise ValueError(
                    f"qk_clip = {tau:g} with qk_norm = {config.qk_norm!r}: the norm bounds the logits, and undoes any "
                    "scaling of the weights of queries and keys; it goes with --qk_norm off"
                )
            if hasattr(layer, "k_compress"):
                raise ValueError(
                    f"qk_clip = {tau:g} with attention_type = 'nsa': an MLP makes its compressed keys, so that no "
                    "scaling of weights bounds their logits"
                )
        sources = source_layers(
            config.in_turn(config.attention_type),
            list(zip(config.layer_windows, config.layer_positions, strict=True)),
        )
        # Multi-token prediction has blocks of its own.
        layers += [module.block.attn for module in getattr(model.head, "mtp", ())]
        sources += range(len(sources), len(layers))
        # For each layer with keys of its own: itself, and those that read them.
        self.readers: dict[int, list[Watched]] = {}
        for layer, source in zip(layers, sources, strict=True):
            if hasattr(layer, "backend"):
                layer.backend = Watched(layer)
                self.readers.setdefault(source, []).append(layer.backend)
        if not self.readers:
            raise ValueError(f"qk_clip = {tau:g}: attention_type = {config.attention_type!r} has no attention logits")

    @torch.no_grad()
    def step(self, maximum: Callable[[Tensor], Tensor] = lambda value: value) -> dict[str, float]:
        """Clip by the largest logits since the last call. maximum: over all processes that train together.

        Returns for the log: largest_logit, of all heads; clipped_heads, how many passed tau, in all layers.
        """
        seen, clipped = float("-inf"), 0
        for readers in self.readers.values():
            largest = maximum(torch.stack([watched.largest for watched in readers]))
            seen, clipped = max(seen, largest.max().item()), clipped + int((largest > self.tau).sum())
            # A loss that is not finite is not mended by weights of zero.
            self.clip([watched.attention for watched in readers], largest.nan_to_num(0.0, 0.0, 0.0))
            for watched in readers:
                watched.forget()
        return {"largest_logit": seen, "clipped_heads": clipped}

    def clip(self, layers: list[nn.Module], largest: Float[Tensor, "R H"]) -> None:
        """Clip layers that read the keys of the first of them."""
        owner = layers[0]
        n_kv_head = owner.n_kv_head if hasattr(owner, "n_kv_head") else owner.n_head
        # Those that read a key head stand together: (R, H) -> (G, R * H/G).
        groups = largest.unflatten(1, (n_kv_head, -1)).transpose(0, 1)
        query, key = clip_factors(groups.flatten(), n_kv_head, self.tau)
        query = query.view(groups.shape).transpose(0, 1).flatten(1)
        if hasattr(owner, "kv_down_proj"):
            # Latent attention, with a key for every head: [D without positions ; R rotary].
            D = owner.head_dim
            scale_heads(owner.q_proj, query[0], slice(None, D))
            scale_heads(owner.q_proj, query[0] * key, slice(D, None))
            scale_heads(owner.k_up_proj, key)
            return
        if not hasattr(owner, "v_proj"):
            # Keys are values too: what they say stays, and the queries take all.
            query, key = query * key.repeat_interleave(query.size(1) // n_kv_head), torch.ones_like(key)
        scale_heads(owner.k_proj, key)
        for layer, factors in zip(layers, query, strict=True):
            scale_heads(layer.q_proj, factors)
