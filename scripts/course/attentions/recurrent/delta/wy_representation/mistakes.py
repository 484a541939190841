"""What people write for attentions.recurrent.delta.wy_representation, and why it matters."""

from scripts.course.attentions.recurrent.explanations import NO_DECAY
from scripts.workshop.diagnose import Kind

A = "A = beta[..., None] * (key @ key.mT) * decay_matrix(log_decay)"
RIGHT = "right = beta[..., None] * torch.cat((value, decayed_key), dim=-1)"
SOLVE = "torch.linalg.solve_triangular(A, right, upper=False, unitriangular=True)"

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
            "on the right": (RIGHT, "right = torch.cat((value, decayed_key), dim=-1)"),
            "of the keys": (RIGHT, "right = torch.cat((beta[..., None] * value, decayed_key), dim=-1)"),
            "of the values": (RIGHT, "right = torch.cat((value, beta[..., None] * decayed_key), dim=-1)"),
        },
    ),
    "no decay": Kind(
        NO_DECAY,
        {
            "in A": (A, "A = beta[..., None] * (key @ key.mT)"),
            "of the state": ("log_decay.cumsum(dim=-1).exp()[..., None] * key", "key"),
            "only its own": ("log_decay.cumsum(dim=-1).exp()", "log_decay.exp()"),
        },
    ),
    "no chain": Kind(
        "You leave out that tokens of a chunk correct each other, or take only the first link. What token 2 finds depends "
        "on what token 1 wrote after it had found token 0.",
        {
            "not solved": (SOLVE, "right"),
            "the first link": (SOLVE, "right - A.tril(-1) @ right"),
        },
    ),
    "sign": Kind(
        "You solve with I - A, which adds where something is to be taken away. The system is I + A.",
        {"I - A": (SOLVE, "torch.linalg.solve_triangular(-A, right, upper=False, unitriangular=True)")},
    ),
    "the diagonal twice": Kind(
        "You keep the diagonal of A. A token does not correct itself: only what is strictly below counts, and ones.",
        {
            "the diagonal kept": (SOLVE, "torch.linalg.solve_triangular(A, right, upper=False)"),
            "ones added to it": (
                SOLVE,
                "torch.linalg.solve_triangular(A + torch.eye(A.size(-1), dtype=A.dtype), right, upper=False)",
            ),
        },
    ),
    "the future": Kind(
        "You solve the transposed system, in which later tokens correct earlier ones. A token would know the future.",
        {"transposed": (SOLVE, "torch.linalg.solve_triangular(A.mT, right, upper=True, unitriangular=True)")},
    ),
    "exchanged": Kind(
        "You return the two solutions in the other order. u has the size of a value, w that of a key.",
        {"exchanged": ("return u, w", "return w, u")},
    ),
}
