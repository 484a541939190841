"""What people write for cache.ContiguousCache.update, and why it matters."""

from scripts.course.cache.explanations import ENTRIES_OF_ANOTHER, MADE_ANEW, SEQUENCE_SECOND, SHARED
from scripts.workshop.diagnose import Kind

MISTAKES = {
    "slots chosen without the positions": Kind(
        "You fill the first slots, or those behind what is in use, without asking for the positions. Sequences "
        "stand in different places and tokens come again, so that entries end up in the slots of other "
        "positions.",
        {
            "put behind what is there": (
                "slots[sequence, position] = entry",
                "slots[:, self.used : self.used + position.size(1)] = entry",
            ),
            "put at the front": ("slots[sequence, position] = entry", "slots[:, : position.size(1)] = entry"),
            "put at the end of what is used": (
                "slots[sequence, position] = entry",
                (
                    "end = min(self.used + position.size(1), self.capacity)\n"
                    "            slots[:, end - position.size(1) : end] = entry"
                ),
            ),
        },
    ),
    "one slot too far": Kind(
        "You put every token one slot behind that of its position. There it counts as standing in its own "
        "future, where even the token itself cannot see it.",
        {
            "one slot too far": (
                "slots[sequence, position] = entry",
                "slots[sequence, (position + 1) % self.capacity] = entry",
            )
        },
    ),
    "one sequence's places for all": Kind(
        "You put the tokens of all sequences into the slots of one sequence's positions. The others may stand "
        "elsewhere: their entries would overwrite what they need, or lie too far on to be seen.",
        {
            "put at the first sequence's places": (
                "slots[sequence, position] = entry",
                "slots[:, position[0]] = entry",
            ),
            "put at the last sequence's places": (
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
        "Of the new tokens you write only one for every sequence. The slots of the others stay as they were, "
        "and later tokens would look at zeros there, or at something old, instead of the prompt.",
        {
            "only the last token remembered": (
                "slots[sequence, position] = entry",
                "slots[sequence, position[:, -1:]] = entry[:, -1:]",
            ),
            "only the first token remembered": (
                "slots[sequence, position] = entry",
                "slots[sequence, position[:, :1]] = entry[:, :1]",
            ),
        },
    ),
    "sequence and position swapped": Kind(
        SEQUENCE_SECOND,
        {"sequence and position swapped": ("slots[sequence, position] = entry", "slots[position, sequence] = entry")},
    ),
    "what was there not replaced": Kind(
        "Where a slot has held something before, the new entry does not replace it: you add the two, or keep "
        "the old one. Other tokens come in the place of those that were taken back, and they alone must be "
        "found there.",
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
        "Nothing of the new tokens gets into the slots: nothing is assigned, or only to a copy, which is what "
        "indexing twice with tensors makes. The model would look back at zeros instead of what it has read.",
        {
            "nothing written": ("slots[sequence, position] = entry", "pass"),
            "a copy written to": ("slots[sequence, position] = entry", "slots[sequence][:, position] = entry"),
        },
    ),
    "only the first kind of entry written": Kind(
        "Of the kinds of entries you write only the first, into the slots of every kind or into its own alone. "
        "Attention would find keys, or zeros, where it looks for values.",
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
        "You do not make a slot for every position: either none at all, or only as many as the first tokens "
        "need. The first tokens, or the next ones at the latest, find no place to be written to.",
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
    "used grown by another number": Kind(
        "You do not let `used` grow by as many tokens as each sequence got. If it falls behind, the newest "
        "tokens are missing from what is handed out; if it runs ahead, empty slots come along.",
        {
            "used not grown": (
                "self.used = min(self.used + position.size(1), self.capacity)",
                "self.used = max(self.used, position.size(1))",
            ),
            "used the new tokens only": (
                "self.used = min(self.used + position.size(1), self.capacity)",
                "self.used = min(position.size(1), self.capacity)",
            ),
            "used grown by one": (
                "self.used = min(self.used + position.size(1), self.capacity)",
                "self.used = min(self.used + 1, self.capacity)",
            ),
            "used grown by the sequences": (
                "self.used = min(self.used + position.size(1), self.capacity)",
                "self.used = min(self.used + position.size(0), self.capacity)",
            ),
        },
    ),
    "used read off one position": Kind(
        "You read `used` off one position, which may leave a newest token outside: that of a longer sequence, "
        "or the last of all, since positions count from zero. It would not be handed out, and could not even "
        "see itself.",
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
    "used past the capacity": Kind(
        "You let `used` grow beyond the number of slots. Where slots are written again, their tokens are "
        "counted a second time, and you would hand out more positions than slots.",
        {
            "used past the capacity": (
                "self.used = min(self.used + position.size(1), self.capacity)",
                "self.used = self.used + position.size(1)",
            )
        },
    ),
    "used grown after handing out": Kind(
        "You choose what is handed out before `used` has grown. The new tokens are missing from it, so that "
        "none of them could see itself, and the first ones would see nothing at all.",
        {
            "used grown after handing out": (
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
    "only the new tokens handed out": Kind(
        "You hand back only what was handed in. Attention would see the new tokens alone, and everything that "
        "was read before would be remembered for nothing.",
        {
            "only the new tokens handed out": (
                "return key_position, *(slots[:, : self.used] for slots in self.slots)",
                "return position, *entries",
            )
        },
    ),
    "more slots than positions": Kind(
        "You hand out more slots than positions. Attention tells by its position whether a key may be seen, so "
        "that every slot handed out needs exactly one.",
        {
            "all slots handed out": (
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
    "the last slots handed out": Kind(
        "You hand out slots from the end, where mostly nothing has been written yet. The positions beside them "
        "count from the first slot, so that keys and positions do not belong together.",
        {
            "the last slots handed out": (
                "return key_position, *(slots[:, : self.used] for slots in self.slots)",
                "return key_position, *(slots[:, -self.used :] for slots in self.slots)",
            )
        },
    ),
    "key positions from one": Kind(
        "Your key positions begin at one, although the first slot holds position zero. Every key counts as one "
        "place later than it is, and the newest token cannot see itself.",
        {"positions from one": ("torch.arange(self.used, device", "1 + torch.arange(self.used, device")},
    ),
    "no row of positions for every sequence": Kind(
        "You hand out one row of positions for all sequences together. Each is to have a row of its own: "
        "attention takes the same shape from every kind of cache, and in others the rows differ.",
        {"positions shared by all sequences": (".expand(position.size(0), -1)", "")},
    ),
    "old entries made visible": Kind(
        "You pull the positions of slots behind a sequence's end back to its newest token. What lies there is "
        "old or empty, and is hidden only as long as its position lies in the future.",
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
        "Your key positions are floating-point numbers. Positions are counted and compared, for which int64 is "
        "agreed on; in a narrow dtype large ones are rounded, and neighbours become the same.",
        {
            "positions as numbers with a point": (
                "torch.arange(self.used, device",
                "torch.arange(float(self.used), device",
            )
        },
    ),
    "returned in another form": Kind(
        "What you return is not the key positions, followed by every kind of entry by itself, in the order in "
        "which they came. Attention takes it apart in this order, and would mistake one for another.",
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
    "entries handed in changed": Kind(
        "You overwrite the entries that were handed in after you have copied them into the slots. They still "
        "belong to whoever called, who may want to compute with them again.",
        {
            "the entries handed in changed": (
                "slots[sequence, position] = entry",
                "slots[sequence, position] = entry\n            entry.zero_()",
            )
        },
    ),
}
