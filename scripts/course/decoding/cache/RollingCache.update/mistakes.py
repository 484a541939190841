"""What people write for decoding.cache.RollingCache.update, and why it matters."""

from scripts.course.decoding.cache.explanations import ENTRIES_OF_ANOTHER, MADE_ANEW, SEQUENCE_SECOND, SHARED
from scripts.workshop.diagnose import Kind

MISTAKES = {
    "no modulo": Kind(
        "You do not wrap around behind the last slot: later positions have no slot, or share the last one. The slot is "
        "position mod capacity.",
        {
            "the position for the slot": ("slot = position % self.capacity", "slot = position"),
            "all beyond the end into the last slot": (
                "slot = position % self.capacity",
                "slot = position.clamp(max=self.capacity - 1)",
            ),
        },
    ),
    "another modulus": Kind(
        "You take the position modulo another value than capacity. Tokens inside the window are overwritten, while "
        "other slots stay unused.",
        {
            "capacity - 1": (
                "slot = position % self.capacity",
                "slot = position % max(self.capacity - 1, 1)",
            ),
            "T as the modulus": ("slot = position % self.capacity", "slot = position % position.size(1)"),
        },
    ),
    "always from the first slot": Kind(
        "You write every call from slot 0 on. The slot follows from the position, wherever the call before has ended.",
        {
            "always from the first slot": (
                "slot = position % self.capacity",
                "slot = torch.arange(position.size(1)).expand_as(position)",
            )
        },
    ),
    "the first sequence's slots for all": Kind(
        "You write the tokens of all sequences to the slots of the first one. Row b of slots belongs to position[b].",
        {
            "the first sequence's slots for all": (
                "slot = position % self.capacity",
                "slot = (position[:1] % self.capacity).expand_as(position)",
            )
        },
    ),
    "overwritten before it is read": Kind(
        "You write the new tokens before you read the slots. The first of them still attend to tokens that the last of "
        "them overwrite.",
        {
            "overwritten before it is read": (
                "remembered = torch.where(self.position < position[:, :1], self.position, EMPTY_SLOT)",
                (
                    "sequence = torch.arange(position.size(0), device=position.device)[:, None]\n"
                    "        for slots, entry in zip(self.slots, entries, strict=True):\n"
                    "            last = slice(-self.capacity, None)\n"
                    "            slots[sequence, position[:, last] % self.capacity] = entry[:, last]\n"
                    "        self.position[sequence, position[:, last] % self.capacity] = position[:, last]\n"
                    "        remembered = torch.where(self.position < position[:, :1], self.position, EMPTY_SLOT)"
                ),
            ),
            "entries overwritten before they are returned": (
                (
                    "cached = [torch.cat((slots, entry), dim=1) for slots, entry in zip(self.slots, entries, "
                    "strict=True)]"
                ),
                (
                    "sequence = torch.arange(position.size(0), device=position.device)[:, None]\n"
                    "        for slots, entry in zip(self.slots, entries, strict=True):\n"
                    "            last = slice(-self.capacity, None)\n"
                    "            slots[sequence, position[:, last] % self.capacity] = entry[:, last]\n"
                    "        cached = [torch.cat((slots, entry), dim=1) for slots, entry in zip(self.slots, entries, strict=True)]"
                ),
            ),
        },
    ),
    "truncated before it is returned": Kind(
        "You truncate the result to capacity. It is all slots as they were followed by all T new tokens, (B, capacity + "
        "T): the first new tokens attend further back.",
        {
            "only the slots returned": (
                "return key_position, *cached",
                "return self.position.clone(), *(slots.clone() for slots in self.slots)",
            ),
            "the last capacity tokens returned": (
                "return key_position, *cached",
                "return key_position[:, -self.capacity :], *(f[:, -self.capacity :] for f in cached)",
            ),
            "truncated before it is returned": (
                "remembered = torch.where(self.position < position[:, :1], self.position, EMPTY_SLOT)",
                (
                    "position, *entries = (new[:, -self.capacity :] for new in (position, *entries))\n"
                    "        remembered = torch.where(self.position < position[:, :1], self.position, EMPTY_SLOT)"
                ),
            ),
        },
    ),
    "only the new tokens returned": Kind(
        "You return the new tokens without reading or writing the slots. Nothing is cached.",
        {
            "only the new tokens returned": (
                "remembered = torch.where(self.position < position[:, :1], self.position, EMPTY_SLOT)",
                "return position, *entries",
            )
        },
    ),
    "positions beside the wrong entries": Kind(
        "Your key positions and entries are in different orders. Position j must be that of entry j: the mask is made "
        "of it.",
        {
            "new tokens in front": (
                (
                    "cached = [torch.cat((slots, entry), dim=1) for slots, entry in zip(self.slots, entries, "
                    "strict=True)]"
                ),
                (
                    "cached = [torch.cat((entry, slots), dim=1) for slots, entry in zip(self.slots, entries, "
                    "strict=True)]"
                ),
            ),
            "positions of the new tokens forgotten": (
                "key_position = torch.cat((remembered, position), dim=1)",
                "key_position = remembered",
            ),
            "positions counted through": (
                "key_position = torch.cat((remembered, position), dim=1)",
                "key_position = torch.arange(self.capacity + position.size(1)).expand(position.size(0), -1)",
            ),
        },
    ),
    "cropped tokens still visible": Kind(
        "You leave cached tokens visible whose position is not before the first new one. They were cropped and their "
        "positions come again: attention would read such a position twice.",
        {
            "cropped tokens still visible": (
                "remembered = torch.where(self.position < position[:, :1], self.position, EMPTY_SLOT)",
                "remembered = self.position",
            ),
            "<= for <": (
                "self.position < position[:, :1]",
                "self.position <= position[:, :1]",
            ),
            "hidden by the last of the new tokens": (
                "self.position < position[:, :1]",
                "self.position < position[:, -1:]",
            ),
        },
    ),
    "hidden by another sequence's tokens": Kind(
        "You compare the slots of all sequences with the position of one. Row b of slots is compared with the first new "
        "position of row b.",
        {
            "hidden by the first sequence's tokens": (
                "self.position < position[:, :1]",
                "self.position < position[:1, :1]",
            ),
            "hidden by the last sequence's tokens": (
                "self.position < position[:, :1]",
                "self.position < position[-1:, :1]",
            ),
        },
    ),
    "cached tokens hidden": Kind(
        "You hide the cached tokens before the new ones. Those are what the cache is for.",
        {
            "all cached tokens hidden": ("self.position < position[:, :1]", "self.position < 0 * position[:, :1]"),
            "the wrong ones hidden": ("self.position < position[:, :1]", "self.position > position[:, :1]"),
        },
    ),
    "empty slots in the past": Kind(
        "You mark empty and cropped slots with position 0 or -1. That is in the past of the new tokens: the mask hides "
        "them only in the future, at EMPTY_SLOT.",
        {
            "EMPTY_SLOT 0": ("self.position, EMPTY_SLOT)", "self.position, 0)"),
            "EMPTY_SLOT -1": ("self.position, EMPTY_SLOT)", "self.position, -1)"),
        },
    ),
    "all slots marked as empty": Kind(
        "You set the positions of all slots to EMPTY_SLOT. This call is right, but the next one reads only the tokens "
        "of this one.",
        {
            "positions of all slots lost": (
                "remembered = torch.where(self.position < position[:, :1], self.position, EMPTY_SLOT)",
                (
                    "remembered = torch.where(self.position < position[:, :1], self.position, EMPTY_SLOT)\n"
                    "        self.position = remembered * 0 + EMPTY_SLOT"
                ),
            )
        },
    ),
    "positions not stored": Kind(
        "You do not store the position of the token in each slot, or store the slot's index. Later calls cannot tell "
        "which slots are visible.",
        {
            "positions of the slots not kept": ("self.position[sequence, slot] = position", "pass"),
            "positions kept as slots": (
                "self.position[sequence, slot] = position",
                "self.position[sequence, slot] = slot",
            ),
        },
    ),
    "the first tokens kept": Kind(
        "Of more than capacity new tokens you store the first ones. The window of the next token reaches the last ones.",
        {"the first tokens kept": ("new[:, -self.capacity :]", "new[:, : self.capacity]")},
    ),
    "too few new tokens kept": Kind(
        "You store fewer than capacity of the new tokens. The window of the next token reaches back to the others.",
        {
            "one token too few kept": ("new[:, -self.capacity :]", "new[:, -max(self.capacity - 1, 1) :]"),
            "only the last token stored": (
                "position, *entries = (new[:, -self.capacity :] for new in (position, *entries))",
                "position, *entries = (new[:, -1 :] for new in (position, *entries))",
            ),
        },
    ),
    "positions not truncated": Kind(
        "You truncate the entries to the last capacity tokens, but not their positions. Both are (B, T) with the same "
        "T.",
        {
            "positions not truncated": (
                "position, *entries = (new[:, -self.capacity :] for new in (position, *entries))",
                "entries = [new[:, -self.capacity :] for new in entries]",
            )
        },
    ),
    "entries not written": Kind(
        "You store the positions of the new tokens, but not their entries. Later tokens attend to zeros.",
        {"entries not kept": ("slots[sequence, slot] = entry", "pass")},
    ),
    "added to stale entries": Kind(
        "You add the new entry to the one in its slot. It replaces that one, which has left the window.",
        {"added to what was there": ("slots[sequence, slot] = entry", "slots[sequence, slot] += entry")},
    ),
    "sequence and slot swapped": Kind(
        SEQUENCE_SECOND,
        {"sequence and slot swapped": ("slots[sequence, slot] = entry", "slots[slot, sequence] = entry")},
    ),
    "entries of another sequence": Kind(
        ENTRIES_OF_ANOTHER,
        {
            "the first sequence's entries for all": (
                "slots[sequence, slot] = entry",
                "slots[sequence, slot] = entry[:1]",
            )
        },
    ),
    "slots made anew": Kind(MADE_ANEW, {"everything forgotten every time": ("if not self.slots:", "if True:")}),
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
            "positions shared by all caches": (
                "            self.allocate(entries)",
                (
                    "            self.allocate(entries)\n"
                    "            type(self).position = self.position\n"
                    "            del self.position"
                ),
            ),
        },
    ),
    "more slots than capacity": Kind(
        "You increase capacity where the first call has more tokens. The cache is as small as the window, whatever the "
        "length of the prompt.",
        {
            "capacity of the first call": (
                "            self.allocate(entries)",
                (
                    "            self.capacity = max(self.capacity, position.size(1))\n"
                    "            self.allocate(entries)"
                ),
            )
        },
    ),
}
