"""No indexing: for every slot, a comparison says which of the new tokens goes there; old and new are then mixed."""

import torch

EMPTY_SLOT = 2**30


def mixed(slots, goes, entry):
    """goes: (B, capacity, T), at most one of the last axis true. The new entry where one is, else what was there."""
    chosen = torch.einsum("bct,bt...->bc...", goes.to(entry.dtype), entry)
    return torch.where(goes.any(-1).view(*goes.shape[:2], *(1,) * (entry.ndim - 2)), chosen, slots)


class RollingCache:
    def update(self, position, *entries):
        if not self.slots:
            self.allocate(entries)
        gone = torch.full_like(self.position, EMPTY_SLOT)
        key_position = torch.cat((torch.where(self.position >= position[:, :1], gone, self.position), position), -1)
        found = tuple(torch.cat(pair, dim=1) for pair in zip(self.slots, entries, strict=True))
        slot = torch.arange(self.capacity, device=position.device)[None, :, None]
        kept = position > position[:, -1:] - self.capacity
        goes = (position[:, None, :] % self.capacity == slot) & kept[:, None, :]
        self.slots = tuple(mixed(slots, goes, entry) for slots, entry in zip(self.slots, entries, strict=True))
        self.position = torch.where(goes.any(-1), (goes * position[:, None, :]).sum(-1), self.position)
        return key_position, *found
