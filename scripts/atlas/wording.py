"""Settings in words: a value with the page of what it names, and what that is."""

import itertools
import re
from collections import Counter
from collections.abc import Iterable
from html import escape, unescape
from typing import Any, NamedTuple

from scripts.training.models import REGISTRY, commented

LONGEST = 120  # letters of a gloss
# Of what chapter one's class says of itself, settings of their own decide in other models.
IN_MODELS = {
    (
        "attention_type",
        "standard",
    ): "Softmax attention to the keys that a token sees; whether these are rotated or normed, settings of their own say"
}
MOST_RUNS = 4  # that are told one by one


class Named(NamedTuple):
    """What a value names: its page, and what it is in a sentence."""

    address: str
    gloss: str


Glossary = dict[str, dict[str, Named]]  # by setting and value


def glossary(pages: Iterable[Any]) -> Glossary:
    by_registry: dict[str, dict[str, Named]] = {}
    for page in pages:
        named = Named(f"{page.entry.slug}.html", gloss(page.about))
        by_registry.setdefault(page.axis.registry, {})[page.entry.name] = named
    registries = {name: re.search(REGISTRY, about) for name, about in commented().items()}
    found = {name: dict(by_registry.get(registry[1], {})) for name, registry in registries.items() if registry}
    for (setting, name), said in IN_MODELS.items():
        if name in found.get(setting, {}):
            found[setting][name] = found[setting][name]._replace(gloss=said)
    # It is told by the placement that it makes.
    return found | {"post_norm": found.get("norm_position", {})}


def setting_in_words(about: str) -> str:
    """What config.py says of a field, without the registry whose names it takes: they lead to their pages."""
    return re.sub(r"^(?:a name|names) in [A-Z_]+(?:, or \"none\")?: ", "", about)


def gloss(about: str) -> str:
    """The first sentence of what is said, as text, and no more than one takes in."""
    plain = unescape(re.sub(r"<[^>]+>", "", about))
    first = re.split(r"(?<=[^.A-Z])\.(?:\s+(?=[A-Z])|$)", plain)[0]
    return first if len(first) <= LONGEST else first[:LONGEST].rsplit(" ", 1)[0] + " …"


def in_words(value: str, named: dict[str, Named], up: str) -> str:
    """A setting's value, as flags have it, as HTML: those that take turns are counted, names lead to their pages and
    are explained. named: by value, of this setting."""
    parts = re.split(r"([,/])", value.strip("'"))
    names, signs = parts[::2], ["", *parts[1::2]]
    if not named.keys() & set(names) and not all(re.fullmatch(r"none|\d+", name) for name in names):
        return escape({"true": "yes", "false": "no"}.get(value, value.strip("'")), quote=False)
    if len(names) > 1 and all(re.fullmatch(r"none|\d+", name) for name in names):
        return windows_in_words(names, signs)
    turns = [(name, sign == "/") for name, sign in zip(names, signs, strict=True)]
    runs = [(*turn, len(list(run))) for turn, run in itertools.groupby(turns)]
    if len(runs) > MOST_RUNS:
        runs = [(name, False, count) for name, count in Counter(names).items()]
    shown = ""
    for name, once, count in runs:
        broken = escape(name).replace("_", "_<wbr>")
        link = f'<a href="{up}{named[name].address}">{broken}</a>' if name in named else broken
        shown += ("; then " if once else ", " if shown else "") + (f"{count} × {link}" if count > 1 else link)
    glosses = {name: named[name].gloss for name in dict.fromkeys(names) if name in named}
    for name, said in glosses.items():
        which = f"<b>{escape(name)}</b>: " if len(glosses) > 1 else ""
        shown += f'<span class="gloss">{which}{escape(said, quote=False)}</span>'
    return shown


def windows_in_words(names: list[str], signs: list[str]) -> str:
    """Windows that take turns: 5 layers of 512 tokens, then 1 of all, in turn."""
    runs = [(name, len(list(run))) for name, run in itertools.groupby(names)]
    each = [f"{count} of {'all' if name == 'none' else f'{int(name):,} tokens'}" for name, count in runs]
    layers = each[0].replace(" of", " layers of" if runs[0][1] > 1 else " layer of", 1)
    return ", then ".join([layers, *each[1:]]) + ("" if "/" in signs else ", in turn")
