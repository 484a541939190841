"""Placements: the block as a drawing, taken from its own code, and what it does to stream and gradient."""

import operator
from dataclasses import dataclass

import torch
from torch import fx, nn

from reference.config import GPTConfig
from scripts.project.implementation import Implementation, on_meta

from ..entries import REFERENCE, Axis, Entry
from ..measurements import trained_inside
from .stream_pictures import configured, stream_and_gradient
from .svg import Line, Panel, curves, document, text

ROW, BOX = 34, (128, 22)
SIGNS = {operator.add: "+", torch.add: "+", operator.mul: "×", torch.mul: "×", operator.sub: "−", operator.truediv: "÷"}


@dataclass
class Node:
    """A step of a block's forward: what it is called, and which steps it reads. Step 0 is what enters the block."""

    words: str
    reads: list[int]
    kind: str  # "add", "scale", "part"


class Whole(fx.Tracer):
    """Goes into no module but the block itself."""

    def is_leaf_module(self, module: nn.Module, name: str) -> bool:
        return True


def steps_of(block: nn.Module, words: dict[str, str]) -> list[Node] | None:
    """The steps of a block's forward as its code has them; None where it cannot be followed. words: what its modules
    are called in a drawing."""
    try:
        graph = Whole().trace(block)
    except (fx.proxy.TraceError, TypeError, ValueError, AttributeError, RuntimeError):
        return None  # its code asks what the numbers are, which nobody knows here
    nodes: list[Node] = []
    place: dict[fx.Node, int] = {}
    for node in graph.nodes:
        if node.op == "placeholder":
            if not nodes:
                nodes.append(Node("x", [], "input"))
                place[node] = 0
            continue
        if node.op == "output":
            continue
        reads = [place[each] for each in node.all_input_nodes if each in place]
        if not reads:
            continue  # the context, a number, a weight
        found = Node(*described(node, reads, words))
        if found.kind == "skip":
            place[node] = reads[0]
            continue
        place[node] = len(nodes)
        nodes.append(found)
    return nodes


def described(node: fx.Node, reads: list[int], words: dict[str, str]) -> tuple[str, list[int], str]:
    if node.op == "call_module":
        return words.get(str(node.target), str(node.target).replace("_", " ")), reads[:1], "part"
    sign = SIGNS.get(node.target) if node.op == "call_function" else None
    numbers = [argument for argument in node.args if isinstance(argument, (int, float))]
    if sign and len(reads) >= 2:
        return sign, reads, "add"
    if sign and len(numbers) == 1:
        return f"{sign} {numbers[0]:.3g}", reads, "scale"
    if sign:
        weights = [str(each.target).rpartition(".")[2] for each in node.all_input_nodes if each.op == "get_attr"]
        return f"{sign} {' '.join(weights)}".strip(), reads, "scale"
    if node.op == "call_method" and node.target in ("to", "contiguous", "type_as"):
        return "", reads, "skip"
    named = node.target if isinstance(node.target, str) else getattr(node.target, "__name__", "?")
    return named.replace("_", " "), reads, "part"


def names_of(block: nn.Module) -> dict[str, str]:
    """What the modules of a block are called: norms by where they stand, sublayers by what they do."""
    words = {}
    for name, _ in block.named_modules():
        if name == "attn":
            words[name] = "attention"
        elif name == "mlp":
            words[name] = "feed-forward"
        elif "norm" in name:
            words[name] = "norm"
    return words


def spine(nodes: list[Node]) -> set[int]:
    """The steps of the residual stream itself: backwards from the end, at every addition to what is older."""
    found, here = set(), len(nodes) - 1
    while True:
        found.add(here)
        if not nodes[here].reads:
            return found
        here = min(nodes[here].reads)


def flow(nodes: list[Node], x: float, y: float, branch: float, wide: float, words: str = "stream") -> tuple[str, float]:
    """The steps as a drawing that is read from above: the stream as a thick line, what is computed beside it. Returns
    it, and where it ends."""
    main = spine(nodes)
    heights = {index: y + ROW * index for index in range(len(nodes))}
    columns: dict[int, float] = {}
    for index in range(len(nodes)):
        if index in main:
            columns[index] = x
            continue
        # One that reads the stream begins a branch; where another has not come back yet, further out.
        columns[index] = branch
    parts = []
    for index, node in enumerate(nodes):
        for read in node.reads:
            if index in main and read in main:
                parts.append(f'<path class="st" d="M{x} {heights[read]}V{heights[index]}"/>')
            elif read in main:
                parts.append(f'<path class="w" d="M{x} {heights[read] + 10}H{branch}V{heights[index]}"/>')
                parts.append(f'<circle class="h" cx="{x}" cy="{heights[read] + 10}" r="2.6"/>')
            elif index in main:
                below = nodes[read + 1 : index]
                side = (
                    branch + wide / 2 + 12
                    if any(columns[each] == branch for each in range(read + 1, index)) and below
                    else branch
                )
                parts.append(f'<path class="w" d="M{branch} {heights[read]}H{side}V{heights[index]}H{x + 11}"/>')
                parts.append(arrow(x + 10, heights[index], -1))
            else:
                far = index - read > 1
                side = branch - wide / 2 - 9
                path = (
                    f"M{branch} {heights[read]}H{side}V{heights[index]}H{branch}"
                    if far
                    else f"M{branch} {heights[read]}V{heights[index]}"
                )
                parts.append(f'<path class="w" d="{path}"/>')
    for index, node in enumerate(nodes):
        cx, cy = columns[index], heights[index]
        if node.kind == "input":
            parts.append(text(cx, cy - 6, words, "middle", "s"))
        elif node.kind == "add":
            parts.append(f'<circle class="box" cx="{cx}" cy="{cy}" r="10"/>' + text(cx, cy + 4.5, node.words, "middle"))
        else:
            kind = "n" if node.words == "norm" else "box"
            own = min(wide, 96 if index in main else wide)
            parts.append(
                f'<rect class="{kind}" x="{cx - own / 2:.4g}" y="{cy - 11}" width="{own:.4g}" height="22" '
                f'rx="{11 if node.kind == "scale" else 3}"/>' + text(cx, cy + 4, node.words, "middle", "s")
            )
    end = heights[len(nodes) - 1] + 30
    parts.insert(0, f'<path class="st" d="M{x} {heights[len(nodes) - 1]}V{end}"/>')
    parts.append(f'<path class="h" d="M{x - 6} {end - 2}h12l-6 9z"/>')
    return "".join(parts), end + 8


def arrow(x: float, y: float, way: int) -> str:
    return f'<path class="h" d="M{x} {y}l{-7 * way} -4v8z"/>'


def drawing(config: GPTConfig, code: Implementation = REFERENCE) -> Panel | None:
    """The block of the first layer; None where its code cannot be followed."""
    with on_meta():
        block = code.gpt.GPT(config).blocks[0]
    nodes = steps_of(block, names_of(block))
    if nodes is None or len(nodes) < 2 or len(nodes) > 24:
        return None
    content, end = flow(nodes, 84, 56, 226, 132)
    told = ", then ".join(f"{node.words} of step {', '.join(map(str, node.reads))}" for node in nodes[1:])
    return Panel(
        document(text(8, 17, "One block, as its code has it", kind="t") + content, end + 6),
        f"The block as a drawing. From the stream, step 0: {told}",
    )


def placement(entry: Entry, axis: Axis) -> list[Panel]:
    drawn = drawing(configured(entry.fields), entry.code)
    return [*([drawn] if drawn else []), *after_training(entry, axis), *stream_and_gradient(entry, axis)]


def after_training(entry: Entry, axis: Axis) -> list[Panel]:
    """The gradient by layer at the end of a training of the reference's, beside chapter one's; nothing where it is not
    measured."""
    row = trained_inside(entry) if entry.code is REFERENCE else None
    if row is None:
        return []
    usual = next(each for each in axis.entries if each.name == axis.base)
    rows = {entry.name: row, usual.name: trained_inside(usual) or row}
    lines = [
        Line(name, range(1, 1 + len(each["inside"]["gradients"])), each["inside"]["gradients"])
        for name, each in rows.items()
    ]
    label = f"layer, after {row['trial']['max_iters']:,} steps"
    return [curves("Gradient by layer, trained", lines, label, "norm of the gradient of its weights", "y", marks=True)]
