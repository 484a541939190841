"""Encode text once, into files of tokens that training maps into memory, however large it is.

examples:
  python -m scripts.prepare --data shakespeare --tokenizer bpe --out_dir data/shakespeare
  python -m scripts.prepare --data my_texts --tokenizer bpe --bpe_vocab_size 8192 --out_dir data/mine
  python -m scripts.prepare --data fineweb-edu --tokenizer gpt2 --max_tokens 100000000 --out_dir data/fineweb-edu
                                        web pages; needs pip install -e '.[data]', downloads files of 2 GB as needed
  python -m scripts.train --data data/fineweb-edu --max_seq_len 256
                                        the folder is known by its shards.json

Whatever ends it, Ctrl-C or the power: the same line again goes on behind the last file that is whole. Called for a
folder that is finished, it checks the sums of all files, and writes those anew that are damaged.
"""

import os
import sys
from argparse import Namespace
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from pathlib import Path

from scripts.project import Parser, UsageError, at_least, cut, json_line, path_from, run_command, shown

from .training.text.saved import read_tokenizer
from .training.text.shards import Shards, write_shards
from .training.text.texts import read_text, shuffled
from .training.text.tokenizers import make_tokenizer


def parser() -> Parser:
    parser = Parser(prog="python -m scripts.prepare", description=__doc__)
    add = parser.add_argument
    add(
        "--data",
        required=True,
        metavar="fineweb-edu|names|pydoc|shakespeare|PATH",
        help="10 billion tokens of web pages, what scripts.train knows, a UTF-8 text file, or a folder of some",
    )
    add(
        "--documents",
        choices=("auto", "line", "file"),
        default="auto",
        help="what a document of a file is: a line, or all of it (default: auto, as in scripts.train)",
    )
    add(
        "--tokenizer",
        required=True,
        metavar="char|bpe|gpt2|cl100k_base|FILE",
        help="as in scripts.train; of large texts, bpe learns from the first 100 million characters",
    )
    add("--bpe_vocab_size", type=at_least(257), metavar="N", help="how many tokens bpe has (default: 1024)")
    add("--out_dir", type=path_from, required=True, metavar="DIR", help="where the files go")
    add(
        "--shard_tokens",
        type=at_least(1),
        default=10_000_000,
        metavar="N",
        help="tokens in a file, of 2 or 4 bytes each; the last one, or a tenth of all, is held out (default: 10000000)",
    )
    add("--max_tokens", type=at_least(1), metavar="N", help="stop after so many tokens (default: take all)")
    add(
        "--workers",
        type=at_least(1),
        default=os.cpu_count(),
        metavar="N",
        help="how many processes encode; the result is the same (default: one for each core)",
    )
    add("--json", action="store_true", help="end with one JSON object on standard output")
    return parser


def prepare(options: Namespace) -> Shards:
    text = read_text(options.data, options.documents)
    print(f"text, {cut(options.data)}: {text.about}", file=sys.stderr)
    if not text.running:
        text = replace(text, documents=shuffled(text.documents))
    names = ("data", "documents", "tokenizer", "bpe_vocab_size", "shard_tokens", "max_tokens")
    asked = {name: getattr(options, name) for name in names} | {"characters": text.size}
    if shards := Shards.find(options.out_dir):
        require_same(shards, asked)
        if damaged := shards.drop_damaged():
            print(f"{damaged} files are damaged, or come after one that is; they are written anew", file=sys.stderr)
        if shards.finished:
            return shards
        tokenizer = read_tokenizer(shards.folder, shards.index["tokenizer"])
    else:
        print("making the tokenizer ...", file=sys.stderr)
        tokenizer = make_tokenizer(options.tokenizer, text, options.bpe_vocab_size)
        shards = Shards.begin(options.out_dir, asked, text.running, tokenizer)
    with EncodingReport(text.size, shards) as report:
        write_shards(shards, text, tokenizer, options.workers, report.on_unit, report.on_shard)
    return shards


def require_same(shards: Shards, asked: dict) -> None:
    """Raises `UsageError` where a folder is that of another call."""
    before = shards.index["asked"]
    others = [f"{name} {before.get(name)} (now {asked[name]})" for name in asked if before.get(name) != asked[name]]
    if others:
        raise UsageError(
            f"--out_dir {shown(shards.folder)}: it was begun with {', '.join(others)}; give another folder"
        )


class EncodingReport:
    """A bar over the characters, and a line for every file where the output is not a terminal."""

    def __init__(self, characters: int | None, shards: Shards):
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        self.console = Console(stderr=True, highlight=False, soft_wrap=True)
        self.bar = Progress(
            TextColumn("encoding"),
            BarColumn(bar_width=None),
            TextColumn("{task.fields[tokens]:,} tokens"),
            TimeRemainingColumn(compact=True),
            console=self.console,
            transient=True,
            disable=not self.console.is_terminal,
        )
        self.tokens = shards.tokens
        self.task = self.bar.add_task("", total=characters, tokens=self.tokens)

    def __enter__(self):
        self.bar.start()
        return self

    def __exit__(self, *error):
        self.bar.stop()

    def on_unit(self, characters: int) -> None:
        self.bar.update(self.task, advance=characters)

    def on_shard(self, path: Path, tokens: int) -> None:
        self.tokens += tokens
        self.bar.update(self.task, tokens=self.tokens)
        if not self.console.is_terminal:
            self.console.print(f"{shown(path)}: {tokens:,} tokens")


def main(argv=None) -> int:
    options = parser().parse_args(argv)
    try:
        shards = prepare(options)
    except BrokenProcessPool as error:
        raise UsageError(
            f"a process that encodes was killed, perhaps for its memory; --workers {max(1, options.workers // 2)} "
            "needs less, and goes on where this stopped"
        ) from error
    files = len(shards.index["shards"])
    report = {"out_dir": str(options.out_dir), "files": files}
    report |= {name: shards.index[name] for name in ("tokens", "held_out", "vocab_size")}
    print(
        f"{report['tokens']:,} tokens of {report['vocab_size']:,} in {files} file{'s' * (files > 1)}, "
        f"{report['held_out']:,} held out; python -m scripts.train --data {shown(options.out_dir)}",
        file=sys.stderr if options.json else sys.stdout,
    )
    if options.json:
        print(json_line(report))
    return 0


if __name__ == "__main__":
    sys.exit(run_command(main))
