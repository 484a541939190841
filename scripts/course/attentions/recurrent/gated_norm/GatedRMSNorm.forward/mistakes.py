"""What people write for attentions.recurrent.gated_norm.GatedRMSNorm.forward, and why it matters."""

from scripts.workshop.diagnose import Kind

NORMED = "normed = rms_norm(x, self.eps) * self.weight"

MISTAKES = {
    "gate before the norm": Kind(
        "You gate first and norm what comes out. The norm then undoes what the gate says of all channels together.",
        {
            "gated before the norm": (
                "return (normed * F.silu(gate.to(torch.promote_types(gate.dtype, torch.float32)))).to(x.dtype)",
                "return rms_norm(x * F.silu(gate), self.eps) * self.weight",
            )
        },
    ),
    "another gate": Kind(
        "Your gate is another function than SiLU. The weights of public models were trained with it: a sigmoid alone "
        "never lets more through than there is.",
        {
            "a sigmoid": ("F.silu(", "F.sigmoid("),
            "no function": (
                "F.silu(gate.to(torch.promote_types(gate.dtype, torch.float32)))",
                "gate.to(torch.promote_types(gate.dtype, torch.float32))",
            ),
            "GELU": ("F.silu(", "F.gelu("),
        },
    ),
    "no weight": Kind(
        "You leave out the weight, or add one to it. This norm has the weight itself as its factor, ones at first.",
        {
            "no weight": (NORMED, "normed = rms_norm(x, self.eps) * self.weight / self.weight"),
            "one plus the weight": (NORMED, "normed = rms_norm(x, self.eps) * (1 + self.weight)"),
        },
    ),
    "no norm": Kind(
        "You leave out the norm. What is read of a state grows with what was written to it.",
        {"no norm": (NORMED, "normed = x * self.weight")},
    ),
    "the gate normed": Kind(
        "You norm the gate, too. How far it opens is what its size says.",
        {"the gate normed": ("F.silu(gate.to(", "F.silu(rms_norm(gate, self.eps).to(")},
    ),
    "exchanged": Kind(
        "You exchange x and the gate. What is read of the state is normed, and what the token itself says gates it.",
        {
            "exchanged": (NORMED, "x, gate = gate, x\n        " + NORMED),
        },
    ),
}

WITHOUT = {"not widened to float32": "A gate in bfloat16 costs a rounding more, which nobody can tell from the others."}
