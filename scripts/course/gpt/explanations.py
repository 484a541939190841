"""Explanations that fit several pieces of gpt."""

WEIGHT_REPLACED = (
    "You put a new weight in the place of the old one, instead of changing the numbers in it. Whoever holds the "
    "old one, an optimizer for example, goes on with a weight that this layer no longer uses."
)
