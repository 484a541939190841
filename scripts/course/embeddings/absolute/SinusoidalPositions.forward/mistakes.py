"""What people write for embeddings.absolute.SinusoidalPositions.forward, and why it matters."""

from scripts.course.positions.explanations import (
    BATCH_AXIS,
    FIRST_ENTRY,
    FIRST_ROWS,
    MULTIPLIED,
    POSITION_NUMBERS,
    POSITIONS_FORGOTTEN,
    POSITIONS_ONLY,
    REVERSED,
    SEQUENCE_AXIS,
    SHARED_ONLY,
)
from scripts.workshop.diagnose import Kind

MISTAKES = {
    "first rows, whatever the positions": Kind(
        FIRST_ROWS, {"positions from zero on": ("self.table[position]", "self.table[: x.shape[1]]")}
    ),
    "positions of one sequence only": Kind(
        SHARED_ONLY,
        {
            "the first sequence's positions for all": (
                "self.table[position]",
                "self.table[position[0] if position.ndim == 2 else position]",
            ),
            "positions of one sequence only": ("self.table[position]", "self.table.index_select(0, position)"),
        },
    ),
    "an axis for the sequences": Kind(
        SEQUENCE_AXIS,
        {
            "an axis for the sequences, whether there is one or not": (
                "self.table[position]",
                "self.table[position][None]",
            )
        },
    ),
    "multiplied": Kind(MULTIPLIED, {"multiplied": ("x + self", "x * self")}),
    "positions only": Kind(
        POSITIONS_ONLY, {"positions only": ("(x + self.table[position])", "self.table[position].expand_as(x)")}
    ),
    "positions forgotten": Kind(POSITIONS_FORGOTTEN, {"positions forgotten": ("(x + self.table[position])", "x")}),
    "numbers of the positions": Kind(
        POSITION_NUMBERS, {"the numbers of the positions": ("self.table[position]", "position[:, None]")}
    ),
    "positions along the batch": Kind(
        BATCH_AXIS, {"positions as the axis of the batch": ("self.table[position]", "self.table[position][:, None]")}
    ),
    "columns, not rows": Kind(
        "You pick columns of the table where rows are wanted. A row is the vector of one position; a column is one "
        "channel of all positions, and does not fit the token's vector.",
        {"numbers taken for positions": ("self.table[position]", "self.table[:, position]")},
    ),
    "first position for all": Kind(
        FIRST_ENTRY, {"the first position for all": ("self.table[position]", "self.table[position[:1]]")}
    ),
    "positions backwards": Kind(
        REVERSED, {"positions backwards": ("self.table[position]", "self.table[position.flip(0)]")}
    ),
    "a slice of the table": Kind(
        "You cut one slice out of the table, from the first position to the last. Positions can leave some "
        "out or come twice, and sequences can have their own: your rows do not fit them then.",
        {"a window of the table": ("self.table[position]", "self.table[position[0] : position[-1] + 1]")},
    ),
    "the whole table": Kind(
        "You add the whole table, whatever the positions are. Most shorter texts do not fit it, a single token "
        "comes out as many, and only a text that fills the table is told the right positions.",
        {"the whole table": ("self.table[position]", "self.table")},
    ),
    "tokens scaled by the width": Kind(
        "You make the token's vector larger before you add that of its position. The first transformer did so, but "
        "here it is a separate setting elsewhere in the model: applied without it, the factor drowns the positions.",
        {"x multiplied by the root of its width": ("(x + self", "(x * x.shape[-1] ** 0.5 + self")},
    ),
    "table changed in place": Kind(
        "Your result is right once, but the table itself comes out halved. Every further call halves it again, until "
        "the positions have no effect any more.",
        {"table changed in place": ("x + self.table[position]", "x + self.table.mul_(0.5)[position] * 2")},
    ),
}
