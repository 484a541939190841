"""What people write for attentions.recurrent.convolution.short_conv, and why it matters."""

from scripts.workshop.diagnose import Kind

CONV = "y = F.conv1d(x.mT, weight[:, None], bias, groups=weight.size(0))"

MISTAKES = {
    "padded": Kind(
        "You pad, though the tokens in front have been put there already. With padding the result is longer than T, and "
        "behind the cut the tail has been zeros for nothing.",
        {
            "padded on both sides": (
                CONV,
                "y = F.conv1d(x.mT, weight[:, None], bias, groups=weight.size(0), padding=weight.size(1) - 1)",
            ),
            "padded and cut to the end": (
                CONV,
                "y = F.conv1d(x.mT, weight[:, None], bias, groups=weight.size(0), padding=weight.size(1) - 1)"
                "[..., -(x.size(1) - weight.size(1) + 1) :]",
            ),
            "padded and cut to the start": (
                CONV,
                "y = F.conv1d(x.mT, weight[:, None], bias, groups=weight.size(0), padding=weight.size(1) - 1)"
                "[..., : x.size(1) - weight.size(1) + 1]",
            ),
        },
    ),
    "bias left out": Kind(
        "You leave out the bias. Gated DeltaNet has none, and Mamba-2 has.",
        {"bias left out": (", bias, groups", ", groups")},
    ),
    "filter back to front": Kind(
        "Your filter runs backwards: its first weight meets the token itself. Mathematicians convolve so; here and in "
        "torch the last weight is that of the token.",
        {"filter back to front": ("weight[:, None]", "weight.flip(1)[:, None]")},
    ),
    "one filter for all": Kind(
        "You give every channel the same filter. Each has weights of its own, the row of its channel.",
        {"the first filter for all": ("weight[:, None]", "weight[:1].expand_as(weight)[:, None]")},
    ),
    "SiLU left out": Kind(
        "You leave out SiLU, or apply another function. It belongs to the convolution here, so that a channel can be "
        "shut off.",
        {
            "nothing": ("F.silu(y).mT", "y.mT"),
            "a sigmoid": ("F.silu(y)", "F.sigmoid(y)"),
            "GELU": ("F.silu(y)", "F.gelu(y)"),
            "ReLU": ("F.silu(y)", "F.relu(y)"),
        },
    ),
    "SiLU too early": Kind(
        "You apply SiLU before the convolution instead of behind it. The sum of four tokens then stays linear.",
        {
            "SiLU before": (
                f"{CONV}\n    # Back to (B, T, C), through SiLU.\n    return F.silu(y).mT",
                "y = F.conv1d(F.silu(x).mT, weight[:, None], bias, groups=weight.size(0))\n    return y.mT",
            )
        },
    ),
    "time last": Kind(
        "You leave time in the last axis, as convolutions have it. What follows wants (B, T, C).",
        {"time last": ("F.silu(y).mT", "F.silu(y)")},
    ),
}
