"""Explanations that fit several pieces of gpt."""

WEIGHT_REPLACED = (
    "You put a new parameter in the place of the old one, instead of changing the values in it. An optimizer that was "
    "given the old one goes on updating a weight that this layer no longer uses."
)
