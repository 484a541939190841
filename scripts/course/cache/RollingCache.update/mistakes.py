"""What people write for cache.RollingCache.update, and why it matters."""

from scripts.course.cache.explanations import ENTRIES_OF_ANOTHER, MADE_ANEW, SEQUENCE_SECOND, SHARED
from scripts.workshop.diagnose import Kind

MISTAKES = {
    "no rounds": Kind(
        "Behind the last slot you do not begin again at the first: later positions have no slot, or all share "
        "the last one. The cache is there to go round and round, so that a few slots are enough for a long "
        "text.",
        {
            "no rounds: the position for the slot": ("slot = position % self.capacity", "slot = position"),
            "all beyond the end into the last slot": (
                "slot = position % self.capacity",
                "slot = position.clamp(max=self.capacity - 1)",
            ),
        },
    ),
    "rounds of another length": Kind(
        "Your rounds are not as long as there are slots. Tokens are overwritten while the window still reaches "
        "them, and other slots lie idle.",
        {
            "rounds one slot too short": (
                "slot = position % self.capacity",
                "slot = position % max(self.capacity - 1, 1)",
            ),
            "rounds by the new tokens": ("slot = position % self.capacity", "slot = position % position.size(1)"),
        },
    ),
    "always from the first slot": Kind(
        "Every piece begins at the first slot again, wherever the one before has ended. New tokens then "
        "overwrite tokens that are still in the window, while older ones stay.",
        {
            "always from the first slot": (
                "slot = position % self.capacity",
                "slot = torch.arange(position.size(1)).expand_as(position)",
            )
        },
    ),
    "the first sequence's slots for all": Kind(
        "You put the tokens of all sequences into the slots that are right for the first. The others may stand "
        "elsewhere in their rounds, and would overwrite tokens that they still need.",
        {
            "the first sequence's slots for all": (
                "slot = position % self.capacity",
                "slot = (position[:1] % self.capacity).expand_as(position)",
            )
        },
    ),
    "overwritten before it is looked at": Kind(
        "You write the new tokens before you have looked at what is remembered. The first of them still see "
        "tokens whose slots the last of them take, and would find those gone or exchanged.",
        {
            "forgotten before it is looked at": (
                "remembered = torch.where(self.position < position[:, :1], self.position, NOWHERE)",
                (
                    "sequence = torch.arange(position.size(0), device=position.device)[:, None]\n"
                    "        for slots, entry in zip(self.slots, entries, strict=True):\n"
                    "            last = slice(-self.capacity, None)\n"
                    "            slots[sequence, position[:, last] % self.capacity] = entry[:, last]\n"
                    "        self.position[sequence, position[:, last] % self.capacity] = position[:, last]\n"
                    "        remembered = torch.where(self.position < position[:, :1], self.position, NOWHERE)"
                ),
            ),
            "entries overwritten before they are handed out": (
                (
                    "found = [torch.cat((slots, entry), dim=1) for slots, entry in zip(self.slots, entries, "
                    "strict=True)]"
                ),
                (
                    "sequence = torch.arange(position.size(0), device=position.device)[:, None]\n"
                    "        for slots, entry in zip(self.slots, entries, strict=True):\n"
                    "            last = slice(-self.capacity, None)\n"
                    "            slots[sequence, position[:, last] % self.capacity] = entry[:, last]\n"
                    "        found = [torch.cat((slots, entry), dim=1) for slots, entry in zip(self.slots, entries, strict=True)]"
                ),
            ),
        },
    ),
    "cut before it is handed out": Kind(
        "You hand out less than all slots as they were, followed by all new tokens: the cut to the size of the "
        "cache comes too early. The first of the new tokens would miss keys that their window still reaches.",
        {
            "only what is remembered handed out": (
                "return key_position, *found",
                "return self.position.clone(), *(slots.clone() for slots in self.slots)",
            ),
            "cut to the window before attending": (
                "return key_position, *found",
                "return key_position[:, -self.capacity :], *(f[:, -self.capacity :] for f in found)",
            ),
            "cut before it is handed out": (
                "remembered = torch.where(self.position < position[:, :1], self.position, NOWHERE)",
                (
                    "position, *entries = (new[:, -self.capacity :] for new in (position, *entries))\n"
                    "        remembered = torch.where(self.position < position[:, :1], self.position, NOWHERE)"
                ),
            ),
        },
    ),
    "only the new tokens handed out": Kind(
        "You hand the new tokens back without having looked at the slots or written to them. Nothing is ever "
        "remembered, and every piece is read as if it were the first.",
        {
            "only the new tokens handed out": (
                "remembered = torch.where(self.position < position[:, :1], self.position, NOWHERE)",
                "return position, *entries",
            )
        },
    ),
    "positions beside the wrong entries": Kind(
        "The positions that you hand out do not belong to the entries beside them. Attention tells by the "
        "positions who may see what: it would hide tokens that count, and show others that are old, empty or "
        "still to come.",
        {
            "new tokens in front": (
                (
                    "found = [torch.cat((slots, entry), dim=1) for slots, entry in zip(self.slots, entries, "
                    "strict=True)]"
                ),
                (
                    "found = [torch.cat((entry, slots), dim=1) for slots, entry in zip(self.slots, entries, "
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
    "tokens that were taken back still seen": Kind(
        "You leave remembered tokens visible that do not lie before the first of the new ones. They were taken "
        "back and their places come again; attention would see such a place twice, once with a token that no "
        "longer counts.",
        {
            "tokens that were taken back still seen": (
                "remembered = torch.where(self.position < position[:, :1], self.position, NOWHERE)",
                "remembered = self.position",
            ),
            "the token that comes again seen twice": (
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
        "You decide by the place of one sequence what is hidden in all of them. The others may stand "
        "elsewhere: they would lose tokens that they have read, or still see what was taken back from them.",
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
    "what was read is hidden": Kind(
        "You hide the remembered tokens that lie before the new ones, which are what the cache is there for. "
        "The model would go on without what it has read so far.",
        {
            "everything remembered hidden": ("self.position < position[:, :1]", "self.position < 0 * position[:, :1]"),
            "the wrong ones hidden": ("self.position < position[:, :1]", "self.position > position[:, :1]"),
        },
    ),
    "nowhere a position in the past": Kind(
        "You mark slots that nobody may see with a position at the beginning of the text, or before it. That "
        "lies in the past of what follows, so that empty and outdated entries are seen wherever the window "
        "reaches that far back.",
        {
            "nowhere is position 0": ("self.position, NOWHERE)", "self.position, 0)"),
            "nowhere is position -1": ("self.position, NOWHERE)", "self.position, -1)"),
        },
    ),
    "all slots marked as empty": Kind(
        "After looking at the slots you mark all of them as empty. This call is right, but the next one finds "
        "only what came in this one, although the window may reach farther back.",
        {
            "what was hidden lost for good": (
                "remembered = torch.where(self.position < position[:, :1], self.position, NOWHERE)",
                (
                    "remembered = torch.where(self.position < position[:, :1], self.position, NOWHERE)\n"
                    "        self.position = remembered * 0 + NOWHERE"
                ),
            )
        },
    ),
    "true positions not kept": Kind(
        "You do not keep the position of what a slot now holds: nothing is kept, or the number of the slot. "
        "Later calls cannot tell what is wanted, what is old and what was taken back.",
        {
            "positions of the slots not kept": ("self.position[sequence, slot] = position", "pass"),
            "positions kept as slots": (
                "self.position[sequence, slot] = position",
                "self.position[sequence, slot] = slot",
            ),
        },
    ),
    "the first tokens of a long piece kept": Kind(
        "Of a piece that is longer than the cache you remember the first tokens instead of the last. What "
        "comes next looks at the tokens nearest to it, and they would be missing.",
        {"the first tokens of a long piece kept": ("new[:, -self.capacity :]", "new[:, : self.capacity]")},
    ),
    "too few new tokens kept": Kind(
        "Of the new tokens you remember fewer than there are slots for. Those that come next would look for "
        "them inside their window, and find older ones or nothing.",
        {
            "one too few kept of a long piece": ("new[:, -self.capacity :]", "new[:, -max(self.capacity - 1, 1) :]"),
            "only the last token remembered": (
                "position, *entries = (new[:, -self.capacity :] for new in (position, *entries))",
                "position, *entries = (new[:, -1 :] for new in (position, *entries))",
            ),
        },
    ),
    "positions of a long piece not cut": Kind(
        "You cut the entries of a long piece down to the last ones, but not the positions that belong to them. "
        "There are then more positions than entries, and they cannot be written together.",
        {
            "positions of a long piece not cut": (
                "position, *entries = (new[:, -self.capacity :] for new in (position, *entries))",
                "entries = [new[:, -self.capacity :] for new in entries]",
            )
        },
    ),
    "entries not written": Kind(
        "You keep the positions of the new tokens, but do not write their entries into the slots. Later tokens "
        "would look at zeros as though they had been read.",
        {"entries not kept": ("slots[sequence, slot] = entry", "pass")},
    ),
    "added to what was there": Kind(
        "You add a new entry to what its slot has held before. Every round comes back to the same slots, which "
        "would hold sums of several tokens where only the newest counts.",
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
    "more slots than were asked for": Kind(
        "Where the first piece is longer than the cache, you make the cache as large as the piece. It is small "
        "on purpose, since its layer sees no farther; a long prompt would take as much memory as if there were "
        "no window.",
        {
            "room for the longest piece only": (
                "            self.allocate(entries)",
                (
                    "            self.capacity = max(self.capacity, position.size(1))\n"
                    "            self.allocate(entries)"
                ),
            )
        },
    ),
}
