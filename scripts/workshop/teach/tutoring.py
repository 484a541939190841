"""What a tutor needs to talk about a piece, a person or a program, without what the learner should find."""

import ast
import inspect
import re
from typing import Any

from scripts.workshop.pieces import Piece
from scripts.workshop.pieces.source import outline
from scripts.workshop.pieces.splice import reference_source
from scripts.workshop.teach.progress import Progress

ARXIV = re.compile(r"\d{4}\.\d{5}")


def about(piece: Piece, progress: Progress) -> dict[str, Any]:
    """All that the skeleton shows of a piece; its questions; the last rung of its hints that was shown, 0 for none."""
    source = reference_source(piece.module)
    node, home = source.function(piece.qualname), source.scope(piece.qualname)
    docstrings = [inspect.cleandoc(ast.get_docstring(each) or "") for each in (node, home, source.tree) if each]
    source_text = cited(docstrings)
    return {
        "todo": piece.todo,
        "why": piece.why,
        "docstring": docstrings[0],
        "source": source_text,
        "papers": [f"https://arxiv.org/abs/{number}" for number in dict.fromkeys(ARXIV.findall(source_text))],
        "outline": [comment.lstrip("# ") for comment in outline(source, node)],
        "requires": list(piece.requires),
        "questions": [{"number": question.number, "text": question.text} for question in piece.questions],
        "rung": progress.hints.get(piece.id, {"rung": 0})["rung"],
    }


def cited(docstrings: list[str]) -> str:
    """Where the formula is from: the paragraphs with papers of the nearest docstring that names any."""
    found = ([each for each in text.split("\n\n") if ARXIV.search(each)] for text in docstrings)
    paragraphs = next((each for each in found if each), [])
    return "\n".join(" ".join(each.split()) for each in paragraphs)
