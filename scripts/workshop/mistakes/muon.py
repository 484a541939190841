"""Mistakes in muon.py."""

from . import Kind
from .common import HARD_CODED, IN_PLACE, NOTHING_RETURNED, OTHER_DTYPE

AHEAD = 'W.grad.lerp(mean, group["momentum"])'
UPDATE = 'newton_schulz(W.grad.lerp(mean, group["momentum"]).to(group["dtype"]))'

MISTAKES = {
    "muon.newton_schulz": {
        "other coefficients": Kind(
            "Your three coefficients are others than those that are asked for. With Newton and Schulz's own, small "
            "singular values grow by half a round and five rounds are far too few; with signs or places mixed up, they "
            "do not come near one at all.",
            {
                "the classic cubic": ("3.4445, -4.7750, 2.0315\n    #", "1.5, -0.5, 0.0\n    #"),
                "the classic quintic": ("3.4445, -4.7750, 2.0315\n    #", "1.875, -1.25, 0.375\n    #"),
                "a sign lost": ("3.4445, -4.7750, 2.0315\n    #", "3.4445, 4.7750, 2.0315\n    #"),
                "two of them swapped": ("3.4445, -4.7750, 2.0315\n    #", "3.4445, 2.0315, -4.7750\n    #"),
                "rounded": ("3.4445, -4.7750, 2.0315\n    #", "3.4, -4.8, 2.0\n    #"),
            },
        ),
        "not brought below one": Kind(
            "You do not divide by a norm that holds all singular values down. Those above one are thrown farther and "
            "farther out by the fifth power, and after a few rounds there is nothing but infinities.",
            {
                "not divided at all": ("X = X / X.norm().clamp(min=1e-7)", "pass"),
                "by the largest number": ("X.norm().clamp(min=1e-7)", "X.abs().max().clamp(min=1e-7)"),
                "by the mean": ("X.norm().clamp(min=1e-7)", "X.abs().mean().clamp(min=1e-7)"),
            },
        ),
        "another norm": Kind(
            "You divide by another norm than that of the whole matrix. The squares of all numbers are summed and the "
            "root is taken, once; a norm for each row or column would turn the matrix into another one, with other "
            "directions.",
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
            "You bring in the least norm in another way, or make it another number. It should only replace norms that "
            "are smaller, and leave all others exactly as they are.",
            {
                "added": ("X.norm().clamp(min=1e-7)", "(X.norm() + 1e-7)"),
                "far too large": ("clamp(min=1e-7)", "clamp(min=1e-3)"),
                "smaller": ("clamp(min=1e-7)", "clamp(min=1e-12)"),
                "held down instead of up": ("clamp(min=1e-7)", "clamp(max=1e-7)"),
            },
        ),
        "not turned back": Kind(
            "A tall matrix comes back lying on its side, or is laid there in the end. Its update has the wrong shape "
            "then, and where rows and columns are equally many it would be added to the wrong numbers without a word.",
            {
                "not turned back": ("return X.mT if tall else X", "return X"),
                "never turned, but turned back": ("X = G.mT if tall else G", "X = G"),
            },
        ),
        "turned back without a reason": Kind(
            "You turn the result although you did not turn what went in, or turn back the wrong ones. The update of a "
            "matrix must have its shape, wide or tall.",
            {
                "always turned back": ("return X.mT if tall else X", "return X.mT"),
                "the wide ones turned back": ("return X.mT if tall else X", "return X if tall else X.mT"),
            },
        ),
        "the larger square": Kind(
            "You multiply along the longer side, so that each round makes a square of as many numbers as the longer "
            "side has, squared. The result is the same, but a matrix four times as tall as wide takes some ten times "
            "as long.",
            {
                "none turned": ("G.size(0) > G.size(1)", "False"),
                "the wide ones turned": ("G.size(0) > G.size(1)", "G.size(0) < G.size(1)"),
                "all turned": ("G.size(0) > G.size(1)", "True"),
            },
        ),
        "another number of rounds": Kind(
            "You make another number of rounds than you are asked for. With fewer, small singular values are still on "
            "their way up; with more, time is spent on nothing.",
            {
                "one too few": ("range(steps)", "range(steps - 1)"),
                "one too many": ("range(steps)", "range(steps + 1)"),
            },
        ),
        "rounds hard-coded": Kind(HARD_CODED, {"always five": ("range(steps)", "range(5)")}),
        "a term forgotten": Kind(
            "One of the three terms is missing. It takes all of them to lift small singular values quickly and still "
            "leave large ones where they are.",
            {
                "the first": ("X = a * X + B @ X", "X = B @ X"),
                "the second": ("B = b * A + c * A @ A", "B = c * A @ A"),
                "the third": ("B = b * A + c * A @ A", "B = b * A"),
            },
        ),
        "a product of numbers": Kind(
            "You multiply number by number where a product of matrices is wanted, or leave a power out. Only products "
            "of matrices act on the singular values and leave the directions alone.",
            {
                "the square number by number": ("c * A @ A", "c * A * A"),
                "the last factor left out": ("X = a * X + B @ X", "X = a * X + B.sum() * X"),
                "not squared": ("c * A @ A", "c * A"),
            },
        ),
        "a coefficient in the wrong place": Kind(
            "A coefficient stands at another term than its own, or at none. The polynomial bends elsewhere then, and "
            "singular values end far from one.",
            {
                "the first left out": ("X = a * X + B @ X", "X = X + B @ X"),
                "the first at everything": ("X = a * X + B @ X", "X = a * (X + B @ X)"),
                "the second at the third term too": ("B = b * A + c * A @ A", "B = b * (A + c * A @ A)"),
            },
        ),
        "multiplied on the wrong side": Kind(
            "You multiply on the wrong side, so that rows meet columns that are not theirs. For a matrix that is not "
            "square the sizes do not fit, and for a square one the result is another.",
            {
                "from the right": ("B @ X", "X @ B"),
                "columns with columns": ("A = X @ X.mT", "A = X.mT @ X"),
                "no transpose": ("A = X @ X.mT", "A = X @ X"),
            },
        ),
        "the first square in every round": Kind(
            "You take the product of the matrix with itself once, before the rounds. In each round the singular values "
            "have moved, and the polynomial must be that of where they are now.",
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
            "You compute the nearest orthogonal matrix exactly, by a singular value decomposition or with a loop to "
            "the end. That is what is approximated here, but it is slow on a GPU, and not what these rounds come to.",
            {
                "a singular value decomposition": (
                    "    # X X^T is",
                    "    U, _, V = torch.linalg.svd(G, full_matrices=False)\n    return U @ V\n    # X X^T is",
                )
            },
        ),
        "scaled for its shape": Kind(
            "You scale the result by the shape of the matrix, or to have the size of what went in. The shape is the "
            "business of whoever takes the step, and the size of a gradient is what this is meant to forget.",
            {
                "for tall matrices": (
                    "return X.mT if tall else X",
                    "X = X.mT if tall else X\n    return X * max(1, X.size(0) / X.size(1)) ** 0.5",
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
    },
    "muon.Muon.step": {
        "no step ahead": Kind(
            "You orthogonalise the running mean as it is, without a look ahead. The latest gradient counts too little "
            "then: Nesterov's way is to mix it in once more, after the mean has been brought up to date.",
            {"no step ahead": (AHEAD, "mean")},
        ),
        "another step ahead": Kind(
            "You look ahead, but mix mean and gradient in other parts than those that are asked for. The parts add up "
            "to one, and nearly all of it is the mean.",
            {
                "the gradient in full": (AHEAD, 'W.grad.add(mean, alpha=group["momentum"])'),
                "the parts swapped": (AHEAD, 'mean.lerp(W.grad, group["momentum"])'),
                "half and half": (AHEAD, "W.grad.lerp(mean, 0.5)"),
            },
        ),
        "no momentum": Kind(
            "Your steps follow the latest gradient alone. Orthogonalising makes weak directions as strong as the "
            "others, and without a memory most of those are the noise of a single batch.",
            {"the gradient itself": (AHEAD, "W.grad")},
        ),
        "another mean": Kind(
            "What you keep is not the mean that is asked for: the parts of old and new are swapped, do not add up to "
            "one, or the new has no part at all. It remembers too little or too much.",
            {
                "the parts swapped": ('lerp_(W.grad, 1 - group["momentum"])', 'lerp_(W.grad, group["momentum"])'),
                "a sum": (
                    'lerp_(W.grad, 1 - group["momentum"])',
                    'mul_(group["momentum"]).add_(W.grad)',
                ),
                "a sum of everything": ('lerp_(W.grad, 1 - group["momentum"])', "add_(W.grad)"),
                "never brought up to date": (
                    'state["momentum"].lerp_(W.grad, 1',
                    'state["momentum"].lerp(W.grad, 1',
                ),
            },
        ),
        "begins with the first gradient": Kind(
            "Your mean begins with the first gradient instead of zeros. A single batch has a large part in the steps "
            "for a long time then.",
            {"begins with the first gradient": ("torch.zeros_like(W)", "W.grad.clone()")},
        ),
        "a gradient kept": Kind(
            "You keep the gradient itself and not a copy. It is overwritten in the next backward pass, and what you "
            "remember with it; and what you do to your memory is done to the gradient.",
            {"a gradient kept": ("torch.zeros_like(W)", "W.grad")},
        ),
        "orthogonalised too early": Kind(
            "You orthogonalise every gradient by itself and take the mean of the results. In a single gradient most "
            "directions are noise, and they all have full weight before anything was averaged.",
            {
                "orthogonalised too early": (
                    'lerp_(W.grad, 1 - group["momentum"])',
                    'lerp_(newton_schulz(W.grad), 1 - group["momentum"])',
                )
            },
        ),
        "not orthogonalised": Kind(
            "You step along the mean as it is, which is ordinary momentum. A few directions then get nearly all of the "
            "step, at a rate that was chosen for all of them being alike.",
            {
                "not orthogonalised": (UPDATE, AHEAD),
                "brought to length one": (UPDATE, f"torch.nn.functional.normalize({AHEAD}, dim=(0, 1))"),
                "its signs": (UPDATE, f"{AHEAD}.sign()"),
            },
        ),
        "another number of rounds": Kind(
            "You ask for another number of rounds than is usual. Small singular values then do not get up to one, or "
            "time is spent on nothing.",
            {
                "three": ('.to(group["dtype"]))', '.to(group["dtype"]), steps=3)'),
                "ten": ('.to(group["dtype"]))', '.to(group["dtype"]), steps=10)'),
            },
        ),
        "the dtype of the group ignored": Kind(
            "You orthogonalise in another dtype than the group wants. On a GPU bfloat16 is several times as fast, and "
            "who asks for something wider has a reason.",
            {
                "that of the weight": ('.to(group["dtype"])', ""),
                "always bfloat16": ('.to(group["dtype"])', ".bfloat16()"),
                "that of the first group": ('.to(group["dtype"])', '.to(self.param_groups[0]["dtype"])'),
            },
        ),
        "scale forgotten": Kind(
            "You step as far with a tall matrix as with any other. It has fewer directions than rows, so that its "
            "outputs change by less, and it learns more slowly than the rest.",
            {"scale forgotten": ('alpha=-group["lr"] * scale', 'alpha=-group["lr"]')},
        ),
        "another scale": Kind(
            "Your factor for the shape is another one: without its root, upside down, not held at one for wide "
            "matrices, or of another recipe. The rate was chosen for this one.",
            {
                "without the root": ("max(1, W.size(0) / W.size(1)) ** 0.5", "max(1, W.size(0) / W.size(1))"),
                "upside down": ("W.size(0) / W.size(1)) ** 0.5", "W.size(1) / W.size(0)) ** 0.5"),
                "not held at one": ("max(1, W.size(0) / W.size(1)) ** 0.5", "(W.size(0) / W.size(1)) ** 0.5"),
                "held from above": ("max(1, W.size(0)", "min(1, W.size(0)"),
                "one over it": ("max(1, W.size(0) / W.size(1)) ** 0.5", "max(1, W.size(0) / W.size(1)) ** -0.5"),
                "as large as Adam's steps": (
                    "max(1, W.size(0) / W.size(1)) ** 0.5",
                    "0.2 * max(W.size(0), W.size(1)) ** 0.5",
                ),
            },
        ),
        "uphill": Kind(
            "You add the update where it must be taken off. The gradient points to where the loss grows.",
            {"uphill": ('alpha=-group["lr"] * scale', 'alpha=group["lr"] * scale')},
        ),
        "rate forgotten": Kind(
            "Your steps do not depend on the learning rate. They are fifty times as large as they should be by "
            "default, and no schedule can make them smaller.",
            {"rate forgotten": ('alpha=-group["lr"] * scale', "alpha=-scale")},
        ),
        "settings of another group": Kind(
            "You take a setting from somewhere else than the weight's own group. Groups have settings of their own, "
            "and a schedule changes them there, from step to step.",
            {
                "the optimizer's first rate": ('-group["lr"] * scale', '-self.defaults["lr"] * scale'),
                "the optimizer's first momentum": (
                    'lerp_(W.grad, 1 - group["momentum"])',
                    'lerp_(W.grad, 1 - self.defaults["momentum"])',
                ),
                "the first group's rate": ('-group["lr"] * scale', '-self.param_groups[0]["lr"] * scale'),
            },
        ),
        "weights without a gradient": Kind(
            "A weight without a gradient is not simply passed over: the others behind it are left out too, it gets a "
            "step by its memory, or your code stops. Weights that took no part in the loss should stay as they are.",
            {
                "no question asked": ("if W.grad is None:\n                    continue\n", ""),
                "the rest of its group left out": ("                    continue", "                    break"),
                "everything behind it left out": ("                    continue", "                    return"),
                "zeros in its place": (
                    "                    continue",
                    "                    W.grad = torch.zeros_like(W)",
                ),
            },
        ),
        "the first group only": Kind(
            "You take steps for the first group only, or the first weight of each. The rest stays as it began.",
            {
                "the first group only": ("in self.param_groups:", "in self.param_groups[:1]:"),
                "the first weight of each": ('in group["params"]:', 'in group["params"][:1]:'),
            },
        ),
        "nothing remembered": Kind(
            "What you remember of a weight begins anew with every step. A mean of one gradient is that gradient, made "
            "smaller.",
            {"nothing remembered": ("if not state:", "if True:")},
        ),
        "remembered in another place": Kind(
            "You keep your memory where no checkpoint finds it, or under another name. Training that goes on from a "
            "checkpoint would begin with an empty memory.",
            {
                "in an attribute of its own": (
                    "state = self.state[W]",
                    'state = self.__dict__.setdefault("kept", {}).setdefault(W, {})',
                ),
                "one memory for all": (
                    "state = self.state[W]",
                    "state = self.state.setdefault(tuple(W.shape), {})",
                ),
            },
        ),
        "not in place": Kind(
            "You compute the new weight, but do not write it into the old one. The model goes on with the memory that "
            "it has, and whoever shares it does not see the new numbers.",
            {
                "another tensor under the same name": (
                    'W.add_(update.to(W.dtype), alpha=-group["lr"] * scale)',
                    'W = W.add(update.to(W.dtype), alpha=-group["lr"] * scale)',
                ),
                "another memory": (
                    'W.add_(update.to(W.dtype), alpha=-group["lr"] * scale)',
                    'W.data = W.add(update.to(W.dtype), alpha=-group["lr"] * scale)',
                ),
            },
        ),
        "gradient changed": Kind(
            "A gradient comes out of the step changed. Who measures its size or adds up several batches still needs it "
            "as it was.",
            {
                "mixed in place": ("W.grad.lerp(mean,", "W.grad.lerp_(mean,"),
                "set to zero": (
                    "                # A tall matrix",
                    "                W.grad.zero_()\n                # A tall matrix",
                ),
            },
        ),
        "memory changed": Kind(
            "Looking ahead, you write into the mean itself. It should only say where the next gradients will probably "
            "go, and yours counts the latest gradient twice for good.",
            {"memory changed": (AHEAD, 'mean.lerp_(W.grad, 1 - group["momentum"])')},
        ),
        "weight decay": Kind(
            "You make the weights smaller, which nobody has asked for. Here the norms and the rate alone decide how "
            "large they get.",
            {
                "weight decay": (
                    "                # A tall matrix",
                    '                W.mul_(1 - 0.1 * group["lr"])\n                # A tall matrix',
                )
            },
        ),
    },
}
