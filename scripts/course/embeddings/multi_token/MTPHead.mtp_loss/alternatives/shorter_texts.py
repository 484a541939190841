"""Slices that get shorter, in the place of targets that are filled up."""

import torch
from torch import nn
from torch.nn import functional as F


class MTPHead(nn.Module):
    def mtp_loss(self, x, targets):
        T = targets.shape[1]
        hidden, total = self.norm(x), 0.0
        for k, layer in enumerate(self.mtp, start=1):
            length = max(T - k, 1)
            position = torch.arange(length, device=targets.device)
            seen = targets[:, k - 1 : k - 1 + length]
            if seen.shape[1] < length:
                seen = torch.full_like(targets[:, :length], -1)
            hidden = layer(hidden[:, :length], self.embed(seen.clamp(min=0), position), self.positions(position)[-1])
            label = targets[:, k : k + length]
            label = F.pad(label, (0, length - label.shape[1]), value=-1)
            label = torch.where(seen < 0, -1, label)
            loss = F.cross_entropy(self.output(hidden).transpose(1, 2), label, ignore_index=-1, reduction="none")
            total = total + loss.sum() / max(1, int((label >= 0).sum()))
        return total / len(self.mtp)
