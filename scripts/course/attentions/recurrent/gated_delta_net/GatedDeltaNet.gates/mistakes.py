"""What people write for attentions.recurrent.gated_delta_net.GatedDeltaNet.gates, and why it matters."""

from scripts.course.attentions.recurrent.explanations import SOFTPLUS_OVERFLOWS
from scripts.workshop.diagnose import Kind

STEP = "step = F.softplus(self.a_proj(x).to(dtype) + self.dt_bias.to(dtype))"
RETURN = "return -self.A_log.to(dtype).exp() * step, self.b_proj(x).sigmoid()"

MISTAKES = {
    "sign": Kind(
        "Your log_decay is positive: its exponential is above one, and the state grows at every token. A logarithm of a "
        "decay is at most zero.",
        {"no minus": ("return -self.A_log", "return self.A_log")},
    ),
    "the decay itself": Kind(
        "You return the decay, and its logarithm is asked for. What follows takes the exponential, and sums logarithms "
        "before it does.",
        {"the decay itself": (RETURN, "return (-self.A_log.to(dtype).exp() * step).exp(), self.b_proj(x).sigmoid()")},
    ),
    "A_log as it is": Kind(
        "You take A_log for the speed itself. It is the logarithm of the speed, so that the speed stays positive.",
        {"no exponential": ("-self.A_log.to(dtype).exp()", "-self.A_log.to(dtype)")},
    ),
    "another step": Kind(
        "Your step is another function than the softplus of the projection and the bias. It must be positive, and the bias "
        "belongs inside.",
        {
            "the bias left out": (" + self.dt_bias.to(dtype))", ")"),
            "the bias outside": (STEP, "step = F.softplus(self.a_proj(x).to(dtype)) + self.dt_bias.to(dtype)"),
            "no softplus": (STEP, "step = self.a_proj(x).to(dtype) + self.dt_bias.to(dtype)"),
            "a sigmoid": ("F.softplus(", "F.sigmoid("),
            "ReLU": ("F.softplus(", "F.relu("),
            "an exponential": ("F.softplus(", "torch.exp("),
        },
    ),
    "projections exchanged": Kind(
        "You exchange the projections: a_proj is for the decay, b_proj for beta. The weights of a public model would do "
        "each other's work.",
        {
            "both": (
                "step = F.softplus(self.a_proj(x).to(dtype) + self.dt_bias.to(dtype))\n        " + RETURN,
                "step = F.softplus(self.b_proj(x).to(dtype) + self.dt_bias.to(dtype))\n        "
                "return -self.A_log.to(dtype).exp() * step, self.a_proj(x).sigmoid()",
            )
        },
    ),
    "another beta": Kind(
        "Your beta is not the sigmoid of its projection. It lies between 0, which writes nothing, and 1, which replaces.",
        {
            "twice as large": ("self.b_proj(x).sigmoid()", "2 * self.b_proj(x).sigmoid()"),
            "no sigmoid": ("self.b_proj(x).sigmoid()", "self.b_proj(x)"),
            "its complement": ("self.b_proj(x).sigmoid()", "1 - self.b_proj(x).sigmoid()"),
        },
    ),
    "overflow": Kind(
        SOFTPLUS_OVERFLOWS,
        {"log of exp": (STEP, "step = torch.log(1 + torch.exp(self.a_proj(x).to(dtype) + self.dt_bias.to(dtype)))")},
    ),
    "too narrow": Kind(
        "You compute the decay in the dtype of the tokens. Bfloat16 knows no decay between 0.996 and 1, and over a "
        "thousand tokens that is all or nothing.",
        {"in the dtype of x": ("torch.promote_types(x.dtype, torch.float32)", "x.dtype")},
    ),
}
