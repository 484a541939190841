"""A page about one pass through a model: a single file, which needs neither network nor server."""

import base64
import io
import itertools
import json
import math
import re
from html import escape
from pathlib import Path

import numpy as np
import torch
from matplotlib.image import imsave
from matplotlib.ticker import MaxNLocator
from torch import Tensor

from scripts.project import UsageError, shown
from scripts.training.text.tokenizers import Tokenizer

from .inside import Inside
from .recording import by_layer, hidden, number

TEMPLATE = Path(__file__).with_name("page.html")
OURS = 'content="bare-bones-gpt scripts.trace"'
WIDTH, HEIGHT, LEFT, BOTTOM = 360, 210, 58, 34


def require_ours(path: Path) -> None:
    """Raises `UsageError` where a page cannot go to this path: what is there already is none of ours."""
    if not path.parent.is_dir():
        raise UsageError(f"--html {path}: there is no folder {shown(path.parent)}")
    if path.is_dir() or (path.exists() and OURS.encode() not in path.read_bytes()[:1000]):
        raise UsageError(f"--html {path}: what is there already is no page of this command; give another name")


def label_of(token: int, tokenizer: Tokenizer) -> str:
    """A token as one can see it."""
    if token == tokenizer.boundary:
        return "¶"
    text = tokenizer.bytes_of(token).decode("utf-8", errors="backslashreplace").replace(" ", "␣")
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def element(tag: str, content: str, **attributes: object) -> str:
    """An HTML element; the content is HTML already."""
    given = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{escape(str(value))}"' for name, value in attributes.items()
    )
    return f"<{tag}{given}>{content}</{tag}>"


def table(head: list[str], rows: list[list[str]], numbers: range) -> str:
    """A table that scrolls sideways by itself; cells are HTML, those in the columns `numbers` are numbers."""

    def line(tag: str, cells: list[str]) -> str:
        kinds = [{"class_": "number"} if place in numbers else {} for place in range(len(cells))]
        content = (element(tag, cell, **kind) for cell, kind in zip(cells, kinds, strict=True))
        return element("tr", "".join(content))

    body = "".join(line("td", row) for row in rows)
    return element("div", f"<table><thead>{line('th', head)}</thead><tbody>{body}</tbody></table>", class_="wide")


def token_cell(label: str) -> str:
    return element("span", escape(label), class_="token")


def picture(weights: Tensor) -> str:
    """The weights of a head (T, T) as the address of a PNG that holds them: black, as opaque as they are large."""
    ink = np.zeros((*weights.shape, 4), dtype=np.uint8)
    ink[..., 3] = (255 * weights.double().clamp(0, 1).sqrt()).round().numpy()
    file = io.BytesIO()
    imsave(file, ink, format="png")
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


def attention(inside: Inside, layers: int) -> str:
    """A map for every head of every layer."""
    parts, place = [], itertools.count()
    for layer in range(layers):
        parts.append(f"<h3>Layer {layer}</h3>")
        if layer not in inside.weights:
            parts.append("<p>No weights: no variable of this layer's code holds them for all heads, (1, H, T, T).</p>")
            continue
        maps = [
            element(
                "button",
                f'<img src="{picture(weights)}" alt="Layer {layer}, head {head}">head {head}',
                type="button",
                data_map=next(place),
            )
            for head, weights in enumerate(inside.weights[layer])
        ]
        parts.append(element("div", "".join(maps), class_="heads"))
    return "".join(parts)


def numbers_of(weights: Tensor) -> list[list[int]]:
    """What is not hidden of a head's weights (T, T), in thousandths."""
    return [row[: place + 1] for place, row in enumerate((weights * 1000).round().int().tolist())]


def chart(lines: list[tuple[str, Tensor]], ticks: list[str], below: str) -> str:
    """Norms over the depth of the model, from zero up. A line is of a class: "each", "mean", or also "dashed"."""
    largest = max(values.nan_to_num(0, 0, 0).max().item() for _, values in lines)
    heights = MaxNLocator(4).tick_values(0, largest or 1)
    top = heights[-1]
    high, wide = HEIGHT - BOTTOM - 10, WIDTH - LEFT - 20

    def x(place: int) -> float:
        return LEFT + 8 + wide * place / max(len(ticks) - 1, 1)

    def y(value: float) -> float:
        return 10 + high * (1 - value / top)

    parts = []
    for value in heights:
        level = f"{y(value):.1f}"
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH}" y1="{level}" y2="{level}"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{level}" dy="4" text-anchor="end">{value:.4g}</text>')
    named = [place for place, tick in enumerate(ticks) if tick]
    for place in named[:: -(-len(named) // 12)]:
        parts.append(f'<text x="{x(place):.1f}" y="{HEIGHT - BOTTOM + 16}" text-anchor="middle">{ticks[place]}</text>')
    for kind, values in lines:
        # What is infinite or not a number has no place in a picture.
        points = [(x(place), y(value)) for place, value in enumerate(values.tolist()) if math.isfinite(value)]
        if not points:
            continue
        parts.append(f'<path class="{kind}" d="M{" L".join(f"{a:.1f} {b:.1f}" for a, b in points)}"/>')
        if kind != "each":
            # Told apart without colours.
            mark = (
                '<rect x="{0:.1f}" y="{1:.1f}" width="7" height="7" transform="translate(-3.5 -3.5)"/>'
                if "dashed" in kind
                else '<circle cx="{0:.1f}" cy="{1:.1f}" r="3.5"/>'
            )
            parts += [mark.format(a, b) for a, b in points]
    parts.append(f'<text x="{(WIDTH + LEFT) / 2}" y="{HEIGHT - 3}" text-anchor="middle">{below}</text>')
    parts.append(
        f'<text x="12" y="{10 + high / 2}" text-anchor="middle" transform="rotate(-90 12 {10 + high / 2})">norm</text>'
    )
    return f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="norm, {below}">{"".join(parts)}</svg>'


def stream_names(layers: list[int | None]) -> list[str]:
    """What to call the points at which the stream was seen, of which a layer may have several."""
    names = []
    for layer, group in itertools.groupby(layers):
        count = len(list(group))
        steps = {1: [""], 2: [", attention", ", MLP"]}.get(count, [f", step {step}" for step in range(1, count + 1)])
        names += ["embedding"] if layer is None else [f"layer {layer}{step}" for step in steps]
    return names


def stream(inside: Inside, labels: list[str]) -> str:
    """How long every token's vector is on its way, and what the sublayers give."""
    if not inside.stream:
        return "<p>The pass did not get to the first layer.</p>"
    layers = [layer for layer, _ in inside.stream]
    norms = torch.stack([norms for _, norms in inside.stream])
    # Every layer's number stands under the last of its points.
    ends = [layer != after for layer, after in itertools.zip_longest(layers, layers[1:], fillvalue=-1)]
    ticks = ["in" if layer is None else str(layer) * end for layer, end in zip(layers, ends, strict=True)]
    lines = [*(("each", token) for token in norms.T), ("mean", norms.mean(dim=1))]
    figures = [
        chart(lines, ticks, "after layer")
        + "<figcaption>The norm of the stream: every token, and (thick) their mean.</figcaption>"
    ]
    rows = list(zip(stream_names(layers), norms, strict=True))
    lines, count = [], 0
    for sublayer, name, kind in (("attn", "attention", "mean"), ("mlp", "MLP", "mean dashed")):
        given = [(layer, values) for (layer, which), values in inside.given.items() if which == sublayer]
        if given:
            rows += [(f"layer {layer}: {name} gives", values) for layer, values in given]
            lines.append((kind, torch.stack([values.mean() for _, values in given])))
            count = max(count, len(given))
    if lines:
        figures.append(
            chart(lines, [*map(str, range(count))], "layer")
            + "<figcaption>What the sublayers give, mean over tokens: attention (solid, circles), MLP (dashed, "
            "squares). A block may scale or norm it before it is added.</figcaption>"
        )
    head = ["norm of", *(f"{place} {token_cell(label)}" for place, label in enumerate(labels))]
    body = [[name, *(f"{value:.3g}" for value in values.tolist())] for name, values in rows]
    charts = "".join(element("figure", figure) for figure in figures)
    return (
        element("div", charts, class_="charts")
        + f"<details><summary>Every token's numbers</summary>{table(head, body, numbers=range(1, len(head)))}</details>"
    )


def predictions(logits: Tensor | None, labels: list[str], tokenizer: Tokenizer) -> str:
    """What the model holds likely to follow each token, and what does."""
    if logits is None:
        return "<p>The pass did not get to the logits.</p>"
    probability, chosen = logits.double().softmax(dim=-1).topk(min(5, logits.size(-1)))
    body = []
    for place, (label, following) in enumerate(itertools.zip_longest(labels, labels[1:], fillvalue="")):
        likely = (
            f"{token_cell(label_of(token, tokenizer))}<small>{share:.1%}</small>"
            for token, share in zip(chosen[place].tolist(), probability[place].tolist(), strict=True)
        )
        body.append([str(place), token_cell(label), token_cell(following), *likely])
    ranks = ["likeliest", "2nd", "3rd", "4th", "5th"][: chosen.size(-1)]
    return table(["", "after", "comes", *ranks], body, numbers=range(0))


def intermediates(inside: Inside) -> str:
    """The rows, a part for what is before the layers, for each layer, and for what is after them."""
    parts = []
    for title, rows in by_layer(inside.rows):
        body = [
            [
                element("code", escape(row.name)),
                " x ".join(map(str, row.shape)) or "-",
                row.dtype,
                *(number(value) for value in (row.mean, row.std, row.absmax)),
                hidden(row),
                escape(row.module or "the model"),
                escape(f"{row.function}, {row.file}:{row.line}"),
            ]
            for row in rows
        ]
        head = ["name", "shape", "dtype", "mean", "std", "absmax", "not counted", "module", "where"]
        summary = f"{title.capitalize()}: {len(rows)}"
        parts.append(f"<details><summary>{summary}</summary>{table(head, body, numbers=range(3, 6))}</details>")
    return "".join(parts) or "<p>The pass did not get to any.</p>"


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
    data = {
        "tokens": labels,
        "weights": [numbers_of(weights) for layer in sorted(inside.weights) for weights in inside.weights[layer]],
    }
    parts = {
        "title": escape(heading),
        "heading": escape(heading),
        "about": escape(about),
        "stopped": element("p", f"<strong>{escape(stopped)}</strong>") if stopped else "",
        "tokens": "".join(
            f"<li>{token_cell(label)}<small>{place}: {token}</small></li>"
            for place, (label, token) in enumerate(zip(labels, inside.tokens, strict=True))
        ),
        "attention_note": escape(attention_note),
        "attention": attention(inside, layers),
        "stream": stream(inside, labels),
        "predictions": predictions(inside.logits, labels, tokenizer),
        "intermediates": intermediates(inside),
        # In a script, nothing but a "<" could end it.
        "data": json.dumps(data, separators=(",", ":")).replace("<", "\\u003c"),
    }
    # All at once: a text that looks like a place to fill stays a text.
    return re.sub(r"\{\{(\w+)\}\}", lambda found: parts[found[1]], TEMPLATE.read_text(encoding="utf-8"))
