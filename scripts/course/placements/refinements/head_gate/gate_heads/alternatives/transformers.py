"""As Laguna's in transformers."""


def gate_heads(activation, layer, y, x):
    gate = activation(layer.head_gate_proj(x).float()).to(y.dtype)
    input_shape, heads = x.shape[:-1], gate.size(-1)
    return (y.view(*input_shape, heads, -1) * gate.unsqueeze(-1)).view(*input_shape, -1)
