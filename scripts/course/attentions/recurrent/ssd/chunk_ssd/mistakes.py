"""What people write for attentions.recurrent.ssd.chunk_ssd, and why it matters."""

from scripts.course.attentions.recurrent.explanations import LAST_CHUNK, NO_DECAY, OLD_STATE, STATE_IGNORED
from scripts.workshop.diagnose import Kind

PASS = "before, state = pass_states(written, g.sum(dim=-1), state)"
OUT = "out = within + (g.cumsum(dim=-1).exp()[..., None] * q) @ before"
RETURN = "return out.flatten(2, 3)[:, :, : query.size(2)], state"

MISTAKES = {
    "chunks apart": Kind(LAST_CHUNK, {"only inside": (OUT, "out = within + 0 * q @ before")}),
    "state ignored": Kind(STATE_IGNORED, {"an empty one": (PASS, PASS.replace(", state)", ", 0 * state)"))}),
    "no step": Kind(
        "You write every token with the same strength, or weigh the keys too. What comes in over a token is its value times its "
        "step.",
        {
            "no step": ("step[..., None] * value", "value"),
            "keys too": ("(query, key, step", "(query, step[..., None] * key, step"),
        },
    ),
    "no decay": Kind(
        NO_DECAY,
        {
            "of what is read": ("g.cumsum(dim=-1).exp()[..., None] * q", "q"),
            "of the whole chunk instead": (
                "g.cumsum(dim=-1).exp()[..., None]",
                "g.sum(dim=-1, keepdim=True).exp()[..., None]",
            ),
            "of the state": ("g.sum(dim=-1)", "0 * g.sum(dim=-1)"),
        },
    ),
    "decays of other tokens": Kind(
        "You let what is read decay up to the token before. The decay of a token is about all that came before it, its own chunk "
        "or another.",
        {"up to the token before": ("(g.cumsum(dim=-1).exp()", "((g.cumsum(dim=-1) - g).exp()")},
    ),
    "the last decay for all": Kind(
        "You let the state decay by the last token of a chunk only. From chunk to chunk all its decays count: their logarithms' "
        "sum.",
        {"the last token's": ("g.sum(dim=-1)", "g[..., -1]")},
    ),
    "the state twice": Kind(
        "You begin every chunk with the state, and add what is read of it once more. Chunks are computed from an empty state.",
        {"not empty": ("torch.zeros_like(state)[:, :, None]", "state[:, :, None]")},
    ),
    "old state": Kind(
        OLD_STATE, {"the one before the last chunk": (RETURN, RETURN.replace("], state", "], before[:, :, -1]"))}
    ),
    "chunks left out": Kind(
        "You return the outputs of some chunks only, or of tokens that only fill up the last one. Every token has one, and the "
        "first T are theirs.",
        {
            "the last chunk only": (RETURN, "return out[:, :, -1], state"),
            "the last T": ("[:, :, : query.size(2)]", "[:, :, -query.size(2) :]"),
        },
    ),
}
