"""Scatters with an index as wide as the entries, instead of indexing with two tensors; positions by a running sum."""

import torch


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
