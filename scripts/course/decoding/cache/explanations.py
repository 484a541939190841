"""Explanations that fit several pieces of cache."""

CHANGED_BEFORE_THE_ERROR = (
    "You change the lengths before all checks have passed. A call that raises must leave the cache as it was, so that "
    "the caller can catch the error and go on."
)
MADE_ANEW = (
    "You allocate the slots again in a later call. All cached tokens are lost: allocate them in the first call only."
)
SHARED = (
    "You store something on the class instead of the instance. Every layer has a cache of its own; on the class all "
    "layers share it, and overwrite each other's."
)
ENTRIES_OF_ANOTHER = (
    "You write the entries of one sequence to the slots of another. The rows of B are independent: row b of the "
    "entries goes to row b of the slots."
)
SEQUENCE_SECOND = (
    "You index the slots by slot first and by sequence second. They are (B, capacity, ...): tokens go to the wrong "
    "sequence, or the index is out of range."
)
