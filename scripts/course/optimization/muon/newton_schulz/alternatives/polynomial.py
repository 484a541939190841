"""The polynomial in Horner's order, fused sums and products; the new mean is made and put in the place of the old."""

import torch


def newton_schulz(G, steps=5):
    X = G.T if G.shape[0] > G.shape[1] else G
    X = X / max(float(torch.linalg.matrix_norm(X)), 1e-7)
    eye = torch.eye(X.shape[0], dtype=X.dtype)
    for _ in range(steps):
        A = X @ X.T
        X = (3.4445 * eye + A @ (-4.7750 * eye + 2.0315 * A)) @ X
    return X.T if G.shape[0] > G.shape[1] else X
