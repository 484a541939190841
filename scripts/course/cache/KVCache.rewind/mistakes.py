"""What people write for cache.KVCache.rewind, and why it matters."""

from scripts.course.cache.explanations import CHANGED_BEFORE_THE_ERROR
from scripts.workshop.diagnose import Kind

MISTAKES = {
    "subtracted from the lengths": Kind(
        "You subtract to get the new lengths, although what is handed in says already how many tokens stay. "
        "The sequences would then go on from places that nobody asked for, with too many or too few of their "
        "tokens.",
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
        "You take every sequence back to the same length, that of one of them. Texts of a batch end in "
        "different places; the others would keep too many tokens, or lose some that they need.",
        {
            "all to the longest": ("self.length = length", "self.length = length.max().expand_as(length)"),
            "all to the first's length": ("self.length = length", "self.length = length[:1].expand_as(length)"),
            "all to the shortest": ("self.length = length", "self.length = length.min().expand_as(length)"),
        },
    ),
    "one token left too many": Kind(
        "You leave one token more than was asked for. It counts as read although it was taken back, and "
        "whatever comes next stands one place too far on.",
        {"one token left too many": ("self.length = length", "self.length = length + 1")},
    ),
    "longest not the greatest length": Kind(
        "Your `longest` is another number than the greatest of the new lengths. Too small, the layers hold "
        "back tokens that stay; too large, they hand out slots behind the end, and tokens that would fit are "
        "refused.",
        {
            "longest not changed": ("self.longest = int(length.max())", "pass"),
            "longest the shortest": ("self.longest = int(length.max())", "self.longest = int(length.min())"),
            "longest the first's": ("self.longest = int(length.max())", "self.longest = int(length[0])"),
            "longest the sum": ("self.longest = int(length.max())", "self.longest = int(length.sum())"),
            "longest from what was taken back": ("self.longest = int(length.max())", "self.longest -= int(back.max())"),
            "longest less all steps together": ("self.longest = int(length.max())", "self.longest -= int(back.sum())"),
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
        "You tell the layers another number than the length of the longest sequence. Told too little, they "
        "hold back tokens that stay; told too much, they hand out slots that nobody needs.",
        {
            "layers told the shortest": ("layer.rewind(self.longest)", "layer.rewind(int(length.min()))"),
            "layers told how many go": ("layer.rewind(self.longest)", "layer.rewind(int(back.max()))"),
        },
    ),
    "layers told too early": Kind(
        "You tell the layers before the new longest is known, so that the first thing they hear is the old "
        "one. They should hear the new number once, and nothing at all where the call is refused.",
        {
            "layers told before it is known": (
                "back = farthest - length",
                ("back = farthest - length\n        for layer in self.layers:\n            layer.rewind(self.longest)"),
            )
        },
    ),
    "slots cleared": Kind(
        "You clear slots, and among them some whose tokens stay. Tokens that were taken back are hidden by "
        "their positions anyway; of the others, the model would lose what it has read.",
        {
            "layers emptied": (
                "layer.rewind(self.longest)",
                "layer.rewind(self.longest)\n            layer.slots = ()",
            ),
            "slots wiped": (
                "layer.rewind(self.longest)",
                ("layer.rewind(self.longest)\n            for slots in layer.slots:\n                slots.zero_()"),
            ),
            "what is behind the shortest wiped": (
                "layer.rewind(self.longest)",
                (
                    "layer.rewind(self.longest)\n"
                    "            for slots in layer.slots:\n"
                    "                slots[:, int(length.min()) :] = 0"
                ),
            ),
        },
    ),
    "slots moved": Kind(
        "You move what lies in the slots. A token has to stay in the slot where it was put, since it is looked "
        "for there; moved, it answers under the position of another one.",
        {
            "slots moved to the front": (
                "layer.rewind(self.longest)",
                (
                    "layer.rewind(self.longest)\n"
                    "            layer.slots = tuple(slots.roll(-int(back.max()), 1) for slots in layer.slots)"
                ),
            )
        },
    ),
    "impossible lengths taken": Kind(
        "You take a length that cannot be: a negative one, or one beyond what that very sequence has read. The "
        "cache would count tokens that nobody has read, or go on at positions below zero.",
        {
            "any length taken": ("if (length < 0).any() or (length > self.length).any():", "if False:"),
            "negative lengths taken": ("(length < 0).any() or ", ""),
            "lengths taken that were never read": (" or (length > self.length).any()", ""),
            "refused only where all are wrong": (
                "if (length < 0).any() or (length > self.length).any():",
                "if (length < 0).all() or (length > self.length).all():",
            ),
            "only the longest compared": ("(length > self.length).any()", "length.max() > self.longest"),
        },
    ),
    "possible lengths refused": Kind(
        "You refuse a length that is allowed: no token kept, or none taken back. In a batch some sequences "
        "often stay as they are while others go back, and a text may begin anew.",
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
            "windows not thought of": ("if rolling and back.max() > self.spare:", "if False:"),
            "spare compared with the smallest step": (
                "if rolling and back.max() > self.spare:",
                "if rolling and back.min() > self.spare:",
            ),
            "spare compared with the longest": (
                "if rolling and back.max() > self.spare:",
                "if rolling and self.longest - length.max() > self.spare:",
            ),
            "spare only where all layers have windows": ("rolling = any(", "rolling = all("),
            "farthest only ever the first": (
                "self.length.clamp(min=self.farthest)",
                "self.length.clamp(max=self.farthest)",
            ),
        },
    ),
    "too little taken back with windows": Kind(
        "You refuse to take tokens back that all layers still remember. Each sequence by itself may go back by "
        "as much as `spare`; otherwise texts of different lengths could not be read together.",
        {
            "windows refused altogether": ("if rolling and back.max() > self.spare:", "if rolling:"),
            "one less than spare": (
                "if rolling and back.max() > self.spare:",
                "if rolling and back.max() >= self.spare:",
            ),
            "spare compared with all steps together": (
                "if rolling and back.max() > self.spare:",
                "if rolling and back.sum() > self.spare:",
            ),
        },
    ),
    "spare asked for without windows": Kind(
        "You ask for `spare` where no layer has a window. Such layers keep every position, so that any number "
        "of tokens can be taken back and there is no reason to refuse.",
        {"spare asked for without windows": ("if rolling and back.max() > self.spare:", "if back.max() > self.spare:")},
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
            "changed before the error": (
                "back = farthest - length",
                "back = farthest - length\n        self.length = length",
            ),
            "everything changed before the error": (
                "back = farthest - length",
                (
                    "back = farthest - length\n"
                    "        self.farthest, self.length, self.longest = farthest, length, int(length.max())"
                ),
            ),
            "longest changed before the error": (
                "back = farthest - length",
                "back = farthest - length\n        self.longest = int(length.max())",
            ),
            "everything changed before the error, and the layers told": (
                "back = farthest - length",
                (
                    "back = farthest - length\n"
                    "        self.farthest, self.length, self.longest = farthest, length, int(length.max())\n"
                    "        for layer in self.layers:\n"
                    "            layer.rewind(self.longest)"
                ),
            ),
        },
    ),
    "lengths handed in changed": Kind(
        "You change the tensor of lengths that was handed in. Whoever called goes on working with it, and "
        "since the cache keeps that same tensor, its own lengths change too.",
        {"the lengths handed in changed": ("self.length = length\n", "self.length = length\n        length -= 1\n")},
    ),
}
