"""What people write for attentions.recurrent.linear.parallel_linear_attention, and why it matters."""

from scripts.course.attentions.recurrent.explanations import DECAY_OF_ANOTHER_TOKEN, NO_DECAY, OLD_STATE, STATE_IGNORED
from scripts.workshop.diagnose import Kind

BEFORE = "before = total.exp() * query @ state"
OUT = "out = before + (query @ key.mT * decay_matrix(log_decay)) @ value"
STATE = "last.exp() * state + ((last - total).exp() * key).mT @ value"

MISTAKES = {
    "state ignored": Kind(STATE_IGNORED, {"the state not read": (OUT, OUT.replace("before + ", "0 * before + "))}),
    "no decay": Kind(
        NO_DECAY,
        {
            "of the state that is read": (BEFORE, "before = query @ state"),
            "of the state that is handed on": ("last.exp() * state", "state"),
            "of what is written": ("((last - total).exp() * key)", "key"),
            "inside": ("(query @ key.mT * decay_matrix(log_decay))", "(query @ key.mT).tril()"),
        },
    ),
    "decays of other tokens": Kind(
        DECAY_OF_ANOTHER_TOKEN,
        {
            "what is written, from its own token on": (
                "(last - total).exp()",
                "(last - total + log_decay[..., None]).exp()",
            ),
            "the state that is read, up to t - 1": (
                BEFORE,
                "before = (total - log_decay[..., None]).exp() * query @ state",
            ),
            "what is written, up to its own token": ("(last - total).exp()", "total.exp()"),
        },
    ),
    "a softmax": Kind(
        "You turn the products into weights by a softmax. Without one, the state can stand for all tokens; with it, it "
        "cannot.",
        {"a softmax": ("(query @ key.mT * decay_matrix(log_decay))", "(query @ key.mT).softmax(-1)")},
    ),
    "old state": Kind(
        OLD_STATE,
        {
            "the state as it was": (f"return out, {STATE}", "return out, state"),
            "only what was there": (f"return out, {STATE}", "return out, last.exp() * state"),
            "only what is new": (f"return out, {STATE}", "return out, ((last - total).exp() * key).mT @ value"),
        },
    ),
    "a quotient of exponentials": Kind(
        "You divide exponentials where a difference of their logarithms belongs. Where everything is forgotten both are "
        "zero, and the quotient is nan.",
        {"divided": ("((last - total).exp() * key)", "(last.exp() / total.exp() * key)")},
    ),
    "transposed": Kind(
        "Your decay matrix is transposed. Later tokens are then seen, and earlier ones hidden.",
        {"the decay matrix transposed": ("decay_matrix(log_decay)", "decay_matrix(log_decay).mT")},
    ),
}
