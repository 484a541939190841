"""Playthrough: play a learner who makes no mistakes, from the skeleton to a trained model.

    python -m scripts.workshop.playthrough

The reference's pieces are put in one at a time, as the run asks for them. Exits 1 where the run asks for anything but
the next piece of the list, asks twice, or where a check does not say "pass" for exactly the pieces put in.
"""

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from scripts.project import Parser, run_command
from scripts.project.implementation import Implementation
from scripts.workshop.pieces import PIECES, TRACKS, Piece, Track
from scripts.workshop.pieces.board import read_board, tracks_begun
from scripts.workshop.pieces.scratch import put_in
from scripts.workshop.pieces.stubs import write_skeleton


def play(track: Track, folder: Path) -> Iterator[Piece]:
    """Run the track's trainings, two steps of each, on the code in `folder` to the end; yield every piece that they ask
    for, and go on when that has been put in. Raises `Bug` where a run fails otherwise."""
    import torch

    from reference.presets import preset
    from scripts.training.loop import train
    from scripts.training.plan import Run
    from scripts.training.settings import Settings, schedule_of
    from scripts.training.text.data import load_corpus
    from scripts.workshop.pieces.loading import load
    from scripts.workshop.teach.stops import Stop, watch_for_stops

    torch.set_num_threads(1)
    short = {"max_seq_len": 8}
    corpus = load_corpus("names", short["max_seq_len"])
    loaded: dict[bool, Implementation] = {}  # as it is now, with shapes checked and without

    def run(settings: dict, check_shapes: bool) -> Piece | None:
        config = preset("nanochat_tiny", **short | settings.get("overrides", {}))
        schedule = schedule_of(Settings(**settings | {"max_iters": 2, "batch_size": 2, "eval_tokens": 64}))
        try:
            with watch_for_stops(folder):
                if check_shapes not in loaded:
                    loaded[check_shapes] = load(str(folder), check_shapes, track.name)
                train(loaded[check_shapes], config, corpus, schedule, torch.device("cpu"), Run())
        except Stop as stop:
            return stop.piece
        return None

    for settings in track.runs:
        # Checking shapes takes time, and changes nothing about where a run stops: once, at the end, will do.
        while piece := run(settings, check_shapes=False) or run(settings, check_shapes=True):
            yield piece
            loaded.clear()


def verify(piece: Piece, written: list[Piece], folder: Path) -> str:
    """What is wrong after `written` have been put in, `piece` last; empty where nothing is."""
    from scripts.workshop.check.cases import cases_now
    from scripts.workshop.check.checking import check_piece

    board = read_board(folder)
    seen = [entry.piece for entry in board.values() if entry.state == "written"]
    if set(seen) != set(written):
        return f"written should be {[p.id for p in written]}, but the board says {[p.id for p in seen]}"
    source = board[piece.id].source
    assert source is not None, piece.id
    finding = check_piece(piece, source, cases_now(piece, tracks_begun(board)))
    return "" if finding.status == "pass" else f"{finding.status}: {finding.message}"


def main(argv=None) -> int:
    Parser(prog="python -m scripts.workshop.playthrough", description=__doc__).parse_args(argv)
    os.environ["LEARN_DEBUG"] = "0"
    written: list[Piece] = []
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch).resolve() / "learn"
        write_skeleton(folder)
        for track in TRACKS:
            for piece in play(track, folder):
                wanted = PIECES[len(written)] if len(written) < len(PIECES) else None
                if piece is not wanted:
                    print(f"The run asks for {piece.id}, but next on the list is {wanted and wanted.id}.")
                    return 1
                put_in(piece, folder)
                written.append(piece)
                problem = verify(piece, written, folder)
                print(f"{len(written):3} {piece.id:42} {problem or 'stopped there; put in; passes'}", flush=True)
                if problem:
                    return 1
            print(f"The track {track.name} runs to its end.")
    if len(written) < len(PIECES):
        print(f"The run never asked for {PIECES[len(written)].id}.")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(run_command(main))
