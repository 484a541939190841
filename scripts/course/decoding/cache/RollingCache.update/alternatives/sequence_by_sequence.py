"""One sequence and one token at a time, in plain Python as far as it goes."""

import torch

EMPTY_SLOT = 2**30


class RollingCache:
    def update(self, position, *entries):
        if not self.slots:
            self.allocate(entries)
        B, T = position.shape
        before = self.position.clone()
        for b in range(B):
            for slot in range(self.capacity):
                if not before[b, slot] < position[b, 0]:
                    before[b, slot] = EMPTY_SLOT
        result = [torch.cat([before, position], 1)]
        result += [torch.cat([slots.clone(), entry], 1) for slots, entry in zip(self.slots, entries, strict=True)]
        # In order: what comes later overwrites what came before it.
        for b in range(B):
            for t in range(T):
                slot = int(position[b, t]) % self.capacity
                self.position[b, slot] = position[b, t]
                for slots, entry in zip(self.slots, entries, strict=True):
                    slots[b, slot] = entry[b, t]
        return tuple(result)
