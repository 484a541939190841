"""The folder of a run, as scripts.train leaves it behind: the newest one, and the model that is in it."""

from dataclasses import replace
from pathlib import Path

from scripts.project import ROOT, UsageError, shown
from scripts.training.text.files import read_object


def newest_run() -> Path:
    runs = [path.parent for path in (ROOT / "runs").glob("*/model.safetensors")]
    if not runs:
        raise UsageError("there is no run in runs/ yet; train one with: python -m scripts.train")
    return max(runs, key=lambda folder: (folder / "model.safetensors").stat().st_mtime)


def read_facts(folder: Path) -> dict:
    """What run.json says of a run. Raises `UsageError`."""
    fields: dict = dict.fromkeys(("data", "documents", "impl"), str | None)
    fields |= dict.fromkeys(("tokenizer", "config"), dict | None)
    wanted = "it should say how text becomes tokens; give a folder that scripts.train has written"
    return read_object(folder / "run.json", fields, wanted)


def load_run(folder: Path, impl: str, device):
    """The model of a run's folder, ready to write, and its tokenizer. Raises `UsageError`."""
    from scripts.public.model_folders import BadCheckpoint, load_into, read_folder
    from scripts.training.text.tokenizers import read_tokenizer
    from scripts.workshop.pieces.loading import load

    try:
        config, weights = read_folder(folder)
        facts = read_facts(folder)
        # Runs of earlier versions know characters only, and have them here.
        tokenizer = read_tokenizer(folder, facts.get("tokenizer") or facts)
        if tokenizer.vocab_size > config.vocab_size:
            raise UsageError(
                f"{shown(folder)}: its tokenizer has {tokenizer.vocab_size:,} tokens, but its model "
                f"{config.vocab_size:,}; one of its files is another run's"
            )
        if impl != "reference" and facts.get("impl") == "reference" and config.attention_backend == "sdpa":
            # The reference takes it because it is fast; other code has an attention of its own.
            config = replace(config, attention_backend="manual")
        model = load(impl).gpt.GPT(config)
        load_into(model, weights)
    except BadCheckpoint as error:
        raise UsageError(str(error)) from error
    return model.to(device).eval(), tokenizer
