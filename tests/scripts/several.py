"""What one of several processes does for tests/scripts/test_processes.py. Started by torchrun:

several.py CONFIGURATIONS OUT    trains as each line of the file CONFIGURATIONS says, with processes.parallel from it

A process group is opened once and serves all runs, since starting one takes seconds. So does a text that is encoded,
and what the first run of each way to share the work says of the memory that it needs.
"""

import contextlib
import functools
import json
import sys
import warnings
from pathlib import Path

import torch
from rich.console import Console

from scripts.project import UsageError, leave
from scripts.training import processes, startup
from scripts.training.settings import parser, settings_of
from scripts.training.text import data

warnings.simplefilter("ignore")


def main(arguments: Path, out: Path) -> None:
    from scripts.workshop.teach.runs import train_here

    torch.set_num_threads(1)
    data.load_corpus = functools.cache(data.load_corpus)
    count, counted = startup.memory_needed, {}
    lines = [json.loads(line) for line in arguments.read_text(encoding="utf-8").splitlines()]
    with processes.open_processes("ddp", "cpu") as opened:
        for number, line in enumerate(lines):
            settings = settings_of(
                parser("").parse_args([*line, "--out_dir", str(out / str(number)), "--device", "cpu"])
            )
            here = processes.Processes(settings.parallel, opened.rank, opened.world_size)

            def memory_needed(*training, parallel=settings.parallel, **options):
                if parallel not in counted:
                    counted[parallel] = count(*training, **options)
                return counted[parallel]

            startup.memory_needed = memory_needed
            try:
                report = train_here(settings, Console(quiet=True), contextlib.nullcontext(), {}, here)
            except UsageError as error:
                report = {"error": str(error)}
            if opened.is_main:
                (out / f"{number}.json").write_text(json.dumps(report), encoding="utf-8")
            opened.wait()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
    leave(0)
