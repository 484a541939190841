"""The grid, with works that train nothing and import no torch: a process then starts in a fraction of a second."""

import importlib
import io
import itertools
import os
import signal
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool

import pytest
from rich.console import Console

from scripts.laboratory import executors, grid
from scripts.laboratory.executors import executor_at
from scripts.laboratory.grid import Grid, grid_of
from scripts.project import UsageError

WORKS = '''
def doubled(trial, advance):
    """Twice the number; says in a file that it was called."""
    with open(trial["calls"], "a") as file:
        print(trial["n"], file=file)
    advance(1)
    if trial["n"] < 0:
        raise ValueError(f"{trial['n']} is too little")
    return {"twice": 2 * trial["n"]}


def first_only(trial, advance):
    """Goes on and on, but for the first one, until it is stopped; not for ever, should that never happen."""
    for _ in range(10**6 if trial["n"] else 1):
        advance(1)
    return {"n": trial["n"]}


def waiting(trial, advance):
    """Says which process it is in, and waits until it may go on."""
    import os, pathlib
    with open(trial["calls"], "a") as file:
        print(os.getpid(), file=file, flush=True)
    while not pathlib.Path(trial["go_on"]).exists():
        pass
    return {"n": trial["n"]}


def crashing(trial, advance):
    import os
    os._exit(1)
'''


@pytest.fixture
def works(tmp_path, monkeypatch):
    """A module that the processes of a grid find too."""
    (tmp_path / "works_of_test_grid.py").write_text(WORKS)
    monkeypatch.syspath_prepend(tmp_path)
    yield importlib.import_module("works_of_test_grid")
    importlib.sys.modules.pop("works_of_test_grid")


@pytest.fixture
def console():
    return Console(record=True, file=io.StringIO(), width=200)


def one_step(trial):
    return 1


def test_results_come_in_order_and_only_what_is_missing_is_run(works, tmp_path, console):
    calls = tmp_path / "calls"
    trials = [{"n": n, "calls": str(calls)} for n in (3, 1, 2)]
    some = Grid(trials[:2], works.doubled, tmp_path / "grid")
    assert some.results(one_step, console, processes=1) == [{"twice": 6}, {"twice": 2}]
    everything = Grid(trials, works.doubled, tmp_path / "grid")
    some.file_of(trials[0]).unlink()
    assert everything.results(one_step, console, processes=1) == [{"twice": 6}, {"twice": 2}, {"twice": 4}]
    assert calls.read_text().split() == ["3", "1", "3", "2"]
    said = console.export_text()
    assert "1 of 3 trials are there already" in said
    assert "100 %" in said


def test_any_executor_runs_the_trials_and_one_of_another_code_is_refused(works, tmp_path, console, monkeypatch):
    trials = [{"n": n, "calls": str(tmp_path / "calls")} for n in (3, 1)]
    elsewhere = Grid(trials, works.doubled, tmp_path / "grid")
    with ThreadPoolExecutor(1) as executor:
        assert elsewhere.results(one_step, console, executor=executor) == [{"twice": 6}, {"twice": 2}]
        assert elsewhere.results(one_step, console, executor=executor) == [{"twice": 6}, {"twice": 2}]
        assert len((tmp_path / "calls").read_text().split()) == 2
        with pytest.raises(UsageError, match="another version of the code"):
            executor.submit(grid.run_elsewhere, works.doubled, trials, False, ("another",)).result()


@pytest.mark.slow  # starts a cluster
def test_a_worker_that_is_killed_is_done_without(works, tmp_path, console):
    distributed = pytest.importorskip("distributed", reason="no dask: pip install -e '.[cluster]'")
    trials = [{"n": n, "calls": str(tmp_path / "calls"), "go_on": str(tmp_path / "go_on")} for n in range(4)]
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        workers = {worker.process.pid for worker in cluster.workers.values()}
        with executor_at(cluster.scheduler_address) as executor, ThreadPoolExecutor(1) as aside:
            found = aside.submit(Grid(trials, works.waiting, tmp_path).results, one_step, console, None, executor)
            while not (tmp_path / "calls").exists():
                pass
            # The one that has begun a trial never ends it.
            begun = int((tmp_path / "calls").read_text().split()[0])
            assert begun in workers
            os.kill(begun, signal.SIGKILL)
            (tmp_path / "go_on").touch()
            assert found.result(120) == [{"n": n} for n in range(4)]


def test_a_scheduler_that_does_not_answer_is_named(monkeypatch):
    pytest.importorskip("distributed", reason="no dask: pip install -e '.[cluster]'")
    monkeypatch.setattr(executors, "SECONDS", 0.2)
    with (
        pytest.raises(UsageError, match=r"--scheduler tcp://127\.0\.0\.1:9: no scheduler answers"),
        executor_at("tcp://127.0.0.1:9"),
    ):
        pass


def test_a_trial_that_fails_is_named_and_the_others_are_kept(works, tmp_path, console):
    trials = [{"n": n, "calls": str(tmp_path / "calls")} for n in (1, -1)]
    failing = Grid(trials, works.doubled, tmp_path)
    with pytest.raises(ValueError, match=r"^-1 is too little$"):
        failing.results(one_step, console, processes=1)
    assert failing.result_of(trials[0]) == {"twice": 2}
    assert failing.result_of(trials[1]) is None
    said = console.export_text()
    assert 'this trial failed: {"n": -1' in said
    assert "1 of 2 trials are kept; the same line again does the others" in said


def test_ctrl_c_stops_what_runs_and_keeps_what_is_done(works, tmp_path, console, monkeypatch):
    trials = [{"n": 0}, {"n": 1}, {"n": 2}]
    endless = Grid(trials, works.first_only, tmp_path)

    def show(progress, steps, ended):
        if ended == 1 and steps > 10:
            raise KeyboardInterrupt

    monkeypatch.setattr(grid.Progress, "show", show)
    with pytest.raises(KeyboardInterrupt):
        endless.results(one_step, console, processes=1)
    assert [endless.result_of(trial) for trial in trials] == [{"n": 0}, None, None]
    assert "1 of 3 trials are kept" in console.export_text()


def test_a_process_that_dies_is_said(works, tmp_path, console):
    with pytest.raises(BrokenProcessPool):
        Grid([{"n": 0}], works.crashing, tmp_path).results(one_step, console, processes=1)
    assert 'this trial failed: {"n": 0}' in console.export_text()


@pytest.mark.parametrize("text", ["", '{"trial": {}', "[]", '{"trial": {}}'])
def test_a_damaged_file_is_said(works, tmp_path, console, text):
    damaged = Grid([{"n": 0}], works.doubled, tmp_path)
    damaged.file_of({"n": 0}).write_text(text)
    with pytest.raises(UsageError, match=r"\.json: .*; remove it to run it again"):
        damaged.results(one_step, console)


def test_another_code_work_setting_or_text_is_another_trial(works, tmp_path):
    codes = {
        "one": "def f(x):\n    return x + 1\n",
        "with a comment": "def f(x):  # adds\n\n    return x + 1\n",
        "another": "def f(x):\n    return x + 2\n",
    }
    for name, code in codes.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "model.py").write_text(code)

    def name_of(work=works.doubled, code="one", data="", **trial):
        return Grid([], work, tmp_path, tmp_path / code, data).file_of(trial).name

    assert name_of(a=1, b=2) == name_of(b=2, a=1) == name_of(a=1, b=2, code="with a comment")
    names = [name_of(a=1), name_of(a=2), name_of(b=1), name_of(works.first_only, a=1)]
    names += [name_of(a=1, code="another"), name_of(a=1, data="another")]
    assert len(set(names)) == len(names)


def test_the_training_code_counts_too(works, tmp_path, monkeypatch):
    before = Grid([], works.doubled, tmp_path).file_of({})
    monkeypatch.setattr(grid, "GIVEN", grid.GIVEN[:1])
    assert Grid([], works.doubled, tmp_path).file_of({}) != before


def test_who_writes_on_while_trials_run_changes_none_of_them(works, tmp_path):
    running = Grid([], works.doubled, tmp_path)
    before = running.file_of({})
    (tmp_path / "works_of_test_grid.py").write_text("# longer\n" + WORKS.replace("2 *", "3 *"))
    assert running.file_of({}) == before


def test_every_combination_once_the_last_axis_fastest():
    axes = {"a": [1, 2], "b": ["x", "y", "z"]}
    expected = [{"a": a, "b": b} for a, b in itertools.product([1, 2], "xyz")]
    assert list(grid_of(axes)) == expected
