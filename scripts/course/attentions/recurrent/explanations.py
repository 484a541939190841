"""Explanations that mistakes of several pieces of recurrent/ share."""

NO_DECAY = (
    "Your state does not decay, or not by exp(log_decay). What was written long ago then counts as much as what was "
    "written now, and nothing is ever forgotten."
)
DECAY_OF_LOG = (
    "You multiply by log_decay itself, or by its negative, where its exponential belongs. The decay is kept as a "
    "logarithm, so that products of many become sums."
)
READ_BEFORE_WRITE = (
    "You read the state before this token has written to it. A token then does not see itself, and the forms that "
    "compute many tokens at once see it."
)
STATE_IGNORED = (
    "You begin with an empty state instead of the one that is passed in. In a cache, and from chunk to chunk, "
    "everything before would be lost."
)
OLD_STATE = (
    "You hand on the state as it was, or without its last tokens. What follows would not know of the tokens between."
)
KEY_AND_VALUE_SWAPPED = (
    "Your outer product has keys and values the other way round. The state is (K, Vd): a row for every element of a "
    "key, a column for every element of a value."
)
DECAY_OF_ANOTHER_TOKEN = (
    "You take the decays of other tokens than those between. What token s wrote is decayed from s + 1 to t, and not at "
    "s itself."
)
ONLY_ADDED = (
    "You add the value without taking away what the state holds under the key. That is linear attention: a second "
    "value for the same key comes on top of the first."
)
LAST_CHUNK = (
    "You leave out chunks, or compute each as if it were the first. Tokens of a later chunk see all before them, "
    "through the state that is handed on."
)
SOFTPLUS_OVERFLOWS = (
    "You write out softplus as log(1 + exp), which is infinite in float32 from 89 on. F.softplus returns its argument "
    "where the two are the same."
)
NO_DROPOUT = (
    "You leave out the dropout behind the last projection. Without it, this layer alone would not be regularised."
)
NO_CACHE = (
    "You do not tell the scan of the cache. Every part of a text then begins with an empty state, and knows nothing of "
    "the parts before."
)
HEADS_MIXED = (
    "You mix heads and tokens, or take the parts in another order. Queries come first, then keys, then values, H heads "
    "of D each."
)
