import torch
from torch import nn
from torch.nn import functional as F


class XIELU(nn.Module):
    def forward(self, x):
        positive, negative = x.clamp(min=0), x.clamp(max=0)
        a_p = F.softplus(self.alpha_p)
        a_n = self.beta + F.softplus(self.alpha_n)
        curve = a_p * positive.square() + a_n * (torch.exp(negative) - 1 - negative)
        return (curve + self.beta * x).to(x.dtype)
