"""Explanations that fit several pieces of backends."""

SCALE_STRENGTH = (
    "The scale goes into your scores twice, upside down, as a root, or beside another factor. They come out too "
    "large or too small, so that attention is sharper or flatter than the model has learned it."
)
HEADS_ORDER = (
    "You repeat the heads in rounds, from first to last and then from the first again, so that neighbouring query "
    "heads read different ones. Neighbours are meant to share one: a public model would meet the wrong keys or "
    "values."
)
KEYS_REVERSED = (
    "You hand out the key heads from last to first, while the values keep their order. A query head then looks for "
    "tokens with the keys of one head, and reads what they say from another."
)
KEYS_FOR_VALUES = (
    "You take the weighted mean of the keys. A key says what a token is found by and a value what it hands on: "
    "here the values play no part, and never learn."
)
VALUES_CUT = (
    "You cut the values down to the size of the keys, as if the two always had the same one. Where a model has "
    "larger values, the last channels of every head are missing from the result."
)
BIAS_SUBTRACTED = (
    "You subtract the bias from the scores. What it favours is now held back: a model that has learned to prefer "
    "near tokens would look at the farthest ones first."
)
BIAS_SCALED = (
    "You let the scale change the bias as well, though it is meant for the products of queries and keys only. The "
    "bias then counts for more, or for less, than the model has learned with."
)
BIAS_OTHER_HEAD = (
    "Some of your heads get the bias that belongs to another head. Every head has its own, so that one can look "
    "near and another far; here they weigh distances as they have never learned to."
)
BIAS_TURNED = (
    "You turn the bias over, so that what belongs to a query and a key goes to the pair with the two places "
    "swapped. Before and after get mixed up, and with a cache even the shape is wrong."
)
BIAS_FIRST_SEQUENCE = (
    "You use the bias of the first sequence for the whole batch. With a cache, sequences may stand at different "
    "positions, and all but the first then get the wrong distances."
)
MASK_TURNED_ROUND = (
    "Your mask hides what may be seen and shows what has to stay hidden. Tokens no longer see themselves but what "
    "comes after them, which is not there yet when text is generated."
)
MASK_SWAPPED = (
    "You turn the mask over, queries for keys. Every token then sees itself and what comes after it, in place of "
    "what came before, and with a cache the mask does not even have the right shape."
)
MASK_OF_ONES_OWN = (
    "You build a mask of your own from the order of queries and keys, where the scores can tell what is visible. "
    "Yours knows no window, no keys in another order, and no slots of a cache that hold nothing."
)
MASK_FIRST_SEQUENCE = (
    "You use the mask of the first sequence for the whole batch. Sequences in a cache may have different lengths, "
    "and all but the first then see keys that they must not, or miss some of their own."
)
SEQUENCES_ON_HEADS = (
    "You lay the masks of several sequences along another axis of the scores, such as that of the heads. This "
    "fails, or a head gets the mask of some other sequence in the batch."
)
WINDOW_IGNORED = (
    "You leave the window out of account, so that every query sees all keys before it. A model that was trained "
    "with a window has never looked that far back, and gives other answers than it should."
)
WINDOW_WIDE = (
    "Your window reaches one key too far back. A window counts the token itself as one of its keys; a cache that "
    "keeps no more than a window would have dropped the key that you still expect."
)
FINITE_SCORE = (
    "Hidden keys keep a finite score in your code. The softmax gives some weight to every finite score, so that "
    "the future leaks in, and the model learns to rely on what it will not have in generation."
)
SOFTMAX_AXIS = (
    "Your softmax runs over other scores than those of one query in one head. The weights of a query then depend "
    "on other queries or heads, and no longer share out one whole among its keys."
)
TWO_SOFTMAXES = (
    "You send the scores through an ordinary softmax first, and what it gives through another one with the sinks. "
    "Hidden keys enter the second with a zero, which is an ordinary score, and get weight after all."
)
EXPONENTIALS_INFINITE = (
    "You take the exponentials of the scores as they are. In float32 they are infinite from about 89 on, and "
    "infinity divided by infinity is not a number, which spreads through the whole model."
)
SINKS_WITHOUT_EFFECT = (
    "The sinks have no effect in your code: they are left out, stand outside the softmax of a query's scores, or "
    "cancel. The weights then sum to one, and a head that finds nothing useful must still look at something."
)
NO_DROPOUT = (
    "No weight is ever dropped in your code, whatever share is asked for. A model that always sees everything "
    "learns a small training text by heart sooner, which is what dropout is there against."
)
OWN_SHARE = (
    "You drop a share of your own choice, or torch's, in place of the one that is handed in. Outside of training "
    "that one is zero: with yours, the same question would get another answer every time."
)
SHARE_KEPT = (
    "You hand on the share of weights that is to be kept, where the share that is to be dropped is asked for. "
    "Without dropout every weight is then dropped, and attention gives nothing but zeros."
)
NUMBERS_DROPPED = (
    "You drop single numbers, those of the values or of the result, instead of weights. A dropped weight takes a "
    "whole token away from a query, so that no head relies on one token alone; this is lost here."
)
