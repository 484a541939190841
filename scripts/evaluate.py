"""How good is a trained model? Its loss on held-out text, in bits per byte too, and its score in CORE.

examples:
  python -m scripts.evaluate                              the newest run in runs/, on its own held-out tenth
  python -m scripts.evaluate runs/mine --data poems.txt   on the last tenth of another text
  python -m scripts.evaluate runs/mine --bundle DIR       and in CORE: questions, beginnings, texts to be continued
  python -m scripts.evaluate runs/mine --bundle DIR --tasks copa,piqa --max_per_task 100
  python -m scripts.evaluate runs/long/checkpoints/step-00000200
  python -m scripts.evaluate checkpoints/qwen2.5-0.5b --data poems.txt --max_seq_len 512

CHECKPOINT is the folder of a run, one of its checkpoints, or a published model's, as transformers keeps it. A bundle is
a folder in nanochat's form; a small one is scripts/measuring/evaluation/small_bundle. Ctrl-C ends the evaluation with
what there is. The results go to standard output, everything else to standard error.
"""

import math
import sys
from argparse import Namespace
from pathlib import Path
from statistics import fmean

from scripts.project import Parser, UsageError, at_least, json_line, path_from, run_command, shown

from .looking.run_folders import load_model, newest_run

LENGTH = 1024  # of windows, where a model has been trained on windows that are too long for most machines


def parser() -> Parser:
    parser = Parser(prog="python -m scripts.evaluate", description=__doc__)
    add = parser.add_argument
    add("checkpoint", nargs="?", type=path_from, metavar="CHECKPOINT", help="(default: the newest run in runs/)")
    add("--data", metavar="names|pydoc|PATH", help="text whose last tenth is held out (default: the run's own)")
    add("--bundle", type=path_from, metavar="DIR", help="the tasks of CORE: core.yaml, eval_meta_data.csv, eval_data/")
    add("--tasks", type=lambda text: text.split(","), metavar="A,B", help="these of the bundle (default: all)")
    add("--max_per_task", type=at_least(1), metavar="N", help="the first N items of each task (default: all)")
    add(
        "--seed",
        type=at_least(0),
        default=1337,
        metavar="N",
        help="the order of a task's items, which decides what stands in front of each (default: 1337, nanochat's)",
    )
    add(
        "--max_seq_len",
        type=at_least(1),
        metavar="N",
        help=f"windows of N tokens of the held-out text (default: as in the training; of a published model {LENGTH})",
    )
    add("--dtype", choices=("float32", "bfloat16", "float16"), help="of the weights (default: as in the file)")
    add("--device", choices=("auto", "cpu", "cuda", "mps"), default="auto", help="where to compute (default: auto)")
    add("--json", action="store_true", help="end with one JSON object on standard output, and nothing else")
    return parser


def load_checkpoint(path: Path, device, dtype: str | None = None) -> tuple:
    """The model, its tokenizer, and what run.json says of the run. Raises `UsageError`."""
    from .public.model_folders import BadCheckpoint, load_into, read_folder

    run = path.parent.parent if path.parent.name == "checkpoints" and not (path / "tokenizer.json").exists() else path
    loaded = load_model(run, "reference", device, dtype, "evaluate")
    if run != path:
        try:
            load_into(loaded.model, read_folder(path)[1])
        except BadCheckpoint as error:
            raise UsageError(str(error)) from error
    return loaded.model, loaded.tokenizer, loaded.whole.facts


def evaluate(options: Namespace) -> dict:
    """The report. `interrupted`: Ctrl-C came before the end, and this is what there is."""
    from .measuring.evaluation.bundle import read_bundle
    from .measuring.evaluation.core import Result
    from .measuring.evaluation.held_out import held_out_loss
    from .training.loop import choose_device, use_threads_fit_for
    from .training.text.data import load_corpus

    path = options.checkpoint or newest_run()
    model, tokenizer, facts = load_checkpoint(path, choose_device(options.device), options.dtype)
    positions = model.config.max_seq_len
    length = min(positions, options.max_seq_len or (math.inf if facts else LENGTH))
    use_threads_fit_for(model.config, model.get_device())
    # Whatever could be wrong comes to light before anything long begins.
    data, documents = (options.data, None) if options.data else (facts.get("data"), facts.get("documents"))
    if data is None:
        raise UsageError(f"{shown(path)}: it does not say on which text it was trained; give one with --data")
    try:
        corpus = load_corpus(data, length, documents, tokenizer)
    except ValueError as error:
        raise UsageError(f"--data {data}: it cannot be written in the model's tokens ({error})") from error
    tasks = read_bundle(options.bundle, options.tasks, options.seed) if options.bundle else []

    if (options.max_seq_len or 0) > positions:
        asked = f"--max_seq_len {options.max_seq_len:,}"
        print(f"{asked}: the windows are of {positions:,} tokens, the model's positions", file=sys.stderr)
    print(f"{shown(path)}: the loss on what is held out of {data} ...", file=sys.stderr)
    report = {"checkpoint": str(path), "data": data} | dict.fromkeys(("val_loss", "bits_per_byte", "tokens", "bytes"))
    results, interrupted = [Result(task) for task in tasks], False
    try:
        report |= held_out_loss(model, corpus, length)
        ask_all(model, tokenizer, results, options.max_per_task)
    except KeyboardInterrupt:
        interrupted = True
    rows = [result.as_dict() for result in results if result.answers]
    core = fmean(one["centred"] for one in rows) if rows else None
    return report | {"tasks": rows, "core": core, "interrupted": interrupted}


def ask_all(model, tokenizer, results: list, max_per_task: int | None) -> None:
    """Put the tasks to the model, item by item, with a bar, or a line a task where the output is not a terminal."""
    from rich.console import Console
    from rich.progress import Progress

    from .measuring.evaluation.core import answer

    console = Console(stderr=True, highlight=False, markup=False)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        for result in results:
            count = min(len(result.task.items), max_per_task or math.inf)
            for number in progress.track(range(count), description=result.task.label):
                result.answers.append(answer(model, tokenizer, result.task, number))
            console.print(f"{result.task.label}: {result.accuracy:.1%} of {count:,} items right")


def show(report: dict) -> None:
    if report["val_loss"] is not None:
        print("held out of {data}: {tokens:,} tokens, {bytes:,} bytes".format(**report))
        print("validation loss {val_loss:.4f} nats per token, {bits_per_byte:.4f} bits per byte".format(**report))
        if "accuracy" in report:
            print("accuracy {accuracy:.4f} of what is asked for".format(**report))
    rows = report["tasks"]
    if rows:
        print(f"\n{'task':32} {'items':>6} {'cut':>6} {'shots':>6} {'guess':>7} {'right':>7} {'centred':>8}")
        for row in rows:
            print("{task:32} {items:6} {cut:6} {shots:6} {baseline:7.3f} {accuracy:7.3f} {centred:8.3f}".format(**row))
        title = f"CORE, the mean over {len(rows)} tasks; random guessing scores 0"
        print(f"{title:68} {report['core']:8.3f}")
    if any(row["cut"] for row in rows):
        print("cut: longer than the model's positions, so that it saw only the end")
    if report["interrupted"]:
        print("Stopped by Ctrl-C; this is what there is.")


def main(argv=None) -> int:
    options = parser().parse_args(argv)
    report = evaluate(options)
    if options.json:
        print(json_line(report))
    else:
        show(report)
    return 130 if report["interrupted"] else 0


if __name__ == "__main__":
    sys.exit(run_command(main))
