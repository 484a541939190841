"""Python files as text with functions in it: find one by name, take it out, put another in its place."""

import ast
import io
import tokenize
from pathlib import Path
from typing import Any

Function = ast.FunctionDef | ast.AsyncFunctionDef


def read_text(path: Path) -> str:
    """The text of a Python file, whatever its line ends and byte order mark. Raises `SyntaxError` naming the file."""
    try:
        with tokenize.open(path) as file:
            return file.read()
    except UnicodeDecodeError as error:
        raise SyntaxError(f"the file is not UTF-8 text: {error}", (str(path), 1, 1, "")) from error
    except LookupError as error:
        # `# coding: rot13`: an encoding, though not of texts.
        raise SyntaxError(str(error), (str(path), 1, 1, "")) from error
    except SyntaxError as error:
        error.filename = str(path)
        raise


def write_text(path: Path, text: str) -> None:
    """Write a file with the line ends that it has now. It is replaced in one step: there is never half of it."""
    windows = path.exists() and b"\r\n" in path.read_bytes()
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_name(f".{path.name}.new")
    scratch.write_text(text, encoding="utf-8", newline="\r\n" if windows else "\n")
    scratch.replace(path)


class Source:
    """The text of one Python file. Raises `SyntaxError` with the file's name where the text is not Python."""

    def __init__(self, text: str, path: Path):
        self.text = text
        self.path = path
        try:
            self.tree = ast.parse(text, filename=str(path))
        except (ValueError, RecursionError, MemoryError) as error:
            # A character that no file may hold, or brackets nested by the thousand.
            raise SyntaxError(str(error) or "it is nested too deeply", (str(path), 1, 1, "")) from error
        self.lines = text.splitlines(keepends=True)

    @classmethod
    def read(cls, path: Path) -> "Source":
        return cls(read_text(path), path)

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
        lines = list(self.lines)
        lines[self.span(self.function(qualname))] = [text if text.endswith("\n") else text + "\n"]
        return "".join(lines)


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
    """Whether the body still ends in the stub's `raise NotImplementedError`."""
    return any(
        isinstance(statement, ast.Raise) and raised(statement) == "NotImplementedError" for statement in node.body
    )


def raised(statement: ast.Raise) -> str | None:
    exception = statement.exc.func if isinstance(statement.exc, ast.Call) else statement.exc
    return getattr(exception, "id", None)
