"""Scatters with an index as wide as the entries, instead of indexing with two tensors; positions by a running sum."""

import torch


class KVCache:
    def rewind(self, length):
        if length.min() < 0 or (self.length - length).min() < 0:
            raise ValueError("a sequence cannot be shorter than nothing, nor longer than what was read")
        farthest = self.length if isinstance(self.farthest, int) else torch.maximum(self.length, self.farthest)
        if (farthest - length).max() > self.spare and any(self.rolls(layer) for layer in self.layers):
            raise ValueError(f"a window forgets: at most {self.spare} tokens can be taken back")
        self.length, self.farthest = length.clone(), farthest
        self.longest = max(length.tolist())
        [layer.rewind(self.longest) for layer in self.layers]

    def rolls(self, layer):
        return type(layer).__name__ == "RollingCache"
