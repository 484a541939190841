"""`learn atlas`: the learner's own code, pictures, runs and names, at every stage, and nothing given away."""

import re
import socket

import pytest
import torch

from reference.decoding.generation import generate
from scripts.atlas.drawings import block_pictures
from scripts.atlas.own import own_pages
from scripts.atlas.own.trained import runs_in
from scripts.atlas.play.names_model import ALPHABET, CONFIG, as_script, exported, names_model
from scripts.atlas.site import ATLAS, Site, require_ours, serve
from scripts.learn import parser as learn_parser
from scripts.project import UsageError
from scripts.training.text.tokenizers import CharTokenizer
from scripts.workshop.pieces import PIECES, TRACKS
from scripts.workshop.pieces.source import write_text
from scripts.workshop.pieces.splice import reference_source

from .own_atlas import Learner, few_axes


@pytest.fixture
def learner(tmp_path, monkeypatch):
    """Of the variants, a few are enough, and none is trained: torch's optimizers load its compiler."""
    monkeypatch.setattr(own_pages, "axes", few_axes)
    monkeypatch.setattr(block_pictures, "stream_and_gradient", lambda entry, axis: [])
    return Learner(tmp_path)


def links_lead_somewhere(learner: Learner) -> None:
    for page in learner.site.pages:
        text = (learner.out / page).read_text(encoding="utf-8")
        for link in re.findall(r'(?:href|src)="([^"]+)"', text):
            target = ((learner.out / page).parent / link.partition("#")[0]).resolve()
            assert link.startswith(("data:", "#")) or target.is_file(), (page, link)


def test_with_nothing_written_it_says_where_to_begin_and_gives_nothing_away(learner):
    assert learner.build() == []
    assert f"0 of {len(PIECES)} pieces pass" in learner.text("index.html")
    assert own_pages.NO_RUN in learner.text("index.html") and own_pages.NO_RUN in learner.text("play/index.html")
    assert {f"tracks/{track.name}.html" for track in TRACKS} <= set(learner.site.pages)
    assert not (learner.out / "pictures").exists() and not (learner.out / "static" / "play").exists()
    links_lead_somewhere(learner)


def test_with_a_few_pieces_it_shows_these_and_what_is_wrong_with_them(learner):
    norms = [piece.id for piece in PIECES if piece.module == "normalizations.layer_norm"]
    learner.write("norms.rms_norm", *norms[1:])
    learner.write_wrongly(norms[0], 'raise ZeroDivisionError("mine")')
    learner.is_judged("pass", "norms.rms_norm")
    (line,) = learner.build()
    said = r"normalization layernorm could not be drawn: \S+layer_norm\.py:\d+ in LayerNorm\.forward: .*: mine"
    assert re.fullmatch(said, line)
    assert line in learner.text("index.html") and line in learner.text("tracks/norms.html")
    drawn = {path.relative_to(learner.out / "pictures").as_posix() for path in learner.out.rglob("*.svg")}
    assert {path.rpartition("-")[0] for path in drawn} == {"normalization/rmsnorm_noparam"}
    # Beside what passes stands the reference's; of all else, nothing of it.
    first = learner.text("tracks/nanochat.html")
    assert "It has the same lines" in first and "Still to write: learn hint gpt.GPT.forward" in first
    assert "The reference's stands beside it when it passes: learn check" in learner.text("tracks/norms.html")
    pages = "\n".join(map(learner.text, learner.site.pages))
    theirs = "".join(path.read_text(encoding="utf-8") for path in learner.learn.rglob("*.py"))
    for piece in PIECES:
        lines = reference_source(piece.module).text_of(piece.qualname).splitlines()
        given = [line.strip() for line in lines if len(line.strip()) > 15 and line.strip() not in theirs]
        assert not [line for line in given if line in pages], piece.id
    links_lead_somewhere(learner)


def test_with_a_trained_model_it_shows_its_maps_its_curve_and_its_names(learner):
    ids = [piece.id for piece in TRACKS[0].pieces]
    learner.write(*ids)
    learner.is_judged("pass", *ids)
    learner.train("mine")
    (learner.runs / "damaged").mkdir()
    (learner.runs / "damaged" / "log.jsonl").write_text("no line of a log\n" * 2)
    assert learner.build() == []
    pictures = {path.stem for path in (learner.out / "pictures" / "runs").glob("*.svg")}
    layers = [f"mine-attention-{layer + 1}" for layer in range(CONFIG.n_layer)]
    assert {"all-1", "mine-loss-1", *layers, "mine-layers-1", "mine-layers-2", "mine-architecture-1"} == pictures
    assert [path.name for path in (learner.out / "pictures" / "norm_position").iterdir()] == ["pre-1.svg"]
    # What it writes, and what a browser computes from, is that model's.
    run = learner.text("runs/mine.html")
    generator, model = torch.Generator().manual_seed(42), names_model()
    tokens = generate(model, torch.zeros(12, 1, dtype=torch.int64), CONFIG.max_seq_len - 1, generator=generator)
    for row in tokens[:, 1:].tolist():
        assert CharTokenizer(ALPHABET).decode(row[: [*row, 0].index(0)]) in run
    computed = (learner.out / "static" / "play" / "names.js").read_text(encoding="utf-8")
    assert computed == as_script("EXPORTED", exported(model, ALPHABET))
    assert "your code does not" not in learner.text("play/name.html")
    assert "log.jsonl:1" in learner.text("index.html") and "2.000" in learner.text("index.html")
    links_lead_somewhere(learner)


def test_what_a_wrong_piece_does_to_a_trained_model_is_said_and_what_hangs_is_not_run(learner):
    learner.write("norms.rms_norm")
    learner.write_wrongly("norms.soft_cap", "while True: pass")
    learner.is_judged("timeout", "norms.soft_cap")
    path = learner.learn / "norms.py"
    write_text(path, path.read_text(encoding="utf-8").replace("+ eps", "+ 1e3 * eps"))
    learner.train("mine")
    atlas = own_pages.Atlas(learner.out, own_pages.Learner(learner.learn, learner.progress))
    (run,), _ = runs_in(learner.runs)
    page = atlas.run_page(run)
    assert "your code does not (its logits are up to" in atlas.about_play(page.model)
    # The block is drawn from its code, which is not theirs.
    assert page.parts[-1].panels == [] and "once all pieces of it are written" in page.parts[-1].notes[0]


def test_what_fails_outside_all_functions_is_placed_in_their_file(learner):
    learner.write("norms.rms_norm")
    path = learner.learn / "norms.py"
    lines = path.read_text(encoding="utf-8").splitlines()
    write_text(path, "\n".join([*lines, "import nonsense", ""]))
    theirs = own_pages.Learner(learner.learn, learner.progress)
    line = theirs.attempt("it could not be made", lambda: theirs.code.norms)
    assert line.endswith(f"norms.py:{len(lines) + 1}: ModuleNotFoundError: No module named 'nonsense'")
    assert theirs.failed == [line]


def test_what_is_no_site_of_ours_is_left_as_it_is(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    for kind in (ATLAS, own_pages.KIND):
        with pytest.raises(UsageError, match="what is in there is not written by"):
            Site(tmp_path, kind)
        with pytest.raises(UsageError, match="this is a file"):
            require_ours(tmp_path / "notes.txt", kind)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]
    out = tmp_path / "site"
    for _ in range(2):  # also what was broken off
        Site(out, own_pages.KIND)
    with pytest.raises(UsageError, match=r"python -m scripts\.atlas"):
        Site(out, ATLAS)


def test_a_port_that_is_not_to_be_had_is_said(tmp_path, capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UsageError, match=f"--port {port}: .*; give another one"):
            serve(tmp_path, port)
    with pytest.raises(SystemExit):
        learn_parser().parse_args(["atlas", "--port", "70000"])
    assert "'70000' is no port from 1 to 65535" in capsys.readouterr().err
