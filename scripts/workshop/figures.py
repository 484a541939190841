"""Figures: the tables of the READMEs that are counted or measured, written between markers.

    python -m scripts.workshop.figures                      write every region
    python -m scripts.workshop.figures --check              change nothing; exit 1 where a region is stale
    python -m scripts.workshop.figures --measure parity     measure first, by the command that figures.json names

A region stands between `<!-- figures: NAME -->` and `<!-- end -->`. What is counted is read from the course and from
the registries. What is measured stands in scripts/measuring/figures.json, with the command, the date and the versions.
"""

import importlib.metadata
import json
import os
import platform
import re
import shlex
import subprocess
import sys
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

from scripts.project import ROOT, Parser, UsageError, run_command, shown
from scripts.workshop.pieces import PIECES, TRACKS
from scripts.workshop.pieces.content import alternatives_of
from scripts.workshop.pieces.source import write_text

ON_GPUS = ROOT / "scripts" / "measuring" / "gpus"
MEASURED = ROOT / "scripts" / "measuring" / "figures.json"
READMES = ("README.md", *(f"{folder}/README.md" for folder in ("reference", "scripts", "notebooks", "tests")))
REGION = re.compile(r"(<!-- figures: ([\w-]+) -->\n)(.*?)(<!-- end -->)", re.DOTALL)
VERSIONS = ("torch", "transformers")


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(map(str, line))} |\n".replace("  ", " ") for line in lines)


def names(registry: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in registry)


def measured() -> dict[str, dict]:
    """By name, what was measured: command, date, machine, versions, note, and the report of the command."""
    return json.loads(MEASURED.read_text(encoding="utf-8"))


def provenance(name: str) -> str:
    """Where the figures of a region come from, as a paragraph."""
    facts = measured()[name]
    versions = ", ".join(f"{package} {version}" for package, version in facts["versions"].items())
    note = f" {facts['note']}" if facts["note"] else ""
    return f"\nMeasured by `{facts['command']}` on {facts['date']}: {facts['machine']}; {versions}.{note}\n"


def value(figure: float | Sequence[float] | None, form: str = "{:g}") -> str:
    """A figure, the range of several runs, or a dash where there is none."""
    if figure is None:
        return "-"
    return " to ".join(map(form.format, figure)) if isinstance(figure, list) else form.format(figure)


def tracks() -> str:
    rows = [(track.name, len(track.pieces), track.about, track.hours) for track in TRACKS]
    return table(("track", "pieces", "what you write", "hours"), rows)


def counts() -> str:
    from scripts.workshop.diagnose import all_mistakes
    from scripts.workshop.prove.mutants import known_survivors

    mistakes = all_mistakes()
    kinds = len({(mistake.piece, mistake.kind) for mistake in mistakes})
    alternatives = sum(len(alternatives_of(piece)) for piece in PIECES)
    survivors = sum(len(known_survivors(piece)) for piece in PIECES)
    rows = [
        ("pieces: functions to write", len(PIECES)),
        ("known mistakes: wrong versions of a piece that its check rejects and names", f"{len(mistakes):,}"),
        ("kinds of mistake: those of a piece that share an explanation count once", f"{kinds:,}"),
        ("other right versions: files in `alternatives/`, which the check accepts", alternatives),
        ("changes made by machine that `survivors.toml` lists as harmless, with the reason", survivors),
    ]
    return table(("what is counted", "how many"), rows)


def sizes() -> str:
    from scripts.workshop.pieces.sizes import size_of

    size = size_of(TRACKS[0])
    rows = [
        ("pieces", size["pieces"]),
        ("lines of code in their bodies", size["code_lines"]),
        ("words in their docstrings, those of their classes, and the outlines", f"{size['docstring_words']:,}"),
        ("lines to read for the whole model, from construction to the loss, comments included", size["reading_lines"]),
        ("files that these lines stand in", size["reading_files"]),
    ]
    return table(("chapter one", "how many"), rows)


def axes() -> str:
    from reference.attentions import ATTENTIONS
    from reference.attentions.backends.fused import BACKENDS
    from reference.attentions.composed import QK_NORMS
    from reference.encodings import POSITION_ENCODINGS
    from reference.encodings.scaling import ROPE_SCALINGS
    from reference.feed_forwards import FEED_FORWARDS
    from reference.feed_forwards.activations import ACTIVATIONS
    from reference.normalizations import NORMS
    from reference.optimization.initialization import INITS
    from reference.optimization.schedules import SCHEDULES
    from reference.placements import BLOCKS
    from reference.placements.refinements.head_gate import HEAD_GATES
    from reference.presets import PRESETS
    from scripts.training.optimizing import OPTIMIZERS

    registries = {
        "`normalization`, `qk_normalization`": ("NORMS", NORMS),
        "`norm_position`": ("BLOCKS", BLOCKS),
        "`attention_type`": ("ATTENTIONS", ATTENTIONS),
        "`attention_backend`": ("BACKENDS", BACKENDS),
        "`head_gate`": ("HEAD_GATES", HEAD_GATES),
        "`qk_norm`": ("QK_NORMS", QK_NORMS),
        "`position_encoding`": ("POSITION_ENCODINGS", POSITION_ENCODINGS),
        "`rope_scaling`": ("ROPE_SCALINGS", ROPE_SCALINGS),
        "`ffn_type`": ("FEED_FORWARDS", FEED_FORWARDS),
        "`activation`": ("ACTIVATIONS", ACTIVATIONS),
        "`init`": ("INITS", INITS),
        "`--schedule` of a training": ("SCHEDULES", SCHEDULES),
        "`--optimizer` of a training": ("OPTIMIZERS", OPTIMIZERS),
        "`--model`, each also as `NAME_tiny`": ("PRESETS", PRESETS),
    }
    rows = [(field, f"`{registry}`", names(sorted(found))) for field, (registry, found) in registries.items()]
    return table(("field", "registry", "values"), rows)


def parity() -> str:
    rows = [(row["model"], f"{row['max_diff']:.1e}") for row in measured()["parity"]["report"]["parity"]]
    half = -(-len(rows) // 2)
    pairs = [(*rows[i], *(rows[i + half] if i + half < len(rows) else ("", ""))) for i in range(half)]
    head = ("model", "largest difference", "model", "largest difference")
    return table(head, pairs) + provenance("parity")


def backends() -> str:
    from scripts.measuring.backend_pairs import COLUMNS, mark

    cells: dict[str, dict[str, str]] = {}
    for row in measured()["backends"]["report"]["backends"]:
        marks = "refused" if row["refused"] else " ".join(mark(row[column]) for column in COLUMNS)
        cells.setdefault(row["variant"], {})[row["backend"]] = marks
    (_, first), *_ = cells.items()
    rows = [(variant, *marks.values()) for variant, marks in cells.items()]
    return table(("", *first), rows) + provenance("backends")


def training() -> str:
    rows = [
        (
            row["shape"],
            *(value(row.get(ratio), "{:.2f}") for ratio in ("ratio", "plain_ratio", "fused_ratio", "floor")),
            *(value(row[peak], "{:.0f}") for peak in ("ours_peak_mb", "transformers_peak_mb")),
        )
        for row in measured()["training"]["report"]["rows"]
    ]
    head = (
        "model",
        "tokens/s, times transformers'",
        "times a hard-coded model's",
        "with one product for queries, keys, values",
        "times its floor",
        "peak MiB",
        "transformers' peak MiB",
    )
    return table(head, rows) + provenance("training")


def attention() -> str:
    report = measured()["attention"]["report"]
    found = {(row["kind"], row["phase"]): row for row in report["rows"] if row["T"] == 1024}
    rows = []
    for kind in dict.fromkeys(kind for kind, _ in found):
        trained, decoded = found.get((kind, "training"), {}), found.get((kind, "decoding"), {})
        peak = trained.get("peak_bytes")
        times = [value(row.get("ratio"), "{:.2f}") for row in (trained, decoded)]
        rows.append((kind, *times, value(peak and peak / 2**20, "{:.0f}")))
    head = ("T = 1,024", "forward and backward, times `manual`", "a token from the cache, times `manual`", "peak MiB")
    cache = "; ".join(f"{kind}: {size:,}" for kind, size in report["kv_bytes_per_token"].items())
    return table(head, rows) + f"\nBytes of cache per token and layer: {cache}.\n" + provenance("attention")


def decoding() -> str:
    rows = [
        (row["sequences"], row["prompt"], value(row["ratio"]), value(row.get("compiled_ratio")))
        for row in measured()["decoding"]["report"]["rows"]
        if row["kind"] == "multi-head"
    ]
    head = ("sequences", "tokens of the prompt", "cached, times full passes", "cached and compiled")
    return table(head, rows) + provenance("decoding")


def placements() -> str:
    rows = [
        (name, f"{row['params']:,}", *(f"{row[loss]:.2f}" for loss in ("first50", "last100", "max20", "min")))
        for name, row in measured()["placements"]["report"].items()
    ]
    head = ("placement", "parameters", "mean of the first 50 steps", "of the last 100", "max of the first 20", "min")
    return table(head, rows) + provenance("placements")


def gpus() -> str:
    """What `benchmark gpu` wrote, a row for each file."""
    reports = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(ON_GPUS.glob("*.json"))]
    if not reports:
        return "Nothing was measured on a GPU so far, and nothing of this project was ever tried on one.\n"
    head = ("GPU", "GPT-2, bf16: tokens/s", "MFU", "times transformers'", "peak MiB", "tests", "torch", "date")
    rows = [
        (
            report["device"],
            *(value(report["training"].get(name), form) for name, form in TRAINED_ON_GPU.items()),
            value(report["tests"].get("passed"), "{} passed"),
            report["torch"],
            report["date"],
        )
        for report in reports
    ]
    return table(head, rows)


TRAINED_ON_GPU = {"ours_tok_s": "{:,.0f}", "mfu": "{:.0%}", "ratio": "{:.2f}", "ours_peak_mb": "{:,.0f}"}

REGIONS = {
    function.__name__: function
    for function in (tracks, counts, sizes, axes, parity, backends, training, attention, decoding, placements, gpus)
}


def with_figures(text: str) -> str:
    """A README's text with every region written anew. Raises `ValueError` where nobody knows a region."""

    def written(found: re.Match) -> str:
        start, name, _, end = found.groups()
        if name not in REGIONS:
            raise ValueError(f"there is no figure called {name!r}; there are {', '.join(REGIONS)}")
        return start + REGIONS[name]() + end

    return REGION.sub(written, text)


def stale(path: Path) -> list[str]:
    """The names of a README's regions that are not what would be written now."""
    text = path.read_text(encoding="utf-8")
    pairs = zip(REGION.findall(text), REGION.findall(with_figures(text)), strict=True)
    return [before[1] for before, after in pairs if before != after]


def measure(name: str) -> None:
    """Run a measurement's command, and keep what it reports."""
    found = measured()
    if name not in found:
        raise UsageError(f"--measure {name}: choose one of {', '.join(found)}")
    command = shlex.split(found[name]["command"].removeprefix("python "))
    result = subprocess.run([sys.executable, *command, "--json"], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    if result.returncode:
        raise UsageError(f"{found[name]['command']}: exit status {result.returncode}; nothing was written")
    keep(name, json.loads(result.stdout.splitlines()[-1]))


def keep(name: str, report: dict) -> None:
    """Write a report into figures.json, with today's date, this machine and these versions."""
    found = measured()
    found[name] |= {
        "date": date.today().isoformat(),
        "machine": f"{os.cpu_count()} CPU cores, {platform.machine()}, {platform.system()}",
        "versions": {package: importlib.metadata.version(package) for package in VERSIONS},
        "report": report,
    }
    write_text(MEASURED, json.dumps(found, indent=1, ensure_ascii=False) + "\n")


def main(argv=None) -> int:
    parser = Parser(prog="python -m scripts.workshop.figures", description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 where a region is stale")
    parser.add_argument("--measure", metavar="NAME", nargs="+", default=[], help="measure these first: takes minutes")
    options = parser.parse_args(argv)
    for name in options.measure:
        measure(name)
    status = 0
    for readme in READMES:
        path = ROOT / readme
        text = path.read_text(encoding="utf-8")
        if names_of_stale := stale(path):
            print(f"{shown(path)}: {'stale' if options.check else 'written'}: {', '.join(names_of_stale)}")
            status = int(options.check)
        if not options.check:
            write_text(path, with_figures(text))
    return status


if __name__ == "__main__":
    sys.exit(run_command(main))
