"""Somebody's work, as `learn atlas` finds it: for several tests."""

import json
import re
import shutil
from html import unescape
from pathlib import Path

from scripts.atlas.entries import Axis, Entry, registry
from scripts.atlas.own import own_pages
from scripts.atlas.play.names_model import ALPHABET, CONFIG, WEIGHTS
from scripts.training.text.tokenizers import CharTokenizer
from scripts.workshop.pieces import BY_ID
from scripts.workshop.pieces.board import read_board
from scripts.workshop.pieces.scratch import put_in
from scripts.workshop.pieces.source import Source, write_text
from scripts.workshop.pieces.stubs import write_skeleton
from scripts.workshop.teach.progress import Progress

SHOWN = (
    ("normalization", "NORMS", ("layernorm", "rmsnorm_noparam")),
    ("norm_position", "BLOCKS", ("post", "pre")),
)


class Learner:
    """Somebody's folder, their progress, their runs."""

    def __init__(self, folder: Path):
        self.learn, self.runs, self.out = folder / "learn", folder / "runs", folder / "atlas"
        write_skeleton(self.learn)
        self.progress = Progress(folder / "progress.json")

    def write(self, *ids: str) -> None:
        for id in ids:
            put_in(BY_ID[id], self.learn)

    def write_wrongly(self, id: str, line: str) -> None:
        """The piece as the reference has it, with this line before its first."""
        self.write(id)
        name, path = BY_ID[id].qualname, self.learn / BY_ID[id].file
        source = Source.read(path)
        head, body = source.text_of(name).split("\n", 1)
        indent = re.match(" *", body)[0]
        write_text(path, source.with_function(name, f"{head}\n{indent}{line}\n{body}"))

    def is_judged(self, status: str, *ids: str) -> None:
        board = read_board(self.learn)
        for id in ids:
            self.progress.judge(board[id], status)

    def train(self, name: str) -> Path:
        """What a run of the atlas's model of names would have left, if it had been theirs."""
        folder = self.runs / name
        folder.mkdir(parents=True)
        facts = {"impl": "learn", "data": "names", "architecture": "nanochat", "parameters": 59000}
        facts["tokenizer"] = CharTokenizer(ALPHABET).save(folder)
        steps = [{"step": step, "loss": 3 / step} for step in range(1, 9)]
        lines = [{"run": facts}, *steps, {"step": 8, "val_loss": 2.0}]
        (folder / "log.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
        (folder / "run.json").write_text(json.dumps(facts))
        (folder / "config.json").write_text(CONFIG.to_json())
        shutil.copy(WEIGHTS, folder / "model.safetensors")
        return folder

    def build(self) -> list[str]:
        """Make the site; returns what could not be made."""
        self.site, failed = own_pages.build(self.out, self.learn, self.progress, self.runs)
        return failed

    def text(self, page: str) -> str:
        return unescape(re.sub(r"<[^>]+>", "", (self.out / page).read_text(encoding="utf-8")))


def few_axes() -> list[Axis]:
    """With all of them, every variant would be built first."""
    return [
        Axis(name, "", held, names[-1], tuple(Entry(name, each, registry(held)[each], {name: each}) for each in names))
        for name, held, names in SHOWN
    ]
