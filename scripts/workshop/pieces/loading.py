"""Load a model implementation, and lend it the pieces of tracks that are not open yet."""

import importlib.abc
import importlib.machinery
import importlib.util
import itertools
import re
import sys
from collections.abc import Collection
from typing import ClassVar

from scripts.project.implementation import Implementation, implementation_folder
from scripts.workshop.pieces import TRACKS
from scripts.workshop.pieces.board import Entry, read_board
from scripts.workshop.pieces.source import Source
from scripts.workshop.pieces.splice import reference_source, spliced_code

fresh = itertools.count()


def load(
    impl: str, check_shapes: bool = False, track: str | None = None, instead: Collection[str] = ()
) -> Implementation:
    """Load `learn`, `reference` or the folder of a copy, anew on every call.

    In a copy, a piece that is still a stub, and belongs to a track that is not open yet, is the reference's: what is
    written is what runs, and a run of the first track does not ask for the last one's Muon.

    check_shapes: check every call against the shapes in the signatures (jaxtyping with beartype), but in files with
    lent pieces. Costs time: leave it off where speed is measured. track: the track that is run; without one, the first
    that has a stub is the last one open. instead: the ids of pieces that are the reference's in any case.
    """
    folder = implementation_folder(impl)
    if impl == "reference":
        return Implementation("reference", folder)
    # A name of its own for every load, so that an edited file is never mistaken for its earlier self.
    package = f"learn_{next(fresh)}"
    spec = importlib.machinery.ModuleSpec(package, loader=None, is_package=True)
    spec.submodule_search_locations = [str(folder)]
    sys.modules[package] = importlib.util.module_from_spec(spec)
    # Python's bytecode cache goes by whole seconds; an edit can be quicker than that.
    sys.dont_write_bytecode = True
    if check_shapes:
        from jaxtyping import install_import_hook

        from . import shapes  # noqa: F401, found by its name

        install_import_hook(package, "scripts.workshop.pieces.shapes.typechecker")
    board = read_board(folder)
    for entry in [*lent(board, track), *(board[id] for id in instead)]:
        assert entry.source is not None, entry.path
        name = f"{package}.{entry.piece.module}"
        LentModules.modules.setdefault(name, (entry.source, set()))[1].add(entry.piece.qualname)
    # Before the hook: it looks into the folder by itself.
    sys.meta_path.remove(LENT)
    sys.meta_path.insert(0, LENT)
    return Implementation(package, folder)


def seen() -> set[str]:
    """Which pieces were called in the copies that were loaded, by what each says of itself to `debug`."""
    modules = [module for name, module in sys.modules.items() if re.fullmatch(r"learn_\d+\.debug", name)]
    return {name for module in modules for name in getattr(module, "spoken", ())}


def lent(board: dict[str, Entry], track: str | None = None) -> list[Entry]:
    """The stubs of the tracks behind `track`, or behind the first that has any."""
    stubs = [entry for entry in board.values() if entry.state == "unwritten"]
    names = [each.name for each in TRACKS]
    last = track or next((entry.piece.track for entry in stubs), names[-1])
    return [entry for entry in stubs if names.index(entry.piece.track) > names.index(last)]


class LentModules(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Makes the modules in which pieces are lent: the learner's file, with the reference's functions for the stubs."""

    modules: ClassVar[dict[str, tuple[Source, set[str]]]] = {}

    def find_spec(self, fullname, path=None, target=None):
        if fullname in self.modules:
            return importlib.machinery.ModuleSpec(fullname, self, origin=str(self.modules[fullname][0].path))
        return None

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        theirs, stubs = self.modules[module.__name__]
        reference = reference_source(module.__name__.partition(".")[2])
        exec(spliced_code(theirs, reference, frozenset(stubs)), module.__dict__)


LENT = LentModules()
sys.meta_path.append(LENT)
