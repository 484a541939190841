"""What people write for attentions.recurrent.delta.delta_step, and why it matters."""

from scripts.course.attentions.recurrent.explanations import ONLY_ADDED
from scripts.workshop.diagnose import Kind

ERROR = "error = value - (key[..., None, :] @ state).squeeze(-2)"
WRITE = "return state + key[..., :, None] * (beta[..., None] * error)[..., None, :]"

MISTAKES = {
    "only added": Kind(ONLY_ADDED, {"only added": (ERROR, "error = value")}),
    "sign": Kind(
        "You write with the wrong sign: the state moves away from the value. Every step makes the error larger.",
        {
            "the error the other way round": (ERROR, "error = (key[..., None, :] @ state).squeeze(-2) - value"),
            "subtracted": ("return state + key", "return state - key"),
            "what is found, added": ("value - (key", "value + (key"),
        },
    ),
    "beta left out": Kind(
        "You leave out beta, or use another number. How strongly a token writes is what the model decides for each.",
        {
            "always 1": ("(beta[..., None] * error)", "error"),
            "squared": ("(beta[..., None] * error)", "(beta[..., None] ** 2 * error)"),
            "its complement": ("(beta[..., None] * error)", "((1 - beta[..., None]) * error)"),
        },
    ),
    "beta on the value alone": Kind(
        "You multiply only the value, or only what is found, by beta. Where beta is small, the state would lose what it "
        "holds without getting the value, or grow without losing anything.",
        {
            "on the value": (
                f"{ERROR}",
                "error = value - (key[..., None, :] @ state).squeeze(-2) / beta[..., None].clamp(min=1e-3)",
            ),
            "on what is found": (
                WRITE,
                "return state + key[..., :, None] * (value + beta[..., None] * (error - value))[..., None, :]",
            ),
        },
    ),
    "everything replaced": Kind(
        "You let the whole state decay by beta, as a moving average does. Only what stands under this key is to change.",
        {"everything replaced": ("return state + key", "return (1 - beta[..., None, None]) * state + key")},
    ),
    "a new state": Kind(
        "You return what is written, without the state that it is added to. Everything else would be forgotten.",
        {"only what is written": ("return state + key", "return key")},
    ),
    "key of length one": Kind(
        "You bring the key to the length one. The layer has done that already where it is wanted.",
        {
            "divided by its length": (
                WRITE,
                "key = key / key.norm(dim=-1, keepdim=True)\n    " + WRITE,
            )
        },
    ),
}
