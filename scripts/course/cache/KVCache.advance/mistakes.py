"""What people write for cache.KVCache.advance, and why it matters."""

from scripts.course.cache.explanations import CHANGED_BEFORE_THE_ERROR
from scripts.workshop.diagnose import Kind

MISTAKES = {
    "lengths changed in place": Kind(
        "You add to the tensor of lengths that is there, and whoever handed it in, with rewind, still holds "
        "it. Their lengths change behind their back, and so do all that were kept from earlier calls.",
        {"lengths changed in place": ("self.length = length + T", "self.length = length.add_(T)")},
    ),
    "always from zero": Kind(
        "In every call your positions begin at zero, whatever has been read before. A text that is read in "
        "pieces would have all its pieces at the beginning, one on top of the other.",
        {"always from zero": ("position = length[:, None] +", "position = torch.zeros_like(length)[:, None] +")},
    ),
    "counted from one": Kind(
        "Your positions begin one place too late: the first token of all gets position one. The first slot of "
        "the cache stays empty then, and the last token that should fit finds none.",
        {"counted from one": ("torch.arange(T, device=tokens.device)", "torch.arange(1, T + 1, device=tokens.device)")},
    ),
    "all tokens in one place": Kind(
        "You put all new tokens of a sequence in the place of the first one. They would overwrite each other "
        "in the cache, and the model could not tell their order.",
        {"every token where the first stands": ("torch.arange(T, device=tokens.device)", "torch.zeros_like(tokens)")},
    ),
    "one place for all sequences": Kind(
        "You begin every sequence of the batch at the same place, that of the longest or the first. Sequences "
        "may be of different lengths; begun elsewhere than where it stands, one leaves a gap or overwrites "
        "what it has read.",
        {
            "the longest sequence's place for all": ("length[:, None] +", "self.longest + 0 * length[:, None] +"),
            "the first sequence's place for all": ("length[:, None] +", "length[:1, None] + 0 * length[:, None] +"),
        },
    ),
    "positions of one sequence only": Kind(
        "You return the positions of the first sequence only, where each is to have a row of its own. The "
        "others may stand elsewhere, and their tokens would be kept under positions that are not theirs.",
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
        "Your length falls behind: not all tokens that have been read, old and new, are counted in it. The "
        "next ones get places that are taken already, and overwrite what the layers remember there.",
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
        {"full one token too early": ("self.longest + T > self.max_seq_len", "self.longest + T >= self.max_seq_len")},
    ),
    "too many tokens let through": Kind(
        "You let tokens through for which there are no positions left. What counts is how far the longest "
        "sequence would come with all of the new ones: behind the last position there are no slots, and no "
        "rows in the tables.",
        {
            "full one token too late": (
                "self.longest + T > self.max_seq_len",
                "self.longest + T > self.max_seq_len + 1",
            ),
            "never full": ("if self.longest + T > self.max_seq_len:", "if False:"),
            "full when it was full before": (
                "if self.longest + T > self.max_seq_len:",
                "if self.longest > self.max_seq_len:",
            ),
            "only the new tokens compared": ("if self.longest + T > self.max_seq_len:", "if T > self.max_seq_len:"),
            "the first sequence compared": (
                "if self.longest + T > self.max_seq_len:",
                "if int(length[0]) + T > self.max_seq_len:",
            ),
        },
    ),
    "made to fit in silence": Kind(
        "Where the tokens do not fit, you cut something down, the tokens or the count of them, and go on. "
        "Whoever called would not learn that text was lost, or that positions ran past their end.",
        {
            "cut off instead of refused": (
                "B, T = tokens.shape",
                ("tokens = tokens[:, : self.max_seq_len - self.longest]\n        B, T = tokens.shape"),
            ),
            "the oldest forgotten instead": (
                "if self.longest + T > self.max_seq_len:",
                ("self.longest = min(self.longest, self.max_seq_len - T)\n        if False:"),
            ),
        },
    ),
    "length changed before the error": Kind(
        CHANGED_BEFORE_THE_ERROR,
        {
            "length changed before the error": (
                "if self.longest + T > self.max_seq_len:",
                ("self.length = length + T\n        if self.longest + T > self.max_seq_len:"),
            ),
            "length set before the sequences are counted": (
                "if length.size(0) != B:",
                "self.length = length.new_zeros(B)\n        if length.size(0) != B:",
            ),
            "longest changed before the error, once": (
                (
                    "if self.longest + T > self.max_seq_len:\n"
                    "            raise ValueError(\n"
                    '                f"{self.longest} tokens and {T} more: the positions end at max_seq_len = {self.max_seq_len}"\n'
                    "            )\n"
                    "        # Every sequence goes on where it stands.\n"
                    "        position = length[:, None] + torch.arange(T, device=tokens.device)\n"
                    "        self.length = length + T\n"
                    "        self.longest += T"
                ),
                (
                    "self.longest += T\n"
                    "        if self.longest > self.max_seq_len:\n"
                    '            raise ValueError(f"{self.longest} tokens: the positions end at max_seq_len = {self.max_seq_len}")\n'
                    "        position = length[:, None] + torch.arange(T, device=tokens.device)\n"
                    "        self.length = length + T"
                ),
            ),
            "everything changed before the error": (
                (
                    "if self.longest + T > self.max_seq_len:\n"
                    "            raise ValueError(\n"
                    '                f"{self.longest} tokens and {T} more: the positions end at max_seq_len = {self.max_seq_len}"\n'
                    "            )\n"
                    "        # Every sequence goes on where it stands.\n"
                    "        position = length[:, None] + torch.arange(T, device=tokens.device)\n"
                    "        self.length = length + T\n"
                    "        self.longest += T"
                ),
                (
                    "position = length[:, None] + torch.arange(T, device=tokens.device)\n"
                    "        self.length = length + T\n"
                    "        self.longest += T\n"
                    "        if self.longest > self.max_seq_len:\n"
                    '            raise ValueError(f"{self.longest} tokens: the positions end at max_seq_len = {self.max_seq_len}")'
                ),
            ),
        },
    ),
    "longest counted before the error": Kind(
        "You count the new tokens into `longest` before you compare it, and once more at the end. The cache "
        "believes itself full too early, and keeps the wrong number even after it has refused.",
        {
            "longest changed before the error": (
                "if self.longest + T > self.max_seq_len:",
                "self.longest += T\n        if self.longest > self.max_seq_len:",
            )
        },
    ),
    "another kind of error": Kind(
        "You stop with another kind of error than the `ValueError` that was agreed on. Whoever calls waits for "
        "that one, to shorten the text perhaps; any other ends the whole program.",
        {
            "an assertion instead of the error": (
                "if self.longest + T > self.max_seq_len:",
                ("assert self.longest + T <= self.max_seq_len\n        if self.longest + T > self.max_seq_len:"),
            ),
            "an IndexError instead of the error": (
                "if self.longest + T > self.max_seq_len:",
                (
                    "if self.longest + T > self.max_seq_len:\n"
                    "            raise IndexError('full')\n"
                    "        if self.longest + T > self.max_seq_len:"
                ),
            ),
        },
    ),
    "another number of sequences taken": Kind(
        "You take a batch with another number of sequences than the cache holds. Nobody can tell which of them "
        "is missing or new, and tokens would be read as going on from the wrong text.",
        {
            "any number of sequences": ("if length.size(0) != B:", "if False:"),
            "fewer sequences let through": ("if length.size(0) != B:", "if length.size(0) < B:"),
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
}
