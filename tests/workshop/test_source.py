"""Python files as text with functions in it."""

import ast
import textwrap
from pathlib import Path

import pytest

from scripts.workshop.pieces.source import Source, is_unwritten, outline, read_text, remark, write_text

TEXT = '''\
import math


def first(a, b=1):
    """One line."""
    # What to do.
    x = a  # not a step
    if b:
        # What to do inside.
        x = "# not a comment"
    return x


class Thing:
    @staticmethod
    def second(*rest, key):
        raise NotImplementedError("TODO: write it")


def first(a):
    return math.pi
'''


@pytest.fixture
def source():
    return Source(TEXT, Path("thing.py"))


def test_the_last_definition_of_a_name_counts(source):
    assert source.text_of("first") == "def first(a):\n    return math.pi\n"


def test_a_method_comes_with_its_decorators(source):
    assert source.text_of("Thing.second").startswith("    @staticmethod\n    def second")


@pytest.mark.parametrize("name", ["third", "Thing.first", "Nothing.second", "Thing"])
def test_what_is_not_there_is_none(source, name):
    assert source.find(name) is None


def test_replacing_a_function_leaves_the_rest_alone(source):
    text = source.with_function("Thing.second", "    def second(self):\n        pass")
    assert text == TEXT.replace(source.text_of("Thing.second"), "    def second(self):\n        pass\n")


def test_the_outline_is_the_comments_on_lines_of_their_own():
    source = Source(TEXT[: TEXT.index("class")], Path("thing.py"))
    assert outline(source, source.find("first")) == ["# What to do.", "# What to do inside."]


def test_a_stub_is_known_by_its_raise(source):
    assert is_unwritten(source.find("Thing.second"))
    assert not is_unwritten(source.find("first"))


def test_a_raise_inside_a_condition_makes_no_stub():
    node = Source("def f(x):\n    if x:\n        raise NotImplementedError\n    return 1\n", Path("f.py")).find("f")
    assert not is_unwritten(node)


def test_windows_line_ends_survive_a_rewrite(tmp_path):
    path = tmp_path / "windows.py"
    path.write_bytes(b"a = 1\r\nb = 2\r\n")
    write_text(path, read_text(path) + "c = 3\n")
    assert path.read_bytes() == b"a = 1\r\nb = 2\r\nc = 3\r\n"


def test_a_byte_order_mark_is_no_syntax_error(tmp_path):
    path = tmp_path / "marked.py"
    path.write_bytes(b"\xef\xbb\xbfdef f():\n    return 1\n")
    assert Source.read(path).find("f")


def test_a_file_that_is_not_text_is_named(tmp_path):
    path = tmp_path / "binary.py"
    path.write_bytes(b"x = '\xff\xfe'\n")
    with pytest.raises(SyntaxError) as error:
        Source.read(path)
    assert error.value.filename == str(path)


# What str.splitlines divides at, and Python's own reader does not.
SEPARATORS = ["\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029"]


@pytest.mark.parametrize("separator", SEPARATORS, ids=ascii)
def test_fault_4c_lines_are_counted_as_python_counts_them(separator):
    source = Source(f"# a{separator}b\ndef f():\n    return 1\n\n\ndef g():\n    return 2\n", Path("x.py"))
    assert source.text_of("f") == "def f():\n    return 1\n"
    assert source.with_function("f", "") == f"# a{separator}b\n\n\ndef g():\n    return 2\n"


@pytest.mark.parametrize("text", ["x = '\x00'\n", "x = '\ud800'\n", "x = " + "-" * 6000 + "1\n", "(" * 5000])
def test_fault_4c_what_python_cannot_read_is_a_syntax_error_of_that_file(text):
    with pytest.raises(SyntaxError) as error:
        Source(text, Path("x.py"))
    assert error.value.filename == "x.py"


@pytest.mark.parametrize("cookie", ["rot13", "hex", "utf-16", "no-such-encoding"])
def test_fault_4c_an_encoding_that_is_none_of_texts_is_a_syntax_error(tmp_path, cookie):
    path = tmp_path / "x.py"
    path.write_text(f"# coding: {cookie}\nx = 1\n")
    with pytest.raises(SyntaxError) as error:
        Source.read(path)
    assert error.value.filename == str(path)


def test_fault_4c_the_line_that_is_not_text_is_named(tmp_path):
    path = tmp_path / "x.py"
    path.write_bytes(b"a = 1\nb = 2\nc = '\xfc'\n")
    with pytest.raises(SyntaxError) as error:
        Source.read(path)
    assert error.value.lineno == 3


def function(body: str) -> ast.FunctionDef:
    return Source(f"def f(x):\n{textwrap.indent(body, '    ')}", Path("f.py")).find("f")


@pytest.mark.parametrize(
    ("body", "unwritten"),
    [
        ("debug('f', x=x)\n# Outline.\nraise NotImplementedError('TODO')\n", True),
        ("return x\nraise NotImplementedError('TODO')\n", False),
        ("y = 2 * x\nraise NotImplementedError('TODO')\n", True),
        ("raise NotImplementedError('TODO')\nreturn x\n", True),
        ("if x:\n    return x\nelse:\n    return 1\nraise NotImplementedError\n", False),
        ("if x:\n    return x\nelif x is None:\n    pass\nelse:\n    return 1\nraise NotImplementedError\n", True),
        ("with x:\n    return x\nraise NotImplementedError\n", False),
        ("try:\n    return x\nexcept KeyError:\n    pass\nraise NotImplementedError\n", True),
        ("try:\n    return x\nexcept KeyError:\n    raise\nraise NotImplementedError\n", False),
        ("while True:\n    x = x + 1\nraise NotImplementedError\n", False),
        ("while True:\n    break\nraise NotImplementedError\n", True),
        ("yield x\nraise NotImplementedError\n", True),
    ],
)
def test_fault_4e_a_stubs_raise_counts_where_it_can_be_reached(body, unwritten):
    assert is_unwritten(function(body)) == unwritten


def test_fault_4e_what_is_said_about_a_stubs_raise_beside_code():
    assert remark(function("debug('f', x=x)\nraise NotImplementedError('TODO')\n")) == ""
    assert remark(function("return x\n")) == ""
    assert "line 3, the stub's raise, is never reached" in remark(function("return x\nraise NotImplementedError\n"))
    assert "line 3, the stub's raise, ends what" in remark(function("y = x\nraise NotImplementedError\n"))
    assert "line 2, the stub's raise, keeps" in remark(function("raise NotImplementedError\nreturn x\n"))
