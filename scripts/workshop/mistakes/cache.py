"""Mistakes in cache.py."""

# Lines that several mistakes change.
ALLOCATE = "            self.allocate(entries)"
WRITE = "slots[sequence, position] = entry"
USED = "self.used = min(self.used + position.size(1), self.capacity)"
KEY_POSITION = "key_position = torch.arange(self.used, device=position.device).expand(position.size(0), -1)"
HANDED_OUT = "return key_position, *(slots[:, : self.used] for slots in self.slots)"
SEQUENCE = "sequence = torch.arange(position.size(0), device=position.device)[:, None]"
REMEMBERED = "remembered = torch.where(self.position < position[:, :1], self.position, NOWHERE)"
FOUND = "found = [torch.cat((slots, entry), dim=1) for slots, entry in zip(self.slots, entries, strict=True)]"
LAST = "position, *entries = (new[:, -self.capacity :] for new in (position, *entries))"
TOO_MANY = "if self.longest + T > self.max_seq_len:"
OTHERS = "if length.size(0) != B:"
BACK = "back = farthest - length"
IMPOSSIBLE = "if (length < 0).any() or (length > self.length).any():"
SPARE = "if rolling and back.max() > self.spare:"

MISTAKES = {
    "cache.KVCache.advance": {
        "always from zero": ("position = length[:, None] +", "position = torch.zeros_like(length)[:, None] +"),
        "counted from one": ("torch.arange(T, device=tokens.device)", "torch.arange(1, T + 1, device=tokens.device)"),
        "every token where the first stands": (
            "torch.arange(T, device=tokens.device)",
            "torch.zeros_like(tokens)",
        ),
        "the longest sequence's place for all": ("length[:, None] +", "self.longest + 0 * length[:, None] +"),
        "the first sequence's place for all": ("length[:, None] +", "length[:1, None] + 0 * length[:, None] +"),
        "positions of one sequence only": ("position = length[:, None] +", "position = length[0] +"),
        "positions of (1, T)": ("return position", "return position[:1]"),
        "counted as read too early": (
            "position = length[:, None]",
            "length = length + T\n        position = length[:, None]",
        ),
        "counted as read once for every layer": (
            "self.length = length + T",
            "self.length = length + T * len(self.layers)",
        ),
        "counted as read one by one": ("self.length = length + T", "self.length = length + 1"),
        "not counted as read": ("self.length = length + T", "self.length = length"),
        "the new tokens alone counted": ("self.length = length + T", "self.length = 0 * length + T"),
        "counted twice": ("self.length = length + T", "self.length = length + 2 * T"),
        "longest not brought up to date": ("self.longest += T", "pass"),
        "longest the number of new tokens": ("self.longest += T", "self.longest = T"),
        "longest the shortest": ("self.longest += T", "self.longest = int(self.length.min())"),
        "longest one by one": ("self.longest += T", "self.longest += 1"),
        "full one token too early": ("self.longest + T > self.max_seq_len", "self.longest + T >= self.max_seq_len"),
        "full one token too late": ("self.longest + T > self.max_seq_len", "self.longest + T > self.max_seq_len + 1"),
        "never full": (TOO_MANY, "if False:"),
        "full when it was full before": (TOO_MANY, "if self.longest > self.max_seq_len:"),
        "only the new tokens compared": (TOO_MANY, "if T > self.max_seq_len:"),
        "the first sequence compared": (TOO_MANY, "if int(length[0]) + T > self.max_seq_len:"),
        "cut off instead of refused": (
            "B, T = tokens.shape",
            "tokens = tokens[:, : self.max_seq_len - self.longest]\n        B, T = tokens.shape",
        ),
        "the oldest forgotten instead": (
            TOO_MANY,
            "self.longest = min(self.longest, self.max_seq_len - T)\n        if False:",
        ),
        "length changed before the error": (TOO_MANY, f"self.length = length + T\n        {TOO_MANY}"),
        "longest changed before the error": (
            TOO_MANY,
            "self.longest += T\n        if self.longest > self.max_seq_len:",
        ),
        "an assertion instead of the error": (
            TOO_MANY,
            f"assert self.longest + T <= self.max_seq_len\n        {TOO_MANY}",
        ),
        "an IndexError instead of the error": (
            TOO_MANY,
            f"if self.longest + T > self.max_seq_len:\n            raise IndexError('full')\n        {TOO_MANY}",
        ),
        "any number of sequences": (OTHERS, "if False:"),
        "fewer sequences let through": (OTHERS, "if length.size(0) < B:"),
        "length set before the sequences are counted": (
            OTHERS,
            "self.length = length.new_zeros(B)\n        if length.size(0) != B:",
        ),
        "int32": ("return position", "return position.int()"),
        "float": ("dtype=torch.int64", "dtype=torch.float32"),
        "a list": ("return position", "return position.tolist()"),
    },
    "cache.KVCache.rewind": {
        "taken as how many to take back": ("self.length = length", "self.length = back"),
        "taken back twice": ("self.length = length", "self.length = length - back"),
        "length not changed": ("self.length = length", "pass"),
        "all to the longest": ("self.length = length", "self.length = length.max().expand_as(length)"),
        "all to the first's length": ("self.length = length", "self.length = length[:1].expand_as(length)"),
        "all to the shortest": ("self.length = length", "self.length = length.min().expand_as(length)"),
        "one token left too many": ("self.length = length", "self.length = length + 1"),
        "longest not changed": ("self.longest = int(length.max())", "pass"),
        "longest the shortest": ("self.longest = int(length.max())", "self.longest = int(length.min())"),
        "longest the first's": ("self.longest = int(length.max())", "self.longest = int(length[0])"),
        "longest the sum": ("self.longest = int(length.max())", "self.longest = int(length.sum())"),
        "longest from what was taken back": ("self.longest = int(length.max())", "self.longest -= int(back.max())"),
        "longest less all steps together": ("self.longest = int(length.max())", "self.longest -= int(back.sum())"),
        "layers not told": ("layer.rewind(self.longest)", "pass"),
        "only the first layer told": ("for layer in self.layers:", "for layer in self.layers[:1]:"),
        "layers told the shortest": ("layer.rewind(self.longest)", "layer.rewind(int(length.min()))"),
        "layers told how many go": ("layer.rewind(self.longest)", "layer.rewind(int(back.max()))"),
        "layers told before it is known": (
            BACK,
            f"{BACK}\n        for layer in self.layers:\n            layer.rewind(self.longest)",
        ),
        "layers emptied": ("layer.rewind(self.longest)", "layer.rewind(self.longest)\n            layer.slots = ()"),
        "slots wiped": (
            "layer.rewind(self.longest)",
            "layer.rewind(self.longest)\n            for slots in layer.slots:\n                slots.zero_()",
        ),
        "slots moved to the front": (
            "layer.rewind(self.longest)",
            "layer.rewind(self.longest)\n"
            "            layer.slots = tuple(slots.roll(-int(back.max()), 1) for slots in layer.slots)",
        ),
        "what is behind the shortest wiped": (
            "layer.rewind(self.longest)",
            "layer.rewind(self.longest)\n"
            "            for slots in layer.slots:\n                slots[:, int(length.min()) :] = 0",
        ),
        "any length taken": (IMPOSSIBLE, "if False:"),
        "negative lengths taken": ("(length < 0).any() or ", ""),
        "lengths taken that were never read": (" or (length > self.length).any()", ""),
        "refused only where all are wrong": (IMPOSSIBLE, "if (length < 0).all() or (length > self.length).all():"),
        "only the longest compared": ("(length > self.length).any()", "length.max() > self.longest"),
        "length 0 refused": ("(length < 0).any()", "(length <= 0).any()"),
        "the present length refused": ("(length > self.length).any()", "(length >= self.length).any()"),
        "windows not thought of": (SPARE, "if False:"),
        "windows refused altogether": (SPARE, "if rolling:"),
        "spare asked for without windows": (SPARE, "if back.max() > self.spare:"),
        "one less than spare": (SPARE, "if rolling and back.max() >= self.spare:"),
        "spare compared with the smallest step": (SPARE, "if rolling and back.min() > self.spare:"),
        "spare compared with the longest": (SPARE, "if rolling and self.longest - length.max() > self.spare:"),
        "spare compared with all steps together": (SPARE, "if rolling and back.sum() > self.spare:"),
        "spare only where all layers have windows": ("rolling = any(", "rolling = all("),
        "the farthest not kept": ("self.farthest = farthest", "pass"),
        "the last counted, not the farthest": (".clamp(min=self.farthest)", ""),
        "farthest only ever the first": (
            "self.length.clamp(min=self.farthest)",
            "self.length.clamp(max=self.farthest)",
        ),
        "changed before the error": (BACK, f"{BACK}\n        self.length = length"),
        "the lengths handed in changed": ("self.length = length\n", "self.length = length\n        length -= 1\n"),
    },
    "cache.ContiguousCache.update": {
        "put behind what is there": (
            WRITE,
            "slots[:, self.used : self.used + position.size(1)] = entry",
        ),
        "put at the first sequence's places": (WRITE, "slots[:, position[0]] = entry"),
        "put at the last sequence's places": (WRITE, "slots[:, position[-1]] = entry"),
        "the first sequence's entries for all": (WRITE, "slots[sequence, position] = entry[:1]"),
        "one slot too far": (WRITE, "slots[sequence, (position + 1) % self.capacity] = entry"),
        "put at the front": (WRITE, "slots[:, : position.size(1)] = entry"),
        "every sequence's entries everywhere": (WRITE, "slots[:, position.flatten()] = entry.flatten(0, 1)"),
        "only the last token remembered": (WRITE, "slots[sequence, position[:, -1:]] = entry[:, -1:]"),
        "only the first token remembered": (WRITE, "slots[sequence, position[:, :1]] = entry[:, :1]"),
        "sequence and position swapped": (WRITE, "slots[position, sequence] = entry"),
        "added to what was there": (WRITE, "slots[sequence, position] += entry"),
        "what was there kept": (
            WRITE,
            "slots[sequence, position] = torch.where(slots[sequence, position] == 0, entry, slots[sequence, position])",
        ),
        "nothing written": (WRITE, "pass"),
        "a copy written to": (WRITE, "slots[sequence][:, position] = entry"),
        "keys for values": (
            "zip(self.slots, entries, strict=True):",
            "zip(self.slots, (entries[0],) * len(entries), strict=True):",
        ),
        "only the keys": (
            "zip(self.slots, entries, strict=True):",
            "zip(self.slots[:1], entries[:1], strict=True):",
        ),
        "everything forgotten every time": ("if not self.slots:", "if True:"),
        "everything forgotten when one token comes": (
            "if not self.slots:",
            "if not self.slots or position.size(1) == 1:",
        ),
        "slots never made": ("if not self.slots:", "if False:"),
        "slots made for these tokens only": (
            ALLOCATE,
            "            self.slots = tuple(torch.zeros_like(entry) for entry in entries)",
        ),
        "slots shared by all caches": (
            ALLOCATE,
            "            self.allocate(entries)\n            type(self).slots = self.slots\n            del self.slots",
        ),
        "used not grown": (USED, "self.used = max(self.used, position.size(1))"),
        "used the new tokens only": (USED, "self.used = min(position.size(1), self.capacity)"),
        "used grown by one": (USED, "self.used = min(self.used + 1, self.capacity)"),
        "used grown by the sequences": (USED, "self.used = min(self.used + position.size(0), self.capacity)"),
        "used past the capacity": (USED, "self.used = self.used + position.size(1)"),
        "used the first sequence's length": (USED, "self.used = int(position[0, -1]) + 1"),
        "used the last sequence's length": (USED, "self.used = int(position[-1, -1]) + 1"),
        "used the last position": (USED, "self.used = int(position.max())"),
        "used shared by all caches": (USED, "type(self).used = min(self.used + position.size(1), self.capacity)"),
        "used grown after handing out": (
            f"{USED}\n        {KEY_POSITION}\n        {HANDED_OUT}",
            f"{KEY_POSITION}\n        found = [slots[:, : self.used] for slots in self.slots]\n        {USED}\n"
            "        return key_position, *found",
        ),
        "only the new tokens handed out": (HANDED_OUT, "return position, *entries"),
        "all slots handed out": (HANDED_OUT, "return key_position, *self.slots"),
        "the last slots handed out": (
            HANDED_OUT,
            "return key_position, *(slots[:, -self.used :] for slots in self.slots)",
        ),
        "positions of the new tokens only": (HANDED_OUT, HANDED_OUT.replace("key_position", "position")),
        "positions from one": ("torch.arange(self.used, device", "1 + torch.arange(self.used, device"),
        "positions shared by all sequences": (".expand(position.size(0), -1)", ""),
        "positions up to the longest": (
            KEY_POSITION,
            f"{KEY_POSITION}.clamp(max=position.max(dim=1, keepdim=True).values)",
        ),
        "positions as numbers with a point": (
            "torch.arange(self.used, device",
            "torch.arange(float(self.used), device",
        ),
        "positions forgotten": (HANDED_OUT, "return tuple(slots[:, : self.used] for slots in self.slots)"),
        "kinds in another order": ("for slots in self.slots)", "for slots in self.slots[::-1])"),
        "one for all kinds": (HANDED_OUT, "return key_position, [slots[:, : self.used] for slots in self.slots]"),
        "the new tokens twice": (
            HANDED_OUT,
            "return key_position, *(torch.cat((s[:, : self.used], e), 1) for s, e in zip(self.slots, entries))",
        ),
        "the entries handed in changed": (WRITE, f"{WRITE}\n            entry.zero_()"),
    },
    "cache.RollingCache.update": {
        "no rounds: the position for the slot": ("slot = position % self.capacity", "slot = position"),
        "all beyond the end into the last slot": (
            "slot = position % self.capacity",
            "slot = position.clamp(max=self.capacity - 1)",
        ),
        "rounds one slot too short": ("slot = position % self.capacity", "slot = position % max(self.capacity - 1, 1)"),
        "rounds by the new tokens": ("slot = position % self.capacity", "slot = position % position.size(1)"),
        "always from the first slot": (
            "slot = position % self.capacity",
            "slot = torch.arange(position.size(1)).expand_as(position)",
        ),
        "the first sequence's slots for all": (
            "slot = position % self.capacity",
            "slot = (position[:1] % self.capacity).expand_as(position)",
        ),
        "forgotten before it is looked at": (
            REMEMBERED,
            f"{SEQUENCE}\n        for slots, entry in zip(self.slots, entries, strict=True):\n"
            "            last = slice(-self.capacity, None)\n"
            "            slots[sequence, position[:, last] % self.capacity] = entry[:, last]\n"
            "        self.position[sequence, position[:, last] % self.capacity] = position[:, last]\n"
            f"        {REMEMBERED}",
        ),
        "entries overwritten before they are handed out": (
            FOUND,
            f"{SEQUENCE}\n        for slots, entry in zip(self.slots, entries, strict=True):\n"
            "            last = slice(-self.capacity, None)\n"
            "            slots[sequence, position[:, last] % self.capacity] = entry[:, last]\n"
            f"        {FOUND}",
        ),
        "only what is remembered handed out": (
            "return key_position, *found",
            "return self.position.clone(), *(slots.clone() for slots in self.slots)",
        ),
        "cut to the window before attending": (
            "return key_position, *found",
            "return key_position[:, -self.capacity :], *(f[:, -self.capacity :] for f in found)",
        ),
        "only the new tokens handed out": (REMEMBERED, "return position, *entries"),
        "new tokens in front": (FOUND, FOUND.replace("(slots, entry), dim", "(entry, slots), dim")),
        "positions of the new tokens forgotten": (
            "key_position = torch.cat((remembered, position), dim=1)",
            "key_position = remembered",
        ),
        "positions counted through": (
            "key_position = torch.cat((remembered, position), dim=1)",
            "key_position = torch.arange(self.capacity + position.size(1)).expand(position.size(0), -1)",
        ),
        "tokens that were taken back still seen": (REMEMBERED, "remembered = self.position"),
        "the token that comes again seen twice": (
            "self.position < position[:, :1]",
            "self.position <= position[:, :1]",
        ),
        "hidden by the last of the new tokens": ("self.position < position[:, :1]", "self.position < position[:, -1:]"),
        "hidden by the first sequence's tokens": (
            "self.position < position[:, :1]",
            "self.position < position[:1, :1]",
        ),
        "hidden by the last sequence's tokens": (
            "self.position < position[:, :1]",
            "self.position < position[-1:, :1]",
        ),
        "everything remembered hidden": ("self.position < position[:, :1]", "self.position < 0 * position[:, :1]"),
        "the wrong ones hidden": ("self.position < position[:, :1]", "self.position > position[:, :1]"),
        "nowhere is position 0": ("self.position, NOWHERE)", "self.position, 0)"),
        "nowhere is position -1": ("self.position, NOWHERE)", "self.position, -1)"),
        "what was hidden lost for good": (
            REMEMBERED,
            f"{REMEMBERED}\n        self.position = remembered * 0 + NOWHERE",
        ),
        "positions of the slots not kept": ("self.position[sequence, slot] = position", "pass"),
        "positions kept as slots": ("self.position[sequence, slot] = position", "self.position[sequence, slot] = slot"),
        "the first tokens of a long piece kept": ("new[:, -self.capacity :]", "new[:, : self.capacity]"),
        "one too few kept of a long piece": ("new[:, -self.capacity :]", "new[:, -max(self.capacity - 1, 1) :]"),
        "positions of a long piece not cut": (
            LAST,
            "entries = [new[:, -self.capacity :] for new in entries]",
        ),
        "only the last token remembered": (LAST, LAST.replace("-self.capacity :", "-1 :")),
        "cut before it is handed out": (REMEMBERED, f"{LAST}\n        {REMEMBERED}"),
        "entries not kept": ("slots[sequence, slot] = entry", "pass"),
        "added to what was there": ("slots[sequence, slot] = entry", "slots[sequence, slot] += entry"),
        "sequence and slot swapped": ("slots[sequence, slot] = entry", "slots[slot, sequence] = entry"),
        "the first sequence's entries for all": ("slots[sequence, slot] = entry", "slots[sequence, slot] = entry[:1]"),
        "everything forgotten every time": ("if not self.slots:", "if True:"),
        "slots shared by all caches": (
            ALLOCATE,
            "            self.allocate(entries)\n            type(self).slots = self.slots\n            del self.slots",
        ),
        "positions shared by all caches": (
            ALLOCATE,
            "            self.allocate(entries)\n            type(self).position = self.position\n"
            "            del self.position",
        ),
        "room for the longest piece only": (
            ALLOCATE,
            "            self.capacity = max(self.capacity, position.size(1))\n            self.allocate(entries)",
        ),
    },
}
