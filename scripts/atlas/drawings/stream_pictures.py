"""A small model of names, looked into: its residual stream and its gradients, layer by layer."""

from dataclasses import replace
from functools import cache
from typing import Any

import torch
from torch import nn

from reference.config import GPTConfig
from reference.gpt import GPT
from scripts.laboratory.placement import Names, configuration, draw_weights, look_inside, read_names
from scripts.project.implementation import Implementation

from ..entries import REFERENCE, SEED, Axis, Entry
from .svg import Line, Panel, curves

LAYERS, STEPS = 8, 12


@cache
def names_read() -> Names:
    return read_names("names", SEED)


def configured(fields: dict[str, Any]) -> GPTConfig:
    """Eight layers of names, as in `scripts.norm_placement`, with these fields."""
    return replace(configuration("pre", names_read().boundary + 1, LAYERS), **{"attention_backend": "manual", **fields})


def draw_as_first_transformers(model: GPT) -> None:
    """Xavier's first weights (Glorot and Bengio 2010), as in the first transformers: what a sublayer adds is then about
    as large as what it reads, and a norm on the stream makes both smaller. DeepNorm has a way of its own."""
    draw_weights(model, SEED)
    for module in model.modules():
        if isinstance(module, nn.Linear) and model.config.init != "deepnorm":
            nn.init.xavier_uniform_(module.weight)


@cache
@torch.enable_grad()  # whoever asks
def looked(fields: tuple[tuple[str, Any], ...], code: Implementation = REFERENCE) -> dict[int, dict[str, list[float]]]:
    """What is inside before the first step and after a few, on one batch."""
    model = code.gpt.GPT(configured(dict(fields)))
    draw_as_first_transformers(model)
    probe = names_read().probe(8, 16)
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
