"""What people write for attentions.recurrent.kda.KimiDeltaAttention.gates, and why it matters."""

from scripts.course.attentions.recurrent.explanations import SOFTPLUS_OVERFLOWS
from scripts.workshop.diagnose import Kind

STEP = "step = F.softplus(self.f_b_proj(self.f_a_proj(x)).to(dtype) + self.dt_bias.to(dtype))"
RETURN = "return -speed * step, self.b_proj(x).sigmoid()"

MISTAKES = {
    "sign": Kind(
        "Your log_decay is positive: its exponential is above one, and the state grows at every token. A logarithm of a "
        "decay is at most zero.",
        {"no minus": (RETURN, RETURN.replace("-speed", "speed"))},
    ),
    "the decay itself": Kind(
        "You return the decay, and its logarithm is asked for. What follows takes the exponential, and sums logarithms "
        "before it does.",
        {"the decay itself": (RETURN, RETURN.replace("-speed * step", "(-speed * step).exp()"))},
    ),
    "A_log as it is": Kind(
        "You take A_log for the speed itself. It is the logarithm of the speed, so that the speed stays positive.",
        {"no exponential": ("self.A_log.to(dtype).exp()", "self.A_log.to(dtype)")},
    ),
    "another beta": Kind(
        "Your beta is not the sigmoid of its projection. It lies between 0, which writes nothing, and 1, which replaces.",
        {
            "twice as large": ("self.b_proj(x).sigmoid()", "2 * self.b_proj(x).sigmoid()"),
            "no sigmoid": ("self.b_proj(x).sigmoid()", "self.b_proj(x)"),
        },
    ),
    "speeds of other heads": Kind(
        "You lay the speeds beside each other as a whole row, 0 1 0 1, where the channels of a head stand together: 0 0 1 1. "
        "Heads would get each other's speeds.",
        {"0 1 0 1": (".repeat_interleave(self.head_dim)", ".repeat(self.head_dim)")},
    ),
    "another step": Kind(
        "Your step is another function than the softplus of the projection and the bias. It must be positive, and the bias "
        "belongs inside.",
        {
            "the bias left out": (" + self.dt_bias.to(dtype))", ")"),
            "the bias outside": (
                STEP,
                "step = F.softplus(self.f_b_proj(self.f_a_proj(x)).to(dtype)) + self.dt_bias.to(dtype)",
            ),
            "no softplus": (STEP, "step = self.f_b_proj(self.f_a_proj(x)).to(dtype) + self.dt_bias.to(dtype)"),
            "a sigmoid": ("F.softplus(", "F.sigmoid("),
            "ReLU": ("F.softplus(", "F.relu("),
            "an exponential": ("F.softplus(", "torch.exp("),
        },
    ),
    "another narrow layer": Kind(
        "You go through another layer than f_a_proj and f_b_proj, or put a function between them. The two are one linear map of "
        "a low rank.",
        {
            "those of the gate": ("self.f_b_proj(self.f_a_proj(x))", "self.g_b_proj(self.g_a_proj(x))"),
            "SiLU between": ("self.f_b_proj(self.f_a_proj(x))", "self.f_b_proj(F.silu(self.f_a_proj(x)))"),
        },
    ),
    "overflow": Kind(
        SOFTPLUS_OVERFLOWS,
        {
            "log of exp": (
                STEP,
                "step = torch.log(1 + torch.exp(self.f_b_proj(self.f_a_proj(x)).to(dtype) + self.dt_bias.to(dtype)))",
            )
        },
    ),
    "too narrow": Kind(
        "You compute the decay in the dtype of the tokens. Bfloat16 knows no decay between 0.996 and 1, and over a "
        "thousand tokens that is all or nothing.",
        {"in the dtype of x": ("torch.promote_types(x.dtype, torch.float32)", "x.dtype")},
    ),
}
