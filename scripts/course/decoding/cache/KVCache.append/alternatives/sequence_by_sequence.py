"""One sequence and one token at a time, in plain Python as far as it goes."""

import torch


class KVCache:
    def append(self, tokens):
        B, T = tokens.size()
        starts = [0] * B if self.length is None else self.length.tolist()
        if len(starts) != B:
            raise ValueError(f"{len(starts)} sequences were read before, now there are {B}")
        if max(starts, default=0) + T > self.max_seq_len:
            raise ValueError(f"{max(starts)} and {T} tokens, of {self.max_seq_len} positions")
        position = torch.tensor([list(range(start, start + T)) for start in starts], device=tokens.device)
        self.length = torch.tensor([start + T for start in starts], device=tokens.device)
        self.max_len = max(starts) + T
        return position
