"""Scatters with an index as wide as the entries, instead of indexing with two tensors; positions by a running sum."""

import torch


class KVCache:
    def crop(self, length):
        if length.min() < 0 or (self.length - length).min() < 0:
            raise ValueError("a sequence cannot be shorter than nothing, nor longer than what was read")
        max_len_seen = (
            self.length if isinstance(self.max_len_seen, int) else torch.maximum(self.length, self.max_len_seen)
        )
        if (max_len_seen - length).max() > self.rollback_window and any(self.rolls(layer) for layer in self.layers):
            raise ValueError(f"a window forgets: at most {self.rollback_window} tokens can be taken back")
        self.length, self.max_len_seen = length.clone(), max_len_seen
        self.max_len = max(length.tolist())
        [layer.crop(self.max_len) for layer in self.layers]

    def rolls(self, layer):
        return type(layer).__name__ == "RollingCache"
