"""What people write for optimization.muon.newton_schulz, and why it matters."""

from scripts.workshop.diagnose import Kind
from scripts.workshop.diagnose.common import HARD_CODED, IN_PLACE, OTHER_DTYPE

MISTAKES = {
    "other coefficients": Kind(
        "Your coefficients are not a, b, c = 3.4445, -4.7750, 2.0315. With the classic ones of Newton and Schulz small "
        "singular values grow by half in each step and five steps are too few; with signs or places mixed up, they do "
        "not come near 1 at all.",
        {
            "the classic cubic": ("3.4445, -4.7750, 2.0315\n    #", "1.5, -0.5, 0.0\n    #"),
            "the classic quintic": ("3.4445, -4.7750, 2.0315\n    #", "1.875, -1.25, 0.375\n    #"),
            "a sign lost": ("3.4445, -4.7750, 2.0315\n    #", "3.4445, 4.7750, 2.0315\n    #"),
            "two of them swapped": ("3.4445, -4.7750, 2.0315\n    #", "3.4445, 2.0315, -4.7750\n    #"),
            "rounded": ("3.4445, -4.7750, 2.0315\n    #", "3.4, -4.8, 2.0\n    #"),
        },
    ),
    "not normalised": Kind(
        "You do not divide by a norm that brings all singular values to 1 or below. Those well above 1, "
        "from 1.27 on, grow with the fifth power in every step, and end as infinities.",
        {
            "not divided at all": ("X = X / (X.norm() + 1e-7)", "pass"),
            "by the largest element": ("(X.norm() + 1e-7)", "(X.abs().max() + 1e-7)"),
            "by the mean": ("(X.norm() + 1e-7)", "(X.abs().mean() + 1e-7)"),
        },
    ),
    "another norm": Kind(
        "You divide by another norm than the Frobenius norm of the whole matrix: the root of the sum of the squares of "
        "all elements, one value. A norm for each row or column would change the directions, not only the scale.",
        {
            "each row by its own": ("(X.norm() + 1e-7)", "(X.norm(dim=-1, keepdim=True) + 1e-7)"),
            "each column by its own": ("(X.norm() + 1e-7)", "(X.norm(dim=0, keepdim=True) + 1e-7)"),
            "the root forgotten": ("(X.norm() + 1e-7)", "(X.square().sum() + 1e-7)"),
            "the sum of absolute values": ("(X.norm() + 1e-7)", "(X.abs().sum() + 1e-7)"),
            "the largest singular value": (
                "(X.norm() + 1e-7)",
                "(torch.linalg.matrix_norm(X.double(), 2).to(X.dtype) + 1e-7)",
            ),
        },
    ),
    "zeros divided by zero": Kind(
        "Your divisor can be zero. A matrix that took no part in the loss has a gradient of zeros, and 0 / 0 gives NaN, "
        "which stays in the weights.",
        {"no guard": ("(X.norm() + 1e-7)", "X.norm()")},
    ),
    "another guard": Kind(
        "Your guard against a norm of zero changes other norms as well, those of small gradients at least. It is 1e-7 "
        "only, added to the norm itself, and does not matter beside that of any gradient that is not zero.",
        {
            "inside the root": ("(X.norm() + 1e-7)", "(X.square().sum() + 1e-7).sqrt()"),
            "far too large": ("X.norm() + 1e-7", "X.norm() + 1e-3"),
            "far too large a minimum": ("(X.norm() + 1e-7)", "X.norm().clamp(min=1e-3)"),
            "a maximum instead of a minimum": ("(X.norm() + 1e-7)", "X.norm().clamp(max=1e-7)"),
        },
    ),
    "transpose not undone": Kind(
        "You return a tall (rows, cols) matrix as (cols, rows). Its update has the wrong shape, and for a square matrix "
        "it would be added to the wrong weights without an error.",
        {
            "not undone": ("return X.mT if tall else X", "return X"),
            "never transposed, but undone": ("X = G.mT if tall else G", "X = G"),
        },
    ),
    "transposed without a reason": Kind(
        "You transpose the result of a matrix that was not transposed before. The result must be (rows, cols) as G, "
        "wide or tall.",
        {
            "always": ("return X.mT if tall else X", "return X.mT"),
            "the wide ones": ("return X.mT if tall else X", "return X if tall else X.mT"),
        },
    ),
    "the larger square": Kind(
        "Your X X^T is the larger of the two squares, max(rows, cols)^2. The result is the same, but for a matrix four "
        "times as tall as wide it takes some ten times as long.",
        {
            "none transposed": ("G.size(0) > G.size(1)", "False"),
            "the wide ones transposed": ("G.size(0) > G.size(1)", "G.size(0) < G.size(1)"),
            "all transposed": ("G.size(0) > G.size(1)", "True"),
        },
    ),
    "another number of steps": Kind(
        "You iterate more or less often than `steps`. With fewer steps small singular values are still below 1, and "
        "more cost time for nothing.",
        {"one too few": ("range(steps)", "range(steps - 1)"), "one too many": ("range(steps)", "range(steps + 1)")},
    ),
    "steps hard-coded": Kind(HARD_CODED, {"always five": ("range(steps)", "range(5)")}),
    "a term forgotten": Kind(
        "One of the three terms a X, b X X^T X and c (X X^T)^2 X is missing. Only all of them together lift small "
        "singular values fast and keep large ones near 1.",
        {
            "the first": ("X = a * X + B @ X", "X = B @ X"),
            "the second": ("B = b * A + c * A @ A", "B = c * A @ A"),
            "the third": ("B = b * A + c * A @ A", "B = b * A"),
        },
    ),
    "an elementwise product": Kind(
        "You multiply elementwise where a matrix product is needed, or leave a power out. Only matrix products act on "
        "the singular values and leave the singular vectors alone.",
        {
            "the square elementwise": ("c * A @ A", "c * A * A"),
            "the last factor left out": ("X = a * X + B @ X", "X = a * X + B.sum() * X"),
            "not squared": ("c * A @ A", "c * A"),
        },
    ),
    "a coefficient in the wrong place": Kind(
        "One of a, b, c is at another term than its own, or at none. This is another polynomial, and singular values "
        "end far from 1.",
        {
            "the first left out": ("X = a * X + B @ X", "X = X + B @ X"),
            "the first at everything": ("X = a * X + B @ X", "X = a * (X + B @ X)"),
            "the second at the third term too": ("B = b * A + c * A @ A", "B = b * (A + c * A @ A)"),
        },
    ),
    "multiplied from the wrong side": Kind(
        "You multiply from the wrong side: A is X X^T, rows x rows, and B X has the rows of X. Otherwise the shapes do "
        "not fit, or for a square matrix the result is another one.",
        {
            "from the right": ("B @ X", "X @ B"),
            "X^T X": ("A = X @ X.mT", "A = X.mT @ X"),
            "no transpose": ("A = X @ X.mT", "A = X @ X"),
        },
    ),
    "the first square in every step": Kind(
        "You compute A = X X^T once, before the iteration. X changes in every step, and A with it.",
        {
            "the first square in every step": (
                "for _ in range(steps):\n        A = X @ X.mT\n",
                "A = X @ X.mT\n    for _ in range(steps):\n",
            )
        },
    ),
    "given matrix changed": Kind(IN_PLACE, {"divided in place": ("X = X / (X", "X /= (X")}),
    "another dtype": Kind(
        OTHER_DTYPE, {"always bfloat16": ("X = G.mT if tall else G", "X = (G.mT if tall else G).bfloat16()")}
    ),
    "rounded on the way": Kind(
        "You iterate in bfloat16 although G has a wider dtype. The caller chooses the dtype by passing G in it.",
        {
            "all in bfloat16": (
                "    # Transpose a",
                "    if G.dtype != torch.bfloat16:\n        return newton_schulz(G.bfloat16(), steps).to(G.dtype)\n"
                "    # Transpose a",
            ),
            "rounded once": ("X = X / (X", "X = X.bfloat16().to(G.dtype) / (X"),
            "rounded in every step": ("X = a * X + B @ X", "X = (a * X + B @ X).bfloat16().to(G.dtype)"),
        },
    ),
    "a singular value decomposition": Kind(
        "You compute the nearest orthogonal matrix exactly, by a singular value decomposition. That is what this "
        "iteration approximates: the decomposition is slow on a GPU, and its singular values are 1, not 0.7 to 1.2.",
        {
            "a singular value decomposition": (
                "    # Transpose a",
                ("    U, _, V = torch.linalg.svd(G, full_matrices=False)\n    return U @ V\n    # Transpose a"),
            )
        },
    ),
    "scaled": Kind(
        "You scale the result by the shape or by the norm of G. The scale for the shape belongs to the optimizer's "
        "step, and the norm of the gradient is what orthogonalisation removes.",
        {
            "for tall matrices": (
                "return X.mT if tall else X",
                ("X = X.mT if tall else X\n    return X * max(1, X.size(0) / X.size(1)) ** 0.5"),
            ),
            "to the norm of G": ("return X.mT if tall else X", "X = X.mT if tall else X\n    return X * G.norm()"),
        },
    ),
}

WITHOUT = {"gradient cut": "The optimizer runs without gradients."}
