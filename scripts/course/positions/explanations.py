"""Explanations that fit several pieces of positions."""

SHARED_ONLY = (
    "Your code counts on positions that all sequences share, although each can come with its own. Prompts of "
    "different lengths in one batch then make it fail, or are computed with positions that are not theirs."
)
PLACES = (
    "You count places in a tensor where the positions that are handed in say where the tokens stand. With a cache "
    "the first new token is not at position 0, and keys can stand in another order than in the text."
)
QUERIES_WITH_QUERIES = (
    "You compare the queries with each other, and the positions of the keys play no part. With a cache there are "
    "more keys than queries, so that your result has the wrong shape or speaks of other tokens."
)
KEYS_BY_QUERIES = (
    "The rows of your result belong to the keys and its columns to the queries. Where both are of the same tokens, "
    "past and future change places; with a cache the shape is wrong."
)
POSITIONS_CHANGED = (
    "The positions that were handed in come out changed. Every layer of the model reads the same ones, so that the "
    "next layer would believe that the tokens stand elsewhere."
)
BACKWARDS = (
    "With your code the pairs turn clockwise, by minus their angle. A model trained that way would be as good, but "
    "the weights of public models belong to the other direction."
)
SWAPPED = (
    "The cosines and the sines have changed places in your code. At position 0, where nothing should turn, every "
    "pair is turned by a quarter of the circle, and the weights of public models do not fit."
)
ANOTHER_AXIS = (
    "The positions of your tables are lined up with the heads or with the sequences, not with the tokens. The "
    "angle then no longer follows from where a token stands, or the shapes do not fit at all."
)
ONE_SIGN = (
    "One of the two signs is wrong, so that your code does not turn the pair but distorts it. Its length changes "
    "with the position, and scores no longer depend on the distance alone."
)
ONE_ALONE = (
    "You turn one number of each pair and leave the other as it was. That is no turn: the length of the pair "
    "changes with the position, and scores no longer depend on the distance alone."
)
PUT_BACK = (
    "You turn the pairs as you should, but the numbers come out at other places than those they came from. Even "
    "position 0, where nothing turns, changes the head, and keys that other code has turned would not fit."
)
TURNED_ALIKE = (
    "All tokens at hand are turned by the same angle in your code, or not at all. Such a turn changes no product "
    "of a query and a key, so that attention sees a bag of words."
)
WHOLE_HEAD = (
    "You split the whole head, however few pairs the tables have. Some models turn a part of every head only and "
    "keep the rest for content; with their tables your code fails or turns too much."
)
REST_LOST = (
    "The part of the head that is not turned gets lost: it is missing from your result, or zero. It carries "
    "content that no position should touch, and the scores need it."
)
REST_IN_FRONT = (
    "The part of the head that is left alone stood at the end, and comes out in front. The numbers are then at "
    "other places, and keys that other code has turned would not fit your queries."
)
END_TURNED = (
    "You turn the last numbers of the head and leave the first alone. Models with partial rotary turn the first "
    "ones, and their weights put position there and content behind it."
)
NUMBER_EACH = (
    "Your stretch has an entry for every number that is turned. Two numbers make a pair and share one angle, so "
    "that there are twice as many entries as angles to multiply."
)
MAGNITUDE = (
    "You hand back another magnitude than one. This scaling changes the angles only; the magnitude multiplies both "
    "tables, and makes all scores larger or smaller than the trained softmax expects."
)
ORIGINAL_NONE = (
    "You count on an original length that is given. The setting can be left out, and then stands for the longest "
    "sequence; with such a configuration your code fails."
)
ALL_ALIKE = (
    "You slow all pairs down by the same factor, as linear scaling does. This kind of scaling spares the fast "
    "pairs, without which neighbours can no longer be told apart."
)
FIRST_ROWS = (
    "You take the first rows, whatever the positions are. Generation with a cache hands in the new token alone, "
    "and every one of them would be told that it stands at the very beginning."
)
SEQUENCE_AXIS = (
    "You put an axis for the sequences in front of the vectors, even where every sequence has positions of its own "
    "and the axis is there already. The sum then has four axes, which no layer can read."
)
MULTIPLIED = (
    "You multiply the token's vector by that of its position. What is added can still be read apart by the layers; "
    "as a factor, a number near zero wipes out what the token says."
)
POSITIONS_ONLY = (
    "You hand back the vectors of the positions alone. What the tokens say is lost: every text of the same length "
    "would look the same to the model."
)
POSITIONS_FORGOTTEN = (
    "The tokens come back as they were, without their positions. Attention alone sees a bag of words, so that the "
    "model would have to guess the order of a text."
)
POSITION_NUMBERS = (
    "You add the number of the position to every channel, instead of looking up its vector. Far into a text that "
    "number is much larger than all that the token says, and drowns it."
)
BATCH_AXIS = (
    "You line the positions up with the sequences of the batch, not with the tokens. The sum then fails, gets a "
    "shape that nobody expects, or tells all tokens of a sequence the same position."
)
FIRST_ENTRY = (
    "You look up only the first entry of the positions that are handed in, and use it for all. Tokens or sequences "
    "that stand elsewhere are then told a position that is not theirs."
)
REVERSED = (
    "You reverse the positions before you look them up. Tokens get the vectors of others; and in generation a lone "
    "new token, where nothing can be reversed, no longer fits what came before it."
)
OVERWRITTEN = (
    "You overwrite the first number of each pair before you are done with it. Both new numbers are made of the two "
    "old ones; yours mix old and new, and so the pair's length changes with the position."
)
