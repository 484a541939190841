"""Cases for muon.py."""

import torch

SETTINGS = {"lr": 0.1, "momentum": 0.7, "dtype": torch.float32}


def muon(package, weights, **settings):
    """Muon, which orthogonalises in the dtype of the case."""
    return package.optimization.muon.Muon(weights, **SETTINGS | {"dtype": torch.get_default_dtype()} | settings)
