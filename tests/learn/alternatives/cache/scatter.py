"""Scatters with an index as wide as the entries, instead of indexing with two tensors; positions by a running sum."""

import torch

NOWHERE = 2**30


def spread(index, entry):
    """An index (B, T) repeated over all further axes of an entry (B, T, ...)."""
    return index.reshape(*index.shape, *(1,) * (entry.ndim - 2)).expand_as(entry)


class ContiguousCache:
    def update(self, position, *entries):
        if len(self.slots) == 0:
            self.allocate(entries)
        for i in range(len(entries)):
            self.slots[i].scatter_(1, spread(position, entries[i]), entries[i])
        # The longest sequence ends where the last of the new tokens stands.
        self.used = max(self.used, int(position.max()) + 1)
        held = [s.narrow(1, 0, self.used) for s in self.slots]
        return [torch.arange(self.used, device=position.device).repeat(len(position), 1), *held]


class RollingCache:
    def update(self, position, *entries):
        if self.slots == ():
            self.allocate(entries)
        start = position[:, 0].unsqueeze(1)
        stale = self.position >= start
        found = (torch.hstack((self.position.masked_fill(stale, NOWHERE), position)),)
        for i, entry in enumerate(entries):
            found = (*found, torch.hstack((self.slots[i], entry)))
        first = max(0, position.shape[1] - self.capacity)
        slot = position[:, first:].remainder(self.capacity)
        self.position.scatter_(1, slot, position[:, first:])
        for i, entry in enumerate(entries):
            self.slots[i].scatter_(1, spread(slot, entry[:, first:]), entry[:, first:])
        return found


class KVCache:
    def advance(self, tokens):
        if self.length is None:
            start = tokens.new_zeros(len(tokens))
        elif len(self.length) == len(tokens):
            start = self.length
        else:
            raise ValueError(f"the cache is for {len(self.length)} sequences, not for {len(tokens)}")
        if tokens.size(1) > self.max_seq_len - self.longest:
            raise ValueError(f"{self.longest} + {tokens.size(1)} tokens are more than {self.max_seq_len}")
        position = torch.ones_like(tokens).cumsum(dim=1) - 1 + start.unsqueeze(1)
        self.length, self.longest = position[:, -1] + 1, self.longest + tokens.size(1)
        return position

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
