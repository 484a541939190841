"""Edits of a learner's file: one function becomes another, and every other byte stays."""

import os
import stat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.project import UsageError
from scripts.workshop.pieces.edits import edited
from scripts.workshop.pieces.replacing import replace_file
from scripts.workshop.pieces.source import Change, Source

# All that any of these encodings knows of what is no line end for Python, and is for others or looks like one.
ODD = st.text("aé'\"\\ \x0b\x0c\x1c\x1d\x85\xa0", max_size=12)
ODDER = st.text("aé漢😀'\"\\ \x0b\x0c\x1e\x85\u2028\u2029\ufeff", max_size=12)
STUB = "def g(x):\n    raise NotImplementedError\n"


@st.composite
def files(draw) -> tuple[bytes, bytes, bytes]:
    """A file of three functions, as bytes: what is before the second, the second, what is behind it."""
    encoding = draw(st.sampled_from(["utf-8", "utf-8-sig", "latin-1", "cp1252", "cp437", "koi8-r"]))
    wide = encoding.startswith("utf-8")

    def odd() -> str:
        return draw(ODDER if wide else ODD).encode(encoding, "ignore").decode(encoding)

    def end() -> str:
        return draw(st.sampled_from(ends))

    ends = draw(st.sampled_from([["\n"], ["\r\n"], ["\r"], ["\n", "\r\n", "\r"]]))
    cookie = "" if wide else f"# -*- coding: {encoding} -*-{end()}"
    before = f"{cookie}# {odd()}{end()}import a{end()}\x0c{end()}def f(x):{end()}    return {odd()!a}  # {odd()}{end()}"
    piece = f"@a{end()}def g(x):  # {odd()}{end()}    y = x  # {odd()}{end()}    return y{end()}"
    docstring = odd().replace(chr(39), "").replace(chr(92), "")
    behind = f"# {odd()}{end()}def h(x):{end()}    '''{docstring}'''{end()}    return x"
    behind += draw(st.sampled_from(["", "  # no end", "\n"]))
    first, *others = (text.encode("utf-8" if wide else encoding) for text in (before, piece, behind))
    return (b"\xef\xbb\xbf" if encoding == "utf-8-sig" else b"") + first, *others


@given(files())
def test_fault_4c_only_the_function_becomes_another(tmp_path_factory, file):
    before, piece, behind = file
    path = tmp_path_factory.getbasetemp() / "edited.py"
    path.write_bytes(before + piece + behind)
    source = Source.read(path)
    after = edited(path, "g", [Change(source.span(source.find("g")), STUB)])
    assert after.startswith(before)
    assert after.endswith(behind)
    middle = after[len(before) : len(after) - len(behind)]
    assert middle.replace(b"\r\n", b"\n").replace(b"\r", b"\n") == STUB.encode()
    assert path.read_bytes() == before + piece + behind


@pytest.mark.parametrize(
    "change",
    [
        Change(slice(0, 1), STUB),  # another function
        Change(slice(3, 5), STUB),  # the function, but for its end
        Change(slice(3, 7), STUB),  # and what is behind it
        Change(slice(3, 6), "def other(x):\n    return x\n"),
        Change(slice(3, 6), "def g(x):\n    return x\n\n\ny = 1\n"),
        Change(slice(3, 6), "def g(x):\n"),
        Change(slice(3, 6), 'def g(x):\n    """\n'),
    ],
)
def test_fault_4c_what_would_change_more_is_refused(tmp_path, change):
    path = tmp_path / "x.py"
    path.write_text("a = 1\n\n\ndef g(x):\n    y = x\n    return y\nb = 2\n")
    with pytest.raises(UsageError, match="is left as it is"):
        edited(path, "g", [change])


def test_fault_4c_what_the_encoding_does_not_know_is_refused_in_a_line(tmp_path):
    path = tmp_path / "x.py"
    path.write_bytes(b"# coding: latin-1\ndef g(x):\n    return '\xfc'\n")
    with pytest.raises(UsageError, match=r"latin-1|iso-8859-1"):
        edited(path, "g", [Change(slice(1, 3), "def g(x):\n    return '漢'\n")])


def test_fault_4c_a_link_stays_a_link_and_a_mode_a_mode(tmp_path):
    real, link = tmp_path / "real.py", tmp_path / "folder" / "link.py"
    link.parent.mkdir()
    real.write_bytes(b"old")
    real.chmod(0o750)
    link.symlink_to(os.path.relpath(real, link.parent))
    replace_file(link, b"new")
    assert link.is_symlink()
    assert real.read_bytes() == b"new"
    assert stat.S_IMODE(real.stat().st_mode) == 0o750
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["folder", "link.py", "real.py"]


def test_fault_4c_a_file_with_two_names_keeps_both(tmp_path):
    (tmp_path / "a.py").write_bytes(b"old")
    os.link(tmp_path / "a.py", tmp_path / "b.py")
    replace_file(tmp_path / "a.py", b"new")
    assert (tmp_path / "b.py").read_bytes() == b"new"


def test_fault_4c_a_file_that_cannot_be_written_leaves_nothing_behind(tmp_path, monkeypatch):
    path = tmp_path / "a.py"
    path.write_bytes(b"old")
    monkeypatch.setattr(os, "replace", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(OSError, match="No space"):
        replace_file(path, b"new")
    assert [each.read_bytes() for each in tmp_path.iterdir()] == [b"old"]
