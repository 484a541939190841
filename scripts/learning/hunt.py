"""Find a mistake by its symptoms: a known one is hidden in a copy of the model, and trained beside the right one."""

import difflib
import math
import os
import sys
from argparse import Namespace
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import asdict
from datetime import date
from typing import Any

from rich.console import Console

from scripts.project import UsageError, did_you_mean, json_line, printable, shown, wrapped
from scripts.training.models import named
from scripts.training.settings import Settings
from scripts.workshop.diagnose.verdicts import check_entries
from scripts.workshop.pieces import BY_ID, TRACKS
from scripts.workshop.pieces.board import read_board
from scripts.workshop.pieces.splice import reference_source
from scripts.workshop.teach import hunts
from scripts.workshop.teach.hunted_runs import Row, draw_here, in_a_process, part_of, side_by_side, train_here
from scripts.workshop.teach.hunts import LEVELS, Hunt
from scripts.workshop.teach.progress import Progress
from scripts.workshop.teach.status_file import remember
from scripts.workshop.teach.symptoms import Symptoms, visible

ACTIONS = ("list", "check", "train", "compare", "shapes", "give up")
FOUND, GIVEN_UP, OPEN = "found", "given up", "open"


def command(options: Namespace) -> int:
    asked = " ".join(options.what)
    if asked and not asked.isdecimal() and asked not in ACTIONS and hunts.begun(asked) is None:
        raise UsageError(
            f"learn hunt {asked!r}: {did_you_mean(asked, ACTIONS)}give the number or the name of a hunt, or one of "
            f"{', '.join(ACTIONS)}"
        )
    drawing = [name for name in ("seed", "level", "track") if getattr(options, name) is not None]
    if asked and drawing:
        raise UsageError(f"--{drawing[0]} draws a new hunt; it goes without {asked!r}")
    out = Console(stderr=options.json, highlight=False, markup=False, soft_wrap=True)
    if asked == "list":
        facts, status = show_list(out)
    elif asked in ACTIONS:
        work = {"check": check, "train": train, "compare": compare, "shapes": shapes, "give up": give_up}[asked]
        facts, status = work(current(), out)
    else:
        facts, status = begin(drawn(options) if drawing else chosen(asked), out)
    if options.json:
        print(json_line(facts))
    return status


def states() -> dict[str, dict]:
    return Progress().hunts


def state_of(hunt: Hunt) -> str:
    return states().get(hunt.name, {}).get("state", "not begun")


def settle(hunt: Hunt, state: str) -> None:
    """Remember what became of a hunt, also in STATUS.md."""
    progress = Progress()
    before = progress.hunts.get(hunt.name)
    if before is None or before["state"] == OPEN:
        answer = "" if state == OPEN else hunt.piece
        facts = {"state": state, "level": hunt.level, "track": hunt.track, "answer": answer}
        progress.hunts[hunt.name] = facts | {"date": date.today().isoformat()}
    remember(read_board(), progress)


def current() -> Hunt:
    hunt = hunts.latest()
    if hunt is None:
        raise UsageError("no hunt has begun; `learn hunt` begins the first one")
    return hunt


def chosen(asked: str) -> Hunt:
    """The hunt with that number or name; else the one that is open, or the first of the twelve that is not done."""
    twelve = hunts.curated()
    if asked:
        found = hunts.begun(asked) or next((hunt for hunt in twelve if hunt.name == asked), None)
        if found is None:
            raise UsageError(f"hunt {asked}: there are {len(twelve)}; `learn hunt list` shows them")
        return found
    latest, known = hunts.latest(), states()
    if latest and known.get(latest.name, {}).get("state", OPEN) == OPEN:
        return latest
    following = next((hunt for hunt in twelve if known.get(hunt.name, {}).get("state", OPEN) == OPEN), None)
    if following is None:
        raise UsageError("all twelve are done; `learn hunt --seed 1` draws another one, as would any number")
    return hunts.begun(following.name) or following


def drawn(options: Namespace) -> Hunt:
    """A hunt drawn with a seed; the one that was, where it has begun."""
    track = hunts.require_track(options.track or TRACKS[0].name)
    seed = options.seed if options.seed is not None else int.from_bytes(os.urandom(2))
    name = "-".join([track, *([options.level] if options.level else []), str(seed)])
    if (known := hunts.begun(name)) is not None:
        return known
    found = in_a_process(draw_here, seed, options.level, track)
    if found is None:
        raise UsageError(f"--seed {seed}: nothing that shows turned up in the track {track}; try another seed")
    piece, mistake, settings, level, shows = found
    if options.level not in (None, level):
        print(f"Nothing {options.level} turned up: this one is {level}.", file=sys.stderr)
    lesson = " ".join(map(hunts.reading, shows))
    return Hunt(name, level, piece, mistake, settings, "Something is wrong with this model.", shows, lesson)


def begin(hunt: Hunt, out: Console) -> tuple[dict, int]:
    """Hide the mistake, train both, and show what can be seen. What was done before is not done again."""
    hunt.hide()
    (hunt.folder / "hunt.json").touch()
    settle(hunt, OPEN)
    first = "copy" not in hunt.symptoms() and states().keys() == {hunt.name}
    known = trained(hunt)
    twelve = f" of {len(hunts.curated())}" if hunt.name.isdecimal() else ""
    out.print(f"Hunt {hunt.name}{twelve}   {hunt.level}   track {hunt.track}   {state_of(hunt)}\n")
    # All of these, so that one which is out of the ordinary does not stand out.
    usual = {"optimizer": Settings.optimizer, "schedule": "its own", "writer": Settings.writer}
    chosen = {**usual, **hunt.settings, **hunt.settings.get("overrides", {})}
    chosen = {name: value for name, value in chosen.items() if name != "overrides"}
    different = "".join(f", {name} {value}" for name, value in chosen.items())
    out.print(wrapped(f'"{hunt.complaint}"') + f"\n\n{wrapped(f'The model: {Settings.model}{different}.')}\n")
    show_symptoms(hunt, known["right"], known["copy"], out)
    model = shown(hunt.model)
    about = f"One piece in {model}/ is wrong. All of the model is there, also what you have not written yet."
    out.print("\n" + wrapped(about))
    out.print("Mend it there, any right way; then: learn hunt check")
    trace = f"python -m scripts.trace {shown(hunt.folder / 'right')} --impl {model}"
    if first:
        out.print(
            "To find it:\n"
            "  learn hunt compare   both models from the same weights, stage by stage\n"
            "  learn hunt shapes    of weights and outputs, beside the right ones\n"
            "  learn hunt train     train the copy as it is now, and see what has changed\n"
            f"  {trace}\n"
            "                       every intermediate of the copy, with the weights that\n"
            "                       the right one has learned, not training; without --impl,\n"
            "                       the right ones\n"
            "`learn hunt give up` tells. Comparing the files with reference/ would be cheating.\n"
            "* marks what is not the same."
        )
    else:
        out.print(f"Tools: learn hunt compare, shapes, train (see learn hunt --help), and\n  {trace}")
    return facts_of(hunt), 0


def trained(hunt: Hunt) -> dict[str, Symptoms]:
    """What both trainings have shown: at once where there is none yet, each in a process of its own."""
    if "right" not in hunt.symptoms():
        hunt.take_right()
    missing = [name for name in ("copy", "right") if name not in hunt.symptoms()]
    with ThreadPoolExecutor() as pool:
        runs = {name: pool.submit(in_a_process, train_here, hunt, name, name != missing[0]) for name in missing}
        # The reference's first: it comes to its end whatever the copy does.
        for name in reversed(missing):
            hunt.note(name, runs[name].result())
            if name == "right":
                hunt.keep_right()
    return hunt.symptoms()


def facts_of(hunt: Hunt) -> dict[str, Any]:
    """What --json says of a hunt: the answer only when it is known."""
    known, state = hunt.symptoms(), state_of(hunt)
    facts = {"hunt": hunt.name, "level": hunt.level, "track": hunt.track, "complaint": hunt.complaint, "state": state}
    facts |= {"folder": shown(hunt.model), "settings": hunt.settings}
    facts["symptoms"] = {name: asdict(found) for name, found in known.items()}
    if {"right", "copy"} <= known.keys():
        facts["visible"] = visible(known["right"], known["copy"])
    if state in (FOUND, GIVEN_UP):
        facts["answer"] = {"piece": hunt.piece, "mistake": hunt.mistake, "why": hunt.what.why, "lesson": hunt.lesson}
    return facts


def show_symptoms(hunt: Hunt, right: Symptoms, copy: Symptoms, out: Console, timed: bool = True) -> None:
    """timed: where both were trained beside each other, their speeds can be compared."""
    out.print(curves(right, copy))
    settings = hunt.run_settings("reference")
    config = named(settings.model, settings.tiny, **settings.overrides)
    out.print(f"{'':34}{'the copy':>20}{'the right one':>20}")

    def row(name: str, ours: str, theirs: str, marked: bool = True) -> None:
        out.print(f"{name:34}{ours:>20}{theirs:>20}{'  *' if marked and ours != theirs else ''}".rstrip())

    row("loss before the first step", f"{copy.init_loss:.3f}", f"{right.init_loss:.3f}")
    row("training loss, last steps", f"{copy.final_loss:.3f}", f"{right.final_loss:.3f}")
    row("loss on held-out text", f"{copy.val_loss:.3f}", f"{right.val_loss:.3f}")
    row("multiplications in a step", f"{copy.step_products:,}", f"{right.step_products:,}")
    row(
        f"multiplications, {config.max_seq_len - 1} tokens written",
        f"{copy.writing_products:,}",
        f"{right.writing_products:,}",
    )
    row("kept for the backward pass", f"{copy.saved_mb:.1f} MB", f"{right.saved_mb:.1f} MB")
    if timed and math.isfinite(right.tokens_per_second):
        row(
            "tokens per second, as it happened",
            f"{copy.tokens_per_second:,.0f}",
            f"{right.tokens_per_second:,.0f}",
            False,
        )
    if copy.peak_mb and right.peak_mb:
        row("peak memory, as it happened", f"{copy.peak_mb:.0f} MB", f"{right.peak_mb:.0f} MB", False)
    out.print("\ngradient norm: in the first step, and the median of all")
    for part in sorted(right.gradients | copy.gradients):
        row(f"  {part}", *(norms(found.gradients.get(part, []), found.gradient(part)) for found in (copy, right)))
    for name, found in (("the copy", copy), ("the right one", right)):
        written = printable(", ".join(text or "(nothing)" for text in found.samples[:6]) or "nothing")
        out.print(f"\n{name} writes: {written}")
    uniform = math.log(config.vocab_size)
    out.print(f"\nTo guess all {config.vocab_size} tokens alike costs ln {config.vocab_size} = {uniform:.3f}.")


def norms(steps: list[float], median: float) -> str:
    return f"{steps[0]:.3g}, {median:.3g}" if steps else "none"


def curves(right: Symptoms, copy: Symptoms) -> str:
    """Both losses over the steps, drawn with characters; up to where one is no number."""
    import plotext

    plotext.clear_figure()
    plotext.theme("clear")
    plotext.plotsize(76, 14)
    for name, losses in (("right", right.losses), ("copy", copy.losses)):
        finite = [loss for loss in losses if math.isfinite(loss)]
        plotext.plot(list(range(1, len(finite) + 1)), finite, marker="braille" if name == "copy" else "dot", label=name)
    plotext.title("training loss, nats per token")
    return plotext.uncolorize(plotext.build())


def show_list(out: Console) -> tuple[dict, int]:
    known, rows = states(), []
    for hunt in hunts.curated():
        state = known.get(hunt.name, {}).get("state", "not begun")
        rows.append({"hunt": hunt.name, "level": hunt.level, "track": hunt.track, "state": state})
        out.print(f"{hunt.name:>4}  {hunt.level:7} {hunt.track:11} {state:10} {hunt.complaint}")
    for name, facts in known.items():
        if not name.isdecimal():
            rows.append({"hunt": name, **{each: facts[each] for each in ("level", "track", "state")}})
            out.print(f"{name}  {facts['level']}  {facts['state']}")
    out.print(f"\nMore: learn hunt --seed 1 [--level {'|'.join(LEVELS)}] [--track NAME]")
    return {"hunts": rows}, 0


def check(hunt: Hunt, out: Console) -> tuple[dict, int]:
    """Whether the copy is right now: the piece in question, and whatever else was changed."""
    from .check import verdict_text

    changed = hunt.edited()
    theirs = read_board(hunt.model)[hunt.piece]
    entries = changed if any(entry.piece.id == hunt.piece for entry in changed) else [*changed, theirs]
    with closing(check_entries(entries, 20.0)) as checked:
        verdicts = list(checked)
    told = verdicts[: len(changed)]
    for verdict in told:
        out.print(verdict_text(verdict))
    right = all(verdict.status == "pass" for verdict in verdicts)
    if right:
        settle(hunt, FOUND)
        out.print(f"Right: {hunt.piece} is mended.\n")
        explain(hunt, out)
        known = states()
        left = any(known.get(each.name, {}).get("state", OPEN) == OPEN for each in hunts.curated())
        out.print(f"\nNext: learn hunt{'' if left else ' --seed 1'}")
    elif not changed:
        out.print(f"Nothing in {shown(hunt.model)}/ is changed yet, and one piece of it is wrong.")
    elif any(verdict.status != "pass" for verdict in told):
        out.print("Not yet: what you changed is not right.")
    else:
        out.print("Not yet: what you changed is right, and was so before. The mistake is somewhere else.")
    return {**facts_of(hunt), "right": right, "verdicts": [verdict.as_dict() for verdict in told]}, 0 if right else 1


def give_up(hunt: Hunt, out: Console) -> tuple[dict, int]:
    settle(hunt, GIVEN_UP)
    explain(hunt, out)
    out.print(f"\nThe copy stays in {shown(hunt.model)}/; mend it, and see: learn hunt train")
    return facts_of(hunt), 0


def explain(hunt: Hunt, out: Console) -> None:
    """What was hidden, where, and how its symptoms lead there."""
    mistake, piece = hunt.what, BY_ID[hunt.piece]
    right = reference_source(piece.module).text_of(piece.qualname).rstrip("\n")
    lines = difflib.unified_diff(
        hunt.wrong().rstrip("\n").split("\n"), right.split("\n"), "hidden", "right", lineterm="", n=1
    )
    out.print(f"Hidden in {piece.id} ({mistake.name}):\n")
    out.print("\n".join(line.rstrip() for line in list(lines)[3:]) + "\n")
    out.print(wrapped(mistake.why))
    known = hunt.symptoms()
    if {"right", "copy"} <= known.keys():
        out.print("\nWhat showed it:")
        for name, figures in visible(known["right"], known["copy"]).items():
            out.print(wrapped(f"{name}: {figures}"))
    if hunt.lesson:
        out.print("\n" + wrapped(hunt.lesson))


def train(hunt: Hunt, out: Console) -> tuple[dict, int]:
    """Train the copy as it stands now."""
    require_right(hunt)
    now = in_a_process(train_here, hunt, "copy")
    hunt.note("now", now)
    show_symptoms(hunt, hunt.symptoms()["right"], now, out, timed=False)
    return facts_of(hunt), 0


def compare(hunt: Hunt, out: Console) -> tuple[dict, int]:
    """Both models from the same weights, stage by stage."""
    found = both(hunt)
    stages = {
        "first weights": "First weights, drawn with the same seed",
        "learned weights": "The weights that the right one has learned, in both",
        "forward": "Forward, in training, from the weights that the right one has learned: what each module gives",
        "loss": "The loss of that",
        "backward": "Backward: the gradient of each weight",
        "step": "What one step of the optimizers changes",
        "writing": "What is written with these weights",
    }
    for stage, about in stages.items():
        rows = [row for row in found if row.stage == stage]
        if not rows:
            continue
        apart = [row for row in rows if not row.alike]
        alike = "all alike" if len(rows) > 1 else "the same"
        out.print(f"{about}: {f'{len(apart)} of {len(rows)} differ' if apart else alike}")
        # Of another shape first: all random numbers drawn after that are others, too.
        apart.sort(key=lambda row: row.same_shape)
        # Where all differs, the first of each part says so.
        shortened = {part_of(row.name): row for row in reversed(apart)}.values() if len(apart) > 12 else apart
        for row in sorted(shortened, key=apart.index):
            out.print(f"  {row.name:32} {row.copy}{f'; right {row.right}' if row.right else ''}{by(row)}")
        if len(apart) > len(shortened):
            out.print(f"  and {len(apart) - len(shortened)} more in the same parts (--json has all)")
        if apart and rows[0].alike:
            first = min(map(rows.index, apart))
            out.print(f"  The last before these that is alike: {rows[first - 1].name}")
    out.print(
        "\nrms: the root of the mean square of all elements. apart: the size of the\n"
        "difference over the size of the right one; two of one size can be far apart.\n"
        + wrapped(what_it_means({row.stage for row in found if not row.alike}, [row.same_shape for row in found]))
    )
    return {"hunt": hunt.name, "rows": [asdict(row) for row in found]}, 0


def what_it_means(apart: set[str], same_shape: list[bool]) -> str:
    """What the stages that are apart leave to be looked at."""
    if not all(same_shape):
        return (
            "Weights of another shape come first: whatever is drawn after one of them is drawn otherwise, too, and "
            "what the right model has learned does not fit. Look at those."
        )
    if not apart:
        return (
            "All is alike in the first step, and in what is written. What is left is what changes with the number of "
            "the step, and what comes behind the training."
        )
    if apart == {"writing"}:
        return "The model and its training are right. What is left is how a token is chosen, and what is read then."
    if apart <= {"step", "writing"}:
        return "What flows forward and back is right. What is left is what the optimizers make of the gradients."
    return (
        "Where a stage differs, what comes behind it mostly does as well: look at the first that does. The mistake is "
        "between it and the last that is alike."
    )


def by(row: Row) -> str:
    """How far apart two results are, for the size of the right one."""
    if not math.isfinite(row.apart):
        return ""
    return f"   apart by {row.apart:.0%}"


def shapes(hunt: Hunt, out: Console) -> tuple[dict, int]:
    """The shapes of weights, and of what the modules give."""
    found = [row for row in both(hunt) if row.stage in ("first weights", "forward")]
    rows = []
    for row in found:
        ours, theirs = (text.partition(" rms ")[0] for text in (row.copy, row.right))
        rows.append({"of": row.stage, "name": row.name, "copy": ours, "right": theirs})
        line = f"{'weight' if row.stage == 'first weights' else 'output':8}{row.name:32} {ours:16} "
        out.print((line + ("" if ours == theirs else f"right {theirs}")).rstrip())
    return {"hunt": hunt.name, "shapes": rows}, 0


def both(hunt: Hunt) -> list[Row]:
    require_right(hunt)
    print("running both ...", file=sys.stderr)
    return in_a_process(side_by_side, hunt)


def require_right(hunt: Hunt) -> None:
    """Train the right one, where that was interrupted."""
    if "right" not in hunt.symptoms() and not hunt.take_right():
        hunt.note("right", in_a_process(train_here, hunt, "right"))
        hunt.keep_right()
