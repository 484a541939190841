"""Where a run on the learner's code stops, and what is said about it."""

import importlib
import io
import sys
from inspect import signature

import pytest
import torch
from rich.console import Console

from reference.config import GPTConfig
from reference.presets import preset
from scripts.project import UsageError
from scripts.training.loop import train
from scripts.training.plan import Run, Schedule
from scripts.training.text.data import load_corpus
from scripts.workshop.pieces import BY_ID
from scripts.workshop.pieces.loading import load
from scripts.workshop.pieces.source import Source, stubs_raise
from scripts.workshop.pieces.splice import REFERENCE, reference_source
from scripts.workshop.teach.glossary import fields_of, letters_of
from scripts.workshop.teach.stops import Bug, Stop, show_bug, show_stop, watch_for_stops


def stop_of_run(project) -> Exception:
    config = preset("nanochat_tiny")
    schedule = Schedule(max_iters=1, batch_size=2, eval_tokens=64)
    with pytest.raises((Stop, Bug)) as caught, watch_for_stops(project.learn):
        corpus, device = load_corpus("names", config.max_seq_len), torch.device("cpu")
        train(load(str(project.learn), check_shapes=True), config, corpus, schedule, device, Run())
    return caught.value


def shown_text(show, *arguments) -> str:
    console = Console(file=io.StringIO(), width=80)
    show(console, *arguments)
    return console.file.getvalue()


def test_a_command_that_was_called_wrongly_is_no_bug_of_theirs(tmp_path):
    with pytest.raises(UsageError, match="no such run"), watch_for_stops(tmp_path):
        raise UsageError("no such run")


def test_an_unwritten_piece_stops_the_run_with_what_arrived(project):
    stop = stop_of_run(project)
    assert stop.piece.id == "gpt.GPT.__init__"
    assert stop.path == project.learn / "gpt.py"
    assert "n_layer=3" in stop.arguments["config"]
    panel = shown_text(show_stop, stop, 0, 17)
    assert panel.splitlines()[0] == f"stopped at {stop.path}:{stop.line}"
    assert "learn check gpt.GPT.__init__" in panel
    assert "learn hint gpt.GPT.__init__" in panel
    assert stop.piece.why.split()[0] in panel
    assert max(map(len, panel.splitlines()[1:])) <= 80


def test_the_panel_has_every_field_that_the_piece_reads_and_every_letter_that_it_uses():
    piece, config = BY_ID["attention.CausalSelfAttention.__init__"], preset("nanochat_tiny", n_kv_head=2)
    stop = Stop(piece, REFERENCE / piece.file, 1, {"config": repr(config)}, config=config)
    panel = shown_text(show_stop, stop, 0, 17)
    text = " ".join(panel.replace("│", " ").split())
    assert "config n_head = 4, n_kv_head = 2, n_embd = 64, head_dim = 16, norm_eps = 1e-06 letters" in text
    assert all(f"{letter} " in text.partition("letters")[2] for letter in "CHGD")
    assert "GPTConfig(" not in text


class Reader:
    """Stands for a configuration, and writes down which fields of it a function itself reads."""

    def __init__(self, config, qualname: str):
        self.config, self.qualname, self.read = config, qualname, set()

    def __getattr__(self, name: str):
        if sys._getframe(1).f_code.co_qualname == self.qualname and name in GPTConfig.__dataclass_fields__:
            self.read.add(name)
        return getattr(self.config, name)


@pytest.mark.parametrize(
    ("id", "settings"),
    [
        ("attention.CausalSelfAttention.__init__", {}),
        ("attentions.composed.Attention.__init__", {"attention_window": "8,none"}),
        ("feed_forwards.gated.GatedMLP.__init__", {"ffn_type": "gated"}),
        ("feed_forwards.moe.MoE.__init__", {"ffn_type": "moe"}),
        ("attentions.latent.MultiHeadLatentAttention.__init__", {"attention_type": "latent", "qk_norm": "off"}),
    ],
)
def test_the_fields_are_those_that_the_piece_reads_when_it_runs(id, settings):
    piece = BY_ID[id]
    module, name = importlib.import_module(f"reference.{piece.module}"), piece.qualname.split(".")[0]
    reader = Reader(preset("nanochat_tiny", **settings), piece.qualname)
    getattr(module, name)(reader, *([0] if "layer" in signature(getattr(module, name)).parameters else []))
    assert reader.read and reader.read <= set(fields_of(piece))
    # A property is computed from fields.
    assert ("attention_window" in fields_of(piece)) == ("layer_windows" in reference_source(piece.module).text)


def test_the_shapes_of_the_call_are_in_the_panel(finished):
    finished.edit(
        "learn/norms.py",
        "    # Widen to float32: in",
        "    raise NotImplementedError\n    # Widen to float32: in",
    )
    stop = stop_of_run(finished)
    assert stop.arguments == {"x": "(2, 32, 64) float32", "eps": "1e-06"}


def test_their_own_exception_is_placed_at_their_line(finished):
    finished.edit("learn/attention.py", "@ key.to(wide).mT *", "@ key.to(wide) *")
    bug = stop_of_run(finished)
    assert bug.path == finished.learn / "attention.py"
    assert "@ key.to(wide) *" in bug.path.read_text().splitlines()[bug.line - 1]
    assert bug.function == "manual_attention"
    text = shown_text(show_bug, bug)
    assert text.splitlines()[0] == f"{bug.path}:{bug.line} in manual_attention"
    assert "RuntimeError" in text


def test_torchs_own_not_implemented_error_is_a_bug_and_no_piece(finished):
    finished.edit_in("learn/blocks.py", "Block.forward", "self.mlp(self.mlp_norm(x))", "nn.Module()(x)")
    bug = stop_of_run(finished)
    assert isinstance(bug, Bug)
    assert bug.function == "Block.forward"


def test_a_not_implemented_error_of_their_helper_is_a_bug(finished):
    finished.edit("learn/norms.py", "    mean_square =", "    later()\n    mean_square =")
    path = finished.learn / "norms.py"
    path.write_text(path.read_text() + "\n\ndef later():\n    raise NotImplementedError\n")
    bug = stop_of_run(finished)
    assert isinstance(bug, Bug)
    assert bug.function == "later"


@pytest.mark.parametrize(
    ("file", "old", "new", "function", "said"),
    [
        (
            "attention.py",
            "return self.o_proj(y)",
            "self.o_proj(y)",
            "CausalSelfAttention.forward",
            "returned None",
        ),
        (
            "attention.py",
            "return self.o_proj(y)",
            "return self.o_proj(y)[:, 1:]",
            "CausalSelfAttention.forward",
            "T=32",
        ),
        ("blocks.py", "self.mlp_norm(x)", "x[0]", "Block.forward", "was given x"),
    ],
    ids=["no return", "wrong shape returned", "wrong shape passed on"],
)
def test_a_wrong_shape_stops_at_the_door_and_names_the_axes(finished, file, old, new, function, said):
    finished.edit_in(f"learn/{file}", function, old, new)
    bug = stop_of_run(finished)
    assert bug.function == function
    assert bug.path == finished.learn / file
    assert said in bug.reason
    assert "B T C" in bug.reason


@pytest.mark.parametrize(
    ("old", "new", "function"),
    [
        ("return (wide * torch", "return given(x, eps)\n    return (wide * torch", "rms_norm"),
        ("    mean_square =", "    halved(x)\n    mean_square =", "halved"),
    ],
    ids=["a wrong argument", "a wrong result"],
)
def test_shapes_of_their_own_helpers_are_checked_too(finished, old, new, function):
    finished.edit_in("learn/norms.py", "rms_norm", old, new)
    path = finished.learn / "norms.py"
    helpers = """

def given(x: Float[Tensor, "one axis more B T C"], eps: int) -> Float[Tensor, "*batch C"]:
    return x


def halved(x: Float[Tensor, "*batch C"]) -> Float[Tensor, "*batch C"]:
    return x[..., ::2]
"""
    path.write_text(path.read_text() + helpers)
    bug = stop_of_run(finished)
    assert (bug.path, bug.function) == (path, function)
    assert "but its signature says" in bug.reason


def test_a_whole_number_is_a_float(finished):
    # A learner may call their own function with theta=10000.
    finished.edit("learn/embeddings/absolute.py", "theta=10000.0", "theta=10000")
    finished.edit(
        "learn/gpt.py",
        "        x = self.embedding(tokens, position)\n",
        "        x = self.embedding(tokens, position)\n        1 / 0\n",
    )
    assert "ZeroDivisionError" in stop_of_run(finished).reason


def test_the_references_own_errors_are_not_blamed_on_anybody():
    from scripts.workshop.pieces.splice import REFERENCE

    with pytest.raises(ZeroDivisionError), watch_for_stops(REFERENCE):
        raise ZeroDivisionError


@pytest.mark.parametrize("ending", ["import sys\nsys.exit(0)\n", "raise SystemExit\n", "raise GeneratorExit\n"])
def test_fault_4j_a_file_that_ends_the_program_is_a_bug_with_its_line(finished, ending):
    path = finished.learn / "norms.py"
    path.write_text(path.read_text() + ending)
    bug = stop_of_run(finished)
    assert isinstance(bug, Bug)
    assert bug.path == path
    assert bug.line == len(path.read_text().splitlines())
    assert bug.reason


class Hostile(Exception):
    def __str__(self):
        raise RuntimeError


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ValueError("a\x1b[31mred\x07\x9b\x85 \ud800 \u202e"), r"a\x1b[31mred\x07\x9b\x85 \ud800 \u202e"),
        (ValueError("x" * 10**7), "9,998,"),
        (Hostile(), "Hostile, which cannot say more"),
        (ValueError("[/red] [bold]"), "[/red] [bold]"),
    ],
    ids=["escapes", "ten million characters", "no text", "markup"],
)
def test_fault_4j_what_an_exception_says_is_safe_to_show(tmp_path, error, said):
    path = tmp_path / "x.py"
    path.write_text("# \x1b[31m \x0c \u2028\ndef f(error):\n    raise error  # \x1b]0;title\x07\n")
    scope = {}
    exec(compile(path.read_text(), str(path), "exec"), scope)
    with pytest.raises(Bug) as caught, watch_for_stops(tmp_path):
        scope["f"](error)
    text = shown_text(show_bug, caught.value)
    assert said in text
    assert len(text) < 4000
    assert all(character.isprintable() or character == "\n" for character in text)
    assert "raise error" in text.splitlines()[3]
    text.encode("utf-8")


def test_fault_4j_what_arrived_is_safe_to_show(project):
    class Odd:
        def __repr__(self):
            return "[/red]\x1b[2J\ud800"

    class Odder:
        def __repr__(self):
            raise KeyError

    code = load(str(project.learn))
    with pytest.raises(Stop) as caught, watch_for_stops(project.learn):
        code.norms.rms_norm(Odd(), Odder())
    text = shown_text(show_stop, caught.value, 0, 17)
    assert r"[/red]\x1b[2J\ud800" in text
    assert "Odder, whose repr raises KeyError" in text


def test_fault_4e_code_that_runs_into_the_stubs_raise_is_told_the_line(project):
    path = project.learn / "gpt.py"
    first = Source.read(path).function("GPT.__init__")
    raised = stubs_raise(first).lineno
    lines = path.read_text().split("\n")
    path.write_text(
        "\n".join([*lines[: raised - 1], "        super().__init__()", "        self.config = 1", *lines[raised - 1 :]])
    )
    stop = stop_of_run(project)
    assert f"line {raised + 2}, the stub's raise, ends what you wrote" in stop.note
    assert "the stub's raise" in shown_text(show_stop, stop, 0, 17)


def test_a_letter_with_an_index_is_a_quantity_and_no_axis():
    letters = [name for entry in letters_of(BY_ID["attentions.recurrent.kda.chunk_kda"]) for name in entry.names]
    assert {"B", "H", "T", "K", "Vd"} <= set(letters) and "G" not in letters
