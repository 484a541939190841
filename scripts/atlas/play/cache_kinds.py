"""What caches hold of a text, by the kind of attention, counted in a model of GPT-2's shape."""

from typing import Any

from reference.config import GPTConfig
from reference.presets import SMALL
from scripts.training.architecture import summary_of

LAYERS, WINDOW = SMALL["n_layer"], 32
KINDS = (
    ("Multi-head attention (MHA)", "Every head keeps its own key and value of every token.", {}),
    (
        "Grouped queries (GQA)",
        "Four query heads share a key and a value: 3 of each are kept, not 12.",
        {"n_kv_head": 3},
    ),
    (
        "Latent attention (MLA)",
        "One latent of 256 numbers and a rotary key of 32, from which all heads make theirs.",
        {"attention_type": "latent", "latent_rank": 256, "rope_head_dim": 32},
    ),
    (
        "A window",
        f"Only the last {WINDOW} tokens are kept: the others are forgotten.",
        {"attention_window": str(WINDOW)},
    ),
    (
        "Recurrent (Gated DeltaNet)",
        "A state of 64 by 64 numbers a head, and the last tokens for its short convolution: the same at any length.",
        {"attention_type": "delta"},
    ),
)


def one_layer(fields: dict[str, Any]) -> GPTConfig:
    """All layers are of one kind."""
    return GPTConfig(**SMALL | {"n_layer": 1} | fields)


def cache_kinds() -> list[dict[str, Any]]:
    """What bytes.js reads: of each kind, the bytes of a token, how many tokens are kept, the bytes of the state."""
    found = []
    for name, about, fields in KINDS:
        config = one_layer(fields)
        counts = summary_of(config)
        found.append(
            {
                "name": name,
                "about": about,
                "perToken": LAYERS * counts.kv_bytes_per_token,
                "window": config.layer_windows[0],
                "state": LAYERS * counts.state_bytes,
            }
        )
    return found
