"""Mistakes in cache.py."""

from . import Kind

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
ADVANCED = (
    "if self.longest + T > self.max_seq_len:\n"
    "            raise ValueError(\n"
    '                f"{self.longest} tokens and {T} more: the positions end at max_seq_len = '
    '{self.max_seq_len}"\n'
    "            )\n"
    "        # Every sequence goes on where it stands.\n"
    "        position = length[:, None] + torch.arange(T, device=tokens.device)\n"
    "        self.length = length + T\n"
    "        self.longest += T"
)
OTHERS = "if length.size(0) != B:"
BACK = "back = farthest - length"
IMPOSSIBLE = "if (length < 0).any() or (length > self.length).any():"
SPARE = "if rolling and back.max() > self.spare:"

# Explanations that several pieces share.
CHANGED_BEFORE_THE_ERROR = (
    "You change the lengths before it is certain that the call goes through. One that is refused must leave no trace, "
    "so that whoever called can catch the error and go on."
)
MADE_ANEW = (
    "You make the slots anew although there are some already, and with them goes everything that was remembered. The "
    "model would go on writing without knowing what it has read."
)
SHARED = (
    "You keep something on the class, where all caches find it, instead of on this one cache. Every layer has a cache "
    "of its own; shared, a layer would read, count or overwrite what belongs to another."
)
ENTRIES_OF_ANOTHER = (
    "Entries of one sequence get into the slots of another. The texts of a batch know nothing of each other, and here "
    "one of them would go on from what its neighbour has read."
)
SEQUENCE_SECOND = (
    "You index the slots by place first and by sequence second. Their first axis counts the sequences, so that a "
    "token lands in the wrong text, or outside of the tensor."
)

MISTAKES = {
    "cache.KVCache.advance": {
        "lengths changed in place": Kind(
            "You add to the tensor of lengths that is there, and whoever handed it in, with rewind, still holds it. "
            "Their lengths change behind their back, and so do all that were kept from earlier calls.",
            {"lengths changed in place": ("self.length = length + T", "self.length = length.add_(T)")},
        ),
        "always from zero": Kind(
            "In every call your positions begin at zero, whatever has been read before. A text that is read in pieces "
            "would have all its pieces at the beginning, one on top of the other.",
            {"always from zero": ("position = length[:, None] +", "position = torch.zeros_like(length)[:, None] +")},
        ),
        "counted from one": Kind(
            "Your positions begin one place too late: the first token of all gets position one. The first slot of the "
            "cache stays empty then, and the last token that should fit finds none.",
            {
                "counted from one": (
                    "torch.arange(T, device=tokens.device)",
                    "torch.arange(1, T + 1, device=tokens.device)",
                )
            },
        ),
        "all tokens in one place": Kind(
            "You put all new tokens of a sequence in the place of the first one. They would overwrite each other in "
            "the cache, and the model could not tell their order.",
            {
                "every token where the first stands": (
                    "torch.arange(T, device=tokens.device)",
                    "torch.zeros_like(tokens)",
                )
            },
        ),
        "one place for all sequences": Kind(
            "You begin every sequence of the batch at the same place, that of the longest or the first. Sequences may "
            "be of different lengths; begun elsewhere than where it stands, one leaves a gap or overwrites what it "
            "has read.",
            {
                "the longest sequence's place for all": ("length[:, None] +", "self.longest + 0 * length[:, None] +"),
                "the first sequence's place for all": ("length[:, None] +", "length[:1, None] + 0 * length[:, None] +"),
            },
        ),
        "positions of one sequence only": Kind(
            "You return the positions of the first sequence only, where each is to have a row of its own. The others "
            "may stand elsewhere, and their tokens would be kept under positions that are not theirs.",
            {
                "positions of one sequence only": ("position = length[:, None] +", "position = length[0] +"),
                "positions of (1, T)": ("return position", "return position[:1]"),
            },
        ),
        "counted as read too early": Kind(
            "You count the new tokens as read before you work out where they stand. Their positions then come too "
            "late by the length of the piece, and the model sees a gap where there is none.",
            {
                "counted as read too early": (
                    "position = length[:, None]",
                    "length = length + T\n        position = length[:, None]",
                )
            },
        ),
        "counted as read several times": Kind(
            "Your length grows by a multiple of the new tokens. They count once for a whole forward pass, however "
            "many layers read them; otherwise the next tokens stand behind a gap.",
            {
                "counted as read once for every layer": (
                    "self.length = length + T",
                    "self.length = length + T * len(self.layers)",
                ),
                "counted twice": ("self.length = length + T", "self.length = length + 2 * T"),
            },
        ),
        "not all counted as read": Kind(
            "Your length falls behind: not all tokens that have been read, old and new, are counted in it. The next "
            "ones get places that are taken already, and overwrite what the layers remember there.",
            {
                "counted as read one by one": ("self.length = length + T", "self.length = length + 1"),
                "not counted as read": ("self.length = length + T", "self.length = length"),
                "the new tokens alone counted": ("self.length = length + T", "self.length = 0 * length + T"),
            },
        ),
        "longest falls behind": Kind(
            "Your `longest` ends up smaller than the longest sequence is. By it the cache tells whether the next "
            "tokens still fit, and it would notice too late that they do not.",
            {
                "longest not brought up to date": ("self.longest += T", "pass"),
                "longest the number of new tokens": ("self.longest += T", "self.longest = T"),
                "longest the shortest": ("self.longest += T", "self.longest = int(self.length.min())"),
                "longest one by one": ("self.longest += T", "self.longest += 1"),
            },
        ),
        "full too early": Kind(
            "You refuse tokens that would still fit: the last position stays unused. A text exactly as long as the "
            "model can read is allowed, and has to go through.",
            {
                "full one token too early": (
                    "self.longest + T > self.max_seq_len",
                    "self.longest + T >= self.max_seq_len",
                )
            },
        ),
        "too many tokens let through": Kind(
            "You let tokens through for which there are no positions left. What counts is how far the longest "
            "sequence would come with all of the new ones: behind the last position there are no slots, and no rows "
            "in the tables.",
            {
                "full one token too late": (
                    "self.longest + T > self.max_seq_len",
                    "self.longest + T > self.max_seq_len + 1",
                ),
                "never full": (TOO_MANY, "if False:"),
                "full when it was full before": (TOO_MANY, "if self.longest > self.max_seq_len:"),
                "only the new tokens compared": (TOO_MANY, "if T > self.max_seq_len:"),
                "the first sequence compared": (TOO_MANY, "if int(length[0]) + T > self.max_seq_len:"),
            },
        ),
        "made to fit in silence": Kind(
            "Where the tokens do not fit, you cut something down, the tokens or the count of them, and go on. Whoever "
            "called would not learn that text was lost, or that positions ran past their end.",
            {
                "cut off instead of refused": (
                    "B, T = tokens.shape",
                    "tokens = tokens[:, : self.max_seq_len - self.longest]\n        B, T = tokens.shape",
                ),
                "the oldest forgotten instead": (
                    TOO_MANY,
                    "self.longest = min(self.longest, self.max_seq_len - T)\n        if False:",
                ),
            },
        ),
        "length changed before the error": Kind(
            CHANGED_BEFORE_THE_ERROR,
            {
                "length changed before the error": (TOO_MANY, f"self.length = length + T\n        {TOO_MANY}"),
                "length set before the sequences are counted": (
                    OTHERS,
                    "self.length = length.new_zeros(B)\n        if length.size(0) != B:",
                ),
                "longest changed before the error, once": (
                    ADVANCED,
                    "self.longest += T\n"
                    "        if self.longest > self.max_seq_len:\n"
                    '            raise ValueError(f"{self.longest} tokens: the positions end at max_seq_len = '
                    '{self.max_seq_len}")\n'
                    "        position = length[:, None] + torch.arange(T, device=tokens.device)\n"
                    "        self.length = length + T",
                ),
                "everything changed before the error": (
                    ADVANCED,
                    "position = length[:, None] + torch.arange(T, device=tokens.device)\n"
                    "        self.length = length + T\n"
                    "        self.longest += T\n"
                    "        if self.longest > self.max_seq_len:\n"
                    '            raise ValueError(f"{self.longest} tokens: the positions end at max_seq_len = '
                    '{self.max_seq_len}")',
                ),
            },
        ),
        "longest counted before the error": Kind(
            "You count the new tokens into `longest` before you compare it, and once more at the end. The cache "
            "believes itself full too early, and keeps the wrong number even after it has refused.",
            {
                "longest changed before the error": (
                    TOO_MANY,
                    "self.longest += T\n        if self.longest > self.max_seq_len:",
                )
            },
        ),
        "another kind of error": Kind(
            "You stop with another kind of error than the `ValueError` that was agreed on. Whoever calls waits for "
            "that one, to shorten the text perhaps; any other ends the whole program.",
            {
                "an assertion instead of the error": (
                    TOO_MANY,
                    f"assert self.longest + T <= self.max_seq_len\n        {TOO_MANY}",
                ),
                "an IndexError instead of the error": (
                    TOO_MANY,
                    "if self.longest + T > self.max_seq_len:\n            raise IndexError('full')\n"
                    f"        {TOO_MANY}",
                ),
            },
        ),
        "another number of sequences taken": Kind(
            "You take a batch with another number of sequences than the cache holds. Nobody can tell which of them is "
            "missing or new, and tokens would be read as going on from the wrong text.",
            {
                "any number of sequences": (OTHERS, "if False:"),
                "fewer sequences let through": (OTHERS, "if length.size(0) < B:"),
            },
        ),
        "no tensor of int64": Kind(
            "What you return is not a tensor of int64. The layers use it as an index into slots and tables and "
            "compare it with other positions, for which they want whole numbers of that dtype.",
            {
                "int32": ("return position", "return position.int()"),
                "float": ("dtype=torch.int64", "dtype=torch.float32"),
                "a list": ("return position", "return position.tolist()"),
            },
        ),
    },
    "cache.KVCache.rewind": {
        "subtracted from the lengths": Kind(
            "You subtract to get the new lengths, although what is handed in says already how many tokens stay. The "
            "sequences would then go on from places that nobody asked for, with too many or too few of their tokens.",
            {
                "taken as how many to take back": ("self.length = length", "self.length = back"),
                "taken back twice": ("self.length = length", "self.length = length - back"),
            },
        ),
        "length not changed": Kind(
            "You leave the lengths as they were. Tokens that were taken back still count as read: new ones get "
            "positions behind them, and see what should be gone.",
            {"length not changed": ("self.length = length", "pass")},
        ),
        "one length for all sequences": Kind(
            "You take every sequence back to the same length, that of one of them. Texts of a batch end in different "
            "places; the others would keep too many tokens, or lose some that they need.",
            {
                "all to the longest": ("self.length = length", "self.length = length.max().expand_as(length)"),
                "all to the first's length": ("self.length = length", "self.length = length[:1].expand_as(length)"),
                "all to the shortest": ("self.length = length", "self.length = length.min().expand_as(length)"),
            },
        ),
        "one token left too many": Kind(
            "You leave one token more than was asked for. It counts as read although it was taken back, and whatever "
            "comes next stands one place too far on.",
            {"one token left too many": ("self.length = length", "self.length = length + 1")},
        ),
        "longest not the greatest length": Kind(
            "Your `longest` is another number than the greatest of the new lengths. Too small, the layers hold back "
            "tokens that stay; too large, they hand out slots behind the end, and tokens that would fit are refused.",
            {
                "longest not changed": ("self.longest = int(length.max())", "pass"),
                "longest the shortest": ("self.longest = int(length.max())", "self.longest = int(length.min())"),
                "longest the first's": ("self.longest = int(length.max())", "self.longest = int(length[0])"),
                "longest the sum": ("self.longest = int(length.max())", "self.longest = int(length.sum())"),
                "longest from what was taken back": (
                    "self.longest = int(length.max())",
                    "self.longest -= int(back.max())",
                ),
                "longest less all steps together": (
                    "self.longest = int(length.max())",
                    "self.longest -= int(back.sum())",
                ),
            },
        ),
        "not every layer told": Kind(
            "Not every layer is told how long the sequences are now. Those left out go on handing out what lies "
            "behind the new ends, and every step computes with keys that nobody may see.",
            {
                "layers not told": ("layer.rewind(self.longest)", "pass"),
                "only the first layer told": ("for layer in self.layers:", "for layer in self.layers[:1]:"),
            },
        ),
        "layers told another number": Kind(
            "You tell the layers another number than the length of the longest sequence. Told too little, they hold "
            "back tokens that stay; told too much, they hand out slots that nobody needs.",
            {
                "layers told the shortest": ("layer.rewind(self.longest)", "layer.rewind(int(length.min()))"),
                "layers told how many go": ("layer.rewind(self.longest)", "layer.rewind(int(back.max()))"),
            },
        ),
        "layers told too early": Kind(
            "You tell the layers before the new longest is known, so that the first thing they hear is the old one. "
            "They should hear the new number once, and nothing at all where the call is refused.",
            {
                "layers told before it is known": (
                    BACK,
                    f"{BACK}\n        for layer in self.layers:\n            layer.rewind(self.longest)",
                )
            },
        ),
        "slots cleared": Kind(
            "You clear slots, and among them some whose tokens stay. Tokens that were taken back are hidden by their "
            "positions anyway; of the others, the model would lose what it has read.",
            {
                "layers emptied": (
                    "layer.rewind(self.longest)",
                    "layer.rewind(self.longest)\n            layer.slots = ()",
                ),
                "slots wiped": (
                    "layer.rewind(self.longest)",
                    "layer.rewind(self.longest)\n            for slots in layer.slots:\n                slots.zero_()",
                ),
                "what is behind the shortest wiped": (
                    "layer.rewind(self.longest)",
                    "layer.rewind(self.longest)\n"
                    "            for slots in layer.slots:\n                slots[:, int(length.min()) :] = 0",
                ),
            },
        ),
        "slots moved": Kind(
            "You move what lies in the slots. A token has to stay in the slot where it was put, since it is looked "
            "for there; moved, it answers under the position of another one.",
            {
                "slots moved to the front": (
                    "layer.rewind(self.longest)",
                    "layer.rewind(self.longest)\n"
                    "            layer.slots = tuple(slots.roll(-int(back.max()), 1) for slots in layer.slots)",
                )
            },
        ),
        "impossible lengths taken": Kind(
            "You take a length that cannot be: a negative one, or one beyond what that very sequence has read. The "
            "cache would count tokens that nobody has read, or go on at positions below zero.",
            {
                "any length taken": (IMPOSSIBLE, "if False:"),
                "negative lengths taken": ("(length < 0).any() or ", ""),
                "lengths taken that were never read": (" or (length > self.length).any()", ""),
                "refused only where all are wrong": (
                    IMPOSSIBLE,
                    "if (length < 0).all() or (length > self.length).all():",
                ),
                "only the longest compared": ("(length > self.length).any()", "length.max() > self.longest"),
            },
        ),
        "possible lengths refused": Kind(
            "You refuse a length that is allowed: no token kept, or none taken back. In a batch some sequences often "
            "stay as they are while others go back, and a text may begin anew.",
            {
                "length 0 refused": ("(length < 0).any()", "(length <= 0).any()"),
                "the present length refused": ("(length > self.length).any()", "(length >= self.length).any()"),
            },
        ),
        "too much taken back with windows": Kind(
            "You let more be taken back than a layer with a window can still remember. One such layer and one such "
            "sequence are enough to refuse: what was overwritten is lost, and attention would miss keys that it "
            "should see.",
            {
                "windows not thought of": (SPARE, "if False:"),
                "spare compared with the smallest step": (SPARE, "if rolling and back.min() > self.spare:"),
                "spare compared with the longest": (SPARE, "if rolling and self.longest - length.max() > self.spare:"),
                "spare only where all layers have windows": ("rolling = any(", "rolling = all("),
                "farthest only ever the first": (
                    "self.length.clamp(min=self.farthest)",
                    "self.length.clamp(max=self.farthest)",
                ),
            },
        ),
        "too little taken back with windows": Kind(
            "You refuse to take tokens back that all layers still remember. Each sequence by itself may go back by as "
            "much as `spare`; otherwise texts of different lengths could not be read together.",
            {
                "windows refused altogether": (SPARE, "if rolling:"),
                "one less than spare": (SPARE, "if rolling and back.max() >= self.spare:"),
                "spare compared with all steps together": (SPARE, "if rolling and back.sum() > self.spare:"),
            },
        ),
        "spare asked for without windows": Kind(
            "You ask for `spare` where no layer has a window. Such layers keep every position, so that any number of "
            "tokens can be taken back and there is no reason to refuse.",
            {"spare asked for without windows": (SPARE, "if back.max() > self.spare:")},
        ),
        "the farthest forgotten": Kind(
            "You measure from what counts as read now, and forget that a sequence had come farther before. What it "
            "overwrote then does not come back, so that several small steps together would go back too far.",
            {
                "the farthest not kept": ("self.farthest = farthest", "pass"),
                "the last counted, not the farthest": (".clamp(min=self.farthest)", ""),
            },
        ),
        "changed before the error": Kind(
            CHANGED_BEFORE_THE_ERROR,
            {
                "changed before the error": (BACK, f"{BACK}\n        self.length = length"),
                "everything changed before the error": (
                    BACK,
                    f"{BACK}\n        self.farthest, self.length, self.longest = farthest, length, int(length.max())",
                ),
                "longest changed before the error": (BACK, f"{BACK}\n        self.longest = int(length.max())"),
                "everything changed before the error, and the layers told": (
                    BACK,
                    f"{BACK}\n        self.farthest, self.length, self.longest = farthest, length, int(length.max())\n"
                    "        for layer in self.layers:\n            layer.rewind(self.longest)",
                ),
            },
        ),
        "lengths handed in changed": Kind(
            "You change the tensor of lengths that was handed in. Whoever called goes on working with it, and since "
            "the cache keeps that same tensor, its own lengths change too.",
            {
                "the lengths handed in changed": (
                    "self.length = length\n",
                    "self.length = length\n        length -= 1\n",
                )
            },
        ),
    },
    "cache.ContiguousCache.update": {
        "slots chosen without the positions": Kind(
            "You fill the first slots, or those behind what is in use, without asking for the positions. Sequences "
            "stand in different places and tokens come again, so that entries end up in the slots of other positions.",
            {
                "put behind what is there": (
                    WRITE,
                    "slots[:, self.used : self.used + position.size(1)] = entry",
                ),
                "put at the front": (WRITE, "slots[:, : position.size(1)] = entry"),
                "put at the end of what is used": (
                    WRITE,
                    "end = min(self.used + position.size(1), self.capacity)\n"
                    "            slots[:, end - position.size(1) : end] = entry",
                ),
            },
        ),
        "one slot too far": Kind(
            "You put every token one slot behind that of its position. There it counts as standing in its own future, "
            "where even the token itself cannot see it.",
            {"one slot too far": (WRITE, "slots[sequence, (position + 1) % self.capacity] = entry")},
        ),
        "one sequence's places for all": Kind(
            "You put the tokens of all sequences into the slots of one sequence's positions. The others may stand "
            "elsewhere: their entries would overwrite what they need, or lie too far on to be seen.",
            {
                "put at the first sequence's places": (WRITE, "slots[:, position[0]] = entry"),
                "put at the last sequence's places": (WRITE, "slots[:, position[-1]] = entry"),
            },
        ),
        "entries of another sequence": Kind(
            ENTRIES_OF_ANOTHER,
            {
                "the first sequence's entries for all": (WRITE, "slots[sequence, position] = entry[:1]"),
                "every sequence's entries everywhere": (WRITE, "slots[:, position.flatten()] = entry.flatten(0, 1)"),
            },
        ),
        "not all new tokens written": Kind(
            "Of the new tokens you write only one for every sequence. The slots of the others stay as they were, and "
            "later tokens would look at zeros there, or at something old, instead of the prompt.",
            {
                "only the last token remembered": (WRITE, "slots[sequence, position[:, -1:]] = entry[:, -1:]"),
                "only the first token remembered": (WRITE, "slots[sequence, position[:, :1]] = entry[:, :1]"),
            },
        ),
        "sequence and position swapped": Kind(
            SEQUENCE_SECOND, {"sequence and position swapped": (WRITE, "slots[position, sequence] = entry")}
        ),
        "what was there not replaced": Kind(
            "Where a slot has held something before, the new entry does not replace it: you add the two, or keep the "
            "old one. Other tokens come in the place of those that were taken back, and they alone must be found "
            "there.",
            {
                "added to what was there": (WRITE, "slots[sequence, position] += entry"),
                "what was there kept": (
                    WRITE,
                    "slots[sequence, position] = "
                    "torch.where(slots[sequence, position] == 0, entry, slots[sequence, position])",
                ),
            },
        ),
        "nothing written": Kind(
            "Nothing of the new tokens gets into the slots: nothing is assigned, or only to a copy, which is what "
            "indexing twice with tensors makes. The model would look back at zeros instead of what it has read.",
            {
                "nothing written": (WRITE, "pass"),
                "a copy written to": (WRITE, "slots[sequence][:, position] = entry"),
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
            "You do not make a slot for every position: either none at all, or only as many as the first tokens need. "
            "The first tokens, or the next ones at the latest, find no place to be written to.",
            {
                "slots never made": ("if not self.slots:", "if False:"),
                "slots made for these tokens only": (
                    ALLOCATE,
                    "            self.slots = tuple(torch.zeros_like(entry) for entry in entries)",
                ),
            },
        ),
        "shared by all caches": Kind(
            SHARED,
            {
                "slots shared by all caches": (
                    ALLOCATE,
                    f"{ALLOCATE}\n            type(self).slots = self.slots\n            del self.slots",
                ),
                "used shared by all caches": (
                    USED,
                    "type(self).used = min(self.used + position.size(1), self.capacity)",
                ),
            },
        ),
        "used grown by another number": Kind(
            "You do not let `used` grow by as many tokens as each sequence got. If it falls behind, the newest tokens "
            "are missing from what is handed out; if it runs ahead, empty slots come along.",
            {
                "used not grown": (USED, "self.used = max(self.used, position.size(1))"),
                "used the new tokens only": (USED, "self.used = min(position.size(1), self.capacity)"),
                "used grown by one": (USED, "self.used = min(self.used + 1, self.capacity)"),
                "used grown by the sequences": (USED, "self.used = min(self.used + position.size(0), self.capacity)"),
            },
        ),
        "used read off one position": Kind(
            "You read `used` off one position, which may leave a newest token outside: that of a longer sequence, or "
            "the last of all, since positions count from zero. It would not be handed out, and could not even see "
            "itself.",
            {
                "used the first sequence's length": (USED, "self.used = int(position[0, -1]) + 1"),
                "used the last sequence's length": (USED, "self.used = int(position[-1, -1]) + 1"),
                "used the last position": (USED, "self.used = int(position.max())"),
            },
        ),
        "used past the capacity": Kind(
            "You let `used` grow beyond the number of slots. Where slots are written again, their tokens are counted "
            "a second time, and you would hand out more positions than slots.",
            {"used past the capacity": (USED, "self.used = self.used + position.size(1)")},
        ),
        "used grown after handing out": Kind(
            "You choose what is handed out before `used` has grown. The new tokens are missing from it, so that none "
            "of them could see itself, and the first ones would see nothing at all.",
            {
                "used grown after handing out": (
                    f"{USED}\n        {KEY_POSITION}\n        {HANDED_OUT}",
                    f"{KEY_POSITION}\n        found = [slots[:, : self.used] for slots in self.slots]\n        {USED}\n"
                    "        return key_position, *found",
                )
            },
        ),
        "only the new tokens handed out": Kind(
            "You hand back only what was handed in. Attention would see the new tokens alone, and everything that was "
            "read before would be remembered for nothing.",
            {"only the new tokens handed out": (HANDED_OUT, "return position, *entries")},
        ),
        "more slots than positions": Kind(
            "You hand out more slots than positions. Attention tells by its position whether a key may be seen, so "
            "that every slot handed out needs exactly one.",
            {
                "all slots handed out": (HANDED_OUT, "return key_position, *self.slots"),
                "positions of the new tokens only": (HANDED_OUT, HANDED_OUT.replace("key_position", "position")),
                "the new tokens twice": (
                    HANDED_OUT,
                    "return key_position, *(torch.cat((s[:, : self.used], e), 1) for s, e in zip(self.slots, entries))",
                ),
            },
        ),
        "the last slots handed out": Kind(
            "You hand out slots from the end, where mostly nothing has been written yet. The positions beside them "
            "count from the first slot, so that keys and positions do not belong together.",
            {
                "the last slots handed out": (
                    HANDED_OUT,
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
            "You pull the positions of slots behind a sequence's end back to its newest token. What lies there is old "
            "or empty, and is hidden only as long as its position lies in the future.",
            {
                "positions up to the longest": (
                    KEY_POSITION,
                    f"{KEY_POSITION}.clamp(max=position.max(dim=1, keepdim=True).values)",
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
                "positions forgotten": (HANDED_OUT, "return tuple(slots[:, : self.used] for slots in self.slots)"),
                "kinds in another order": ("for slots in self.slots)", "for slots in self.slots[::-1])"),
                "one for all kinds": (
                    HANDED_OUT,
                    "return key_position, [slots[:, : self.used] for slots in self.slots]",
                ),
            },
        ),
        "entries handed in changed": Kind(
            "You overwrite the entries that were handed in after you have copied them into the slots. They still "
            "belong to whoever called, who may want to compute with them again.",
            {"the entries handed in changed": (WRITE, f"{WRITE}\n            entry.zero_()")},
        ),
    },
    "cache.RollingCache.update": {
        "no rounds": Kind(
            "Behind the last slot you do not begin again at the first: later positions have no slot, or all share the "
            "last one. The cache is there to go round and round, so that a few slots are enough for a long text.",
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
            "Every piece begins at the first slot again, wherever the one before has ended. New tokens then overwrite "
            "tokens that are still in the window, while older ones stay.",
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
                "cut before it is handed out": (REMEMBERED, f"{LAST}\n        {REMEMBERED}"),
            },
        ),
        "only the new tokens handed out": Kind(
            "You hand the new tokens back without having looked at the slots or written to them. Nothing is ever "
            "remembered, and every piece is read as if it were the first.",
            {"only the new tokens handed out": (REMEMBERED, "return position, *entries")},
        ),
        "positions beside the wrong entries": Kind(
            "The positions that you hand out do not belong to the entries beside them. Attention tells by the "
            "positions who may see what: it would hide tokens that count, and show others that are old, empty or "
            "still to come.",
            {
                "new tokens in front": (FOUND, FOUND.replace("(slots, entry), dim", "(entry, slots), dim")),
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
                "tokens that were taken back still seen": (REMEMBERED, "remembered = self.position"),
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
            "You decide by the place of one sequence what is hidden in all of them. The others may stand elsewhere: "
            "they would lose tokens that they have read, or still see what was taken back from them.",
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
            "You hide the remembered tokens that lie before the new ones, which are what the cache is there for. The "
            "model would go on without what it has read so far.",
            {
                "everything remembered hidden": (
                    "self.position < position[:, :1]",
                    "self.position < 0 * position[:, :1]",
                ),
                "the wrong ones hidden": ("self.position < position[:, :1]", "self.position > position[:, :1]"),
            },
        ),
        "nowhere a position in the past": Kind(
            "You mark slots that nobody may see with a position at the beginning of the text, or before it. That lies "
            "in the past of what follows, so that empty and outdated entries are seen wherever the window reaches "
            "that far back.",
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
                    REMEMBERED,
                    f"{REMEMBERED}\n        self.position = remembered * 0 + NOWHERE",
                )
            },
        ),
        "true positions not kept": Kind(
            "You do not keep the position of what a slot now holds: nothing is kept, or the number of the slot. Later "
            "calls cannot tell what is wanted, what is old and what was taken back.",
            {
                "positions of the slots not kept": ("self.position[sequence, slot] = position", "pass"),
                "positions kept as slots": (
                    "self.position[sequence, slot] = position",
                    "self.position[sequence, slot] = slot",
                ),
            },
        ),
        "the first tokens of a long piece kept": Kind(
            "Of a piece that is longer than the cache you remember the first tokens instead of the last. What comes "
            "next looks at the tokens nearest to it, and they would be missing.",
            {"the first tokens of a long piece kept": ("new[:, -self.capacity :]", "new[:, : self.capacity]")},
        ),
        "too few new tokens kept": Kind(
            "Of the new tokens you remember fewer than there are slots for. Those that come next would look for them "
            "inside their window, and find older ones or nothing.",
            {
                "one too few kept of a long piece": (
                    "new[:, -self.capacity :]",
                    "new[:, -max(self.capacity - 1, 1) :]",
                ),
                "only the last token remembered": (LAST, LAST.replace("-self.capacity :", "-1 :")),
            },
        ),
        "positions of a long piece not cut": Kind(
            "You cut the entries of a long piece down to the last ones, but not the positions that belong to them. "
            "There are then more positions than entries, and they cannot be written together.",
            {
                "positions of a long piece not cut": (
                    LAST,
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
                    ALLOCATE,
                    f"{ALLOCATE}\n            type(self).slots = self.slots\n            del self.slots",
                ),
                "positions shared by all caches": (
                    ALLOCATE,
                    f"{ALLOCATE}\n            type(self).position = self.position\n            del self.position",
                ),
            },
        ),
        "more slots than were asked for": Kind(
            "Where the first piece is longer than the cache, you make the cache as large as the piece. It is small on "
            "purpose, since its layer sees no farther; a long prompt would take as much memory as if there were no "
            "window.",
            {
                "room for the longest piece only": (
                    ALLOCATE,
                    f"            self.capacity = max(self.capacity, position.size(1))\n{ALLOCATE}",
                )
            },
        ),
    },
}
