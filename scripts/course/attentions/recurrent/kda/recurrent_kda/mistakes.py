"""What people write for attentions.recurrent.kda.recurrent_kda, and why it matters."""

from scripts.course.attentions.recurrent.explanations import (
    DECAY_OF_LOG,
    NO_DECAY,
    ONLY_ADDED,
    READ_BEFORE_WRITE,
    STATE_IGNORED,
)
from scripts.workshop.diagnose import Kind

STEP = "state = delta_step(decay[..., None] * state, k, v, b)"
READ = "out.append(q[..., None, :] @ state)"

MISTAKES = {
    "no decay": Kind(NO_DECAY, {"no decay": ("decay[..., None] * state", "state")}),
    "decay of the logarithm": Kind(DECAY_OF_LOG, {"log_decay itself": ("log_decay.exp()", "log_decay")}),
    "one decay for a head": Kind(
        "You let a whole head decay alike. Each row of the state has the decay of its channel, and that is the point of KDA.",
        {
            "the mean of the channels": ("decay[..., None] * state", "decay.mean(-1)[..., None, None] * state"),
            "that of the first channel": ("decay[..., None] * state", "decay[..., :1, None] * state"),
        },
    ),
    "decay after the correction": Kind(
        "You let the state decay after the correction. What is found under the key has not decayed yet then, and the "
        "value that was just written loses a part.",
        {"after the correction": (STEP, "state = decay[..., None] * delta_step(state, k, v, b)")},
    ),
    "keys decay": Kind(
        "You let the key or the query decay instead of the state. The state itself is to forget, for all later tokens too.",
        {
            "the key": (STEP, "state = delta_step(state, decay * k, v, b)"),
            "the query": (
                f"{STEP}\n        # Read with the query.\n        {READ}",
                "state = delta_step(state, k, v, b)\n        out.append((decay * q)[..., None, :] @ state)",
            ),
        },
    ),
    "only added": Kind(
        ONLY_ADDED,
        {
            "gated linear attention": (
                STEP,
                "state = decay[..., None] * state + k[..., :, None] * (b[..., None] * v)[..., None, :]",
            )
        },
    ),
    "read before writing": Kind(
        READ_BEFORE_WRITE,
        {
            "read before writing": (
                f"{STEP}\n        # Read with the query.\n        {READ}",
                f"{READ}\n        {STEP}",
            ),
            "decayed, and read before writing": (
                f"{STEP}\n        # Read with the query.\n        {READ}",
                f"state = decay[..., None] * state\n        {READ}\n        state = delta_step(state, k, v, b)",
            ),
        },
    ),
    "state ignored": Kind(STATE_IGNORED, {"an empty state": ("out = []", "out, state = [], 0 * state")}),
    "read with the key": Kind(
        "You read the state with the key. The query asks; the key says under what something is written.",
        {"read with the key": ("q[..., None, :] @ state", "k[..., None, :] @ state")},
    ),
}
