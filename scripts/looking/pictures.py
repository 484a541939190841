"""How figures look: in notebooks and in reports, legible in black and white, with units on the axes."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import matplotlib
from cycler import cycler
from matplotlib.figure import Figure

from scripts.training.text.files import written_whole

# Told apart by the kind of line as well as by colour; from the eighth on, a colour comes with another kind of line. The
# colours are Okabe and Ito's, which colour-blind people tell apart, from dark to light.
COLOURS = ["#000000", "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"]
LINES = ["-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 3)), (0, (8, 3))]
LOOK = {
    "axes.prop_cycle": cycler(color=COLOURS * 7)
    + cycler(linestyle=[line for first in range(7) for line in LINES[first:] + LINES[:first]]),
    "axes.grid": True,
    "grid.alpha": 0.3,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "figure.constrained_layout.use": True,
    "figure.constrained_layout.w_pad": 0.1,  # inches
    "figure.figsize": (8, 3.5),
    "figure.dpi": 100,
    "legend.frameon": False,
    "image.cmap": "cividis",  # grows evenly in lightness
    "image.interpolation": "nearest",
}
MARKERS = "osD^vP*X<"  # for curves that are more than there are lines, or that run close together


def use_look() -> None:
    """From now on, in a notebook."""
    matplotlib.rcParams.update(LOOK)


@contextlib.contextmanager
def drawn_into(path: Path, **options) -> Iterator[Figure]:
    """A figure to draw on, which is written to a PNG file at the end; `options` are those of a figure."""
    with matplotlib.rc_context(LOOK):
        figure = Figure(**options)  # belongs to no window
        yield figure
        with written_whole(path) as file:
            figure.savefig(file, format="png", dpi=120)
