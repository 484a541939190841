"""What people write for embeddings.absolute.LearnedPositions.forward, and why it matters."""

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
        FIRST_ROWS,
        {
            "positions from zero on": ("self.embedding(position)", "self.embedding(torch.arange(x.shape[1]))"),
            "the first rows": ("self.embedding(position)", "self.embedding.weight[: x.shape[1]]"),
        },
    ),
    "positions of one sequence only": Kind(
        SHARED_ONLY,
        {
            "the first sequence's positions for all": (
                "self.embedding(position)",
                "self.embedding(position[0] if position.ndim == 2 else position)",
            ),
            "positions of one sequence only": (
                "self.embedding(position)",
                "self.embedding.weight.index_select(0, position)",
            ),
        },
    ),
    "an axis for the sequences": Kind(
        SEQUENCE_AXIS,
        {
            "an axis for the sequences, whether there is one or not": (
                "self.embedding(position)",
                "self.embedding(position)[None]",
            )
        },
    ),
    "multiplied": Kind(MULTIPLIED, {"multiplied": ("x + self", "x * self")}),
    "positions only": Kind(POSITIONS_ONLY, {"positions only": ("return x + self", "return self")}),
    "positions forgotten": Kind(
        POSITIONS_FORGOTTEN, {"positions forgotten": ("return x + self.embedding(position)", "return x")}
    ),
    "numbers of the positions": Kind(
        POSITION_NUMBERS, {"the numbers of the positions": ("self.embedding(position)", "position[:, None]")}
    ),
    "positions along the batch": Kind(
        BATCH_AXIS,
        {"positions as the axis of the batch": ("self.embedding(position)", "self.embedding(position)[:, None]")},
    ),
    "first position for all": Kind(
        FIRST_ENTRY, {"the first position for all": ("self.embedding(position)", "self.embedding(position[:1])")}
    ),
    "positions backwards": Kind(
        REVERSED, {"positions backwards": ("self.embedding(position)", "self.embedding(position.flip(0))")}
    ),
    "distance from the first position": Kind(
        "You look up how far each position lies from the first that is passed in, not the position itself. Generation "
        "with a cache passes in one token at a time, and its distance is always zero.",
        {"distance from the first position": ("self.embedding(position)", "self.embedding(position - position[0])")},
    ),
    "scaled by the width": Kind(
        "You make the vector of the position larger, by the width of the model. It is added as it was learned: "
        "so large it drowns the token beside it, and public weights do not fit.",
        {"scaled by the width": ("self.embedding(position)", "self.embedding(position) * x.shape[-1] ** 0.5")},
    ),
    "side by side": Kind(
        "You put the two vectors side by side, and the result is twice as wide. The layers behind it have the "
        "width of the residual stream, to which positions are added.",
        {
            "side by side": (
                "x + self.embedding(position)",
                "torch.cat((x, self.embedding(position).expand_as(x)), dim=-1)",
            )
        },
    ),
}
