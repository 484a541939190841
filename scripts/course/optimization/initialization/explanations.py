"""Explanations that fit several pieces of initialization."""

BIAS_NOT_ZERO = (
    "The biases of the linear layers do not begin at zero: you leave them as they were, or set them to something else. "
    "A bias is a shift that is the same for all tokens, and before any training there is no reason for one."
)
NORMS_SET = (
    "You overwrite the weights of the norms, which keep the values that they are created with. Not every kind of norm "
    "begins with the same values, and what suits one can make another begin at twice its size."
)
WEIGHTS_REPLACED = (
    "You put new parameters in the place of the old ones, instead of changing their values. An optimizer that holds "
    "the old ones would train weights that the model no longer uses, and a tied head would be tied no more."
)
