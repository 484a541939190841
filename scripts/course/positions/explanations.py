"""Explanations that fit several pieces: of positions, and of the rooms beside them."""

SHARED_ONLY = (
    "Your code takes it that all sequences have the same positions, although each can come with its own, (B, T). "
    "Prompts of different lengths in one batch then make it fail, or are computed with positions of another sequence."
)
PLACES = (
    "You count places in a tensor where the positions that are passed in say where the tokens stand. With a cache "
    "the first new token is not at position 0, and keys can stand in another order than in the text."
)
QUERIES_WITH_QUERIES = (
    "You compare the queries with each other, and the positions of the keys play no part. With a cache there are more "
    "keys than queries, so that your result has the wrong shape or is about other tokens."
)
KEYS_BY_QUERIES = (
    "Your result is (..., Tk, Tq), where (..., Tq, Tk) is needed. Where both are of the same tokens, past and future "
    "change places; with a cache the shape is wrong."
)
POSITIONS_CHANGED = (
    "The positions that were passed in come out changed. Every layer of the model reads the same ones, so that the "
    "next layer would believe that the tokens stand elsewhere."
)
BACKWARDS = (
    "With your code the pairs rotate clockwise, by -angle, as nanochat's do. A model trained that way is as good, but "
    "here the rotation is by +angle, as in the paper, and the weights of public models belong to that."
)
SWAPPED = (
    "The cosines and the sines have changed places in your code. At position 0, where nothing is rotated, every pair "
    "is then rotated by 90 degrees, and the weights of public models do not fit."
)
ANOTHER_AXIS = (
    "The positions of your tables are lined up with H or B instead of T. The tables are (T, 1, pairs) or "
    "(B, T, 1, pairs) and broadcast to (B, T, H, pairs) as they are."
)
ONE_SIGN = (
    "One of the two signs is wrong, so that your code does not rotate the pair but distorts it. Its length changes "
    "with the position, and scores no longer depend on the distance alone."
)
ONE_ALONE = (
    "You rotate one dimension of each pair and leave the other as it was. That is no rotation: the length of the pair "
    "changes with the position, and scores no longer depend on the distance alone."
)
PUT_BACK = (
    "You rotate the pairs correctly, but put the results at other dimensions than those they came from. Even at "
    "position 0, where nothing is rotated, the head changes, and cached keys of other code would not fit."
)
ROTATED_ALIKE = (
    "Your code rotates all tokens by the same angle, or not at all. Such a rotation changes no product of a query and "
    "a key, so that attention treats the text as a bag of words."
)
OVERWRITTEN = (
    "You overwrite the first dimension of each pair before you are done with it. Both results are made of the two old "
    "values; yours mix old and new, and so the pair's length changes with the position."
)
FIRST_ROWS = (
    "You take the first rows, whatever the positions are. Generation with a cache passes in the new token alone, "
    "and every one of them would be told that it stands at the very beginning."
)
SEQUENCE_AXIS = (
    "You put an axis B in front of the vectors, even where every sequence has positions of its own and the axis is "
    "there already. The sum then has four axes, which no layer can read."
)
MULTIPLIED = (
    "You multiply the token's vector by that of its position. What is added can still be read apart by the layers; as "
    "a factor, a value near zero wipes out that channel of the token's vector."
)
POSITIONS_ONLY = (
    "You return the vectors of the positions alone. The embeddings of the tokens are lost: every text of the same "
    "length would be the same to the model."
)
POSITIONS_FORGOTTEN = (
    "The tokens come back as they were, without their positions. Attention alone treats a text as a bag of words, so "
    "that the model would have to guess its order."
)
POSITION_NUMBERS = (
    "You add the position itself to every channel, instead of looking up its vector. Far into a text it is much "
    "larger than the elements of the token's vector, and drowns them."
)
BATCH_AXIS = (
    "You line the positions up with B instead of T. The sum then fails, gets another shape than (B, T, C), or tells "
    "all tokens of a sequence the same position."
)
FIRST_ENTRY = (
    "You look up only the first entry of the positions that are passed in, and use it for all. Tokens or sequences "
    "that stand elsewhere are then told a position that is not theirs."
)
REVERSED = (
    "You reverse the positions before you look them up. Tokens get the vectors of others; and in generation a lone "
    "new token, where nothing can be reversed, no longer fits what came before it."
)
