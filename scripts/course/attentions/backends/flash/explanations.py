"""Explanations that fit several pieces of flash."""

MAXIMUM_ZERO = (
    "Your maximum is zero for a query that has had no visible key yet, as if there had been a score of zero. "
    "Scores far below it never become the maximum: all their exponentials vanish, and so does the sum that is "
    "divided by."
)
TILE_SOFTMAX = (
    "You take a softmax over each tile by itself, so that the weights of every single tile sum to one. A tile of "
    "keys that fit badly then counts far too much beside one of keys that fit well."
)
DIVIDED_ON_THE_WAY = (
    "You divide the sums by the total after every tile, and then add to what has been divided. Earlier values come "
    "out too small beside later ones: only when all keys have come by is the total known."
)
HIDDEN_ZERO = (
    "Hidden keys get a score of zero in your code, and zero is an ordinary score. Its exponential is a weight "
    "like any other, so that hidden keys take part all the same."
)
ALL_SCORES = (
    "Somewhere in your code all scores of a head are in memory at once. Their number grows with the square of the "
    "length: that is what long texts run out of memory for, and what tiles are there to avoid."
)
LONG_TILES = (
    "Your tiles are cut along one axis only and are as long as the text along the other. Their memory grows with "
    "the text, and there is hardly one in which nothing is visible, so that none can be skipped."
)
WHOLE_MASK = (
    "You make the mask of all queries and all keys, anew for every tile, and cut a piece out of it. It has an "
    "entry for every pair of tokens, and costs the memory and the time that tiles are there to save."
)
EMPTY_TILES_COMPUTED = (
    "You compute tiles in which no query has a visible key. The result is right, but half of all tiles lie in "
    "the future and most of them behind a window, so that a large part of the work is for nothing."
)
SKIPPED_BY_PLACE = (
    "Whether you skip a tile depends on its place in the tensors, not on what is visible in it. With a cache, "
    "or with blocks of unequal size, you then skip tiles that have visible keys."
)
PAST_SKIPPED = (
    "You skip the tiles of keys before the queries, and process those after them. A token attends to the past, "
    "and most of it is missing from your sums."
)
ROW_ENDED = (
    "You end the loop over the keys at the first tile in which nothing is visible, where only this one should "
    "be skipped. With a window, hidden tiles come before visible ones, which are then never reached."
)
LAST_TILE_DROPPED = (
    "You go through full blocks only, so that the remainder at the end of Tq or Tk is never processed. Few "
    "lengths are a multiple of a block, and the last tokens are those that generation goes on from."
)
WINDOW_IGNORED = (
    "You ignore the window, so that every query attends to all keys before it. A model that was trained with a "
    "window has never attended that far back, and no tile behind the window is skipped."
)
WINDOW_WIDE = (
    "Your window reaches one key too far back. A window counts the token itself as one of its keys; a cache that "
    "keeps no more than a window would have dropped the key that you still expect."
)
POSITIONS_COUNTED = (
    "You make up the positions by counting, where they are passed in. In a rolling cache the keys stand in any "
    "order, slots may be empty, and every sequence may be somewhere else in its text."
)
FIRST_POSITIONS = (
    "You use the positions of the first sequence for the whole batch. With a cache, sequences may have "
    "different lengths, and all but the first then attend to hidden keys, or miss some of their own."
)
NO_MASK = (
    "Your mask has no effect on the scores: you leave it out, or make the masked scores and do not keep them. "
    "In every tile that is not skipped, queries then attend to all keys, those of the future too."
)
MASKS_ON_HEADS = (
    "Where every sequence has positions of its own, your mask broadcasts over H instead of B. This fails, or, "
    "where B happens to equal the size of the axis that it meets, a head gets the mask of some sequence."
)
HEADS_ORDER = (
    "You lay out the heads so that neighbouring query heads read different key/value heads. Neighbouring query "
    "heads share one key/value head: every weight that was trained that way meets the wrong keys and values."
)
