"""Pages where moving something teaches, computed in the browser from what lies beside them."""

from dataclasses import dataclass

from ..entries import Entry
from .cache_kinds import cache_kinds
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
        "Type a name and follow it through a GPT of two layers that has learned from 30,000 names. Choose a token, and "
        "see what every head takes from, how its vector grows and which letter comes next; then let temperature and "
        "top-k make the model bolder or shyer.",
        "It would show the tokens of a name, a map of the attention of every head, the residual stream after "
        "every sublayer, and the logits and probabilities of the next letter.",
        ("names.js", "forward.js", "drawing.js", "name.js"),
    ),
    Play(
        "tiles",
        "The tiles of flash attention",
        "Attention needs the softmax of all scores of a query, yet only one small tile of scores is ever in memory. Go "
        "on from tile to tile: a query keeps its largest score so far, a sum and an output. Key 6 is loud: the tile "
        "that has it brings a larger maximum, and what was summed before shrinks. Multiply the scores, and a softmax "
        "that does not take the maximum off overflows; this one stays exact.",
        "It would show a map of the scores with the tile that is in memory, and beside it the running maximum, sum and "
        "output of its queries, step by step.",
        ("forward.js", "flash.js", "drawing.js", "tiles.js"),
        ("attention_backend/tiled", "attention_backend/flash", "attention_backend/flex", "attention_backend/sdpa"),
    ),
    Play(
        "clocks",
        "Rotary positions as clocks",
        "Move the query or the key, and its hands turn: the first a radian a token, the last hardly at all. Move both "
        "together, and the score stays, since it knows only how far apart they are; raise the base, and the slow "
        "clocks get slower still; or choose a scaling, with which a model reads texts longer than those of its "
        "training.",
        "It would show eight clocks, one for each pair of a head, with a hand for the query's position and one for the "
        "key's, and a curve of the score by distance.",
        ("forward.js", "scaling.js", "drawing.js", "clocks.js"),
        ("position_encoding/rope", "position_encoding/rope_local", "rope_scaling"),
    ),
    Play(
        "cache",
        "A cache filling",
        "Read a text token by token: what a model of 12 layers must keep grows with it, by much (MHA), by less (GQA, "
        "MLA), up to a window, or not at all. Find where the recurrent state, which is large from the first token, "
        "becomes the smaller one.",
        "It would show, for five kinds of attention, the bytes that are kept as a text grows to 256 tokens.",
        ("cache_kinds.js", "bytes.js", "drawing.js", "cache.js"),
        ("attention_type/standard", "attention_type/latent", "attention_type/delta"),
    ),
)


def plays_of(entry: Entry) -> list[Play]:
    """The pages of play that the page of an entry links to."""
    return [play for play in PLAYS if {entry.slug, entry.slug.partition("/")[0]} & set(play.belongs)]


def numbers() -> dict[str, str]:
    """By the name of a script: what it computes from."""
    return {
        "names.js": as_script("EXPORTED", exported(names_model(), ALPHABET)),
        "cache_kinds.js": as_script("KINDS", cache_kinds()),
    }
