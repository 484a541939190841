"""What is read beside what is there to attend to: how many keys the last of so many tokens reads."""

from torch import nn

from reference.config import GPTConfig


def refuse_window(config: GPTConfig, layer: int) -> None:
    """Raises `ValueError` where a layer that chooses its keys is to have a window as well."""
    if config.layer_windows[layer] is not None:
        raise ValueError(
            f"attention_window = {config.attention_window!r} with attention_type = {config.attention_type!r}: it "
            f"chooses among all keys, and layer {layer} would keep those of its window only"
        )


def keys_read(attention: nn.Module, length: int) -> dict[str, int]:
    """By name, how many keys the last of `length` tokens reads in this layer, and what stands for several of them.

    An attention that chooses says so itself, with `keys_read(length)`. Others read all keys of their window; a
    recurrent layer reads none, but a state.
    """
    if hasattr(attention, "keys_read"):
        return attention.keys_read(length)
    if hasattr(attention, "state_dim"):
        return {}
    return {"keys": min(getattr(attention, "window", None) or length, length)}
