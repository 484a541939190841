"""What people write for attentions.sparse.dsa.DeepSeekSparseAttention.choose, and why it matters."""

from scripts.workshop.diagnose import Kind

HIDE = 'scores = scores.masked_fill(~mods.mask().squeeze(1), float("-inf"))'
DENSE = "if self.dense and self.training:"
CHOOSE = "chosen = top_k_mask(scores, self.topk)"
MODS = "mods = with_mask(mods, chosen[:, None].expand(-1, self.n_head, -1, -1))"
RETURN = 'return scores.masked_fill(~chosen, float("-inf")), mods'

MISTAKES = {
    "hidden after the choice": Kind(
        "You choose before you hide the future. Keys that nobody may see take the places of visible ones, and a query that "
        "chooses nothing else attends to nothing.",
        {
            "hidden after the choice": (
                HIDE,
                "if not (self.dense and self.training):\n"
                '            scores = scores.masked_fill(~top_k_mask(scores, self.topk), float("-inf"))\n'
                "        " + HIDE,
            ),
            "both hidden at the end": (
                f"{HIDE}\n        # In the dense warm-up leave it at that: an indexer that knows nothing yet would choose at "
                f"random.\n        {DENSE}\n            return scores, mods\n        # Choose the best of each query, and "
                f"hide all others from the attention, in all heads alike.\n        {CHOOSE}",
                f"chosen = top_k_mask(scores, self.topk)\n        {HIDE}\n        {DENSE}\n            return scores, mods",
            ),
        },
    ),
    "the future not hidden": Kind(
        "You leave the scores of hidden keys as they are. The indexer's softmax would be over keys that the attention cannot "
        "read, and its choice as well.",
        {"the future not hidden": (HIDE, "pass")},
    ),
    "hidden by zeros": Kind(
        "You give hidden keys a score of 0, or another finite one. Scores may be negative, and a hidden key would then stand "
        "before a visible one.",
        {
            "zeros": (HIDE, HIDE.replace('float("-inf")', "0.0")),
            "multiplied by the mask": (HIDE, "scores = scores * mods.mask().squeeze(1)"),
        },
    ),
    "causal only": Kind(
        "You hide the future, but not what lies behind the window. The mask of the mods knows both.",
        {
            "causal only": (
                HIDE,
                "future = mods.key_position[..., None, :] > mods.query_position[..., :, None]\n"
                '        scores = scores.masked_fill(future, float("-inf"))',
            )
        },
    ),
    "dense always": Kind(
        "You choose all keys in evaluation or after the warm-up as well. A model that is used attends to its topk keys, as "
        "it does when somebody loads it.",
        {
            "in evaluation too": (DENSE, "if self.dense:"),
            "in training always": (DENSE, "if self.training:"),
        },
    ),
    "never dense": Kind(
        "You choose in the dense warm-up, too. An indexer with its first weights chooses at random, and learns from its "
        "own choice only.",
        {"never dense": (DENSE, "if False:"), "the other way round": (DENSE, "if self.training and not self.dense:")},
    ),
    "the attention not told": Kind(
        "You return the mods as they came. The scores know the choice then, and the attention reads everything.",
        {"mods as they came": (MODS, "pass")},
    ),
    "the loss not told": Kind(
        "You return the scores of all visible keys beside the choice. The loss compares two distributions over the chosen "
        "keys, since there is a target for no others.",
        {"scores of all": (RETURN, "return scores, mods")},
    ),
    "the worst": Kind(
        "You choose the keys with the smallest scores. The indexer speaks for a key by a great one.",
        {
            "the worst": (
                CHOOSE,
                "chosen = top_k_mask(torch.where(scores.isfinite(), -scores, scores), self.topk)",
            )
        },
    ),
    "another number of keys": Kind(
        "You choose another number of keys than self.topk. Attention to one more costs little, but the weights were trained "
        "for so many.",
        {
            "one more": (CHOOSE, CHOOSE.replace("self.topk", "self.topk + 1")),
            "one less": (CHOOSE, CHOOSE.replace("self.topk", "self.topk - 1")),
            "as many as heads": (CHOOSE, CHOOSE.replace("self.topk", "self.n_head")),
        },
    ),
    "a choice for each head": Kind(
        "Your mask has no axis of the heads, or only one head gets it. It is (B, Tq, Tk) for all of them, and (B, H, Tq, "
        "Tk) is needed.",
        {
            "no axis for the heads": (MODS, "mods = with_mask(mods, chosen)"),
            "one axis for all heads": (MODS, MODS.replace(".expand(-1, self.n_head, -1, -1)", "")),
        },
    ),
    "the first topk": Kind(
        "You choose keys by their place in the text, not by their scores. That is a sliding window.",
        {
            "the last topk": (
                CHOOSE,
                "chosen = top_k_mask(\n"
                "            torch.where(scores.isfinite(), torch.arange(scores.size(-1)).to(scores), scores), self.topk\n"
                "        )",
            )
        },
    ),
}
