"""One sequence and one token at a time, in plain Python as far as it goes."""

import torch

NOWHERE = 2**30


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


class RollingCache:
    def update(self, position, *entries):
        if not self.slots:
            self.allocate(entries)
        B, T = position.shape
        before = self.position.clone()
        for b in range(B):
            for slot in range(self.capacity):
                if not before[b, slot] < position[b, 0]:
                    before[b, slot] = NOWHERE
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


class KVCache:
    def advance(self, tokens):
        B, T = tokens.size()
        starts = [0] * B if self.length is None else self.length.tolist()
        if len(starts) != B:
            raise ValueError(f"{len(starts)} sequences were read before, now there are {B}")
        if max(starts, default=0) + T > self.max_seq_len:
            raise ValueError(f"{max(starts)} and {T} tokens, of {self.max_seq_len} positions")
        position = torch.tensor([list(range(start, start + T)) for start in starts], device=tokens.device)
        self.length = torch.tensor([start + T for start in starts], device=tokens.device)
        self.longest = max(starts) + T
        return position

    def rewind(self, length):
        windowed = any(layer.capacity < self.max_seq_len for layer in self.layers)
        before = (torch.zeros_like(length) + self.farthest).tolist()
        farthest = []
        for old, new, far in zip(self.length.tolist(), length.tolist(), before, strict=True):
            if not 0 <= new <= old:
                raise ValueError(f"from {old} tokens back to {new}?")
            farthest.append(max(old, far))
            if windowed and farthest[-1] - new > self.spare:
                raise ValueError(f"{farthest[-1] - new} tokens back, but the cache has {self.spare} to spare")
        self.length, self.longest, self.farthest = length, length.max().item(), torch.tensor(farthest)
        for layer in self.layers:
            layer.rewind(self.longest)
