"""Merge: two versions of a file of learn/ that come from one. In each function the body is one thing, what stands above
it another, so that what somebody writes and what a newer skeleton says about it never conflict."""

import ast
import itertools
import textwrap
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from scripts.workshop.pieces import BY_ID
from scripts.workshop.pieces.source import (
    Function,
    Source,
    body_start,
    docstring_node,
    is_unwritten,
    last_line,
    lines_of,
    stubs_raise,
    with_python_ends,
)
from scripts.workshop.updating.kept import GIVEN, GONE, SIGNATURE, Kept, put_in, take_out


class Unmergeable(Exception):
    """Both versions have written the same piece, or Python cannot read one."""


class Merged(NamedTuple):
    text: str
    kept: list[Kept]  # what of `mine` is in it as a comment since this merge


class Statement(NamedTuple):
    """A statement of a block, with the empty lines and the comments above it."""

    key: tuple  # what makes it the same one in another version
    lead: str
    text: str
    node: ast.stmt
    source: Source

    @property
    def name(self) -> str:
        return str(self.key[1])


class Parts(NamedTuple):
    head: str  # decorators and signature
    doc: str
    body: str
    margin: str  # of the body


def merge(base: str | None, mine: str, new: str, module: str) -> Merged:
    """What `mine` and `new` have made of `base`. Where both have changed the same given code, or where `new` has
    another signature or no such piece any more, what `new` says counts, and that of `mine` is kept as a comment.

    module: the file as it is imported. Raises `Unmergeable`.
    """
    before, kept_before = opened(base, module) if base is not None else (None, [])
    (ours, kept_mine), (theirs, kept_new) = opened(mine, module), opened(new, module)
    fresh: list[Kept] = []
    text = merge_block(block(before) if before else None, block(ours), block(theirs), f"{module}.", fresh)
    old = {each.id: text_in(before, each.id.removeprefix(f"{module}.")) for each in fresh}
    kept = [each for each in dict.fromkeys([*kept_mine, *kept_new]) if survives(each, kept_before, kept_mine, kept_new)]
    kept = [each for each in kept if each.text != old.get(each.id)]
    result = put_in(text, module, dict.fromkeys([*kept, *fresh]))
    prove(before, ours, result)
    return Merged(result, fresh)


def module_of(path: str) -> str:
    """A file of learn/, as it is imported."""
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def opened(text: str, module: str) -> tuple[Source, list[Kept]]:
    """A file without what is kept in it, and that. Raises `Unmergeable`."""
    plain, kept = take_out(with_python_ends(text))
    try:
        return Source(plain if plain.endswith("\n") or not plain else plain + "\n", Path(module)), kept
    except SyntaxError as error:
        raise Unmergeable(f"Python cannot read line {error.lineno} ({error.msg})") from error


def survives(each: Kept, before: list[Kept], mine: list[Kept], new: list[Kept]) -> bool:
    """Whether neither side has deleted it."""
    return each not in before or (each in mine and each in new)


def text_in(source: Source | None, qualname: str) -> str | None:
    return textwrap.dedent(source.text_of(qualname)) if source and source.find(qualname) else None


# Blocks: the statements of a file or of a class


def block(source: Source, owner: ast.ClassDef | None = None) -> tuple[list[Statement], str]:
    """The statements of a block, and what stands behind the last one."""
    body = owner.body if owner else source.tree.body
    position = head_end(source, owner) if owner else 0
    found: list[Statement] = []
    counts: Counter = Counter()
    for node in body:
        span = source.span(node)
        if span.start < position:
            # Several on one line are one.
            last = found[-1]
            found[-1] = last._replace(key=("lines", last.text), text=last.text)
            position = max(position, last_line(node))
            continue
        key = key_of(node, first=node is body[0])
        counts[key] += 1
        lead = "".join(source.lines[position : span.start])
        found.append(Statement((*key, counts[key]), lead, "".join(source.lines[span]), node, source))
        position = span.stop
    return found, "" if owner else "".join(source.lines[position:])


def head_end(source: Source, owner: ast.ClassDef) -> int:
    """The index of the line behind `class X(...):`."""
    first = source.span(owner.body[0]).start
    while first > owner.lineno and source.lines[first - 1].strip()[:1] in ("", "#"):
        first -= 1
    return first


def key_of(node: ast.stmt, first: bool) -> tuple[str, str]:
    if isinstance(node, (Function, ast.ClassDef)):
        return "name", node.name
    if isinstance(node, (ast.Assign, ast.AnnAssign)):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        return "name", ", ".join(map(ast.unparse, targets))
    if isinstance(node, ast.ImportFrom):
        return "from", "." * node.level + (node.module or "")
    if first and isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return "docstring", "docstring"
    return "statement", ast.dump(node)


Block = tuple[list[Statement], str]


def merge_block(base: Block | None, mine: Block, new: Block | None, scope: str, fresh: list[Kept]) -> str:
    """The merged text of a block. What of `mine` has no place in it is put into `fresh`. new: None where the whole
    block is gone."""
    befores = {each.key: each for each in base[0]} if base else {}
    ours = {each.key: each for each in mine[0]}
    theirs = new[0] if new else []
    result: list[tuple[tuple, str]] = []
    for each in theirs:
        before, our = befores.get(each.key), ours.get(each.key)
        if our is None:
            if before is None or before.text != each.text:
                result.append((each.key, each.lead + each.text))
            continue
        text = merge_statement(before, our, each, scope, fresh)
        result.append((each.key, merge_lead(before and before.lead, our.lead, each.lead) + text))
    known = {each.key for each in theirs}
    for place, each in enumerate(mine[0]):
        if each.key in known:
            continue
        before = befores.get(each.key)
        if before is None and new is not None:
            # They added it: it stays behind what it stood behind.
            neighbours = {other.key for other in mine[0][:place]}
            at = max((index + 1 for index, (key, _) in enumerate(result) if key in neighbours), default=0)
            result.insert(at, (each.key, each.lead + each.text))
        elif before is None or before.text != each.text:
            keep_rest(before, each, scope, fresh)
        notes = added_comments(before.lead, each.lead) if before else ""
        if notes:
            result.append((("comment", each.key), notes))
    tails = (base and base[1], mine[1], new[1] if new else "")
    return "".join(text for _, text in result) + merge_lead(*tails)


def merge_lead(base: str | None, mine: str, new: str) -> str:
    """The comments above a statement: those of one version, or what both have added."""
    if base is not None and base in (mine, new):
        return mine if new == base else new
    return new + added_comments(f"{base or ''}{new}", mine)


def added_comments(known: str, lead: str) -> str:
    lines = known.splitlines()
    return "".join(line + "\n" for line in lead.splitlines() if line.strip() and line not in lines)


def merge_statement(base: Statement | None, mine: Statement, new: Statement, scope: str, fresh: list[Kept]) -> str:
    before = base.text if base else None
    if before in (mine.text, new.text) or mine.text == new.text:
        return mine.text if new.text == before else new.text
    if is_class(mine) and is_class(new):
        old = base if is_class(base) else None
        head = pick(old and head_of(old), head_of(mine), head_of(new))
        return head + merge_block(old and block_of(old), block_of(mine), block_of(new), f"{scope}{mine.name}.", fresh)
    if isinstance(mine.node, Function) and isinstance(new.node, Function):
        return merge_function(base if base and isinstance(base.node, Function) else None, mine, new, scope, fresh)
    if mine.key[0] == "from":
        return new.text + missing_names(base, mine, new)
    fresh.append(kept(mine, scope, GIVEN))
    return new.text


def is_class(each: Statement | None) -> bool:
    """Whether a statement is a class whose body has lines of its own."""
    if each is None or not isinstance(each.node, ast.ClassDef):
        return False
    first = each.node.body[0]
    return not each.source.lines[first.lineno - 1][: first.col_offset].strip()


def head_of(each: Statement) -> str:
    """What stands above the body of a class."""
    assert isinstance(each.node, ast.ClassDef)
    return "".join(each.source.lines[each.source.span(each.node).start : head_end(each.source, each.node)])


def block_of(each: Statement) -> "Block":
    assert isinstance(each.node, ast.ClassDef)
    return block(each.source, each.node)


def pick(base: str | None, mine: str, new: str) -> str:
    return mine if new == base else new


def kept(each: Statement, scope: str, why: str) -> Kept:
    name = each.name.replace(" ", "") if each.key[0] == "name" else f"line_{each.node.lineno}"
    return Kept(f"{scope}{name}", why, textwrap.dedent(each.text))


def missing_names(base: Statement | None, mine: Statement, new: Statement) -> str:
    """A line that imports what `mine` added to an import."""
    assert isinstance(mine.node, ast.ImportFrom)
    known = {ast.dump(alias) for each in (base, new) if each for alias in getattr(each.node, "names", [])}
    names = [alias for alias in mine.node.names if ast.dump(alias) not in known]
    return f"{ast.unparse(ast.ImportFrom(mine.node.module, names, mine.node.level))}\n" if names else ""


def keep_rest(base: Statement | None, mine: Statement, scope: str, fresh: list[Kept]) -> None:
    """What they changed in something that is gone."""
    if mine.key[0] in ("from", "docstring") or isinstance(mine.node, ast.Import):
        return
    if is_class(mine):
        old = block_of(base) if base and is_class(base) else None
        merge_block(old, block_of(mine), None, f"{scope}{mine.name}.", fresh)
    elif not (isinstance(mine.node, Function) and is_pure_stub(mine)):
        fresh.append(kept(mine, scope, GONE))


# Functions


def parts(each: Statement) -> Parts:
    source, node = each.source, function_of(each)
    text, first = docstring_node(node), node.body[0]
    start, line = source.span(node).start, source.lines[first.lineno - 1]
    margin = line.encode()[: first.col_offset].decode()
    if margin.strip():
        # def f(x): return x
        inside = " " * (node.col_offset + 4)
        head = "".join(source.lines[start : first.lineno - 1]) + margin.rstrip() + "\n"
        rest = "".join(source.lines[first.lineno : node.end_lineno])
        return Parts(head, "", inside + line[len(margin) :] + rest, inside)
    # Comments between the signature and the first statement belong to the body.
    above = source.span(first).start
    while not text and source.lines[above - 1].strip()[:1] in ("", "#"):
        above -= 1
    below = body_start(node) if text else above
    cuts = (start, above, below, node.end_lineno)
    head, doc, body = ("".join(source.lines[slice(*bounds)]) for bounds in itertools.pairwise(cuts))
    return Parts(head, doc, body, margin)


def is_pure_stub(each: Statement) -> bool:
    """Whether a function is as the skeleton has it: it says what it was called with, and what is to be written."""
    assert isinstance(each.node, Function)
    rest = [node for node in each.node.body if node is not docstring_node(each.node) and not is_debug(node)]
    return len(rest) == 1 and rest[0] is stubs_raise(each.node) and is_unwritten(each.node)


def is_debug(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and ast.unparse(node.value.func) == "debug"


def contract(node: Function) -> list[str]:
    """What callers rely on: how a function is decorated, its parameters and their defaults. Annotations are words."""
    arguments = node.args
    groups = [arguments.posonlyargs, arguments.args, arguments.kwonlyargs]
    stars = [star.arg if star else "" for star in (arguments.vararg, arguments.kwarg)]
    defaults = [ast.dump(each) if each else "" for each in (*arguments.defaults, None, *arguments.kw_defaults)]
    names = [" ".join(argument.arg for argument in group) for group in groups]
    return [type(node).__name__, *map(ast.dump, node.decorator_list), *names, *stars, *defaults]


def merge_function(base: Statement | None, mine: Statement, new: Statement, scope: str, fresh: list[Kept]) -> str:
    before, ours, theirs = base and parts(base), parts(mine), parts(new)
    if before and ours.body == before.body:
        author, other, body = new, mine, theirs
    elif before and theirs.body == before.body:
        author, other, body = mine, new, ours
    elif is_pure_stub(mine):
        # Of an outline that both have changed, what somebody noted in it stays.
        notes = added_comments(before.body + theirs.body, ours.body) if before and is_pure_stub(new) else ""
        author, other, body = new, mine, theirs._replace(body=notes + theirs.body)
    elif is_pure_stub(new) or ours.body == theirs.body:
        author, other, body = mine, new, ours
    elif f"{scope}{mine.name}" in BY_ID:
        raise Unmergeable(f"{scope}{mine.name} is written in two ways")
    else:
        fresh.append(kept(mine, scope, GIVEN))
        return new.text
    wanted, found = contract(function_of(other)), contract(function_of(author))
    head = pick(before and before.head, ours.head, theirs.head)
    doc = pick(before and before.doc, ours.doc, theirs.doc)
    if wanted != found:
        if base and wanted == contract(function_of(base)):
            head = parts(author).head
        elif is_pure_stub(author):
            return author.text
        else:
            fresh.append(kept(author, scope, SIGNATURE))
            return other.text
    return head + doc + body.body


def function_of(each: Statement) -> Function:
    assert isinstance(each.node, Function)
    return each.node


def with_body(stub: Statement, written: Statement) -> str:
    """The stub with what somebody has written in place of its own body, and announced by its own name."""
    target, theirs = parts(stub), parts(written)
    lines = theirs.body
    calls = [next(filter(is_debug, function_of(each).body), None) for each in (written, stub)]
    if all(calls):
        old, call = (
            "".join(each.source.lines[each.source.span(node)])
            for each, node in zip((written, stub), calls, strict=True)
            if node
        )
        lines = lines.replace(old, call.replace(target.margin, theirs.margin), 1)
    moved = (
        target.margin + line.removeprefix(theirs.margin) if line.startswith(theirs.margin) else line
        for line in lines_of(lines)
    )
    return target.head + target.doc + "".join(moved)


def statements_of(source: Source) -> dict[str, Statement]:
    """Every function of a file, by its qualified name."""
    found = {}

    def visit(statements: Sequence[Statement], scope: str) -> None:
        for each in statements:
            if isinstance(each.node, ast.ClassDef):
                visit(block(source, each.node)[0], f"{scope}{each.node.name}.")
            elif isinstance(each.node, Function):
                found[scope + each.node.name] = each

    visit(block(source)[0], "")
    return found


def prove(base: Source | None, mine: Source, result: str) -> None:
    """That every body which is not that of `base` is in the result, or kept in it. Raises `Unmergeable`."""
    text, kept = take_out(result)
    try:
        merged = Source(text, mine.path)
        there = bodies([merged, *(Source(each.text, mine.path) for each in kept)])
    except SyntaxError as error:
        raise Unmergeable(f"the result cannot be read in line {error.lineno} ({error.msg})") from error
    wanted = bodies([mine], but_stubs=True) - bodies([base] if base else [])
    if wanted - there:
        raise Unmergeable("something that you wrote would be lost")


def bodies(sources: Iterable[Source], but_stubs: bool = False) -> set[str]:
    """What the functions of some files do, without what they say about it."""
    return {
        "\n".join(ast.dump(node) for node in function_of(each).body if node is not docstring_node(function_of(each)))
        for source in sources
        for each in statements_of(source).values()
        if not (but_stubs and is_pure_stub(each))
    }
