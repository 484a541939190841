"""Small pictures as SVG: curves, bars and maps in one style, legible in black and white and on a dark page."""

import base64
import math
import struct
import zlib
from collections.abc import Sequence
from html import escape
from typing import NamedTuple

WIDTH, HEIGHT = 360, 230  # of a panel, in pixels at its smallest
LEFT, RIGHT, TOP, BOTTOM = 48, 12, 28, 40
DASHES = ("", "6 3", "2 3", "8 3 2 3", "1 4", "10 4")
STYLE = """
:root{color-scheme:light dark}
text{font:12px system-ui,sans-serif;fill:#1a1a1a}.t{font-weight:600;font-size:13px}.s{font-size:11px}
.g{stroke:#1a1a1a;stroke-opacity:.14}.a{stroke:#1a1a1a;stroke-opacity:.6;fill:none}
.l{fill:none;stroke-width:1.8;stroke-linejoin:round}
.c0{stroke:#1a1a1a}.c1{stroke:#0060a8}.c2{stroke:#b4500a}.c3{stroke:#007a57}.c4{stroke:#9a3f78}.c5{stroke:#666}
.b0{fill:#1a1a1a}.b1{fill:#4d94c9}.b2{fill:#d9853f}.b3{fill:#3aa384}.b4{fill:#c07aa6}.b5{fill:#999}
.box{fill:#fff;stroke:#1a1a1a;stroke-width:1.2}.n{fill:#e8e8e8;stroke:#1a1a1a}
.w{stroke:#1a1a1a;stroke-width:1.3;fill:none}.st{stroke:#1a1a1a;stroke-width:3;fill:none}.h{fill:#1a1a1a}
@media(prefers-color-scheme:dark){text{fill:#e8e8e8}.g,.a{stroke:#e8e8e8}.m{filter:invert(1) hue-rotate(180deg)}
.c0{stroke:#e8e8e8}.c1{stroke:#7cc0f5}.c2{stroke:#f5a860}.c3{stroke:#5fd3ae}.c4{stroke:#e39cc8}.c5{stroke:#aaa}
.b0{fill:#e8e8e8}.box{fill:#16181b;stroke:#e8e8e8}.n{fill:#383c42;stroke:#e8e8e8}
.w,.st{stroke:#e8e8e8}.h{fill:#e8e8e8}}
"""


class Panel(NamedTuple):
    """A picture, and what it shows in words, for those who do not see it."""

    svg: str
    about: str


class Line(NamedTuple):
    label: str
    x: Sequence[float]
    y: Sequence[float]


def document(content: str, height: float = HEIGHT, width: float = WIDTH) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}" '
        f'height="{height:g}"><style>{STYLE}</style>{content}</svg>'
    )


def text(x: float, y: float, words: str, anchor: str = "start", kind: str = "") -> str:
    attributes = "" if anchor == "start" else f' text-anchor="{anchor}"'
    attributes += f' class="{kind}"' if kind else ""
    return f'<text x="{x:.4g}" y="{y:.4g}"{attributes}>{escape(words)}</text>'


def number(value: float, digits: int = 3) -> str:
    """As short as it can be read."""
    if value == 0:
        return "0"
    size = abs(value)
    if size < 1e-3 or size >= 1e5:
        return f"{value:.0e}".replace("e-0", "e-").replace("e+0", "e")
    return f"{value:,.0f}" if size >= 1000 else f"{value:.{digits}g}"


class Scale:
    """Numbers to pixels, with ticks where people expect them."""

    def __init__(self, values: Sequence[float], first: float, last: float, log: bool = False, room: float = 0.0):
        """room: at both ends, as a share of what is between them."""
        values = [value for value in values if math.isfinite(value) and (value > 0 or not log)] or [1.0]
        low, high = min(values), max(values)
        self.log = log and high > 0
        if self.log:
            low, high = math.log10(low), math.log10(high)
            if high - low < 1:
                low, high = (low + high) / 2 - 0.5, (low + high) / 2 + 0.5
        elif high - low < 1e-9 * max(1.0, abs(high)):
            low, high = low - (abs(low) or 1) / 2, high + (abs(high) or 1) / 2
        spare = room * (high - low)
        self.low, self.high, self.first, self.last = low - spare, high + spare, first, last

    def __call__(self, value: float) -> float:
        if self.log:
            value = math.log10(value) if value > 0 else self.low
        share = (value - self.low) / (self.high - self.low)
        return self.first + min(max(share, 0.0), 1.0) * (self.last - self.first)

    def ticks(self) -> list[float]:
        if self.log:
            if self.high - self.low < 2:
                powers = range(math.floor(self.low), math.ceil(self.high) + 1)
                every = [digit * 10.0**power for power in powers for digit in (1, 2, 5)]
                return [tick for tick in every if self.low <= math.log10(tick) <= self.high]
            step = max(1, math.ceil((self.high - self.low) / 5))
            return [10.0**power for power in range(math.ceil(self.low), math.floor(self.high) + 1, step)]
        rough = (self.high - self.low) / 4
        power = 10 ** math.floor(math.log10(rough))
        step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough)
        first = math.ceil(self.low / step - 1e-9)
        return [index * step for index in range(first, math.floor(self.high / step + 1e-9) + 1)]

    def labelled(self) -> list[tuple[float, str]]:
        """The ticks, with as many digits as tell them apart."""
        ticks = self.ticks()
        for digits in (3, 4, 5, 6):
            labels = [number(tick, digits) for tick in ticks]
            if len(set(labels)) == len(labels):
                break
        return list(zip(ticks, labels, strict=True))


def frame(title: str, x: Scale, y: Scale, labels: tuple[str, str], top: float, bottom: float) -> str:
    parts = [text(8, 17, title, kind="t")]
    for tick, label in y.labelled():
        parts.append(f'<path class="g" d="M{LEFT} {y(tick):.1f}H{WIDTH - RIGHT}"/>')
        parts.append(text(LEFT - 5, y(tick) + 4, label, "end", "s"))
    for tick, label in x.labelled():
        parts.append(f'<path class="a" d="M{x(tick):.1f} {bottom}v4"/>')
        parts.append(text(x(tick), bottom + 16, label, "middle", "s"))
    parts.append(f'<path class="a" d="M{LEFT} {top}V{bottom}H{WIDTH - RIGHT}"/>')
    parts.append(text(WIDTH - RIGHT, bottom + 31, labels[0], "end", "s"))
    if labels[1]:
        parts.append(text(8, top - 5, labels[1], kind="s"))
    return "".join(parts)


def curves(
    title: str,
    lines: Sequence[Line],
    x_label: str,
    y_label: str = "",
    log: str = "",
    marks: bool = False,
    about: str | None = None,
) -> Panel:
    """log: the axes that are logarithmic, "x", "y" or "xy"."""
    shown = [line for line in lines if line.label]
    rows = -(-len(shown) // 2)
    top = TOP + (16 if y_label else 0)
    height = HEIGHT + 16 * rows + (16 if y_label else 0)
    bottom = height - BOTTOM - 16 * rows
    x = Scale([value for line in lines for value in line.x], LEFT, WIDTH - RIGHT - 4, "x" in log)
    y = Scale([value for line in lines for value in line.y], bottom, top + 4, "y" in log, room=0.04)
    parts = [frame(title, x, y, (x_label, y_label), top, bottom)]
    for index, line in enumerate(lines):
        points = [
            f"{x(a):.1f} {y(b):.1f}"
            for a, b in zip(line.x, line.y, strict=True)
            if math.isfinite(b) and (b > 0 or not y.log)
        ]
        if not points:
            continue
        dash = DASHES[index % len(DASHES)]
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        parts.append(f'<path class="l c{index % 6}"{dashed} d="M{"L".join(points)}"/>')
        if marks:
            dots = "".join(f"M{point}h.01" for point in points)
            parts.append(f'<path class="l c{index % 6}" stroke-linecap="round" style="stroke-width:5" d="{dots}"/>')
    for index, line in enumerate(lines):
        if line.label:
            place = shown.index(line)
            left, base = LEFT - 30 + (place % 2) * 165, height - 16 * rows + 16 * (place // 2) + 8
            dash = DASHES[index % len(DASHES)]
            dashed = f' stroke-dasharray="{dash}"' if dash else ""
            parts.append(f'<path class="l c{index % 6}"{dashed} d="M{left} {base - 4}h24"/>')
            parts.append(text(left + 29, base, line.label, kind="s"))
    names = "; ".join(line.label for line in shown)
    return Panel(document("".join(parts), height), about or f"{title}: {y_label or 'a curve'} over {x_label}. {names}")


def bars(
    title: str,
    groups: Sequence[tuple[str, Sequence[float]]],
    labels: Sequence[str],
    y_label: str = "",
    note: str = "",
) -> Panel:
    """A group of bars for each name, a bar of it for each label; the note is a line under all."""
    rows = -(-len(labels) // 2) if len(labels) > 1 else 0
    top = TOP + (16 if y_label else 0)
    height = HEIGHT + 16 * rows + (16 if y_label else 0)
    bottom = height - BOTTOM - 16 * rows
    values = [value for _, group in groups for value in group]
    y = Scale([0.0, *values], bottom, top + 4)
    parts = [text(8, 17, title, kind="t")]
    if y_label:
        parts.append(text(8, top - 5, y_label, kind="s"))
    for tick, label in y.labelled():
        parts.append(f'<path class="g" d="M{LEFT} {y(tick):.1f}H{WIDTH - RIGHT}"/>')
        parts.append(text(LEFT - 5, y(tick) + 4, label, "end", "s"))
    step = (WIDTH - LEFT - RIGHT) / max(len(groups), 1)
    wide = 0.8 * step / max(len(labels), 1)
    for place, (name, group) in enumerate(groups):
        for index, value in enumerate(group):
            if math.isfinite(value):
                left = LEFT + step * (place + 0.1) + wide * index
                low, high = sorted((y(0), y(value)))
                parts.append(
                    f'<rect class="b{index % 6}" x="{left:.1f}" y="{low:.1f}" width="{max(wide - 0.6, 0.6):.1f}" '
                    f'height="{max(high - low, 0.5):.1f}"/>'
                )
        if name:
            parts.append(text(LEFT + step * (place + 0.5), bottom + 15, name, "middle", "s"))
    parts.append(f'<path class="a" d="M{LEFT} {y(0):.1f}H{WIDTH - RIGHT}"/>')
    for index, label in enumerate(labels if rows else ()):
        left, base = LEFT - 30 + (index % 2) * 165, height - 16 * rows + 16 * (index // 2) + 8
        parts.append(f'<rect class="b{index % 6}" x="{left}" y="{base - 9}" width="12" height="9"/>')
        parts.append(text(left + 18, base, label, kind="s"))
    if note:
        height += 18
        parts.append(text(LEFT - 30, height - 8, note, kind="s"))
    told = f"{title}: bars of {y_label}, {', '.join(labels)}" + (f"; {note}" if note else "")
    return Panel(document("".join(parts), height), told)


def png(pixels: Sequence[Sequence[tuple[int, int, int, int]]]) -> str:
    """Pixels of red, green, blue and opacity as a PNG in a URL."""
    rows = b"".join(b"\0" + bytes(value for pixel in row for value in pixel) for row in pixels)

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", len(pixels[0]), len(pixels), 8, 6, 0, 0, 0)
    data = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")
    return "data:image/png;base64," + base64.b64encode(data).decode()


def colour(value: float, most: float, signed: bool) -> tuple[int, int, int, int]:
    """Black for the most, nothing for zero; of signed values, orange for those below zero, which is lighter."""
    if not math.isfinite(value):
        return (200, 0, 0, 255)
    opacity = round(255 * min(1.0, abs(value) / most)) if most else 0
    return (225, 120, 20, opacity) if signed and value < 0 else (0, 60, 120, opacity) if signed else (0, 0, 0, opacity)


def image(matrix: Sequence[Sequence[float]], x: float, y: float, wide: float, high: float, signed: bool = False) -> str:
    most = max((abs(value) for row in matrix for value in row if math.isfinite(value)), default=0.0)
    pixels = [[colour(value, most, signed) for value in row] for row in matrix]
    return (
        f'<image class="m" x="{x:.4g}" y="{y:.4g}" width="{wide:.4g}" height="{high:.4g}" preserveAspectRatio="none" '
        f'style="image-rendering:pixelated" href="{png(pixels)}"/>'
        f'<rect class="a" x="{x:.4g}" y="{y:.4g}" width="{wide:.4g}" height="{high:.4g}"/>'
    )


def heat_map(
    title: str,
    maps: Sequence[tuple[str, Sequence[Sequence[float]]]],
    x_label: str,
    y_label: str,
    signed: bool = False,
    about: str | None = None,
    square: bool = False,
) -> Panel:
    """Some maps beside each other, rows from above."""
    count = len(maps)
    columns = 1 if count == 1 else 2
    wide = (WIDTH - 34 - 10 * (columns - 1)) / columns
    high = wide if square and columns > 1 else min(wide, 170 if columns == 1 else 120)
    if square and columns == 1:
        wide = high = 240
    parts = [text(8, 17, title, kind="t")]
    rows = -(-count // columns)
    for index, (name, matrix) in enumerate(maps):
        x = 24 + (index % columns) * (wide + 10)
        y = 28 + (index // columns) * (high + (20 if name else 8)) + (14 if name else 0)
        if name:
            parts.append(text(x, y - 4, name, kind="s"))
        parts.append(image(matrix, x, y, wide, high, signed))
    height = 28 + rows * (high + (20 if maps[0][0] else 8)) + 20 + (14 if maps[0][0] else 0)
    parts.append(text(WIDTH - 10, height - 8, x_label, "end", "s"))
    parts.append(
        f'<text class="s" text-anchor="end" transform="translate(16 {28:g}) rotate(-90)">{escape(y_label)}</text>'
    )
    return Panel(document("".join(parts), height), about or f"{title}: a map, {y_label} by {x_label}")


def ticked(title: str, answers: dict[str, bool]) -> Panel:
    """A list of which every entry is true, a filled circle, or not, an empty one with a line through it."""
    parts = [text(8, 17, title, kind="t")]
    for index, (name, answer) in enumerate(answers.items()):
        y = 44 + 24 * index
        mark = f'<circle class="h" cx="22" cy="{y}" r="7"/>'
        if not answer:
            mark = f'<circle class="w" cx="22" cy="{y}" r="7"/><path class="w" d="M16 {y + 6}l12 -12"/>'
        parts.append(mark + text(40, y + 4, f"{name}: {'yes' if answer else 'no'}"))
    told = ", ".join(f"{name} {'yes' if answer else 'no'}" for name, answer in answers.items())
    return Panel(document("".join(parts), 44 + 24 * len(answers)), f"{title}: {told}")
