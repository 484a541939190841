"""Scatters with an index as wide as the entries, instead of indexing with two tensors; positions by a running sum."""

import torch

EMPTY_SLOT = 2**30


def spread(index, entry):
    """An index (B, T) repeated over all further axes of an entry (B, T, ...)."""
    return index.reshape(*index.shape, *(1,) * (entry.ndim - 2)).expand_as(entry)


class RollingCache:
    def update(self, position, *entries):
        if self.slots == ():
            self.allocate(entries)
        start = position[:, 0].unsqueeze(1)
        stale = self.position >= start
        found = (torch.hstack((self.position.masked_fill(stale, EMPTY_SLOT), position)),)
        for i, entry in enumerate(entries):
            found = (*found, torch.hstack((self.slots[i], entry)))
        first = max(0, position.shape[1] - self.capacity)
        slot = position[:, first:].remainder(self.capacity)
        self.position.scatter_(1, slot, position[:, first:])
        for i, entry in enumerate(entries):
            self.slots[i].scatter_(1, spread(slot, entry[:, first:]), entry[:, first:])
        return found
