"""Look inside: every intermediate of one forward pass, by the name that the code gives it, layer by layer.

examples:
  python -m scripts.trace --text emma                     a fresh model of the reference's
  python -m scripts.trace runs/mine --text emma           a trained one, by the code that has trained it
  python -m scripts.trace --impl learn --text emma        your code, as far as it is written
  python -m scripts.trace runs/mine --html emma.html      a page with attention maps and the residual stream
  python -m scripts.trace runs/mine --markdown            the same listing for a log or an issue
  python -m scripts.trace --model gemma2 --tiny --layer 1 --name 'q*'

FOLDER is what scripts.train leaves behind. Without one, the model is new, and the text is read character by character,
as for names. In front of the text stands the boundary between documents. For every tensor: mean, std (standard
deviation) and absmax (largest magnitude) of its finite elements. What a loop makes again and again, in the same line,
is listed once: x19 is the last of 19. --json has all of them.
"""

import contextlib
import fnmatch
import os
import string
import sys
from argparse import SUPPRESS, Namespace
from pathlib import Path

from scripts.project import Parser, UsageError, at_least, json_line, path_from, run_command, shown
from scripts.project.implementation import implementation_folder

from .training.models import ABOUT, add_model_fields, given_fields, named

MODEL = "nanochat_tiny"
UNTRAINED = (
    "The model is new: it has learned nothing. With nanochat's first weights, sublayers add nothing yet, and every "
    "token is as likely as any other. Give the folder of a run to see a trained one"
)


def parser() -> Parser:
    parser = Parser(prog="python -m scripts.trace", description=__doc__)
    add = parser.add_argument
    add("folder", nargs="?", type=path_from, metavar="FOLDER", help="a run's folder (default: a new model)")
    add("--text", default="emma", help="what the model reads (default: emma)")
    add(
        "--impl",
        metavar="learn|reference|PATH",
        help="whose code (default: that of the run; of a new model, reference)",
    )
    add("--model", default=SUPPRESS, metavar="NAME|FILE", help=f"a new model: {ABOUT} (default: {MODEL})")
    add("--tiny", action="store_true", default=SUPPRESS, help="the same architecture, small: NAME_tiny")
    add("--seed", type=at_least(0), default=42, metavar="N", help="of a new model's weights (default: 42)")
    add("--layer", type=at_least(0), metavar="N", help="list this layer only")
    add("--name", metavar="GLOB", help="list only what is called so, such as 'q*' or return")
    add("--html", type=path_from, metavar="FILE", help="write a page with pictures of all that, which needs no network")
    add("--markdown", action="store_true", help="print tables in Markdown")
    add("--json", action="store_true", help="end with one JSON object on standard output, and nothing else")
    add_model_fields(parser)
    parser.usage = "%(prog)s [FOLDER] [options]"
    return parser


def impl_of(folder: Path | None) -> str:
    """Whose code a run was trained by, where that is still there; the reference for a new model, and for weights of
    other origin."""
    from .public.whole_models import read_facts

    if folder is None or not (folder / "run.json").is_file():
        return "reference"
    impl = read_facts(folder).get("impl") or "reference"
    try:
        implementation_folder(impl)
    except UsageError:
        print(f"{impl}, whose code has trained this, is not there any more: the reference reads it", file=sys.stderr)
        return "reference"
    return impl


def configuration(given: dict):
    """That of a new model. Raises `UsageError`, also where its parts do not go together."""
    from reference.optimization.initialization import initialise

    from .training.architecture import build_on_meta

    config = named(given.pop("model", MODEL), given.pop("tiny", False), **given)
    try:
        initialise(build_on_meta(config))
    except ValueError as error:
        raise UsageError(str(error)) from error
    return config


def encoded(text: str, tokenizer, config) -> list[int]:
    """The text's tokens behind the boundary. Raises `UsageError`."""
    try:
        tokens = tokenizer.prompt(text)
    except ValueError as error:
        raise UsageError(f"--text {text!r}: {error}") from error
    if max(tokens) >= config.vocab_size:
        raise UsageError(f"--text {text!r}: it needs {max(tokens) + 1} tokens; vocab_size is {config.vocab_size}")
    if len(tokens) > config.max_seq_len:
        raise UsageError(
            f"--text: with the boundary in front it has {len(tokens)} tokens; the model reads {config.max_seq_len}"
        )
    return tokens


def make(options: Namespace, given: dict) -> tuple:
    """The model, trained or new, and its tokenizer. Raises `UsageError`."""
    import torch

    from .looking.run_folders import load_model
    from .training.text.tokenizers import CharTokenizer
    from .workshop.pieces.loading import load

    if options.folder:
        loaded = load_model(options.folder, options.impl, torch.device("cpu"), "float32", "trace")
        return loaded.model, loaded.tokenizer
    config = configuration(given)
    torch.manual_seed(options.seed)
    implementation = load(options.impl)
    model = implementation.gpt.GPT(config)
    implementation.optimization.initialization.initialise(model)
    # As for names: a to z, and the boundary.
    return model.eval(), CharTokenizer(string.ascii_lowercase)


def attention_by_hand(inside, model, folder: Path) -> str:
    """Have the weights of attention computed, where the backend keeps none, and say so."""
    from .looking.inside import Inside, by_hand
    from .workshop.teach.stops import Bug, Stop, watch_for_stops

    backend, other = model.config.attention_backend, Inside()
    if backend == "manual":
        return ""
    try:
        with watch_for_stops(folder):
            other.go_through(by_hand(model), inside.tokens)
    except Stop as stop:
        return f"The backend {backend} keeps no weights, and manual attention needs {stop.piece.id}, not written yet."
    except Bug as bug:
        return f"The backend {backend} keeps no weights, and manual attention does not get through: {bug.reason}"
    inside.weights = other.weights
    difference = (inside.logits - other.logits).abs().max().item()
    return (
        f"The backend {backend} keeps no weights: these are of the same model with manual attention, whose logits "
        f"differ by {difference:.1e} at most."
    )


def write_page(path: Path, inside, model, tokenizer, heading: str, about: str, note: str, stopped: str) -> None:
    from .looking.page import page
    from .training.text.files import written_whole

    if model.config.attention_type == "differential":
        note += " Differential: what a head of the second half finds is taken off what its partner in the first finds."
    text = page(inside, tokenizer, model.config.n_layer, heading, about, note, stopped)
    with written_whole(path) as file:
        file.write(text.encode())


def sentences(inside, tokenizer, options: Namespace) -> list[str]:
    """What there is to say of what is listed: of one layer where only that is asked for."""
    from .looking import telling

    if options.name:
        return []
    labels = [telling.label_of(token, tokenizer) for token in inside.tokens]
    layers = telling.by_layer(inside, labels)
    first = telling.first_looks(inside, labels) if options.layer is None else []
    return first + [
        f"Layer {layer}: {sentence}"
        for layer, told in layers.items()
        if options.layer in (None, layer)
        for sentence in told
    ]


def main(argv=None) -> int:
    options = parser().parse_args(argv)
    given = {name: value for name in ("model", "tiny") if (value := vars(options).pop(name, None)) is not None}
    given |= given_fields(vars(options))
    if options.folder and given:
        raise UsageError(f"{shown(options.folder)} says what its model is; it goes without --{next(iter(given))}")
    if options.json and options.markdown:
        raise UsageError("--markdown and --json: standard output is for one of them")
    options.impl = options.impl or impl_of(options.folder)
    if options.html:
        from .looking.page import require_ours

        require_ours(options.html)
    # Which piece is called is told by the rows.
    os.environ.setdefault("LEARN_DEBUG", "0")
    # With --json, standard output is for the object alone; also what the learner's code prints goes elsewhere.
    with contextlib.redirect_stdout(sys.stderr) if options.json else contextlib.nullcontext():
        status, report = look_inside(options, given)
    if options.json:
        print(json_line(report))
    return status


def look_inside(options: Namespace, given: dict) -> tuple[int, dict]:
    """The pass, its rows, and the page. Returns the exit status: 0 also where it stops at an unwritten piece."""
    from rich.console import Console

    from .looking.inside import Inside
    from .looking.listing import show, show_markdown
    from .workshop.pieces.board import read_board
    from .workshop.teach.stops import Bug, Stop, require_readable, show_bug, show_stop, watch_for_stops

    folder = implementation_folder(options.impl)
    board = read_board(folder)
    inside, model, halt = Inside(), None, None
    try:
        require_readable(board, folder)
        with watch_for_stops(folder):
            model, tokenizer = make(options, given)
            tokens = encoded(options.text, tokenizer, model.config)
            inside.go_through(model, tokens)
    except (Stop, Bug) as error:
        halt = error
    name = str(options.folder or given.get("model", MODEL))
    rows = [
        row
        for row in inside.rows
        if options.layer in (None, row.layer) and fnmatch.fnmatchcase(row.name, options.name or "*")
    ]
    if inside.rows and not rows:
        layers = sorted({row.layer for row in inside.rows if row.layer is not None})
        wanted = {"--layer": options.layer, "--name": options.name}
        asked = " and ".join(f"{flag} {value}" for flag, value in wanted.items() if value is not None)
        reach = f"they are of layers {layers[0]} to {layers[-1]}" if layers else "none of them is of a layer"
        raise UsageError(f"{asked}: none of the {len(inside.rows)} intermediates is that; {reach}")
    report = {"impl": options.impl, "model": name, "text": options.text, "tokens": inside.tokens}
    report |= {"rows": [row.as_json() for row in rows]}
    told, note = [], ""
    if model is not None:
        note = attention_by_hand(inside, model, folder) if not halt else ""
        told = sentences(inside, tokenizer, options)
        report["sentences"] = told
    console = Console(stderr=options.json or options.markdown)
    if options.markdown:
        show_markdown(rows, told, f"Inside {name}: {options.text!r}, read by the code in {shown(folder)}")
    elif not options.json:
        show(rows, told)
    ended = ""
    if isinstance(halt, Stop):
        done = sum(entry.state == "written" for entry in board.values())
        show_stop(console, halt, done, len(board))
        ended = f"The pass stopped at {halt.piece.id}, which is not written yet."
        report |= {"stopped_at": halt.piece.id, "file": shown(halt.path), "line": halt.line}
    elif isinstance(halt, Bug):
        show_bug(console, halt)
        ended = f"The pass did not get through: {halt.reason}"
        report |= {"error": halt.reason, "file": halt.path and shown(halt.path), "line": halt.line}
    if options.html and model is None:
        console.print("There is no page: the run stopped before it had a model.")
    elif options.html:
        about = f"{options.text!r}, read by the code in {shown(folder)}"
        if not options.folder:
            about += f". {UNTRAINED}"
        write_page(options.html, inside, model, tokenizer, f"Inside {name}", about, note, ended)
        report["html"] = str(options.html)
        console.print(f"written to {shown(options.html)}", highlight=False, markup=False, soft_wrap=True)
    return int(isinstance(halt, Bug)), report


if __name__ == "__main__":
    sys.exit(run_command(main))
