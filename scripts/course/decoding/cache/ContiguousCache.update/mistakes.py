"""What people write for decoding.cache.ContiguousCache.update, and why it matters."""

from scripts.course.decoding.cache.explanations import ENTRIES_OF_ANOTHER, MADE_ANEW, SEQUENCE_SECOND, SHARED
from scripts.workshop.diagnose import Kind

MISTAKES = {
    "slots chosen without the positions": Kind(
        "You write to the first slots, or behind the used ones, whatever the positions are. Slot position[b, t] of "
        "sequence b is the one: sequences have different lengths, and cropped positions come again.",
        {
            "behind the used slots": (
                "slots[sequence, position] = entry",
                "slots[:, self.used : self.used + position.size(1)] = entry",
            ),
            "to the first slots": ("slots[sequence, position] = entry", "slots[:, : position.size(1)] = entry"),
            "to the last used slots": (
                "slots[sequence, position] = entry",
                (
                    "end = min(self.used + position.size(1), self.capacity)\n"
                    "            slots[:, end - position.size(1) : end] = entry"
                ),
            ),
        },
    ),
    "one slot too far": Kind(
        "You write every token one slot behind its position. Its key position is then in its own future, where the "
        "token itself cannot attend to it.",
        {
            "one slot too far": (
                "slots[sequence, position] = entry",
                "slots[sequence, (position + 1) % self.capacity] = entry",
            )
        },
    ),
    "one sequence's positions for all": Kind(
        "You write the tokens of all sequences to the slots of one sequence's positions. Row b goes to position[b].",
        {
            "the first sequence's positions for all": (
                "slots[sequence, position] = entry",
                "slots[:, position[0]] = entry",
            ),
            "the last sequence's positions for all": (
                "slots[sequence, position] = entry",
                "slots[:, position[-1]] = entry",
            ),
        },
    ),
    "entries of another sequence": Kind(
        ENTRIES_OF_ANOTHER,
        {
            "the first sequence's entries for all": (
                "slots[sequence, position] = entry",
                "slots[sequence, position] = entry[:1]",
            ),
            "every sequence's entries everywhere": (
                "slots[sequence, position] = entry",
                "slots[:, position.flatten()] = entry.flatten(0, 1)",
            ),
        },
    ),
    "not all new tokens written": Kind(
        "You write only one of the T new tokens. The slots of the others stay zero or stale.",
        {
            "only the last token written": (
                "slots[sequence, position] = entry",
                "slots[sequence, position[:, -1:]] = entry[:, -1:]",
            ),
            "only the first token written": (
                "slots[sequence, position] = entry",
                "slots[sequence, position[:, :1]] = entry[:, :1]",
            ),
        },
    ),
    "sequence and position swapped": Kind(
        SEQUENCE_SECOND,
        {"sequence and position swapped": ("slots[sequence, position] = entry", "slots[position, sequence] = entry")},
    ),
    "stale entries not replaced": Kind(
        "You add the new entry to a stale one, or keep the stale one. A cropped position comes again with another "
        "token, which replaces it.",
        {
            "added to what was there": ("slots[sequence, position] = entry", "slots[sequence, position] += entry"),
            "what was there kept": (
                "slots[sequence, position] = entry",
                (
                    "slots[sequence, position] = torch.where(slots[sequence, position] == 0, entry, "
                    "slots[sequence, position])"
                ),
            ),
        },
    ),
    "nothing written": Kind(
        "You write nothing to the slots, or only to a copy, which indexing twice with tensors makes. Later tokens then "
        "attend to zeros.",
        {
            "nothing written": ("slots[sequence, position] = entry", "pass"),
            "a copy written to": ("slots[sequence, position] = entry", "slots[sequence][:, position] = entry"),
        },
    ),
    "only the first kind of entry written": Kind(
        "You write the first kind of entry only, or the first to the slots of all. Attention would take keys, or zeros, "
        "for values.",
        {
            "keys for values": (
                "zip(self.slots, entries, strict=True):",
                "zip(self.slots, (entries[0],) * len(entries), strict=True):",
            ),
            "only the keys": (
                "zip(self.slots, entries, strict=True):",
                "zip(self.slots[:1], entries[:1], strict=True):",
            ),
        },
    ),
    "slots made anew": Kind(
        MADE_ANEW,
        {
            "everything forgotten every time": ("if not self.slots:", "if True:"),
            "everything forgotten when one token comes": (
                "if not self.slots:",
                "if not self.slots or position.size(1) == 1:",
            ),
        },
    ),
    "no slot for every position": Kind(
        "You allocate no slots, or as many as the first call has tokens. `self.allocate(entries)` allocates capacity "
        "slots.",
        {
            "slots never made": ("if not self.slots:", "if False:"),
            "slots made for these tokens only": (
                "            self.allocate(entries)",
                "            self.slots = tuple(torch.zeros_like(entry) for entry in entries)",
            ),
        },
    ),
    "shared by all caches": Kind(
        SHARED,
        {
            "slots shared by all caches": (
                "            self.allocate(entries)",
                (
                    "            self.allocate(entries)\n"
                    "            type(self).slots = self.slots\n"
                    "            del self.slots"
                ),
            ),
            "used shared by all caches": (
                "self.used = min(self.used + position.size(1), self.capacity)",
                "type(self).used = min(self.used + position.size(1), self.capacity)",
            ),
        },
    ),
    "used increased by another number": Kind(
        "You increase self.used by another number than T. If it is too small, the newest tokens are missing from the "
        "result; if it is too large, empty slots are returned.",
        {
            "used not increased": (
                "self.used = min(self.used + position.size(1), self.capacity)",
                "self.used = max(self.used, position.size(1))",
            ),
            "used the new tokens only": (
                "self.used = min(self.used + position.size(1), self.capacity)",
                "self.used = min(position.size(1), self.capacity)",
            ),
            "used increased by 1": (
                "self.used = min(self.used + position.size(1), self.capacity)",
                "self.used = min(self.used + 1, self.capacity)",
            ),
            "used increased by B": (
                "self.used = min(self.used + position.size(1), self.capacity)",
                "self.used = min(self.used + position.size(0), self.capacity)",
            ),
        },
    ),
    "used read off one position": Kind(
        "You set self.used from a single position. A longer sequence has more tokens, and the last position is one less "
        "than their number.",
        {
            "used the first sequence's length": (
                "self.used = min(self.used + position.size(1), self.capacity)",
                "self.used = int(position[0, -1]) + 1",
            ),
            "used the last sequence's length": (
                "self.used = min(self.used + position.size(1), self.capacity)",
                "self.used = int(position[-1, -1]) + 1",
            ),
            "used the last position": (
                "self.used = min(self.used + position.size(1), self.capacity)",
                "self.used = int(position.max())",
            ),
        },
    ),
    "all slots returned": Kind(
        "You return all slots, as a static cache does, those that nobody has filled yet among them. The mask hides them, "
        "and every step costs as much as the last one of the longest text.",
        {
            "all slots and their positions returned": (
                """key_position = torch.arange(self.used, device=position.device).expand(position.size(0), -1)
        return key_position, *(slots[:, : self.used] for slots in self.slots)""",
                """key_position = torch.arange(self.capacity, device=position.device).expand(position.size(0), -1)
        return key_position, *self.slots""",
            )
        },
    ),
    "used past the capacity": Kind(
        "You let self.used exceed capacity. Cropped positions are written again, so that tokens of all calls together "
        "may be more than slots.",
        {
            "used past the capacity": (
                "self.used = min(self.used + position.size(1), self.capacity)",
                "self.used = self.used + position.size(1)",
            )
        },
    ),
    "used increased too late": Kind(
        "You slice the slots before you increase self.used. The new tokens are missing, so that none of them can attend "
        "to itself.",
        {
            "used increased too late": (
                (
                    "self.used = min(self.used + position.size(1), self.capacity)\n"
                    "        key_position = torch.arange(self.used, device=position.device).expand(position.size(0), -1)\n"
                    "        return key_position, *(slots[:, : self.used] for slots in self.slots)"
                ),
                (
                    "key_position = torch.arange(self.used, device=position.device).expand(position.size(0), -1)\n"
                    "        found = [slots[:, : self.used] for slots in self.slots]\n"
                    "        self.used = min(self.used + position.size(1), self.capacity)\n"
                    "        return key_position, *found"
                ),
            )
        },
    ),
    "only the new tokens returned": Kind(
        "You return the new tokens alone. Attention needs all cached tokens.",
        {
            "only the new tokens returned": (
                "return key_position, *(slots[:, : self.used] for slots in self.slots)",
                "return position, *entries",
            )
        },
    ),
    "more slots than positions": Kind(
        "You return more slots than positions. The mask is made of key_position, (B, used): each returned slot needs "
        "one.",
        {
            "all slots returned": (
                "return key_position, *(slots[:, : self.used] for slots in self.slots)",
                "return key_position, *self.slots",
            ),
            "positions of the new tokens only": (
                "return key_position, *(slots[:, : self.used] for slots in self.slots)",
                "return position, *(slots[:, : self.used] for slots in self.slots)",
            ),
            "the new tokens twice": (
                "return key_position, *(slots[:, : self.used] for slots in self.slots)",
                ("return key_position, *(torch.cat((s[:, : self.used], e), 1) for s, e in zip(self.slots, entries))"),
            ),
        },
    ),
    "the last slots returned": Kind(
        "You return the last slots, which are mostly empty. Positions 0 to used - 1 belong to the first ones.",
        {
            "the last slots returned": (
                "return key_position, *(slots[:, : self.used] for slots in self.slots)",
                "return key_position, *(slots[:, -self.used :] for slots in self.slots)",
            )
        },
    ),
    "key positions from one": Kind(
        "Your key positions start at 1. The first slot holds position 0: shifted, the newest token cannot attend to "
        "itself.",
        {"positions from one": ("torch.arange(self.used, device", "1 + torch.arange(self.used, device")},
    ),
    "no row of positions for every sequence": Kind(
        "You return one row of positions, (used,) or (1, used). The shape is (B, used), as of the rolling cache, whose "
        "rows differ.",
        {"positions shared by all sequences": (".expand(position.size(0), -1)", "")},
    ),
    "stale entries made visible": Kind(
        "You clamp the positions of slots behind the end of a sequence to its newest token. These slots are stale or "
        "empty, and the causal mask hides them only if their positions lie in the future.",
        {
            "positions up to the longest": (
                "key_position = torch.arange(self.used, device=position.device).expand(position.size(0), -1)",
                (
                    "key_position = torch.arange(self.used, device=position.device).expand(position.size(0), "
                    "-1).clamp(max=position.max(dim=1, keepdim=True).values)"
                ),
            )
        },
    ),
    "key positions as floats": Kind(
        "Your key positions are floating-point numbers. They are int64: in a narrow dtype large ones are rounded to the "
        "same value.",
        {
            "positions as numbers with a point": (
                "torch.arange(self.used, device",
                "torch.arange(float(self.used), device",
            )
        },
    ),
    "returned in another form": Kind(
        "You do not return (key_position, *entries) in the order of the arguments. Attention unpacks them in this "
        "order.",
        {
            "positions forgotten": (
                "return key_position, *(slots[:, : self.used] for slots in self.slots)",
                "return tuple(slots[:, : self.used] for slots in self.slots)",
            ),
            "kinds in another order": ("for slots in self.slots)", "for slots in self.slots[::-1])"),
            "one for all kinds": (
                "return key_position, *(slots[:, : self.used] for slots in self.slots)",
                "return key_position, [slots[:, : self.used] for slots in self.slots]",
            ),
        },
    ),
    "arguments changed in place": Kind(
        "You modify the entries that were passed in. The caller may still need them.",
        {
            "the entries changed in place": (
                "slots[sequence, position] = entry",
                "slots[sequence, position] = entry\n            entry.zero_()",
            )
        },
    ),
}
