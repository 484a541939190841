"""How much a track asks of its writers and readers: lines of code, words of docstrings, lines of the reference."""

import ast
import sys
from collections import defaultdict
from pathlib import Path

from scripts.workshop.pieces import Piece, Track
from scripts.workshop.pieces.source import Source, docstring_node, outline
from scripts.workshop.pieces.splice import reference_source
from scripts.workshop.pieces.stubs import REFERENCE

NOT_READ = ("config.py", "presets.py")


def code_lines(piece: Piece) -> int:
    """The lines of a piece's body that hold code."""
    source = reference_source(piece.module)
    node = source.function(piece.qualname)
    body = [statement for statement in node.body if statement is not docstring_node(node)]
    lines = source.lines[body[0].lineno - 1 : node.end_lineno]
    return sum(bool(line.strip()) and not line.lstrip().startswith("#") for line in lines)


def docstring_words(pieces: tuple[Piece, ...]) -> int:
    """The words that a learner reads beside the code of these pieces."""
    texts = {}
    for piece in pieces:
        source = reference_source(piece.module)
        node, home = source.function(piece.qualname), source.scope(piece.qualname)
        texts[piece.id] = " ".join(
            [ast.get_docstring(node) or "", *(line.lstrip("#") for line in outline(source, node))]
        )
        if isinstance(home, ast.ClassDef):
            texts[f"{piece.module}.{home.name}"] = ast.get_docstring(home) or ""
    return sum(len(text.split()) for text in texts.values())


def executed(track: Track) -> dict[Path, set[str]]:
    """By file of the reference: the functions that building, initialising and running a track's models goes through."""
    import torch

    from reference.gpt import GPT
    from reference.optimization.initialization import initialise
    from reference.presets import preset

    seen: dict[Path, set[str]] = defaultdict(set)

    def note(frame, event, argument) -> None:
        path = Path(frame.f_code.co_filename)
        if event == "call" and path.is_relative_to(REFERENCE) and path.name not in NOT_READ:
            seen[path].add(frame.f_code.co_qualname.partition(".<locals>")[0])

    def run() -> None:
        tokens = torch.zeros(1, 8, dtype=torch.int64)
        for settings in track.runs:
            model = GPT(preset("nanochat_tiny", **settings.get("overrides", {})))
            model.init_weights() if model.config.init == "nanochat" else initialise(model)
            model(tokens, tokens)

    # Once before it counts: to import a file runs the bodies of its classes.
    run()
    sys.setprofile(note)
    try:
        run()
    finally:
        sys.setprofile(None)
    return {path: names - {"<module>"} for path, names in seen.items() if names - {"<module>"}}


def lines_of(path: Path, names: set[str]) -> int:
    """How many lines there are to read of some functions of a file, with the heads of their classes."""
    source = Source.read(path)
    lines: set[int] = set()
    for name in names:
        node = source.find(name)
        if node is None:
            continue  # a comprehension or a lambda of the module
        span = source.span(node)
        lines.update(range(span.start, span.stop))
        home = source.scope(name)
        if isinstance(home, ast.ClassDef):
            methods = [each for each in home.body if isinstance(each, ast.FunctionDef)]
            lines.update(range(source.span(home).start, source.span(methods[0]).start))
    return len(lines)


def size_of(track: Track) -> dict[str, int]:
    read = executed(track)
    return {
        "pieces": len(track.pieces),
        "code_lines": sum(map(code_lines, track.pieces)),
        "docstring_words": docstring_words(track.pieces),
        "reading_lines": sum(lines_of(path, names) for path, names in read.items()),
        "reading_files": len(read),
    }
