"""Python files as text with functions in it."""

from pathlib import Path

import pytest

from scripts.workshop.pieces.source import Source, is_unwritten, outline, read_text, write_text

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
