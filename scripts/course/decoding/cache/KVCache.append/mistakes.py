"""What people write for decoding.cache.KVCache.append, and why it matters."""

from scripts.course.decoding.cache.explanations import CHANGED_BEFORE_THE_ERROR
from scripts.workshop.diagnose import Kind

MISTAKES = {
    "lengths changed in place": Kind(
        "You add to self.length in place. The tensor may be the one that the caller passed to `crop`, and theirs "
        "changes too.",
        {"lengths changed in place": ("self.length = length + T", "self.length = length.add_(T)")},
    ),
    "always from zero": Kind(
        "Your positions start at 0 in every call. They continue at length[b], the tokens that sequence b already has.",
        {"always from zero": ("position = length[:, None] +", "position = torch.zeros_like(length)[:, None] +")},
    ),
    "counted from one": Kind(
        "Your positions start one too high: the first token of all gets position 1. The last token that fits has no "
        "slot then.",
        {"counted from one": ("torch.arange(T, device=tokens.device)", "torch.arange(1, T + 1, device=tokens.device)")},
    ),
    "one position for all tokens": Kind(
        "You give all new tokens of a sequence the same position. Token t gets length[b] + t.",
        {"one position for all tokens": ("torch.arange(T, device=tokens.device)", "torch.zeros_like(tokens)")},
    ),
    "one start for all sequences": Kind(
        "You start every sequence of the batch at the same position, that of the longest or the first. Row b starts at "
        "length[b].",
        {
            "the longest sequence's start for all": ("length[:, None] +", "self.max_len + 0 * length[:, None] +"),
            "the first sequence's start for all": ("length[:, None] +", "length[:1, None] + 0 * length[:, None] +"),
        },
    ),
    "positions of one sequence only": Kind(
        "You return the positions of the first sequence only, (1, T) or (T,). The shape is (B, T): sequences may have "
        "different lengths.",
        {
            "positions of one sequence only": ("position = length[:, None] +", "position = length[0] +"),
            "positions of (1, T)": ("return position", "return position[:1]"),
        },
    ),
    "length increased too early": Kind(
        "You add T to the length before you compute the positions. They are then too high by T.",
        {
            "length increased too early": (
                "position = length[:, None]",
                "length = length + T\n        position = length[:, None]",
            )
        },
    ),
    "length increased too much": Kind(
        "You add more than T to the length. It grows by T once per forward pass, however many layers there are.",
        {
            "T for every layer": (
                "self.length = length + T",
                "self.length = length + T * len(self.layers)",
            ),
            "length increased by 2 T": ("self.length = length + T", "self.length = length + 2 * T"),
        },
    ),
    "length increased too little": Kind(
        "You add less than T to the length, or replace it by T. The next tokens get positions that are taken, and "
        "overwrite those slots.",
        {
            "length increased by 1": ("self.length = length + T", "self.length = length + 1"),
            "length not increased": ("self.length = length + T", "self.length = length"),
            "length set to T": ("self.length = length + T", "self.length = 0 * length + T"),
        },
    ),
    "max_len too small": Kind(
        "Your max_len ends up smaller than the greatest length. It grows by T in every call, so that `append` knows "
        "when max_seq_len is reached.",
        {
            "max_len not increased": ("self.max_len += T", "pass"),
            "max_len set to T": ("self.max_len += T", "self.max_len = T"),
            "max_len the smallest length": ("self.max_len += T", "self.max_len = int(self.length.min())"),
            "max_len increased by 1": ("self.max_len += T", "self.max_len += 1"),
        },
    ),
    "full too early": Kind(
        "You raise for tokens that still fit. Exactly max_seq_len tokens are allowed.",
        {"full one token too early": ("self.max_len + T > self.max_seq_len", "self.max_len + T >= self.max_seq_len")},
    ),
    "max_seq_len exceeded": Kind(
        "You let max_len + T exceed max_seq_len. There are no slots and no positions behind it.",
        {
            "full one token too late": (
                "self.max_len + T > self.max_seq_len",
                "self.max_len + T > self.max_seq_len + 1",
            ),
            "never full": ("if self.max_len + T > self.max_seq_len:", "if False:"),
            "full when it was full before": (
                "if self.max_len + T > self.max_seq_len:",
                "if self.max_len > self.max_seq_len:",
            ),
            "only the new tokens compared": ("if self.max_len + T > self.max_seq_len:", "if T > self.max_seq_len:"),
            "the first sequence compared": (
                "if self.max_len + T > self.max_seq_len:",
                "if int(length[0]) + T > self.max_seq_len:",
            ),
        },
    ),
    "made to fit silently": Kind(
        "You truncate the tokens or clamp a length where they do not fit. Raise, so that the caller knows.",
        {
            "cut off instead of refused": (
                "B, T = tokens.shape",
                ("tokens = tokens[:, : self.max_seq_len - self.max_len]\n        B, T = tokens.shape"),
            ),
            "the oldest forgotten instead": (
                "if self.max_len + T > self.max_seq_len:",
                ("self.max_len = min(self.max_len, self.max_seq_len - T)\n        if False:"),
            ),
        },
    ),
    "length changed before the error": Kind(
        CHANGED_BEFORE_THE_ERROR,
        {
            "length changed before the error": (
                "if self.max_len + T > self.max_seq_len:",
                ("self.length = length + T\n        if self.max_len + T > self.max_seq_len:"),
            ),
            "length set before the sequences are counted": (
                "if length.size(0) != B:",
                "self.length = length.new_zeros(B)\n        if length.size(0) != B:",
            ),
            "max_len changed before the error, once": (
                (
                    "if self.max_len + T > self.max_seq_len:\n"
                    '            raise ValueError(f"{self.max_len} cached tokens and {T} new ones exceed max_seq_len = {self.max_seq_len}")\n'
                    "        # Continue every sequence at its own length.\n"
                    "        position = length[:, None] + torch.arange(T, device=tokens.device)\n"
                    "        self.length = length + T\n"
                    "        self.max_len += T"
                ),
                (
                    "self.max_len += T\n"
                    "        if self.max_len > self.max_seq_len:\n"
                    '            raise ValueError(f"{self.max_len} tokens exceed max_seq_len = {self.max_seq_len}")\n'
                    "        position = length[:, None] + torch.arange(T, device=tokens.device)\n"
                    "        self.length = length + T"
                ),
            ),
            "everything changed before the error": (
                (
                    "if self.max_len + T > self.max_seq_len:\n"
                    '            raise ValueError(f"{self.max_len} cached tokens and {T} new ones exceed max_seq_len = {self.max_seq_len}")\n'
                    "        # Continue every sequence at its own length.\n"
                    "        position = length[:, None] + torch.arange(T, device=tokens.device)\n"
                    "        self.length = length + T\n"
                    "        self.max_len += T"
                ),
                (
                    "position = length[:, None] + torch.arange(T, device=tokens.device)\n"
                    "        self.length = length + T\n"
                    "        self.max_len += T\n"
                    "        if self.max_len > self.max_seq_len:\n"
                    '            raise ValueError(f"{self.max_len} tokens exceed max_seq_len = {self.max_seq_len}")'
                ),
            ),
        },
    ),
    "max_len increased before the error": Kind(
        "You add T to max_len before you compare it, and again afterwards. The cache is full too early, and keeps the "
        "wrong number after an error.",
        {
            "max_len changed before the error": (
                "if self.max_len + T > self.max_seq_len:",
                "self.max_len += T\n        if self.max_len > self.max_seq_len:",
            )
        },
    ),
    "another kind of error": Kind(
        "You raise another exception than `ValueError`. The caller catches that one.",
        {
            "an assertion instead of the error": (
                "if self.max_len + T > self.max_seq_len:",
                ("assert self.max_len + T <= self.max_seq_len\n        if self.max_len + T > self.max_seq_len:"),
            ),
            "an IndexError instead of the error": (
                "if self.max_len + T > self.max_seq_len:",
                (
                    "if self.max_len + T > self.max_seq_len:\n"
                    "            raise IndexError('full')\n"
                    "        if self.max_len + T > self.max_seq_len:"
                ),
            ),
        },
    ),
    "another batch size accepted": Kind(
        "You accept another batch size than that of the first call. Nobody can tell which sequence continues which.",
        {
            "any number of sequences": ("if length.size(0) != B:", "if False:"),
            "fewer sequences let through": ("if length.size(0) != B:", "if length.size(0) < B:"),
        },
    ),
    "no tensor of int64": Kind(
        "You do not return an int64 tensor. Positions are used as indices and compared.",
        {
            "int32": ("return position", "return position.int()"),
            "float": ("dtype=torch.int64", "dtype=torch.float32"),
            "a list": ("return position", "return position.tolist()"),
        },
    ),
}
