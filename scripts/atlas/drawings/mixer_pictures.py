"""Mixers: which token another one hears of, how far back, what is remembered and how; and backends: how exactly."""

import warnings
from functools import cache

import torch
from torch import Tensor

from reference.attentions.backends.fused import UNSUPPORTED
from reference.attentions.backends.scored import ScoreMods, scored_attention
from reference.decoding.cache import LAYER_CACHES
from scripts.looking.inside import Inside
from scripts.measuring.inference_cost import cost, held

from ..entries import SEED, Axis, Entry
from ..entry_costs import WIDE, cost_of, shaped
from .svg import Line, Panel, curves, heat_map, ticked

TEXT = "hannah anna hannah"  # repeats itself, so that one sees what is found again
LONGEST = 16384


def tokens(vocabulary: int) -> Tensor:
    return torch.tensor([[(ord(letter) - 96) % vocabulary if letter != " " else 0 for letter in TEXT]])


@cache
def influence(entry: Entry) -> tuple[list[list[float]], list[float]]:
    """By query and token: how much what a layer writes for one changes with the embedding of the other, as the norm
    of the derivative, over random directions; and the mean over the distance, each row's sum as one."""
    model = entry.model(n_layer=entry.layer_needed)
    layer = entry.layer_needed - 1
    token = tokens(model.config.vocab_size)
    written: list[Tensor] = []
    model.blocks[layer].attn.register_forward_hook(lambda module, args, out: written.append(out))
    position = model.positions_of(token, None)
    x = model.embedding(token, position).detach().requires_grad_()
    stream = x
    for block, context in zip(model.blocks, model.positions(position), strict=True):
        stream = block(stream, context)
    y = written[-1]
    generator = torch.Generator().manual_seed(SEED)
    rows = []
    for t in range(token.size(1)):
        squares = torch.zeros(token.size(1))
        for _ in range(3):
            direction = torch.randn(y.size(-1), generator=generator)
            (gradient,) = torch.autograd.grad(y[0, t] @ direction, x, retain_graph=True)
            squares += gradient[0].square().sum(dim=-1)
        rows.append(squares.sqrt())
    found = torch.stack(rows)
    shares = found / found.sum(dim=1, keepdim=True).clamp(min=1e-12)
    # Of the last queries only, all of which have as many tokens behind them.
    half = len(rows) // 2
    reach = [
        sum(shares[t, t - back].item() for t in range(half, len(rows))) / (len(rows) - half) for back in range(half + 1)
    ]
    return found.tolist(), reach


@cache
def cache_bytes(entry: Entry, shape: str) -> dict[int, int]:
    """Of a model of that shape with it, by the tokens that it has read."""
    config = shaped(entry) if shape == WIDE else entry.config()
    return cost(entry.name, config, LONGEST, 1, "bfloat16").cache_bytes_at


def shape_of(entry: Entry) -> str:
    return cost_of(entry)[2]


@torch.no_grad()
def states(entry: Entry) -> list[tuple[str, list[list[float]]]]:
    """What the first layer of a kind with a state keeps, after some tokens, as a map: its first head."""
    model = entry.model(n_layer=entry.layer_needed)
    cache = entry.code.decoding.cache.KVCache(model.config)
    token = tokens(model.config.vocab_size)
    found = []
    for t in range(token.size(1)):
        model(token[:, t : t + 1], cache=cache)
        if t in (0, 5, 11, token.size(1) - 1):
            state = max(
                held(cache.layers[-1]), key=lambda tensor: (tensor.is_floating_point(), tensor.dim(), tensor.numel())
            )
            flat = state[0]
            while flat.dim() > 2:
                flat = flat[0]
            found.append((f"after {t + 1} token{'s' if t else ''}", flat.float().tolist()))
    return found


def attention_maps(entry: Entry) -> list[Panel]:
    """The weights of every head of the layer that has it; nothing where no softmax makes any."""
    model = entry.model(n_layer=entry.layer_needed)
    inside = Inside()
    inside.go_through(model, tokens(model.config.vocab_size)[0].tolist())
    weights = inside.weights.get(entry.layer_needed - 1)
    if weights is None:
        return []
    maps = [(f"head {head}", each.tolist()) for head, each in enumerate(weights, start=1)]
    return [heat_map("Attention, head by head", maps, f"token of “{TEXT}” →", "← token that reads", square=True)]


def mixer(entry: Entry, axis: Axis) -> list[Panel]:
    found, reach = influence(entry)
    usual = next(each for each in axis.entries if each.name == axis.base)
    lines = [Line(entry.name, range(len(reach)), reach)]
    kept = cache_bytes(entry, shape_of(entry))
    sizes = [Line(entry.name, list(kept), list(kept.values()))]
    if entry.name != usual.name:
        lines.append(Line(usual.name, range(len(reach)), influence(usual)[1]))
        kept = cache_bytes(usual, shape_of(entry))
        sizes.append(Line(usual.name, list(kept), list(kept.values())))
    panels = [
        heat_map(
            "Who hears of whom",
            [("", found)],
            f"token of “{TEXT}” →",
            "← what is written for token",
            square=True,
            about=f"A map of {len(found)} by {len(found)}: how much a token's output depends on each token before",
        ),
        curves("What is kept", sizes, "tokens read", f"bytes, in a model {shape_of(entry)}", log="xy"),
        curves("Reach", lines, "tokens back", "share of what a token takes, mean", marks=True),
    ]
    if entry.name in LAYER_CACHES:
        panels.append(
            heat_map("The state over time", states(entry), "channels of values →", "channels of keys", signed=True)
        )
    return panels + attention_maps(entry)  # of weights that are drawn at random, they tell least


@torch.no_grad()
def backend(entry: Entry, axis: Axis) -> list[Panel]:
    """How far its result is from the exact one, in float32 and in bfloat16, by query."""
    T = 48
    generator = torch.Generator().manual_seed(SEED)
    query, key, value = (torch.randn(1, 2, T, 16, generator=generator) for _ in range(3))
    position = torch.arange(T)
    mods = ScoreMods(position, position, 0.25)
    exact = scored_attention(query.double(), key.double(), value.double(), mods)
    lines = []
    for dtype in (torch.float32, torch.bfloat16):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that it is slow without a compiler
            found = entry.value(query.to(dtype), key.to(dtype), value.to(dtype), mods)
        name = str(dtype).removeprefix("torch.")
        lines.append(Line(name, range(1, T + 1), (found.double() - exact).square().mean(dim=(0, 1, 3)).sqrt().tolist()))
    return [
        curves("How exact it is", lines, "keys that a query sees", "error (root mean square), beside float64", log="y"),
        ticked(
            "What it goes with",
            {
                field: field not in UNSUPPORTED.get(entry.name, {})
                for field in sorted(set().union(*UNSUPPORTED.values()))
            },
        ),
    ]
