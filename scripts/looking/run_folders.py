"""The folder of a run, as scripts.train leaves it behind: the newest one, and the model that is in it."""

import json
from pathlib import Path

from scripts.project import ROOT, UsageError, shown


def newest_run() -> Path:
    runs = [path.parent for path in (ROOT / "runs").glob("*/model.safetensors")]
    if not runs:
        raise UsageError("there is no run in runs/ yet; train one with: python -m scripts.train")
    return max(runs, key=lambda folder: (folder / "model.safetensors").stat().st_mtime)


def load_run(folder: Path, impl: str, device):
    """The model of a run's folder, ready to write, and its tokenizer. Raises `UsageError`."""
    from scripts.public.model_folders import BadCheckpoint, load_into, read_folder
    from scripts.training.text.tokenizers import read_tokenizer
    from scripts.workshop.pieces.loading import load

    try:
        config, weights = read_folder(folder)
        facts = json.loads((folder / "run.json").read_text(encoding="utf-8"))
        # Runs of earlier versions know characters only, and have them here.
        tokenizer = read_tokenizer(folder, facts.get("tokenizer", facts))
        model = load(impl).gpt.GPT(config)
        load_into(model, weights)
    except BadCheckpoint as error:
        raise UsageError(str(error)) from error
    except (OSError, ValueError, KeyError) as error:
        raise UsageError(
            f"{shown(folder / 'run.json')}: it should say how text becomes tokens ({error}); "
            "give a folder that scripts.train has written"
        ) from error
    return model.to(device).eval(), tokenizer
