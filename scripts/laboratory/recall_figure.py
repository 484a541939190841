"""The figure of the recall experiment: a row for each mixer, a panel for each number of pairs."""

from pathlib import Path
from statistics import fmean

from scripts.looking.pictures import COLOURS, MARKERS, drawn_into


def draw(cells: list[dict], path: Path) -> None:
    """Every seed's share of right answers as a small point, their mean as a large one, with its interval."""
    pairs, states = (sorted({cell[name] for cell in cells}) for name in ("pairs", "state"))
    accuracies: dict[str, list[float]] = {}
    for cell in cells:
        accuracies.setdefault(cell["attention_type"], []).append(cell["accuracy"])
    kinds = sorted(accuracies, key=lambda kind: fmean(accuracies[kind]))
    with drawn_into(path, figsize=(2 + 3.5 * len(pairs), 1.5 + 0.25 * len(kinds) * max(1, len(states) / 2))) as figure:
        panels = figure.subplots(1, len(pairs), sharey=True, squeeze=False)[0]
        for axes, count in zip(panels, pairs, strict=True):
            for place, state in enumerate(states):
                row = [cell for cell in cells if (cell["pairs"], cell["state"]) == (count, state)]
                # Those of one mixer lie one below the other.
                heights = [
                    kinds.index(cell["attention_type"]) + 0.3 - 0.6 * (place + 0.5) / len(states) for cell in row
                ]
                colour, marker = COLOURS[place % len(COLOURS)], MARKERS[place % len(MARKERS)]
                for cell, height in zip(row, heights, strict=True):
                    axes.plot(cell["seeds"], [height] * len(cell["seeds"]), ".", color=colour, markersize=3)
                    if cell["low"] is not None:
                        axes.plot([cell["low"], cell["high"]], [height] * 2, "-", color=colour, linewidth=0.8)
                means = [cell["accuracy"] for cell in row]
                axes.plot(means, heights, marker, color=colour, markersize=5, label=f"a head of {state} channels")
            axes.set(title=f"{count} pairs", xlabel="share of right answers", xlim=(-0.03, 1.03))
        panels[0].set_yticks(range(len(kinds)), kinds)
        panels[0].legend(loc="lower right", fontsize=8, frameon=True)
