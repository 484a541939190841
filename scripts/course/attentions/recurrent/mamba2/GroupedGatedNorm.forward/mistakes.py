"""What people write for attentions.recurrent.mamba2.GroupedGatedNorm.forward, and why it matters."""

from scripts.workshop.diagnose import Kind

GATED = "gated = x.to(wide) * F.silu(gate.to(wide))"
RETURN = "return rms_norm(gated.unflatten(-1, (self.n_group, -1)), self.eps).flatten(-2).to(x.dtype) * self.weight"

MISTAKES = {
    "gate after the norm": Kind(
        "You norm first and gate what comes out. That is Gated DeltaNet's order; here the norm sees what the gate lets through.",
        {
            "gated after the norm": (
                GATED
                + "\n        # Norm every group of neighbouring channels by itself, then scale each channel.\n        "
                + RETURN,
                "normed = rms_norm(x.to(wide).unflatten(-1, (self.n_group, -1)), self.eps).flatten(-2)\n        "
                "return (normed * F.silu(gate.to(wide))).to(x.dtype) * self.weight",
            )
        },
    ),
    "another gate": Kind(
        "Your gate is another function than SiLU, or left out. The weights of public models were trained with it.",
        {
            "a sigmoid": ("F.silu(", "F.sigmoid("),
            "no function": ("F.silu(gate.to(wide))", "gate.to(wide)"),
            "no gate": (GATED, "gated = x.to(wide)"),
            "GELU": ("F.silu(", "F.gelu("),
        },
    ),
    "groups": Kind(
        "You norm other groups than neighbouring channels, n_group of them. What a group holds would depend on its neighbours.",
        {
            "all channels at once": (RETURN, "return rms_norm(gated, self.eps).to(x.dtype) * self.weight"),
            "groups of n_group channels": ("(self.n_group, -1)", "(-1, self.n_group)"),
            "every n-th channel": (
                RETURN,
                "groups = gated.unflatten(-1, (-1, self.n_group)).mT\n        "
                "return rms_norm(groups, self.eps).mT.flatten(-2).to(x.dtype) * self.weight",
            ),
        },
    ),
    "no norm": Kind(
        "You leave out the norm. What is read of a state grows with what was written to it.",
        {"no norm": (RETURN, "return gated.to(x.dtype) * self.weight")},
    ),
    "no weight": Kind(
        "You leave out the weight, or add one to it. This norm has the weight itself as its factor, ones at first.",
        {
            "no weight": (RETURN, RETURN.replace("* self.weight", "* self.weight / self.weight")),
            "one plus the weight": (RETURN, RETURN.replace("* self.weight", "* (1 + self.weight)")),
        },
    ),
    "exchanged": Kind(
        "You exchange x and the gate. SiLU is for what the token itself says, not for what is read of the state.",
        {"exchanged": (GATED, "gated = gate.to(wide) * F.silu(x.to(wide))")},
    ),
}

WITHOUT = {"not widened to float32": "The norm widens what it is given; a gate in bfloat16 costs one rounding more."}
