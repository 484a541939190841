"""Checkpoints: a run that goes on from one ends as if it had never stopped, and nothing that happens loses one."""

import errno
import json
import os
import pickle
import random
import shutil
import signal
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from reference.gpt import GPT
from reference.optimization.initialization import initialise
from reference.presets import preset
from scripts.project import ROOT, UsageError, run_command
from scripts.public.model_folders import WEIGHTS, each_once, names_in, read_folder, save_ours, write_sums
from scripts.train import main
from scripts.training.checkpoints import Checkpoints
from scripts.training.log import read_log
from scripts.training.loop import train
from scripts.training.plan import Run, Schedule
from scripts.training.text.data import load_corpus
from scripts.training.trainer import Trainer
from scripts.workshop.diagnose.verdicts import context
from scripts.workshop.pieces.loading import load

STEPS = 6
# Dropout, so that torch's own random numbers count as well as those that choose the data.
CONFIG = preset("nanochat_tiny", n_layer=1, n_embd=16, n_head=2, max_seq_len=8, dropout=0.25, vocab_size=27)


class Died(Exception):
    pass


def checkpoints(out_dir: Path, said: list[str] | None = None, config=CONFIG, **changes) -> Checkpoints:
    options = {"about": {"seed": 1}, "save_every": 1, "keep": 3} | changes
    return Checkpoints(out_dir, config, say=[].append if said is None else said.append, **options)


def trained(saved: Checkpoints, dies_after: int | None = None, config=CONFIG) -> Run:
    """A run that goes on from what is saved; with `dies_after`, only as far as that step, before it is saved."""
    run = Run()

    def on_step(run: Run) -> None:
        if dies_after is not None and len(run.losses) > dies_after:
            raise Died

    schedule = Schedule(max_iters=STEPS, batch_size=2, accumulation=2, eval_tokens=16)
    corpus = load_corpus("names", CONFIG.max_seq_len)
    train(load("reference"), config, corpus, schedule, torch.device("cpu"), run, checkpoints=saved, on_step=on_step)
    return run


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory) -> Run:
    return trained(checkpoints(tmp_path_factory.mktemp("uninterrupted")))


def same(run: Run, other: Run) -> bool:
    """Bit for bit: every loss, every gradient's norm, every weight, every sample."""
    facts = [(one.losses, one.gradient_norms, one.init_loss, one.val_loss, one.samples) for one in (run, other)]
    weights = zip(run.model.parameters(), other.model.parameters(), strict=True)
    return facts[0] == facts[1] and all(torch.equal(*pair) for pair in weights)


@pytest.mark.parametrize(
    "deaths", [[2, 2, 4], *(pytest.param(deaths, marks=pytest.mark.slow) for deaths in ([1], [5], [1, 2, 3, 4, 5]))]
)
def test_a_run_that_died_goes_on_to_the_same_end(deaths, uninterrupted, tmp_path):
    for step in deaths:
        with pytest.raises(Died):
            trained(checkpoints(tmp_path), dies_after=step)
    assert same(trained(checkpoints(tmp_path)), uninterrupted)


def test_a_run_that_is_finished_only_looks_once_more(uninterrupted, tmp_path):
    trained(checkpoints(tmp_path))
    said = []
    assert same(trained(checkpoints(tmp_path, said)), uninterrupted)
    assert said == [f"Continuing from {tmp_path / 'checkpoints' / 'step-00000006'}."]


def test_a_checkpoint_of_an_older_version_goes_on_under_todays_names(uninterrupted, tmp_path):
    with pytest.raises(Died):
        trained(checkpoints(tmp_path, about={"schedule": "wsd", "min_lr_ratio": 0.1}), dies_after=3)
    newest = tmp_path / "checkpoints" / "step-00000003"
    saved = torch.load(newest / "state.pt", weights_only=True)
    saved["about"] = {"schedule": "trapezoidal", "final_lr": 0.1}
    older = {"momentum_buffer": "momentum"}
    for optimizer in saved["state"]["optimizers"]:
        optimizer["state"] = {
            number: {older.get(key, key): value for key, value in state.items()}
            for number, state in optimizer["state"].items()
        }
    torch.save(saved, newest / "state.pt")
    write_sums(newest)
    assert same(trained(checkpoints(tmp_path, about={"schedule": "wsd", "min_lr_ratio": 0.1})), uninterrupted)


def test_only_the_newest_stay(tmp_path):
    trained(checkpoints(tmp_path, keep=2))
    assert sorted(path.name for path in (tmp_path / "checkpoints").iterdir()) == ["step-00000005", "step-00000006"]


def test_a_damaged_one_does_not_count_among_the_newest(tmp_path):
    with pytest.raises(Died):
        trained(checkpoints(tmp_path), dies_after=4)
    for step in (3, 4):
        truncated(tmp_path / "checkpoints" / f"step-{step:08}" / "state.pt")
    with pytest.raises(Died):
        trained(checkpoints(tmp_path, keep=1), dies_after=3)
    _, (_, state) = checkpoints(tmp_path).newest_whole()
    assert len(state["run"]["losses"]) == 3


def truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def flipped(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def foreign(path: Path) -> None:
    path.write_text("This is a letter to a friend.\n")


# A damage of each kind, to a file each.
PROMPT = {
    ("model.safetensors", truncated),
    ("state.pt", flipped),
    ("config.json", foreign),
    ("SHA256SUMS", Path.unlink),
}


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        pytest.param(name, damage, marks=[] if (name, damage) in PROMPT else [pytest.mark.slow])
        for name in ("config.json", "model.safetensors", "state.pt", "SHA256SUMS")
        for damage in (truncated, flipped, foreign, Path.unlink)
    ],
)
def test_a_damaged_checkpoint_is_left_out_and_the_one_before_is_taken(name, damage, uninterrupted, tmp_path):
    with pytest.raises(Died):
        trained(checkpoints(tmp_path), dies_after=4)
    newest = tmp_path / "checkpoints" / "step-00000004"
    damage(newest / name)
    said = []
    assert same(trained(checkpoints(tmp_path, said)), uninterrupted)
    assert said[0].startswith(f"{newest} is damaged (")
    (moved,) = newest.parent.glob("damaged-*-step-00000004")
    assert said[0].endswith(f", and is now called {moved.name}.")
    assert said[1] == f"Continuing from {newest.with_name('step-00000003')}."


class Harmful:
    def __reduce__(self):
        return (Path.touch, (Path("harm"),))


def test_a_checkpoint_that_would_run_code_is_not_loaded(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    trained(checkpoints(tmp_path, keep=1))
    (newest,) = (tmp_path / "checkpoints").iterdir()
    (newest / "state.pt").write_bytes(pickle.dumps(Harmful(), protocol=2))
    write_sums(newest)
    with pytest.raises(UsageError, match=r"cannot be read, though .*state\.pt holds what is no tensor"):
        checkpoints(tmp_path).newest_whole()
    assert not Path("harm").exists()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"config": replace(CONFIG, n_layer=2)}, "n_layer 1 (now 2)"),
        ({"about": {"seed": 2}}, "seed 1 (now 2)"),
    ],
)
def test_a_checkpoint_of_another_run_is_refused_with_what_differs(changes, said, tmp_path):
    trained(checkpoints(tmp_path))
    with pytest.raises(UsageError) as refusal:
        checkpoints(tmp_path, **changes).newest_whole()
    assert said in str(refusal.value)


# Letters a to j, and one q in each hundred lines; in "renamed", a z in its place: the same tokens, of which one now
# means another letter.
LINES = [f"{'q' if number % 100 == 50 else 'a'}{number:03}".translate(str.maketrans("0123456789", "abcdefghij"))
         for number in range(400)]  # fmt: skip
BEFORE = "\n".join(LINES)
ON_TEXT = (
    *(
        "--device",
        "cpu",
        "--n_layer",
        "1",
        "--n_embd",
        "16",
        "--n_head",
        "2",
        "--max_seq_len",
        "8",
        "--batch_size",
        "2",
    ),
    *("--eval_tokens", "64", "--save_every", "2", "--out_dir", "out"),
)


@pytest.fixture
def begun(tmp_path, monkeypatch):
    """A folder with a text, and a run on it that has come to its end after four steps."""
    monkeypatch.chdir(tmp_path)
    Path("text.txt").write_text(BEFORE, encoding="utf-8")
    assert run_command(main, [*ON_TEXT, "--data", "text.txt", "--max_iters", "4"]) == 0
    return tmp_path


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def refused(arguments, capsys) -> str:
    """The line that a command is refused with, which leaves everything in out/ as it is."""
    before = contents(Path("out"))
    capsys.readouterr()
    assert run_command(main, arguments) == 2
    assert contents(Path("out")) == before
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    return error


@pytest.mark.parametrize(
    ("text", "changed"),
    [
        (BEFORE.replace("q", "z"), "text, vocabulary"),
        ("\n".join(reversed(LINES)), "text"),
        (BEFORE.replace(LINES[0], LINES[1], 1), "text"),
        (BEFORE[: -len(LINES[-1])], "text"),
    ],
    ids=["a letter for another", "lines in another order", "a line changed", "a line less"],
)
def test_fault_1_a_run_does_not_go_on_with_another_text(text, changed, begun, capsys):
    Path("text.txt").write_text(text, encoding="utf-8")
    error = refused([*ON_TEXT, "--data", "text.txt", "--max_iters", "4", "--resume"], capsys)
    assert f"other check sums of {changed} (--data text.txt then, text.txt now)" in error


def test_another_schedule_is_refused_by_name_before_anything_is_validated(begun, monkeypatch, capsys):
    arguments = [*ON_TEXT, "--data", "text.txt", "--max_iters", "4", "--resume", "--schedule"]
    with monkeypatch.context() as patched:
        patched.setattr(Trainer, "evaluate", None)
        assert "is of a run with schedule wsd (now constant); continue" in refused([*arguments, "constant"], capsys)
    assert run_command(main, [*arguments, "wsd"]) == 0
    assert "Continuing from out/checkpoints/step-00000004." in capsys.readouterr().out
    assert not list(begun.glob("out/earlier-*/log.jsonl"))


def test_fault_1_the_same_text_under_another_name_is_the_same(begun, capsys):
    Path("elsewhere").mkdir()
    Path("text.txt").rename("elsewhere/same.txt")
    steps = read_log(begun / "out").steps
    assert run_command(main, [*ON_TEXT, "--data", "elsewhere/same.txt", "--max_iters", "4", "--resume"]) == 0
    assert read_log(begun / "out").steps == steps
    for path in (begun / "elsewhere" / "same.txt", "./elsewhere/../elsewhere/same.txt"):
        assert run_command(main, [*ON_TEXT, "--data", str(path), "--max_iters", "4", "--resume"]) == 0
    assert "Continuing from out/checkpoints/step-00000004." in capsys.readouterr().out


def test_fault_1_another_tokenizer_for_the_same_text_is_named(begun, capsys):
    Path("out/checkpoints/step-00000002").rename("kept")
    shown = [*ON_TEXT, "--data", "text.txt", "--max_iters", "4", "--resume", "--tokenizer", "bpe"]
    error = refused([*shown, "--bpe_vocab_size", "260"], capsys)
    assert "vocab_size 12 (now 260)" in error
    assert "other check sums of vocabulary, tokenizer (" in error


def test_fault_1_a_checkpoint_without_check_sums_of_its_text_goes_on_and_says_so(begun, capsys):
    newest = begun / "out" / "checkpoints" / "step-00000004"
    saved = torch.load(newest / "state.pt", weights_only=True)
    assert set(saved["about"].pop("content")) == {"text", "vocabulary", "tokenizer", "windows"}
    torch.save(saved, newest / "state.pt")
    write_sums(newest)
    arguments = [*ON_TEXT, "--max_iters", "4", "--resume", "--data"]
    Path("other.txt").write_text(BEFORE, encoding="utf-8")
    assert "data text.txt (now other.txt)" in refused([*arguments, "other.txt"], capsys)
    assert run_command(main, [*arguments, "text.txt"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "without check sums of the text: whether --data text.txt still holds the same cannot be compared." in said


def test_fault_10_a_run_goes_on_with_the_backend_and_the_threads_that_it_has_begun_with(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("text.txt").write_text(BEFORE, encoding="utf-8")
    arguments = [*ON_TEXT, "--data", "text.txt", "--schedule", "constant", "--max_iters"]
    assert run_command(main, [*arguments, "4", "--attention_backend", "manual", "--threads", "2"]) == 0
    shutil.rmtree("out/checkpoints/step-00000004")
    # A newer one that is damaged says nothing.
    Path("out/checkpoints/step-00000003").mkdir()
    torch.set_num_threads(1)
    assert run_command(main, [*arguments, "5", "--resume"]) == 0
    for facts in (json.loads(Path("out/run.json").read_text(encoding="utf-8")), read_log(Path("out")).run):
        assert (facts["config"]["attention_backend"], facts["environment"]["threads"]) == ("manual", 2)
    assert read_folder(Path("out"))[0].attention_backend == "manual"


def losses_of(folder: Path) -> list[float]:
    return [entry["loss"] for entry in read_log(folder).steps]


@pytest.mark.parametrize(
    ("schedule", "from_step"), [(["--schedule", "constant"], 6), (["--schedule", "wsd", "--keep", "9"], 4)], ids=str
)
def test_fault_1_a_finished_run_is_made_longer_where_the_schedule_allows_it(
    schedule, from_step, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    arguments = [*ON_TEXT, *schedule]
    assert run_command(main, [*arguments, "--max_iters", "6"]) == 0
    assert run_command(main, [*arguments, "--max_iters", "10", "--resume"]) == 0
    assert f"Continuing from out/checkpoints/step-{from_step:08}." in capsys.readouterr().out
    assert run_command(main, [*arguments, "--max_iters", "10", "--out_dir", "at_once"]) == 0
    longer, at_once = (load_file(tmp_path / folder / WEIGHTS) for folder in ("out", "at_once"))
    assert losses_of(tmp_path / "out") == losses_of(tmp_path / "at_once")
    assert all(torch.equal(longer[name], weight) for name, weight in at_once.items())
    # What is no part of the longer run is still there.
    apart = list(tmp_path.glob("out/earlier-*/step-00000006"))
    assert len(apart) == (from_step < 6)
    names = [f"step-{step:08}" for step in (2, 4, 6, 8, 10)]
    assert sorted(path.name for path in (tmp_path / "out" / "checkpoints").iterdir()) == names[-3 if not apart else 0 :]


def test_fault_1_where_the_schedule_does_not_allow_a_longer_run_it_says_how(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert run_command(main, [*ON_TEXT, "--max_iters", "4", "--schedule", "cosine"]) == 0
    error = refused([*ON_TEXT, "--max_iters", "8", "--schedule", "cosine", "--resume"], capsys)
    assert "step-00000004 is of a run of 4 steps, whose learning rates on the way there are not those of 8" in error
    assert "give --max_iters 4" in error
    assert "--schedule constant" in error


def test_fault_1_a_run_that_is_longer_already_is_not_cut(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    arguments = [*ON_TEXT, "--schedule", "constant"]
    assert run_command(main, [*arguments, "--max_iters", "4", "--keep", "1"]) == 0
    assert "give --max_iters 4" in refused([*arguments, "--max_iters", "3", "--resume"], capsys)


def of_another_schema(folder: Path) -> None:
    path = folder / "config.json"
    path.write_text(path.read_text().replace('"schema": ', '"schema": 9'))


def with_a_field_renamed(folder: Path) -> None:
    path = folder / "config.json"
    path.write_text(path.read_text().replace('"n_layer"', '"num_hidden_layers"'))


def with_another_state(folder: Path) -> None:
    saved = torch.load(folder / "state.pt", weights_only=True)
    saved["state"]["generators"] = saved["state"].pop("random")
    torch.save(saved, folder / "state.pt")


def with_other_weights(folder: Path) -> None:
    weights = load_file(folder / WEIGHTS)
    save_file({f"model.{name}": weight for name, weight in weights.items()}, folder / WEIGHTS)


@pytest.mark.parametrize("change", [of_another_schema, with_a_field_renamed, with_another_state, with_other_weights])
def test_fault_4a_a_good_checkpoint_that_cannot_be_read_stays_as_it_is(change, begun, capsys):
    newest = begun / "out" / "checkpoints" / "step-00000004"
    change(newest)
    write_sums(newest)
    error = refused([*ON_TEXT, "--data", "text.txt", "--max_iters", "4", "--resume"], capsys)
    assert error.startswith("error: out/checkpoints/step-00000004 cannot be read, though its check sums are right (")


@pytest.mark.parametrize(
    "reader", ["scripts.public.model_folders.sha256_of", "torch.load", "scripts.public.model_folders.safe_open"]
)
@pytest.mark.parametrize("impl", ["reference", "copy"])
def test_fault_4a_too_many_open_files_damage_nothing(reader, impl, begun, monkeypatch, capsys):
    def fails(*arguments, **options):
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE), "out/checkpoints/step-00000004/file")

    if impl == "copy":
        shutil.copytree(ROOT / "reference", "copy")
        shutil.copy(ROOT / "learn" / "debug.py", "copy")
    monkeypatch.setattr(reader, fails)
    error = refused([*ON_TEXT, "--data", "text.txt", "--max_iters", "4", "--resume", "--impl", impl], capsys)
    assert "Too many open files" in error


def test_fault_4a_where_only_damaged_ones_are_left_it_is_said_every_time(begun, capsys):
    for folder in (begun / "out" / "checkpoints").iterdir():
        flipped(folder / "state.pt")
    arguments = [*ON_TEXT, "--data", "text.txt", "--max_iters", "4"]
    assert run_command(main, [*arguments, "--resume"]) == 2
    error = refused([*arguments, "--resume"], capsys)
    assert "out/checkpoints holds damaged checkpoints only (damaged-" in error
    assert "begin anew without --resume" in error
    # That is what it then does, with the damaged ones out of the way.
    assert run_command(main, arguments) == 0
    assert run_command(main, [*arguments, "--resume"]) == 0
    assert len(list(begun.glob("out/earlier-*/checkpoints/damaged-*"))) == 2


def test_fault_4b_a_diverged_run_keeps_the_checkpoints_from_before(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    diverges = ("--optimizer", "adamw", "--learning_rate", "1e4", "--logit_softcap", "none", "--max_iters", "40")
    assert run_command(main, [*ON_TEXT, *diverges, "--save_every", "1", "--keep", "2"]) == 0
    last = len(read_log(tmp_path / "out").steps) - 1
    saved = sorted(path.name for path in (tmp_path / "out" / "checkpoints").iterdir())
    assert saved == [f"step-{step:08}" for step in (last - 1, last)]


def test_on_a_full_disk_the_run_goes_on_and_the_earlier_ones_stay(uninterrupted, tmp_path):
    resource = pytest.importorskip("resource")
    with pytest.raises(Died):
        trained(checkpoints(tmp_path), dies_after=2)
    said, before = [], resource.getrlimit(resource.RLIMIT_FSIZE)
    # No file may grow beyond this: what is written stops in the middle, as on a full disk.
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))
    try:
        run = trained(checkpoints(tmp_path, said))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert same(run, uninterrupted)
    last = tmp_path / "checkpoints" / "step-00000002"
    for step, line in enumerate(said[1:], start=3):
        assert line.startswith(f"The checkpoint of step {step} could not be written (")
        assert line.endswith(f"the last one is {last}.")
    assert sorted(path.name for path in (tmp_path / "checkpoints").iterdir()) == ["step-00000001", "step-00000002"]
    assert same(trained(checkpoints(tmp_path)), uninterrupted)


def endless(out_dir: str) -> None:
    """A run that writes a checkpoint after every step, and as often as it can."""
    saved = checkpoints(Path(out_dir), keep=2)
    corpus = load_corpus("names", CONFIG.max_seq_len)
    schedule = Schedule(max_iters=100_000, batch_size=2, eval_tokens=16)
    train(load("reference"), CONFIG, corpus, schedule, torch.device("cpu"), Run(), checkpoints=saved)


KILLS = int(os.environ.get("KILLS", 12))


@pytest.mark.slow
def test_killed_at_any_moment_a_run_has_lost_nothing_that_was_saved(tmp_path):
    dice, processes, reached = random.Random(0), context("scripts.workshop.diagnose.warm"), 0
    for _ in range(KILLS):
        process = processes.Process(target=endless, args=(str(tmp_path),))
        process.start()
        # Long enough to have begun, in which every moment is as likely as any other.
        process.join(timeout=0.5 + dice.random())
        process.kill()
        process.join()
        said = []
        _, found = checkpoints(tmp_path, said).newest_whole()
        steps = len(found[1]["run"]["losses"]) if found else 0
        assert steps >= reached
        assert len(said) <= 1, said
        reached = steps
    assert reached > KILLS


QUICK = ("--max_iters", "6", "--batch_size", "2", "--eval_tokens", "64", "--device", "cpu", "--out_dir", "out")


def test_what_an_earlier_run_has_saved_is_moved_away_unless_it_is_resumed(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert run_command(main, [*QUICK, "--save_every", "3", "--resume"]) == 0
    assert run_command(main, [*QUICK, "--save_every", "4"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    (moved,) = {path.parent.parent for path in tmp_path.glob("out/earlier-*/checkpoints/step-00000006")}
    assert f"Checkpoints of an earlier run are now in out/{moved.name}/" in said
    assert [path.name for path in (tmp_path / "out" / "checkpoints").iterdir()] == ["step-00000004"]


OLD = {
    "embedding.token_embedding.": "token_embedding.",
    "embedding.norm.": "embedding_norm.",
    "embedding.positions.learned_absolute.": "positions.encodings.learned_absolute.",
    "head.norm.": "final_norm.",
    "head.lm_head.": "lm_head.",
}


def as_once(name: str) -> str:
    """The name of a weight before an embedding and a head were parts of their own."""
    return next((name.replace(new, old) for new, old in OLD.items() if name.startswith(new)), name)


def saved_as_once(folder: Path, config) -> GPT:
    """Write a folder as it once was; return the model."""
    model = GPT(config)
    initialise(model)
    save_ours(folder, config, {as_once(name): weight for name, weight in each_once(model.state_dict(), config).items()})
    return model


@pytest.mark.parametrize(
    "changes",
    [{"normalization": "layernorm"}, {"position_encoding": "learned_absolute", "weight_tying": True}],
    ids=str,
)
def test_weights_with_their_old_names_are_read(changes, tmp_path):
    config = replace(CONFIG, **changes)
    model = saved_as_once(tmp_path / "old", config)
    assert "token_embedding.weight" in names_in(tmp_path / "old" / WEIGHTS)
    weights = read_folder(tmp_path / "old")[1]
    assert weights.keys() == model.state_dict().keys()
    for name, weight in model.state_dict().items():
        assert torch.equal(weights[name], weight), name


def test_weights_are_in_their_old_order_but_for_learned_positions():
    # The optimizers' state goes by that order.
    once = [
        *("token_embedding.weight", "embedding_norm.weight", "embedding_norm.bias", "blocks."),
        *("final_norm.weight", "final_norm.bias", "lm_head.weight"),
    ]
    for changes in ({}, {"dropout": 0.0}, {"logit_softcap": None, "logit_scale": 0.5}, {"embedding_scale": True}):
        model = GPT(replace(CONFIG, normalization="layernorm", **changes))
        names = dict.fromkeys("blocks." if name.startswith("blocks.") else as_once(name) for name in model.state_dict())
        assert list(names) == once


@pytest.mark.parametrize("learned", [False, True])
def test_a_run_goes_on_from_old_names_unless_its_weights_were_in_another_order(learned, tmp_path):
    config = replace(CONFIG, position_encoding="learned_absolute" if learned else "rope", dropout=0.0)
    with pytest.raises(Died):
        trained(checkpoints(tmp_path, config=config), dies_after=2, config=config)
    for folder in (tmp_path / "checkpoints").iterdir():
        weights = load_file(folder / WEIGHTS)
        save_file({as_once(name): weight for name, weight in weights.items()}, folder / WEIGHTS)
        write_sums(folder)
    if learned:
        with pytest.raises(UsageError, match="learned positions came last among the weights"):
            trained(checkpoints(tmp_path, config=config), config=config)
    else:
        whole = trained(checkpoints(tmp_path / "whole", config=config), config=config)
        assert same(trained(checkpoints(tmp_path, config=config), config=config), whole)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--resume"], "--resume: give the run to continue with --out_dir"),
        (["--save_every", "0"], "whole number of 1 or more"),
        (["--keep", "0"], "whole number of 1 or more"),
    ],
)
def test_wrong_flags_are_said_in_a_line(arguments, said, capsys):
    try:
        status = run_command(main, ["--max_iters", "1", *arguments])
    except SystemExit as exit:
        status = exit.code
    assert status == 2
    assert said in capsys.readouterr().err


def test_ctrl_c_saves_the_step_and_resume_goes_on_with_it(project):
    arguments = ("-m", "scripts.train", "--out_dir", "out", "--save_every", "100000", "--max_iters", "100000", "--json")
    with project.start(*arguments, "--resume", "--device", "cpu") as process:
        for line in process.stderr:
            if line.startswith("training"):
                break
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
    assert process.returncode == 0
    (saved,) = (project.folder / "out" / "checkpoints").iterdir()
    step = int(saved.name.removeprefix("step-"))
    assert step >= 1
    assert len(read_log(project.folder / "out").steps) == step
