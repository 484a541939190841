"""One sequence and one token at a time, in plain Python as far as it goes."""

import torch


class KVCache:
    def rewind(self, length):
        windowed = any(layer.capacity < self.max_seq_len for layer in self.layers)
        before = (torch.zeros_like(length) + self.farthest).tolist()
        farthest = []
        for old, new, far in zip(self.length.tolist(), length.tolist(), before, strict=True):
            if not 0 <= new <= old:
                raise ValueError(f"from {old} tokens back to {new}?")
            farthest.append(max(old, far))
            if windowed and farthest[-1] - new > self.spare:
                raise ValueError(f"{farthest[-1] - new} tokens back, but the cache has {self.spare} to spare")
        self.length, self.longest, self.farthest = length, length.max().item(), torch.tensor(farthest)
        for layer in self.layers:
            layer.rewind(self.longest)
