"""A small model of names, looked into: its residual stream and its gradients, layer by layer."""

from dataclasses import replace
from functools import cache
from typing import Any

import torch

from reference.config import GPTConfig
from scripts.laboratory.placement import configuration, draw_weights, look_inside, read_names
from scripts.project.implementation import Implementation

from ..entries import REFERENCE, SEED, Axis, Entry
from .svg import Line, Panel, curves

LAYERS, STEPS = 8, 12


def configured(fields: dict[str, Any]) -> GPTConfig:
    """Eight layers of names, as in `scripts.norm_placement`, with these fields."""
    names = read_names("names", SEED)
    return replace(configuration("pre", names.boundary + 1, LAYERS), **{"attention_backend": "manual", **fields})


@cache
@torch.enable_grad()  # whoever asks
def looked(fields: tuple[tuple[str, Any], ...], code: Implementation = REFERENCE) -> dict[int, dict[str, list[float]]]:
    """What is inside before the first step and after a few, on one batch."""
    names = read_names("names", SEED)
    model = code.gpt.GPT(configured(dict(fields)))
    draw_weights(model, SEED)
    probe = names.probe(8, 16)
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    found = {0: look_inside(model, probe)}
    for step in range(STEPS):
        batch = probe.roll(step, 0)
        model(batch[:, :-1], batch[:, 1:]).backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
    found[STEPS] = look_inside(model, probe)
    return found


def stream_and_gradient(entry: Entry, axis: Axis) -> list[Panel]:
    fields = tuple(entry.fields.items())
    here, beside, whose = looked(fields, entry.code), looked(()), "chapter one's"
    if entry.code is not REFERENCE:
        beside, whose = looked(fields), "the reference's"
    layers = list(range(LAYERS + 1))
    gradients = [Line(f"{entry.name}, untrained", layers[1:], here[0]["gradients"])]
    streams = [Line(f"{entry.name}, untrained", layers, here[0]["stream"])]
    later = Line(f"after {STEPS} steps", layers[1:], here[STEPS]["gradients"])
    if here is not beside:
        gradients.append(Line(f"{whose}, untrained", layers[1:], beside[0]["gradients"]))
        streams.append(Line(f"{whose}, untrained", layers, beside[0]["stream"]))
    streams.append(Line(f"after {STEPS} steps", layers, here[STEPS]["stream"]))
    return [
        curves(
            "Gradient by layer", [*gradients, later], "layer", "norm of the gradient of its weights", "y", marks=True
        ),
        curves(
            "Stream by layer", streams, "layers behind it", "size of the stream (root mean square)", "y", marks=True
        ),
    ]
