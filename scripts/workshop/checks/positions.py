"""Cases for positions.py."""

import torch

from reference.cache import NOWHERE

from . import case, draw, fill, outcome, rotary_tables, small

VISIBLE = "positions.visible_keys"


def visible_case(about: str, query: torch.Tensor, key: torch.Tensor | None = None, window: int | None = None) -> None:
    @case(VISIBLE, about)
    def visible(package):
        # Without a cache, queries and keys are told their positions by the same tensor.
        further = [] if window is None else [window]
        positions = [query.clone()] * 2 if key is None else [query.clone(), key.clone()]
        return outcome(package.positions.visible_keys, *positions, *further)


def together(*rows) -> torch.Tensor:
    """Positions of several sequences, one row for each: (B, T)."""
    return torch.tensor([list(row) for row in rows])


visible_case("five tokens", torch.arange(5))
visible_case("a single token", torch.arange(1))
visible_case("positions 3 to 7", torch.arange(3, 8))
visible_case("positions that leave some out", torch.tensor([0, 1, 4, 5, 9]))
visible_case("a window of three", torch.arange(6), window=3)
visible_case("a window of two, from position 3 on", torch.arange(3, 8), window=2)
visible_case("a window of one", torch.arange(4), window=1)
visible_case("a window as long as the text", torch.arange(4), window=4)
visible_case("a window longer than the text", torch.arange(4), window=9)
visible_case("a window of three, and positions that leave some out", torch.tensor([0, 1, 4, 5, 9]), window=3)
visible_case("three new tokens, and seven keys in a cache", torch.arange(4, 7), torch.arange(7))
visible_case("one new token, and seven keys in a cache", torch.tensor([6]), torch.arange(7))
visible_case("one new token in the midst of the keys", torch.tensor([3]), torch.arange(7))
visible_case("three new tokens, and a window of two", torch.arange(4, 7), torch.arange(7), window=2)
visible_case("more queries than keys", torch.arange(6), torch.arange(2))
visible_case(
    "keys in the order in which a rolling cache has them", torch.arange(7, 9), torch.tensor([4, 5, 6, 3, 7, 8])
)
visible_case("such keys, as many as queries", torch.arange(4, 8), torch.tensor([8, 5, 6, 7]), window=2)
visible_case("slots that hold nothing", torch.arange(2, 5), torch.tensor([NOWHERE, 0, 1, NOWHERE, 2, 3, 4]))
visible_case(
    "slots that hold nothing, and a window", torch.arange(2, 5), torch.tensor([NOWHERE, 1, NOWHERE, 2, 3, 4]), window=2
)
visible_case("sequences that stand at different positions", together(range(4), range(5, 9), [0, 2, 4, 6]))
visible_case("as many sequences as tokens", together(range(3), range(4, 7), range(2, 5)), window=2)
visible_case(
    "sequences of different lengths in a cache, a token for each",
    together([6], [2], [4]),
    together(range(7), range(7), range(7)),
)
visible_case(
    "sequences of different lengths in a rolling cache",
    together([6, 7], [2, 3]),
    together([3, 4, 5, 6, 7], [0, NOWHERE, 1, 2, 3]),
    window=3,
)

TABLES = "positions.precompute_rotary_tables"


def table_case(about: str, head_dim: int, length: int, theta: float, stretch=None) -> None:
    @case(TABLES, about)
    def tables(package):
        further = [] if stretch is None else [torch.tensor(stretch, dtype=torch.get_default_dtype())]
        cos, sin = package.positions.precompute_rotary_tables(head_dim, length, theta, *further)
        return {"the cosines": cos, "the sines": sin}


table_case("three pairs and nine positions", head_dim=6, length=9, theta=100.0)
table_case("the paper's base, 10000", head_dim=8, length=5, theta=10000.0)
table_case("one pair", head_dim=2, length=4, theta=500.0)
table_case("a single position", head_dim=6, length=1, theta=100.0)
table_case("every pair stretched by another number", head_dim=6, length=5, theta=100.0, stretch=[1.0, 0.75, 0.25])


def turning_cases(name: str) -> None:
    piece = f"positions.{name}"

    def turn(package, x, *tables):
        return outcome(getattr(package.positions, name), x, *tables)

    case(piece, "positions 3 to 7")(lambda package: turn(package, draw(2, 5, 3, 6), *rotary_tables(5, start=3)))
    case(piece, "as many heads as positions and pairs")(
        lambda package: turn(package, draw(3, 3, 3, 6), *rotary_tables(3, start=3))
    )

    def own_tables(length: int, *starts: int) -> list[torch.Tensor]:
        """Tables for sequences that start at different positions: (B, T, pairs)."""
        return [torch.stack(tables) for tables in zip(*(rotary_tables(length, start=at) for at in starts), strict=True)]

    case(piece, "sequences that start at different positions")(
        lambda package: turn(package, draw(2, 5, 3, 6), *own_tables(5, 3, 0))
    )
    case(piece, "as many sequences, which start at different positions, as tokens, heads and pairs")(
        lambda package: turn(package, draw(3, 3, 3, 6), *own_tables(3, 2, 7, 0))
    )
    case(piece, "sequences at different positions, a single token of each")(
        lambda package: turn(package, draw(2, 1, 3, 6), *own_tables(1, 3, 5))
    )
    case(piece, "position 0 only, where nothing turns")(
        lambda package: turn(package, draw(2, 1, 3, 6), *rotary_tables(1))
    )
    case(piece, "fewer pairs than half a head, so that the rest stays as it is")(
        lambda package: turn(package, draw(2, 5, 3, 10), *rotary_tables(5, head_dim=6, start=3))
    )

    @case(piece, "a bfloat16 input and float32 tables", dtype=torch.bfloat16)
    def bfloat16(package):
        return {"the result": getattr(package.positions, name)(draw(2, 5, 3, 6), *rotary_tables(5, start=3))}


turning_cases("apply_rotary")
turning_cases("apply_rotary_interleaved")


def scaling_cases(name: str) -> None:
    def case_for(about: str, dim: int = 16, **changes) -> None:
        @case(f"positions.{name}", about)
        def scaling(package):
            stretch, magnitude = getattr(package.positions, name)(small(**changes), dim)
            return {"the stretch": stretch, "the magnitude": float(magnitude)}

    case_for("four times the length", max_seq_len=256, rope_factor=4.0, rope_original_seq_len=64)
    case_for("another base", max_seq_len=3000, rope_factor=2.5, rope_original_seq_len=1000, rope_theta=10000.0)
    case_for("an original length that is not given", max_seq_len=200, rope_factor=3.0, rope_theta=10000.0)
    case_for(
        "a length that has not grown as far as the factor allows",
        max_seq_len=100,
        rope_factor=8.0,
        rope_original_seq_len=50,
    )
    case_for("a factor of one", max_seq_len=100, rope_factor=1.0, rope_original_seq_len=100)
    case_for("a factor below one", max_seq_len=100, rope_factor=0.5, rope_original_seq_len=100)
    case_for("two pairs", dim=4, max_seq_len=256, rope_factor=4.0, rope_original_seq_len=64)
    case_for("a text half as long again", max_seq_len=96, rope_factor=1.5, rope_original_seq_len=64)
    case_for("one pair", dim=2, max_seq_len=256, rope_factor=4.0, rope_original_seq_len=64)
    if name == "yarn_scaling":
        case_for("a text so short that both bounds are zero", max_seq_len=20, rope_factor=4.0, rope_original_seq_len=5)
        case_for(
            "a small base, and a bound to be cut",
            max_seq_len=3800,
            rope_factor=4.0,
            rope_original_seq_len=950,
            rope_theta=12.0,
        )
    case_for("many pairs and a long text", dim=64, max_seq_len=8192, rope_factor=16.0, rope_original_seq_len=2048)


for name in ("linear_scaling", "ntk_scaling", "yarn_scaling"):
    scaling_cases(name)


def sinusoidal_case(about: str, length: int, dim: int) -> None:
    @case("positions.sinusoidal_table", about)
    def table(package):
        return {"the table": package.positions.sinusoidal_table(length, dim)}


sinusoidal_case("nine positions, a width of six", length=9, dim=6)
sinusoidal_case("as many positions as numbers", length=8, dim=8)
sinusoidal_case("a single position", length=1, dim=4)
sinusoidal_case("a width of two", length=5, dim=2)


def embedding_cases(kind: str) -> None:
    piece = f"positions.{kind}.embed"

    def embed(package, first: int, length: int):
        module, position = fill(getattr(package.positions, kind)(small())), torch.arange(first, first + length)
        return outcome(lambda x: module.embed(x, position), draw(2, length, 24), module=module)

    case(piece, "positions 3 to 7")(lambda package: embed(package, 3, 5))
    case(piece, "as many tokens as there are positions")(lambda package: embed(package, 0, 12))
    case(piece, "a single token")(lambda package: embed(package, 4, 1))

    @case(piece, "positions that do not follow each other")
    def scattered(package):
        module, position = fill(getattr(package.positions, kind)(small())), torch.tensor([7, 2, 2, 11])
        return {"the result": module.embed(draw(2, 4, 24), position).detach()}

    def at_their_own(package, position: torch.Tensor):
        module = fill(getattr(package.positions, kind)(small()))
        return outcome(lambda x: module.embed(x, position), draw(*position.shape, 24), module=module)

    case(piece, "sequences that stand at different positions")(
        lambda package: at_their_own(package, together([3, 4, 5, 6], [0, 1, 2, 3], [7, 9, 10, 11]))
    )
    case(piece, "as many sequences, which stand at different positions, as tokens")(
        lambda package: at_their_own(package, together([3, 4], [0, 1]))
    )
    case(piece, "sequences that stand at different positions, a token of each")(
        lambda package: at_their_own(package, together([3], [8]))
    )

    @case(piece, "a bfloat16 input", dtype=torch.bfloat16)
    def bfloat16(package):
        module = fill(getattr(package.positions, kind)(small()))
        if kind == "SinusoidalPositions":
            # Buffers may be kept wider than weights.
            module.table = draw(*module.table.shape).to(torch.promote_types(module.table.dtype, torch.float32))
        return {"the result": module.embed(draw(2, 5, 24), torch.arange(5)).detach()}


embedding_cases("LearnedPositions")
embedding_cases("SinusoidalPositions")


def slope_case(about: str, n_head: int) -> None:
    @case("positions.alibi_slopes", about)
    def slopes(package):
        return {"the slopes": package.positions.alibi_slopes(n_head)}


slope_case("eight heads", n_head=8)
slope_case("two heads", n_head=2)
slope_case("a single head", n_head=1)
slope_case("sixteen heads", n_head=16)
slope_case("six heads, not a power of two", n_head=6)
slope_case("twelve heads, not a power of two", n_head=12)
slope_case("seven heads, not a power of two", n_head=7)


ALIBI = "positions.ALiBi.bias"


def bias_case(about: str, n_head: int, query: torch.Tensor, key: torch.Tensor | None = None) -> None:
    @case(ALIBI, about)
    def biases(package):
        module = package.positions.ALiBi(small(n_head=n_head, n_kv_head=n_head, head_dim=6))
        positions = [query.clone()] * 2 if key is None else [query.clone(), key.clone()]
        bias = module.bias(*positions)
        if isinstance(bias, torch.Tensor):
            # What lies ahead is hidden, whatever its bias; an axis for the heads goes where they have theirs.
            ahead = positions[0][..., :, None] < positions[1][..., None, :]
            bias = bias.masked_fill(ahead.unsqueeze(-3), 0.0)
        return {
            "the bias": bias,
            "the slopes after the call": module.slopes,
            "the positions of the queries after the call": positions[0],
            "the positions of the keys after the call": positions[-1],
        }


bias_case("positions 3 to 7", 2, torch.arange(3, 8))
bias_case("as many heads as tokens", 4, torch.arange(4))
bias_case("a single token", 4, torch.tensor([5]))
bias_case("positions that leave some out", 3, torch.tensor([0, 1, 5, 6]))
bias_case("three new tokens, and seven keys in a cache", 2, torch.arange(4, 7), torch.arange(7))
bias_case(
    "one new token, and keys in the order of a rolling cache", 3, torch.tensor([7]), torch.tensor([4, 5, 6, 3, 7])
)
bias_case("a slot that holds nothing", 2, torch.arange(2, 4), torch.tensor([0, NOWHERE, 1, 2, 3]))
bias_case("sequences that stand at different positions", 4, together(range(3), [5, 7, 8]))
bias_case("as many sequences as heads and tokens", 2, together([0, 1], [5, 8]))
bias_case(
    "sequences of different lengths in a cache",
    2,
    together([6, 7], [2, 3], [4, 5]),
    together(range(8), range(8), range(8)),
)
