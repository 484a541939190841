"""The folder of a model: the newest run, and the model that is in a folder, ready to be used."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from scripts.project import ROOT, UsageError

if TYPE_CHECKING:
    import torch

    from scripts.public.whole_models import WholeModel
    from scripts.training.text.tokenizers import Tokenizer


def newest_run() -> Path:
    runs = [path.parent for path in (ROOT / "runs").glob("*/model.safetensors")]
    if not runs:
        raise UsageError("there is no run in runs/ yet; train one with: python -m scripts.train")
    return max(runs, key=lambda folder: (folder / "model.safetensors").stat().st_mtime)


@dataclass(frozen=True)
class Loaded:
    """A model in evaluation mode, and the folder that it comes from."""

    model: "torch.nn.Module"
    whole: "WholeModel"

    @property
    def tokenizer(self) -> "Tokenizer":
        return self.whole.tokenizer


def load_model(folder: Path, impl: str, device, dtype: str | None = None, command: str = "sample") -> Loaded:
    """The model of a folder, a run's or one of transformers, in the code that `impl` names. Raises `UsageError`.

    dtype: of its weights; None: as in the file. The reference takes them as they lie in the file; other code makes a
    model of its own first.
    """
    import torch

    from scripts.public.model_folders import BadCheckpoint, adopt
    from scripts.public.whole_models import read_whole, require_there
    from scripts.training.speed import fastest_backend
    from scripts.workshop.pieces.loading import load

    require_there(folder, f"python -m scripts.{command} {{}}")
    whole = read_whole(folder)
    config = whole.config_for(impl)
    if impl == "reference" and not whole.facts:
        config = replace(config, attention_backend=fastest_backend(config))
    try:
        model = adopt(load(impl).gpt.GPT, config, whole.weights, without_memory=impl == "reference")
    except BadCheckpoint as error:
        raise UsageError(str(error)) from error
    return Loaded(model.to(device, getattr(torch, dtype) if dtype else whole.dtype).eval(), whole)
