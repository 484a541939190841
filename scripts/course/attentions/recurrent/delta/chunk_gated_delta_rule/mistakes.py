"""What people write for attentions.recurrent.delta.chunk_gated_delta_rule, and why it matters."""

from scripts.course.attentions.recurrent.explanations import LAST_CHUNK, NO_DECAY, ONLY_ADDED
from scripts.workshop.diagnose import Kind

BEFORE = "before.append(state)"
WRITTEN = "written.append(u_i - w_i @ state)"
STATE = "state = decay * state + k_i.mT @ written[-1]"
RETURN = "return out.flatten(2, 3)[:, :, : query.size(2)], state"

MISTAKES = {
    "state not handed on": Kind(
        LAST_CHUNK,
        {
            "every chunk from the first state": (STATE, "state = state"),
            "every chunk read from an empty one": (BEFORE, "before.append(0 * state)"),
        },
    ),
    "only added": Kind(
        ONLY_ADDED,
        {
            "the values written as they are": ("entries = (u, w,", "entries = (v, 0 * w,"),
            "values times beta": ("entries = (u, w,", "entries = (b[..., None] * v, 0 * w,"),
        },
    ),
    "the state not corrected": Kind(
        "You correct inside the chunk only: what the state holds from earlier chunks stays under the key. w says how much "
        "of it is to be taken away.",
        {"the state not corrected": (WRITTEN, "written.append(u_i)")},
    ),
    "sign": Kind(
        "You add what the state holds under the keys instead of taking it away. Every chunk would double it.",
        {"added": ("u_i - w_i @ state", "u_i + w_i @ state")},
    ),
    "w as the keys": Kind(
        "You write under w instead of under the keys. w says what is to be corrected; where it is written, the key says.",
        {
            "inside the chunk": ("parallel_linear_attention(q, k,", "parallel_linear_attention(q, w,"),
            "into the state": ("k_i.mT @ written[-1]", "w_i.mT @ written[-1]"),
        },
    ),
    "the state decays twice": Kind(
        "You let the state decay before it is corrected. w has that in it already, token by token.",
        {"w of a decayed state": ("u_i - w_i @ state", "u_i - w_i @ (decay * state)")},
    ),
    "no decay": Kind(
        NO_DECAY,
        {
            "of the state": (STATE, "state = state + k_i.mT @ written[-1]"),
            "of what is written": ("(last - total).exp() * k", "k"),
        },
    ),
    "read after it was written": Kind(
        "You keep the state as it is after a chunk, where its tokens read the one before. What they write themselves would "
        "be read twice.",
        {
            "the state after the chunk": (
                BEFORE + "\n        " + WRITTEN + "\n        " + STATE,
                WRITTEN + "\n        " + STATE + "\n        " + BEFORE,
            )
        },
    ),
    "chunks left out": Kind(
        "You return the outputs of some chunks only, or of tokens that only fill up the last one. Every token has one, and "
        "the first T are theirs.",
        {
            "the last chunk only": (RETURN, "return out[:, :, -1], state"),
            "the last T": ("[:, :, : query.size(2)]", "[:, :, -query.size(2) :]"),
            "all of them": ("[:, :, : query.size(2)]", ""),
        },
    ),
}
