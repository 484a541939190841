"""A page about one pass through a model: a single file, which needs neither network nor server."""

import base64
import io
import itertools
import math
from pathlib import Path

import numpy as np
import torch
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from matplotlib.image import imsave
from matplotlib.ticker import MaxNLocator
from torch import Tensor

from scripts.project import UsageError, shown
from scripts.training.text.tokenizers import Tokenizer

from . import telling
from .inside import Inside
from .recording import by_layer, folded, hidden, number
from .telling import label_of

HERE = Path(__file__).parent  # page.html is the template
OURS = 'content="bare-bones-gpt scripts.trace"'
WIDE, HIGH = 282, 166  # of what a chart draws, between its labels


def require_ours(path: Path) -> None:
    """Raises `UsageError` where a page cannot go to this path: what is there already is none of ours."""
    if not path.parent.is_dir():
        raise UsageError(f"--html {path}: there is no folder {shown(path.parent)}")
    if path.is_dir() or (path.exists() and OURS.encode() not in path.read_bytes()[:1000]):
        raise UsageError(f"--html {path}: what is there already is no page of this command; give another name")


def picture(weights: Tensor) -> str:
    """The weights of a head (T, T) as the address of a PNG that holds them: black, as opaque as they are large."""
    ink = np.zeros((*weights.shape, 4), dtype=np.uint8)
    ink[..., 3] = (255 * weights.double().clamp(0, 1).sqrt()).round().numpy()
    file = io.BytesIO()
    imsave(file, ink, format="png")
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


def axis(labels: list[str], most: int = 12) -> list[str]:
    """Labels along the side of a small map: all of them, or every so many where there is no room."""
    step = -(-len(labels) // most)
    return [label if place % step == 0 else "" for place, label in enumerate(labels)]


def numbers_of(weights: Tensor) -> list[list[int]]:
    """What is not hidden of a head's weights (T, T), in thousandths."""
    return [row[: place + 1] for place, row in enumerate((weights * 1000).round().int().tolist())]


def chart(caption: str, lines: list[tuple[str, Tensor]], ticks: list[str], below: str) -> dict:
    """Where to draw what of norms over the depth of the model, from zero up. A line is of a class: "each", "mean", or
    also "dashed"."""
    largest = max(values.nan_to_num(0, 0, 0).max().item() for _, values in lines)
    heights = MaxNLocator(4).tick_values(0, largest or 1)

    def x(place: int) -> float:
        return 8 + WIDE * place / max(len(ticks) - 1, 1)

    def y(value: float) -> float:
        return HIGH * (1 - value / heights[-1])

    named = [place for place, tick in enumerate(ticks) if tick]
    # What is infinite or not a number has no place in a picture.
    finite = [
        (kind, [(x(place), y(value)) for place, value in enumerate(values.tolist()) if math.isfinite(value)])
        for kind, values in lines
    ]
    return {
        "caption": caption,
        "levels": [(y(value), f"{value:.4g}") for value in heights],
        "ticks": [(x(place), ticks[place]) for place in named[:: -(-len(named) // 12)]],
        "lines": [(kind, points) for kind, points in finite if points],
        "below": below,
    }


def stream_names(layers: list[int | None]) -> list[str]:
    """What to call the points at which the stream was seen, of which a layer may have several."""
    names = []
    for layer, group in itertools.groupby(layers):
        count = len(list(group))
        steps = {1: [""], 2: [", attention", ", MLP"]}.get(count, [f", step {step}" for step in range(1, count + 1)])
        names += ["embedding"] if layer is None else [f"layer {layer}{step}" for step in steps]
    return names


def stream(inside: Inside) -> tuple[list[dict], list[tuple[str, list[float]]]]:
    """How long every token's vector is on its way, and what the sublayers give: as charts, and as rows of numbers."""
    if not inside.stream:
        return [], []
    layers = [layer for layer, _ in inside.stream]
    norms = torch.stack([norms for _, norms in inside.stream])
    # Every layer's number stands under the last of its points.
    ends = [layer != after for layer, after in itertools.zip_longest(layers, layers[1:], fillvalue=-1)]
    ticks = ["in" if layer is None else str(layer) * end for layer, end in zip(layers, ends, strict=True)]
    lines = [*(("each", token) for token in norms.T), ("mean", norms.mean(dim=1))]
    caption = f"The norm of the stream{inside.measured}: every token, and (thick) their mean."
    charts = [chart(caption, lines, ticks, "after layer")]
    rows = list(zip(stream_names(layers), norms, strict=True))
    lines, count = [], 0
    for sublayer, name, kind in (("attn", "attention", "mean"), ("mlp", "MLP", "mean dashed")):
        given = [(layer, values) for (layer, which), values in inside.given.items() if which == sublayer]
        if given:
            rows += [(f"layer {layer}: {name} gives", values) for layer, values in given]
            lines.append((kind, torch.stack([values.mean() for _, values in given])))
            count = max(count, len(given))
    if lines:
        caption = (
            "What the sublayers give, mean over tokens: attention (solid, circles), MLP (dashed, squares). A block may "
            "scale or norm it before it is added."
        )
        charts.append(chart(caption, lines, [*map(str, range(count))], "layer"))
    return charts, [(name, values.tolist()) for name, values in rows]


def predictions(logits: Tensor, tokenizer: Tokenizer) -> list[list[tuple[str, float]]]:
    """What the model holds likely to follow each token, with its share, the likeliest first."""
    probability, chosen = logits.double().softmax(dim=-1).topk(min(5, logits.size(-1)))
    return [
        [(label_of(token, tokenizer), share) for token, share in zip(tokens, shares, strict=True)]
        for tokens, shares in zip(chosen.tolist(), probability.tolist(), strict=True)
    ]


def page(
    inside: Inside,
    tokenizer: Tokenizer,
    layers: int,
    heading: str,
    about: str,
    attention_note: str = "",
    stopped: str = "",
) -> str:
    """The page. heading, about, the note on attention, and where the pass stopped, if it did, are plain text."""
    labels = [label_of(token, tokenizer) for token in inside.tokens]
    charts, norms = stream(inside)
    environment = Environment(
        loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template("page.html").render(
        heading=heading,
        about=about,
        stopped=stopped,
        tokens=list(zip(labels, inside.tokens, strict=True)),
        attention_note=attention_note,
        maps=[[picture(weights) for weights in inside.weights.get(layer, ())] for layer in range(layers)],
        axis=axis(labels),
        first_looks=telling.first_looks(inside, labels),
        told=telling.by_layer(inside, labels),
        charts=charts,
        norms=norms,
        predictions=None if inside.logits is None else predictions(inside.logits, tokenizer),
        intermediates=[
            (title, [(row, times, hidden(row)) for row, times in folded(rows)]) for title, rows in by_layer(inside.rows)
        ],
        number=number,
        data={
            "tokens": labels,
            "weights": [numbers_of(weights) for layer in sorted(inside.weights) for weights in inside.weights[layer]],
        },
        wide=WIDE,
        high=HIGH,
    )
