"""Folders that hold a model: config.json and its weights as safetensors, as transformers writes them, or as we do.

Which of the two a folder is, config.json says: theirs names a model_type, ours a schema. A file SHA256SUMS beside them,
in the format of `sha256sum`, is checked before anything is read.
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from reference.config import GPTConfig
from scripts.implementation import on_meta, require_sizes
from scripts.project import UsageError, some
from scripts.training.text.files import inside, read_object, read_utf8, sha256_of

from .families import family_of
from .family import Family

WEIGHTS, INDEX, SUMS = "model.safetensors", "model.safetensors.index.json", "SHA256SUMS"
PARTS = ".metadata"  # the list of the parts of sharded weights, as torch.distributed.checkpoint calls it


class BadCheckpoint(ValueError):
    """A folder that cannot be loaded; the text says which file it is about, and why."""


def write_folder(folder: Path, settings: str, weights: Mapping[str, Tensor]) -> None:
    """Write config.json, the weights and their check sums. The folder must be new or empty. Raises `BadCheckpoint`."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BadCheckpoint(f"{folder}: there is something already; give the name of a new folder")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(settings, encoding="utf-8")
    tensors = {name: tensor.contiguous() for name, tensor in weights.items()}
    save_file(tensors, folder / WEIGHTS, {"format": "pt"})
    write_sums(folder)


def write_sums(folder: Path) -> None:
    """Write the check sums of all files of a folder."""
    sums = (f"{sha256_of(path)}  {path.name}\n" for path in sorted(folder.iterdir()) if path.name != SUMS)
    (folder / SUMS).write_text("".join(sums), encoding="utf-8")


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
            raise BadCheckpoint(f"{path}: there is no such file, but {SUMS} has it")
        if sha256_of(path) != wanted:
            raise BadCheckpoint(f"{path}: this is not the file that {SUMS} is about; its SHA-256 is {sha256_of(path)}")


def weight_files(folder: Path) -> list[Path]:
    """The one file, or the several that the index names."""
    if (folder / INDEX).exists():
        where = read_json(folder / INDEX).get("weight_map")
        if not isinstance(where, dict):
            raise BadCheckpoint(f"{folder / INDEX}: it has no weight_map")
        return sorted({file_in(folder, name, INDEX) for name in where.values()})
    if (folder / WEIGHTS).exists():
        return [folder / WEIGHTS]
    others = ", ".join(path.name for path in sorted(folder.glob("*")) if path.suffix in (".bin", ".pt", ".pth"))
    hint = f"; {others} can run code when it is loaded, and is therefore left alone" if others else ""
    raise BadCheckpoint(f"{folder}: there is no {WEIGHTS} and no {INDEX}{hint}")


def read_weights(folder: Path) -> dict[str, Tensor]:
    weights: dict[str, Tensor] = {}
    for path in weight_files(folder):
        try:
            with safe_open(path, framework="pt") as file:
                weights |= {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        except FileNotFoundError:
            raise BadCheckpoint(f"{path}: there is no such file, but the index names it") from None
        except (SafetensorError, OSError, RuntimeError) as error:
            raise BadCheckpoint(f"{path}: cut short or damaged ({error})") from None
    return weights


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
        if "schema" in settings:
            config, family = GPTConfig.from_json(json.dumps(settings)), None
        else:
            family = family_of(settings)
            config = family.configuration(settings)
    except (ValueError, TypeError) as error:
        raise BadCheckpoint(f"{folder / 'config.json'}: {error}") from None
    weights = read_weights(folder)
    try:
        if family is None:
            weights = ours_with_head({name_today(name): tensor for name, tensor in weights.items()}, config)
        else:
            weights = family.weights_of_ours(weights, config)
    except (ValueError, RuntimeError) as error:
        raise BadCheckpoint(f"{folder}: {error}") from None
    require_weights(weights, config, folder)
    return config, weights


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


def require_weights(weights: Mapping[str, Tensor], config: GPTConfig, folder: Path) -> None:
    """Raises `BadCheckpoint` where the weights are not exactly those of a model with this configuration."""
    from reference.gpt import GPT

    try:
        with on_meta():
            wanted = {name: tuple(tensor.shape) for name, tensor in GPT(config).state_dict().items()}
    except (ValueError, RuntimeError, MemoryError) as error:
        # A name that no registry has, or a table that is larger than memory.
        raise BadCheckpoint(f"{folder / 'config.json'}: {str(error).partition(chr(10))[0]}") from None
    problems = [
        f"{what}: {some(names)}"
        for what, names in (("missing", wanted.keys() - weights.keys()), ("unknown", weights.keys() - wanted.keys()))
        if names
    ]
    problems += [
        f"{name} is {tuple(weights[name].shape)}, but config.json makes it {shape}"
        for name, shape in wanted.items()
        if name in weights and tuple(weights[name].shape) != shape
    ][:4]
    if problems:
        raise BadCheckpoint(f"{folder}: the weights are not those of config.json; {'; '.join(problems)}")


def save_ours(folder: Path, config: GPTConfig, weights: Mapping[str, Tensor]) -> None:
    """Write a folder of ours."""
    write_folder(folder, config.to_json(), each_once(weights, config))


def save_theirs(folder: Path, family: Family, config: GPTConfig, weights: Mapping[str, Tensor]) -> None:
    """Write a folder that transformers loads. Raises `ValueError` where the model is not one of the family."""
    settings = family.settings(config) | {"dtype": "float32", "bos_token_id": None, "eos_token_id": None}
    written = family.weights_of_theirs(weights, config)
    write_folder(folder, json.dumps(settings | {"pad_token_id": None}, indent=1) + "\n", written)


def load_into(model: nn.Module, weights: Mapping[str, Tensor]) -> None:
    """Copy the weights into a model, the reference's or a learner's. Raises `BadCheckpoint` where they do not fit."""
    try:
        model.load_state_dict(weights)
    except RuntimeError as error:
        raise BadCheckpoint(f"the weights do not fit this model. {error}") from None
