"""Which learning rate? Train while it grows from step to step, and see where the loss falls, and where it breaks.

examples:
  python -m scripts.find_lr                               nanochat's optimizers: by what factor to change all rates
  python -m scripts.find_lr --optimizer adamw --model llama_tiny
  python -m scripts.find_lr --optimizer adamw --data poems.txt --high 1000 --max_iters 200

Every flag of scripts.train that says what is trained and how is one here too; --max_iters is how many steps are made.
All rates of the optimizer are multiplied by a factor that grows by the same ratio in each step. Where the smoothed loss
falls fastest is a good rate to begin with; the one where it is lowest is too large for a whole training already.

The range test of Smith 2015 (arXiv:1506.01186), section 3.3.
"""

import math
import sys
from argparse import Namespace
from pathlib import Path

from scripts.project import Parser, UsageError, json_line, number_of, run_command, shown

from .looking.readable import smoothed
from .training import settings
from .training.settings import Settings, settings_of
from .workshop.teach.runs import prepared, starting_model

BROKEN = 2.0  # how many times the lowest loss is enough to stop
# What is asked of a long run, and means nothing here.
OF_LONG_RUNS = ("schedule", "warmup_iters", "min_lr_ratio", "eval_every", "save_every", "keep", "resume", "parallel")
SMOOTHING = 0.9  # how much of the mean of the losses is kept


def parser() -> Parser:
    parser = settings.parser(__doc__, prog="python -m scripts.find_lr")
    add = parser.add_argument_group("which rates are tried").add_argument
    factor = number_of(1e-12, 1e12, "number greater than 0")
    add("--low", type=factor, default=0.001, metavar="X", help="the first factor (default: 0.001)")
    add("--high", type=factor, default=100.0, metavar="X", help="the last one (default: 100)")
    return parser


def losses_at(factors: list[float], asked: Settings, on_step) -> tuple[list[float], dict[str, float]]:
    """The training loss at each factor, up to where it breaks, and the rates that they multiply, by their flags."""
    import torch

    from .training.loop import batches_of
    from .training.optimizing import default_rates
    from .training.plan import Run
    from .training.processes import SINGLE
    from .training.trainer import Trainer

    start = starting_model(asked)
    device, config, corpus, schedule, implementation = prepared(asked, start=start)
    torch.manual_seed(schedule.seed)
    model = implementation.gpt.GPT(config).to(device)
    implementation.optimization.initialization.initialise(model)
    if start:
        model.load_state_dict(start.weights)
    trainer = Trainer(implementation, model, schedule.optimization, schedule.computation, SINGLE, device)
    trainer.set_up_optimizers()
    losses: list[float] = []
    lowest = math.inf
    for step, factor in enumerate(factors):
        trainer.set_rates(factor)
        loss, _ = trainer.step(batches_of(step, corpus, schedule, config.max_seq_len))
        if not math.isfinite(loss):
            break
        losses.append(loss)
        on_step(Run(losses=losses))
        lowest = min(lowest, smoothed(losses, SMOOTHING)[-1])
        if loss > BROKEN * lowest:
            break
    rates = default_rates(schedule.optimization, implementation) | schedule.optimization.rates
    return losses, {name: rate for name, rate in rates.items() if name.endswith(("_lr", "learning_rate"))}


def findings(factors: list[float], losses: list[float]) -> dict:
    """Where the smoothed loss falls fastest, and where it is lowest. Raises `UsageError` where there are too few."""
    if len(losses) < 10:
        raise UsageError(
            f"the loss broke after {len(losses)} steps, too few to say anything; begin with a smaller --low, or take "
            "more steps with --max_iters"
        )
    means = smoothed(losses, SMOOTHING)
    lowest = min(range(len(means)), key=means.__getitem__)
    # Over several steps, since single ones are noise. The steps are equally long in the logarithm of the factor.
    reach = max(1, len(means) // 20)
    # Behind the lowest it only falls back from where it had broken out to.
    slopes = {step: means[step + reach] - means[step - reach] for step in range(reach, max(lowest - reach, reach) + 1)}
    steepest = min(slopes, key=slopes.get)
    return {"steepest": factors[steepest], "lowest": factors[lowest], "broke": len(losses) < len(factors)}


def plot(factors: list[float], losses: list[float], found: dict, path: Path) -> None:
    from .looking.pictures import drawn_into

    means = smoothed(losses, SMOOTHING)
    with drawn_into(path, figsize=(7, 4)) as figure:
        axes = figure.subplots()
        axes.plot(factors[: len(losses)], losses, color="0.75", linestyle="-", linewidth=1, label="each step")
        axes.plot(factors[: len(losses)], means, color="black", linestyle="-", label="smoothed")
        for name, style in (("steepest", "--"), ("lowest", ":")):
            axes.axvline(found[name], color="black", linestyle=style, label=f"{name}: {found[name]:.2g}")
        axes.set(
            xscale="log",
            ylim=(min(means) - 0.1, 1.2 * means[0]),
            xlabel="what the learning rates are multiplied by",
            ylabel="training loss, nats per token",
        )
        axes.legend()


def find(options: Namespace) -> int:
    from rich.console import Console

    from .training.report import ProgressReport, new_run_folder

    low, high, as_json = options.low, options.high, getattr(options, "json", False)
    del options.low, options.high
    meaningless = [name for name in OF_LONG_RUNS if name in options]
    if meaningless:
        raise UsageError(f"--{meaningless[0]} means nothing here: the rate grows from step to step, in one process")
    asked = settings_of(options)
    if not low < high:
        raise UsageError(f"--low {low:g} --high {high:g}: the first factor must be smaller than the last")
    if asked.max_iters < 10:
        raise UsageError(f"--max_iters {asked.max_iters}: at least 10 steps are needed to see a curve")
    count = asked.max_iters
    factors = [low * (high / low) ** (step / (count - 1)) for step in range(count)]
    console = Console(stderr=True)
    with ProgressReport(console, count) as progress:
        progress.on_stage("training")
        losses, rates = losses_at(factors, asked, progress.on_step)
    found = findings(factors, losses)
    out_dir = asked.out_dir or new_run_folder("find_lr", asked.model)
    out_dir.mkdir(parents=True, exist_ok=True)
    picture = out_dir / "find_lr.png"
    plot(factors, losses, found, picture)
    at_steepest = {name: rate * found["steepest"] for name, rate in rates.items()}
    report = found | {"rates": at_steepest, "factors": factors[: len(losses)], "losses": losses, "plot": str(picture)}
    if as_json:
        print(json_line(report))
        return 0
    print(f"the loss falls fastest where all rates are multiplied by {found['steepest']:.2g}:")
    print("  " + " ".join(f"--{name} {rate:.2g}" for name, rate in at_steepest.items()))
    print(f"it is lowest at {found['lowest']:.2g}" + (", and breaks behind that" if found["broke"] else ""))
    print(f"plot: {shown(picture)}")
    return 0


def main(argv=None) -> int:
    return find(parser().parse_args(argv))


if __name__ == "__main__":
    sys.exit(run_command(main))
