"""Folders that hold a model: config.json and its weights, as transformers writes them, or as we do.

Which of the two a folder is, config.json says: theirs names a model_type, ours a schema. A file SHA256SUMS beside them,
in the format of `sha256sum`, is checked before anything is read.
"""

import contextlib
import json
import os
import pickle
import re
import shutil
import sys
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from reference.attentions.settings_read import as_read
from reference.config import GPTConfig
from scripts.project import UsageError, some, wrapped
from scripts.project.implementation import on_meta, require_sizes
from scripts.training.text.files import inside, read_object, read_utf8, sha256_of, written_whole
from scripts.training.text.published import LIBRARY_FILE, RANK_FILES
from scripts.training.text.saved import read_tokenizer

from .families import family_of, text_settings
from .family import Family

WEIGHTS, SUMS = "model.safetensors", "SHA256SUMS"
# What holds weights, the first that there is: one file, or several that an index names.
WEIGHT_FILES = (WEIGHTS, "pytorch_model.bin")
GENERATION = "generation_config.json"  # how transformers writes texts; of ours, which tokens begin and end one
TOKEN_IDS = ("bos_token_id", "eos_token_id", "pad_token_id")
PARTS = ".metadata"  # the list of the parts of sharded weights, as torch.distributed.checkpoint calls it


class BadCheckpoint(ValueError):
    """A folder that cannot be loaded; the text says which file it is about, and why."""


class BadSums(BadCheckpoint):
    """A folder whose files are not those that its check sums are about."""


def write_folder(folder: Path, texts: Mapping[str, str], weights: Mapping[str, Tensor]) -> None:
    """Write config.json and what else there is of text, the weights and their check sums. The folder must be new or
    empty. Raises `BadCheckpoint`."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BadCheckpoint(f"{folder}: there is something already; give the name of a new folder")
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        with written_whole(folder / name) as file:
            file.write(text.encode())
    save_weights(folder / WEIGHTS, weights)
    write_sums(folder)


def save_weights(path: Path, weights: Mapping[str, Tensor]) -> None:
    """Write tensors by name. Raises `OSError`, which names the file."""
    try:
        save_file({name: tensor.contiguous() for name, tensor in weights.items()}, path, {"format": "pt"})
    except SafetensorError as error:
        found = re.search(r"os error (\d+)", str(error))
        if not found:
            raise
        raise OSError(int(found[1]), os.strerror(int(found[1])), str(path)) from error


def write_sums(folder: Path) -> None:
    """Write the check sums of all files of a folder."""
    sums = (f"{sha256_of(path)}  {path.name}\n" for path in sorted(folder.iterdir()) if path.name != SUMS)
    with written_whole(folder / SUMS) as file:
        file.write("".join(sums).encode())


def read_json(path: Path) -> dict[str, Any]:
    try:
        return read_object(path, {}, "give the folder of one checkpoint, with its settings in this file")
    except UsageError as error:
        raise BadCheckpoint(str(error)) from None


def file_in(folder: Path, name: Any, index: str) -> Path:
    """A file that another one of its folder names. Raises `BadCheckpoint` where it is none."""
    try:
        return inside(folder, name, f"{folder / index}")
    except UsageError as error:
        raise BadCheckpoint(str(error)) from None


def verify_sums(folder: Path) -> None:
    if not (folder / SUMS).exists():
        return
    try:
        lines = read_utf8(folder / SUMS, "sha256sum writes it").rstrip("\n").split("\n")
    except UsageError as error:
        raise BadCheckpoint(str(error)) from None
    for number, line in enumerate(filter(None, lines), start=1):
        wanted, _, name = line.partition("  ")
        if not re.fullmatch("[0-9a-f]{64}", wanted):
            raise BadCheckpoint(f"{folder / SUMS}:{number}: a line is a SHA-256, two spaces and the name of a file")
        path = file_in(folder, name.removeprefix("./"), SUMS)
        if not path.exists():
            raise BadSums(f"{path}: there is no such file, but {SUMS} has it")
        if sha256_of(path) != wanted:
            raise BadSums(f"{path}: this is not the file that {SUMS} is about; its SHA-256 is {sha256_of(path)}")


def weight_files(folder: Path) -> list[Path]:
    """The one file, or the several that the index names."""
    for name in WEIGHT_FILES:
        if (index := folder / f"{name}.index.json").exists():
            where = read_json(index).get("weight_map")
            if not isinstance(where, dict) or not where:
                raise BadCheckpoint(f"{index}: it has no weight_map")
            return sorted({file_in(folder, file, index.name) for file in where.values()})
        if (folder / name).exists():
            return [folder / name]
    raise BadCheckpoint(
        f"{folder}: there is no {' and no '.join(WEIGHT_FILES)}, nor an index of their parts; fetch one of them"
    )


def read_weights(folder: Path) -> dict[str, Tensor]:
    weights: dict[str, Tensor] = {}
    for path in weight_files(folder):
        try:
            weights |= read_tensors(path)
        except FileNotFoundError:
            raise BadCheckpoint(f"{path}: there is no such file, but the index names it") from None
        except (SafetensorError, OSError, RuntimeError, EOFError) as error:
            raise BadCheckpoint(f"{path}: cut short or damaged ({error})") from None
    return weights


def read_tensors(path: Path) -> dict[str, Tensor]:
    """The tensors of a file by name. A .bin is a pickle, of which nothing but tensors is read: it cannot run code."""
    if path.suffix == ".safetensors":
        with safe_open(path, framework="pt") as file:
            return {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    try:
        found = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError:
        raise BadCheckpoint(
            f"{path}: damaged, or it holds more than tensors, which could run code, and is left alone. Where you trust "
            "it, save its tensors alone: torch.save(torch.load(path, weights_only=False), new_path)"
        ) from None
    if not isinstance(found, dict) or not all(isinstance(tensor, Tensor) for tensor in found.values()):
        raise BadCheckpoint(f"{path}: it should hold tensors by their names, and nothing else")
    return found


def names_in(path: Path) -> list[str]:
    """The names of the weights in a file, which are not read."""
    with safe_open(path, framework="pt") as file:
        return list(file.keys())


def is_ours(folder: Path) -> bool:
    """Whether config.json is one of ours. Raises `BadCheckpoint` where there is none."""
    return "schema" in read_json(folder / "config.json")


def read_folder(folder: Path) -> tuple[GPTConfig, dict[str, Tensor]]:
    """The configuration and the weights in terms of the reference, whoever wrote the folder. Raises `BadCheckpoint`."""
    if not folder.is_dir():
        raise BadCheckpoint(f"{folder}: there is no such folder")
    verify_sums(folder)
    settings = read_json(folder / "config.json")
    try:
        require_sizes(settings)
        # Earlier versions have taken what no layer reads.
        config = as_read(GPTConfig.from_json(json.dumps(settings))) if "schema" in settings else None
    except (ValueError, TypeError) as error:
        raise BadCheckpoint(f"{folder / 'config.json'}: {error}") from None
    if config is None:
        return read_theirs(folder, settings)
    weights = ours_with_head({name_today(name): tensor for name, tensor in read_weights(folder).items()}, config)
    require_weights(weights, config, folder)
    return config, weights


def read_theirs(folder: Path, settings: Mapping[str, Any]) -> tuple[GPTConfig, dict[str, Tensor]]:
    """A folder of transformers, in terms of the reference. Raises `BadCheckpoint`."""
    try:
        nested, settings = settings.get("text_config") is not None, text_settings(settings)
        family = family_of(settings)
        config = family.configuration(settings)
    except ValueError as error:
        raise BadCheckpoint(f"{folder / 'config.json'}: {error}") from None
    weights = read_weights(folder)
    if nested:
        weights = text_weights(weights, folder)
    predictors = family.of_predictors(weights, config)
    left_out(folder, predictors, "predict further tokens at once")
    weights = {name: tensor for name, tensor in weights.items() if name not in predictors}
    sizes = f"; config.json has {family.sizes_in(settings)}"
    try:
        weights = family.weights_of_ours(weights, config)
    except (ValueError, RuntimeError) as error:
        raise BadCheckpoint(f"{folder}: {error}{sizes}") from None
    try:
        require_weights(weights, config, folder)
    except BadCheckpoint as error:
        raise BadCheckpoint(f"{family.with_their_names(str(error))}{sizes}") from None
    # transformers keeps a head of its own, whatever the settings say.
    head, embedding = weights["head.lm_head.weight"], weights["embedding.token_embedding.weight"]
    return (config if torch.equal(head, embedding) else replace(config, weight_tying=False)), weights


LANGUAGE_MODEL = re.compile(r"(model\.)?language_model\.")


def text_weights(weights: Mapping[str, Tensor], folder: Path) -> dict[str, Tensor]:
    """Those of the text model, under the names that it has alone. Raises `BadCheckpoint` where there is none."""
    found = {}
    for name, tensor in weights.items():
        if prefix := LANGUAGE_MODEL.match(name):
            found[(prefix[1] or "") + name[prefix.end() :]] = tensor
        elif name.startswith("lm_head."):
            found[name] = tensor
    if not found:
        raise BadCheckpoint(f"{folder}: text_config is that of a part, but no weights are called language_model.*")
    left = [name for name in weights if not (LANGUAGE_MODEL.match(name) or name in found)]
    left_out(folder, left, "read something else than text")
    return found


def left_out(folder: Path, names: Collection[str], why: str) -> None:
    """Say which weights of a folder are not read."""
    if names:
        print(wrapped(f"{folder}: {len(names)} weights {why} and are left out: {some(names, 2)}"), file=sys.stderr)


def token_ids(folder: Path) -> dict[str, int | list[int]]:
    """The tokens that begin, end and fill a text, as far as a folder says which: one of transformers in config.json and
    in generation_config.json, which has the last word; one of ours in the latter, a run's by its tokenizer."""
    found: dict[str, int | list[int]] = {}
    for path in (folder / "config.json", folder / GENERATION):
        given = read_json(path) if path.exists() else {}
        inside = given.get("text_config")
        for name, ids in ((inside if isinstance(inside, dict) else {}) | given).items():
            if name in TOKEN_IDS and ids is not None:
                several = ids if isinstance(ids, list) and name == "eos_token_id" else [ids]
                if not several or not all(type(one) is int and one >= 0 for one in several):
                    raise BadCheckpoint(f"{path}: {name} = {ids!r}: it must be the number of a token")
                found[name] = ids
    if not found and (folder / "run.json").exists():
        facts = read_json(folder / "run.json")
        try:
            boundary = read_tokenizer(folder, facts.get("tokenizer", facts)).boundary
        except (KeyError, TypeError, AttributeError):
            return {}
        return {"bos_token_id": boundary, "eos_token_id": boundary}
    return found


# What our weights were called before an embedding and a head were parts of their own, and latent and differential
# attention had the papers' names.
OLD_NAMES = {
    "token_embedding.": "embedding.token_embedding.",
    "embedding_norm.": "embedding.norm.",
    "positions.encodings.learned_absolute.": "embedding.positions.learned_absolute.",
    "final_norm.": "head.norm.",
    "lm_head.": "head.lm_head.",
}
OLD_PARTS = {
    ".latent_proj.": ".kv_down_proj.",
    ".latent_norm.": ".kv_down_norm.",
    ".query_latent_proj.": ".q_down_proj.",
    ".query_latent_norm.": ".q_down_norm.",
    ".k_from_latent.": ".k_up_proj.",
    ".v_from_latent.": ".v_up_proj.",
    ".rotary_key_proj.": ".k_rope_proj.",
    ".share_q1": ".lambda_q1",
    ".share_k1": ".lambda_k1",
    ".share_q2": ".lambda_q2",
    ".share_k2": ".lambda_k2",
}


def name_today(name: str) -> str:
    """What a weight of ours is called now, whenever it was saved."""
    for old, new in OLD_PARTS.items():
        name = name.replace(old, new)
    old = next((old for old in OLD_NAMES if name.startswith(old)), None)
    return OLD_NAMES[old] + name.removeprefix(old) if old else name


def each_once(weights: Mapping[str, Tensor], config: GPTConfig) -> dict[str, Tensor]:
    """What is saved of a model's weights: a tied head is the embedding, which is there already."""
    tied = ("head.lm_head.weight",) if config.weight_tying else ()
    return {name: tensor.contiguous() for name, tensor in weights.items() if name not in tied}


def ours_with_head(weights: dict[str, Tensor], config: GPTConfig) -> dict[str, Tensor]:
    """The head again, which `each_once` has left out."""
    tied = config.weight_tying and "embedding.token_embedding.weight" in weights
    return weights | ({"head.lm_head.weight": weights["embedding.token_embedding.weight"]} if tied else {})


def require_weights(weights: Mapping[str, Tensor], config: GPTConfig, folder: Path, flags: str = "") -> None:
    """Raises `BadCheckpoint` where the weights are not exactly those of a model with this configuration. flags: what
    makes it another than that of the folder, in which all was right."""
    from reference.gpt import GPT

    try:
        with on_meta():
            wanted = {name: tuple(tensor.shape) for name, tensor in GPT(config).state_dict().items()}
    except (ValueError, RuntimeError, MemoryError, ArithmeticError) as error:
        # A name that no registry has, or a table that is larger than memory.
        raise BadCheckpoint(f"{folder / 'config.json'}: {str(error).partition(chr(10))[0]}") from None
    missing, unknown = "missing", "unknown"
    if flags:
        missing, unknown = "the model has weights that the folder lacks", "the model lacks weights that the folder has"
    problems = [
        f"{what}: {some(names)}"
        for what, names in ((missing, wanted.keys() - weights.keys()), (unknown, weights.keys() - wanted.keys()))
        if names
    ]
    problems += [
        f"{name} is {tuple(weights[name].shape)}, but {flags or 'config.json'} makes it {shape}"
        for name, shape in wanted.items()
        if name in weights and tuple(weights[name].shape) != shape
    ][:4]
    if problems:
        why = f"with {flags}, " if flags else "the weights are not those of config.json; "
        raise BadCheckpoint(f"{folder}: {why}{'; '.join(problems)}")


def save_ours(
    folder: Path, config: GPTConfig, weights: Mapping[str, Tensor], ids: Mapping[str, int | list[int]] | None = None
) -> None:
    """Write a folder of ours. ids: `token_ids`."""
    texts = {"config.json": config.to_json()}
    if ids:
        texts[GENERATION] = json.dumps(ids, indent=1) + "\n"
    write_folder(folder, texts, each_once(weights, config))


def save_theirs(
    folder: Path,
    family: Family,
    config: GPTConfig,
    weights: Mapping[str, Tensor],
    ids: Mapping[str, int | list[int]] | None = None,
) -> None:
    """Write a folder that transformers loads. ids: `token_ids`; one that is not known is null, or the class would take
    a number from another vocabulary. Raises `ValueError` where the model is not one of the family."""
    unknown = {name: 0 if name in family.wants_ids else None for name in TOKEN_IDS}
    settings = {**family.settings(config), **unknown, **(ids or {})}
    written = family.weights_of_theirs(weights, config)
    # That of nearly all numbers: a few that are kept in float32 are so in their class too.
    settings["dtype"] = str(max(written.values(), key=Tensor.numel).dtype).removeprefix("torch.")
    write_folder(folder, {"config.json": json.dumps(settings, indent=1) + "\n"}, written)


# What tells of texts, in a folder of transformers: which tokens they become, and how chats are written.
OF_TEXTS = (LIBRARY_FILE, *RANK_FILES, "tokenizer_config.json", "special_tokens_map.json", "chat_template.jinja")


def carry_over(source: Path, target: Path) -> None:
    """Copy into a folder that was written from another what that one has beside settings and weights: its tokenizer,
    and how texts are generated."""
    for path in (path for name in OF_TEXTS for path in source.glob(name)):
        shutil.copyfile(path, target / path.name)
    if (path := source / GENERATION).exists():
        written = target / GENERATION
        found = read_json(path) | (read_json(written) if written.exists() else {})
        written.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    write_sums(target)


def load_into(model: nn.Module, weights: Mapping[str, Tensor]) -> None:
    """Copy the weights into a model, the reference's or a learner's. Raises `BadCheckpoint` where they do not fit."""
    try:
        model.load_state_dict(weights)
    except RuntimeError as error:
        raise BadCheckpoint(f"the weights do not fit this model. {error}") from None


def adopt(
    make: Callable[[GPTConfig], nn.Module], config: GPTConfig, weights: Mapping[str, Tensor], without_memory: bool
) -> nn.Module:
    """A model whose weights are these tensors, in their dtype, and no copies of them. without_memory: while it is made,
    it has no weights of its own, which a learner's code might do something with. Raises `BadCheckpoint`."""
    with on_meta() if without_memory else contextlib.nullcontext():
        model = make(config)
    try:
        model.load_state_dict({name: tensor.contiguous() for name, tensor in weights.items()}, assign=True)
    except RuntimeError as error:
        raise BadCheckpoint(f"the weights do not fit this model. {error}") from None
    if config.weight_tying:
        # They were one parameter, and are two of the same numbers now.
        model.head.lm_head.weight = model.embedding.token_embedding.weight
    return model
