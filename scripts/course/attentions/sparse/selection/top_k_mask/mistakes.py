"""What people write for attentions.sparse.selection.top_k_mask, and why it matters."""

from scripts.workshop.diagnose import Kind

SORT = "scores.sort(dim=-1, descending=True, stable=True).indices[..., :k]"
RESULT = 'torch.zeros_like(scores, dtype=torch.bool).scatter(-1, best, True) & (scores > float("-inf"))'

MISTAKES = {
    "the impossible chosen": Kind(
        "You mark scores of minus infinity, where fewer than k others are there. They stand for what must not be read, the "
        "future for example.",
        {"the impossible chosen": (' & (scores > float("-inf"))', "")},
    ),
    "the certain left out": Kind(
        "You leave out scores of plus infinity. They stand for what is always read; only minus infinity is never chosen.",
        {"the certain left out": ('(scores > float("-inf"))', "scores.isfinite()")},
    ),
    "the least": Kind(
        "You choose the smallest scores. Every query would read what fits it least.",
        {
            "the least": ("descending=True", "descending=False"),
            "the last places": ("indices[..., :k]", "indices[..., -k:]"),
        },
    ),
    "one fewer or more": Kind(
        "You choose one more or one fewer than k. What is chosen always, the own block, is one of the k.",
        {
            "one more": ("[..., :k]", "[..., : k + 1]"),
            "one fewer": ("[..., :k]", "[..., : k - 1]"),
        },
    ),
    "no more than there are": Kind(
        "Your code fails where k is greater than the number of scores. A text begins with fewer blocks than a query may "
        "read.",
        {"no more than there are": (SORT, "scores.topk(k, dim=-1).indices")},
    ),
    "above zero": Kind(
        "You leave out scores that are not above zero. A score says which is better, not whether it is good; a query whose "
        "scores are all negative reads k blocks all the same.",
        {"above zero": ('(scores > float("-inf"))', "(scores > 0)")},
    ),
    "another axis": Kind(
        "You choose along another axis than the last one. A row is the scores of one query.",
        {
            "along the queries": (
                f"best = {SORT}",
                "best = scores.sort(dim=-2, descending=True, stable=True).indices[..., :k, :]",
            ),
        },
    ),
    "one threshold for all": Kind(
        "You compare all rows with one and the same score. Every query has scores of its own size.",
        {
            "one threshold for all": (
                f"return {RESULT}",
                "kth = scores.take_along_dim(best[..., -1:], -1).amax()\n"
                '    return (scores >= kth) & (scores > float("-inf"))',
            )
        },
    ),
    "greater than the last": Kind(
        "You mark what is greater than the k-th score, and leave out that one itself. There are k - 1 then.",
        {
            "greater than the last": (
                f"return {RESULT}",
                "return scores > scores.take_along_dim(best[..., -1:], -1)",
            )
        },
    ),
    "indices": Kind(
        "You return the indices of the best, not a mask. The caller needs to know of each one whether it is chosen.",
        {"indices": (f"return {RESULT}", "return best")},
    ),
    "not true and false": Kind(
        "Your mask is not boolean but numeric. The caller selects by it, which fails with numbers.",
        {"zeros and ones": (RESULT, f"({RESULT}).float()")},
    ),
    "places marked": Kind(
        "You mark the ranks of the scores instead of the scores themselves: the first k places. Sorting returns, for each "
        "rank, the place from which it came.",
        {"places marked": ("scatter(-1, best, True)", "scatter(-1, best.sort(dim=-1).indices, True)")},
    ),
    "more than k": Kind(
        "You mark all that is at least the k-th score, which may be more than k where scores are equal. A ReLU makes many of "
        "them exactly 0, and most of the text would be read.",
        {
            "more than k": (
                f"return {RESULT}",
                "kth = scores.take_along_dim(best[..., -1:], -1)\n"
                '    return (scores >= kth) & (scores > float("-inf"))',
            )
        },
    ),
}
