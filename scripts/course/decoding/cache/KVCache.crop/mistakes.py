"""What people write for decoding.cache.KVCache.crop, and why it matters."""

from scripts.course.decoding.cache.explanations import CHANGED_BEFORE_THE_ERROR
from scripts.workshop.diagnose import Kind

MISTAKES = {
    "subtracted from the lengths": Kind(
        "You subtract to get the new lengths. The argument is the new length of every sequence itself.",
        {
            "the number of cropped tokens for the length": ("self.length = length", "self.length = rollback"),
            "cropped twice": ("self.length = length", "self.length = length - rollback"),
        },
    ),
    "length not changed": Kind(
        "You do not set self.length. Cropped tokens still count, and new ones get positions behind them.",
        {"length not changed": ("self.length = length", "pass")},
    ),
    "one length for all sequences": Kind(
        "You crop every sequence to the same length. Each has its own, length[b].",
        {
            "all to the longest": ("self.length = length", "self.length = length.max().expand_as(length)"),
            "all to the first's length": ("self.length = length", "self.length = length[:1].expand_as(length)"),
            "all to the shortest": ("self.length = length", "self.length = length.min().expand_as(length)"),
        },
    ),
    "one token left too many": Kind(
        "You leave one token too many. The next token then gets a position one too high.",
        {"one token left too many": ("self.length = length", "self.length = length + 1")},
    ),
    "max_len not the greatest length": Kind(
        "Your max_len is not the greatest of the new lengths. If it is too small, tokens are missing from what the "
        "layers return; if it is too large, `append` raises too early.",
        {
            "max_len not changed": ("self.max_len = int(length.max())", "pass"),
            "max_len the smallest length": ("self.max_len = int(length.max())", "self.max_len = int(length.min())"),
            "max_len the first length": ("self.max_len = int(length.max())", "self.max_len = int(length[0])"),
            "max_len the sum": ("self.max_len = int(length.max())", "self.max_len = int(length.sum())"),
            "max_len less the largest crop": (
                "self.max_len = int(length.max())",
                "self.max_len -= int(rollback.max())",
            ),
            "max_len less the sum of the crops": (
                "self.max_len = int(length.max())",
                "self.max_len -= int(rollback.sum())",
            ),
        },
    ),
    "not every layer cropped": Kind(
        "You do not crop every layer. The others go on returning slots behind the longest sequence.",
        {
            "layers not cropped": ("layer.crop(self.max_len)", "pass"),
            "only the first layer cropped": ("for layer in self.layers:", "for layer in self.layers[:1]:"),
        },
    ),
    "layers cropped to another length": Kind(
        "You crop the layers to another length than max_len. If it is too small, tokens of the longest sequence are "
        "missing; if it is too large, stale slots are returned.",
        {
            "layers cropped to the smallest length": ("layer.crop(self.max_len)", "layer.crop(int(length.min()))"),
            "layers cropped to the number of cropped tokens": (
                "layer.crop(self.max_len)",
                "layer.crop(int(rollback.max()))",
            ),
        },
    ),
    "layers cropped too early": Kind(
        "You crop the layers to the old max_len, before the new one is known. Crop them once, after all checks.",
        {
            "layers cropped too early": (
                "rollback = max_len_seen - length",
                (
                    "rollback = max_len_seen - length\n        for layer in self.layers:\n            layer.crop(self.max_len)"
                ),
            )
        },
    ),
    "slots cleared": Kind(
        "You clear slots, some of which hold tokens that stay. The causal mask hides the cropped ones anyway.",
        {
            "layers emptied": (
                "layer.crop(self.max_len)",
                "layer.crop(self.max_len)\n            layer.slots = ()",
            ),
            "slots wiped": (
                "layer.crop(self.max_len)",
                ("layer.crop(self.max_len)\n            for slots in layer.slots:\n                slots.zero_()"),
            ),
            "what is behind the shortest wiped": (
                "layer.crop(self.max_len)",
                (
                    "layer.crop(self.max_len)\n"
                    "            for slots in layer.slots:\n"
                    "                slots[:, int(length.min()) :] = 0"
                ),
            ),
        },
    ),
    "slots moved": Kind(
        "You move entries to other slots. An entry stays in the slot of its position.",
        {
            "slots moved to the front": (
                "layer.crop(self.max_len)",
                (
                    "layer.crop(self.max_len)\n"
                    "            layer.slots = tuple(slots.roll(-int(rollback.max()), 1) for slots in layer.slots)"
                ),
            )
        },
    ),
    "impossible lengths accepted": Kind(
        "You accept a length below 0, or above the present one of that sequence. One such length in the batch is enough "
        "for an error.",
        {
            "any length accepted": ("if (length < 0).any() or (length > self.length).any():", "if False:"),
            "negative lengths accepted": ("(length < 0).any() or ", ""),
            "lengths above the present one accepted": (" or (length > self.length).any()", ""),
            "refused only where all are wrong": (
                "if (length < 0).any() or (length > self.length).any():",
                "if (length < 0).all() or (length > self.length).all():",
            ),
            "only the longest compared": ("(length > self.length).any()", "length.max() > self.max_len"),
        },
    ),
    "possible lengths refused": Kind(
        "You raise for a length that is allowed. 0 and the present length are.",
        {
            "length 0 refused": ("(length < 0).any()", "(length <= 0).any()"),
            "the present length refused": ("(length > self.length).any()", "(length >= self.length).any()"),
        },
    ),
    "too much cropped with sliding windows": Kind(
        "You allow a crop by more tokens than a rolling layer keeps. One such layer and one such sequence are enough "
        "for an error: the slots have been overwritten.",
        {
            "no limit": ("if rolling and rollback.max() > self.rollback_window:", "if False:"),
            "the smallest crop compared": (
                "if rolling and rollback.max() > self.rollback_window:",
                "if rolling and rollback.min() > self.rollback_window:",
            ),
            "the longest sequence compared": (
                "if rolling and rollback.max() > self.rollback_window:",
                "if rolling and self.max_len - length.max() > self.rollback_window:",
            ),
            "only where all layers are rolling": ("rolling = any(", "rolling = all("),
            "max_len_seen only ever the first": (
                "self.length.clamp(min=self.max_len_seen)",
                "self.length.clamp(max=self.max_len_seen)",
            ),
        },
    ),
    "too little cropped with sliding windows": Kind(
        "You raise for a crop that every layer still allows. Each sequence can be cropped by up to rollback_window by "
        "itself.",
        {
            "no crop with sliding windows": ("if rolling and rollback.max() > self.rollback_window:", "if rolling:"),
            "one less than rollback_window": (
                "if rolling and rollback.max() > self.rollback_window:",
                "if rolling and rollback.max() >= self.rollback_window:",
            ),
            "the sum of the crops compared": (
                "if rolling and rollback.max() > self.rollback_window:",
                "if rolling and rollback.sum() > self.rollback_window:",
            ),
        },
    ),
    "a limit without sliding windows": Kind(
        "You apply rollback_window where no layer is rolling. A contiguous layer keeps all positions and can be cropped "
        "to any length.",
        {
            "spare asked for without windows": (
                "if rolling and rollback.max() > self.rollback_window:",
                "if rollback.max() > self.rollback_window:",
            )
        },
    ),
    "max_len_seen forgotten": Kind(
        "You measure from the present length instead of the greatest one so far. What was overwritten then does not "
        "come back, so that several small crops together go too far.",
        {
            "max_len_seen not kept": ("self.max_len_seen = max_len_seen", "pass"),
            "the present length for max_len_seen": (".clamp(min=self.max_len_seen)", ""),
        },
    ),
    "changed before the error": Kind(
        CHANGED_BEFORE_THE_ERROR,
        {
            "changed before the error": (
                "rollback = max_len_seen - length",
                "rollback = max_len_seen - length\n        self.length = length",
            ),
            "everything changed before the error": (
                "rollback = max_len_seen - length",
                (
                    "rollback = max_len_seen - length\n"
                    "        self.max_len_seen, self.length, self.max_len = max_len_seen, length, int(length.max())"
                ),
            ),
            "max_len_seen changed before the error": (
                "rollback = max_len_seen - length",
                "self.max_len_seen = max_len_seen\n        rollback = max_len_seen - length",
            ),
            "max_len changed before the error": (
                "rollback = max_len_seen - length",
                "rollback = max_len_seen - length\n        self.max_len = int(length.max())",
            ),
            "everything changed before the error, and the layers cropped": (
                "rollback = max_len_seen - length",
                (
                    "rollback = max_len_seen - length\n"
                    "        self.max_len_seen, self.length, self.max_len = max_len_seen, length, int(length.max())\n"
                    "        for layer in self.layers:\n"
                    "            layer.crop(self.max_len)"
                ),
            ),
        },
    ),
    "the argument changed in place": Kind(
        "You modify the tensor of lengths that was passed in. The caller goes on with it, and self.length is the same "
        "tensor.",
        {"the argument changed in place": ("self.length = length\n", "self.length = length\n        length -= 1\n")},
    ),
}
