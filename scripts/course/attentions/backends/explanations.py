"""Explanations that fit several pieces of backends."""

SCALE_STRENGTH = (
    "The scale goes into your scores twice, inverted, as a root, or beside another factor. They come out too "
    "large or too small, so that attention is sharper or flatter than the model has learned it."
)
HEADS_ORDER = (
    "You repeat the key/value heads in rounds, 0, 1, 0, 1 and so on, so that neighbouring query heads read "
    "different ones. Neighbouring query heads share one key/value head: a public model would meet the wrong "
    "keys or values."
)
KEYS_REVERSED = (
    "You assign the key heads along G in reverse order, while the values keep theirs. A query head then takes "
    "its weights from the keys of one head and applies them to the values of another."
)
KEYS_FOR_VALUES = (
    "You take the weighted mean of the keys. A query is matched against the keys, and the values are what the "
    "weights average: here the values play no part, and never learn."
)
VALUES_CUT = (
    "You cut the values down to the size of the keys, as if the two always had the same one. Where a model has "
    "larger values, the last channels of every head are missing from the result."
)
BIAS_SUBTRACTED = (
    "You subtract the bias from the scores. What it favours is now held back: a model that has learned to "
    "prefer near tokens would attend to the farthest ones first."
)
BIAS_SCALED = (
    "You let the scale change the bias as well, though it is meant for the products of queries and keys only. The "
    "bias then counts for more, or for less, than the model has learned with."
)
BIAS_OTHER_HEAD = (
    "Some of your heads get the bias that belongs to another head. Every head along H has its own, so that one "
    "can attend to near tokens and another to far ones; here heads weigh distances in a way that they have not "
    "learned."
)
BIAS_TURNED = (
    "You transpose the bias, (Tk, Tq) where (Tq, Tk) is needed, so that a query and a key get what belongs to "
    "the pair with the two swapped. Before and after get mixed up, and with a cache even the shape is wrong."
)
BIAS_FIRST_SEQUENCE = (
    "You use the bias of the first sequence for the whole batch. With a cache, sequences may stand at different "
    "positions, and all but the first then get the wrong distances."
)
MASK_TURNED_ROUND = (
    "Your mask is inverted: it hides the visible keys and shows the hidden ones. Tokens no longer attend to "
    "themselves but to what comes after them, which is not there yet when text is generated."
)
MASK_SWAPPED = (
    "You transpose the mask, (Tk, Tq) where (Tq, Tk) is needed. Every token then attends to itself and what "
    "comes after it, in place of what comes before, and with a cache the mask does not even have the right "
    "shape."
)
MASK_OF_ONES_OWN = (
    "You build a mask of your own from the order of queries and keys, where the scores can tell what is visible. "
    "Yours knows no window, no keys in another order, and no slots of a cache that hold nothing."
)
MASK_FIRST_SEQUENCE = (
    "You use the mask of the first sequence for the whole batch. Sequences in a cache may have different "
    "lengths, and all but the first then attend to hidden keys, or miss some of their own."
)
SEQUENCES_ON_HEADS = (
    "You lay the masks of several sequences along another axis of the scores, such as that of the heads. This "
    "fails, or a head gets the mask of some other sequence in the batch."
)
WINDOW_IGNORED = (
    "You ignore the window, so that every query attends to all keys before it. A model that was trained with a "
    "window has never attended that far back, and gives other answers than it should."
)
WINDOW_WIDE = (
    "Your window reaches one key too far back. A window counts the token itself as one of its keys; a cache that "
    "keeps no more than a window would have dropped the key that you still expect."
)
FINITE_SCORE = (
    "Hidden keys keep a finite score in your code. The softmax gives some weight to every finite score, so that "
    "the future leaks in, and the model learns to rely on what it will not have in generation."
)
LOW_SCORE = (
    "You mark hidden keys with a low number, 10,000 or so below zero, instead of minus infinity. Where all visible "
    "scores are as low, or a hidden key's own score is as high, hidden keys take the weight."
)
DROPOUT_SOMETIMES = (
    "Beside another option, a bias or a window perhaps, your code drops nothing. A model that has both would train "
    "without the dropout that it asks for."
)
SOFTMAX_AXIS = (
    "Your softmax does not run over the keys, Tk, of one query in one head. The weights of a query then depend "
    "on other queries or heads, and no longer sum to 1 over its keys."
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
    "The sinks have no effect in your code: they are left out, stand outside the softmax of a query's scores, "
    "or cancel. The weights then sum to one, and a head for which no key is useful must still attend to "
    "something."
)
NO_DROPOUT = (
    "Your code never drops an attention weight, whatever the dropout probability is. A model without dropout "
    "learns a small training text by heart sooner, and this is what dropout prevents."
)
OWN_SHARE = (
    "You use a dropout probability of your own choice, or torch's default, in place of the one that is passed "
    "in. Outside of training that one is zero: with yours, the same question would get another answer every "
    "time."
)
SHARE_KEPT = (
    "You pass the probability of keeping a weight where the probability of dropping it is expected. Without "
    "dropout every weight is then dropped, and attention gives nothing but zeros."
)
NUMBERS_DROPPED = (
    "You drop single elements of the values or of the output instead of attention weights. A dropped weight "
    "takes a whole token away from a query, so that no head relies on one token alone; this is lost here."
)
