"""Positions: how far every pair turns, what a score loses with the distance, what is added to a token."""

import math

import torch
from torch import Tensor

from reference.gpt import GPT

from ..entries import Axis, Entry
from .svg import Line, Panel, curves, heat_map

LENGTH = 96


def by_distance(model: GPT, length: int) -> list[list[float]]:
    """Of every head the score of a query at the end with keys at each distance, where all have the same content."""
    config = model.config
    position = torch.arange(length)
    context = model.positions(position)[-1]
    content = torch.ones(1, length, config.n_head, config.head_dim) / config.head_dim**0.5
    query = key = content if context.cos is None else context.rotate(content)
    scores = torch.einsum("bhd,bshd->hs", query[:, -1], key)
    if context.bias is not None:
        bias = context.bias(position, position)
        scores = scores + bias.reshape(-1, length, length)[:, -1].expand(config.n_head, -1)
    return scores.flip(-1).tolist()


@torch.no_grad()
def encoding(entry: Entry, axis: Axis) -> list[Panel]:
    model = entry.model(max_seq_len=LENGTH)
    context = model.positions(torch.arange(LENGTH))[-1]
    panels = []
    if context.cos is not None:
        angles = torch.atan2(context.sin, context.cos)[:, 0]
        clocks = [Line(f"pair {pair}", range(25), unwrapped(angles[:25, pair])) for pair in range(0, angles.size(1), 2)]
        panels.append(curves("Clocks: how far a pair has turned", clocks[:4], "position", "turns"))
        panels.append(
            heat_map("Cosine of every pair", [("", context.cos[:, 0].T.tolist())], "position →", "pair", signed=True)
        )
    added = added_vectors(model)
    if added is not None:
        panels.append(
            heat_map("What is added to a token", [("", added.T.tolist())], "position →", "channel", signed=True)
        )
    heads = by_distance(model, LENGTH)
    lines = [Line(f"head {head}", range(LENGTH), scores) for head, scores in enumerate(heads)]
    if all(scores == heads[0] for scores in heads):
        lines = [Line("every head", range(LENGTH), heads[0])]
    panels.append(curves("A score over the distance", lines, "tokens back", "score of equal query and key"))
    if added is not None:
        likeness = torch.nn.functional.cosine_similarity(added[-1:], added).flip(0).tolist()
        panels.append(curves("How alike positions are", [Line("", range(LENGTH), likeness)], "tokens back", "cosine"))
    return panels


def unwrapped(angle: Tensor) -> list[float]:
    """Angles in turns, counted on where a turn is complete."""
    found, turns, before = [], 0, 0.0
    for each in angle.tolist():
        if each - before < -math.pi:
            turns += 1
        before = each
        found.append(each / (2 * math.pi) + turns)
    return found


def added_vectors(model: GPT) -> Tensor | None:
    """What the embedding adds for every position, (T, C); None where it adds nothing."""
    parts = [part for part in model.embedding.modules() if type(part).__module__.endswith(".absolute")]
    if not parts:
        return None
    return parts[0](torch.zeros(1, LENGTH, model.config.n_embd), torch.arange(LENGTH))[0]


def scaling(entry: Entry, axis: Axis) -> list[Panel]:
    """The inverse frequency of every pair, times what, and how far each has turned at the end of a longer text."""
    config = entry.config()
    factors, attention_factor = entry.value(config, config.rotary_dim)
    pairs = range(len(factors))
    frequency = [config.rope_theta ** (-2 * pair / config.rotary_dim) for pair in pairs]
    trained = config.rope_original_seq_len or config.max_seq_len
    turns = [
        config.max_seq_len * each * factor / (2 * math.pi)
        for each, factor in zip(frequency, factors.tolist(), strict=True)
    ]
    seen = [trained * each / (2 * math.pi) for each in frequency]
    plain = [config.max_seq_len * each / (2 * math.pi) for each in frequency]
    return [
        curves(
            "What each pair's speed is multiplied by",
            [Line(entry.name, pairs, factors.tolist()), Line("without scaling", pairs, [1.0] * len(factors))],
            f"pair, of {len(factors)}; all tables times {attention_factor:.3g}",
            "factor",
            marks=True,
        ),
        curves(
            "Turns at the end of the text",
            [
                Line(f"{entry.name}, token {config.max_seq_len}", pairs, turns),
                Line(f"without, token {config.max_seq_len}", pairs, plain),
                Line(f"seen in training, token {trained}", pairs, seen),
            ],
            "pair",
            "full turns",
            log="y",
            marks=True,
        ),
    ]
