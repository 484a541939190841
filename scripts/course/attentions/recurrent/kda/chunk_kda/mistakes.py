"""What people write for attentions.recurrent.kda.chunk_kda, and why it matters."""

from scripts.course.attentions.recurrent.explanations import LAST_CHUNK, NO_DECAY, ONLY_ADDED
from scripts.workshop.diagnose import Kind

RIGHT = "right = b * (v - (total.exp() * k) @ state)"
SOLVE = "d = torch.linalg.solve_triangular(b * decayed_products(k, k, g), right, upper=False, unitriangular=True)"
OUT = "out.append((total.exp() * q) @ state + decayed_products(q, k, g) @ d)"
STATE = "state = last.exp().mT * state + ((last - total).exp() * k).mT @ d"

MISTAKES = {
    "chunks left out": Kind(
        LAST_CHUNK,
        {
            "every chunk from the first state": (STATE, "pass"),
            "every chunk from what the last one wrote": (STATE, "state = ((last - total).exp() * k).mT @ d"),
            "the last chunk only": ("return torch.cat(out, dim=2), state", "return out[-1], state"),
        },
    ),
    "only added": Kind(
        ONLY_ADDED,
        {
            "in the state": (RIGHT, "right = b * v"),
            "everywhere": (f"{RIGHT}\n        {SOLVE}", "d = b * v"),
        },
    ),
    "no chain": Kind(
        "You leave out that tokens of a chunk correct each other, or take only the first link. What token 2 finds depends "
        "on what token 1 wrote after it had found token 0.",
        {
            "not solved": (SOLVE, "d = right"),
            "the first link": (SOLVE, "d = right - (b * decayed_products(k, k, g)).tril(-1) @ right"),
        },
    ),
    "beta": Kind(
        "You leave beta out of the system or of its right side. It scales all of what a token writes, the value and both "
        "things that are taken away.",
        {
            "of the system": ("solve_triangular(b * decayed_products", "solve_triangular(decayed_products"),
            "of the right side": (RIGHT, "right = v - (total.exp() * k) @ state"),
            "of what is taken away": (RIGHT, "right = b * v - (total.exp() * k) @ state"),
            "by column": ("solve_triangular(b * decayed_products", "solve_triangular(b.mT * decayed_products"),
        },
    ),
    "sign": Kind(
        "You add where something is to be taken away, or the other way round. The system is I + A, and the state's part is "
        "subtracted.",
        {
            "I - A": ("solve_triangular(b * decayed", "solve_triangular(-b * decayed"),
            "the state added": (RIGHT, RIGHT.replace("v - ", "v + ")),
        },
    ),
    "no decay": Kind(
        NO_DECAY,
        {
            "of what is found": (RIGHT, "right = b * (v - k @ state)"),
            "of what is read": (OUT, OUT.replace("(total.exp() * q) @", "q @")),
            "of the state": (STATE, STATE.replace("last.exp().mT * state", "state")),
            "of what is written": (STATE, STATE.replace("((last - total).exp() * k)", "k")),
        },
    ),
    "decays of other tokens": Kind(
        "You take other decays than those between. What token s wrote decays from s + 1 to the end of the chunk, and the state "
        "over all of it.",
        {
            "from the start": (STATE, STATE.replace("(last - total).exp()", "total.exp()")),
            "the state over one token": (STATE, STATE.replace("last.exp().mT", "g[:, :, -1:].exp().mT")),
        },
    ),
    "a quotient of exponentials": Kind(
        "You divide exponentials where a difference of their logarithms belongs. Where everything is forgotten both are "
        "zero, and the quotient is nan.",
        {"divided": (STATE, STATE.replace("(last - total).exp()", "(last.exp() / total.exp())"))},
    ),
    "the new state is read": Kind(
        "You read the state after you have handed it on. The tokens of the chunk are counted twice then.",
        {
            "handed on first": (
                f"{OUT}\n        # Hand on the state.\n        last = total[:, :, -1:]\n        {STATE}",
                f"last = total[:, :, -1:]\n        {STATE}\n        {OUT}",
            )
        },
    ),
    "own token not seen": Kind(
        "You leave out what a token itself has written. It writes first, and then reads.",
        {"the earlier ones only": (OUT, OUT.replace("g) @ d", "g).tril(-1) @ d"))},
    ),
    "read with keys": Kind(
        "You read inside the chunk with the keys. Keys are for writing and correcting; what comes out, the queries ask for.",
        {"inside": (OUT, OUT.replace("decayed_products(q, k, g)", "decayed_products(k, k, g)"))},
    ),
}
