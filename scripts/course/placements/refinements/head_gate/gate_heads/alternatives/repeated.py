"""Every factor repeated for the elements of its head."""


def gate_heads(activation, layer, y, x):
    factor = activation(layer.head_gate_proj(x))
    return y * factor.repeat_interleave(y.shape[-1] // factor.shape[-1], dim=-1)
