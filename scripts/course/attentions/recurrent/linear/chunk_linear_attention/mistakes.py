"""What people write for attentions.recurrent.linear.chunk_linear_attention, and why it matters."""

from scripts.course.attentions.recurrent.explanations import LAST_CHUNK
from scripts.workshop.diagnose import Kind

CALL = "y, state = parallel_linear_attention(q, k, v, g, state)"

MISTAKES = {
    "state not handed on": Kind(
        LAST_CHUNK,
        {
            "every chunk from the first state": (CALL, "y, _ = parallel_linear_attention(q, k, v, g, state)"),
            "every chunk from an empty one": (CALL, "y, state = parallel_linear_attention(q, k, v, g, 0 * state)"),
        },
    ),
    "chunks left out": Kind(
        "You return the outputs of some chunks only. Every token has one, those of a shorter last chunk too.",
        {
            "the last chunk only": ("torch.cat(out, dim=2)", "out[-1]"),
            "the first chunk only": ("torch.cat(out, dim=2)", "out[0]"),
        },
    ),
    "outputs along another axis": Kind(
        "You put the chunks together along another axis than that of the tokens. out is (B, H, T, Vd), T in axis 2.",
        {"along the heads": ("torch.cat(out, dim=2)", "torch.cat(out[:1] * len(out), dim=1)")},
    ),
    "split along another axis": Kind(
        "You split along another axis than that of the tokens. Sequences or heads would then be taken for chunks of one "
        "text, and the state goes from one to the next.",
        {"the batch split": ("each.split(chunk, dim=2)", "each.split(chunk, dim=-1)")},
    ),
    "chunks back to front": Kind(
        "You go through the chunks from the last to the first. The state then carries what is later to what is earlier.",
        {
            "back to front": (
                "zip(*(each.split(chunk, dim=2) for each in (query, key, value, log_decay)), strict=True)",
                "zip(*(each.split(chunk, dim=2)[::-1] for each in (query, key, value, log_decay)), strict=True)",
            )
        },
    ),
}
