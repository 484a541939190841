"""What people write for attentions.recurrent.ssd.pass_states, and why it matters."""

from scripts.course.attentions.recurrent.explanations import DECAY_OF_LOG, NO_DECAY, OLD_STATE, STATE_IGNORED
from scripts.workshop.diagnose import Kind

STATE = "state = decay[..., None, None] * state + new"
KEEP = "before.append(state)"
RETURN = "return torch.stack(before, dim=2), state"

MISTAKES = {
    "the state after": Kind(
        "You keep the state after a chunk, where the one before it is asked for. Its tokens would read what they write twice.",
        {"after instead of before": (KEEP + "\n        " + STATE, STATE + "\n        " + KEEP)},
    ),
    "no decay": Kind(NO_DECAY, {"no decay": ("decay[..., None, None] * state", "state")}),
    "decay of the logarithm": Kind(DECAY_OF_LOG, {"no exponential": ("log_decay.exp()", "log_decay")}),
    "what is written decays": Kind(
        "You let what a chunk has written decay by that chunk once more. It is what is left at the end of the chunk already.",
        {"all of the sum": (STATE, "state = decay[..., None, None] * (state + new)")},
    ),
    "nothing written": Kind(
        "You leave out what the chunks write, or all that was there before. The state is the sum of both.",
        {
            "only what was there": (STATE, "state = decay[..., None, None] * state"),
            "only what is new": (STATE, "state = new"),
        },
    ),
    "state ignored": Kind(STATE_IGNORED, {"an empty one": ("before = []", "before, state = [], 0 * state")}),
    "old state": Kind(
        OLD_STATE,
        {"the one before the last chunk": (RETURN, "return torch.stack(before, dim=2), before[-1]")},
    ),
    "chunks back to front": Kind(
        "You go through the chunks from the last to the first. The state then carries what is later to what is earlier.",
        {
            "back to front": (
                "zip(written.unbind(2), log_decay.exp().unbind(2), strict=True)",
                "zip(written.flip(2).unbind(2), log_decay.flip(2).exp().unbind(2), strict=True)",
            )
        },
    ),
    "chunks along another axis": Kind(
        "You put the states together along another axis than that of the chunks. It is (B, H, n, K, Vd), n in axis 2.",
        {"in front of the heads": ("torch.stack(before, dim=2)", "torch.stack(before, dim=1).reshape(written.shape)")},
    ),
}
