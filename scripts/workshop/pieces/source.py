"""Python files as text with functions in it: find one by name, take it out, put another in its place."""

import ast
import functools
import io
import tokenize
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from scripts.workshop.pieces.replacing import replace_file

Function = ast.FunctionDef | ast.AsyncFunctionDef
COMPILERS = ("torch.compile", "torch.jit.script", "compile")


class Change(NamedTuple):
    """Some lines of a file, none where something comes in between, and what is to stand in their place."""

    lines: slice
    text: str


def lines_of(text: str) -> list[str]:
    """The lines of a text as Python counts them, with their ends: `splitlines` divides at form feeds and others too."""
    return list(io.StringIO(text, newline=""))


def with_python_ends(text: str) -> str:
    """The text with every line end as `ast` and `tokenize` have it."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def changed(lines: list[str], changes: Iterable[Change]) -> list[str]:
    """The lines after some changes, with the line ends that they have around them. At one place, the first of several
    changes stands first."""
    lines, usual = list(lines), line_end(lines[0]) if lines else ""
    for change in reversed(sorted(changes, key=lambda change: change.lines.start)):
        start, stop, text = change.lines.start, change.lines.stop, change.text
        if text and start and not line_end(lines[start - 1]):
            # The last line of a file may lack its end, which it needs once something follows.
            lines[start - 1] += usual or "\n"
        near = lines[start] if start < stop else lines[start - 1] if start else ""
        end = line_end(near) or usual or "\n"
        text = text if text.endswith("\n") or not text else text + "\n"
        lines[start:stop] = lines_of(text.replace("\n", end))
    return lines


def line_end(line: str) -> str:
    return line[len(line.rstrip("\r\n")) :]


def decoded(data: bytes, path: Path) -> tuple[str, str]:
    """The text of a Python file, its line ends as they are, and its encoding. Raises `SyntaxError` naming the file."""
    try:
        # The first two lines say it, which need not end as here.
        head = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        encoding, _ = tokenize.detect_encoding(io.BytesIO(head).readline)
        return data.decode(encoding), encoding
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        reason = f"the file is not {error.encoding.upper()} text: {error}"
        raise SyntaxError(reason, (str(path), line, 1, "")) from error
    except LookupError as error:
        # `# coding: rot13`: an encoding, though not of texts.
        raise SyntaxError(str(error), (str(path), 1, 1, "")) from error
    except SyntaxError as error:
        error.filename = str(path)
        raise


def read_text(path: Path) -> str:
    """The text of a Python file, whatever its encoding, line ends and byte order mark. Raises `SyntaxError`."""
    return with_python_ends(decoded(path.read_bytes(), path)[0])


def write_text(path: Path, text: str) -> None:
    """Write a whole file, with the line ends that it has now. It is replaced in one step: there is never half of it."""
    replace_file(path, encoded(text, path))


def encoded(text: str, path: Path) -> bytes:
    """A text as it is written to a file: UTF-8, with the line ends that the file has now."""
    windows = path.is_file() and b"\r\n" in path.read_bytes()
    return text.replace("\n", "\r\n" if windows else "\n").encode()


class Source:
    """The text of one Python file. Raises `SyntaxError` with the file's name where Python cannot read the text."""

    def __init__(self, text: str, path: Path):
        self.text = text
        self.path = path
        try:
            self.tree = ast.parse(text, filename=str(path))
        except (ValueError, RecursionError, MemoryError) as error:
            # A character that no file may hold, or brackets nested by the thousand.
            raise SyntaxError(str(error) or "it is nested too deeply", (str(path), 1, 1, "")) from error
        except SyntaxError as error:
            error.filename = str(path)
            raise
        self.lines = lines_of(text)

    @staticmethod
    def read(path: Path) -> "Source":
        return source_of(read_text(path), path)

    def scope(self, qualname: str) -> ast.Module | ast.ClassDef | None:
        """The class that a qualified name stands in, or the module."""
        scope: ast.Module | ast.ClassDef = self.tree
        for name in qualname.split(".")[:-1]:
            scope = named(scope.body, name, ast.ClassDef)
            if scope is None:
                return None
        return scope

    def find(self, qualname: str) -> Function | None:
        """The function called `GPT.forward`, say; None where there is none."""
        scope = self.scope(qualname)
        return named(scope.body, qualname.split(".")[-1], Function) if scope else None

    def function(self, qualname: str) -> Function:
        """The function called so. Raises `LookupError` where there is none."""
        node = self.find(qualname)
        if node is None:
            raise LookupError(f"{self.path}: there is no {qualname}")
        return node

    def span(self, node: ast.stmt) -> slice:
        """The lines of a definition, its decorators included."""
        first = min([node.lineno, *(decorator.lineno for decorator in getattr(node, "decorator_list", []))])
        return slice(first - 1, node.end_lineno)

    def text_of(self, qualname: str) -> str:
        """The lines of one function, as they stand in the file."""
        return "".join(self.lines[self.span(self.function(qualname))])

    def with_function(self, qualname: str, text: str) -> str:
        """The file's text with one function replaced by `text`."""
        return "".join(changed(self.lines, [Change(self.span(self.function(qualname)), text)]))


# A command looks at its files again and again, and most of them are as they were.
@functools.lru_cache(maxsize=128)
def source_of(text: str, path: Path) -> Source:
    return Source(text, path)


def named(body: list[ast.stmt], name: str, kind) -> Any:
    """The definition that a name ends up with: the last one; None where there is none."""
    return next((node for node in reversed(body) if isinstance(node, kind) and node.name == name), None)


def docstring_node(node: Function) -> ast.Expr | None:
    first = node.body[0]
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
        return first
    return None


def last_line(node: ast.stmt) -> int:
    """The number of a statement's last line, which ast leaves open for those that were never in a text."""
    return node.end_lineno or node.lineno


def outline(source: Source, node: Function) -> list[str]:
    """The comments of a function's body that have a line of their own, in order, without indentation."""
    body = "".join(source.lines[body_start(node) : node.end_lineno])
    tokens = tokenize.generate_tokens(io.StringIO(inside_block(body)).readline)
    return [token.string for token in tokens if token.type == tokenize.COMMENT and token.line.lstrip().startswith("#")]


def inside_block(body: str) -> str:
    """Indented lines as a text that can be tokenised by itself."""
    return "if True:\n" + body


def body_start(node: Function) -> int:
    """The index of the first line behind the signature and the docstring."""
    text = docstring_node(node)
    return last_line(text) if text else node.body[0].lineno - 1


def parameters(node: Function) -> list[str]:
    """The names of a function's parameters, without `self`."""
    arguments = node.args
    everything = [*arguments.posonlyargs, *arguments.args, arguments.vararg, *arguments.kwonlyargs, arguments.kwarg]
    return [argument.arg for argument in everything if argument is not None and argument.arg != "self"]


def is_unwritten(node: Function) -> bool:
    """Whether the body still comes to the stub's `raise NotImplementedError`."""
    left = stubs_raise(node)
    return left is not None and not any(map(never_passed, node.body[: node.body.index(left)]))


def stubs_raise(node: Function) -> ast.Raise | None:
    """The `raise NotImplementedError` among the statements of a body: the stub's."""
    found = (each for each in node.body if isinstance(each, ast.Raise) and raised(each) == "NotImplementedError")
    return next(found, None)


def never_passed(statement: ast.stmt) -> bool:
    """Whether what stands behind a statement can never be reached, as far as the text shows."""
    match statement:
        case ast.Return() | ast.Raise():
            return True
        case ast.If(body=body, orelse=other):
            return ends(body) and ends(other)
        case ast.With(body=body):
            return ends(body)
        case ast.Try(body=body, handlers=handlers, orelse=other, finalbody=final):
            return ends(final) or ((ends(body) or ends(other)) and all(ends(each.body) for each in handlers))
        case ast.While(test=ast.Constant(value=value), body=body):
            return bool(value) and not any(isinstance(each, ast.Break) for part in body for each in ast.walk(part))
    return False


def ends(statements: list[ast.stmt]) -> bool:
    return any(map(never_passed, statements))


def compilers(node: Function) -> list[ast.expr]:
    """The decorators of a function that have it compiled, which changes nothing about what it comes to."""
    return [each for each in node.decorator_list if ast.unparse(getattr(each, "func", each)) in COMPILERS]


def remark(node: Function) -> str:
    """What to say about a function that is none of its verdict: of a decorator that compiles, of a stub's `raise` that
    stands behind code; empty where there is nothing."""
    said = [
        f"line {each.lineno}, @{ast.unparse(each)}, is left out of a check: to compile takes longer than to compute"
        for each in compilers(node)
    ]
    return "; ".join([*said, *filter(None, [about_stubs_raise(node)])])


def about_stubs_raise(node: Function) -> str:
    left = stubs_raise(node)
    if left is None:
        return ""
    if not is_unwritten(node):
        return f"line {left.lineno}, the stub's raise, is never reached: it may go"
    position = node.body.index(left)
    if node.body[position + 1 :]:
        return f"line {left.lineno}, the stub's raise, keeps Python from what is below it: delete it"
    if all(isinstance(each, ast.Expr) for each in node.body[:position]):
        return ""
    return f"line {left.lineno}, the stub's raise, ends what you wrote: return before it, or delete it"


def raised(statement: ast.Raise) -> str | None:
    exception = statement.exc.func if isinstance(statement.exc, ast.Call) else statement.exc
    return getattr(exception, "id", None)
