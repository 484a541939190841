"""What people write for optimization.adamw.AdamW.step, and why it matters."""

from scripts.workshop.diagnose import Kind

RATIO = '(exp_avg_sq.sqrt() + group["eps"])'
STEP = f'W.sub_(group["lr"] * exp_avg / {RATIO})'
DECAY = 'W.mul_(1 - group["lr"] * group["weight_decay"])'
LOOP = 'beta1, beta2 = group["betas"]\n            for W in group["params"]:\n'
START = """                if W.grad is None:
                    continue
                # Start the state of a parameter in its first step.
                state = self.state[W]
                if not state:
                    state |= {"step": 0, "exp_avg": torch.zeros_like(W), "exp_avg_sq": torch.zeros_like(W)}
                """
CORRECTION = "exp_avg = exp_avg / (1 - beta1**t)\n                exp_avg_sq = exp_avg_sq / (1 - beta2**t)"

UPDATE = (
    "                # Update both moments: the direction, and the size of the gradients whatever their sign.\n"
    "                "
)
# From the moments to the decay, with the comments in between.
BODY = f"""exp_avg = state["exp_avg"].lerp_(W.grad, 1 - beta1)
                exp_avg_sq = state["exp_avg_sq"].lerp_(W.grad.square(), 1 - beta2)
                # Correct the bias of both towards the zeros that they started from.
                t = int(state["step"])
                {CORRECTION}
                # Decay the weight, decoupled from the gradient: as a part of it, decay would be divided by the root
                # too, and weights with large gradients would hardly decay.
                {DECAY}"""

FIRST = 'state["exp_avg"].lerp_(W.grad, 1 - beta1)'
SECOND = 'state["exp_avg_sq"].lerp_(W.grad.square(), 1 - beta2)'


def in_dtype(dtype: str, *updates: str) -> tuple[str, str]:
    """Some of the moments kept in another dtype, and brought back to that of the weight for the step."""
    lines = START + 'state["step"] += 1\n' + UPDATE + f"exp_avg = {FIRST}\n                exp_avg_sq = {SECOND}\n"
    new = lines
    for update in updates:
        moment, gradient = update.split(".lerp_(")[0], update.split("(", 1)[1].split(", ")[0]
        name = moment.split('"')[1]
        new = new.replace(f'"{name}": torch.zeros_like(W)', f'"{name}": torch.zeros_like(W, dtype=torch.{dtype})')
        new = new.replace(update, f"{update.replace(gradient, f'{gradient}.to(torch.{dtype})')}.to(W.dtype)")
    return lines, new


MISTAKES = {
    "no bias correction": Kind(
        "You use one moment, or both, without the bias correction. They started at zero and are too small in the first "
        "steps, the root of the second more so than the first, and those steps are far too large.",
        {
            "neither corrected": (CORRECTION, "pass"),
            "the first not corrected": ("exp_avg = exp_avg / (1 - beta1**t)", "pass"),
            "the second not corrected": ("exp_avg_sq = exp_avg_sq / (1 - beta2**t)", "pass"),
        },
    ),
    "another bias correction": Kind(
        "Your bias correction is not m / (1 - beta1^t) and v / (1 - beta2^t): the other beta, a product for a power, "
        "multiplied for divided, or another t. The weight of the initial zero in a moving average is beta^t.",
        {
            "multiplied": ("exp_avg / (1 - beta1**t)", "exp_avg * (1 - beta1**t)"),
            "a product for a power": ("beta1**t", "beta1 * t"),
            "always that of the first step": (
                CORRECTION,
                "exp_avg, exp_avg_sq = exp_avg / (1 - beta1), exp_avg_sq / (1 - beta2)",
            ),
            "the same for both": ("beta2**t", "beta1**t"),
            "beta^t itself": ("(1 - beta1**t)", "(beta1**t)"),
        },
    ),
    "steps miscounted": Kind(
        "Your t is not 1 in the first step of a parameter, or does not grow by 1. With 0 the bias correction divides by "
        "zero, and with 2 it corrects too little.",
        {
            "from zero": ('"step": 0', '"step": -1'),
            "from two": ('"step": 0', '"step": 1'),
            "by two": ('state["step"] += 1', 'state["step"] += 2'),
            "not at all": ('state["step"] += 1', 'state["step"] = 1'),
        },
    ),
    "one count for all parameters": Kind(
        "You count the steps of the optimizer, not those of each parameter. A parameter that gets its first gradient "
        "late has moments that start then, and needs the bias correction of a first step.",
        {
            "every step counted": (
                f'{LOOP}{START}state["step"] += 1',
                f'group["count"] = group.get("count", 0) + 1\n            {LOOP}{START}state["step"] = group["count"]',
            ),
            "every step counted, and not in the state": (
                f'{LOOP}{START}state["step"] += 1\n{UPDATE}{BODY}',
                f'self.count = getattr(self, "count", 0) + (group is self.param_groups[0])\n            {LOOP}'
                + START.replace('"step": 0, ', "").rstrip(" ")
                + f"{UPDATE}{BODY}".replace('int(state["step"])', "self.count"),
            ),
            "every parameter counted": (
                'state["step"] += 1',
                'group["count"] = state["step"] = group.get("count", 0) + 1',
            ),
        },
    ),
    "decay as a part of the gradient": Kind(
        "You add the weight decay to the gradient or to the first moment, as Adam without the W (L2 regularisation). It "
        "is then divided by the root too, so that weights with large gradients hardly decay.",
        {
            "decay as a part of the gradient": (
                BODY,
                BODY.replace("W.grad", '(W.grad + group["weight_decay"] * W)').replace(DECAY, "pass"),
            ),
            "decay added to the gradient in place": (
                BODY,
                BODY.replace(
                    "exp_avg = state", 'W.grad.add_(W, alpha=group["weight_decay"])\n                exp_avg = state'
                ).replace(DECAY, "pass"),
            ),
            "decay as a part of the first moment": (DECAY, 'exp_avg = exp_avg + group["weight_decay"] * W'),
        },
    ),
    "no decay": Kind(
        "Your weights do not decay. Nothing shrinks a weight that has become large without being of use.",
        {"no decay": (DECAY, "pass")},
    ),
    "another decay": Kind(
        "Your decay is not W <- W - lr weight_decay W: without the learning rate, without the group's weight decay, or "
        "with the wrong sign. It is a fraction of the weight that falls with the learning rate.",
        {
            "without the learning rate": ('1 - group["lr"] * group["weight_decay"]', '1 - group["weight_decay"]'),
            "by the learning rate alone": ('1 - group["lr"] * group["weight_decay"]', '1 - group["lr"]'),
            "growth": ('1 - group["lr"] * group["weight_decay"]', '1 + group["lr"] * group["weight_decay"]'),
            "what is to be subtracted": (DECAY, 'W.mul_(group["lr"] * group["weight_decay"])'),
            "by a fixed amount": (DECAY, 'W.sub_(group["lr"] * group["weight_decay"] * W.sign())'),
        },
    ),
    "decay after the step": Kind(
        "You decay the weight after the step, so that the step decays too. The difference is small, but "
        "`torch.optim.AdamW` decays the weight before it.",
        {
            "decay after the step": (
                f"{DECAY}\n                # Step by the ratio, which has no unit: weights with tiny gradients move as far as "
                f"the others.\n                {STEP}",
                f"{STEP}\n                {DECAY}",
            )
        },
    ),
    "eps in another place": Kind(
        "Your eps is not added to the root of the corrected second moment. There it bounds the step of a weight whose "
        "gradients are nearly zero.",
        {
            "inside the root": (RATIO, '(exp_avg_sq + group["eps"]).sqrt()'),
            "its square inside the root": (RATIO, '(exp_avg_sq + group["eps"] ** 2).sqrt()'),
            "before the correction": (
                'exp_avg_sq.sqrt() + group["eps"]',
                'exp_avg_sq.sqrt() + group["eps"] / (1 - beta2**t) ** 0.5',
            ),
            "forgotten": (RATIO, "exp_avg_sq.sqrt()"),
            "as a minimum": (RATIO, 'exp_avg_sq.sqrt().clamp(min=group["eps"])'),
            "added to the ratio": (f"exp_avg / {RATIO}", '(exp_avg / exp_avg_sq.sqrt() + group["eps"])'),
        },
    ),
    "root forgotten": Kind(
        "You divide by the second moment without its root. The units do not cancel: weights with small gradients take "
        "huge steps, and those with large ones hardly any.",
        {"root forgotten": ("exp_avg_sq.sqrt()", "exp_avg_sq")},
    ),
    "not divided": Kind(
        "You step along the first moment without dividing it. That is momentum, whose steps depend on the size of the "
        "gradients.",
        {"not divided": (f" / {RATIO}", ""), "multiplied": (f" / {RATIO}", f" * {RATIO}")},
    ),
    "not the square of the gradient": Kind(
        "Your second moment is the moving average of something else than the elementwise square of the gradient. Only "
        "its root has the gradient's unit and size, whatever the sign.",
        {
            "the gradient": ("W.grad.square(), 1", "W.grad, 1"),
            "its absolute value": ("W.grad.square(), 1", "W.grad.abs(), 1"),
            "the square of the average": ("W.grad.square(), 1", "exp_avg.square(), 1"),
            "one value for the whole parameter": ("W.grad.square(), 1", "W.grad.square().mean().expand_as(W), 1"),
            "the variance": ("W.grad.square(), 1", "(W.grad - exp_avg).square(), 1"),
        },
    ),
    "betas swapped": Kind(
        "You swap beta1 and beta2, or use one of them for both moments. The squares need the longer average, or the "
        "divisor is as noisy as what it divides.",
        {
            "swapped": ("beta1, beta2 = group", "beta2, beta1 = group"),
            "beta1 for both": ("beta1, beta2 = group", "beta2, _ = beta1, _ = group"),
            "beta2 for both": ("beta1, beta2 = group", "_, beta1 = _, beta2 = group"),
            "beta1 for the squares": ("W.grad.square(), 1 - beta2", "W.grad.square(), 1 - beta1"),
        },
    ),
    "wrong weights of the moving average": Kind(
        "Your moving averages have other weights than beta for the old value and 1 - beta for the new one. A beta of "
        "0.9 keeps nine tenths of the old, and the weights add up to 1.",
        {
            "swapped in the first moment": ("lerp_(W.grad, 1 - beta1)", "lerp_(W.grad, beta1)"),
            "swapped in the second": ("square(), 1 - beta2", "square(), beta2"),
            "the gradient in full": ("lerp_(W.grad, 1 - beta1)", "mul_(beta1).add_(W.grad)"),
            "the square in full": ("lerp_(W.grad.square(), 1 - beta2)", "mul_(beta2).add_(W.grad.square())"),
            "squares summed": ("lerp_(W.grad.square(), 1 - beta2)", "add_(W.grad.square())"),
        },
    ),
    "moments not updated": Kind(
        "You do not write the new moving averages back into the state. Every step then starts from zeros again.",
        {
            "the first": ('state["exp_avg"].lerp_(', 'state["exp_avg"].lerp('),
            "the second": ('state["exp_avg_sq"].lerp_(', 'state["exp_avg_sq"].lerp('),
            "state reset": ("if not state:", "if True:"),
        },
    ),
    "correction written into the state": Kind(
        "You write the corrected moment back into the state. The next step corrects it again, and it grows without bound.",
        {
            "of the first": ("exp_avg = exp_avg / (", "exp_avg = exp_avg.div_("),
            "of the second": ("exp_avg_sq = exp_avg_sq / (", "exp_avg_sq = exp_avg_sq.div_("),
        },
    ),
    "starts with the first gradient": Kind(
        "Your moments do not start at zero. The bias correction is for a start at zero, and makes these too large.",
        {
            "the first": ('"exp_avg": torch.zeros_like(W)', '"exp_avg": W.grad.clone()'),
            "the second": ('"exp_avg_sq": torch.zeros_like(W)', '"exp_avg_sq": W.grad.square()'),
            "squares from one": ('"exp_avg_sq": torch.zeros_like(W)', '"exp_avg_sq": torch.ones_like(W)'),
        },
    ),
    "gradient kept or changed": Kind(
        "You keep the gradient's own tensor in the state, or change the gradient. The next backward pass overwrites it, "
        "and until then others may need it as it was.",
        {
            "kept as the first moment": ('"exp_avg": torch.zeros_like(W)', '"exp_avg": W.grad'),
            "squared in place": ("W.grad.square(), 1", "W.grad.square_(), 1"),
            "set to zero": (STEP, f"{STEP}\n                W.grad.zero_()"),
        },
    ),
    "one tensor for both moments": Kind(
        "Both moments are the same tensor. What is written into one is read as the other.",
        {
            "one tensor for both moments": (
                '"exp_avg": torch.zeros_like(W), "exp_avg_sq": torch.zeros_like(W)}',
                '**dict.fromkeys(("exp_avg", "exp_avg_sq"), torch.zeros_like(W))}',
            )
        },
    ),
    "moments of another dtype": Kind(
        "Your moments do not have the dtype of the parameter. In a wider one they cannot be mixed with its gradient, or "
        "take twice the memory; in a narrower one small changes of a moving average are rounded away.",
        {
            "the first": ('"exp_avg": torch.zeros_like(W)', '"exp_avg": torch.zeros(W.shape)'),
            "the second": ('"exp_avg_sq": torch.zeros_like(W)', '"exp_avg_sq": torch.zeros(W.shape)'),
            "both in float32": in_dtype("float32", FIRST, SECOND),
            "the first in float32": in_dtype("float32", FIRST),
            "the second in float32": in_dtype("float32", SECOND),
            "both in bfloat16": in_dtype("bfloat16", FIRST, SECOND),
            "the first in bfloat16": in_dtype("bfloat16", FIRST),
            "the second in bfloat16": in_dtype("bfloat16", SECOND),
        },
    ),
    "state in another place": Kind(
        'You keep the moments elsewhere than in self.state[W], or under other keys than "step", "exp_avg" and '
        '"exp_avg_sq". A checkpoint does not contain them, and training that resumes starts from zeros.',
        {
            "in an attribute of its own": (
                "state = self.state[W]",
                'state = self.__dict__.setdefault("kept", {}).setdefault(W, {})',
            ),
            "one state for all of one shape": (
                "state = self.state[W]",
                "state = self.state.setdefault(tuple(W.shape), {})",
            ),
        },
    ),
    "uphill": Kind(
        "You add the step and should subtract it. The gradient points to where the loss grows.",
        {"uphill": ("W.sub_(", "W.add_(")},
    ),
    "learning rate forgotten": Kind(
        "Your steps do not depend on the learning rate, or on its square. By default every weight then moves by about 1 "
        "in each step, a thousand times too far.",
        {
            "learning rate forgotten": ('group["lr"] * exp_avg / (', "exp_avg / ("),
            "squared": ('group["lr"] * exp_avg / (', 'group["lr"] ** 2 * exp_avg / ('),
        },
    ),
    "settings of another group": Kind(
        "You take a setting from elsewhere than the parameter's own group. Groups have settings of their own, and a "
        "schedule changes them there in every step.",
        {
            "the default learning rate": ('sub_(group["lr"]', 'sub_(self.defaults["lr"]'),
            "the default betas": ('= group["betas"]', '= self.defaults["betas"]'),
            "the default decay": ('* group["weight_decay"])', '* self.defaults["weight_decay"])'),
            "the default eps": ('+ group["eps"]', '+ self.defaults["eps"]'),
            "the first group's settings": (
                'beta1, beta2 = group["betas"]\n            for W in group["params"]:',
                'group, params = self.param_groups[0], group["params"]\n            beta1, beta2 = group["betas"]\n'
                "            for W in params:",
            ),
            "the first group's learning rate": ('sub_(group["lr"]', 'sub_(self.param_groups[0]["lr"]'),
        },
    ),
    "parameters without a gradient": Kind(
        "You do not just skip a parameter without a gradient: the ones after it are left out too, it is moved by its "
        "moments, or your code raises an error. A parameter that took no part in the loss stays as it is.",
        {
            "no question asked": ("if W.grad is None:\n                    continue\n", ""),
            "the rest of its group left out": ("                    continue", "                    break"),
            "all after it left out": ("                    continue", "                    return"),
            "zeros in its place": ("                    continue", "                    W.grad = torch.zeros_like(W)"),
            "decays all the same": (
                "                    continue",
                ('                    W.mul_(1 - group["lr"] * group["weight_decay"])\n                    continue'),
            ),
        },
    ),
    "the first group only": Kind(
        "You take steps for the first group only, or for the first parameter of each. All others stay as they were "
        "initialised.",
        {
            "the first group only": ("in self.param_groups:", "in self.param_groups[:1]:"),
            "the first parameter of each": ('in group["params"]:', 'in group["params"][:1]:'),
        },
    ),
    "not in place": Kind(
        "You compute the new weight, but do not write it into the parameter. The model, and all that have the same "
        "tensor, keep the old values.",
        {
            "another tensor under the same name": (STEP, f'W = W - (group["lr"] * exp_avg / {RATIO})'),
            "another storage": (STEP, f'W.data = W - (group["lr"] * exp_avg / {RATIO})'),
            "decay lost": (DECAY, 'W = W * (1 - group["lr"] * group["weight_decay"])'),
        },
    ),
}
