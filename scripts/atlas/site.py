"""The site: pages made of templates, written into a folder, with nothing on them that must be fetched."""

import contextlib
import hashlib
import inspect
import json
import re
import shutil
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

import jinja2
import torch
from markupsafe import Markup, escape

from reference.config import GPTConfig
from reference.embedding import build_embedding
from reference.head import build_head
from reference.presets import PRESETS, preset
from scripts.project import UsageError
from scripts.project import shown as shown_path
from scripts.project.implementation import on_meta
from scripts.workshop.pieces import PIECES, Piece

from . import entry_costs, measurements, sources
from .drawings import draw
from .drawings.norm_pictures import tried
from .entries import Axis, Entry, axes, shown
from .first_page import names_of, questions
from .glance import at_a_glance, in_bytes, times
from .model_pages.preset_pages import COMMON, compare_table, model_pages
from .play import PLAYS, numbers, plays_of
from .wording import gloss, glossary, in_words, setting_in_words

HERE = Path(__file__).parent
FIRST = "index.html"


@dataclass(frozen=True)
class Kind:
    """What a site is: the command that makes it, what it and its first page are called, what it is made from, and the
    address and name of every part that each page links to."""

    command: str
    title: str
    home: str
    made_from: str
    parts: tuple[tuple[str, str], ...]

    @property
    def mark(self) -> str:
        """By which its first page is known as one of ours."""
        return f"Made by <code>{self.command}</code>"


ATLAS = Kind(
    "python -m scripts.atlas",
    "the atlas of Bare Bones GPT",
    "The atlas",
    "the code, its docstrings and committed measurements",
    (
        ("index.html#variants", "Variants"),
        ("models/index.html", "Models"),
        ("compare.html", "Side by side"),
        ("play/index.html", "Play"),
        ("about.html", "How it is measured"),
    ),
)


@dataclass
class Page:
    """A page of an entry, with all that its template shows."""

    entry: Entry
    axis: Axis
    glance: list[str]  # the answer to what one asks of it, in sentences
    panels: list[dict[str, str]]  # file, about
    formulas: list[str]
    about: str
    code: str
    varies: str | None
    difference: str
    sources: list[str]
    cost: dict[str, Any] | None
    quality: dict[str, Any] | None
    apart: bool  # whether chance does not explain its difference from chapter one's
    models: list[str]
    max_diff: float | None
    presets: list[str]
    pieces: list[Piece]
    near: str | None  # whose pieces these are, where none teaches it
    commands: list[str]

    @property
    def digest(self) -> str:
        return hashlib.sha256("".join(panel["svg"] for panel in self.panels).encode()).hexdigest()


def in_short(count: float) -> str:
    for unit, size in ((" T", 1e12), (" G", 1e9), (" M", 1e6), (" k", 1e3)):
        if count >= 0.9995 * size:
            return f"{count / size:.3g}{unit}"
    return f"{count:.3g}"


def in_count(count: float) -> str:
    """As people say it: 162 million."""
    for word, size in (("trillion", 1e12), ("billion", 1e9), ("million", 1e6)):
        if count >= 0.9995 * size:
            return f"{count / size:.3g} {word}"
    return f"{count:,}"


def with_chapter_one(sentences: list[str], up: str) -> list[Markup]:
    """As HTML, in which the first mention of chapter one leads to what that is."""
    found, linked = [], False
    for text in map(str, map(escape, sentences)):
        if not linked and (there := re.search("[Cc]hapter one", text)):
            link = f'<a href="{up}about.html#chapter-one">{there[0]}</a>'
            text, linked = text[: there.start()] + link + text[there.end() :], True
        found.append(Markup(text))
    return found


def all_cost(pages: list[Page]) -> str | None:
    """What every one of these costs, where no digit that is shown differs."""
    told = {
        f"{in_short(own['parameters'])} weights, {in_short(own['flops_per_token'])} FLOPs a token, "
        f"{in_bytes(own['cache_bytes'])} for a cache of 1,024 tokens, in a model {page.cost['shape']}"
        for page in pages
        if page.cost and (own := page.cost["own"])
    }
    return told.pop() if len(told) == 1 else None


def environment() -> jinja2.Environment:
    found = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE / "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    found.filters |= {
        "bytes": in_bytes,
        "times": times,
        "all_cost": all_cost,
        "short": in_short,
        "count": in_count,
        "chapter_one": with_chapter_one,
        "shown": shown,
        "plays": plays_of,
        "gloss": gloss,
        "setting": setting_in_words,
        "breakable": lambda name: Markup(str(escape(name)).replace("_", "_<wbr>")),
        "cited": lambda text: Markup(sources.linked(text)),
    }
    return found


def uses(config: GPTConfig, axis: str, name: str) -> bool:
    """Whether a model has this value of an axis."""
    from scripts.public.parity import uses as exactly

    if axis in ("optimizer", "schedule", "attention_backend"):
        return False
    if axis == "head":
        return head_of(config) == name
    if axis == "norm_position":
        return exactly(config, axis, name)
    if axis == "rope_scaling" and not any(each.startswith("rope") for each in config.layer_positions):
        return False
    value = getattr(config, axis)
    return value == name or (isinstance(value, str) and name in config.in_turn(value))


@cache
def head_of(config: GPTConfig) -> str:
    with on_meta():
        return type(build_head(config, build_embedding(config))).__name__


@cache
def presets() -> dict[str, GPTConfig]:
    return {name: preset(name) for name in PRESETS}


def taught(thing: Any) -> list[Piece]:
    """The pieces of a class or of the functions that it calls, else those of its file."""
    return taught_by(thing, *sources.helpers(thing)) or [
        piece for piece in PIECES if f"reference.{piece.module}" == getattr(thing, "__module__", "")
    ]


def taught_by(*found: Any, package: str = "reference") -> list[Piece]:
    """The pieces that these classes and functions of a package are made of."""
    names = {(getattr(each, "__module__", ""), getattr(each, "__qualname__", "").partition(".")[0]) for each in found}
    return [piece for piece in PIECES if (f"{package}.{piece.module}", piece.qualname.partition(".")[0]) in names]


def commands(entry: Entry, axis: Axis) -> list[str]:
    if entry.refused:
        return []
    lines = [f"python -m scripts.train {entry.flags}".strip()]
    if entry.fields:
        lines.append(f"python -m scripts.describe nanochat_tiny {entry.flags}".strip())
    if axis.name not in ("head",) and entry.name != axis.base and "," not in shown(entry.settings[axis.name]):
        beside = f"{axis.base}," if axis.base != "None" else ""
        lines.append(f"python -m scripts.ablate --axis {axis.name}{f'={beside}{entry.name}' if beside else ''}")
    return lines


def page_of(entry: Entry, axis: Axis) -> Page:
    found = entry.object
    varies = sources.varied(entry, axis)
    code = sources.code_of(found)
    before, after = sources.compared(varies[1], found) if varies else ("", "")
    panels = [
        {"file": f"pictures/{entry.slug}-{number}.svg", "about": panel.about, "svg": panel.svg}
        for number, panel in enumerate(draw(entry, axis), start=1)
    ]
    # Of rotary positions, what makes them says more than the class that they share.
    maker = axis.name == "position_encoding" and inspect.isfunction(entry.value) and entry.name != axis.base
    models, max_diff = measurements.equal_models(entry)
    used = [] if entry.refused else [name for name, config in presets().items() if uses(config, axis.name, entry.name)]
    pieces, near = taught(found), None
    if varies and not pieces:
        pieces, near = taught(varies[1]), varies[0]
    return Page(
        entry,
        axis,
        at_a_glance(entry, axis, used),
        panels,
        sources.formulas_of(found),
        sources.about(entry.value if maker else found),
        sources.highlighted(code) if code else "",
        varies[0] if varies else None,
        sources.difference(before, after) if before and after and before != after else "",
        sources.sources(found),
        None if entry.refused else cost_table(entry),
        measurements.quality(entry, axis),
        entry.name in measurements.told_apart(axis),
        models,
        max_diff,
        used,
        pieces,
        near if pieces else None,
        commands(entry, axis),
    )


def cost_table(entry: Entry) -> dict[str, Any]:
    own, base, shape = entry_costs.cost_of(entry)
    return {"own": asdict(own), "base": asdict(base), "shape": shape}


def require_ours(out: Path, kind: Kind) -> None:
    """Raises `UsageError` where a site of this kind cannot go to this folder: something else is there."""
    if out.exists() and not out.is_dir():
        raise UsageError(f"--out {shown_path(out)}: this is a file; give a folder")
    first = out / FIRST
    ours = first.is_file() and kind.mark in first.read_text(encoding="utf-8", errors="replace")
    if not ours and out.is_dir() and any(out.iterdir()):
        raise UsageError(
            f"--out {shown_path(out)}: what is in there is not written by `{kind.command}`; give a new folder, or an "
            "empty one"
        )


class Site:
    """Writes pages; `pages` are the addresses of all that it has written, from the top. What is in the folder already
    must be a site of this kind. Raises `UsageError`."""

    def __init__(self, out: Path, kind: Kind = ATLAS):
        self.out, self.pages = out, []
        self.environment = environment()
        self.environment.globals["site"] = kind
        require_ours(out, kind)
        if not (out / FIRST).exists():
            # The last page to be written, by which a site is known: what is broken off may be made anew.
            self.write(FIRST, "begun.html")
            self.pages.clear()
        # What pages play with is code of the whole model: `playground` brings it.
        shutil.copytree(HERE / "static", out / "static", ignore=shutil.ignore_patterns("play"), dirs_exist_ok=True)

    def write(self, address: str, template: str, **context) -> None:
        path = self.out / address
        path.parent.mkdir(parents=True, exist_ok=True)
        up = "../" * address.count("/")
        path.write_text(
            self.environment.get_template(template).render(up=up, here=address, **context), encoding="utf-8"
        )
        self.pages.append(address)

    def picture(self, file: str, svg: str) -> None:
        path = self.out / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(svg, encoding="utf-8")

    def playground(self, numbers: dict[str, str]) -> None:
        """The scripts of the pages to play with, and those that hold what they compute from."""
        shutil.copytree(HERE / "static" / "play", self.out / "static" / "play", dirs_exist_ok=True)
        for file, script in numbers.items():
            (self.out / "static" / "play" / file).write_text(script, encoding="utf-8")


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """Models this small are slower with two threads than with one."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@one_thread()
def build(out: Path, say: Callable[[str], None] = lambda text: None) -> Site:
    """Write the whole site into a folder."""
    site = Site(out)
    every: dict[str, list[Page]] = defaultdict(list)
    all_axes = axes()
    for axis in all_axes:
        for entry in axis.entries:
            page = page_of(entry, axis)
            every[axis.name].append(page)
            for panel in page.panels:
                site.picture(panel["file"], panel["svg"])
        say(f"{axis.title}: {len(axis.entries)} pages")
    common = {"axes": all_axes, "missing": measurements.MISSING, "common_length": COMMON, "provenance": provenance()}
    common["again"] = measurements.times_again(all_axes)
    for axis in all_axes:
        pages = every[axis.name]
        does = {entry.name: tried(entry.value) for entry in axis.entries} if axis.name == "normalization" else {}
        site.write(f"{axis.name}/index.html", "axis.html", axis=axis, pages=pages, does=does, **common)
        for page in pages:
            site.write(f"{page.entry.slug}.html", "entry.html", page=page, axis=axis, pages=pages, **common)
    words = glossary(page for pages in every.values() for page in pages)
    site.environment.filters["in_words"] = lambda value, field, up: Markup(in_words(value, words.get(field, {}), up))
    models = model_pages()
    for model in models:
        site.picture(model["picture"], model["panel"].svg)
    site.write("models/index.html", "models.html", models=models, **common)
    for model in models:
        site.write(f"models/{model['name']}.html", "model.html", model=model, models=models, **common)
    site.write("compare.html", "compare.html", models=models, table=in_script(compare_table(models, words)), **common)
    site.write("about.html", "about.html", pages=every, parity=measurements.parity(), **common)
    site.playground(numbers())
    site.write("play/index.html", "play/index.html", plays=PLAYS, **common)
    for play in PLAYS:
        site.write(f"play/{play.name}.html", f"play/{play.name}.html", play=play, **common)
    site.write(
        "index.html",
        "index.html",
        every=every,
        models=models,
        plays=PLAYS,
        questions=questions(every, models),
        names=in_script(names_of(every, models)),
        **common,
    )
    return site


def in_script(value: Any) -> str:
    """JSON that may stand in a page."""
    return json.dumps(value).replace("<", "\\u003c")


def provenance() -> list[str]:
    """Where and when what is measured was measured."""
    rows = measurements.rows().values()
    return sorted({f"{row['date']}: {row['machine']}; torch {row['torch']}" for row in rows})


def serve(folder: Path, port: int) -> None:
    """Show a site on this machine until Ctrl-C. Raises `UsageError` where the port is not to be had."""
    from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

    handler = partial(SimpleHTTPRequestHandler, directory=str(folder))
    try:
        server = ThreadingHTTPServer(("127.0.0.1", port), handler)
    except OSError as error:
        raise UsageError(f"--port {port}: {error.strerror}; give another one") from error
    with server:
        print(f"http://127.0.0.1:{port}  (Ctrl-C ends it)", flush=True)
        server.serve_forever()
