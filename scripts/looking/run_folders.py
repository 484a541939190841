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
    """The model of a folder, a run's or one of transformers, in the code that `impl` names. Raises `UsageError`."""
    return made(read_there(folder, command), impl, device, dtype)


def read_there(folder: Path, command: str) -> "WholeModel":
    """What is in a folder. Raises `UsageError`, which says what to download for this command where it is not there."""
    from scripts.public.whole_models import read_whole, require_there

    require_there(folder, f"python -m scripts.{command} {{}}")
    return read_whole(folder)


def made(whole: "WholeModel", impl: str, device, dtype: str | None = None, length: int = 0) -> Loaded:
    """The model of what was read, in the code that `impl` names. Raises `UsageError`.

    dtype: of its weights; None: as in the file. The reference takes them as they lie in the file; other code makes a
    model of its own first. length: of the texts, where that is known.
    """
    import torch

    from scripts.public.model_folders import BadCheckpoint, adopt
    from scripts.training.speed import fastest_backend
    from scripts.workshop.pieces.loading import load

    config = whole.config_for(impl)
    if not whole.facts:
        original = config.rope_original_seq_len
        if config.rope_scaling == "longrope" and original:
            # Where no text is longer than that, the short factors are used, as in transformers.
            config = replace(config, max_seq_len=min(config.max_seq_len, max(length, original)))
        if impl == "reference":
            config = replace(config, attention_backend=fastest_backend(config))
    try:
        model = adopt(load(impl).gpt.GPT, config, whole.weights, without_memory=impl == "reference")
    except BadCheckpoint as error:
        raise UsageError(str(error)) from error
    return Loaded(model.to(device, getattr(torch, dtype) if dtype else whole.dtype).eval(), whole)
