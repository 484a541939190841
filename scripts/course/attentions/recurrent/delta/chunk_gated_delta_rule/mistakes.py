"""What people write for attentions.recurrent.delta.chunk_gated_delta_rule, and why it matters."""

from scripts.course.attentions.recurrent.explanations import LAST_CHUNK, ONLY_ADDED
from scripts.workshop.diagnose import Kind

CALL = "y, state = parallel_linear_attention(q, k, u - w @ state, g, state)"

MISTAKES = {
    "state not handed on": Kind(
        LAST_CHUNK,
        {
            "every chunk from the first state": (
                CALL,
                "y, _ = parallel_linear_attention(q, k, u - w @ state, g, state)",
            ),
            "every chunk from an empty one": (
                CALL,
                "y, state = parallel_linear_attention(q, k, u, g, 0 * state)",
            ),
        },
    ),
    "only added": Kind(
        ONLY_ADDED,
        {
            "the values written as they are": ("u - w @ state, g", "v, g"),
            "values times beta": ("u - w @ state, g", "b[..., None] * v, g"),
        },
    ),
    "the state not corrected": Kind(
        "You correct inside the chunk only: what the state holds from earlier chunks stays under the key. w says how much "
        "of it is to be taken away.",
        {"the state not corrected": ("u - w @ state", "u")},
    ),
    "sign": Kind(
        "You add what the state holds under the keys instead of taking it away. Every chunk would double it.",
        {"added": ("u - w @ state", "u + w @ state")},
    ),
    "w as the keys": Kind(
        "You write under w instead of under the keys. w says what is to be corrected; where it is written, the key says.",
        {"written under w": ("(q, k, u - w @ state", "(q, w, u - w @ state")},
    ),
    "the state decays twice": Kind(
        "You let the state decay before it is corrected. w has that in it already, token by token.",
        {
            "w of a decayed state": (
                "u - w @ state",
                "u - w @ (g.sum(-1)[..., None, None].exp() * state)",
            )
        },
    ),
    "chunks left out": Kind(
        "You return the outputs of some chunks only. Every token has one, those of a shorter last chunk too.",
        {"the last chunk only": ("torch.cat(out, dim=2)", "out[-1]")},
    ),
}
