"""As Qwen3-Next's attention in transformers."""

import torch


def sigmoid_gate(layer, y, x):
    gate = layer.gate_proj(x)
    return y.mul(torch.sigmoid(gate))
