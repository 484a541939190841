"""The figures of the norm-placement experiment."""

import math
from collections.abc import Sequence
from pathlib import Path

from matplotlib import ticker

from scripts.looking.pictures import drawn_into
from scripts.looking.readable import smoothed

from .grid import Result
from .placement import mean
from .xiong import DEPTHS

LOSS = "loss, nats per token"
BEYOND = 3  # times the first loss: higher up there is nothing to be told apart
Runs = dict[str, Sequence[Result]]  # of every cell, by its label, one run for each seed


def mean_losses(runs: Sequence[Result]) -> list[float]:
    """Step by step, over the seeds."""
    return [mean(losses) for losses in zip(*(run["losses"] for run in runs), strict=True)]


def legend_below(figure, axes) -> None:
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=min(len(labels), 4))


def cut_off(every_axes: Sequence, cells: Runs) -> None:
    """Let what diverges leave the picture, so that one can see the rest."""
    limit = BEYOND * max(runs[0]["losses"][0] for runs in cells.values())
    for axes in every_axes:
        values = [value for line in axes.lines for value in line.get_ydata()]
        if not all(value <= limit for value in values):
            axes.set_ylim(0.9 * min(filter(math.isfinite, values)), limit)
            axes.set_title(axes.get_title() + "\n(what diverges leaves the picture)")


def loss_curves(cells: Runs, path: Path) -> None:
    with drawn_into(path, figsize=(13, 4.5)) as figure:
        whole, first, last = figure.subplots(1, 3)
        for label, runs in cells.items():
            losses = mean_losses(runs)
            count = len(losses)
            steps = range(1, count + 1)
            whole.plot(steps, smoothed(losses, 0.98), label=label)
            first.plot(steps[:100], losses[:100], label=label, linewidth=1)
            last.plot(steps[-200:], smoothed(losses, 0.98)[-200:], label=label)
        whole.set(title="all steps, smoothed over some 50", xlabel="step", ylabel=LOSS)
        first.set(title="the first 100, as they are", xlabel="step", ylabel=LOSS)
        last.set(title="the last 200, smoothed over some 50", xlabel="step", ylabel=LOSS)
        cut_off((whole, first, last), cells)
        legend_below(figure, whole)


def average_loss(cells: Runs, path: Path) -> None:
    with drawn_into(path, figsize=(8, 4.5)) as figure:
        axes = figure.subplots()
        for label, runs in cells.items():
            total, averages = 0.0, []
            for count, loss in enumerate(mean_losses(runs), start=1):
                total += loss
                averages.append(total / count)
            axes.plot(range(1, len(averages) + 1), averages, label=label)
        axes.set(title="mean of all steps so far", xlabel="step", ylabel=LOSS)
        cut_off([axes], cells)
        legend_below(figure, axes)


def who_diverges(cells: dict[str, dict], path: Path) -> None:
    """A row for each placement, a column for each setting: how many seeds diverged, and where none did, the loss."""
    settings: dict[str, None] = {}
    found = {}
    for label, cell in cells.items():
        row = cell["settings"]["placement"]
        column = label.removeprefix(row).removeprefix(", ")
        settings[column] = None
        found[row, column] = cell
    rows = list(dict.fromkeys(place for place, _ in found))
    with drawn_into(path, figsize=(2 + 1.6 * len(settings), 1.2 + 0.4 * len(rows))) as figure:
        axes = figure.subplots()
        share = [[mean([float(lost) for lost in found[row, one]["diverged"]]) for one in settings] for row in rows]
        axes.imshow(share, cmap="Reds", vmin=0, vmax=1.5, aspect="auto")
        for y, row in enumerate(rows):
            for x, one in enumerate(settings):
                cell = found[row, one]
                lost, count = sum(cell["diverged"]), len(cell["diverged"])
                text = f"{lost} of {count}" if lost else f"{mean([run['last100'] for run in cell['runs']]):.2f}"
                axes.text(x, y, text, ha="center", va="center", fontsize=9)
        axes.set_xticks(range(len(settings)), [one.replace(", ", "\n") or "all as usual" for one in settings])
        axes.set_yticks(range(len(rows)), rows)
        axes.set_title("diverged, of so many seeds; elsewhere the loss\nof the last 100 steps")


def inside(cells: Runs, path: Path) -> None:
    """The stream and the gradients, layer by layer, at some moments of the first seed's training."""
    greys = ("0.75", "0.55", "0.3", "0.0")
    with drawn_into(path, figsize=(2.6 * len(cells) + 1, 6)) as figure:
        rows = figure.subplots(2, len(cells), sharey="row", sharex="col", squeeze=False)
        for column, (label, runs) in zip(rows.T, cells.items(), strict=True):
            for (step, found), grey in zip(runs[0]["inside"].items(), greys, strict=True):
                style = {"color": grey, "linestyle": "-", "marker": "o", "markersize": 3, "label": f"step {step}"}
                column[0].plot(range(len(found["stream"])), found["stream"], **style)
                column[1].plot(range(1, len(found["gradients"]) + 1), found["gradients"], **style)
            for axes, what in zip(column, ("stream", "gradients"), strict=True):
                lost = [step for step, found in runs[0]["inside"].items() if not all(map(math.isfinite, found[what]))]
                if lost:
                    note = f"no numbers in some layers\nat step {', '.join(map(str, lost))}"
                    axes.text(0.05, 0.95, note, va="top", transform=axes.transAxes, fontsize=8)
            column[0].set_title(label.replace(", ", "\n", 1))
            column[1].set_xlabel("layer")
        for axes in rows.flat:
            axes.set_yscale("log")
            axes.xaxis.set_major_locator(ticker.MaxNLocator(integer=True))
        rows[0, 0].set_ylabel("residual stream behind\nthe layer, root mean square")
        rows[1, 0].set_ylabel("gradient of the layer's\nweights, norm")
        figure.legend(*rows[0, 0].get_legend_handles_labels(), loc="outside upper center", ncols=len(greys))


def theory(prediction: dict, path: Path, n_layer: int = 16) -> None:
    """What was measured before the first step, beside what Xiong et al. predict."""
    with drawn_into(path, figsize=(13, 4.5)) as figure:
        stream, by_layer, by_depth = figure.subplots(1, 3)
        layers = range(1, n_layer + 1)
        for (placement, found), marker, line, colour in zip(
            prediction.items(), "so", ("--", "-"), ("#D55E00", "#000000"), strict=True
        ):
            style = {"linestyle": "", "marker": marker, "color": colour, "label": f"{placement}, measured"}
            stream.plot(layers, found[n_layer]["stream"], **style)
            by_layer.plot(layers, found[n_layer]["gradients"], **style)
            last = [found[depth]["gradients"][-1] for depth in DEPTHS]
            by_depth.plot(DEPTHS, last, **style)
            # The theory gives an order of size only: its line is laid through the middle of what was measured.
            shape = [depth**-0.5 if placement == "pre" else 1.0 for depth in DEPTHS]
            height = math.exp(mean([math.log(value / one) for value, one in zip(last, shape, strict=True)]))
            name = {"pre": "pre, predicted: as $1/\\sqrt{L}$", "post": "post, predicted: the same for every L"}[
                placement
            ]
            by_depth.plot(DEPTHS, [height * one for one in shape], linestyle=line, color=colour, label=name)
        stream.plot(layers, [1.5] * n_layer, linestyle="--", color="#D55E00", label="post, predicted: 3/2")
        low, high = ([1 + slope * layer / 2 for layer in layers] for slope in (1, 3))
        stream.fill_between(layers, low, high, color="0.85", label="pre, predicted: 1 + l/2 to 1 + 3l/2")
        stream.set(title=f"the residual stream, {n_layer} layers", xlabel="layer l", ylabel="squared norm over d")
        gradient = "norm of down_proj's gradient"
        by_layer.set(title=f"gradients, {n_layer} layers", xlabel="layer l", ylabel=gradient, ylim=(0, None))
        by_depth.set(title="the last layer's gradient", xlabel="number of layers L", ylabel=gradient)
        on_ticks(by_depth, DEPTHS)
        by_depth.set_yscale("log")
        by_depth.yaxis.set_major_locator(ticker.LogLocator(subs=(1, 2, 5)))
        by_depth.yaxis.set_major_formatter(ticker.FormatStrFormatter("%g"))
        by_depth.yaxis.set_minor_locator(ticker.NullLocator())
        for axes in (stream, by_layer, by_depth):
            axes.legend(fontsize=8)
        for axes in (stream, by_layer):
            axes.xaxis.set_major_locator(ticker.MaxNLocator(integer=True))


def on_ticks(axes, values: Sequence[float]) -> None:
    """A logarithmic axis on which just these values are marked."""
    axes.set(xscale="log", xticks=values, xticklabels=[f"{value:g}" for value in values])
    axes.xaxis.set_minor_locator(ticker.NullLocator())


def across(lines: dict[str, Sequence[dict]], axis: str, path: Path) -> None:
    """The end of the training over what was varied: mean over the seeds, and every seed as a dash. Where a seed has
    diverged, the mean means nothing: there is a cross at the top instead.

    lines: cells that differ in nothing else, by what they have in common.
    """
    values = sorted({cell["settings"][axis] for cells in lines.values() for cell in cells})
    with drawn_into(path, figsize=(8, 4.5)) as figure:
        axes = figure.subplots()
        for number, (label, cells) in enumerate(lines.items()):
            ends = {
                cell["settings"][axis]: [run["last100"] for run in cell["runs"]]
                for cell in sorted(cells, key=lambda cell: cell["settings"][axis])
                if not any(cell["diverged"])
            }
            (line,) = axes.plot(list(ends), list(map(mean, ends.values())), marker="o", label=label)
            style = {"linestyle": "", "color": line.get_color()}
            for value, losses in ends.items():
                axes.plot([value] * len(losses), losses, marker="_", **style)
            away = [cell["settings"][axis] for cell in cells if any(cell["diverged"])]
            # One under the other, where several have diverged.
            heights = [0.97 - 0.05 * number] * len(away)
            axes.plot(away, heights, marker="x", transform=axes.get_xaxis_transform(), **style)
            for value, height in zip(away, heights, strict=True):
                place = {"xy": (value, height), "xycoords": axes.get_xaxis_transform(), "va": "center", "fontsize": 7}
                axes.annotate(label, xytext=(6, 0), textcoords="offset points", **place)
        crosses = (
            "; crosses: diverged" if any(any(cell["diverged"]) for cells in lines.values() for cell in cells) else ""
        )
        axes.set(title=f"the last 100 steps: means; dashes: the seeds{crosses}", xlabel=axis, ylabel=LOSS)
        if min(values) > 0:
            on_ticks(axes, values)
        legend_below(figure, axes)
