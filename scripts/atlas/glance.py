"""What a page says first: the answer to what one asks of its kind, in sentences made of computed figures."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import torch
from torch import nn

from reference.attention import build_attention
from reference.config import GPTConfig
from reference.presets import preset
from scripts.project.implementation import on_meta
from scripts.training.architecture import cached_bytes, state_bytes

from .drawings.norm_pictures import NOTHING, tried
from .drawings.position_pictures import LENGTH, added_vectors, by_distance
from .drawings.stream_pictures import LAYERS, looked
from .entries import Axis, Entry
from .entry_costs import SHAPE, cost_of
from .measurements import quality, told_apart, trained_inside
from .model_pages.preset_pages import introductions

JOINED = ("hyper_connections", "mhc")  # the last layer makes one stream of several
BACK = 32  # tokens, between a query and a key


def in_bytes(size: float) -> str:
    for unit in ("B", "KiB", "MiB", "GiB"):
        if size < 1024 or unit == "GiB":
            return f"{size:.3g} {unit}" if size < 1000 else f"{size:.0f} {unit}"
        size /= 1024
    raise AssertionError


def times(ratio: float) -> str:
    """How large something is beside something else."""
    if 0.95 <= ratio <= 1.05:
        return "as large as"
    return f"{few(ratio)} times as large as" if ratio > 1 else f"{few(1 / ratio)} times smaller than"


def few(value: float) -> str:
    """Two digits, and thousands as people write them."""
    return f"{float(f'{value:.2g}'):,.0f}" if value >= 10 else f"{value:.2g}"


def first_beside_last(sizes: Sequence[float]) -> str | None:
    return times(sizes[0] / sizes[-1]) if sizes[0] > 0 and sizes[-1] > 0 else None


def of_gradient(entry: Entry, axis: Axis, presets: list[str]) -> list[str]:
    """Where the gradient and the stream are large: what a placement decides."""
    here, usual = (looked(tuple(fields.items()))[0] for fields in (entry.fields, {}))
    is_base = entry.name == axis.base
    compared = "" if is_base else "; with chapter one's pre-norm it is {} the last layer's"
    mine, theirs = (first_beside_last(look["gradients"]) for look in (here, usual))
    said = []
    if mine and theirs:
        said.append(
            f"Before the first step, the gradient of the first of {LAYERS} layers is {mine} that of the last"
            f"{compared.format(theirs)}."
        )
    row = trained_inside(entry)
    if row is not None and (later := first_beside_last(row["inside"]["gradients"])):
        base = next((trained_inside(other) for other in axis.entries if other.name == axis.base), None)
        usually = first_beside_last(base["inside"]["gradients"]) if base and not is_base else None
        said.append(
            f"After {row['trial']['max_iters']:,} steps of a training without warm-up, at a learning rate of "
            f"{row['trial']['learning_rate']:g}, it is {later} the last layer's"
            + (f" (pre-norm: {usually} it)." if usually else ".")
        )
    if entry.name == "post":
        said.append(
            "Why: the norms stand on the stream itself, so the gradient goes back through every norm of every layer, "
            "and each divides it by the size of what it norms; with pre-norm a part of it goes past them all."
        )
    grown, grows = (look["stream"][-1] / look["stream"][0] for look in (here, usual))
    said.append(
        f"The stream that leaves the last layer is {times(grown)} the one that enters the first"
        + ("." if is_base else f" (pre-norm: {times(grows)} it).")
    )
    joined = here["stream"][-1] / here["stream"][-2]
    if entry.fields.get("residual_stream") in JOINED and abs(joined - 1) > 0.1:
        said.append(
            "Before, that is the size of several streams, one beside the other; the last layer joins them into one, "
            f"which is {few(joined)} times as large as they are in front of it."
        )
    if row is not None:
        said.append(
            f"The loss of this page is that of another training, a short one of {GPTConfig().n_layer} layers with the "
            f"usual settings: what such a one forgives, {LAYERS} layers without a warm-up need not."
        )
    return said


def mixer_of(config: GPTConfig, layer: int) -> nn.Module:
    """The mixer of a layer, to be counted."""
    with on_meta():
        return build_attention(config.of_layer(layer), layer)


def of_cache(entry: Entry, axis: Axis, presets: list[str]) -> list[str]:
    """What a mixer remembers: of every token, of a text of any length."""
    try:
        config = entry.config(**SHAPE)
        attention = mixer_of(config, config.in_turn(config.attention_type).index(entry.name))
    except ValueError:  # its numbers are made for small heads
        config = entry.config()
        attention = mixer_of(config, config.in_turn(config.attention_type).index(entry.name))
    chapter_one = GPTConfig(n_embd=config.n_embd, n_head=config.n_head)
    usual = cached_bytes(mixer_of(chapter_one, 0))
    kept, state = cached_bytes(attention), state_bytes(attention)
    shape = f"{chapter_one.n_head} heads of {chapter_one.head_dim}"
    said = []
    if kept and kept == usual:
        said.append(f"Of every token a layer of {shape} keeps {kept:,} bytes in its cache: all keys and values.")
    elif kept:
        ratio = max(kept / usual, usual / kept)
        compared = f"{few(ratio)} times {'fewer' if kept > usual else 'as many'}" if ratio > 1.05 else "nearly as many"
        said.append(
            f"Of every token a layer keeps {kept:,} bytes in its cache; chapter one's attention with {shape} keeps "
            f"{usual:,}, {compared}."
        )
    elif not state:
        said.append("Of a token a layer keeps nothing in its cache.")
    if state:
        said.append(
            f"{'Besides, it' if kept else 'A layer'} keeps {in_bytes(state)} of a text, however long it is: as much as "
            f"chapter one's attention keeps of {-(-state // usual):,} tokens."
        )
    return [*said, *of_released(entry, axis, presets)]


def of_released(entry: Entry, axis: Axis, presets: list[str]) -> list[str]:
    """What the first released model all of whose layers have it saves of a cache."""
    for name in presets:
        config = preset(name)
        if config.attention_type != entry.name or entry.name == axis.base:
            continue
        usual = replace(config, attention_type=axis.base, n_kv_head=config.n_head, attention_window="none")
        mine, theirs = (
            sum(cached_bytes(mixer_of(each, layer)) for layer in range(each.n_layer)) for each in (config, usual)
        )
        if mine and theirs > mine:
            told = introductions().get(name, "").rstrip(".")
            whose = f" ({told})" if told else ""
            return [
                f"In the model {name}{whose}, a token costs {mine:,} bytes over all {config.n_layer} layers; with "
                f"multi-head attention of as many heads ({config.n_head} of {config.head_dim}) it would cost "
                f"{theirs:,}, {few(theirs / mine)} times as many."
            ]
    return []


def of_norm(entry: Entry, axis: Axis, presets: list[str]) -> list[str]:
    found = tried(entry.value)
    mean = "takes the mean away, and divides" if found.centres else "leaves the mean, and divides"
    constant = "changes nothing" if found.centres else f"changes what leaves by {found.moved:.0%} of its size"
    begins = "" if found.weights == NOTHING else ", to begin with"
    return [
        f"It {mean} by {found.divides_by}. What it learns: {found.weights}{begins}.",
        f"When a vector is 1,000 times as large, what leaves is {times(found.grown)} before. A constant of 10, added "
        f"to every channel, {constant}.",
    ]


@torch.no_grad()
def of_positions(entry: Entry, axis: Axis, presets: list[str]) -> list[str]:
    model = entry.model(max_seq_len=LENGTH)
    added = added_vectors(model)
    if added is not None:
        near, far = (torch.cosine_similarity(added[-1], added[-1 - back], dim=0).item() for back in (1, BACK))
        return [
            f"The vectors that two neighbouring tokens get for their positions have a cosine of "
            f"{near:.2f}; those of tokens that are {BACK} apart, {far:.2f}.".replace("-", "−")
        ]
    scores = by_distance(model, BACK + 1)
    changes = [head[-1] - head[0] for head in scores]
    if max(map(abs, changes)) < 1e-6:
        return [f"A query and a key of the same content score alike, together or {BACK} tokens apart."]
    each = signed(changes[0])
    if len(set(changes)) > 1:
        each = f"{signed(min(changes))} in one head, {signed(max(changes))} in another"
    return [f"{BACK} tokens back, the score of a key with the same content as the query changes by {each}."]


def signed(value: float) -> str:
    return f"{value:+.2g}".replace("-", "−")


def of_optimizer(entry: Entry, axis: Axis, presets: list[str]) -> list[str]:
    """With what an optimizer is compared: chapter one's is several, too."""
    if entry.name == axis.base:
        return []
    return [
        "Chapter one's own optimizer is Muon for the matrices and AdamW for the embedding and the head, each with a "
        "learning rate of its own: what is compared is also how well the learning rates suit."
    ]


ANSWERS: dict[str, Callable[[Entry, Axis, list[str]], list[str]]] = {
    "norm_position": of_gradient,
    "residual_stream": of_gradient,
    "optimizer": of_optimizer,
    "attention_type": of_cache,
    "normalization": of_norm,
    "position_encoding": of_positions,
}


def of_cost(entry: Entry) -> list[str]:
    """What it costs beside chapter one's, where that differs by as much as one sees."""
    own, base, _ = cost_of(entry)
    parts = []
    for words, mine, theirs in (
        ("weights", own.parameters, base.parameters),
        ("FLOPs a token", own.flops_per_token, base.flops_per_token),
    ):
        if abs(mine / theirs - 1) >= 0.005:
            parts.append(f"{few(100 * abs(mine / theirs - 1))} % {'more' if mine > theirs else 'fewer'} {words}")
    return [f"It has {' and '.join(parts)} than chapter one's."] if parts else []


def of_quality(entry: Entry, axis: Axis) -> list[str]:
    """What it brings, as far as that is measured, and whether chance could have."""
    found = quality(entry, axis)
    if found and found["is_base"]:
        return ["This is what chapter one has: the others are measured against it."]
    behind = found and found["behind"]
    if not found or not behind:
        return []
    said = f"Trained on names for {found['steps']} steps, its loss is "
    if abs(behind["mean"]) < 0.0005:
        said += "as high as chapter one's"
    else:
        said += f"{abs(behind['mean']):.3f} {'lower' if behind['mean'] < 0 else 'higher'} than chapter one's"
        if behind["low"] is not None:
            apart = entry.name in told_apart(axis)
            said += (
                ", which is more than chance explains"
                if apart
                else f", which {len(found['losses'])} seeds do not tell from chance"
            )
    time = found["times_base"]
    if not time:
        return [f"{said}."]
    return [f"{said}; a step takes {'as' if 0.95 <= time <= 1.05 else f'{time:.2g} times as'} long."]


def at_a_glance(entry: Entry, axis: Axis, presets: list[str]) -> list[str]:
    """presets: those models that have it."""
    if entry.refused:
        return []
    answer = ANSWERS.get(axis.name)
    told = answer(entry, axis, presets) if answer else []
    return [*told, *of_cost(entry), *of_quality(entry, axis)]
