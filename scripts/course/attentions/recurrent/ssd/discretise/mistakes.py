"""What people write for attentions.recurrent.ssd.discretise, and why it matters."""

from scripts.course.attentions.recurrent.explanations import SOFTPLUS_OVERFLOWS
from scripts.workshop.diagnose import Kind

STEP = "step = F.softplus(dt.to(dtype) + dt_bias.to(dtype)[:, None])"
RETURN = "return -A_log.to(dtype).exp()[:, None] * step, step"

MISTAKES = {
    "sign": Kind(
        "Your log_decay is positive: its exponential is above one, and the state grows at every token. A logarithm of a "
        "decay is at most zero.",
        {"no minus": (RETURN, "return A_log.to(dtype).exp()[:, None] * step, step")},
    ),
    "the decay itself": Kind(
        "You return the decay, and its logarithm is asked for. What follows sums logarithms before it takes the exponential.",
        {"the decay itself": (RETURN, "return (-A_log.to(dtype).exp()[:, None] * step).exp(), step")},
    ),
    "A_log as it is": Kind(
        "You take A_log for the speed itself. It is the logarithm of the speed, so that the speed stays positive.",
        {"no exponential": ("-A_log.to(dtype).exp()", "-A_log.to(dtype)")},
    ),
    "another step": Kind(
        "Your step is another function than the softplus of dt and the bias. It must be positive, and the bias belongs inside.",
        {
            "the bias left out": (STEP, "step = F.softplus(dt.to(dtype))"),
            "the bias outside": (STEP, "step = F.softplus(dt.to(dtype)) + dt_bias.to(dtype)[:, None]"),
            "the bias taken away": ("dt.to(dtype) + dt_bias", "dt.to(dtype) - dt_bias"),
            "no softplus": (STEP, "step = dt.to(dtype) + dt_bias.to(dtype)[:, None]"),
            "a sigmoid": ("F.softplus(", "F.sigmoid("),
            "ReLU": ("F.softplus(", "F.relu("),
            "an exponential": ("F.softplus(", "torch.exp("),
        },
    ),
    "no step in the decay": Kind(
        "Your decay does not depend on the step, or on the step alone. It is the speed of the head times the length of the step.",
        {
            "the speed alone": (RETURN, "return -A_log.to(dtype).exp()[:, None] + 0 * step, step"),
            "the step alone": (RETURN, "return -step + 0 * A_log.to(dtype)[:, None], step"),
        },
    ),
    "exchanged": Kind(
        "You return the step first. log_decay comes before it, as in the gated delta rule it comes before beta.",
        {"exchanged": (RETURN, "return step, -A_log.to(dtype).exp()[:, None] * step")},
    ),
    "overflow": Kind(
        SOFTPLUS_OVERFLOWS,
        {"log of exp": (STEP, "step = torch.log(1 + torch.exp(dt.to(dtype) + dt_bias.to(dtype)[:, None]))")},
    ),
    "too narrow": Kind(
        "You compute in the dtype of the tokens. Bfloat16 knows no decay between 0.996 and 1, and over a thousand tokens that is "
        "all or nothing.",
        {"in the dtype of dt": ("torch.promote_types(dt.dtype, torch.float32)", "dt.dtype")},
    ),
}
