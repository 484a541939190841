"""Run the notebooks from top to bottom, each in a kernel of its own, and see that they show what they should.

examples:
  python -m scripts.notebooks                  all of them, as CI does: nothing is written
  python -m scripts.notebooks norms flash      those whose name has one of these words in it
  python -m scripts.notebooks --impl learn     on your code, where it is written
  python -m scripts.notebooks --write          and keep what came out in the .ipynb files

A notebook is a text, notebooks/NAME.py, paired by jupytext with NAME.ipynb, which has the outputs too. It fails by an
error, by anything on standard error (a warning, say), by a figure with nothing in it, by having no figure at all, and
where the .ipynb beside it is not that of the text. `make notebooks` opens them in JupyterLab.
"""

import contextlib
import functools
import multiprocessing
import os
import re
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from scripts.project import ROOT, Parser, UsageError, at_least, run_command
from scripts.training.text.files import written_whole

NOTEBOOKS = ROOT / "notebooks"
SECONDS = 600  # for one cell, on however slow a machine
SLIDERS = "application/vnd.jupyter.widget-view+json"

# Run before the first cell: to show a figure that has nothing in it is worth a warning.
LOOK_INTO_FIGURES = """
def see_that_figures_have_something_in_them():
    import warnings
    from matplotlib.backend_bases import FigureCanvasBase
    print_figure = FigureCanvasBase.print_figure

    def looked_into(canvas, *args, **kwargs):
        shown = [axes for axes in canvas.figure.axes if axes.get_visible() and axes.axison]
        empty = [axes.get_title() or "without a title" for axes in shown if not axes.has_data()]
        if not shown or empty:
            warnings.warn(f"there is nothing in a figure: {', '.join(empty) or 'it has no axes'}")
        return print_figure(canvas, *args, **kwargs)

    FigureCanvasBase.print_figure = looked_into

see_that_figures_have_something_in_them()
"""


def parser() -> Parser:
    parser = Parser(prog="python -m scripts.notebooks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="a part of a notebook's name (default: all)")
    parser.add_argument(
        "--impl", default="reference", metavar="learn|reference|PATH", help="whose code (default: reference)"
    )
    parser.add_argument("--write", action="store_true", help="keep the outputs in the .ipynb files")
    parser.add_argument("--jobs", type=at_least(1), default=1, metavar="N", help="run so many at a time (default: 1)")
    return parser


def chosen(names: list[str]) -> list[Path]:
    """The notebooks that are meant. Raises `UsageError` where a name means none."""
    paths = sorted(NOTEBOOKS.glob("*.py"))
    strangers = [name for name in names if not any(name in path.stem for path in paths)]
    if strangers:
        there = ", ".join(path.stem for path in paths)
        raise UsageError(f"no notebook is called {strangers[0]!r}; there are {there}")
    return [path for path in paths if not names or any(name in path.stem for name in names)]


def executed(notebook, impl: str):
    """Run a notebook's cells in order, in place, with IMPL set to `impl`. Raises nbclient's `CellExecutionError`."""
    import nbformat
    from jupyter_client import AsyncKernelManager
    from nbclient import NotebookClient

    sources = [cell.source for cell in notebook.cells]
    for cell in notebook.cells:
        cell.source = re.sub(r'^IMPL = "\w+"', f"IMPL = {impl!r}", cell.source, flags=re.MULTILINE)
    notebook.cells.insert(0, nbformat.v4.new_code_cell(LOOK_INTO_FIGURES))
    with tempfile.TemporaryDirectory() as folder:
        # Through sockets in a folder of its own, where the system has them: a port could be another kernel's too.
        sockets = {} if os.name == "nt" else {"transport": "ipc", "ip": str(Path(folder, "kernel"))}
        kernel = AsyncKernelManager(kernel_name="python3", **sockets)
        options = {"timeout": SECONDS, "extra_arguments": ["--log-level=ERROR"]}
        options |= {
            "store_widget_state": False,
            "coalesce_streams": True,
            "resources": {"metadata": {"path": str(NOTEBOOKS)}},
        }
        client = NotebookClient(notebook, kernel, **options)
        # What a slider shows goes into its cell like everything else. nbclient would keep it beside the notebook, where
        # no error in it is seen, and now and then waits for ever when it tells the kernel so.
        client.widget_registry = {}
        client.execute(cleanup_kc=True)
    del notebook.cells[0]
    for number, (cell, source) in enumerate(zip(notebook.cells, sources, strict=True), start=1):
        cell.source = source
        # What would differ every time: a name drawn at random, when it ran, and as the how-many-th of the kernel.
        cell.id = f"cell-{number}"
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            cell.execution_count = number
    return notebook


def without_sliders(notebook):
    """The notebook without what its sliders show: they need a kernel, and what they begin with stands above them."""
    for cell in notebook.cells:
        if any(SLIDERS in output.get("data", {}) for output in cell.get("outputs", ())):
            cell.outputs = []
    return notebook


def complaints(notebook) -> list[str]:
    """What is wrong with the outputs."""
    found = []
    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    for output in outputs:
        if output.output_type == "stream" and output.name == "stderr":
            found.append(f"something went to standard error: {output.text.strip()[:500]}")
        if output.output_type == "error":  # a slider's: it does not end the cell
            found.append(f"{output.ename}: {output.evalue}")
    if not any("image/png" in output.get("data", {}) for output in outputs):
        found.append("it shows no figure")
    return found


def run(path: Path, impl: str, write: bool) -> list[str]:
    """Run one notebook. Returns what is wrong with it."""
    import jupytext
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    notebook, pair = jupytext.read(path), path.with_suffix(".ipynb")
    try:
        found = complaints(executed(notebook, impl))
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
        return [re.sub(r"\x1b\[[\d;]*m", "", str(error))]
    if write and not found:
        with written_whole(pair) as file:
            file.write(jupytext.writes(without_sliders(notebook), fmt="ipynb").encode())
    elif not pair.exists() or sources_of(jupytext.read(pair)) != sources_of(notebook):
        found.append(f"{pair.name} is not that of {path.name}: python -m scripts.notebooks --write {path.stem}")
    return found


def sources_of(notebook) -> list[tuple[str, str]]:
    return [(cell.cell_type, cell.source) for cell in notebook.cells]


def main(argv=None) -> int:
    options = parser().parse_args(argv)
    paths = chosen(options.names)
    try:
        import jupytext  # noqa: F401
        import nbclient  # noqa: F401
    except ImportError as error:
        raise UsageError(
            "notebooks need Jupyter: .venv/bin/python -m pip install -c constraints.txt -e '.[notebooks]'"
        ) from error
    failed, work = 0, functools.partial(timed, impl=options.impl, write=options.write)
    with contextlib.ExitStack() as stack:
        map_over = map
        if options.jobs > 1:
            context = multiprocessing.get_context("spawn")
            map_over = stack.enter_context(ProcessPoolExecutor(options.jobs, mp_context=context)).map
        for path, (found, seconds) in zip(paths, map_over(work, paths), strict=True):
            print(f"{path.stem:32} {'FAILED' if found else 'ok':>6} {seconds:6.1f} s", flush=True)
            for complaint in found:
                print(complaint)
            failed += bool(found)
    return 1 if failed else 0


def timed(path: Path, impl: str, write: bool) -> tuple[list[str], float]:
    """Run one notebook. Returns what is wrong with it, and the seconds that it took."""
    started = time.perf_counter()
    return run(path, impl, write), time.perf_counter() - started


if __name__ == "__main__":
    sys.exit(run_command(main))
