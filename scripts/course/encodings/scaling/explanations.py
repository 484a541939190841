"""Explanations that fit several kinds of rotary scaling."""

ENTRY_EACH = (
    "Your inv_freq scaling is (dim,), where (dim/2,) is needed. Two dimensions make a pair and have one frequency, so "
    "that there are twice as many entries as frequencies."
)
ATTENTION_FACTOR = (
    "You return another attention_factor than one. This scaling changes the angles only; the attention_factor "
    "multiplies both tables, and makes all scores larger or smaller than the trained softmax expects."
)
ORIGINAL_NONE = (
    "Your code needs an original length that is given. The setting can be left out, and then stands for the longest "
    "sequence; with such a configuration your code fails."
)
ALL_ALIKE = (
    "You divide all frequencies by the same factor, as linear scaling does. This kind of scaling spares the high "
    "frequencies, without which neighbours can no longer be told apart."
)
