"""What a pass shows, in sentences: where the heads look, and what changes from layer to layer."""

import itertools
import math

from torch import Tensor

from scripts.training.text.tokenizers import Tokenizer

from .inside import Inside

MOST, SHARP = 0.5, 0.6  # of a head's weight: what it looks at mostly; a single look that is worth opening the map for
EVEN = 0.95  # of the entropy of equal weights: from here on, a head makes no choice


def label_of(token: int, tokenizer: Tokenizer) -> str:
    """A token as one can see it."""
    if token == tokenizer.boundary:
        return "¶"
    text = tokenizer.bytes_of(token).decode("utf-8", errors="backslashreplace").replace(" ", "␣")
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def shares(weights: Tensor, labels: list[str]) -> dict[str, float]:
    """How much of its weight a head (T, T) gives to what can be named, over the tokens that have a choice of three."""
    rows = weights.double()[2:]
    places = range(2, len(weights))
    return {
        "the token itself": sum(row[place].item() for place, row in zip(places, rows, strict=True)) / len(rows),
        "the token before": sum(row[place - 1].item() for place, row in zip(places, rows, strict=True)) / len(rows),
        f"the first token, {labels[0]}": rows[:, 0].mean().item(),
    }


def evenness(weights: Tensor) -> float:
    """The entropy of a head's weights (T, T), as a fraction of that of equal ones: 1 where it makes no choice."""
    rows = weights.double()[1:]
    p = rows / rows.sum(dim=-1, keepdim=True)
    entropy = -(p * p.clamp(min=1e-30).log()).sum(dim=-1)
    return sum(h.item() / math.log(place) for place, h in enumerate(entropy, start=2)) / len(rows)


def reach(weights: Tensor) -> float:
    """How many tokens the heads (H, T, T) look back, on average."""
    length = weights.size(-1)
    far = [[max(query - key, 0) for key in range(length)] for query in range(length)]
    total = weights.double().sum().item()
    return (weights.double() * weights.new_tensor(far).double()).sum().item() / total


def of_head(number: int, weights: Tensor, labels: list[str]) -> str:
    """What a head looks at."""
    if evenness(weights) >= EVEN:
        return f"Head {number} looks at all tokens nearly alike."
    named = shares(weights, labels)
    what, most = max(named.items(), key=lambda each: each[1])
    said = f"Head {number} looks {'mostly ' if most >= MOST else ''}at {what} ({most:.0%} of its weight)"
    if most < MOST:
        second, less = sorted(named.items(), key=lambda each: -each[1])[1]
        said += f" and {second} ({less:.0%})"
    # A single look at something farther away, which no average shows.
    far = weights.double().tril(-2)
    far[:, 0] = 0
    query, key = divmod(int(far.argmax()), far.size(1))
    if far[query, key] >= SHARP:
        said += f"; {query} “{labels[query]}” looks back at {key} “{labels[key]}” ({far[query, key]:.0%})"
    return f"{said}."


def of_layer(layer: int, inside: Inside) -> list[str]:
    """What a layer adds to the residual stream, and how its attention differs from that of the layer before."""
    sentences = []
    means = {after: norms.mean().item() for after, norms in inside.stream}  # the last of each layer
    before = means.get(layer - 1 if layer else None)
    if layer in means and before:
        now = means[layer]
        change = "stays at" if f"{now:.3g}" == f"{before:.3g}" else f"goes from {before:.3g} to"
        given = [
            f"{name} gives {inside.given[layer, sublayer].mean().item():.3g}"
            for sublayer, name in (("attn", "attention"), ("mlp", "the MLP"))
            if (layer, sublayer) in inside.given
        ]
        sentences.append(
            f"The norm of the stream{inside.measured} {change} {now:.3g}{': ' if given else ''}{', '.join(given)}."
        )
    if layer in inside.weights and layer - 1 in inside.weights and len(inside.tokens) > 1:
        here, there = reach(inside.weights[layer]), reach(inside.weights[layer - 1])
        nearer = "as far" if math.isclose(here, there, rel_tol=0.1) else "farther" if here > there else "less far"
        than = "as" if nearer == "as far" else "than"
        sentences.append(
            f"Its heads look back {nearer} {than} those of layer {layer - 1}: {here:.2g} tokens on average, there "
            f"{there:.2g}."
        )
    return sentences


def of_heads(maps: Tensor, labels: list[str]) -> list[str]:
    """What the heads of a layer (H, T, T) look at; those that make no choice in one sentence."""
    even = [number for number, weights in enumerate(maps) if evenness(weights) >= EVEN]
    sentences = [of_head(number, weights, labels) for number, weights in enumerate(maps) if number not in even]
    if len(even) > 1:
        sentences.append(f"Heads {', '.join(map(str, even))} look at all tokens nearly alike.")
    return sentences + [of_head(number, maps[number], labels) for number in even if len(even) == 1]


def by_layer(inside: Inside, labels: list[str]) -> dict[int, list[str]]:
    """For each layer that the pass came to, sentences about what it changes, and about its heads."""
    layers = sorted({layer for layer, _ in inside.stream if layer is not None} | inside.weights.keys())
    told = {layer: of_layer(layer, inside) for layer in layers}
    for layer, maps in inside.weights.items():
        told[layer] += of_heads(maps, labels) if len(labels) > 2 else []
    return told


def first_looks(inside: Inside, labels: list[str]) -> list[str]:
    """What to look at first: the most decided head, the layer that changes most, what is expected at the end."""
    sentences = []
    heads = [(layer, number, each) for layer, maps in inside.weights.items() for number, each in enumerate(maps)]
    if heads and len(labels) > 2:
        layer, number, weights = min(heads, key=lambda head: evenness(head[2]))
        if evenness(weights) < EVEN:
            what = of_head(number, weights, labels).removeprefix(f"Head {number} ")
            sentences.append(f"The head that chooses most: layer {layer}, head {number}. It {what}")
        else:
            sentences.append("No head chooses: all look at all tokens nearly alike, as in a model that is not trained.")
    ends = {layer: norms.mean().item() for layer, norms in inside.stream}
    steps = [(abs(after[1] - before[1]), before, after) for before, after in itertools.pairwise(ends.items())]
    if steps:
        size, before, after = max(steps, key=lambda step: step[0])
        sentences.append(
            f"The norm of the stream{inside.measured} changes most in layer {after[0]}: from {before[1]:.3g} to "
            f"{after[1]:.3g}."
            if size > 1e-6 * before[1]
            else "No layer changes the stream: every sublayer adds nothing."
        )
    return sentences
