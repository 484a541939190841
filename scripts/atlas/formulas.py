"""The formulas of docstrings, typeset: plain text such as `y = x / sqrt(mean(x^2) + eps)` as MathML, which browsers
draw without a network. What is no formula, or reads in a way that is not known here, stays as it is written."""

import re
from collections.abc import Iterator
from html import escape

GREEK = {
    **dict(
        zip(
            "alpha beta gamma delta theta lambda mu pi rho sigma tau phi Phi omega".split(),  # noqa: SIM905
            "αβγδθλμπρστφΦω",
            strict=True,
        )
    ),
    "eps": "ε",
    "inf": "∞",
}
RELATIONS = {"=": "=", "<-": "←", "->": "→", "<=": "≤", ">=": "≥", "<": "<", ">": ">", "~": "∼", "<<": "≪"}
TOKEN = re.compile(
    r"\s*(<-|->|<=|>=|\.\.\.|\+-|\d+(?:\.\d+)?(?:e-?\d+)?|[^\W\d]\w*'*(?:\.\w+)*|[-+*/^=<>~@,;:.()\[\]{}|·])"
)


class NoFormula(ValueError):
    """The text is prose, or written in a way that is not known."""


def tokens_of(text: str) -> list[str]:
    found, place = [], 0
    while text[place:].strip():
        match = TOKEN.match(text, place)
        if match is None:
            raise NoFormula(text)
        found.append(match[1])
        place = match.end()
    return found


def row(*parts: str) -> str:
    return f"<mrow>{''.join(parts)}</mrow>" if len(parts) != 1 else parts[0]


def operator(sign: str) -> str:
    return f"<mo>{escape(sign)}</mo>"


def name(word: str) -> str:
    """A variable, with what stands behind its underscore below it."""
    core, prime = word.rstrip("'"), "′" * (len(word) - len(word.rstrip("'")))
    head, underscore, below = core.partition("_")
    if underscore and head and below and len(head) <= 4 and len(below) <= 4:
        return f"<msub>{name(head)}{name(below)}</msub>"
    if underscore or "." in core:
        return f'<mtext class="code">{escape(core)}</mtext>' + (operator(prime) if prime else "")
    shown = GREEK.get(core, core)
    upright = ' mathvariant="normal"' if len(shown) > 1 else ""
    found = f"<mi{upright}>{escape(shown)}</mi>"
    return f"<msup>{found}<mo>{prime}</mo></msup>" if prime else found


class Reader:
    """Reads a formula by descent: relations of sums of products of powers."""

    def __init__(self, text: str):
        self.tokens, self.place = tokens_of(text), 0

    @property
    def next(self) -> str:
        return self.tokens[self.place] if self.place < len(self.tokens) else ""

    def take(self, expected: str | None = None) -> str:
        token = self.next
        if not token or (expected is not None and token != expected):
            raise NoFormula(token)
        self.place += 1
        return token

    def whole(self) -> str:
        found = self.listed()
        if self.next:
            raise NoFormula(self.next)
        return found

    def listed(self) -> str:
        parts = [self.relation()]
        while self.next in (",", ";", ":"):
            parts += [operator(self.take()), self.relation()]
        return row(*parts)

    def relation(self) -> str:
        parts = [self.sum()]
        while self.next in RELATIONS:
            parts += [operator(RELATIONS[self.take()]), self.sum()]
        return row(*parts)

    def sum(self) -> str:
        parts = (
            [operator({"-": "−", "+-": "±"}.get(sign := self.take(), sign))] if self.next in ("-", "+", "+-") else []
        )
        parts.append(self.product())
        while self.next in ("+", "-", "..."):
            sign = self.take()
            parts.append(operator({"-": "−", "...": "…"}.get(sign, sign)))
            if sign != "..." or self.starts():
                parts.append(self.product())
        return row(*parts)

    def starts(self) -> bool:
        return bool(re.match(r"[\w(|\[{]", self.next))

    def product(self) -> str:
        found, last = self.power()
        while True:
            if self.next == "/":
                self.take()
                below, last = self.power()
                found = f"<mfrac>{found}{below}</mfrac>"
            elif self.next in ("*", "@", "·", "."):
                sign = self.take()
                if self.next == "*":
                    raise NoFormula("**")
                factor, last = self.power()
                found = row(found, operator("·" if sign != "@" else "\u2062"), factor)
            elif self.next and self.starts() and self.next not in ("|",):
                # Two words behind each other are prose, two letters a product.
                if len(last) > 3 and re.match(r"[^\W\d]{4}", self.next):
                    raise NoFormula(self.next)
                if self.next in PROSE or last in PROSE:
                    raise NoFormula(self.next)
                factor, last = self.power()
                found = row(found, "<mo>\u2062</mo>", "<mspace width='.2em'/>", factor)
            else:
                return found

    def power(self) -> tuple[str, str]:
        found, last = self.atom()
        while self.next == "^":
            self.take()
            if self.next in ("-", "+"):
                sign = self.take()
                above, last = self.atom()
                above = row(operator("−" if sign == "-" else sign), above)
            else:
                above, last = self.atom(bare=True)
            found = f"<msup>{found}{above}</msup>"
        return found, last

    def atom(self, bare: bool = False) -> tuple[str, str]:
        token = self.take()
        if token in "([{":
            close = {"(": ")", "[": "]", "{": "}"}[token]
            if self.next == close:
                raise NoFormula(token)
            inside = self.listed()
            self.take(close)
            return (inside if bare and token == "(" else row(operator(token), inside, operator(close))), close
        if token == "|":
            inside = self.listed()
            self.take("|")
            return row(operator("|"), inside, operator("|")), "|"
        if token == "...":
            return operator("…"), token
        if re.match(r"\d", token):
            return f"<mn>{token}</mn>", token
        if not re.match(r"[^\W\d]", token):
            raise NoFormula(token)
        if token == "sqrt" and self.next == "(":
            self.take()
            inside = self.listed()
            self.take(")")
            return f"<msqrt>{inside}</msqrt>", ")"
        found = "<mo>∑</mo>" if token == "sum" and self.next != "(" else name(token)
        if token.startswith("sum_"):
            found = f"<munder><mo>∑</mo>{name(token[4:])}</munder>"
        while self.next in ("[", "("):
            if self.next == "[":
                self.take()
                inside = self.listed()
                self.take("]")
                found = f"<msub>{found}{inside}</msub>"
            elif len(token) > 1 or token.isupper() or token in ("f", "g"):
                self.take()
                inside = self.listed()
                self.take(")")
                found = row(found, operator("\u2061"), operator("("), inside, operator(")"))
            else:
                break
        return found, token


PROSE = {
    *(
        "where",
        "with",
        "for",
        "if",
        "then",
        "else",
        "and",
        "or",
        "of",
        "the",
        "is",
        "in",
        "by",
        "to",
        "as",
        "at",
        "from",
    ),
    *("over", "each", "every", "all", "that", "mean", "means", "one", "times", "like", "those", "attributes", "keeps"),
} - {"mean"}


def mathml(text: str) -> str:
    """A formula as MathML. Raises `NoFormula`."""
    return f'<math display="block"><mrow>{Reader(text).whole()}</mrow></math>'


def looks_like_one(text: str) -> bool:
    return bool(re.search(r"[=^]|<-|->|\w\(.*\)| [*/+] ", text))


def leading(text: str) -> tuple[str, str]:
    """The longest beginning of a text that is a formula, as MathML, and what is behind it. Raises `NoFormula`."""
    ends = [
        len(text),
        *(match.start() for match in re.finditer(r"[,;.:] |,$|\.$| where | for | of | in | from ", text)),
    ]
    for end in sorted(ends, reverse=True):
        try:
            if looks_like_one(text[:end]):
                return mathml(text[:end]), text[end:].lstrip(",;.: ")
        except NoFormula:
            continue
    raise NoFormula(text)


def typeset(line: str) -> str:
    """A line of a docstring: columns that stand apart by several spaces, formulas as MathML, words as words."""
    cells = []
    for cell in re.split(r"\s{2,}", re.sub(r"\s+(=|<-)\s+", r" \1 ", line.strip())):
        try:
            formula, words = leading(cell)
            cells.append(formula)
        except NoFormula:
            if looks_like_one(cell):
                cells.append(f'<span class="code">{escape(cell)}</span>')
                continue
            words = cell
        if words:
            cells.append(f'<span class="words">{escape(words)}</span>')
    return "".join(cells)


def blocks(docstring: str) -> Iterator[list[str]]:
    """The indented blocks of a docstring, in which formulas stand."""
    block: list[str] = []
    for line in [*docstring.splitlines(), ""]:
        if line.startswith("    ") and line.strip():
            block.append(line[4:])
        elif block:
            yield block
            block = []


def formulas(docstring: str) -> list[str]:
    """The lines of a docstring's indented blocks, as HTML."""
    return [typeset(line) for block in blocks(docstring) for line in block]


def first_formula(docstring: str) -> list[str]:
    """What a docstring begins with, or has behind a colon in its first paragraph, where that is a formula."""
    first = " ".join(docstring.strip().partition("\n\n")[0].split())
    for start in (0, *(match.end() for match in re.finditer(r": | of ", first))):
        try:
            return [leading(first[start : start + 160])[0]]
        except NoFormula:
            continue
    return []
