"""Explanations that fit several pieces of initialization."""

BIAS_NOT_ZERO = (
    "The biases of the linear layers do not begin at zero: you leave them as they were, or give them other "
    "numbers. A bias is a shift that all tokens share, and before any training there is nothing that it could mean."
)
NORMS_SET = (
    "You overwrite numbers in the norms, which are to keep those that they were made with. Not every kind of norm "
    "begins with the same numbers, and what suits one can make another begin at twice its size."
)
WEIGHTS_REPLACED = (
    "You put new parameters in the place of the old ones, instead of changing the numbers in them. An optimizer "
    "that holds the old ones would train weights that the model no longer uses, and a tied head would be tied no "
    "more."
)
