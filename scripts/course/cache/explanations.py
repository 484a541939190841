"""Explanations that fit several pieces of cache."""

CHANGED_BEFORE_THE_ERROR = (
    "You change the lengths before it is certain that the call goes through. One that is refused must leave no "
    "trace, so that whoever called can catch the error and go on."
)
MADE_ANEW = (
    "You make the slots anew although there are some already, and with them goes everything that was remembered. "
    "The model would go on writing without knowing what it has read."
)
SHARED = (
    "You keep something on the class, where all caches find it, instead of on this one cache. Every layer has a "
    "cache of its own; shared, a layer would read, count or overwrite what belongs to another."
)
ENTRIES_OF_ANOTHER = (
    "Entries of one sequence get into the slots of another. The texts of a batch know nothing of each other, and "
    "here one of them would go on from what its neighbour has read."
)
SEQUENCE_SECOND = (
    "You index the slots by place first and by sequence second. Their first axis counts the sequences, so that a "
    "token lands in the wrong text, or outside of the tensor."
)
