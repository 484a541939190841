"""Pages where moving something teaches, computed in the browser from what lies beside them."""

from dataclasses import dataclass

from ..entries import Entry
from .names_model import ALPHABET, as_script, exported, names_model


@dataclass(frozen=True)
class Play:
    """A page. belongs: axes or entries, "rope_scaling" or "attention_type/latent", whose pages link to it."""

    name: str
    title: str
    about: str  # what to try, and what one sees
    otherwise: str  # what it would show, for those without JavaScript
    scripts: tuple[str, ...]
    belongs: tuple[str, ...] = ()


PLAYS = (
    Play(
        "name",
        "A name through the model",
        "Type a name and follow it through a GPT of two layers that has read 29,910 of them. Choose a token, and see "
        "what every head takes from, how its vector grows and which letter comes next; then let temperature and top-k "
        "make the model bolder or shyer.",
        "It would show the tokens of a name, a map of the attention of each of eight heads, the residual stream after "
        "every sublayer, and the logits and probabilities of the next letter.",
        ("names.js", "forward.js", "drawing.js", "name.js"),
    ),
)


def plays_of(entry: Entry) -> list[Play]:
    """The pages of play that the page of an entry links to."""
    return [play for play in PLAYS if {entry.slug, entry.slug.partition("/")[0]} & set(play.belongs)]


def numbers() -> dict[str, str]:
    """By the name of a script: what it computes from."""
    return {"names.js": as_script("EXPORTED", exported(names_model(), ALPHABET))}
