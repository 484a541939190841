"""What people write for attentions.recurrent.linear.recurrent_linear_attention, and why it matters."""

from scripts.course.attentions.recurrent.explanations import (
    DECAY_OF_LOG,
    NO_DECAY,
    READ_BEFORE_WRITE,
    STATE_IGNORED,
)
from scripts.workshop.diagnose import Kind

STEP = "state = decay[..., None, None] * state + k[..., :, None] * v[..., None, :]"
READ = "out.append(q[..., None, :] @ state)"

MISTAKES = {
    "no decay": Kind(NO_DECAY, {"no decay": ("decay[..., None, None] * state", "state")}),
    "decay of the logarithm": Kind(
        DECAY_OF_LOG,
        {"log_decay itself": ("log_decay.exp()", "log_decay"), "its negative": ("log_decay.exp()", "(-log_decay)")},
    ),
    "growth": Kind(
        "You divide by the decay, and the state grows at every token. It should keep a fraction of what it held.",
        {"divided by the decay": ("log_decay.exp()", "(-log_decay).exp()")},
    ),
    "what is written decays": Kind(
        "You let the state decay after the token has written to it. What a token writes should be whole when it is read, "
        "and decay from the next token on.",
        {
            "decayed after writing": (
                STEP,
                "state = decay[..., None, None] * (state + k[..., :, None] * v[..., None, :])",
            )
        },
    ),
    "a moving average": Kind(
        "You weigh what is written by one minus the decay, as in a moving average. Here the value is written whole.",
        {"a moving average": ("+ k[..., :, None]", "+ (1 - decay[..., None, None]) * k[..., :, None]")},
    ),
    "read before writing": Kind(
        READ_BEFORE_WRITE,
        {
            "read before writing": (
                f"{STEP}\n        # Read with the query: (B, H, 1, K) times (B, H, K, Vd).\n        {READ}",
                f"{READ}\n        {STEP}",
            )
        },
    ),
    "state ignored": Kind(STATE_IGNORED, {"an empty state": ("out = []", "out, state = [], 0 * state")}),
    "read with the key": Kind(
        "You read the state with the key. The query asks; the key says under what something is written.",
        {"read with the key": ("q[..., None, :] @ state", "k[..., None, :] @ state")},
    ),
    "scaled": Kind(
        "You divide the products by the root of K. Where that is wanted, the layer has scaled the queries already.",
        {"scaled": (READ, "out.append(q[..., None, :] @ state * q.size(-1) ** -0.5)")},
    ),
    "tokens last": Kind(
        "The outputs do not stand along the token axis: out is (B, H, T, Vd). Whoever reads it takes heads for tokens.",
        {"stacked in front": ("torch.cat(out, dim=2)", "torch.stack(out).squeeze(-2)")},
    ),
}
