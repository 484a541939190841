"""What an ablation has found: as a table and sentences for people, and as pictures."""

import itertools
from collections.abc import Iterator
from pathlib import Path

from scripts.looking.readable import count, loss_text

from .ablation import name_of, shown_value

COLUMNS = ("", "loss", "95 %", "accuracy", "behind the best", "weights", "ms a step", "steps", "FLOPs")
CURVES = 7  # that can still be told apart


def row(entry: dict) -> list[str]:
    """One of the ranking, as text."""
    reach = "" if entry["low"] is None else f"± {entry['high'] - entry['mean']:.4f}"
    difference = entry["behind"]
    behind = "" if not difference else f"{difference['mean']:.4f}"
    if difference and difference["low"] is not None:
        behind = f"{difference['low']:+.4f} to {difference['high']:+.4f}{'' if difference['apart'] else ' ~'}"
    took = entry.get("milliseconds")
    time = "" if took is None else f"{took:.3g}" if took < 100 else f"{took:,.0f}"
    answers = entry.get("accuracy")
    right = [] if answers is None else [f"{answers['mean']:.3f}{spread(answers)}"]
    costs = count(entry["parameters"]), time, f"{entry['steps']:,}", f"{entry['flops']:.2e}"
    return [name_of(entry["settings"]), loss_text(entry["mean"], "diverged"), reach, *right, behind, *costs]


def spread(entry: dict) -> str:
    """Half of an interval, where there is one."""
    return "" if entry["low"] is None else f" ± {entry['high'] - entry['mean']:.3f}"


def columns(report: dict) -> list[str]:
    """Those of the table: the accuracy, too, where the data ask for something."""
    answers = any("accuracy" in entry for entry in report["ranking"])
    return [name for name in COLUMNS if answers or name != "accuracy"]


def sentences(report: dict) -> Iterator[str]:
    """What the ranking says, and what it does not."""
    ranking, seeds = report["ranking"], report["seeds"]
    compared = [entry for entry in ranking if entry["behind"]]
    if compared and seeds == 1:
        yield "From one seed, nothing can be told apart from chance; give more with --seeds."
    elif compared:
        best = name_of(ranking[0]["settings"])
        for what, apart in (("Not told apart from", False), ("By more than chance worse than", True)):
            names = [name_of(entry["settings"]) for entry in compared if entry["behind"]["apart"] == apart]
            if names:
                yield f"{what} the best, {best}: {'; '.join(names)}."
        yield (
            f"Compared seed by seed, by Student's t over {seeds} differences; 5 % is for all comparisons together, "
            f"{len(compared)} here (Holm). ~ marks what is not told apart. Each interval by itself is one of 95 %."
        )
    if any(entry.get("milliseconds") for entry in ranking):
        yield "ms a step: the median over the seeds, of trials that ran side by side; --processes 1 runs them alone."
    for entry in ranking:
        if diverged := entry["losses"].count(None):
            yield f"Ranked last: {name_of(entry['settings'])}, which diverged from {diverged} of {seeds} seeds."


def about(report: dict) -> str:
    base = ", ".join(f"{name} {shown_value(value)}" for name, value in report["base"].items())
    return f"Base: {base}. Equal {'FLOPs' if report['equal'] == 'flops' else 'steps'}, {report['seeds']} seeds."


def refusals(report: dict) -> list[str]:
    return [f"{name_of(entry['settings'])}: {entry['reason']}" for entry in report["refused"]]


def markdown(report: dict) -> str:
    lines = [f"# Ablation: {' x '.join(report['axes'])}", "", about(report), "", "```console"]
    lines += [f"$ {report['command']}", "```", ""]
    lines += ["The loss is that on the held-out text at the end, in nats per token, a mean over the seeds.", ""]
    heads = columns(report)
    lines += [f"| {' | '.join(('', *heads))} |", f"|---:|---|{'---:|' * (len(heads) - 1)}"]
    lines += [f"| {entry['rank']} | {' | '.join(row(entry))} |" for entry in report["ranking"]]
    lines += ["", *(line for sentence in sentences(report) for line in (sentence, ""))]
    if report["refused"]:
        lines += ["Refused, and not run:", "", *(f"- {refusal}" for refusal in refusals(report)), ""]
    lines += [f"![{name}]({file})" for name, file in report["files"].items() if file.endswith(".png")]
    return "\n".join(lines) + "\n"


def show(report: dict, console) -> None:
    from rich.table import Table

    table = Table(box=None, padding=(0, 2, 0, 0))
    table.add_column("", justify="right")
    for name in columns(report)[:-1]:  # FLOPs are in the files
        table.add_column(name, justify="right" if name else "left")
    for entry in report["ranking"]:
        table.add_row(str(entry["rank"]), *row(entry)[:-1])
    console.print(table)
    for sentence in sentences(report):
        console.print(sentence, highlight=False, markup=False)


def draw_ranking(figure, report: dict) -> None:
    """Means with their intervals, best at the top."""
    whole = [entry for entry in report["ranking"] if entry["mean"] is not None]
    axes = figure.subplots()
    for height, entry in enumerate(whole):
        axes.plot(entry["losses"], [height] * len(entry["losses"]), "|", color="0.5")
        reach = None if entry["low"] is None else entry["high"] - entry["mean"]
        axes.errorbar(entry["mean"], height, xerr=reach, fmt="o", color="black", capsize=3)
    axes.set_yticks(range(len(whole)), [name_of(entry["settings"]) for entry in whole])
    axes.invert_yaxis()
    axes.set(xlabel="loss on the held-out text, nats per token")
    several = report["seeds"] > 1
    axes.set_title("mean and 95 % interval; strokes: the seeds" if several else "one seed", fontsize="medium")


def curves_of(report: dict, entry: dict) -> tuple[list[float], list[list[float]]]:
    """How far it was trained, in what is equal, and the training loss there, from every seed. As far as all seeds go:
    what diverged ends early."""
    trials = [trial for trial in report["trials"] if trial["settings"] == entry["settings"]]
    places = zip(*(trial["losses"] for trial in trials), strict=False)
    rows = list(itertools.takewhile(lambda losses: None not in losses, places))
    unit = entry["flops"] / entry["steps"] if report["equal"] == "flops" else 1
    return [step * unit for step, _ in zip(trials[0]["steps"], rows, strict=False)], list(zip(*rows, strict=True))


def draw_curves(figure, report: dict) -> None:
    """The training losses of the best: means over the seeds; and seed by seed how far they are behind the best one,
    with the spread from the lowest to the highest."""
    import numpy

    left, right = figure.subplots(1, 2)
    chosen = report["ranking"][:CURVES]
    first, best = curves_of(report, chosen[0])
    for entry in chosen:
        reached, curves = curves_of(report, entry)
        (line,) = left.plot(reached, numpy.mean(curves, axis=0), label=name_of(entry["settings"]))
        if entry is not chosen[0]:
            pairs = zip(curves, best, strict=True)
            behind = [curve - numpy.interp(reached, first, of_best) for curve, of_best in pairs]
            style = {"color": line.get_color(), "linestyle": line.get_linestyle()}
            right.plot(reached, numpy.mean(behind, axis=0), **style)
            right.fill_between(reached, numpy.min(behind, axis=0), numpy.max(behind, axis=0), alpha=0.15, **style)
    right.axhline(0, color="black")
    measure = "floating-point operations" if report["equal"] == "flops" else "optimizer steps"
    left.set(xlabel=measure, ylabel="training loss, nats per token")
    right.set(xlabel=measure, ylabel="behind the best, nats per token")
    some = f"the best {CURVES} of {len(report['ranking'])}" if len(report["ranking"]) > CURVES else "all"
    left.set_title(f"{some}, means over the seeds", fontsize="medium")
    right.set_title(f"minus {name_of(chosen[0]['settings'])}", fontsize="medium")
    left.legend(fontsize="small")


def draw_heat_map(figure, report: dict) -> None:
    """The mean losses of two axes' values, rows and columns; refused and diverged ones are left white."""
    (down, rows), (across, columns) = report["axes"].items()
    many = len(columns) > 4
    means = {tuple(entry["settings"].values()): entry["mean"] for entry in report["ranking"]}
    table = [[means.get((one, other)) for other in columns] for one in rows]
    axes = figure.subplots()
    numbers = [[float("nan") if mean is None else mean for mean in line] for line in table]
    image = axes.imshow(numbers, aspect="auto")
    for y, line in enumerate(table):
        for x, mean in enumerate(line):
            dark = mean is not None and image.norm(mean) < 0.5
            axes.text(
                x,
                y,
                "-" if mean is None else f"{mean:.3f}",
                ha="center",
                va="center",
                color="white" if dark else "black",
            )
    axes.set_xticks(range(len(columns)), map(shown_value, columns), **({"rotation": 30, "ha": "right"} if many else {}))
    axes.set_yticks(range(len(rows)), map(shown_value, rows))
    axes.set(xlabel=across, ylabel=down)
    axes.grid(False)
    figure.colorbar(image, label="loss, nats per token")


def draw(report: dict, folder: Path) -> None:
    """The pictures that the report names."""
    from scripts.looking.pictures import drawn_into

    kinds = {"ranking": draw_ranking, "curves": draw_curves, "heat_map": draw_heat_map}
    height = max(3.5, 1 + 0.25 * len(report["ranking"]))
    for name, draw_one in kinds.items():
        if name in report["files"]:
            with drawn_into(folder / report["files"][name], figsize=(8, height)) as figure:
                draw_one(figure, report)
