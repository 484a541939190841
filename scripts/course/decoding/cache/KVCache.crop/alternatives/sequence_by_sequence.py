"""One sequence and one token at a time, in plain Python as far as it goes."""

import torch


class KVCache:
    def crop(self, length):
        windowed = any(layer.capacity < self.max_seq_len for layer in self.layers)
        before = (torch.zeros_like(length) + self.max_len_seen).tolist()
        max_len_seen = []
        for old, new, far in zip(self.length.tolist(), length.tolist(), before, strict=True):
            if not 0 <= new <= old:
                raise ValueError(f"from {old} tokens back to {new}?")
            max_len_seen.append(max(old, far))
            if windowed and max_len_seen[-1] - new > self.rollback_window:
                raise ValueError(
                    f"{max_len_seen[-1] - new} tokens back, but the cache has {self.rollback_window} to spare"
                )
        self.length, self.max_len, self.max_len_seen = length, length.max().item(), torch.tensor(max_len_seen)
        for layer in self.layers:
            layer.crop(self.max_len)
