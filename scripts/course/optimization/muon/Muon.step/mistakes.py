"""What people write for optimization.muon.Muon.step, and why it matters."""

from scripts.workshop.diagnose import Kind

AHEAD = 'W.grad.lerp(buffer, group["momentum"])'
STEP = 'W.add_(update.to(W.dtype), alpha=-group["lr"] * scale)'

MISTAKES = {
    "no Nesterov momentum": Kind(
        "You orthogonalise the momentum buffer itself. Nesterov momentum mixes the latest gradient in once more after "
        "the buffer was updated: u = mu m + (1 - mu) g.",
        {"no Nesterov momentum": (AHEAD, "buffer")},
    ),
    "other Nesterov weights": Kind(
        "You mix buffer and gradient with other weights than mu and 1 - mu. They add up to 1, and nearly all of u is "
        "the buffer.",
        {
            "the gradient in full": (AHEAD, 'W.grad.add(buffer, alpha=group["momentum"])'),
            "swapped": (AHEAD, 'buffer.lerp(W.grad, group["momentum"])'),
            "half and half": (AHEAD, "W.grad.lerp(buffer, 0.5)"),
        },
    ),
    "no momentum": Kind(
        "You orthogonalise the latest gradient alone. Weak directions become as strong as the others, and without "
        "averaging most of those are noise of a single batch.",
        {"the gradient itself": (AHEAD, "W.grad")},
    ),
    "another moving average": Kind(
        "Your momentum buffer is not mu m + (1 - mu) g: the weights are swapped, do not add up to 1, or the gradient is "
        "not written back. It averages over too few steps or too many.",
        {
            "the weights swapped": ('lerp_(W.grad, 1 - group["momentum"])', 'lerp_(W.grad, group["momentum"])'),
            "a sum": ('lerp_(W.grad, 1 - group["momentum"])', 'mul_(group["momentum"]).add_(W.grad)'),
            "a sum of everything": ('lerp_(W.grad, 1 - group["momentum"])', "add_(W.grad)"),
            "never updated": ('state["momentum_buffer"].lerp_(W.grad, 1', 'state["momentum_buffer"].lerp(W.grad, 1'),
        },
    ),
    "starts with the first gradient": Kind(
        "Your momentum buffer starts with the first gradient instead of zeros. A single batch then has a large weight "
        "for many steps.",
        {"starts with the first gradient": ("torch.zeros_like(W)", "W.grad.clone()")},
    ),
    "the gradient is the buffer": Kind(
        "Your momentum buffer is the gradient's own tensor, not a copy. The next backward pass overwrites it, and what "
        "you do to the buffer is done to the gradient.",
        {"the gradient is the buffer": ("torch.zeros_like(W)", "W.grad")},
    ),
    "orthogonalised too early": Kind(
        "You orthogonalise every gradient and average the results. In a single gradient most directions are noise, and "
        "they get full strength before anything is averaged.",
        {
            "orthogonalised too early": (
                'lerp_(W.grad, 1 - group["momentum"])',
                'lerp_(newton_schulz(W.grad), 1 - group["momentum"])',
            )
        },
    ),
    "not orthogonalised": Kind(
        "You step along u itself, its signs, or u divided by its norm. A few directions then get nearly all of the "
        "step, at a learning rate that was chosen for equal ones.",
        {
            "not orthogonalised": (f'newton_schulz({AHEAD}.to(group["dtype"]))', AHEAD),
            "divided by its norm": (
                f'newton_schulz({AHEAD}.to(group["dtype"]))',
                f"torch.nn.functional.normalize({AHEAD}, dim=(0, 1))",
            ),
            "its signs": (f'newton_schulz({AHEAD}.to(group["dtype"]))', f"{AHEAD}.sign()"),
        },
    ),
    "another number of iterations": Kind(
        "You iterate Newton-Schulz another number of times than its default of five. With fewer, small singular values "
        "do not reach 1, and more cost time for nothing.",
        {
            "three": ('.to(group["dtype"]))', '.to(group["dtype"]), steps=3)'),
            "ten": ('.to(group["dtype"]))', '.to(group["dtype"]), steps=10)'),
        },
    ),
    "the dtype of the group ignored": Kind(
        'You orthogonalise in another dtype than the group\'s "dtype". bfloat16 is several times as fast on a GPU, and '
        "a wider one is set for a reason.",
        {
            "that of the weight": ('.to(group["dtype"])', ""),
            "always bfloat16": ('.to(group["dtype"])', ".bfloat16()"),
            "that of the first group": ('.to(group["dtype"])', '.to(self.param_groups[0]["dtype"])'),
        },
    ),
    "momentum in the dtype of the group": Kind(
        "Your momentum buffer has the dtype of the orthogonalisation instead of the weight's. A moving average in "
        "bfloat16 rounds away what a single gradient adds to it.",
        {
            "momentum in the dtype of the group": (
                """state["momentum_buffer"] = torch.zeros_like(W)
                # Update the moving average of the gradients, look one step ahead, orthogonalise.
                buffer = state["momentum_buffer"].lerp_(W.grad, 1 - group["momentum"])
                update = newton_schulz(W.grad""",
                """state["momentum_buffer"] = torch.zeros_like(W, dtype=group["dtype"])
                # Update the moving average of the gradients, look one step ahead, orthogonalise.
                gradient = W.grad.to(group["dtype"])
                buffer = state["momentum_buffer"].lerp_(gradient, 1 - group["momentum"])
                update = newton_schulz(gradient""",
            )
        },
    ),
    "scale forgotten": Kind(
        "You do not scale the step of a tall matrix by sqrt(rows / cols). It has fewer directions than rows, so that "
        "its outputs change by less than those of others.",
        {"scale forgotten": ('alpha=-group["lr"] * scale', 'alpha=-group["lr"]')},
    ),
    "another scale": Kind(
        "Your scale is not sqrt(max(1, rows / cols)): no root, upside down, below 1 for wide matrices, or of another "
        "recipe. The learning rate was chosen for this one.",
        {
            "without the root": ("max(1, W.size(0) / W.size(1)) ** 0.5", "max(1, W.size(0) / W.size(1))"),
            "upside down": ("W.size(0) / W.size(1)) ** 0.5", "W.size(1) / W.size(0)) ** 0.5"),
            "below 1": ("max(1, W.size(0) / W.size(1)) ** 0.5", "(W.size(0) / W.size(1)) ** 0.5"),
            "1 at most": ("max(1, W.size(0)", "min(1, W.size(0)"),
            "its inverse": ("max(1, W.size(0) / W.size(1)) ** 0.5", "max(1, W.size(0) / W.size(1)) ** -0.5"),
            "matched to Adam's steps": (
                "max(1, W.size(0) / W.size(1)) ** 0.5",
                "0.2 * max(W.size(0), W.size(1)) ** 0.5",
            ),
        },
    ),
    "uphill": Kind(
        "You add the update and should subtract it. The gradient points to where the loss grows.",
        {"uphill": ('alpha=-group["lr"] * scale', 'alpha=group["lr"] * scale')},
    ),
    "learning rate forgotten": Kind(
        "Your steps do not depend on the learning rate. By default they are fifty times too large, and no schedule can "
        "make them smaller.",
        {"learning rate forgotten": ('alpha=-group["lr"] * scale', "alpha=-scale")},
    ),
    "settings of another group": Kind(
        "You take a setting from elsewhere than the parameter's own group. Groups have settings of their own, and a "
        "schedule changes them there in every step.",
        {
            "the default learning rate": ('-group["lr"] * scale', '-self.defaults["lr"] * scale'),
            "the default momentum": (
                'lerp_(W.grad, 1 - group["momentum"])',
                'lerp_(W.grad, 1 - self.defaults["momentum"])',
            ),
            "the first group's learning rate": ('-group["lr"] * scale', '-self.param_groups[0]["lr"] * scale'),
        },
    ),
    "parameters without a gradient": Kind(
        "You do not just skip a parameter without a gradient: the ones after it are left out too, it is moved by its "
        "momentum, or your code raises an error. A parameter that took no part in the loss stays as it is.",
        {
            "no question asked": ("if W.grad is None:\n                    continue\n", ""),
            "the rest of its group left out": ("                    continue", "                    break"),
            "all after it left out": ("                    continue", "                    return"),
            "zeros in its place": ("                    continue", "                    W.grad = torch.zeros_like(W)"),
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
    "state reset in every step": Kind(
        "You reset the momentum buffer in every step. The average over a single gradient is that gradient, scaled down.",
        {"state reset in every step": ("if not state:", "if True:")},
    ),
    "state in another place": Kind(
        'You keep the momentum buffer elsewhere than in self.state[W], or under another key than "momentum_buffer". A '
        "checkpoint does not contain it, and training that resumes starts with an empty buffer.",
        {
            "in an attribute of its own": (
                "state = self.state[W]",
                'state = self.__dict__.setdefault("kept", {}).setdefault(W, {})',
            ),
            "one buffer for all of one shape": (
                "state = self.state[W]",
                "state = self.state.setdefault(tuple(W.shape), {})",
            ),
        },
    ),
    "not in place": Kind(
        "You compute the new weight, but do not write it into the parameter. The model, and all that have the same "
        "tensor, keep the old values.",
        {
            "another tensor under the same name": (
                STEP,
                'W = W.add(update.to(W.dtype), alpha=-group["lr"] * scale)',
            ),
            "another storage": (
                STEP,
                'W.data = W.add(update.to(W.dtype), alpha=-group["lr"] * scale)',
            ),
        },
    ),
    "gradient changed": Kind(
        "Your step changes the gradient. It may still be needed as it was, to log its norm or to accumulate over "
        "batches.",
        {
            "mixed in place": ("W.grad.lerp(buffer,", "W.grad.lerp_(buffer,"),
            "set to zero": (
                "                # Scale the",
                "                W.grad.zero_()\n                # Scale the",
            ),
        },
    ),
    "look ahead written into the buffer": Kind(
        "You write the Nesterov mixture into the momentum buffer. The buffer then counts the latest gradient twice in "
        "all later steps.",
        {"look ahead written into the buffer": (AHEAD, 'buffer.lerp_(W.grad, 1 - group["momentum"])')},
    ),
    "weight decay": Kind(
        "You decay the weights. This Muon has no weight decay.",
        {
            "weight decay": (
                "                # Scale the",
                ('                W.mul_(1 - 0.1 * group["lr"])\n                # Scale the'),
            )
        },
    ),
}
