"""Verdicts: each piece in a process of its own."""

import contextlib
import itertools
import json
import multiprocessing
import os
import select
import signal
import sys

import pytest
import torch

from reference.config import GPTConfig
from scripts.learn import main
from scripts.learning.check import verdict_text
from scripts.workshop.check.answers import packed, unpacked
from scripts.workshop.check.cases import Estimate, cases_now, cases_of
from scripts.workshop.diagnose import diagnosis, verdicts
from scripts.workshop.diagnose.diagnosis import diagnose
from scripts.workshop.diagnose.verdicts import check_entries
from scripts.workshop.pieces import BY_ID, TRACKS
from scripts.workshop.pieces.board import read_board, tracks_begun
from scripts.workshop.pieces.scratch import put_in
from scripts.workshop.pieces.source import Source
from scripts.workshop.pieces.splice import reference_source

NORM = "norms.rms_norm"


def verdict(project, piece=NORM, limit=20.0):
    (found,) = check_entries([read_board(project.learn)[piece]], limit)
    return found


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ("return x", "wrong", "expected"),
        ("return x.nothing", "crash", "nothing"),
        ("while True: pass", "timeout", "2 s"),
        ("import os; os._exit(3)", "crash", "exit status 3"),
        ("raise SystemExit", "crash", "the code ends the program here"),
        ("import math; return x / math.sqrt(1)", "wrong", "yours"),
    ],
)
def test_every_way_to_fail_has_its_verdict(project, body, status, said):
    (project.learn / "norms.py").write_text(f"\n\ndef rms_norm(x, eps):\n    {body}\n")
    # A busy machine may take seconds over what is quick; only the endless loop is waited for in vain.
    found = verdict(project, limit=2.0 if status == "timeout" else 60.0)
    assert (found.status, found.id, found.cause) == (status, NORM, None)
    assert said in found.message
    assert found.file.endswith("norms.py")
    assert found.line in (3, 4)


CAPPED = "return cap * torch.tanh(x / cap)"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("sys.exit(3)", "the code ends the program here, by sys.exit(3) or the like"),
        ("breakpoint(); " + CAPPED, "breakpoint() waits for a keyboard"),
        ("import pdb; pdb.set_trace(); " + CAPPED, "breakpoint() waits for a keyboard"),
        ("return x * float(input())", "input() waits for a keyboard"),
    ],
)
def test_fault_18_what_waits_or_ends_the_program_has_its_plain_line(project, body, said):
    (project.learn / "norms.py").write_text(f"import sys\nimport torch\n\ndef soft_cap(x, cap):\n    {body}\n")
    found = verdict(project, "norms.soft_cap")
    assert (found.status, found.line, found.summary) == ("crash", 5, "wrong: all 10 cases")
    assert said in found.message


def test_fault_18_what_only_compiles_and_what_is_never_reached_are_noted_behind_a_right_body(project):
    text = f"@torch.compile(dynamic=True)\ndef soft_cap(x, cap):\n    {CAPPED}\n    raise NotImplementedError\n"
    (project.learn / "norms.py").write_text(f"import torch\n\n{text}")
    found = verdict(project, "norms.soft_cap")
    assert (found.status, found.right) == ("pass", 10)
    assert "line 3, @torch.compile(dynamic=True), is left out of a check" in found.note
    assert "line 6, the stub's raise, is never reached" in found.note


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("import nothing_there", "No module named 'nothing_there'"),
        ("limit = 1 / 0", "division by zero"),
        ("return 3", "'return' outside function"),
        ("def other(x:", "Python cannot read this line, "),
    ],
)
def test_fault_18_an_error_in_the_file_is_the_files_whichever_piece_is_asked_for(project, line, said):
    (project.learn / "norms.py").write_text(f"import torch\n\n{line}\n\ndef rms_norm(x, eps):\n    return x\n")
    found = verdict(project)
    assert (found.status, found.line, found.of_file) == ("crash", 3, True)
    assert said in found.message and "With " not in found.message
    heading, *_ = verdict_text(found).plain.splitlines()
    assert "FILE BROKEN" in heading and "CRASHES" not in heading


def test_fault_18_all_that_fails_is_said_at_once_and_the_first_is_explained(project):
    body = "    return (cap * torch.tanh(x / cap)).float() if x.dtype != torch.float16 else x"
    (project.learn / "norms.py").write_text(f"import torch\n\n\ndef soft_cap(x, cap):\n{body}\n")
    found = verdict(project, "norms.soft_cap")
    assert (found.status, found.cause, found.right) == ("wrong", None, 8)
    assert found.summary.startswith("right: 8 cases; wrong: with bfloat16 numbers (1), with float16 numbers, so large")
    assert [len(group["cases"]) for group in found.wrong] == [1, 1]
    assert found.message.startswith("With bfloat16 numbers: the result: yours has the dtype torch.float32")
    assert "This is a known mistake" not in found.message
    assert [(cause["name"], cause["certain"], cause["cases"]) for cause in found.causes] == [
        ("result in float32", False, ["bfloat16 numbers"])
    ]
    assert "One of several things: with bfloat16 numbers (1), yours comes to the same" in found.message


@pytest.mark.slow
def test_a_hanging_piece_does_not_keep_the_others_from_their_verdicts(finished):
    finished.edit("learn/norms.py", "    # Take the mean", "    while True:\n        pass\n    # Take the mean")
    board = read_board(finished.learn)
    found = list(check_entries([board[NORM], board["optimization.flops.estimate_flops"], board["norms.soft_cap"]], 8.0))
    assert [verdict.status for verdict in found] == ["timeout", "pass", "pass"]
    assert not multiprocessing.active_children()


def test_what_another_track_needs_is_asked_once_that_track_is_begun(project):
    text = reference_source("gpt").text_of("GPT.forward")
    # Right as long as nobody hands a cache in.
    without = text.replace("self.positions(position, cache), strict", "self.positions(position), strict")
    path = project.learn / "gpt.py"
    path.write_text(Source.read(path).with_function("GPT.forward", without))
    assert verdict(project, "gpt.GPT.forward", 60.0).status == "pass"
    put_in(BY_ID["decoding.cache.ContiguousCache.update"], project.learn)
    assert tracks_begun(read_board(project.learn)) == {"nanochat", "inference"}
    found = verdict(project, "gpt.GPT.forward", 60.0)
    assert found.status == "wrong" and "With a cache" in found.message


def test_the_gate_asks_all_and_a_learner_what_their_tracks_need():
    cases = cases_of(BY_ID["gpt.GPT.forward"])
    asked = [cases_now(BY_ID["gpt.GPT.forward"], begun) for begun in ((), ("inference",), ("positions", "inference"))]
    assert len(asked[0]) < len(asked[1]) < len(asked[2]) == len(cases)
    assert {case.track for case in cases} <= {None, *(track.name for track in TRACKS)}


def test_what_cannot_be_run_is_not_run(project):
    (project.learn / "norms.py").write_text("def rms_norm(x, eps:\n")
    (project.learn / "optimization" / "flops.py").unlink()
    assert verdict(project).status == "crash"
    assert verdict(project).line == 1
    missing = verdict(project, "optimization.flops.estimate_flops")
    assert missing.status == "unwritten"
    assert "learn reset optimization.flops.estimate_flops" in missing.message
    assert verdict(project, "gpt.GPT.forward").status == "unwritten"


RIGHT = """
    wide = x.to(torch.promote_types(x.dtype, torch.float32))
    return (wide * torch.rsqrt(wide.pow(2).mean(-1, True) + eps)).to(x.dtype)
"""


def norm_with(project, body: str) -> None:
    (project.learn / "norms.py").write_text(f"import os, time\n\nimport torch\n\n\ndef rms_norm(x, eps):\n{body}\n")


linux = pytest.mark.skipif(sys.platform != "linux", reason="asks the system in a way of its own")


@linux
@pytest.mark.slow
def test_fault_4f_a_right_piece_passes_where_the_machine_has_less_to_give(project):
    import resource

    def with_less():
        resource.setrlimit(resource.RLIMIT_AS, (8 * 2**30, 8 * 2**30))
        resource.setrlimit(resource.RLIMIT_CPU, (60, 60))

    norm_with(project, RIGHT)
    with project.start("-m", "scripts.learn", "check", "rms_norm", "--json", preexec_fn=with_less) as process:
        out, err = process.communicate(timeout=120)
    assert [piece["status"] for piece in json.loads(out)["pieces"]] == ["pass"], err


@linux
def test_fault_4f_where_the_checker_itself_cannot_run_no_piece_is_blamed(project):
    import resource

    def with_too_little():
        resource.setrlimit(resource.RLIMIT_AS, (200 * 2**20, 200 * 2**20))

    norm_with(project, RIGHT)
    with project.start("-m", "scripts.learn", "check", "rms_norm", preexec_fn=with_too_little) as process:
        _, err = process.communicate(timeout=120)
    assert process.returncode == 2
    assert "ulimit -v" in err.splitlines()[-1]
    assert err.count("error: ") == 1


def test_fault_4f_a_limit_is_on_computing_and_not_on_a_clock(project):
    # It waits for two seconds in all, and computes for a fraction of one.
    norm_with(project, f"    time.sleep(0.05){RIGHT}")
    assert verdict(project, limit=1.5).status == "pass"


def test_fault_4f_who_waits_forever_is_told_so(project, monkeypatch):
    monkeypatch.setattr(verdicts, "patience", lambda limit: 1.0)
    norm_with(project, "    import threading; lock = threading.Lock(); lock.acquire(); lock.acquire()")
    found = verdict(project)
    assert found.status == "timeout"
    assert "wait" in found.message


def test_fault_4f_a_mistake_is_named_however_slow_the_clock_makes_it_look(monkeypatch):
    monkeypatch.setattr(diagnosis.time, "perf_counter", itertools.count(0, 100).__next__)
    piece, text = BY_ID[NORM], reference_source("norms")
    wrong = Source(text.with_function("rms_norm", text.text_of("rms_norm").replace(" + eps", "")), text.path)
    (known,), _ = diagnose(piece, wrong, cases_of(piece)[0])
    assert (known.name, known.certain) == ("eps forgotten", True)


WRITE = """
    for descriptor in range(3, 64):
        try:
            while os.write(descriptor, {what}) and {again}: pass
        except OSError: pass
    return x
"""


@linux
@pytest.mark.parametrize(
    ("body", "said"),
    [
        (WRITE.format(what="bytes([0, 1])", again=False), "something else was written"),
        (WRITE.format(what="b'stray' + bytes([10])", again=False), "something else was written"),
        (WRITE.format(what="b' {}' + bytes([10])", again=False), "something else was written"),
        (WRITE.format(what="b'x' * 2**16", again=True), "64 MB"),
        ("    os.closerange(3, 64); os._exit(0)", "without a word"),
        ("    raise ValueError('x' * 10**7)", "xxx"),
        ("    raise ValueError(chr(27) + '[2J' + chr(0xD800))", r"\x1b[2J\ud800"),
    ],
)
def test_fault_4g_whatever_comes_through_the_pipe_a_check_ends(project, body, said):
    norm_with(project, body)
    found = verdict(project, limit=20.0)
    assert found.status == "crash"
    assert said in found.message
    assert len(found.message) < 10_000


WITH_A_CHILD = """
    if not os.fork():
        with open({place!r}, "a") as file: file.write(f"{{os.getpid()}} ")
        time.sleep(1000)
    while not os.path.exists({place!r}): pass
    {ending}
"""


def has_gone(descriptor: int) -> bool:
    """Whether a process ends in time."""
    gone = select.poll()
    gone.register(descriptor, select.POLLIN)
    return bool(gone.poll(20_000))


@linux
@pytest.mark.parametrize("ending", ["return x", "os._exit(0)", "while True: pass"])
def test_fault_4g_no_child_outlives_its_check(project, ending):
    place = project.folder / "pids"
    norm_with(project, WITH_A_CHILD.format(place=str(place), ending=ending))
    verdict(project, limit=2.0)
    for pid in place.read_text().split():
        with contextlib.suppress(ProcessLookupError):
            assert has_gone(os.pidfd_open(int(pid)))


@linux
@pytest.mark.slow
def test_fault_4g_ctrl_c_ends_what_runs(project):
    place = project.folder / "pids"
    norm_with(project, WITH_A_CHILD.format(place=str(place), ending="while True: pass"))
    with project.start("-m", "scripts.learn", "check", "rms_norm") as process:
        while process.poll() is None and not (place.exists() and place.read_text()):
            select.select([], [], [], 0.05)
        child = os.pidfd_open(int(place.read_text()))
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "Traceback" not in err
    assert has_gone(child)


@pytest.mark.parametrize("command", ["check", "grade", "watch"])
@pytest.mark.parametrize("seconds", ["0", "-1", "nan", "inf", "1e12", "soon"])
def test_fault_4g_a_time_that_nobody_can_mean_is_refused_in_a_line(capsys, command, seconds):
    with pytest.raises(SystemExit) as ended:
        main([command, *(["folder"] if command == "grade" else []), f"--timeout={seconds}"])
    assert ended.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert repr(seconds) in line and "86400" in line


def test_fault_4i_an_answer_is_read_back_as_plain_data():
    class Everything(dict):
        def __eq__(self, other):
            return True

        __hash__ = None

    class Number(float):
        def __float__(self):
            return 1.0

    values = [None, True, 3, 2.5, float("inf"), "text \ud800", (1, [2.0]), {"a": (1, 2), 3: "b"}, {1, 2}]
    values += [Estimate(1.0, 0.5), torch.device("cpu"), GPTConfig(n_layer=3)]
    for value in values:
        back = unpacked(json.loads(json.dumps(packed(value))))
        assert back == value and type(back) is type(value)
    for dtype in (torch.float64, torch.bfloat16, torch.int64, torch.bool, torch.complex64):
        for shape in ((), (0, 3), (2, 3)):
            tensor = torch.ones(shape, dtype=dtype)
            back = unpacked(json.loads(json.dumps(packed(tensor))))
            assert torch.equal(back, tensor) and (back.dtype, back.shape) == (dtype, tensor.shape)
    assert type(unpacked(packed(Everything(a=1)))) is dict
    assert type(unpacked(packed(Number(2.0)))) is float
    assert repr(unpacked(packed(verdict))) == "verdict" and unpacked(packed(verdict)) != verdict
    # A large tensor is no answer to anything: what it looks like is enough to say so.
    assert unpacked(packed(torch.empty(1).expand(2**13, 2**13))).is_meta
