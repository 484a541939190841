"""One sequence and one token at a time, in plain Python as far as it goes."""

import torch


class ContiguousCache:
    def update(self, position, *entries):
        if not self.slots:
            self.allocate(entries)
        for slots, entry in zip(self.slots, entries, strict=True):
            for b, row in enumerate(position.tolist()):
                # They follow each other: a slice will do.
                slots[b, row[0] : row[-1] + 1] = entry[b]
        self.used += position.shape[1]
        if self.used > self.capacity:
            self.used = self.capacity
        rows = [torch.arange(0, self.used, device=position.device) for _ in position]
        return torch.stack(rows), *[slots[:, 0 : self.used].clone() for slots in self.slots]
