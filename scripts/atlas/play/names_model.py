"""A tiny model of names, trained once, and how a model of chapter one's goes into a browser.

`names.safetensors` are the weights that this line leaves behind, in a minute:

    python -m scripts.train --n_layer 2 --n_embd 48 --max_seq_len 16 --max_iters 4000 --batch_size 32
"""

import base64
import json
from pathlib import Path
from string import ascii_lowercase
from typing import Any

from safetensors.torch import load_file

from reference.config import GPTConfig
from reference.gpt import GPT
from scripts.public.model_folders import load_into

WEIGHTS = Path(__file__).with_name("names.safetensors")
CONFIG = GPTConfig(n_layer=2, n_embd=48, max_seq_len=16)
ALPHABET = ascii_lowercase  # letter i is token i + 1; token 0 is the boundary between names
FIELDS = ("max_seq_len", "n_layer", "n_head", "n_kv_head", "head_dim", "n_embd", "norm_eps", "rope_theta")


def names_model() -> GPT:
    model = GPT(CONFIG)
    load_into(model, load_file(WEIGHTS))
    return model.eval()


def exported(model: GPT, alphabet: str) -> dict[str, Any]:
    """What forward.js reads: the sizes, the letters, and the weights in float32 as base64. Raises `ValueError` where
    the model is not chapter one's but for its sizes."""
    config = model.config
    sizes = {name: getattr(config, name) for name in (*FIELDS, "vocab_size", "ffn_hidden", "logit_softcap")}
    if config != GPTConfig(**sizes):
        raise ValueError(f"{config}: forward.js computes chapter one's GPT, of any size")
    weights = {
        name: base64.b64encode(weight.detach().float().cpu().numpy().astype("<f4").tobytes()).decode()
        for name, weight in model.state_dict().items()
    }
    return {"config": sizes, "alphabet": alphabet, "weights": weights}


def as_script(name: str, value: Any) -> str:
    """A script that sets a constant: pages that are opened as files may not fetch any."""
    return f'"use strict";\nconst {name} = {json.dumps(value)};\n'
