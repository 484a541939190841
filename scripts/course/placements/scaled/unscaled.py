"""Mistakes of the scaled blocks that are those of the same block without the scale."""

import re

from scripts.workshop.diagnose import Kind
from scripts.workshop.pieces import BY_ID
from scripts.workshop.pieces.content import run_file

# What is added, or stands alone: attention's output, in a norm or not.
BRANCH = re.compile(r"(= |\+ |return )((self\.\w+\()?self\.attn\(|self\.attn_out_norm\($)")


def with_scale(unscaled: str) -> dict[str, Kind]:
    """The mistakes of a block, with attn_scale in front of what attention adds. unscaled: the block's id."""
    mistakes = run_file(BY_ID[f"{unscaled}.forward"], "mistakes.py").MISTAKES

    def with_the_factor(edits: dict[str, tuple[str, str]]) -> dict[str, tuple[str, str]]:
        # Comments are each block's own.
        kept = {name: edit for name, edit in edits.items() if "#" not in edit[0]}
        return {name: (returned(scaled(old)), scaled(new)) for name, (old, new) in kept.items()}

    return {kind: Kind(why, with_the_factor(edits)) for kind, (why, edits) in mistakes.items()}


def scaled(text: str) -> str:
    return BRANCH.sub(r"\1self.attn_scale * \2", text)


def returned(text: str) -> str:
    # `Block` keeps the last sum as x, and returns that.
    return text.replace("x = x + self.mlp(", "return x + self.mlp(")
