"""What the reference says of an entry: its code, in what it differs from the one that it varies, formulas, papers."""

import ast
import difflib
import inspect
import re
import sys
from collections.abc import Iterable
from functools import cache
from html import escape
from typing import Any

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from .entries import Axis, Entry, source_of
from .formulas import first_formula, formulas

FEW = 5  # lines
PAPER = re.compile(r"arXiv:(\d{4}\.\d{4,5})")


def without_docstrings(source: str) -> str:
    """Code whose docstrings are left out: the page has them as formulas and words."""
    source = inspect.cleandoc(" \n" + source) if source.startswith(" ") else source
    try:
        tree = ast.parse(source)
    except SyntaxError:  # a line out of something larger
        return source
    lines = source.splitlines()
    for node in ast.walk(tree):
        if isinstance(node, (ast.ClassDef, ast.FunctionDef)) and ast.get_docstring(node) is not None:
            said = node.body[0]
            alone = len(node.body) == 1
            for number in range(said.lineno - 1, said.end_lineno or said.lineno):
                lines[number] = "\0"
            if alone:
                lines[said.lineno - 1] = " " * said.col_offset + "..."
            elif lines[said.end_lineno : said.end_lineno + 1] == [""]:
                lines[said.end_lineno] = "\0"
    return "\n".join(line for line in lines if line != "\0").strip("\n")


def helpers(found: Any) -> list[Any]:
    """Functions and classes of the reference that an object's code names, those that they name before them."""
    source = source_of(found)
    module = sys.modules.get(getattr(found, "__module__", ""))
    if source is None or module is None:
        return []
    used: list[Any] = []
    for word in dict.fromkeys(re.findall(r"\b[A-Za-z_]\w+\b", without_docstrings(source))):
        other = getattr(module, word, None)
        if class_name(other) == class_name(found) or not (inspect.isfunction(other) or inspect.isclass(other)):
            continue
        if other.__module__ == module.__name__:
            used += [each for each in (*helpers_once(other, found), other) if each not in used and each is not found]
    return used


def helpers_once(other: Any, found: Any) -> list[Any]:
    if inspect.isclass(found) and inspect.isclass(other):
        return []
    return [each for each in helpers(other) if each is not found]


def code_of(found: Any, besides: Iterable[Any] = ()) -> str:
    """Its code with that of its helpers before it; empty where nobody can read it."""
    left_out = set(map(id, besides))
    whole = [*helpers(found), found]
    if len((source_of(found) or "").splitlines()) < FEW:  # it hands on to others
        whole = [*(part for each in called(found) for part in (*helpers(each), each)), *whole]
    parts = [source_of(each) for each in whole if id(each) not in left_out]
    return "\n\n\n".join(without_docstrings(part) for part in parts if part)


def varied(entry: Entry, axis: Axis) -> tuple[str, Any] | None:
    """The name of what an entry varies, and its class or function: an ancestor, or what the axis has by default."""
    others = {other.name: other.object for other in axis.entries if other.name != entry.name}
    found = entry.object
    if inspect.isclass(found):
        for ancestor in found.__mro__[1:]:
            named = [name for name, other in others.items() if other is ancestor]
            if named or (ancestor.__module__.startswith("reference") and "forward" in vars(ancestor)):
                return (named or [ancestor.__name__])[0], ancestor
    same = [name for name, other in others.items() if other is found]
    if same:
        return same[0], found
    first = letters(own_doc(found).partition(". ")[0])
    told = [name for name, other in others.items() if len(named := letters(class_name(other))) > 7 and named in first]
    if told:
        name = max(told, key=lambda name: len(class_name(others[name])))
        return name, others[name]
    if axis.base in others:
        return axis.base, others[axis.base]
    return chapter_one(axis) if entry.name != axis.base else None


def class_name(found: Any) -> str:
    return str(getattr(found, "__name__", ""))


def letters(text: str) -> str:
    """So that "Gated DeltaNet" is GatedDeltaNet."""
    return re.sub(r"[^a-z0-9]", "", text.lower())


def chapter_one(axis: Axis) -> tuple[str, Any] | None:
    """What there is where the default is no entry of the registry."""
    from reference.blocks import Block

    return ("pre", Block) if axis.name == "residual_stream" else None


def compared(before: Any, after: Any) -> tuple[str, str]:
    """The code of two objects, to be laid beside each other: of an ancestor only what a class does otherwise."""
    old, new = (without_docstrings(source_of(each) or "") for each in (before, after))
    if inspect.isclass(before) and inspect.isclass(after) and issubclass(after, before):
        kept = old.splitlines()
        for node in reversed(ast.parse(old).body[0].body):  # type: ignore[attr-defined]
            name = getattr(node, "name", None)
            if name is not None and name not in vars(after):
                first = min([node.lineno, *(each.lineno for each in node.decorator_list)]) - 1
                del kept[first : node.end_lineno]
        old = re.sub(r"\n\n+", "\n\n", "\n".join(kept)).strip("\n")
    return old, new


def highlighted(code: str) -> str:
    return highlight(code, PythonLexer(), HtmlFormatter(nowrap=True))


def difference(before: str, after: str) -> str:
    """Line by line, as HTML: what is gone with a minus, what has come with a plus, the rest of the neighbourhood."""
    old, new = before.splitlines(), after.splitlines()
    parts = []
    for number, group in enumerate(difflib.SequenceMatcher(None, old, new, autojunk=False).get_grouped_opcodes(2)):
        if number:
            parts.append('<span class="gap">…</span>\n')
        for kind, first, last, begin, end in group:
            if kind == "equal":
                parts += [f"<span>  {escape(line)}</span>\n" for line in new[begin:end]]
            else:
                parts += [f"<del>- {escape(line)}\n</del>" for line in old[first:last]]
                parts += [f"<ins>+ {escape(line)}\n</ins>" for line in new[begin:end]]
    return "".join(parts)


def documented(found: Any) -> list[str]:
    """Docstrings that say what it computes: its own, its forward's or step's, and those of its helpers."""
    return [text for each in (found, *helpers(found)) for text in (own_doc(each), *methods_of(each)) if text]


def methods_of(found: Any) -> list[str]:
    if not inspect.isclass(found):
        return []
    names = ("forward", "bias", "step", "loss", *(() if formulas(own_doc(found)) else ("route",)))  # else said twice
    methods = (vars(found).get(name) for name in names)
    return [inspect.getdoc(method) or "" for method in methods if callable(method)]


def own_doc(found: Any) -> str:
    return inspect.cleandoc(getattr(found, "__doc__", None) or "") if source_of(found) else ""


@cache
def _imports(module: str) -> dict[str, Any]:
    return vars(sys.modules[module])


def called(found: Any) -> list[Any]:
    """Functions of the reference that its code calls, from whichever file."""
    source = source_of(found)
    if source is None:
        return []
    names = _imports(found.__module__)
    every = (names.get(word) for word in re.findall(r"\b([a-z_]\w+)\(", without_docstrings(source)))
    return [each for each in every if inspect.isfunction(each) and is_ours(each)]


def ancestors(found: Any) -> list[type]:
    return [each for each in inspect.getmro(found)[1:] if is_ours(each)] if inspect.isclass(found) else []


def is_ours(found: Any) -> bool:
    return getattr(found, "__module__", "").startswith("reference")


def optimizers_in(found: Any) -> list[type]:
    """Optimizers of the reference that a function makes, from other files than its own."""
    names = _imports(found.__module__) if inspect.isfunction(found) and is_ours(found) else {}
    every = (names.get(word) for word in re.findall(r"\b([A-Z]\w+)\(", source_of(found) or ""))
    return [each for each in every if inspect.isclass(each) and is_ours(each) and callable(getattr(each, "step", None))]


def formulas_of(found: Any) -> list[str]:
    """As HTML lines: the blocks of its docstrings; without any, what these begin with, or those of what it calls and
    of what it descends from."""
    documents, others = documented(found), [own_doc(each) for each in (*called(found), *ancestors(found))]
    added = vars(found).get("bias") if inspect.isclass(found) else None  # what a position adds to the scores
    scores = first_formula(inspect.getdoc(added) or "") if inspect.isfunction(added) else []
    documents += [text for each in optimizers_in(found) for text in methods_of(each)]
    for read, texts in ((formulas, documents), (first_formula, documents), (formulas, others), (first_formula, others)):
        lines = [line for text in texts for line in read(text)]
        if any("<math" in line for line in lines):
            return list(dict.fromkeys([*lines, *scores]))
    return []


def about(found: Any) -> str:
    """What the first paragraph that is written about it says, as HTML, without the list of its attributes."""
    first = own_doc(found).split("\n\n")[0].replace("\n", " ")
    first = re.split(r"\s*(?:Further a|A)ttributes?: ", first)[0]
    if not re.search(r"[.:)!?]$", first):  # a formula goes on with the sentence
        first = re.sub(r"(.*)[.;:] .*", r"\1.", first)
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(first, quote=False))


def sources(found: Any) -> list[str]:
    """The sentences of its docstrings that name where it is from; without any, those of what it calls and of what it
    descends from."""
    return cited_in(documented(found)) or cited_in([own_doc(each) for each in (*called(found), *ancestors(found))])


def cited_in(documents: list[str]) -> list[str]:
    said: list[str] = []
    for text in documents:
        for paragraph in text.split("\n\n"):
            flat = " ".join(paragraph.split())
            if not paragraph.startswith("    ") and re.search(r"arXiv:|\b(19|20)\d\d\b|github\.com", flat):
                sentence = cited(flat)
                if sentence and sentence not in said:
                    said.append(sentence)
    return said


def cited(text: str) -> str:
    """Of a paragraph, the sentences from the first that names a year or a paper on."""
    sentences = re.split(r"(?<=[^.A-Z][.])\s+(?=[A-Z])", text)
    first = next(
        (place for place, each in enumerate(sentences) if re.search(r"arXiv:|\b(19|20)\d\d\b|\.com", each)), None
    )
    return "" if first is None else " ".join(sentences[first:])


def linked(text: str) -> str:
    """Papers by their numbers as links: for those who are on line."""
    return PAPER.sub(r'<a href="https://arxiv.org/abs/\1" rel="external">arXiv:\1</a>', escape(text))
