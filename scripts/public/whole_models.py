"""A folder with a whole model, ours or one of transformers: settings, weights, tokenizer, and how it is sampled."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from reference.config import GPTConfig
from scripts.project import ROOT, UsageError, number_of, shown, wrapped
from scripts.training.text.files import read_object
from scripts.training.text.published import tokenizer_of_folder
from scripts.training.text.saved import read_tokenizer
from scripts.training.text.tokenizers import Tokenizer

from .model_folders import GENERATION, BadCheckpoint, read_folder, read_json, require_weights, token_ids

RUN = "run.json"
WINDOW = 256  # tokens: of the texts on which a model goes on training that could read much longer ones
# What generation_config.json may ask for that `sampling_distribution` has not, and the value that asks for nothing.
NOT_HERE = {
    "encoder_repetition_penalty": 1.0,
    "epsilon_cutoff": 0.0,
    "eta_cutoff": 0.0,
    "no_repeat_ngram_size": 0,
    "num_beams": 1,
    "repetition_penalty": 1.0,
    "typical_p": 1.0,
}


@dataclass(frozen=True)
class WholeModel:
    folder: Path
    config: GPTConfig
    weights: dict[str, Tensor]  # mapped into memory where the file allows it: they are read when they are used
    tokenizer: Tokenizer
    stops: list[int]  # the tokens that end a text
    facts: dict[str, Any]  # of run.json; none where the folder is no run's
    sampling: dict[str, Any] = field(default_factory=dict)  # temperature, top_k, top_p, min_p, as far as it says

    @property
    def dtype(self) -> torch.dtype:
        """That of nearly all numbers."""
        return max(self.weights.values(), key=Tensor.numel).dtype

    def config_for(self, impl: str) -> GPTConfig:
        """Its configuration, for the reference or for other code, which has an attention of its own where the reference
        has chosen one because it is fast."""
        chosen = self.facts.get("impl") == "reference" and self.config.attention_backend == "sdpa"
        return replace(self.config, attention_backend="manual") if chosen and impl != "reference" else self.config


def read_whole(folder: Path) -> WholeModel:
    """Everything that a folder says, of a run, of a checkpoint of ours, or of transformers. Raises `UsageError`."""
    try:
        config, weights = read_folder(folder)
        if (folder / RUN).exists():
            return read_run(folder, config, weights)
        ids = token_ids(folder)
        stops = ids.get("eos_token_id", [])
        stops = stops if isinstance(stops, list) else [stops]
        bos = ids.get("bos_token_id")
        tokenizer = tokenizer_of_folder(folder, next(iter(stops), None), bos if isinstance(bos, int) else None)
        if max(tokenizer.boundary, tokenizer.beginning) >= config.vocab_size:
            raise UsageError(
                f"{shown(folder)}: its texts begin with token {tokenizer.beginning} and end with {tokenizer.boundary}, "
                f"but the model has {config.vocab_size:,}; one of its files is another model's"
            )
        return WholeModel(folder, config, weights, tokenizer, stops, {}, sampling_of(folder))
    except BadCheckpoint as error:
        raise UsageError(str(error)) from error


def read_facts(folder: Path) -> dict[str, Any]:
    """What run.json says of a run. Raises `UsageError`."""
    fields: dict = dict.fromkeys(("data", "documents", "impl"), str | None)
    fields |= dict.fromkeys(("tokenizer", "config"), dict | None)
    wanted = "it should say how text becomes tokens; give a folder that scripts.train has written"
    return read_object(folder / RUN, fields, wanted)


def read_run(folder: Path, config: GPTConfig, weights: dict[str, Tensor]) -> WholeModel:
    facts = read_facts(folder)
    # Runs of earlier versions know characters only, and have them here.
    tokenizer = read_tokenizer(folder, facts.get("tokenizer") or facts)
    if tokenizer.vocab_size > config.vocab_size:
        raise UsageError(
            f"{shown(folder)}: its tokenizer has {tokenizer.vocab_size:,} tokens, but its model "
            f"{config.vocab_size:,}; one of its files is another run's"
        )
    return WholeModel(folder, config, weights, tokenizer, [tokenizer.boundary], facts)


def whole_to_train(folder: Path, impl: str, overrides: Mapping[str, Any]) -> WholeModel:
    """A model to go on training from, with fields of its configuration overridden. Of what is learned for every
    position, the first ones stay where the model is to have fewer. Raises `UsageError`."""
    whole = read_whole(folder)
    asked = {"max_seq_len": min(whole.config.max_seq_len, WINDOW), **overrides}
    try:
        config = GPTConfig(**asdict(whole.config_for(impl)) | asked)
    except ValueError as error:
        raise UsageError(str(error)) from error
    weights = {
        name: tensor[: config.max_seq_len] if "positions.learned_absolute" in name else tensor
        for name, tensor in whole.weights.items()
    }
    # What was read is whole: only a field that was changed can ask for other weights.
    changed = [name for name in overrides if getattr(config, name) != getattr(whole.config, name)]
    flags = " ".join(f"--{name} {overrides[name]}" for name in changed)
    try:
        require_weights(weights, config, folder, flags)
    except BadCheckpoint as error:
        raise UsageError(f"--init_from {error}") from error
    return replace(whole, config=config, weights=weights)


def sampling_of(folder: Path) -> dict[str, Any]:
    """How a folder of transformers is to be sampled, in the terms of `sampling_distribution`: what its
    generation_config.json says of it. Where that says not to sample, the likeliest token is taken. Raises
    `BadCheckpoint`."""
    path = folder / GENERATION
    given: Mapping[str, Any] = read_json(path) if path.exists() else {}
    share = number_of(0, 1, "number from 0 to 1")
    kinds = {"temperature": number_of(0, 1e9, "number of at least 0"), "top_k": int, "top_p": share, "min_p": share}
    found = {}
    for name, kind in kinds.items():
        if (value := given.get(name)) is not None:
            try:
                found[name] = kind(str(value))
            except ValueError:
                raise BadCheckpoint(f"{path}: {name} = {value!r} is no {kind.__name__}") from None
    if given.get("do_sample") is False:
        return {"temperature": 0.0}
    # With them, all tokens stay.
    return {name: value for name, value in found.items() if name == "temperature" or value > 0}


def remarks(folder: Path) -> list[str]:
    """What there is to say, in a line each, before a model of transformers writes: what it expects, and gets not."""
    lines = []
    path = folder / GENERATION
    given = read_json(path) if path.exists() else {}
    left = [f"{name} = {given[name]}" for name, off in NOT_HERE.items() if given.get(name) not in (None, off)]
    if left:
        lines.append(f"{GENERATION} asks for {', '.join(left)}, which is left out here")
    settings = folder / "tokenizer_config.json"
    if (folder / "chat_template.jinja").exists() or (settings.exists() and "chat_template" in read_json(settings)):
        lines.append(
            "it has a template for chats, which is not put around the prompt: an instruct model expects its special "
            "tokens in --prompt"
        )
    return lines


# For each family, a public checkpoint to begin with.
CHECKPOINTS = {
    "gpt1": "openai-community/openai-gpt",
    "gpt2": "openai-community/gpt2",
    "opt": "facebook/opt-125m",
    "bloom": "bigscience/bloom-560m",
    "neox": "EleutherAI/pythia-160m",
    "llama": "HuggingFaceTB/SmolLM2-135M",
    "qwen2": "Qwen/Qwen2.5-0.5B",
    "qwen3": "Qwen/Qwen3-0.6B",
    "smollm3": "HuggingFaceTB/SmolLM3-3B",
    "olmo": "allenai/OLMo-1B-hf",
    "olmo2": "allenai/OLMo-2-0425-1B",
    "gemma3": "google/gemma-3-1b-pt",
    "cohere": "CohereLabs/c4ai-command-r-v01",
    "mixtral": "mistralai/Mixtral-8x7B-v0.1",
}


def require_there(folder: Path, call: str) -> None:
    """Raises `UsageError` where there is no such folder: with the models beside it, where the folder that it would be
    in is there; else with what to download and where to put it, since it may be the name of a model here, or of one on
    a hub. call: the command that goes on from there, with {} for the folder."""
    if folder.exists():
        return
    if len(folder.parts) > 1 and (folder.parent.is_dir() or folder.parent.resolve() == ROOT / "runs"):
        raise UsageError(
            wrapped(
                f"{folder.as_posix()}: there is no such folder; {models_in(folder.parent)}. What to download of a "
                f"published model says: {call.format('OWNER/MODEL')}",
                width=72,
            )
        )
    source = folder.as_posix()
    name = CHECKPOINTS.get(source, source if source.count("/") == 1 and not folder.is_absolute() else "OWNER/MODEL")
    target = f"checkpoints/{name.rpartition('/')[2].lower()}"
    known = ", ".join(sorted(CHECKPOINTS))
    raise UsageError(
        f"{source}: there is no such folder, and nothing is downloaded here. Where there is network, fetch a "
        "checkpoint's settings, tokenizer and weights, for example with\n"
        f"  pip install huggingface_hub\n"
        f"  hf download {name} --include '*.json' '*.safetensors' --local-dir {target}\n"
        f"and then: {call.format(target)}\n"
        f"(a name in place of the folder says where to find one: {known})"
    )


def models_in(parent: Path, most: int = 8) -> str:
    """The folders with a model in a folder, the newest first."""
    found = sorted(parent.glob("*/config.json"), key=lambda path: path.stat().st_mtime, reverse=True)
    names = [path.parent.name for path in found]
    if not names:
        return f"no folder in {shown(parent)} holds a model, and python -m scripts.train writes one"
    further = f" and {len(names) - most} more" if len(names) > most else ""
    return f"in {shown(parent)} there {'is' if len(names) == 1 else 'are'} {', '.join(names[:most])}{further}"
