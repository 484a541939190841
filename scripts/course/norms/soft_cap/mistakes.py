"""What people write for norms.soft_cap, and why it matters."""

from scripts.workshop.diagnose import Kind
from scripts.workshop.diagnose.common import HARD_CODED

MISTAKES = {
    "not divided and multiplied": Kind(
        "The cap is used twice: x is divided by it before the tanh, and the result multiplied by it afterwards. With "
        "only one of the two, or both the wrong way round, small values no longer pass unchanged.",
        {
            "cap not multiplied back": ("cap * torch.tanh", "torch.tanh"),
            "cap not divided by": ("torch.tanh(x / cap)", "torch.tanh(x)"),
            "cap multiplied by inside": ("torch.tanh(x / cap)", "torch.tanh(x * cap)"),
            "divided by the cap again": ("cap * torch.tanh(x / cap)", "torch.tanh(x / cap) / cap"),
            "cap and its reciprocal swapped": ("cap * torch.tanh(x / cap)", "torch.tanh(x * cap) / cap"),
        },
    ),
    "tanh by exponentials": Kind(
        "You compute tanh from exponentials of your own. In float32 these are infinite from about 89 on, and infinity "
        "divided by infinity is NaN, just where a value is far beyond the cap; torch.tanh is made for that.",
        {
            "one exponential": (
                "cap * torch.tanh(x / cap)",
                "cap * (torch.exp(2 * x / cap) - 1) / (torch.exp(2 * x / cap) + 1)",
            ),
            "two exponentials": (
                "cap * torch.tanh(x / cap)",
                "cap * (torch.exp(x / cap) - torch.exp(-x / cap)) / (torch.exp(x / cap) + torch.exp(-x / cap))",
            ),
            "one of the opposite sign": (
                "cap * torch.tanh(x / cap)",
                "cap * (1 - torch.exp(-2 * x / cap)) / (1 + torch.exp(-2 * x / cap))",
            ),
        },
    ),
    "hard cap": Kind(
        "You clamp. A value beyond the cap then gets no gradient at all, and can never come back; the soft cap is "
        "smooth instead.",
        {
            "hard cap": ("cap * torch.tanh(x / cap)", "x.clamp(-cap, cap)"),
            "hard cap above only": ("cap * torch.tanh(x / cap)", "x.clamp(max=cap)"),
            "hard cap after the soft one": ("torch.tanh(x / cap)", "torch.tanh(x / cap).clamp(-0.5, 0.5)"),
        },
    ),
    "only some are capped": Kind(
        "You leave some of the values unchanged. All of them go through the same smooth curve, negative and small "
        "ones too; otherwise it has a jump or a kink.",
        {
            "soft above only": ("cap * torch.tanh(x / cap)", "torch.where(x > 0, cap * torch.tanh(x / cap), x)"),
            "capped only where it is passed": (
                "cap * torch.tanh(x / cap)",
                "torch.where(x.abs() > cap, cap * torch.tanh(x / cap), x)",
            ),
            "no cap": ("cap * torch.tanh(x / cap)", "x"),
        },
    ),
    "overwritten before the gradient": Kind(
        "You overwrite what tanh has given, and its gradient is computed from that. The result is right, and the backward "
        "pass stops with an error.",
        {
            "multiplied back in place": ("cap * torch.tanh(x / cap)", "torch.tanh(x / cap).mul_(cap)"),
            "all in place": ("cap * torch.tanh(x / cap)", "(x / cap).tanh_().mul_(cap)"),
        },
    ),
    "cap hard-coded": Kind(
        HARD_CODED,
        {
            "cap hard-coded to 15": ("cap * torch.tanh(x / cap)", "15.0 * torch.tanh(x / 15.0)"),
            "cap hard-coded to 50 outside": ("cap * torch.tanh", "50.0 * torch.tanh"),
        },
    ),
    "another curve": Kind(
        "You use another curve than the hyperbolic tangent. It bends earlier or later, or ends elsewhere, so that a "
        "public model that uses the cap gives other logits.",
        {
            "sigmoid": ("torch.tanh(x / cap)", "torch.sigmoid(x / cap)"),
            "sigmoid, scaled to both sides": ("torch.tanh(x / cap)", "(2 * torch.sigmoid(x / cap) - 1)"),
            "arc tangent": ("torch.tanh(x / cap)", "torch.atan(x / cap)"),
            "softsign": ("torch.tanh(x / cap)", "torch.nn.functional.softsign(x / cap)"),
            "sine": ("torch.tanh(x / cap)", "torch.sin(x / cap)"),
            "hyperbolic sine": ("torch.tanh(x / cap)", "torch.sinh(x / cap)"),
            "the other way round": ("torch.tanh(x / cap)", "torch.atanh((x / cap).clamp(-0.99, 0.99))"),
            "twice": ("torch.tanh(x / cap)", "torch.tanh(torch.tanh(x / cap))"),
        },
    ),
    "exponentials that become infinite": Kind(
        "You compute the tanh from exponentials, which overflow for large values. Infinity divided by infinity is "
        "not a "
        "number, just where the cap is needed most.",
        {
            "by exponentials that become infinite": (
                "torch.tanh(x / cap)",
                "((torch.exp(x / cap) - torch.exp(-x / cap)) / (torch.exp(x / cap) + torch.exp(-x / cap)))",
            )
        },
    ),
    "elements capped together": Kind(
        "What you do to one element depends on the others beside it. The cap is elementwise: only then is a logit the "
        "same whatever stands next to it.",
        {
            "cap as a fraction of the largest element": (
                "cap * torch.tanh(x / cap)",
                "cap * torch.tanh(x / x.abs().max())",
            ),
            "norms of vectors capped, not elements": (
                "cap * torch.tanh(x / cap)",
                "x * (cap / x.norm(dim=-1, keepdim=True).clamp(min=1e-6)).clamp(max=1.0)",
            ),
        },
    ),
    "gradient of a straight line": Kind(
        "The values are capped, but the gradient runs past the cap as if there were none. What is far out has "
        "to feel how flat the curve is there.",
        {"gradient of a straight line": ("cap * torch.tanh(x / cap)", "x + (cap * torch.tanh(x / cap) - x).detach()")},
    ),
}
