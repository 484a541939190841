"""What people write for attentions.sparse.nsa.NSAAttention.branches, and why it matters."""

from scripts.course.attentions.explanations import CONTEXT_CUT
from scripts.workshop.diagnose import Kind

SPLIT = "keys, values = key.transpose(1, 2).chunk(3, dim=1), value.transpose(1, 2).chunk(3, dim=1)"
STACK = "torch.stack((compressed, selected, windowed), dim=1).permute(0, 3, 1, 2, 4)"
SELECTED = "self.backend(query, keys[1], values[1], with_mask(mods, mask))"
WINDOWED = "self.backend(query, keys[2], values[2], mods._replace(window=self.nsa_window))"

MISTAKES = {
    "keys shared": Kind(
        "Your branches read the same keys and values, or those of another branch. Each has its own: the first third of the "
        "heads is for the compressed keys, the second for the selected ones, the third for the window.",
        {
            "the first keys for the selected branch": ("keys[1], values[1]", "keys[0], values[0]"),
            "the second keys for the window": ("keys[2], values[2]", "keys[1], values[1]"),
            "selected and window exchanged": (
                SPLIT,
                f"{SPLIT}\n        keys, values = [(each[0], each[2], each[1]) for each in (keys, values)]",
            ),
            "values of another branch": ("keys[1], values[1]", "keys[1], values[2]"),
        },
    ),
    "heads in turn": Kind(
        "You deal the heads out to the branches one by one. The heads of a branch stand together: G for the first, then G "
        "for the second.",
        {
            "heads in turn": (
                SPLIT,
                "keys, values = ([each.transpose(1, 2)[:, n::3] for n in range(3)] for each in (key, value))",
            )
        },
    ),
    "nothing selected": Kind(
        "Your selected branch reads all keys up to the query. That is full attention, at its full price.",
        {"nothing selected": ("with_mask(mods, mask))", "mods)")},
    ),
    "no window": Kind(
        "Your third branch has no window, or another. It reads the last nsa_window keys.",
        {
            "no window": (WINDOWED, "self.backend(query, keys[2], values[2], mods)"),
            "of a block's size": ("window=self.nsa_window", "window=self.block_size"),
            "one too narrow": ("window=self.nsa_window", "window=self.nsa_window - 1"),
        },
    ),
    "window of the selected": Kind(
        "You let one branch have the mask and the window at once. They are two branches: the window would hide the far "
        "blocks that were chosen, or the mask what is near.",
        {
            "a window for the selected": (
                "with_mask(mods, mask))",
                "with_mask(mods._replace(window=self.nsa_window), mask))",
            ),
            "a mask for the window": (
                "mods._replace(window=self.nsa_window))",
                "with_mask(mods._replace(window=self.nsa_window), mask))",
            ),
        },
    ),
    "order of the branches": Kind(
        "You return the branches in another order, or with their axis elsewhere. The gates of a token are (3, H), and the "
        "result has to be (B, T, 3, H, D).",
        {
            "window before selected": ("(compressed, selected, windowed)", "(compressed, windowed, selected)"),
            "branches behind the heads": (STACK, STACK.replace("(0, 3, 1, 2, 4)", "(0, 3, 2, 1, 4)")),
            "heads in front": (STACK, STACK.replace(".permute(0, 3, 1, 2, 4)", "")),
        },
    ),
    "queries not in front": Kind(
        "You hand over the queries with tokens and heads exchanged. All that is called here takes them as (B, H, T, D).",
        {
            "queries not in front": (
                "query = query.transpose(1, 2)",
                "query = query.reshape(query.transpose(1, 2).shape)",
            )
        },
    ),
    "context cut": Kind(
        CONTEXT_CUT,
        {
            "no cache": (
                "key_position, key, value = context.update_cache(key, value)",
                "key_position = context.position",
            ),
            "no bias": (
                "mods = ScoreMods.of(self, context, key_position)",
                "mods = ScoreMods.of(self, context._replace(bias=None), key_position)",
            ),
        },
    ),
    "positions of the keys": Kind(
        "You tell a branch where the keys stand instead of the queries, or the queries instead of the keys. With a cache "
        "these are not the same tokens.",
        {
            "keys for queries in the choice": (
                "self.select(weights, context.position, key_position)",
                "self.select(weights, key_position[..., : query.size(2)], key_position)",
            ),
            "keys for queries in the compressed branch": (
                "values[0], context.position)",
                "values[0], key_position[..., : query.size(2)])",
            ),
        },
    ),
}

WITHOUT = {"gradient cut behind self.select": "Nothing is learned from a choice."}
