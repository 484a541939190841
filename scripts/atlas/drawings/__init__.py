"""What a variant does, drawn: for each axis a picture of its own, for any other the stream and the gradient."""

from ..entries import Axis, Entry
from . import (
    block_pictures,
    function_pictures,
    mixer_pictures,
    norm_pictures,
    position_pictures,
    stream_pictures,
    training_pictures,
)
from .svg import Panel

# By axis: a function of the entry and of the axis.
PICTURES = {
    "normalization": norm_pictures.norm,
    "norm_position": block_pictures.placement,
    "residual_stream": block_pictures.placement,
    "attention_type": mixer_pictures.mixer,
    "attention_backend": mixer_pictures.backend,
    "head_gate": function_pictures.function,
    "qk_norm": norm_pictures.qk_norm,
    "position_encoding": position_pictures.encoding,
    "rope_scaling": position_pictures.scaling,
    "ffn_type": function_pictures.feed_forward,
    "activation": function_pictures.function,
    "head": function_pictures.head,
    "init": training_pictures.first_weights,
    "optimizer": training_pictures.optimizer,
    "schedule": training_pictures.schedule,
}


def draw(entry: Entry, axis: Axis) -> list[Panel]:
    """The panels of an entry; none where no model with it can be built."""
    if entry.refused:
        return []
    return PICTURES.get(axis.name, stream_pictures.stream_and_gradient)(entry, axis)
