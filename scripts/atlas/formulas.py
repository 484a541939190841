"""The formulas of docstrings, typeset: plain text such as `y = x / sqrt(mean(x^2) + eps)` as MathML, which browsers
draw without a network. What is no formula, or reads in a way that is not known here, stays as it is written."""

import contextlib
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
PARTS = ("proj", "norm", "log", "lr")  # what names in code end with
RELATIONS = {"=": "=", "<-": "←", "->": "→", "<=": "≤", ">=": "≥", "<": "<", ">": ">", "~": "∼", "<<": "≪"}
TOKEN = re.compile(
    r"\s*(<-|->|<=|>=|\.\.\.|\+-|\d+(?:\.\d+)?(?:e-?\d+)?|[^\W\d]\w*'*(?:\.\w+)*|[-+*/^=<>~@,;:.()\[\]{}|·])"
)


TIMES = {True: "<mo>·</mo>", False: "<mo>\u2062</mo><mspace width='.2em'/>"}  # by whether it is seen


class NoFormula(ValueError):
    """The text is prose, or written in a way that is not known."""


def tokens_of(text: str) -> list[re.Match]:
    found: list[re.Match] = []
    place = 0
    while text[place:].strip():
        match = TOKEN.match(text, place)
        if match is None:
            raise NoFormula(text)
        found.append(match)
        place = match.end()
    return found


def row(*parts: str) -> str:
    return f"<mrow>{''.join(parts)}</mrow>" if len(parts) != 1 else parts[0]


def operator(sign: str) -> str:
    return f"<mo>{escape(sign)}</mo>"


def is_indexed(head: str, below: str) -> bool:
    """Whether what is behind the underscore is an index, as in x_t, W_router and expert_e, and no part of a name in
    code, as in rms_norm and o_proj."""
    symbol = len(head) == 1 or head in GREEK
    return bool(head) and len(below) > 0 and (len(below) == 1 or (symbol and below not in PARTS)) and "_" not in below


def name(word: str) -> str:
    """A variable, with what stands behind its underscore below it."""
    core, prime = word.rstrip("'"), "′" * (len(word) - len(word.rstrip("'")))
    head, underscore, below = core.partition("_")
    if underscore and is_indexed(head, below):
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
        found = tokens_of(text)
        self.text, self.tokens, self.spans = text, [each[1] for each in found], [each.span(1) for each in found]
        self.place = self.depth = 0
        self.inside: str | None = None  # what the last atom has between its parentheses, where it is nothing else

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

    def said(self, first: int) -> str:
        """The words from a token up to the next one, as they are written."""
        words = self.text[self.spans[first][0] : self.spans[self.place - 1][1]]
        return f"<mtext>{escape(words)}</mtext>"

    def listed(self) -> str:
        parts = [self.relation()]
        while self.next in (",", ";"):
            parts.append(operator(self.take()))
            remark = self.depth and self.next in PROSE
            parts.append(f"<mspace width='.3em'/>{self.remark()}" if remark else self.relation())
        return row(*parts)

    def enclosed(self, close: str, called: bool = False) -> str:
        self.depth += 1
        found = self.remark() if called and self.next in PROSE else self.listed()
        self.take(close)
        self.depth -= 1
        return found

    def remark(self) -> str:
        """Words up to the end of what is in parentheses, which are left as they are."""
        start, depth = self.place, 0
        while depth or self.next not in (")", "]"):
            depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(self.take(), 0)
        return self.said(start)

    def relation(self) -> str:
        parts = [] if self.next in RELATIONS else [self.sum()]  # a line may go on where the one before it ended
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
        above = self.inside or found  # a fraction needs no parentheses
        while True:
            if self.next == "/":
                self.take()
                below, last = self.power()
                found = f"<mfrac>{above}{self.inside or below}</mfrac>"
            elif self.next in ("*", "@", "·", "."):
                sign = self.take()
                if self.next == "*":
                    raise NoFormula("**")
                factor, last = self.power()
                found = row(found, TIMES[sign != "@"], factor)
            elif self.next and self.starts() and self.next not in ("|",):
                # Two words behind each other are prose, two letters a product.
                if re.fullmatch(r"[a-zA-Z]{4,}", last) and re.fullmatch(r"[a-zA-Z]{4,}", self.next):
                    raise NoFormula(self.next)
                factor, last = self.power()
                found = row(found, TIMES[False], factor)
            else:
                return found
            above = found

    def power(self) -> tuple[str, str]:
        found, last = self.atom()
        while self.next == "^":
            self.inside = None
            self.take()
            if self.next in ("-", "+"):
                sign = self.take()
                above, last = self.atom()
                above = row(operator("−" if sign == "-" else sign), above)
            else:
                above, last = self.atom(bare=True)
            found, self.inside = f"<msup>{found}{above}</msup>", None
        return found, last

    def atom(self, bare: bool = False) -> tuple[str, str]:
        found, last, inside = self.atom_of(self.take(), bare)
        self.inside = inside
        return found, last

    def atom_of(self, token: str, bare: bool) -> tuple[str, str, str | None]:
        """An atom, its last token, and what is between its parentheses, where it is nothing else."""
        if token in "([{":
            close = {"(": ")", "[": "]", "{": "}"}[token]
            if self.next == close:
                raise NoFormula(token)
            inside = self.enclosed(close)
            found = inside if bare and token == "(" else row(operator(token), inside, operator(close))
            if token == "(" and self.indexes():
                return self.indexed(found), close, None
            return found, close, inside if token == "(" else None
        if token == "|":
            inside = self.listed()
            self.take("|")
            return row(operator("|"), inside, operator("|")), "|", None
        if token == "...":
            return operator("…"), token, None
        if re.match(r"\d", token):
            return f"<mn>{token}</mn>", token, None
        if token in OVER and self.next in ("over", "of"):
            return self.over(OVER[token]), token, None
        if token == "their" and self.next:
            return f"<mtext>their {escape(self.take())}</mtext>", token, None
        if not re.match(r"[^\W\d]", token) or token in PROSE or (token == "sum" and self.next != "("):
            raise NoFormula(token)
        if token == "sqrt" and self.next == "(":
            self.take()
            return f"<msqrt>{self.enclosed(')')}</msqrt>", ")", None
        found = name(token)
        if token.startswith("sum_"):
            found = f"<munder><mo>∑</mo>{name(token[4:])}</munder>"
        while self.next == "(" or self.indexes():
            if self.next == "[":
                found = self.indexed(found)
            elif len(token) > 1 or token.isupper() or token in ("f", "g"):
                self.take()
                found = row(found, operator("\u2061"), operator("("), self.enclosed(")", called=True), operator(")"))
            else:
                break
            token = ")"
        return found, token, None

    def indexes(self) -> bool:
        """Whether a bracket follows without a space: x[i] is an element, W [x ; y] a product."""
        return self.next == "[" and self.spans[self.place - 1][1] == self.spans[self.place][0]

    def indexed(self, found: str) -> str:
        """With what stands in brackets behind it below it."""
        self.take("[")
        return f"<msub>{found}{self.enclosed(']')}</msub>"

    def over(self, sign: str) -> str:
        """`sum over s <= t of` something: what it goes over is a formula, or words."""
        if self.take() == "of":
            return row(sign, self.product())
        start = self.place
        while self.next != "of":
            self.take()
        below = self.said(start)
        with contextlib.suppress(NoFormula):  # words, then
            below = Reader(self.text[self.spans[start][0] : self.spans[self.place - 1][1]]).whole()
        self.take("of")
        return row(f"<munder>{sign}{below}</munder>", self.product())


OVER = {"sum": "<mo>∑</mo>", "max": "<mo>max</mo>"}
# Words that stand in no formula.
PROSE = frozenset(
    "where with without for if then else and or not of the is are has in by to as at from over each every all that "  # noqa: SIM905
    "means one times like those them attributes keeps std normal uniform heads group elementwise computed".split()
)


def mathml(text: str) -> str:
    """A formula as MathML. Raises `NoFormula`."""
    return f'<math display="block"><mrow>{Reader(text).whole()}</mrow></math>'


def looks_like_one(text: str) -> bool:
    return bool(re.search(r"[=^]|<-|->|\+-|\w\(.*\)| [-*/+] ", text))


SENTENCE = re.compile(r"(?<=[^\s.])\.(?:\s|$)")  # its end, unlike the point of a product
STARTS = re.compile(r"(?:(?<=[:,])|(?<= in)|(?<= std)|(?<= with)|(?<=then)) ")
ENDS = re.compile(r"[,;:] |[,;:]$| (?:where|for|of|in|from|over|with) ")


def leading(text: str) -> tuple[str, str]:
    """The longest beginning of a text that is a formula, as MathML, and what is behind it. Raises `NoFormula`."""
    sentence = SENTENCE.search(text)
    whole = sentence.start() if sentence else len(text)
    for end in sorted({whole, *(match.start() for match in ENDS.finditer(text, 0, whole))}, reverse=True):
        try:
            if looks_like_one(text[:end]):
                return mathml(text[:end]), text[end:].lstrip(",;.: ")
        except NoFormula:
            continue
    raise NoFormula(text)


def cell_of(text: str) -> list[str]:
    """A part of a line: its formulas as MathML, the words around them as words."""
    for start in (0, *(match.end() for match in STARTS.finditer(text))):
        try:
            formula, behind = leading(text[start:])
        except NoFormula:
            continue
        return [*spoken(text[:start].strip()), formula, *(cell_of(behind) if behind else [])]
    return spoken(text)


SYMBOL = re.compile(r"(?<![\w.])(?:[A-Za-z]_(?!lr\b)\w{1,3}(?:\^T)?|[A-Za-z]\^[T2])(?![\w^])")  # amid words


def spoken(words: str) -> list[str]:
    shown = re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(words, quote=False))
    parts = re.split(r"(<code>.*?</code>)", shown)
    parts[::2] = [SYMBOL.sub(lambda found: f"<math>{Reader(found[0]).whole()}</math>", part) for part in parts[::2]]
    shown = "".join(parts)
    return [f'<span class="words">{shown}</span>'] if words else []


def typeset(line: str) -> str:
    """A line of a docstring: columns that stand apart by several spaces, formulas as MathML, words as words."""
    line = re.sub(r"\s+(=|<-|\*)\s+", r" \1 ", line.strip())
    return "".join(part for cell in re.split(r"\s{2,}", line) for part in cell_of(cell))


def blocks(docstring: str) -> Iterator[list[str]]:
    """The indented blocks of a docstring, in which formulas stand, but for lists of attributes; what stands far to the
    right goes on with the line above it."""
    block: list[str] = []
    attributes = False
    for line in [*docstring.splitlines(), ""]:
        if line.startswith("    ") and line.strip():
            if block and line.startswith(" " * 20):
                block[-1] += f" {line.strip()}"
            elif not attributes:
                block.append(line[4:])
            continue
        attributes = line.startswith("Attributes:")
        if block:
            yield block
            block = []


def formulas(docstring: str) -> list[str]:
    """The lines of a docstring's indented blocks, as HTML, but for those that are code."""
    return [typeset(line) for block in blocks(docstring) for line in block if '"' not in line]


def first_formula(docstring: str) -> list[str]:
    """What a docstring begins with, or has behind a colon in its first paragraph, where that is a formula; and what it
    says of it up to the end of the sentence."""
    first = " ".join(docstring.strip().partition("\n\n")[0].split())
    for start in (0, *(match.end() for match in re.finditer(r": | of ", first))):
        try:
            leading(first[start:])
        except NoFormula:
            continue
        sentence = SENTENCE.search(first, start)
        return ["".join(cell_of(first[start : sentence.start() if sentence else len(first)]))]
    return []
