"""The figure of the recall experiment: accuracy over the number of pairs, a panel for each size of the state."""

import itertools
from pathlib import Path

from scripts.looking.pictures import MARKERS, drawn_into


def draw(cells: list[dict], path: Path) -> None:
    states = sorted({cell["state"] for cell in cells})
    kinds = list(dict.fromkeys(cell["attention_type"] for cell in cells))
    with drawn_into(path, figsize=(1 + 4 * len(states), 4)) as figure:
        panels = figure.subplots(1, len(states), sharey=True, squeeze=False)[0]
        for axes, state in zip(panels, states, strict=True):
            for kind, marker in zip(kinds, itertools.cycle(MARKERS)):
                row = [cell for cell in cells if (cell["attention_type"], cell["state"]) == (kind, state)]
                if not row:
                    continue  # what has no state comes once
                pairs, mean = [cell["pairs"] for cell in row], [cell["accuracy"] for cell in row]
                axes.plot(pairs, mean, marker=marker, label=kind)
                if row[0]["low"] is not None:
                    axes.fill_between(pairs, *([cell[end] for cell in row] for end in ("low", "high")), alpha=0.15)
            axes.set(title=f"a head of {state} channels", xlabel="pairs", ylim=(0, 1.05))
            axes.set_xscale("log", base=2)
            axes.set_xticks(sorted({cell["pairs"] for cell in cells}))
            axes.get_xaxis().set_major_formatter(lambda value, _: f"{value:g}")
        panels[0].set_ylabel("right answers")
        panels[0].legend(fontsize=7)
