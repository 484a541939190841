"""What people write for attentions.recurrent.delta.recurrent_gated_delta_rule, and why it matters."""

from scripts.course.attentions.recurrent.explanations import (
    DECAY_OF_LOG,
    NO_DECAY,
    ONLY_ADDED,
    READ_BEFORE_WRITE,
    STATE_IGNORED,
)
from scripts.workshop.diagnose import Kind

STEP = "state = delta_step(decay[..., None, None] * state, k, v, b)"
READ = "out.append(q[..., None, :] @ state)"

MISTAKES = {
    "no decay": Kind(NO_DECAY, {"no decay": ("decay[..., None, None] * state", "state")}),
    "decay of the logarithm": Kind(DECAY_OF_LOG, {"log_decay itself": ("log_decay.exp()", "log_decay")}),
    "decay after the correction": Kind(
        "You let the state decay after the correction. What is found under the key has not decayed yet then, and the "
        "value that was just written loses a part.",
        {
            "decay after the correction": (
                STEP,
                "state = decay[..., None, None] * delta_step(state, k, v, b)",
            )
        },
    ),
    "only added": Kind(
        ONLY_ADDED,
        {
            "linear attention": (
                STEP,
                "state = decay[..., None, None] * state + k[..., :, None] * (b[..., None] * v)[..., None, :]",
            )
        },
    ),
    "the wrong state corrected": Kind(
        "You look up what is found under the key in the state before its decay. The correction then takes away more than "
        "is left.",
        {
            "looked up before the decay": (
                STEP,
                "state = decay[..., None, None] * state + delta_step(state, k, v, b) - state",
            )
        },
    ),
    "read before writing": Kind(
        READ_BEFORE_WRITE,
        {
            "read before writing": (
                f"{STEP}\n        # Read with the query.\n        {READ}",
                f"{READ}\n        {STEP}",
            )
        },
    ),
    "state ignored": Kind(STATE_IGNORED, {"an empty state": ("out = []", "out, state = [], 0 * state")}),
    "read with the key": Kind(
        "You read the state with the key. With beta 1 that gives back the value that was just written, and nothing of "
        "what was there before.",
        {"read with the key": ("q[..., None, :] @ state", "k[..., None, :] @ state")},
    ),
    "beta and decay exchanged": Kind(
        "You exchange the decay and beta. One says what is kept of everything, the other how strongly a token writes.",
        {"exchanged": (STEP, "state = delta_step(b[..., None, None] * state, k, v, decay)")},
    ),
}
