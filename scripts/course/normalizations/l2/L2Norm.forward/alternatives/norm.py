import torch
from torch import nn


class L2Norm(nn.Module):
    def forward(self, x):
        squares = x.double().square() if x.dtype == torch.float64 else x.float().square()
        return (x / (squares.sum(-1, keepdim=True) + self.eps).sqrt()).to(x.dtype)
