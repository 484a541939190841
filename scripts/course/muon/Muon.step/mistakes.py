"""What people write for muon.Muon.step, and why it matters."""

from scripts.workshop.diagnose import Kind

MISTAKES = {
    "no step ahead": Kind(
        "You orthogonalise the running mean as it is, without a look ahead. The latest gradient counts too "
        "little then: Nesterov's way is to mix it in once more, after the mean has been brought up to date.",
        {"no step ahead": ('W.grad.lerp(mean, group["momentum"])', "mean")},
    ),
    "another step ahead": Kind(
        "You look ahead, but mix mean and gradient in other parts than those that are asked for. The parts add "
        "up to one, and nearly all of it is the mean.",
        {
            "the gradient in full": (
                'W.grad.lerp(mean, group["momentum"])',
                'W.grad.add(mean, alpha=group["momentum"])',
            ),
            "the parts swapped": ('W.grad.lerp(mean, group["momentum"])', 'mean.lerp(W.grad, group["momentum"])'),
            "half and half": ('W.grad.lerp(mean, group["momentum"])', "W.grad.lerp(mean, 0.5)"),
        },
    ),
    "no momentum": Kind(
        "Your steps follow the latest gradient alone. Orthogonalising makes weak directions as strong as the "
        "others, and without a memory most of those are the noise of a single batch.",
        {"the gradient itself": ('W.grad.lerp(mean, group["momentum"])', "W.grad")},
    ),
    "another mean": Kind(
        "What you keep is not the mean that is asked for: the parts of old and new are swapped, do not add up "
        "to one, or the new has no part at all. It remembers too little or too much.",
        {
            "the parts swapped": ('lerp_(W.grad, 1 - group["momentum"])', 'lerp_(W.grad, group["momentum"])'),
            "a sum": ('lerp_(W.grad, 1 - group["momentum"])', 'mul_(group["momentum"]).add_(W.grad)'),
            "a sum of everything": ('lerp_(W.grad, 1 - group["momentum"])', "add_(W.grad)"),
            "never brought up to date": ('state["momentum"].lerp_(W.grad, 1', 'state["momentum"].lerp(W.grad, 1'),
        },
    ),
    "begins with the first gradient": Kind(
        "Your mean begins with the first gradient instead of zeros. A single batch has a large part in the "
        "steps for a long time then.",
        {"begins with the first gradient": ("torch.zeros_like(W)", "W.grad.clone()")},
    ),
    "a gradient kept": Kind(
        "You keep the gradient itself and not a copy. It is overwritten in the next backward pass, and what "
        "you remember with it; and what you do to your memory is done to the gradient.",
        {"a gradient kept": ("torch.zeros_like(W)", "W.grad")},
    ),
    "orthogonalised too early": Kind(
        "You orthogonalise every gradient by itself and take the mean of the results. In a single gradient "
        "most directions are noise, and they all have full weight before anything was averaged.",
        {
            "orthogonalised too early": (
                'lerp_(W.grad, 1 - group["momentum"])',
                'lerp_(newton_schulz(W.grad), 1 - group["momentum"])',
            )
        },
    ),
    "not orthogonalised": Kind(
        "You step along the mean as it is, which is ordinary momentum. A few directions then get nearly all of "
        "the step, at a rate that was chosen for all of them being alike.",
        {
            "not orthogonalised": (
                'newton_schulz(W.grad.lerp(mean, group["momentum"]).to(group["dtype"]))',
                'W.grad.lerp(mean, group["momentum"])',
            ),
            "brought to length one": (
                'newton_schulz(W.grad.lerp(mean, group["momentum"]).to(group["dtype"]))',
                'torch.nn.functional.normalize(W.grad.lerp(mean, group["momentum"]), dim=(0, 1))',
            ),
            "its signs": (
                'newton_schulz(W.grad.lerp(mean, group["momentum"]).to(group["dtype"]))',
                'W.grad.lerp(mean, group["momentum"]).sign()',
            ),
        },
    ),
    "another number of rounds": Kind(
        "You ask for another number of rounds than is usual. Small singular values then do not get up to one, "
        "or time is spent on nothing.",
        {
            "three": ('.to(group["dtype"]))', '.to(group["dtype"]), steps=3)'),
            "ten": ('.to(group["dtype"]))', '.to(group["dtype"]), steps=10)'),
        },
    ),
    "the dtype of the group ignored": Kind(
        "You orthogonalise in another dtype than the group wants. On a GPU bfloat16 is several times as fast, "
        "and who asks for something wider has a reason.",
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
        "You take a setting from somewhere else than the weight's own group. Groups have settings of their "
        "own, and a schedule changes them there, from step to step.",
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
        "A weight without a gradient is not simply passed over: the others behind it are left out too, it gets "
        "a step by its memory, or your code stops. Weights that took no part in the loss should stay as they "
        "are.",
        {
            "no question asked": ("if W.grad is None:\n                    continue\n", ""),
            "the rest of its group left out": ("                    continue", "                    break"),
            "everything behind it left out": ("                    continue", "                    return"),
            "zeros in its place": ("                    continue", "                    W.grad = torch.zeros_like(W)"),
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
        "What you remember of a weight begins anew with every step. A mean of one gradient is that gradient, "
        "made smaller.",
        {"nothing remembered": ("if not state:", "if True:")},
    ),
    "remembered in another place": Kind(
        "You keep your memory where no checkpoint finds it, or under another name. Training that goes on from "
        "a checkpoint would begin with an empty memory.",
        {
            "in an attribute of its own": (
                "state = self.state[W]",
                'state = self.__dict__.setdefault("kept", {}).setdefault(W, {})',
            ),
            "one memory for all": ("state = self.state[W]", "state = self.state.setdefault(tuple(W.shape), {})"),
        },
    ),
    "not in place": Kind(
        "You compute the new weight, but do not write it into the old one. The model goes on with the memory "
        "that it has, and whoever shares it does not see the new numbers.",
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
        "A gradient comes out of the step changed. Who measures its size or adds up several batches still "
        "needs it as it was.",
        {
            "mixed in place": ("W.grad.lerp(mean,", "W.grad.lerp_(mean,"),
            "set to zero": (
                "                # A tall matrix",
                "                W.grad.zero_()\n                # A tall matrix",
            ),
        },
    ),
    "memory changed": Kind(
        "Looking ahead, you write into the mean itself. It should only say where the next gradients will "
        "probably go, and yours counts the latest gradient twice for good.",
        {"memory changed": ('W.grad.lerp(mean, group["momentum"])', 'mean.lerp_(W.grad, 1 - group["momentum"])')},
    ),
    "weight decay": Kind(
        "You make the weights smaller, which nobody has asked for. Here the norms and the rate alone decide "
        "how large they get.",
        {
            "weight decay": (
                "                # A tall matrix",
                ('                W.mul_(1 - 0.1 * group["lr"])\n                # A tall matrix'),
            )
        },
    ),
}
