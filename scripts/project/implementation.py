"""A model implementation as a package: the reference, the learner's, or any copy of learn/ in any folder."""

import contextlib
import importlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from scripts.project import ROOT, UsageError, cut, path_from

MOST_LAYERS = 10_000  # ten times as many as the deepest published model has


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
        # A room is a folder: its attributes are the files in it, as a rule.
        return Implementation(found.__name__, self.folder / module) if hasattr(found, "__path__") else found


def implementation_folder(impl: str) -> Path:
    """The folder that `--impl learn|reference|PATH` means. Raises `UsageError` where there is none."""
    folder = ROOT / impl if impl in ("learn", "reference") else path_from(impl, "--impl").resolve()
    if not folder.is_dir():
        raise UsageError(
            f"--impl {impl}: choose learn, reference or the folder of a copy of learn/; no such folder: {folder}"
        )
    if not any(folder.glob("*.py")):
        raise UsageError(f"--impl {impl}: {folder} has no Python files; give the folder that holds gpt.py")
    return folder


def require_sizes(settings: Mapping[str, Any]) -> None:
    """Raises `ValueError` for a size in a configuration, ours or transformers', that nobody can mean, before anything
    is made that long."""
    for name, value in settings.items():
        most = MOST_LAYERS if name in ("n_layer", "num_layers", "num_hidden_layers") else 2**31 - 1
        if isinstance(value, int) and value > most:
            raise ValueError(f"{name} = {cut(str(value))}: it must be at most {most}")


@contextlib.contextmanager
def on_meta() -> Iterator[None]:
    """Within it, models are built without memory for their weights: what `torch.empty` allocates, as torch's layers do,
    is on the meta device, and nothing is initialised. Everything else is computed as ever: by `torch.device("meta")`,
    it would make torch load its compiler first, which takes longer than torch itself."""
    import torch
    from torch.overrides import TorchFunctionMode

    class WithoutMemory(TorchFunctionMode):
        def __torch_function__(self, function, types, args=(), kwargs=None):
            kwargs = kwargs or {}
            if getattr(function, "__module__", None) == "torch.nn.init":
                return kwargs.get("tensor", args[0] if args else None)
            return function(*args, **kwargs | {"device": "meta"} if function is torch.empty else kwargs)

    with WithoutMemory():
        yield
