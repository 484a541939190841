"""The pages of somebody's own atlas."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from scripts.project import shown
from scripts.workshop.pieces import TRACKS, Track
from scripts.workshop.teach.progress import Progress

from ..drawings.svg import Panel
from ..entries import axes
from ..model_pages.preset_pages import architecture
from ..play import PLAYS, as_script
from ..site import Kind, Site, one_thread
from .trained import ROUNDING, Model, Run, all_curves, loss_curve, model_of, runs_in
from .written import Learner

KIND = Kind(
    "learn atlas",
    "my GPT",
    "My GPT",
    "your code in learn/, your runs and your last checks",
    (
        ("index.html#tracks", "Pieces"),
        ("index.html#runs", "Runs"),
        ("play/index.html", "Play"),
    ),
)
MOST_RUNS = 12  # that have a page
MOST_CURVES = 6  # in one picture
NO_RUN = "There is no run of your code yet: write the pieces of the first track, and `learn` trains one"
NO_WEIGHTS = "It left no weights: it was ended before they were saved"


@dataclass
class Drawn:
    """Pictures under a heading, or lines that say why there are none."""

    title: str
    panels: list[dict[str, str]] = field(default_factory=list)  # file, about
    notes: list[str] = field(default_factory=list)


@dataclass
class RunPage:
    run: Run
    parts: list[Drawn] = field(default_factory=list)
    names: list[str] | str = ""
    looks: list[str] = field(default_factory=list)
    model: Model | None = None


class Atlas:
    """What is on the way to become somebody's site."""

    def __init__(self, out: Path, learner: Learner):
        self.site, self.learner = Site(out, KIND), learner

    def drawn(self, title: str, slug: str, panels: list[Panel] | str) -> Drawn:
        """Panels as files; of what has failed the line that says so."""
        if isinstance(panels, str):
            return Drawn(title, notes=[panels])
        found = Drawn(title)
        for number, panel in enumerate(panels, start=1):
            found.panels.append({"file": f"pictures/{slug}-{number}.svg", "about": panel.about})
            self.site.picture(found.panels[-1]["file"], panel.svg)
        return found

    def variants(self) -> dict[str, list[Drawn]]:
        """By track, what its variants do in the learner's code."""
        found = defaultdict(list)
        if self.learner.used:
            for track, axis, entry in self.learner.variants(axes()):
                panels = self.learner.drawn(axis, entry)
                found[track].append(self.drawn(f"{axis.title}: {entry.name}", entry.slug, panels))
        return found

    def run_page(self, run: Run) -> RunPage:
        """All that there is to see of a run; each part for itself, so that one that fails takes no other with it."""
        page, attempt, slug = RunPage(run), self.learner.attempt, f"runs/{run.slug}"
        curve = [loss_curve(run)] if run.losses()[0] else "It has made no step yet"
        page.parts.append(self.drawn("The loss", f"{slug}-loss", curve))
        if not run.has_weights:
            page.names = NO_WEIGHTS
            return page
        model = attempt(f"{run.name}: the model could not be made", lambda: model_of(run, self.learner.code))
        if isinstance(model, str):
            page.names = model
            return page
        page.model = model
        page.names = attempt(f"{run.name}: it could not write", model.names)
        page.parts += list(self.inside(page, model, slug))
        return page

    def inside(self, page: RunPage, model: Model, slug: str) -> Iterator[Drawn]:
        attempt, run = self.learner.attempt, page.run
        inside = attempt(f"{run.name}: no pass through it came to its end", model.inside)
        if isinstance(inside, str):
            yield Drawn("Attention", notes=[inside])
        else:
            page.looks = model.looks(inside)
            maps = model.attention(inside) or "Its layers have no attention weights to be drawn"
            yield self.drawn("Attention", f"{slug}-attention", maps)
        yield self.drawn(
            "Gradient and stream",
            f"{slug}-layers",
            attempt(f"{run.name}: gradient and stream could not be drawn", model.by_layer),
        )
        blocks = [kind for block in model.model.blocks for kind in type(block).__mro__]
        drawing: list[Panel] | str = "The block is drawn once all pieces of it are written"
        if self.learner.has_written(*blocks, package=self.learner.code.package):
            drawing = attempt(
                f"{run.name}: its architecture could not be drawn",
                lambda: [architecture(f"the run {run.name}", model.model.config, model.model)],
            )
        yield self.drawn("The architecture", f"{slug}-architecture", drawing)

    def play(self, pages: list[RunPage]) -> None:
        """A page to play with the newest model that a browser can compute."""
        note, plays = NO_RUN, []
        for page in pages:
            if page.model is None:
                continue
            try:
                exported = page.model.export()
            except ValueError as error:
                note = f"{page.run.name}: {error}"
                continue
            plays = [replace(PLAYS[0], about=self.about_play(page.model))]
            note = ""
            self.site.playground({"names.js": as_script("EXPORTED", exported)})
            break
        self.site.write("play/index.html", "play/index.html", plays=plays, note=note)
        for play in plays:
            self.site.write(f"play/{play.name}.html", f"play/{play.name}.html", play=play)

    def about_play(self, model: Model) -> str:
        about = f"Type a name and follow it through your own GPT, with the weights of {model.run.name}."
        apart = self.learner.attempt(f"{model.run.name}: it could not be compared with the page", model.apart)
        if isinstance(apart, str) or apart > ROUNDING:
            off = apart if isinstance(apart, str) else f"its logits are up to {apart:.2g} away"
            about += f" The page computes what the reference would with them; your code does not ({off})."
        return f"{about} {PLAYS[0].about.partition('. ')[2]}"


def summary(track: Track, learner: Learner) -> dict[str, Any]:
    counts = Counter(learner.states[piece.id] for piece in track.pieces)
    return {"track": track, "counts": counts, "passed": counts["pass"], "total": len(track.pieces)}


@one_thread()
def build(
    out: Path, folder: Path, progress: Progress, runs_folder: Path, say: Callable[[str], None] = lambda text: None
) -> tuple[Site, list[str]]:
    """Write the site of the pieces in a folder and of the runs in another. Returns it, and what could not be made."""
    learner = Learner(folder, progress)
    atlas = Atlas(out, learner)
    site = atlas.site
    runs, unreadable = runs_in(runs_folder)
    pages = [atlas.run_page(run) for run in runs[:MOST_RUNS]]
    say(f"Runs: {len(pages)} pages")
    variants = atlas.variants()
    say(f"Variants in your code: {sum(map(len, variants.values()))}")
    tracks = [summary(track, learner) for track in TRACKS]
    curves_of = [run for run in runs[:MOST_CURVES] if run.losses()[0]]
    curve = atlas.drawn("The loss", "runs/all", [all_curves(curves_of)] if curves_of else NO_RUN)
    for each in tracks:
        track = each["track"]
        site.write(
            f"tracks/{track.name}.html",
            "own/track.html",
            **each,
            tracks=tracks,
            told=learner.told(track.name),
            variants=variants[track.name],
        )
    lent = [piece.id for piece in TRACKS[0].pieces if piece.id not in learner.used]
    for page in pages:
        place = shown(page.run.folder)
        site.write(f"runs/{page.run.slug}.html", "own/run.html", page=page, pages=pages, place=place, lent=lent)
    atlas.play(pages)
    at = progress.current(learner.board)
    site.write(
        "index.html",
        "own/index.html",
        tracks=tracks,
        passed=sum(each["passed"] for each in tracks),
        total=len(learner.board),
        at=at,
        state=learner.states[at.piece.id] if at else "",
        pages=pages,
        left_out=runs[MOST_RUNS:],
        newest=next((page for page in pages if page.model), None),
        curve=curve,
        no_run=NO_RUN,
        unreadable=unreadable,
        progress=progress,
        failed=learner.failed,
    )
    return site, learner.failed
