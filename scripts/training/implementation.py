"""Load a model implementation: the reference, the learner's, or any copy of learn/ in any folder."""

import importlib
import importlib.machinery
import importlib.util
import itertools
import sys
from pathlib import Path

from scripts.project import ROOT, UsageError

fresh = itertools.count()


class Implementation:
    """A package that holds the model. `implementation.gpt.GPT` imports gpt.py on first use, and no more than that;
    `implementation.attentions.gated` a file in a room."""

    def __init__(self, package: str, folder: Path):
        self.package = package
        self.folder = folder

    def __getattr__(self, module: str):
        if module.startswith("_"):
            raise AttributeError(module)
        found = importlib.import_module(f"{self.package}.{module}")
        # A room is a folder: what is asked of it is a file in there, as a rule.
        return Implementation(found.__name__, self.folder / module) if hasattr(found, "__path__") else found


def implementation_folder(impl: str) -> Path:
    """The folder that `--impl learn|reference|PATH` means. Raises `UsageError` where there is none."""
    folder = ROOT / impl if impl in ("learn", "reference") else Path(impl).expanduser().resolve()
    if not folder.is_dir():
        raise UsageError(
            f"--impl {impl}: choose learn, reference or the folder of a copy of learn/; {folder} is no folder"
        )
    if not any(folder.glob("*.py")):
        raise UsageError(f"--impl {impl}: there are no Python files in {folder}; give the folder that holds gpt.py")
    return folder


def load(impl: str, check_shapes: bool = False) -> Implementation:
    """Load `learn`, `reference` or the folder of a copy, anew on every call.

    check_shapes: check every call against the shapes in the signatures (jaxtyping with beartype). Costs time: leave it
    off where speed is measured.
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

        install_import_hook(package, "scripts.training.shapes.typechecker")
    return Implementation(package, folder)
