"""What people write for adamw.AdamW.step, and why it matters."""

from scripts.workshop.diagnose import Kind
from scripts.workshop.diagnose.common import HARD_CODED

MISTAKES = {
    "no bias correction": Kind(
        "You use one of the two means, or both, as it is. They began at zero, and in the first steps still are "
        "close to it: the root more so than the mean, which makes the first steps far too large.",
        {
            "neither corrected": (
                (
                    'mean = mean / (1 - beta1 ** state["step"])\n'
                    '                mean_square = mean_square / (1 - beta2 ** state["step"])'
                ),
                "pass",
            ),
            "the mean not corrected": ('mean = mean / (1 - beta1 ** state["step"])', "pass"),
            "the mean of squares not corrected": ('mean_square = mean_square / (1 - beta2 ** state["step"])', "pass"),
        },
    ),
    "another bias correction": Kind(
        "Your correction is not that which is asked for: the other beta's, a product for a power, multiplied "
        "for divided, or that of another step. What is still remembered of zero is the beta to the power of "
        "the count.",
        {
            "multiplied": ('mean / (1 - beta1 ** state["step"])', 'mean * (1 - beta1 ** state["step"])'),
            "a product for a power": ('beta1 ** state["step"]', 'beta1 * state["step"]'),
            "always that of the first step": (
                (
                    'mean = mean / (1 - beta1 ** state["step"])\n'
                    '                mean_square = mean_square / (1 - beta2 ** state["step"])'
                ),
                "mean, mean_square = mean / (1 - beta1), mean_square / (1 - beta2)",
            ),
            "the same for both": ('beta2 ** state["step"]', 'beta1 ** state["step"]'),
            "the share itself": ('(1 - beta1 ** state["step"])', '(beta1 ** state["step"])'),
        },
    ),
    "steps miscounted": Kind(
        "You count the steps of a weight from another number than asked for. Its first step should be its "
        "first: with zero there the correction divides by zero, and with two it corrects too little.",
        {
            "from zero": ('"step": 0', '"step": -1'),
            "from two": ('"step": 0', '"step": 1'),
            "by two": ('state["step"] += 1', 'state["step"] += 2'),
            "not at all": ('state["step"] += 1', 'state["step"] = 1'),
        },
    ),
    "one count for all weights": Kind(
        "You count the steps of the optimizer, and not those of each weight. A weight that gets its first "
        "gradient late has a memory that is as young as that, and needs the correction of a first step.",
        {
            "every step counted": (
                (
                    "for group in self.param_groups:\n"
                    '            beta1, beta2 = group["betas"]\n'
                    '            for W in group["params"]:\n'
                    "                if W.grad is None:\n"
                    "                    continue\n"
                    "                # What is remembered of a parameter begins with its first step.\n"
                    "                state = self.state[W]\n"
                    "                if not state:\n"
                    '                    state |= {"step": 0, "mean": torch.zeros_like(W), "mean_square": torch.zeros_like(W)}\n'
                    '                state["step"] += 1'
                ),
                (
                    "for group in self.param_groups:\n"
                    '            group["count"] = group.get("count", 0) + 1\n'
                    '            beta1, beta2 = group["betas"]\n'
                    '            for W in group["params"]:\n'
                    "                if W.grad is None:\n"
                    "                    continue\n"
                    "                # What is remembered of a parameter begins with its first step.\n"
                    "                state = self.state[W]\n"
                    "                if not state:\n"
                    '                    state |= {"step": 0, "mean": torch.zeros_like(W), "mean_square": torch.zeros_like(W)}\n'
                    '                state["step"] = group["count"]'
                ),
            ),
            "every weight counted": (
                'state["step"] += 1',
                'group["count"] = state["step"] = group.get("count", 0) + 1',
            ),
        },
    ),
    "decay as a part of the gradient": Kind(
        "You add the decay to the gradient, as Adam had it before the W. It goes through both means then and "
        "is divided by the root, so that weights with large gradients hardly decay.",
        {
            "decay as a part of the gradient": (
                (
                    'mean = state["mean"].lerp_(W.grad, 1 - beta1)\n'
                    '                mean_square = state["mean_square"].lerp_(W.grad.square(), 1 - beta2)\n'
                    "                # Both began at zero, and are too small by as much as they still remember of it.\n"
                    '                mean = mean / (1 - beta1 ** state["step"])\n'
                    '                mean_square = mean_square / (1 - beta2 ** state["step"])\n'
                    "                # Decay by itself, not as a part of the gradient: there it would be divided by the root too, and weights\n"
                    "                # with large gradients would hardly decay.\n"
                    '                W.mul_(1 - group["lr"] * group["weight_decay"])'
                ),
                (
                    'gradient = W.grad + group["weight_decay"] * W\n'
                    '                mean = state["mean"].lerp_(gradient, 1 - beta1)\n'
                    '                mean_square = state["mean_square"].lerp_(gradient.square(), 1 - beta2)\n'
                    '                mean = mean / (1 - beta1 ** state["step"])\n'
                    '                mean_square = mean_square / (1 - beta2 ** state["step"])'
                ),
            ),
            "decay as a part of the mean": (
                'W.mul_(1 - group["lr"] * group["weight_decay"])',
                'mean = mean + group["weight_decay"] * W',
            ),
        },
    ),
    "no decay": Kind(
        "Your weights do not decay. Nothing pulls back what has grown large without being of use.",
        {"no decay": ('W.mul_(1 - group["lr"] * group["weight_decay"])', "pass")},
    ),
    "another decay": Kind(
        "Your decay is stronger, weaker or another than asked for: without the rate, without what the group "
        "says, or with the wrong sign. It should be a share of the weight in each step that falls as the rate "
        "does.",
        {
            "without the rate": ('1 - group["lr"] * group["weight_decay"]', '1 - group["weight_decay"]'),
            "by the rate alone": ('1 - group["lr"] * group["weight_decay"]', '1 - group["lr"]'),
            "growth": ('1 - group["lr"] * group["weight_decay"]', '1 + group["lr"] * group["weight_decay"]'),
            "what should be taken off": (
                'W.mul_(1 - group["lr"] * group["weight_decay"])',
                'W.mul_(group["lr"] * group["weight_decay"])',
            ),
            "towards zero by one amount": (
                'W.mul_(1 - group["lr"] * group["weight_decay"])',
                'W.sub_(group["lr"] * group["weight_decay"] * W.sign())',
            ),
        },
    ),
    "decay behind the step": Kind(
        "You let the weights decay after they took the step, so that the step decays as well. The difference "
        "is small, but the numbers are not those of anybody else's AdamW.",
        {
            "decay behind the step": (
                (
                    'W.mul_(1 - group["lr"] * group["weight_decay"])\n'
                    "                # The ratio has no unit: numbers with tiny gradients take steps as large as the others.\n"
                    '                W.sub_(group["lr"] * mean / (mean_square.sqrt() + group["eps"]))'
                ),
                (
                    'W.sub_(group["lr"] * mean / (mean_square.sqrt() + group["eps"]))\n'
                    '                W.mul_(1 - group["lr"] * group["weight_decay"])'
                ),
            )
        },
    ),
    "eps in another place": Kind(
        "You bring eps in at another place, or not at all. It stands beside the root, outside of it, when the "
        "means have been corrected: there it bounds the step of a number whose gradients are next to nothing.",
        {
            "inside the root": ('(mean_square.sqrt() + group["eps"])', '(mean_square + group["eps"]).sqrt()'),
            "its square inside the root": (
                '(mean_square.sqrt() + group["eps"])',
                '(mean_square + group["eps"] ** 2).sqrt()',
            ),
            "before the correction": (
                'mean_square.sqrt() + group["eps"]',
                'mean_square.sqrt() + group["eps"] / (1 - beta2 ** state["step"]) ** 0.5',
            ),
            "forgotten": ('(mean_square.sqrt() + group["eps"])', "mean_square.sqrt()"),
            "as a least value": ('(mean_square.sqrt() + group["eps"])', 'mean_square.sqrt().clamp(min=group["eps"])'),
            "added to the ratio": (
                'mean / (mean_square.sqrt() + group["eps"])',
                '(mean / mean_square.sqrt() + group["eps"])',
            ),
        },
    ),
    "eps hard-coded": Kind(HARD_CODED, {"eps hard-coded": ('.sqrt() + group["eps"]', ".sqrt() + 1e-8")}),
    "root forgotten": Kind(
        "You divide by the mean of squares without its root. The units no longer cancel: numbers with small "
        "gradients take giant steps, and those with large ones hardly any.",
        {"root forgotten": ("mean_square.sqrt()", "mean_square")},
    ),
    "not divided": Kind(
        "You step along the mean and never divide it. That is momentum, and the size of a step again depends "
        "on the size of the gradients.",
        {
            "not divided": (' / (mean_square.sqrt() + group["eps"])', ""),
            "multiplied": (' / (mean_square.sqrt() + group["eps"])', ' * (mean_square.sqrt() + group["eps"])'),
        },
    ),
    "not the square of the gradient": Kind(
        "What you keep as the mean of squares is the mean of something else. It should hold the square of "
        "every single number of the gradient, whatever its sign.",
        {
            "the gradient": ("W.grad.square(), 1", "W.grad, 1"),
            "its size": ("W.grad.square(), 1", "W.grad.abs(), 1"),
            "the square of the mean": ("W.grad.square(), 1", "mean.square(), 1"),
            "one number for the whole weight": ("W.grad.square(), 1", "W.grad.square().mean().expand_as(W), 1"),
            "the gradient's distance from its mean": ("W.grad.square(), 1", "(W.grad - mean).square(), 1"),
        },
    ),
    "betas swapped": Kind(
        "You swap the two betas, or use one of them for both means. The squares should be remembered for "
        "longer than the gradients, or the divisor shakes as much as what it divides.",
        {
            "swapped": ("beta1, beta2 = group", "beta2, beta1 = group"),
            "the first for both": ("beta1, beta2 = group", "beta2, _ = beta1, _ = group"),
            "the second for both": ("beta1, beta2 = group", "_, beta1 = _, beta2 = group"),
            "the first for the squares": ("W.grad.square(), 1 - beta2", "W.grad.square(), 1 - beta1"),
        },
    ),
    "old and new in the wrong parts": Kind(
        "You mix old and new in the wrong parts: swapped, or in parts that do not add up to one. A beta of 0.9 "
        "means that nine tenths of what is remembered stay, and one tenth is new.",
        {
            "swapped in the mean": ("lerp_(W.grad, 1 - beta1)", "lerp_(W.grad, beta1)"),
            "swapped in the squares": ("square(), 1 - beta2", "square(), beta2"),
            "the gradient in full": ("lerp_(W.grad, 1 - beta1)", "mul_(beta1).add_(W.grad)"),
            "the square in full": ("lerp_(W.grad.square(), 1 - beta2)", "mul_(beta2).add_(W.grad.square())"),
            "squares only added up": ("lerp_(W.grad.square(), 1 - beta2)", "add_(W.grad.square())"),
        },
    ),
    "means not brought up to date": Kind(
        "You mix the new gradient in, but do not write the result back into what is remembered. Every step "
        "then begins from zeros again.",
        {
            "the mean": ('state["mean"].lerp_(', 'state["mean"].lerp('),
            "the mean of squares": ('state["mean_square"].lerp_(', 'state["mean_square"].lerp('),
            "everything forgotten": ("if not state:", "if True:"),
        },
    ),
    "correction remembered": Kind(
        "You write the corrected mean back into what is remembered. The next step corrects it once more, and "
        "it grows beyond all measure.",
        {
            "of the mean": ("mean = mean / (", "mean = mean.div_("),
            "of the squares": ("mean_square = mean_square / (", "mean_square = mean_square.div_("),
        },
    ),
    "begins with the first gradient": Kind(
        "Your means begin with the first gradient and not with zeros. The correction is made for zeros, and "
        "makes too much of what needs none.",
        {
            "the mean": ('"mean": torch.zeros_like(W)', '"mean": W.grad.clone()'),
            "the mean of squares": ('"mean_square": torch.zeros_like(W)', '"mean_square": W.grad.square()'),
            "squares from one": ('"mean_square": torch.zeros_like(W)', '"mean_square": torch.ones_like(W)'),
        },
    ),
    "gradient kept or changed": Kind(
        "You keep the gradient itself in your memory, or change it on the way. It is overwritten in the next "
        "backward pass, and until then others may want to read it as it was.",
        {
            "kept as the mean": ('"mean": torch.zeros_like(W)', '"mean": W.grad'),
            "squared in place": ("W.grad.square(), 1", "W.grad.square_(), 1"),
            "set to zero": (
                'W.sub_(group["lr"] * mean / (mean_square.sqrt() + group["eps"]))',
                ('W.sub_(group["lr"] * mean / (mean_square.sqrt() + group["eps"]))\n                W.grad.zero_()'),
            ),
        },
    ),
    "one memory for both means": Kind(
        "Both of your means lie in the same memory. What is written into the one is read as the other.",
        {
            "one memory for both means": (
                '"mean": torch.zeros_like(W), "mean_square": torch.zeros_like(W)}',
                '**dict.fromkeys(("mean", "mean_square"), torch.zeros_like(W))}',
            )
        },
    ),
    "memory of another dtype": Kind(
        "What you remember of a weight has another dtype than the weight. A weight that is wider or narrower "
        "than the usual one cannot be mixed with it.",
        {
            "the mean": ('"mean": torch.zeros_like(W)', '"mean": torch.zeros(W.shape)'),
            "the mean of squares": ('"mean_square": torch.zeros_like(W)', '"mean_square": torch.zeros(W.shape)'),
        },
    ),
    "remembered in another place": Kind(
        "You keep your memory where no checkpoint finds it, or under another name. Training that goes on from "
        "a checkpoint would begin with an empty memory.",
        {
            "in an attribute of its own": (
                "state = self.state[W]",
                'state = self.__dict__.setdefault("kept", {}).setdefault(W, {})',
            ),
            "one memory for all of one shape": (
                "state = self.state[W]",
                "state = self.state.setdefault(tuple(W.shape), {})",
            ),
        },
    ),
    "uphill": Kind(
        "You add the step where it must be taken off. The gradient points to where the loss grows.",
        {"uphill": ("W.sub_(", "W.add_(")},
    ),
    "rate forgotten": Kind(
        "Your steps do not depend on the learning rate, or only in part. Every number moves by about one in "
        "each step then, a thousand times as far as by default.",
        {
            "rate forgotten": ('group["lr"] * mean / (', "mean / ("),
            "the rate squared": ('group["lr"] * mean / (', 'group["lr"] ** 2 * mean / ('),
        },
    ),
    "settings of another group": Kind(
        "You take a setting from somewhere else than the weight's own group. Groups have settings of their "
        "own, and a schedule changes them there, from step to step.",
        {
            "the optimizer's first rate": ('sub_(group["lr"]', 'sub_(self.defaults["lr"]'),
            "the optimizer's first betas": ('= group["betas"]', '= self.defaults["betas"]'),
            "the optimizer's first decay": ('* group["weight_decay"])', '* self.defaults["weight_decay"])'),
            "the optimizer's first eps": ('+ group["eps"]', '+ self.defaults["eps"]'),
            "the first group's rate": ('sub_(group["lr"]', 'sub_(self.param_groups[0]["lr"]'),
        },
    ),
    "weights without a gradient": Kind(
        "A weight without a gradient is not simply passed over: the others behind it are left out too, it gets "
        "a step by its memory, or your code stops. Weights that took no part in the loss should stay as they "
        "are.",
        {
            "no question asked": ("if W.grad is None:\n                    continue\n", ""),
            "the rest of its group left out": ("                    continue", "                    break"),
            "everything behind it left out": ("                    continue", "                    return"),
            "zeros in its place": ("                    continue", "                    W.grad = torch.zeros_like(W)"),
            "decays all the same": (
                "                    continue",
                ('                    W.mul_(1 - group["lr"] * group["weight_decay"])\n                    continue'),
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
    "not in place": Kind(
        "You compute the new weight, but do not write it into the old one. The model goes on with the memory "
        "that it has, and whoever shares it does not see the new numbers.",
        {
            "another tensor under the same name": (
                'W.sub_(group["lr"] * mean / (mean_square.sqrt() + group["eps"]))',
                'W = W - (group["lr"] * mean / (mean_square.sqrt() + group["eps"]))',
            ),
            "another memory": (
                'W.sub_(group["lr"] * mean / (mean_square.sqrt() + group["eps"]))',
                'W.data = W - (group["lr"] * mean / (mean_square.sqrt() + group["eps"]))',
            ),
            "decay lost": (
                'W.mul_(1 - group["lr"] * group["weight_decay"])',
                'W = W * (1 - group["lr"] * group["weight_decay"])',
            ),
        },
    ),
}
