"""A sigmoid is half a hyperbolic tangent, and a half."""

import torch


def sigmoid_gate(layer, y, x):
    return y * (torch.tanh(layer.gate_proj(x) / 2) + 1) / 2
