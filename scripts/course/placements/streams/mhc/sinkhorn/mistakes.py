"""What people write for placements.streams.mhc.sinkhorn, and why it matters."""

from scripts.workshop.diagnose import Kind

COLUMNS = "matrix = matrix / (matrix.sum(dim=-2, keepdim=True) + EPS)\n"
ROWS = COLUMNS.replace("-2", "-1")
LOOP = "    for _ in range(iters - 1):\n"

MISTAKES = {
    "rows and columns swapped": Kind(
        "You begin with the rows and end with them. The softmax has made their sums one already; what comes last is "
        "exact, and here that is the columns.",
        {
            "rows first": (
                COLUMNS + LOOP + "        " + ROWS + "        " + COLUMNS,
                ROWS + LOOP + "        " + COLUMNS + "        " + ROWS,
            ),
            "columns before rows in the loop": (
                ROWS + "        " + COLUMNS,
                COLUMNS + "        " + ROWS,
            ),
        },
    ),
    "softmax over the columns": Kind(
        "Your softmax goes down the columns. It is over the last axis, so that a row sums to one before the columns are "
        "divided.",
        {"softmax over the columns": ("softmax(dim=-1)", "softmax(dim=-2)")},
    ),
    "softmax alone": Kind(
        "You stop at the softmax, whose rows sum to one. The sums of the columns, which a new stream is made of, are "
        "anything from 0 to n.",
        {"softmax alone": ("    matrix = logits.softmax(dim=-1) + EPS\n", "    return logits.softmax(dim=-1) + EPS\n")},
    ),
    "iterations miscounted": Kind(
        "You do not iterate as often as `iters` says. The first division, by the columns, counts as one; what follows is "
        "done iters - 1 times.",
        {
            "one too many": ("range(iters - 1)", "range(iters)"),
            "one too few": ("range(iters - 1)", "range(iters - 2)"),
        },
    ),
    "iters ignored": Kind(
        "You iterate equally often, whatever `iters` says. A model that is made with other sinkhorn_iters mixes its "
        "streams by other matrices.",
        {
            "always twenty": ("range(iters - 1)", "range(19)"),
            "always twenty behind the first": ("range(iters - 1)", "range(20)"),
            "exponentials, and always twenty": (LOOP, "    matrix = logits.exp()\n    for _ in range(20):\n"),
        },
    ),
    "rows and columns at once": Kind(
        "You divide by the sums of rows and columns of the same matrix. Each has to see what the other has left, or the "
        "iteration does not settle.",
        {
            "rows and columns at once": (
                ROWS + "        " + COLUMNS,
                ROWS.rstrip() + " / (matrix.sum(dim=-2, keepdim=True) + EPS)\n",
            )
        },
    ),
    "no exponential": Kind(
        "Your entries are not made positive by the softmax. A doubly stochastic matrix has no negative entries, and sums "
        "near zero blow up what is divided by them.",
        {
            "absolute values": ("logits.softmax(dim=-1)", "logits.abs()"),
            "sigmoid": ("logits.softmax(dim=-1)", "logits.sigmoid()"),
        },
    ),
    "exponential of a large number": Kind(
        "You take the exponential of the logits as they are. From 89 on it is infinite in float32, and the softmax before "
        "the first division of the columns is missing.",
        {"exponential": ("logits.softmax(dim=-1)", "logits.exp()")},
    ),
    "eps left out": Kind(
        "You add no eps to the entries. A stream that the softmax cuts off stays cut off, since divisions never bring back "
        "a zero, and gets no gradient.",
        {
            "eps left out": ("logits.softmax(dim=-1) + EPS", "logits.softmax(dim=-1)"),
            "exponentials without eps": (LOOP, "    matrix = logits.exp()\n    for _ in range(iters):\n"),
        },
    ),
    "all divided by one sum": Kind(
        "You divide the whole matrix by one sum. Every row and every column has to sum to one by itself.",
        {"by the sum of all": (COLUMNS + "    for", "matrix = matrix / (matrix.sum() + EPS)\n    for")},
    ),
}
