"""What a variant does, drawn: for each axis a picture of its own, for any other the stream and the gradient."""

from ..entries import Axis, Entry
from . import blocks, feed_forwards, inside, mixers, norms, positions, training
from .svg import Panel

# By axis: a function of the entry and of the axis.
PICTURES = {
    "normalization": norms.norm,
    "norm_position": blocks.placement,
    "residual_stream": blocks.placement,
    "attention_type": mixers.mixer,
    "attention_backend": mixers.backend,
    "head_gate": feed_forwards.function,
    "qk_norm": norms.qk_norm,
    "position_encoding": positions.encoding,
    "rope_scaling": positions.scaling,
    "ffn_type": feed_forwards.feed_forward,
    "activation": feed_forwards.function,
    "head": feed_forwards.head,
    "init": training.first_weights,
    "optimizer": training.optimizer,
    "schedule": training.schedule,
}


def draw(entry: Entry, axis: Axis) -> list[Panel]:
    """The panels of an entry; none where no model with it can be built."""
    if entry.refused:
        return []
    return PICTURES.get(axis.name, inside.stream_and_gradient)(entry, axis)
