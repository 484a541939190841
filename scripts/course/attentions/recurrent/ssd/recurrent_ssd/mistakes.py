"""What people write for attentions.recurrent.ssd.recurrent_ssd, and why it matters."""

from scripts.course.attentions.recurrent.explanations import (
    DECAY_OF_LOG,
    KEY_AND_VALUE_SWAPPED,
    NO_DECAY,
    OLD_STATE,
    READ_BEFORE_WRITE,
    STATE_IGNORED,
)
from scripts.workshop.diagnose import Kind

WRITE = "state = decay[..., None, None] * state + k[..., :, None] * (dt[..., None] * v)[..., None, :]"
READ = "out.append(q[..., None, :] @ state)"

MISTAKES = {
    "no decay": Kind(NO_DECAY, {"no decay": ("decay[..., None, None] * state", "state")}),
    "decay of the logarithm": Kind(DECAY_OF_LOG, {"no exponential": ("log_decay.exp()", "log_decay")}),
    "no step": Kind(
        "You write every token with the same strength. What comes in over a token is its value times its step.",
        {"no step": ("(dt[..., None] * v)", "v")},
    ),
    "another discretisation": Kind(
        "You write with what the decay has left free, one minus it. Mamba takes the step itself, the simpler approximation.",
        {"one minus the decay": ("(dt[..., None] * v)", "((1 - decay)[..., None] * v)")},
    ),
    "the step elsewhere": Kind(
        "You multiply something else than what is written by the step. It is in the decay already, and reading takes no time.",
        {
            "the state": (
                WRITE,
                "state = dt[..., None, None] * (decay[..., None, None] * state + k[..., :, None] * v[..., None, :])",
            ),
            "the query": (READ, "out.append((dt[..., None] * q)[..., None, :] @ state)"),
            "twice": ("k[..., :, None] * (dt", "dt[..., None, None] * k[..., :, None] * (dt"),
        },
    ),
    "what is written decays": Kind(
        "You let what a token writes decay at once. The decay of a token is about what came before it.",
        {
            "all of the sum": (
                WRITE,
                "state = decay[..., None, None] * (state + k[..., :, None] * (dt[..., None] * v)[..., None, :])",
            )
        },
    ),
    "read before write": Kind(
        READ_BEFORE_WRITE,
        {"read first": (WRITE, "out.append(q[..., None, :] @ state)\n        " + WRITE + "\n        continue")},
    ),
    "state ignored": Kind(STATE_IGNORED, {"an empty one": ("    out = []", "    out, state = [], 0 * state")}),
    "old state": Kind(
        OLD_STATE,
        {
            "only the last write": (
                "return torch.cat(out, dim=2), state",
                "return torch.cat(out, dim=2), k[..., :, None] * (dt[..., None] * v)[..., None, :]",
            )
        },
    ),
    "keys and values swapped": Kind(
        KEY_AND_VALUE_SWAPPED,
        {
            "the other outer product": (
                "k[..., :, None] * (dt[..., None] * v)[..., None, :]",
                "(k[..., None, :] * (dt[..., None] * v)[..., :, None]).reshape(state.shape)",
            )
        },
    ),
}
