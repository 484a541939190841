"""No indexing: for every slot, a comparison says which of the new tokens goes there; old and new are then mixed."""

import torch


def mixed(slots, goes, entry):
    """goes: (B, capacity, T), at most one of the last axis true. The new entry where one is, else what was there."""
    chosen = torch.einsum("bct,bt...->bc...", goes.to(entry.dtype), entry)
    return torch.where(goes.any(-1).view(*goes.shape[:2], *(1,) * (entry.ndim - 2)), chosen, slots)


class ContiguousCache:
    def update(self, position, *entries):
        if not self.slots:
            self.allocate(entries)
        slot = torch.arange(self.capacity, device=position.device)
        goes = position[:, None, :] == slot[None, :, None]
        self.slots = tuple(mixed(*pair) for pair in zip(self.slots, [goes] * len(entries), entries, strict=True))
        self.used = min(self.used + position.size(1), self.capacity)
        return slot[: self.used].expand(position.size(0), self.used), *(s[:, : self.used] for s in self.slots)
