"""Hints: a ladder of three rungs for every piece. The idea; the steps with their shapes; almost the code.

The first is written by hand, in piece.md; the others are made from the reference, so that no rung can drift from what
is right.
"""

import ast
import copy
import functools
import inspect
import io
import re
import textwrap
import tokenize
from collections.abc import Iterator

from scripts.workshop.pieces import Piece
from scripts.workshop.pieces.source import Source, docstring_node, last_line, outline

RUNGS = 3
WIDTH = 80  # of a terminal
FULL = 108  # of the reference's lines, by docstrings and comments: where no further word fits, the next line goes on

# Calls whose arguments say nothing yet about how a piece is done.
PLAIN = {"super", "zip", "range", "enumerate", "len", "isinstance", "list", "tuple"}


def steps(piece: Piece, source: Source) -> str:
    """The second rung: what the docstrings say, and the outline."""
    node, home = source.function(piece.qualname), source.scope(piece.qualname)
    parts = []
    if isinstance(home, ast.ClassDef):
        parts += [f"{home.name}: {inspect.cleandoc(ast.get_docstring(home) or '')}", f"{piece.qualname}:"]
    parts.append(inspect.cleandoc(ast.get_docstring(node) or ""))
    comments = outline(source, node)
    if comments:
        parts += ["Step by step:", "\n".join(comments)]
    return "\n\n".join(parts)


def almost(piece: Piece, source: Source) -> str:
    """The third rung: the reference's body, with what goes into the calls left out."""
    node = source.function(piece.qualname)
    text = docstring_node(node)
    comments = {line: column for line, column in comment_places(source)}
    body = [statement for statement in node.body if statement is not text]
    first = last_line(text) + 1 if text else body[0].lineno
    return "\n".join(blanked(body, source, comments, first, node.col_offset + 4))


def narrowed(text: str, code: bool = False) -> str:
    """The steps, or code, in lines that fit a terminal: text flows, formulas go on farther right. Code stays as it is,
    but for its comments."""
    lines: list[str] = []
    last = ""  # as it was
    for line in text.splitlines():
        mark = mark_of(line)
        is_text = mark.endswith("# ") or not (mark or code)
        word = line.removeprefix(mark).partition(" ")[0]
        goes_on = last and not last.endswith((".", ":")) and len(last) + len(word) >= FULL
        if is_text and word and goes_on and mark_of(last) == mark:
            lines[-1] += " " + line.removeprefix(mark)
        else:
            lines.append(line)
        last = line
    return "\n".join(line if code and "# " not in mark_of(line) else hung(line) for line in lines)


def mark_of(line: str) -> str:
    """What every line of a text begins with: its indentation, and the sign of a comment."""
    return line[: len(line) - len(line.lstrip(" "))] + "# " * line.lstrip(" ").startswith("# ")


def hung(line: str) -> str:
    """A line in several where it is too long; what stands apart behind a formula gets one of its own."""
    if len(line) <= WIDTH:
        return line
    mark = mark_of(line)
    farther = f"{mark}    " if mark.isspace() else mark
    apart = re.sub(r"(?<=\S) {4,}", f"\n{farther}", line) if mark.isspace() else line
    fill = functools.partial(textwrap.fill, width=WIDTH - 4, subsequent_indent=farther, break_on_hyphens=False)
    return "\n".join(map(fill, apart.splitlines()))


def comment_places(source: Source) -> Iterator[tuple[int, int]]:
    """The line and column of every comment that has a line of its own."""
    for token in tokenize.generate_tokens(io.StringIO(source.text).readline):
        if token.type == tokenize.COMMENT and token.line.lstrip().startswith("#"):
            yield token.start


def blanked(body: list[ast.stmt], source: Source, comments: dict[int, int], first: int, margin: int) -> Iterator[str]:
    """The lines of some statements, and of the comments before each, from line `first` on, moved left by `margin`."""
    for statement in body:
        for number in range(first, statement.lineno):
            if number in comments:
                yield source.lines[number - 1].rstrip()[margin:]
        indent = " " * (statement.col_offset - margin)
        blocks = [getattr(statement, name, []) for name in ("body", "orelse", "finalbody")]
        if isinstance(statement, ast.FunctionDef | ast.ClassDef) or not any(blocks):
            yield from (indent + line for line in unparsed(statement).splitlines())
        else:
            inside, *others = [block for block in blocks if block]
            yield indent + heading(statement)
            yield from blanked(inside, source, comments, statement.lineno + 1, margin)
            for block in others:
                # An `elif` is an `if` that stands no farther to the right.
                chained = isinstance(block[0], ast.If) and block[0].col_offset == statement.col_offset
                if not chained:
                    yield indent + ("else:" if block is not getattr(statement, "finalbody", None) else "finally:")
                lines = blanked(block, source, comments, last_line(inside[-1]) + 1, margin)
                for line in lines:
                    yield f"{indent}el{line[len(indent) :]}" if chained and line.startswith(f"{indent}if ") else line
        first = last_line(statement) + 1


def heading(statement: ast.stmt) -> str:
    """`for i in range(...):` and the like, without what is inside."""
    shell = copy.copy(statement)
    for name, block in (("body", [ast.Expr(ast.Constant(...))]), ("orelse", []), ("finalbody", [])):
        if hasattr(shell, name):
            setattr(shell, name, block)
    return unparsed(shell).splitlines()[0]


def unparsed(statement: ast.stmt) -> str:
    """A statement's code, with what is handed to calls left out. The statement itself stays as it is."""
    return ast.unparse(ast.fix_missing_locations(Blank().visit(copy.deepcopy(statement))))


class Blank(ast.NodeTransformer):
    """Leaves out what is handed to a call."""

    def visit_Call(self, node: ast.Call) -> ast.Call:
        name = getattr(node.func, "id", None)
        function = self.visit(node.func)
        if name in PLAIN or not (node.args or node.keywords):
            arguments = [self.visit(argument) for argument in node.args]
            return ast.Call(function, arguments, node.keywords)
        return ast.Call(function, [ast.Constant(...)], [])
