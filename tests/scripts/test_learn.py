"""The command `learn`."""

import json
import os
import re
import subprocess
import sys

import pytest

from scripts.learn import main
from scripts.learning import hint, run, status
from scripts.project import UsageError
from scripts.workshop.pieces import BY_ID, COURSE, PIECES, TRACKS
from scripts.workshop.pieces.board import find_piece, read_board
from scripts.workshop.pieces.scratch import put_in
from scripts.workshop.pieces.source import Source
from scripts.workshop.teach.progress import Progress


def last_json(result) -> dict:
    return json.loads(result.stdout.splitlines()[-1])


@pytest.mark.parametrize("name", ["norms.rms_norm", "rms_norm", "GPT.forward", "estimate_flops"])
def test_a_piece_may_be_called_by_the_end_of_its_id(name):
    assert find_piece(name).id.endswith(name)


@pytest.mark.parametrize(
    ("name", "said"), [("rmsnorm", "did you mean rms_norm"), ("forward", "could be"), ("x", "list")]
)
def test_an_unknown_piece_is_answered_with_a_way_on(name, said):
    with pytest.raises(UsageError, match=said):
        find_piece(name)


def test_learn_stops_at_the_first_piece_and_writes_down_how_far_it_got(project):
    result = project.run_learn()
    assert result.returncode == 0
    assert "Next: gpt.GPT.__init__" in result.stdout
    assert "[DEBUG] GPT.__init__() called" in result.stdout
    assert max(len(line) for line in result.stdout.splitlines() if "DEBUG" not in line) <= 80
    assert not (project.folder / "runs").exists()


def test_json_says_where_it_stopped(project):
    for piece in PIECES[:7]:
        put_in(piece, project.learn)
    result = project.run_learn("--json")
    report = json.loads(result.stdout)
    assert report["stopped_at"] == PIECES[7].id
    assert (report["track"], report["done"], report["total"]) == ("nanochat", 7, len(TRACKS[0].pieces))
    assert "def forward" in (project.folder / report["file"]).read_text().splitlines()[report["line"] - 1]
    # What was reached on the way is a fact, and stands in STATUS.md.
    assert "- [x] **Model initialises**" in (project.folder / "STATUS.md").read_text()


@pytest.mark.slow
def test_a_finished_model_trains_and_opens_the_next_track(finished):
    # The first two: the playthrough trains them all.
    reports = [json.loads(finished.run_learn("--json", "--max_iters", "2").stdout) for _ in range(2)]
    assert [report["track"] for report in reports] == [track.name for track in TRACKS[:2]]
    assert all(report["finished"] is True for report in reports)
    assert "- [x] **Full pipeline**" in (finished.folder / "STATUS.md").read_text()


@pytest.mark.slow
def test_a_run_that_did_without_a_piece_does_not_finish_its_track(project):
    *others, distribution = TRACKS[0].pieces
    for piece in others:
        put_in(piece, project.learn)
    # nanochat's loop samples by itself.
    loop = Source.read(COURSE / "decoding/generation/generate/alternatives/nanochat.py").text_of("generate")
    path = project.learn / "decoding" / "generation.py"
    path.write_text(Source.read(path).with_function("generate", loop.replace("max_tokens", "max_new_tokens")))
    result = project.run_learn("--max_iters", "2")
    assert f"without {distribution.id}" in " ".join(result.stdout.split())
    assert "opens the next one" not in result.stdout
    put_in(distribution, project.learn)
    # The first track is done, and compared, with nothing else written.
    assert "opens the next one, norms" in " ".join(project.run_learn("--max_iters", "2").stdout.split())
    assert last_json(project.run_learn("compare", "--json", "--max_iters", "50"))["agree"] is True


@pytest.mark.slow
def test_a_piece_of_a_tracks_last_run_is_asked_for_before_the_other_runs_are_trained(finished):
    (finished.folder / ".learn").mkdir()
    names = [track.name for track in TRACKS]
    before = names[: names.index("streams")]
    (finished.folder / ".learn" / "progress.json").write_text(json.dumps({"finished": before}))
    last = "placements.streams.attn_res.AttentionResidual.forward"
    finished.run_learn("reset", last)
    result = finished.run_learn("--json")
    report = json.loads(result.stdout)
    assert (report["track"], report["stopped_at"]) == ("streams", last)
    total = len(TRACKS[len(before)].pieces)
    assert (report["done"], report["total"]) == (total - 1, total)
    assert "training ..." not in result.stderr


@pytest.mark.slow
def test_an_unwritten_piece_of_an_earlier_track_comes_first(finished):
    finished.run_learn("--json", "--max_iters", "2")
    finished.run_learn("reset", "rms_norm")
    finished.run_learn("reset", "normalizations.layer_norm.layer_norm")
    report = json.loads(finished.run_learn("--json").stdout)
    assert (report["track"], report["stopped_at"]) == ("nanochat", "norms.rms_norm")


def test_their_exception_is_shown_frame_first_and_fails(finished):
    finished.edit_in("learn/blocks.py", "Block.forward", "x = x + self.attn(", "x = x + y + self.attn(")
    result = finished.run_learn()
    assert result.returncode == 1
    where = next(line for line in result.stdout.splitlines() if "DEBUG" not in line and "..." not in line)
    assert where.startswith("learn/blocks.py:")
    assert "NameError" in result.stdout
    assert "Traceback" not in result.stdout + result.stderr


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda learn: (learn / "norms.py").write_text("def rms_norm(x, eps:\n"), "norms.py:1"),
        (lambda learn: (learn / "norms.py").write_text("x = 1\n"), "learn reset norms.rms_norm"),
        (lambda learn: (learn / "norms.py").unlink(), "learn reset norms.rms_norm"),
        (lambda learn: (learn / "debug.py").unlink(), "learn reset debug.py"),
        (lambda learn: (learn / "norms.py").write_bytes(b"\xff\xfe"), "norms.py:1"),
    ],
    ids=["syntax error", "deleted function", "deleted file", "deleted debug.py", "binary"],
)
def test_a_damaged_copy_gets_a_clear_answer(project, spoil, said):
    spoil(project.learn)
    result = project.run_learn()
    assert result.returncode == 1
    assert said in result.stdout
    assert "Traceback" not in result.stdout + result.stderr


@pytest.mark.slow
def test_windows_line_ends_are_no_trouble(finished):
    for path in finished.learn.rglob("*.py"):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    finished.run_learn("reset", "rms_norm")
    assert last_json(finished.run_learn("--json"))["stopped_at"] == "norms.rms_norm"
    result = finished.run_learn("check", "MLP.forward", "--json")
    assert [verdict["status"] for verdict in last_json(result)["pieces"]] == ["pass"]


def test_check_reports_what_was_asked_for_and_remembers(project):
    put_in(BY_ID["norms.rms_norm"], project.learn)
    put_in(BY_ID["optimization.flops.estimate_flops"], project.learn)
    project.edit("learn/optimization/flops.py", "return 6 * (N", "return 2 * (N")
    result = project.run_learn("check", "--json")
    assert result.returncode == 1
    verdicts = {verdict.pop("id"): verdict for verdict in json.loads(result.stdout)["pieces"]}
    assert {id: verdict["status"] for id, verdict in verdicts.items()} == {
        "norms.rms_norm": "pass",
        "optimization.flops.estimate_flops": "wrong",
    }
    fields = {"status", "cause", "message", "file", "line", "seconds"}
    fields |= {"about", "of_file", "note", "summary", "right", "wrong", "causes"}
    assert set(verdicts["norms.rms_norm"]) == fields
    assert "yours" in verdicts["optimization.flops.estimate_flops"]["message"]
    states = {row["id"]: row["state"] for row in last_json(project.run_learn("list", "--json"))["pieces"]}
    assert states["norms.rms_norm"] == "pass"
    assert states["optimization.flops.estimate_flops"] == "wrong"
    # What passed and has not changed is not asked again.
    assert [verdict["id"] for verdict in last_json(project.run_learn("check", "--json"))["pieces"]] == [
        "optimization.flops.estimate_flops"
    ]


def test_check_of_a_passing_piece_succeeds(finished):
    result = finished.run_learn("check", "rms_norm", "apply_rotary")
    assert result.returncode == 0
    assert result.stdout.count("passes") == 2


def test_checking_a_foreign_copy_leaves_ones_own_status_alone(project, tmp_path):
    before = (project.folder / "STATUS.md").read_text()
    result = project.run_learn("check", "rms_norm", "MoE.forward", "--impl", "reference")
    assert result.returncode == 0
    assert (project.folder / "STATUS.md").read_text() == before
    assert not (project.folder / ".learn").exists()


def test_list_has_every_piece_with_its_place(project):
    rows = last_json(project.run_learn("list", "--json"))["pieces"]
    assert [row["id"] for row in rows] == [piece.id for piece in PIECES]
    assert set(rows[0]) == {"id", "file", "line", "phase", "track", "state"}
    lines = project.run_learn("list").stdout.splitlines()
    assert any("rms_norm" in line for line in lines)
    assert max(map(len, lines)) <= 80
    headings = [line for line in lines if line and not line.startswith(" ")]
    assert len(headings) == len(set(headings)) == len({(piece.track, piece.phase) for piece in PIECES})


def test_solution_shows_the_reference_and_the_difference(project):
    put_in(BY_ID["norms.rms_norm"], project.learn)
    assert "Yours is the same." in project.run_learn("solution", "rms_norm").stdout
    project.edit("learn/norms.py", "mean_square + eps", "mean_square")
    assert "-    return (wide * torch.rsqrt(mean_square)" in project.run_learn("solution", "rms_norm").stdout


def test_reset_backs_up_and_says_where(finished):
    result = finished.run_learn("reset", "rms_norm")
    (backup,) = (finished.folder / ".learn" / "backups").glob("*/learn/norms.py")
    assert str(backup.relative_to(finished.folder)) in result.stdout
    assert "rsqrt" in backup.read_text()
    assert last_json(finished.run_learn("list", "--json"))["pieces"][8]["state"] == "unwritten"


def test_after_a_wrong_piece_a_bare_hint_is_about_it_and_learn_names_it(project, monkeypatch, capsys):
    put_in(BY_ID["norms.rms_norm"], project.learn)
    board, progress = read_board(project.learn), Progress(project.folder / ".learn" / "progress.json")
    progress.judge(board["norms.rms_norm"], "wrong", "eps forgotten", "You forgot it.")
    for module in (run, hint, status):
        monkeypatch.setattr(module, "read_board", lambda: board)
        monkeypatch.setattr(module, "Progress", lambda: progress)
    monkeypatch.setattr(run, "run_settings", lambda runs, track: progress.stop_at("gpt.GPT.__init__"))
    monkeypatch.setattr(status, "remember", lambda board, progress: True)
    main([])
    assert capsys.readouterr().out.startswith(f"Wrong as it stands: norms.rms_norm   {board['norms.rms_norm'].place}\n")
    # The run has stopped at another piece, and the hints are still about this one.
    for rung in (1, 2):
        assert main(["hint"]) == 0
        said = capsys.readouterr().out
        assert said.startswith("norms.rms_norm ")
        assert f"hint {rung} of 3" in said
        assert ("You forgot it." in said) == (rung == 1)
    # The rungs of the next piece are all left.
    main(["hint", "gpt.GPT.__init__"])
    assert "hint 1 of 3" in capsys.readouterr().out
    # On a screen: of the current track every piece, of the others one line each.
    main(["status"])
    said = capsys.readouterr().out
    assert "You are at: norms.rms_norm" in said
    assert all(piece.id in said for piece in TRACKS[0].pieces)
    assert not any(piece.id in said for piece in TRACKS[1].pieces)
    assert all(re.search(rf"^{track.name} +0 of +{len(track.pieces)} pass", said, re.M) for track in TRACKS[1:])
    assert len(said.splitlines()) <= 36
    main(["status", "--all"])
    said = capsys.readouterr().out
    assert all(piece.id in said for piece in PIECES)


@pytest.mark.parametrize(
    ("term", "said"),
    [
        ("G", "G: key/value heads"),
        ("T", "T: sequence: tokens"),
        ("n_embd", "C: width of the model"),
        ("rope_theta", "default 10000.0"),
        ("kv-cache", "KV cache: keys and values"),
        ("W^UK", "k_up_proj"),
        ("", "Fields of the configuration"),
    ],
)
def test_words_prints_the_glossary(term, said, capsys):
    assert main(["words", *term.split()]) == 0
    out = capsys.readouterr().out
    assert said in out
    assert max(map(len, out.splitlines())) <= 80
    assert len(out.splitlines()) < 12 or not term


def test_an_unknown_word_is_answered_with_the_nearest():
    with pytest.raises(UsageError, match=r"did you mean logits\?"):
        main(["words", "logit s"])


@pytest.mark.parametrize(
    "command", ["list", "list --json", "hint", "words G", "solution rms_norm", "reset rms_norm", "status"]
)
def test_what_the_learner_waits_for_does_not_load_torch(project, command):
    code = "import sys; from scripts.learn import main; main(sys.argv[1:]); sys.exit('torch' in sys.modules)"
    assert project.run("-c", code, *command.split()).returncode == 0


# Says which modules are there that `import torch` does not load: of torch and of the reference by name, of all else by
# what has to be installed or stands here.
LOADED = """
import sys, torch
before = set(sys.modules)
{}
new = sys.modules.keys() - before
packages = {{name.partition(".")[0] for name in new}} - set(sys.stdlib_module_names)
print(*sorted(packages | {{name for name in new if name.startswith(("torch.", "reference."))}}))
"""
# Numpy is torch's; a part of yaml is compiled by Cython, and Windows has its colours from colorama.
USUAL = {"jaxtyping", "numpy", "reference", "scripts", "yaml", "_yaml", "colorama"}


def loaded(project, code: str) -> tuple[str, set[str]]:
    """What the code prints, and the modules that it loads besides those that may be there always."""
    result = project.run("-c", LOADED.format(code))
    assert result.returncode == 0, result.stderr
    *said, names = result.stdout.splitlines()
    return "\n".join(said), {name for name in names.split() if "cython" not in name} - USUAL


def test_a_run_to_its_panel_loads_no_more_than_it_needs(project):
    said, modules = loaded(project, "from scripts.learn import main; main([])")
    assert "Next: gpt.GPT.__init__" in said
    assert "learn watch: the warm way" in said
    # Neither beartype, which has little to say before anything is called, nor any other model than the learner's.
    rest = {"config", "presets", "optimization", "optimization.schedules"}
    assert modules == {"learn_0", "rich", "filelock", *(f"reference.{name}" for name in rest)}


def test_a_check_loads_of_the_reference_what_its_cases_are_about(project):
    # What its two processes do, in one.
    code = """
from scripts.workshop.check import loaded
from scripts.workshop.check.cases import cases_now
from scripts.workshop.check.checking import check_piece
from scripts.workshop.pieces import BY_ID
from scripts.workshop.pieces.splice import reference_source
for piece in (BY_ID["norms.rms_norm"], BY_ID["attention.CausalSelfAttention.forward"]):
    print(check_piece(piece, reference_source(piece.module), cases_now(piece, ())).status)
"""
    said, modules = loaded(project, code)
    assert said.split() == ["pass", "pass"]
    about = {"attention", "config", "decoding", "decoding.cache", "norms", "positions"}
    assert modules == {f"reference.{name}" for name in about}


def test_status_knows_the_next_piece_and_what_was_measured(project):
    put_in(BY_ID["gpt.GPT.__init__"], project.learn)
    project.run_learn("check")
    facts = last_json(project.run_learn("status", "--json"))
    assert facts["pieces"]["gpt.GPT.__init__"] == "pass"
    assert facts["next"] == "blocks.Block.__init__"
    assert facts["milestones"] == facts["performance"] == {}
    assert "- [x] `gpt.GPT.__init__`: pass" in (project.folder / "STATUS.md").read_text()


def test_status_reports_a_broken_marker(project):
    path = project.folder / "STATUS.md"
    path.write_text(path.read_text().replace("<!-- end progress -->", ""))
    result = project.run_learn("status")
    assert result.returncode == 1
    assert "<!-- end progress -->" in result.stderr


def test_every_command_explains_itself(project):
    for command in ("", "check", "hint", "solution", "reset", "compare", "list", "status"):
        result = project.run_learn(*command.split(), "--help")
        assert result.returncode == 0
        assert "usage: learn" in result.stdout


def test_a_wrong_command_is_one_line(project):
    for arguments in (["chek"], ["check", "--al"], ["list", "--jsn"], ["reset"]):
        result = project.run_learn(*arguments)
        assert result.returncode == 2, arguments
        assert result.stderr.count("\n") == 1, result.stderr


@pytest.mark.slow
def test_compare_agrees_with_the_same_code_and_not_with_other(finished):
    result = finished.run_learn("compare", "--json", "--max_iters", "50")
    assert result.returncode == 0, result.stderr
    assert last_json(result)["agree"] is True
    assert "- [x] **Matches reference**" in (finished.folder / "STATUS.md").read_text()
    finished.edit("learn/attention.py", "self.head_dim**-0.5)", "self.head_dim**-0.4)")
    result = finished.run_learn("compare", "--json", "--max_iters", "50")
    assert result.returncode == 1
    report = last_json(result)
    assert report["agree"] is False
    assert report["apart_at_step"] <= 5
    assert "CausalSelfAttention.attend, which is given, is another" in report["differs"][0]
    assert "- [ ] **Matches reference**" in (finished.folder / "STATUS.md").read_text()


def test_compare_waits_for_the_last_piece(project):
    result = project.run_learn("compare")
    assert result.returncode == 2
    assert "gpt.GPT.__init__" in result.stderr


def test_a_flag_of_another_command_is_not_proposed(project):
    result = project.run_learn("list", "--all")
    assert result.returncode == 2
    assert result.stderr == "learn: unknown flag --all; see --help\n"
    assert "did you mean --all?" in project.run_learn("check", "--al").stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    "left",
    [
        "import threading\nthreading.Thread(target=threading.Event().wait).start()\n",
        "from multiprocessing import get_context\nimport time\n"
        "get_context('fork').Process(target=time.sleep, args=(1e6,)).start()\n",
    ],
    ids=["thread", "process"],
)
def test_fault_4j_what_their_code_leaves_running_does_not_keep_the_command(project, left):
    path = project.learn / "norms.py"
    path.write_text(path.read_text() + left + "print('\\ud800')\n")
    put_in(BY_ID["gpt.GPT.__init__"], project.learn)
    result = project.run_learn()
    assert result.returncode == 0
    assert "Next: " in result.stdout


def test_fault_4j_a_file_that_ends_the_program_is_shown_and_fails(project):
    path = project.learn / "norms.py"
    path.write_text(path.read_text() + "import sys\nsys.exit(0)\n")
    result = project.run_learn("--json")
    assert result.returncode == 1
    report = last_json(result)
    assert (report["file"], report["line"]) == ("learn/norms.py", path.read_text().count("\n"))
    assert "ends the program" in report["error"]


def test_fault_4j_what_they_wrote_is_safe_to_show(project):
    path = project.learn / "norms.py"
    odd = "def rms_norm(x, eps):\n    # \x1b[31m \x9b2J \x0b \u2028 \u202e\n    return x\n"
    path.write_text(Source.read(path).with_function("rms_norm", odd), encoding="utf-8")
    text = project.run_learn("solution", "rms_norm").stdout
    assert r"-    # \x1b[31m \x9b2J \x0b \u2028 \u202e" in text
    assert all(character.isprintable() or character == "\n" for character in text)


@pytest.mark.slow
def test_fault_4d_two_checks_at_once_keep_both_verdicts(project):
    put_in(BY_ID["norms.rms_norm"], project.learn)
    put_in(BY_ID["norms.soft_cap"], project.learn)
    both = [project.start("-m", "scripts.learn", "check", piece) for piece in ("rms_norm", "soft_cap")]
    for process in both:
        with process:
            process.communicate(timeout=120)
        assert process.returncode == 0
    states = last_json(project.run_learn("status", "--json"))["pieces"]
    assert states["norms.rms_norm"] == states["norms.soft_cap"] == "pass"
    text = (project.folder / "STATUS.md").read_text()
    assert all(f"- [x] `norms.{name}`: pass" in text for name in ("rms_norm", "soft_cap"))


@pytest.mark.parametrize("data", ["", '{"verdicts": {"norms', "[]"], ids=["empty", "half", "a list"])
def test_fault_4e_no_command_fails_for_a_damaged_file(project, data):
    (project.folder / ".learn").mkdir()
    for command in ("list", "hint", "status", "reset STATUS.md"):
        (project.folder / ".learn" / "progress.json").write_text(data)
        (project.folder / "STATUS.md").write_bytes(b"\xff\xfe\n")
        result = project.run_learn(*command.split())
        assert "Traceback" not in result.stderr
        assert result.returncode == (command == "status"), result.stderr
        assert f"kept in .learn{os.sep}backups" in result.stderr


def test_fault_4e_a_stubs_raise_that_may_go_is_noted(project):
    path = project.learn / "feed_forwards" / "activations.py"
    gelu = "def gelu(x):\n    return x * 0.5 * (1 + torch.erf(x / 2 ** 0.5))\n    raise NotImplementedError('TODO')\n"
    path.write_text(Source.read(path).with_function("gelu", gelu))
    result = project.run_learn("check", "gelu")
    assert result.returncode == 0
    assert "passes" in result.stdout
    line = Source.read(path).find("gelu").lineno + 2
    assert f"note: line {line}, the stub's raise, is never reached: it may go" in result.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="Windows deletes no folder that somebody is in")
def test_fault_4e_a_folder_that_is_gone_is_a_line(project, tmp_path):
    gone = tmp_path / "gone"
    code = f"import os, sys; os.mkdir({str(gone)!r}); os.chdir({str(gone)!r}); os.rmdir({str(gone)!r})\n"
    result = project.run(
        "-c", code + "from scripts.learn import main, run_command; sys.exit(run_command(main, ['list']))"
    )
    assert result.returncode == 2
    assert result.stderr.count("\n") == 1


def test_a_copy_reads_its_own_files_by_the_command_of_another(project):
    put_in(BY_ID["norms.rms_norm"], project.learn)
    # As the command that an environment has, which was made for the project that this one is a copy of.
    script = "import sys; sys.argv[0] = 'learn'; from scripts.learn import console_script; sys.exit(console_script())"
    environment = os.environ | {"PYTHONPATH": str(COURSE.parents[1])}
    command = [sys.executable, "-P", "-c", script, "list", "--json"]
    said = subprocess.run(command, cwd=project.learn, env=environment, capture_output=True, text=True)
    assert said.returncode == 0, said.stderr
    (norm,) = (piece for piece in json.loads(said.stdout)["pieces"] if piece["id"] == "norms.rms_norm")
    assert (norm["state"], norm["file"]) == ("written", "norms.py")
