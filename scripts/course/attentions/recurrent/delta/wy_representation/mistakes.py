"""What people write for attentions.recurrent.delta.wy_representation, and why it matters."""

from scripts.course.attentions.recurrent.explanations import NO_DECAY
from scripts.workshop.diagnose import Kind

A = "A = beta[..., None] * (key @ key.mT) * decay_matrix(log_decay)"
SOLVE = "torch.linalg.solve_triangular(A, beta.diag_embed(), upper=False, unitriangular=True)"
RETURN = "return corrections @ value, corrections * total.exp()[..., None, :] @ key"

MISTAKES = {
    "beta of the other token": Kind(
        "You take the beta of the token that is found instead of that of the token that corrects. Beta belongs to the "
        "row, the token that writes.",
        {"beta by column": (A, "A = beta[..., None, :] * (key @ key.mT) * decay_matrix(log_decay)")},
    ),
    "beta left out": Kind(
        "You leave beta out in a place. It scales all of what a token writes: the value, and both things that are taken "
        "away.",
        {
            "in A": (A, "A = (key @ key.mT) * decay_matrix(log_decay)"),
            "on the right": ("beta.diag_embed()", "torch.ones_like(beta).diag_embed()"),
            "of the keys": (RETURN, RETURN.replace("corrections * total", "corrections / beta[..., None, :] * total")),
            "of the values": (
                RETURN,
                RETURN.replace("corrections @ value", "corrections / beta[..., None, :] @ value"),
            ),
        },
    ),
    "no decay": Kind(
        NO_DECAY,
        {
            "in A": (A, "A = beta[..., None] * (key @ key.mT)"),
            "of the state": (RETURN, "return corrections @ value, corrections @ key"),
            "only its own": ("total = log_decay.cumsum(dim=-1)", "total = log_decay"),
        },
    ),
    "decay of the wrong token": Kind(
        "You let the state decay up to the row, the token that writes. A column is what one key finds in the state, which "
        "has decayed up to the token with that key.",
        {"by row": ("total.exp()[..., None, :]", "total.exp()[..., :, None]")},
    ),
    "no chain": Kind(
        "You leave out that tokens of a chunk correct each other, or take only the first link. What token 2 finds depends "
        "on what token 1 wrote after it had found token 0.",
        {
            "not solved": (SOLVE, "beta.diag_embed()"),
            "the first link": (SOLVE, "beta.diag_embed() - A.tril(-1) @ beta.diag_embed()"),
        },
    ),
    "sign": Kind(
        "You solve with I - A, which adds where something is to be taken away. The system is I + A.",
        {"I - A": (SOLVE, SOLVE.replace("(A,", "(-A,"))},
    ),
    "the diagonal twice": Kind(
        "You keep the diagonal of A. A token does not correct itself: only what is strictly below counts, and ones.",
        {
            "the diagonal kept": (SOLVE, SOLVE.replace(", unitriangular=True", "")),
            "ones added to it": (
                SOLVE,
                "torch.linalg.solve_triangular("
                "A + torch.eye(A.size(-1), dtype=A.dtype), beta.diag_embed(), upper=False)",
            ),
        },
    ),
    "the future": Kind(
        "You solve the transposed system, in which later tokens correct earlier ones. A token would know the future.",
        {"transposed": (SOLVE, SOLVE.replace("(A,", "(A.mT,").replace("upper=False", "upper=True"))},
    ),
    "exchanged": Kind(
        "You return the two solutions in the other order. u has the size of a value, w that of a key.",
        {"exchanged": (RETURN, "return corrections * total.exp()[..., None, :] @ key, corrections @ value")},
    ),
}
