"""What people write for muon.newton_schulz, and why it matters."""

from scripts.workshop.diagnose import Kind
from scripts.workshop.diagnose.common import HARD_CODED, IN_PLACE, NOTHING_RETURNED, OTHER_DTYPE

MISTAKES = {
    "other coefficients": Kind(
        "Your three coefficients are others than those that are asked for. With Newton and Schulz's own, small "
        "singular values grow by half a round and five rounds are far too few; with signs or places mixed up, "
        "they do not come near one at all.",
        {
            "the classic cubic": ("3.4445, -4.7750, 2.0315\n    #", "1.5, -0.5, 0.0\n    #"),
            "the classic quintic": ("3.4445, -4.7750, 2.0315\n    #", "1.875, -1.25, 0.375\n    #"),
            "a sign lost": ("3.4445, -4.7750, 2.0315\n    #", "3.4445, 4.7750, 2.0315\n    #"),
            "two of them swapped": ("3.4445, -4.7750, 2.0315\n    #", "3.4445, 2.0315, -4.7750\n    #"),
            "rounded": ("3.4445, -4.7750, 2.0315\n    #", "3.4, -4.8, 2.0\n    #"),
        },
    ),
    "not brought below one": Kind(
        "You do not divide by a norm that holds all singular values down. Those above one are thrown farther "
        "and farther out by the fifth power, and after a few rounds there is nothing but infinities.",
        {
            "not divided at all": ("X = X / X.norm().clamp(min=1e-7)", "pass"),
            "by the largest number": ("X.norm().clamp(min=1e-7)", "X.abs().max().clamp(min=1e-7)"),
            "by the mean": ("X.norm().clamp(min=1e-7)", "X.abs().mean().clamp(min=1e-7)"),
        },
    ),
    "another norm": Kind(
        "You divide by another norm than that of the whole matrix. The squares of all numbers are summed and "
        "the root is taken, once; a norm for each row or column would turn the matrix into another one, with "
        "other directions.",
        {
            "each row by its own": ("X.norm().clamp(min=1e-7)", "X.norm(dim=-1, keepdim=True).clamp(min=1e-7)"),
            "each column by its own": ("X.norm().clamp(min=1e-7)", "X.norm(dim=0, keepdim=True).clamp(min=1e-7)"),
            "the root forgotten": ("X.norm().clamp(min=1e-7)", "X.square().sum().clamp(min=1e-7)"),
            "the sum of all numbers": ("X.norm().clamp(min=1e-7)", "X.abs().sum().clamp(min=1e-7)"),
            "the largest singular value": (
                "X.norm().clamp(min=1e-7)",
                "torch.linalg.matrix_norm(X.double(), 2).to(X.dtype).clamp(min=1e-7)",
            ),
        },
    ),
    "zeros divided by zero": Kind(
        "Nothing keeps your divisor from being zero. A matrix that had no part in the loss has a gradient of "
        "zeros, and nought by nought is not a number, which the weights would keep for ever.",
        {"no least norm": (".clamp(min=1e-7)", "")},
    ),
    "another least norm": Kind(
        "You bring in the least norm in another way, or make it another number. It should only replace norms "
        "that are smaller, and leave all others exactly as they are.",
        {
            "added": ("X.norm().clamp(min=1e-7)", "(X.norm() + 1e-7)"),
            "far too large": ("clamp(min=1e-7)", "clamp(min=1e-3)"),
            "smaller": ("clamp(min=1e-7)", "clamp(min=1e-12)"),
            "held down instead of up": ("clamp(min=1e-7)", "clamp(max=1e-7)"),
        },
    ),
    "not turned back": Kind(
        "A tall matrix comes back lying on its side, or is laid there in the end. Its update has the wrong "
        "shape then, and where rows and columns are equally many it would be added to the wrong numbers "
        "without a word.",
        {
            "not turned back": ("return X.mT if tall else X", "return X"),
            "never turned, but turned back": ("X = G.mT if tall else G", "X = G"),
        },
    ),
    "turned back without a reason": Kind(
        "You turn the result although you did not turn what went in, or turn back the wrong ones. The update "
        "of a matrix must have its shape, wide or tall.",
        {
            "always turned back": ("return X.mT if tall else X", "return X.mT"),
            "the wide ones turned back": ("return X.mT if tall else X", "return X if tall else X.mT"),
        },
    ),
    "the larger square": Kind(
        "You multiply along the longer side, so that each round makes a square of as many numbers as the "
        "longer side has, squared. The result is the same, but a matrix four times as tall as wide takes some "
        "ten times as long.",
        {
            "none turned": ("G.size(0) > G.size(1)", "False"),
            "the wide ones turned": ("G.size(0) > G.size(1)", "G.size(0) < G.size(1)"),
            "all turned": ("G.size(0) > G.size(1)", "True"),
        },
    ),
    "another number of rounds": Kind(
        "You make another number of rounds than you are asked for. With fewer, small singular values are still "
        "on their way up; with more, time is spent on nothing.",
        {"one too few": ("range(steps)", "range(steps - 1)"), "one too many": ("range(steps)", "range(steps + 1)")},
    ),
    "rounds hard-coded": Kind(HARD_CODED, {"always five": ("range(steps)", "range(5)")}),
    "a term forgotten": Kind(
        "One of the three terms is missing. It takes all of them to lift small singular values quickly and "
        "still leave large ones where they are.",
        {
            "the first": ("X = a * X + B @ X", "X = B @ X"),
            "the second": ("B = b * A + c * A @ A", "B = c * A @ A"),
            "the third": ("B = b * A + c * A @ A", "B = b * A"),
        },
    ),
    "a product of numbers": Kind(
        "You multiply number by number where a product of matrices is wanted, or leave a power out. Only "
        "products of matrices act on the singular values and leave the directions alone.",
        {
            "the square number by number": ("c * A @ A", "c * A * A"),
            "the last factor left out": ("X = a * X + B @ X", "X = a * X + B.sum() * X"),
            "not squared": ("c * A @ A", "c * A"),
        },
    ),
    "a coefficient in the wrong place": Kind(
        "A coefficient stands at another term than its own, or at none. The polynomial bends elsewhere then, "
        "and singular values end far from one.",
        {
            "the first left out": ("X = a * X + B @ X", "X = X + B @ X"),
            "the first at everything": ("X = a * X + B @ X", "X = a * (X + B @ X)"),
            "the second at the third term too": ("B = b * A + c * A @ A", "B = b * (A + c * A @ A)"),
        },
    ),
    "multiplied on the wrong side": Kind(
        "You multiply on the wrong side, so that rows meet columns that are not theirs. For a matrix that is "
        "not square the sizes do not fit, and for a square one the result is another.",
        {
            "from the right": ("B @ X", "X @ B"),
            "columns with columns": ("A = X @ X.mT", "A = X.mT @ X"),
            "no transpose": ("A = X @ X.mT", "A = X @ X"),
        },
    ),
    "the first square in every round": Kind(
        "You take the product of the matrix with itself once, before the rounds. In each round the singular "
        "values have moved, and the polynomial must be that of where they are now.",
        {
            "the first square in every round": (
                "for _ in range(steps):\n        A = X @ X.mT\n",
                "A = X @ X.mT\n    for _ in range(steps):\n",
            )
        },
    ),
    "given matrix changed": Kind(IN_PLACE, {"divided in place": ("X = X / X.norm()", "X /= X.norm()")}),
    "another dtype": Kind(
        OTHER_DTYPE,
        {
            "always bfloat16": ("X = G.mT if tall else G", "X = (G.mT if tall else G).bfloat16()"),
            "always float32": ("X = G.mT if tall else G", "X = (G.mT if tall else G).float()"),
        },
    ),
    "rounded on the way": Kind(
        "You iterate in bfloat16 although you were given something wider. Whoever calls decides in which dtype "
        "this is done, and gives it in that dtype.",
        {
            "rounded once": ("X = X / X.norm()", "X = X.bfloat16().to(G.dtype) / X.norm()"),
            "rounded in every round": ("X = a * X + B @ X", "X = (a * X + B @ X).bfloat16().to(G.dtype)"),
        },
    ),
    "the orthogonal matrix itself": Kind(
        "You compute the nearest orthogonal matrix exactly, by a singular value decomposition or with a loop "
        "to the end. That is what is approximated here, but it is slow on a GPU, and not what these rounds "
        "come to.",
        {
            "a singular value decomposition": (
                "    # X X^T is",
                ("    U, _, V = torch.linalg.svd(G, full_matrices=False)\n    return U @ V\n    # X X^T is"),
            )
        },
    ),
    "scaled for its shape": Kind(
        "You scale the result by the shape of the matrix, or to have the size of what went in. The shape is "
        "the business of whoever takes the step, and the size of a gradient is what this is meant to forget.",
        {
            "for tall matrices": (
                "return X.mT if tall else X",
                ("X = X.mT if tall else X\n    return X * max(1, X.size(0) / X.size(1)) ** 0.5"),
            ),
            "to the size of what went in": (
                "return X.mT if tall else X",
                "X = X.mT if tall else X\n    return X * G.norm()",
            ),
        },
    ),
    "nothing returned": Kind(
        NOTHING_RETURNED, {"nothing returned": ("return X.mT if tall else X", "X.mT if tall else X")}
    ),
}
