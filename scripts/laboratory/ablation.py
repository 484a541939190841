"""An ablation: every combination of the values of some settings, trained from several seeds each, and ranked."""

import contextlib
import math
import re
import statistics
from argparse import Namespace
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields, replace

from reference.config import GPTConfig
from reference.optimization.schedules import SCHEDULES
from scripts.project import UsageError, did_you_mean, some
from scripts.project.implementation import on_meta
from scripts.training import settings
from scripts.training.models import choices
from scripts.training.optimizing import OLD_NAMES, OPTIMIZERS, RATES, require_known_rates
from scripts.training.settings import Settings, schedule_of, settings_of

from .chance import estimate, holm
from .grid import Advance, Result, Trial, grid_of

# What can be an axis besides the fields of the configuration; of the first ones, all values are known.
NAMED = {"optimizer": list(OPTIMIZERS), "schedule": [name for name in SCHEDULES if name not in OLD_NAMES]}
OTHERS = (
    *RATES,
    "model",
    "depth",
    "warmup_iters",
    "min_lr_ratio",
    "clip",
    "qk_clip",
    "batch_size",
    "total_batch_size",
    "dtype",
)
FIELDS = tuple(entry.name for entry in fields(GPTConfig))
STRETCHES = 50  # of a training, for each of which the mean loss is kept


def axis_of(text: str) -> tuple[str, list[dict]]:
    """What `--axis NAME` or `--axis NAME=A,B` means: for every value the flag that it is, read as scripts.train reads
    it. Where values have commas in them, a semicolon stands between them. Raises `UsageError`."""
    name, equals, given = text.partition("=")
    name = name.replace("-", "_")
    name = OLD_NAMES.get(name, name)
    known = (*FIELDS, *NAMED, *OTHERS)
    if name not in known:
        hint = did_you_mean(name, known)
        raise UsageError(f"--axis {name}: {hint}choose a field of the configuration, or {', '.join((*NAMED, *OTHERS))}")
    values = [value.strip() for value in given.split(";" if ";" in given else ",")]
    values = [OLD_NAMES.get(value, value) for value in values]
    every = [] if name in OTHERS else NAMED.get(name) or [shown_value(value) for value in choices(name)]
    if not equals:
        values = every
        if not values:
            raise UsageError(f"--axis {name}: it has no list of values; give some, --axis {name}=A,B")
    # Names are known, and of some settings a value is several of them, with commas between, for the layers in turn.
    names = [] if "true" in every else every
    for word in (word.strip() for value in values for word in re.split("[,/]", value)):
        if names and word not in names:
            raise UsageError(
                f"--axis {name}: there is no {word!r}; {did_you_mean(word, names)}choose {some(names, 12)}"
            )
    if len(values) < 2 or len(set(values)) < len(values):
        raise UsageError(f"--axis {text}: give two or more values that differ, --axis {name}=A,B")
    flags = settings.parser("", prog="--axis")
    return name, [vars(flags.parse_args([f"--{name}={value}"])) for value in values]


def axes_of(texts: Iterable[str]) -> dict[str, list[dict]]:
    axes: dict[str, list[dict]] = {}
    for name, values in map(axis_of, texts):
        if name in axes:
            raise UsageError(f"--axis {name}: it is given twice; give all its values at once, --axis {name}=A,B")
        axes[name] = values
    return axes


@dataclass(frozen=True)
class Cell:
    """One combination."""

    values: dict  # by axis
    settings: Settings  # with the steps that it gets
    parameters: int
    flops_per_step: int

    @property
    def flops(self) -> int:
        """Of the whole training."""
        return self.flops_per_step * self.settings.max_iters

    def trial(self, seed: int) -> Trial:
        """The settings that are not the default."""
        default, asked = asdict(Settings()), asdict(replace(self.settings, seed=seed))
        return {name: value for name, value in asked.items() if value != default[name]}


def name_of(values: dict) -> str:
    """`pre + rmsnorm`: names say what they are; numbers and switches do not, and come with their axis."""
    names = (value if isinstance(value, str) else f"{axis} {shown_value(value)}" for axis, value in values.items())
    return " + ".join(names)


def shown_value(value) -> str:
    """As it is given on the command line."""
    if isinstance(value, float):
        return f"{value:g}"
    return str(value).lower() if value is None or isinstance(value, bool) else str(value)


def cell_of(values: dict, asked: Settings, implementation, vocabulary: int) -> Cell:
    """Build the model on the meta device and initialise it. Raises `UsageError` where that is refused."""

    from reference.optimization.training_flops import training_flops
    from scripts.training.architecture import count
    from scripts.training.loop import choose_device
    from scripts.workshop.teach.runs import accumulation_of, require_backend, with_vocabulary

    config = with_vocabulary(asked, vocabulary)
    require_backend(config, choose_device(asked.device))
    accumulation = accumulation_of(asked, config, processes=1)
    schedule = schedule_of(asked, accumulation)
    try:
        with on_meta():
            model = implementation.gpt.GPT(config)
            implementation.optimization.initialization.initialise(model)
            if asked.qk_clip is not None:
                implementation.optimization.qk_clip.QKClip(model, asked.qk_clip)
    except ValueError as error:
        raise UsageError(str(error)) from error
    require_known_rates(schedule.optimization, implementation)
    tokens = accumulation * asked.batch_size * config.max_seq_len
    return Cell(values, asked, count(model), tokens * training_flops(model))


def cells_of(
    options: dict, axes: dict[str, list[dict]], equal: str, vocabulary: int
) -> tuple[Cell, list[Cell], list[dict]]:
    """The base, every combination that there is, and those that are refused, with the reason.

    options: the flags of the base, as scripts.train reads them. equal: "steps", or "flops": then a combination gets as
    many steps as cost what the base's do, rounded. vocabulary: how many tokens the data need. Raises `UsageError` where
    the base itself cannot be.
    """
    from scripts.workshop.pieces.loading import load

    asked = settings_of(Namespace(**options))
    implementation = load(asked.impl)
    base = cell_of({}, asked, implementation, vocabulary)
    cells, refused = [], []
    for chosen in grid_of(axes):
        values = {axis: flag[axis] for axis, flag in chosen.items()}
        flags = {name: value for flag in chosen.values() for name, value in flag.items()}
        try:
            cell = cell_of(values, settings_of(Namespace(**options | flags)), implementation, vocabulary)
        except UsageError as error:
            refused.append({"settings": values, "reason": str(error)})
            continue
        if equal == "flops":
            steps = max(1, round(base.flops / cell.flops_per_step))
            cell = replace(cell, settings=replace(cell.settings, max_iters=steps))
        cells.append(cell)
    if not cells:
        raise UsageError(f"every combination is refused; the first one: {refused[0]['reason']}")
    return base, cells, refused


class Diverged(Exception):
    """The loss is no number any more."""


def train_trial(trial: Trial, advance: Advance) -> Result:
    """One training: the loss on the held-out text at the end, or None where it diverged, and then after which step;
    milliseconds of a step, None where there was one only; and the training loss on the way."""
    from scripts.training.loop import train
    from scripts.training.plan import Run
    from scripts.workshop.teach.runs import prepared

    device, config, corpus, schedule, implementation = prepared(Settings(**trial, check_shapes=False))
    run = Run()

    def on_step(run: Run) -> None:
        advance(1)
        if not math.isfinite(run.losses[-1]):
            raise Diverged

    def on_stage(stage: str) -> None:
        # The last step may have been the one that was too much.
        if stage == "sampling" and not math.isfinite(run.val_loss):
            raise Diverged

    with contextlib.suppress(Diverged):
        train(implementation, config, corpus, schedule, device, run, on_stage=on_stage, on_step=on_step)
    loss = run.val_loss if math.isfinite(run.val_loss) else None
    diverged = len(run.losses) if loss is None else None
    tokens = schedule.batch_size * schedule.accumulation * config.max_seq_len
    took = None if math.isnan(run.tokens_per_second) else round(1000 * tokens / run.tokens_per_second, 3)
    asked = {} if run.val_accuracy is None else {"accuracy": run.val_accuracy}
    return {"loss": loss, "diverged": diverged, "milliseconds": took, **asked, **curve_of(run.losses)}


def curve_of(losses: list[float]) -> dict:
    """The mean loss of every interval, and the steps at their ends."""
    count = min(STRETCHES, len(losses))
    ends = [(interval + 1) * len(losses) // count for interval in range(count)]
    means = [statistics.fmean(losses[first:last]) for first, last in zip([0, *ends], ends, strict=False)]
    return {"steps": ends, "losses": [round(mean, 4) if math.isfinite(mean) else None for mean in means]}


def ranked(cells: list[Cell], losses: list[list[float | None]]) -> list[dict]:
    """Best first, by the mean over the seeds; what diverged from some seed comes last. Every other one is compared with
    the best, seed by seed: the same seed means the same batches, so that what it brings falls out of the difference."""

    def place(index: int) -> tuple:
        whole = [loss for loss in losses[index] if loss is not None]
        return len(losses[index]) - len(whole), statistics.fmean(whole) if whole else math.inf

    order = sorted(range(len(cells)), key=place)
    whole = [index for index in order if None not in losses[index]]
    behind = {}
    for index in whole[1:]:
        pairs = zip(losses[index], losses[whole[0]], strict=True)
        behind[index] = asdict(estimate([loss - best for loss, best in pairs]))
    if behind and len(losses[0]) > 1:
        for difference, apart in zip(behind.values(), holm([each["p"] for each in behind.values()]), strict=True):
            difference["apart"] = apart
    return [
        {
            "rank": rank,
            "settings": cells[index].values,
            **(interval_of(losses[index]) if index in whole else {"mean": None, "low": None, "high": None}),
            "losses": losses[index],
            "behind": behind.get(index),
            "parameters": cells[index].parameters,
            "steps": cells[index].settings.max_iters,
            "flops": cells[index].flops,
        }
        for rank, index in enumerate(order, start=1)
    ]


def outcome(cells: list[Cell], seeds: Sequence[int], results: list[Result]) -> dict:
    """Every trial, and the ranking. results: seed by seed, of all cells."""
    runs = [{"settings": cell.values, "seed": seed} for seed in seeds for cell in cells]
    losses = [[result["loss"] for result in results[index :: len(cells)]] for index in range(len(cells))]
    trials = [run | result for run, result in zip(runs, results, strict=True)]
    ranking = ranked(cells, losses)
    for entry in ranking:
        # Trials of earlier versions have no time.
        times = [trial.get("milliseconds") for trial in trials if trial["settings"] == entry["settings"]]
        entry["milliseconds"] = statistics.median(times) if None not in times else None
        answers = [
            trial["accuracy"] for trial in trials if trial["settings"] == entry["settings"] and "accuracy" in trial
        ]
        if answers:
            entry["accuracy"] = interval_of(answers)
    return {"trials": trials, "ranking": ranking}


def interval_of(losses: list[float]) -> dict:
    return {name: value for name, value in asdict(estimate(losses)).items() if name != "p"}


def base_of(base: Cell) -> dict:
    """What all trials have in common, unless an axis says otherwise."""
    names = ("model", "data", "optimizer", "max_iters", "batch_size", "seed")
    changed = base.trial(base.settings.seed)
    changed |= changed.pop("overrides", {}) | changed.pop("rates", {})
    return {name: getattr(base.settings, name) for name in names} | changed
