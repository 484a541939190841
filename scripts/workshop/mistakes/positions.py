"""Mistakes in positions.py."""

from . import Kind
from .common import GRADIENT_CUT, HARD_CODED, IN_PLACE, NOTHING_RETURNED, OTHER_DTYPE

SHARED_ONLY = (
    "Your code counts on positions that all sequences share, although each can come with its own. Prompts of different "
    "lengths in one batch then make it fail, or are computed with positions that are not theirs."
)
PLACES = (
    "You count places in a tensor where the positions that are handed in say where the tokens stand. With a cache the "
    "first new token is not at position 0, and keys can stand in another order than in the text."
)
QUERIES_WITH_QUERIES = (
    "You compare the queries with each other, and the positions of the keys play no part. With a cache there are more "
    "keys than queries, so that your result has the wrong shape or speaks of other tokens."
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
    "With your code the pairs turn clockwise, by minus their angle. A model trained that way would be as good, but the "
    "weights of public models belong to the other direction."
)
SWAPPED = (
    "The cosines and the sines have changed places in your code. At position 0, where nothing should turn, every pair "
    "is turned by a quarter of the circle, and the weights of public models do not fit."
)
ANOTHER_AXIS = (
    "The positions of your tables are lined up with the heads or with the sequences, not with the tokens. The angle "
    "then no longer follows from where a token stands, or the shapes do not fit at all."
)
ONE_SIGN = (
    "One of the two signs is wrong, so that your code does not turn the pair but distorts it. Its length changes with "
    "the position, and scores no longer depend on the distance alone."
)
ONE_ALONE = (
    "You turn one number of each pair and leave the other as it was. That is no turn: the length of the pair changes "
    "with the position, and scores no longer depend on the distance alone."
)
PUT_BACK = (
    "You turn the pairs as you should, but the numbers come out at other places than those they came from. Even "
    "position 0, where nothing turns, changes the head, and keys that other code has turned would not fit."
)
TURNED_ALIKE = (
    "All tokens at hand are turned by the same angle in your code, or not at all. Such a turn changes no product of a "
    "query and a key, so that attention sees a bag of words."
)
WHOLE_HEAD = (
    "You split the whole head, however few pairs the tables have. Some models turn a part of every head only and keep "
    "the rest for content; with their tables your code fails or turns too much."
)
REST_LOST = (
    "The part of the head that is not turned gets lost: it is missing from your result, or zero. It carries content "
    "that no position should touch, and the scores need it."
)
REST_IN_FRONT = (
    "The part of the head that is left alone stood at the end, and comes out in front. The numbers are then at other "
    "places, and keys that other code has turned would not fit your queries."
)
END_TURNED = (
    "You turn the last numbers of the head and leave the first alone. Models with partial rotary turn the first ones, "
    "and their weights put position there and content behind it."
)
NUMBER_EACH = (
    "Your stretch has an entry for every number that is turned. Two numbers make a pair and share one angle, so that "
    "there are twice as many entries as angles to multiply."
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
    "You slow all pairs down by the same factor, as linear scaling does. This kind of scaling spares the fast pairs, "
    "without which neighbours can no longer be told apart."
)
FIRST_ROWS = (
    "You take the first rows, whatever the positions are. Generation with a cache hands in the new token alone, and "
    "every one of them would be told that it stands at the very beginning."
)
SEQUENCE_AXIS = (
    "You put an axis for the sequences in front of the vectors, even where every sequence has positions of its own and "
    "the axis is there already. The sum then has four axes, which no layer can read."
)
MULTIPLIED = (
    "You multiply the token's vector by that of its position. What is added can still be read apart by the layers; as "
    "a factor, a number near zero wipes out what the token says."
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
    "You line the positions up with the sequences of the batch, not with the tokens. The sum then fails, gets a shape "
    "that nobody expects, or tells all tokens of a sequence the same position."
)
FIRST_ENTRY = (
    "You look up only the first entry of the positions that are handed in, and use it for all. Tokens or sequences "
    "that stand elsewhere are then told a position that is not theirs."
)
REVERSED = (
    "You reverse the positions before you look them up. Tokens get the vectors of others; and in generation a lone new "
    "token, where nothing can be reversed, no longer fits what came before it."
)
OVERWRITTEN = (
    "You overwrite the first number of each pair before you are done with it. Both new numbers are made of the two "
    "old ones; yours mix old and new, and so the pair's length changes with the position."
)

MISTAKES = {
    "positions.visible_keys": {
        "token hidden from itself": Kind(
            "You hide every token from itself. It is what a query knows best, and the first token of a text is left "
            "with no key at all: its softmax is not a number.",
            {"token hidden from itself": ("distance >= 0", "distance > 0")},
        ),
        "future seen": Kind(
            "Your code lets a query see keys that lie ahead of it. They are what the model shall learn to tell: in "
            "training it copies them, and in generation, where they are missing, it fails.",
            {
                "one token of the future seen": ("distance >= 0", "distance >= -1"),
                "everything seen": ("distance >= 0", "distance == distance"),
            },
        ),
        "past hidden instead of the future": Kind(
            "Your mask looks the wrong way: keys ahead are visible, and those behind are hidden. In training the model "
            "copies the answer from the future, and in generation it has next to nothing to read.",
            {"past hidden instead of the future": ("distance >= 0", "distance <= 0")},
        ),
        "hidden and visible swapped": Kind(
            "Your mask is true where it should be false. It is meant to say what may be seen, so that whoever reads it "
            "would hide the tokens to look at and show the future.",
            {"hidden and visible swapped": ("    return visible", "    return ~visible")},
        ),
        "only the token itself seen": Kind(
            "Your code lets a token see its own position and nothing else. Attention then carries nothing from one "
            "token to another, and no word can depend on those before it.",
            {"only the token itself seen": ("distance >= 0", "distance == 0")},
        ),
        "keys by queries": Kind(
            KEYS_BY_QUERIES,
            {
                "keys by queries": (
                    "query_position[..., :, None] - key_position[..., None, :]",
                    "query_position[..., None, :] - key_position[..., :, None]",
                )
            },
        ),
        "places taken for positions": Kind(
            PLACES,
            {
                "keys counted from zero": ("key_position[..., None, :]", "torch.arange(key_position.size(-1))"),
                "queries counted from zero": (
                    "query_position[..., :, None]",
                    "torch.arange(query_position.size(-1))[:, None]",
                ),
                "a triangle from the top left": (
                    "distance = query_position[..., :, None] - key_position[..., None, :]",
                    "Tq, Tk = query_position.size(-1), key_position.size(-1)\n"
                    "    distance = torch.arange(Tq)[:, None] - torch.arange(Tk)\n"
                    "    distance = distance.expand(*query_position.shape[:-1], Tq, Tk)",
                ),
                "a triangle into the bottom right": (
                    "distance = query_position[..., :, None] - key_position[..., None, :]",
                    "Tq, Tk = query_position.size(-1), key_position.size(-1)\n"
                    "    distance = torch.arange(Tk - Tq, Tk)[:, None] - torch.arange(Tk)\n"
                    "    distance = distance.expand(*query_position.shape[:-1], Tq, Tk)",
                ),
                "a triangle of torch, for queries and keys of the same tokens": (
                    "visible = distance >= 0",
                    "visible = torch.ones_like(distance, dtype=torch.bool).tril()",
                ),
                "window of slots, not of positions": (
                    "visible & (distance < window)",
                    "visible.triu(key_position.size(-1) - query_position.size(-1) - window + 1)",
                ),
            },
        ),
        "queries with queries": Kind(
            QUERIES_WITH_QUERIES,
            {"queries with queries": ("key_position[..., None, :]", "query_position[..., None, :]")},
        ),
        "positions of one sequence only": Kind(
            SHARED_ONLY,
            {
                "positions shared by all sequences only": (
                    "query_position[..., :, None] - key_position[..., None, :]",
                    "query_position[:, None] - key_position[None, :]",
                ),
                "the first sequence's positions for all": (
                    "# Keys ahead lie in the future,",
                    "distance = distance[:1].expand_as(distance) if distance.ndim == 3 else distance\n    #",
                ),
            },
        ),
        "one axis too many": Kind(
            "Your mask has an axis more than it should: one for the heads, or one for sequences that share their "
            "positions. Whoever reads it adds such axes, and with yours it no longer lines up with the scores.",
            {
                "an axis for the sequences, whether there is one or not": (
                    "    return visible",
                    "    return visible[None] if visible.ndim == 2 else visible",
                ),
                "an axis for the heads": ("    return visible", "    return visible.unsqueeze(-3)"),
            },
        ),
        "window ignored": Kind(
            "The window plays no part in your result. A layer that should look nearby then sees the whole past: it "
            "works longer than it has to, and the weights of public models do not fit.",
            {
                "window ignored": ("if window is not None:", "if False:"),
                "window not assigned": ("visible = visible & (distance < window)", "visible & (distance < window)"),
            },
        ),
        "window off by one": Kind(
            "Your window holds one key more or one fewer than it should: its width counts the token itself. The "
            "weights of public models do not fit then, nor does a cache that keeps as many keys as the window holds.",
            {
                "window one too wide, as flash-attn counts": ("distance < window", "distance <= window"),
                "window one too narrow": ("distance < window", "distance < window - 1"),
            },
        ),
        "window twice as wide": Kind(
            "Your window holds twice as many keys as were asked for. A rolling cache has forgotten the farther ones by "
            "then, so that training and generation no longer agree.",
            {"window twice as wide": ("distance < window", "distance < 2 * window")},
        ),
        "near keys hidden, far ones seen": Kind(
            "With a window, your code hides the near keys, the token itself among them, and shows those that lie "
            "farther back. A window is there to keep the neighbours, which say most about the next token.",
            {
                "window the wrong way round": ("distance < window", "distance > window"),
                "causality or nothing but the window": (
                    "visible & (distance < window)",
                    "visible ^ (distance < window)",
                ),
            },
        ),
        "window that shows the future": Kind(
            "As soon as there is a window, your code lets queries see keys ahead of them. A window only narrows what "
            "causality leaves: a model that sees the answer learns to copy it.",
            {
                "window instead of causality": ("visible & (distance < window)", "distance < window"),
                "window into the future too": ("visible & (distance < window)", "distance.abs() < window"),
                "window or causality": ("visible & (distance < window)", "visible | (distance < window)"),
            },
        ),
        "window as a block": Kind(
            "You cut the text into blocks, and let a token see its own block alone. A window moves along with the "
            "query: with blocks, the first token of each knows nothing of what came before.",
            {
                "window as a block": (
                    "visible & (distance < window)",
                    "visible & (query_position[..., :, None] // window == key_position[..., None, :] // window)",
                )
            },
        ),
        "window as every so many keys": Kind(
            "You show every so many keys, from the token itself back to the beginning. A window keeps those that are "
            "nearest, while yours skips tokens right before the query.",
            {"window as every so many keys": ("distance < window", "distance % window == 0")},
        ),
        "window from the first key on": Kind(
            "Your window stays at the beginning of the text, whatever query looks through it. It should move along: "
            "far into a text you show a query the oldest tokens, and hide its neighbours.",
            {"window from the first key on": ("distance < window", "key_position[..., None, :] < window")},
        ),
        "first key always seen": Kind(
            "Your window lets the first token of the text through as well, however far behind it lies. Models with "
            "attention sinks do so; here a rolling cache has forgotten that key, and public weights do not fit.",
            {
                "sight as far as the window, and the first key too": (
                    "visible & (distance < window)",
                    "visible & ((distance < window) | (key_position == 0)[..., None, :])",
                )
            },
        ),
        "empty slots seen": Kind(
            "You let queries see slots that hold nothing, which are marked by a position far in the future. What is in "
            "them means nothing, and the softmax would give it a share of the attention.",
            {"empty slots seen": ("distance >= 0", "(distance >= 0) | (distance < -(2**20))")},
        ),
        "too few bits": Kind(
            "You keep the distances in whole numbers of eight bits, in which large ones wrap around. Keys far behind "
            "can vanish then, and slots that hold nothing, marked by a huge position, can appear.",
            {
                "distances in eight bits": (
                    "query_position[..., :, None] - key_position[..., None, :]",
                    "(query_position[..., :, None] - key_position[..., None, :]).to(torch.int8)",
                )
            },
        ),
        "not true and false": Kind(
            "Your mask holds numbers where true and false are asked for. Whoever reads it inverts it or picks by it, "
            "which fails with numbers or takes them for something else.",
            {
                "zeros and ones": ("    return visible", "    return visible.long()"),
                "a mask to be added": (
                    "    return visible",
                    '    return torch.zeros(visible.shape).masked_fill(~visible, float("-inf"))',
                ),
            },
        ),
        "positions changed in place": Kind(
            POSITIONS_CHANGED,
            {
                "positions changed in place": (
                    "query_position[..., :, None] - key_position[..., None, :]",
                    "query_position.add_(1)[..., :, None] - key_position[..., None, :] - 1",
                )
            },
        ),
        "nothing returned": Kind(NOTHING_RETURNED, {"nothing returned": ("    return visible", "    visible")}),
    },
    "positions.precompute_rotary_tables": {
        "base hard-coded": Kind(HARD_CODED, {"base hard-coded": ("theta ** -", "10000.0 ** -")}),
        "base not raised": Kind(
            "You multiply the base by the exponent instead of raising it. The first pair then does not turn at all, "
            "and the others turn so far per position that their angles tell nothing about distances.",
            {"base not raised": ("theta ** -(torch", "theta * -(torch")},
        ),
        "exponent positive": Kind(
            "Your frequencies grow from pair to pair instead of falling. The later pairs whirl around many times from "
            "one token to the next, and none is slow enough to tell far from near.",
            {"exponent positive": ("theta ** -(", "theta ** (")},
        ),
        "exponent half as large": Kind(
            "Your exponent grows half as fast from pair to pair as it should. The slow pairs then turn too fast: in a "
            "long text they come round again, and far tokens look like near ones.",
            {
                "frequencies over 2 * head_dim": ("2) / head_dim)", "2) / (2 * head_dim))"),
                "exponent twice too small": (
                    "torch.arange(0, head_dim, 2) / head_dim",
                    "torch.arange(head_dim // 2) / head_dim",
                ),
            },
        ),
        "exponent up to one": Kind(
            "You spread the exponent so that the last pair reaches the whole base, as tensor2tensor does. RoFormer "
            "stops a little earlier: nearly all angles differ from yours, and public weights do not fit.",
            {
                "exponent up to one, as in tensor2tensor": (
                    "torch.arange(0, head_dim, 2) / head_dim",
                    "torch.arange(head_dim // 2) / max(head_dim // 2 - 1, 1)",
                )
            },
        ),
        "pairs from 1": Kind(
            "You begin to count the pairs at one. The first, which should turn a full radian per position to tell "
            "neighbours apart, is slowed down like the second, and every other one like the pair after it.",
            {"pairs from 1": ("torch.arange(0, head_dim, 2)", "torch.arange(2, head_dim + 2, 2)")},
        ),
        "a column for every number": Kind(
            "Your tables have a column for every number of a head, although two numbers make a pair and share one "
            "angle. What turns the heads counts the pairs by these columns, and finds twice as many as there are.",
            {
                "one frequency per number, not per pair": ("torch.arange(0, head_dim, 2)", "torch.arange(0, head_dim)"),
                "every frequency twice": (
                    "torch.arange(0, head_dim, 2) / head_dim",
                    "torch.arange(0, head_dim, 2).repeat(2) / head_dim",
                ),
            },
        ),
        "exponent rounded to zero": Kind(
            "Your division leaves whole numbers only, and so the exponent is zero for every pair. The base plays no "
            "part then, and no pair is slow enough to tell far from near.",
            {"whole-number division": ("2) / head_dim", "2) // head_dim")},
        ),
        "pairs without a stretch of their own": Kind(
            "The pairs do not get their own stretches in your code. Scaled models slow each pair down by another "
            "factor; without it the slow ones run into angles that training has never seen.",
            {
                "stretch forgotten": ("2) / head_dim) * stretch", "2) / head_dim)"),
                "stretch of the first pair for all": (
                    "2) / head_dim) * stretch",
                    "2) / head_dim) * (stretch[0] if isinstance(stretch, Tensor) else stretch)",
                ),
            },
        ),
        "divided by the stretch": Kind(
            "Your stretch works the wrong way round: what should slow a pair down speeds it up. Long texts then run "
            "into new angles sooner than without any scaling.",
            {"divided by the stretch": ("2) / head_dim) * stretch", "2) / head_dim) / stretch")},
        ),
        "stretch on the base or its exponent": Kind(
            "You let the stretch change the base or its exponent. The pairs then turn by other angles than the scaling "
            "has worked out, and long texts can run into some that training has never seen.",
            {
                "stretch inside the exponent": ("2) / head_dim) * stretch", "2) / head_dim * stretch)"),
                "stretch of the base": ("theta ** -", "(theta * stretch) ** -"),
            },
        ),
        "stretch on the tables": Kind(
            "Your stretch scales the cosines and sines, and leaves the angles as they were. Queries and keys then "
            "change their length instead of turning more slowly, and long texts still run into new angles.",
            {
                "stretch on the tables": (
                    "angle.cos(), angle.sin()",
                    "(angle / stretch).cos() * stretch, (angle / stretch).sin() * stretch",
                )
            },
        ),
        "positions from 1": Kind(
            "Row 0 of your tables belongs to position 1, and every further row to the position after it. What is "
            "looked up is turned one step too far, and the sinusoidal table made of these rows is shifted.",
            {"positions from 1": ("torch.arange(length, dtype", "torch.arange(1, length + 1, dtype")},
        ),
        "one position too few": Kind(
            "Your tables end one row too early. In the longest text that the model allows, the last token has an angle "
            "that cannot be looked up.",
            {"one position too few": ("torch.arange(length, dtype", "torch.arange(length - 1, dtype")},
        ),
        "positions divided by the length": Kind(
            "You divide the positions by the number of rows. The same distance is another angle then in a model with "
            "longer tables, and neighbours are turned so little that they can hardly be told apart.",
            {
                "positions divided by the length": (
                    "dtype=frequency.dtype), frequency)",
                    "dtype=frequency.dtype) / length, frequency)",
                )
            },
        ),
        "pairs by positions": Kind(
            "Your tables have a row for every pair and a column for every position. The model looks up rows by "
            "position, and would find pairs in their place.",
            {"pairs by positions": (", frequency)", ", frequency).T")},
        ),
        "angles not in radians": Kind(
            "You treat the angles as turns or as degrees and convert them, although they are radians already. Every "
            "pair then turns too fast or too slowly, and the weights of public models do not fit.",
            {
                "angle in turns": (
                    "angle.cos(), angle.sin()",
                    "(2 * torch.pi * angle).cos(), (2 * torch.pi * angle).sin()",
                ),
                "angle in degrees": ("angle.cos(), angle.sin()", "angle.deg2rad().cos(), angle.deg2rad().sin()"),
            },
        ),
        "cosines and sines swapped": Kind(
            SWAPPED, {"sines first": ("angle.cos(), angle.sin()", "angle.sin(), angle.cos()")}
        ),
        "turned backwards": Kind(
            BACKWARDS, {"turned backwards": ("angle.cos(), angle.sin()", "angle.cos(), -angle.sin()")}
        ),
        "angles, not their cosines": Kind(
            "You hand back the angles themselves, where their cosines and sines are asked for. Multiplied by angles, "
            "queries and keys would grow along the text instead of being turned.",
            {"the angles, not their cosines": ("angle.cos(), angle.sin()", "angle, angle")},
        ),
        "dtype fixed": Kind(
            "You fix the dtype of the tables instead of leaving it to torch's default. Too narrow, they lose the "
            "digits that tell neighbouring positions apart; too wide, they take more memory and widen what they meet.",
            {
                "always float64": ("angle.cos(), angle.sin()", "angle.cos().double(), angle.sin().double()"),
                "always bfloat16": ("angle.cos(), angle.sin()", "angle.cos().bfloat16(), angle.sin().bfloat16()"),
            },
        ),
        "one complex table": Kind(
            "You hand back one table of complex numbers instead of two real ones. It holds the same angles, but the "
            "code that turns the heads unpacks cosines and sines, and would find something else.",
            {"one complex table": ("angle.cos(), angle.sin()", "torch.polar(torch.ones_like(angle), angle)")},
        ),
    },
    "positions.apply_rotary": {
        "tables of one sequence only": Kind(
            SHARED_ONLY,
            {
                "tables of a single sequence only": (
                    "cos[..., None, :], sin[..., None, :]",
                    "cos[:, None, :], sin[:, None, :]",
                ),
                "the first sequence's positions for all": (
                    "cos, sin = cos[..., None, :], sin[..., None, :]",
                    "cos, sin = (table[:1] if table.ndim == 3 else table for table in (cos, sin))\n"
                    "    cos, sin = cos[..., None, :], sin[..., None, :]",
                ),
            },
        ),
        "another axis taken for positions": Kind(
            ANOTHER_AXIS,
            {
                "tables by heads, and heads by positions": (
                    "cos[..., None, :], sin[..., None, :]",
                    "cos.unsqueeze(-3), sin.unsqueeze(-3)",
                ),
                "heads taken for positions": ("cos, sin = cos[..., None, :], sin[..., None, :]", "pass"),
                "rows of the batch taken for positions": (
                    "cos[..., None, :], sin[..., None, :]",
                    "cos[:, None, None, :], sin[:, None, None, :]",
                ),
            },
        ),
        "turned backwards": Kind(
            BACKWARDS,
            {
                "turned backwards, as nanochat does": (
                    "(x1 * cos - x2 * sin, x2 * cos + x1 * sin, rest)",
                    "(x1 * cos + x2 * sin, x2 * cos - x1 * sin, rest)",
                )
            },
        ),
        "one sign wrong": Kind(
            ONE_SIGN,
            {
                "sign of the first half": ("x1 * cos - x2 * sin", "x1 * cos + x2 * sin"),
                "sign of the second half": ("x2 * cos + x1 * sin", "x2 * cos - x1 * sin"),
            },
        ),
        "cosines and sines swapped": Kind(
            SWAPPED,
            {
                "cosines and sines swapped": (
                    "cos, sin = cos[..., None, :], sin[..., None, :]",
                    "sin, cos = cos[..., None, :], sin[..., None, :]",
                )
            },
        ),
        "neighbours paired": Kind(
            "You pair every number with its neighbour, as the interleaved kind does. Both kinds learn equally well, "
            "but weights trained with one pairing give nonsense with the other.",
            {
                "neighbours paired": (
                    "x1, x2, rest = x.split((pairs, pairs, x.size(-1) - 2 * pairs), dim=-1)",
                    "x1, x2, rest = x[..., : 2 * pairs : 2], x[..., 1 : 2 * pairs : 2], x[..., 2 * pairs :]",
                ),
                "neighbours paired and put back in their places": (
                    "return torch.cat((x1 * cos - x2 * sin, x2 * cos + x1 * sin, rest), dim=-1)",
                    "x1, x2 = x[..., : 2 * pairs : 2], x[..., 1 : 2 * pairs : 2]\n"
                    "    turned = torch.stack((x1 * cos - x2 * sin, x2 * cos + x1 * sin), dim=-1).flatten(-2)\n"
                    "    return torch.cat((turned, rest), dim=-1)",
                ),
            },
        ),
        "put back in another order": Kind(
            PUT_BACK,
            {
                "halves put back interleaved": (
                    "torch.cat((x1 * cos - x2 * sin, x2 * cos + x1 * sin, rest), dim=-1)",
                    "torch.cat((torch.stack((x1 * cos - x2 * sin, "
                    "x2 * cos + x1 * sin), dim=-1).flatten(-2), rest), dim=-1)",
                ),
                "halves put back in the wrong order": (
                    "(x1 * cos - x2 * sin, x2 * cos + x1 * sin, rest)",
                    "(x2 * cos + x1 * sin, x1 * cos - x2 * sin, rest)",
                ),
            },
        ),
        "one of each pair left alone": Kind(ONE_ALONE, {"second half left alone": ("x2 * cos + x1 * sin", "x2")}),
        "old numbers overwritten": Kind(
            OVERWRITTEN,
            {
                "second half turned by the new first half": (
                    "dim=-1)\n    # Turn each pair.",
                    "dim=-1)\n    x1 = x1 * cos - x2 * sin\n    # Turn each pair.",
                ),
                "second half reads the new first half": (
                    "(x1 * cos - x2 * sin, x2 * cos + x1 * sin, rest)",
                    "(x1 := (x1 * cos - x2 * sin).to(x.dtype), x2 * cos + x1 * sin, rest)",
                ),
            },
        ),
        "positions without effect": Kind(
            TURNED_ALIKE,
            {
                "nothing turned": ("torch.cat((x1 * cos - x2 * sin, x2 * cos + x1 * sin, rest), dim=-1)", "x"),
                "every position turned alike": (
                    "cos[..., None, :], sin[..., None, :]",
                    "cos[..., :1, None, :], sin[..., :1, None, :]",
                ),
            },
        ),
        "scaled, not turned": Kind(
            "You multiply by the cosines only, so that the two numbers of a pair shrink and never mix. Without the "
            "sines it is no turn, and scores swing with the positions themselves instead of their distance.",
            {"scaled, not turned": ("x1 * cos - x2 * sin, x2 * cos + x1 * sin", "x1 * cos, x2 * cos")},
        ),
        "every pair turned alike": Kind(
            "You turn all pairs by the angle of the first. Slow pairs beside fast ones are what tells far from near; "
            "the fast angle alone comes round again every few tokens.",
            {
                "every pair turned alike": (
                    "# Turn each pair. Float32 tables",
                    "cos, sin = cos[..., :1], sin[..., :1]\n    # Turn each pair. Float32 tables",
                )
            },
        ),
        "positions counted backwards": Kind(
            "You read the tables from the last position to the first. A token's angle then depends on how many tokens "
            "came along with it, and keys in a cache do not fit the next query.",
            {
                "positions counted backwards": (
                    "cos[..., None, :], sin[..., None, :]",
                    "cos.flip(-2)[..., None, :], sin.flip(-2)[..., None, :]",
                )
            },
        ),
        "pairs counted backwards": Kind(
            "You give the fast pairs the angles of the slow ones, and the other way round. A new model could learn "
            "with that, but in public weights every pair has learned to work at its own speed.",
            {
                "pairs counted backwards": (
                    "cos[..., None, :], sin[..., None, :]",
                    "cos.flip(-1)[..., None, :], sin.flip(-1)[..., None, :]",
                )
            },
        ),
        "split along the heads": Kind(
            "You split along the axis of the heads instead of the numbers within a head. Every head has to turn pairs "
            "of its own numbers; yours do not fit the sizes, or come from different heads.",
            {"split along the heads": ("2 * pairs), dim=-1)", "2 * pairs), dim=-2)")},
        ),
        "always the whole head": Kind(
            WHOLE_HEAD, {"always the whole head": ("pairs = cos.size(-1)", "pairs = x.size(-1) // 2")}
        ),
        "rest lost": Kind(
            REST_LOST,
            {
                "rest dropped": ("x1 * sin, rest), dim", "x1 * sin), dim"),
                "rest of zeros": ("x1 * sin, rest)", "x1 * sin, torch.zeros_like(rest))"),
            },
        ),
        "rest in front": Kind(
            REST_IN_FRONT,
            {
                "rest in front": (
                    "(x1 * cos - x2 * sin, x2 * cos + x1 * sin, rest)",
                    "(rest, x1 * cos - x2 * sin, x2 * cos + x1 * sin)",
                )
            },
        ),
        "rest turned, not the beginning": Kind(
            END_TURNED,
            {
                "rest turned, not the beginning": (
                    "x1, x2, rest = x.split((pairs, pairs, x.size(-1) - 2 * pairs), dim=-1)",
                    "rest, x1, x2 = x.split((x.size(-1) - 2 * pairs, pairs, pairs), dim=-1)",
                ),
                "rest turned, and put back in its place": (
                    "x1, x2, rest = x.split((pairs, pairs, x.size(-1) - 2 * pairs), dim=-1)",
                    "rest, x1, x2 = x.split((x.size(-1) - 2 * pairs, pairs, pairs), dim=-1)\n"
                    "    return torch.cat((rest, x1 * cos - x2 * sin, x2 * cos + x1 * sin), dim=-1).to(x.dtype)",
                ),
            },
        ),
        "paired across the whole head": Kind(
            "You take each number's partner from the second half of the whole head. Where only part of a head is "
            "turned, both partners lie in that part; you turn numbers that should tell of content alone.",
            {
                "paired with the second half of the whole head": (
                    "x1, x2, rest = x.split((pairs, pairs, x.size(-1) - 2 * pairs), dim=-1)",
                    "half = x.size(-1) // 2\n"
                    "    x1, x2 = x[..., :pairs], x[..., half : half + pairs]\n"
                    "    rest = torch.cat((x[..., pairs:half], x[..., half + pairs :]), dim=-1)",
                ),
                "paired with the second half of the whole head, and put back in their places": (
                    "x1, x2, rest = x.split((pairs, pairs, x.size(-1) - 2 * pairs), dim=-1)",
                    "half = x.size(-1) // 2\n"
                    "    x1, x2 = x[..., :pairs], x[..., half : half + pairs]\n"
                    "    between, behind = x[..., pairs:half], x[..., half + pairs :]\n"
                    "    return torch.cat((x1 * cos - x2 * sin, between, x2 * cos + x1 * sin, behind), "
                    "dim=-1).to(x.dtype)",
                ),
            },
        ),
        "another dtype": Kind(OTHER_DTYPE, {"result left in float32": (".to(x.dtype)", "")}),
        "turned in place": Kind(
            "You write the new numbers of the first half into the input itself. The second half is then made of new "
            "numbers instead of old ones, and whoever called finds the queries or keys changed.",
            {
                "first half turned in place": (
                    "dim=-1)\n    # Turn each pair.",
                    "dim=-1)\n    x1.copy_(x1 * cos - x2 * sin)\n    # Turn each pair.",
                )
            },
        ),
        "tables changed in place": Kind(
            "Your result is right, but the sines that were handed in come out with another sign. Every layer reads the "
            "same tables, and the next one would turn the other way.",
            {
                "tables changed in place": (
                    "cos, sin = cos[..., None, :], sin[..., None, :]",
                    "cos, sin = cos[..., None, :], sin.neg_()[..., None, :].neg()",
                )
            },
        ),
        "gradient cut": Kind(GRADIENT_CUT, {"gradient cut": ("x.split(", "x.detach().split(")}),
    },
    "positions.apply_rotary_interleaved": {
        "tables of one sequence only": Kind(
            SHARED_ONLY,
            {
                "tables of a single sequence only": (
                    "cos[..., None, :], sin[..., None, :]",
                    "cos[:, None, :], sin[:, None, :]",
                ),
                "the first sequence's positions for all": (
                    "cos, sin = cos[..., None, :], sin[..., None, :]",
                    "cos, sin = (table[:1] if table.ndim == 3 else table for table in (cos, sin))\n"
                    "    cos, sin = cos[..., None, :], sin[..., None, :]",
                ),
            },
        ),
        "another axis taken for positions": Kind(
            ANOTHER_AXIS,
            {
                "tables by heads, and heads by positions": (
                    "cos[..., None, :], sin[..., None, :]",
                    "cos.unsqueeze(-3), sin.unsqueeze(-3)",
                ),
                "heads taken for positions": ("cos, sin = cos[..., None, :], sin[..., None, :]", "pass"),
            },
        ),
        "two halves paired": Kind(
            "You pair the first half of the numbers with the second, as the half-split kind does. Here neighbours make "
            "the pairs, and weights trained with one pairing give nonsense with the other.",
            {
                "two halves paired": ("turned[..., 0::2], turned[..., 1::2]", "turned.chunk(2, dim=-1)"),
                "two halves paired and put back in their places": (
                    "x1, x2 = turned[..., 0::2], turned[..., 1::2]",
                    "x1, x2 = turned.chunk(2, dim=-1)\n"
                    "    return torch.cat((x1 * cos - x2 * sin, x2 * cos + x1 * sin, rest), dim=-1).to(x.dtype)",
                ),
            },
        ),
        "put back in another order": Kind(
            PUT_BACK,
            {
                "put back as two halves": (
                    "torch.stack((x1 * cos - x2 * sin, x2 * cos + x1 * sin), dim=-1).flatten(-2)",
                    "torch.cat((x1 * cos - x2 * sin, x2 * cos + x1 * sin), dim=-1)",
                ),
                "stacked along another axis": ("x1 * sin), dim=-1).flatten(-2)", "x1 * sin), dim=-2).flatten(-2)"),
                "put back the wrong way round": (
                    "(x1 * cos - x2 * sin, x2 * cos + x1 * sin)",
                    "(x2 * cos + x1 * sin, x1 * cos - x2 * sin)",
                ),
            },
        ),
        "odd places first": Kind(
            "You take the number at the odd place for the first of each pair. The pair then turns backwards and its "
            "numbers change places, so that even position 0 changes the head, and public weights do not fit.",
            {"odd places first": ("turned[..., 0::2], turned[..., 1::2]", "turned[..., 1::2], turned[..., 0::2]")},
        ),
        "turned backwards": Kind(
            BACKWARDS,
            {
                "turned backwards": (
                    "(x1 * cos - x2 * sin, x2 * cos + x1 * sin)",
                    "(x1 * cos + x2 * sin, x2 * cos - x1 * sin)",
                )
            },
        ),
        "one sign wrong": Kind(
            ONE_SIGN,
            {
                "sign of the first": ("x1 * cos - x2 * sin", "x1 * cos + x2 * sin"),
                "sign of the second": ("x2 * cos + x1 * sin", "x2 * cos - x1 * sin"),
            },
        ),
        "cosines and sines swapped": Kind(
            SWAPPED,
            {
                "cosines and sines swapped": (
                    "cos, sin = cos[..., None, :], sin[..., None, :]",
                    "sin, cos = cos[..., None, :], sin[..., None, :]",
                )
            },
        ),
        "one of each pair left alone": Kind(ONE_ALONE, {"second left alone": ("x2 * cos + x1 * sin", "x2")}),
        "positions without effect": Kind(
            TURNED_ALIKE,
            {
                "every position turned alike": (
                    "cos[..., None, :], sin[..., None, :]",
                    "cos[..., :1, None, :], sin[..., :1, None, :]",
                )
            },
        ),
        "rest lost": Kind(REST_LOST, {"rest dropped": ("torch.cat((turned, rest), dim=-1)", "turned")}),
        "rest in front": Kind(REST_IN_FRONT, {"rest in front": ("(turned, rest)", "(rest, turned)")}),
        "rest turned, not the beginning": Kind(
            END_TURNED,
            {
                "rest turned, not the beginning": (
                    "turned, rest = x.split((2 * cos.size(-1), x.size(-1) - 2 * cos.size(-1)), dim=-1)",
                    "rest, turned = x.split((x.size(-1) - 2 * cos.size(-1), 2 * cos.size(-1)), dim=-1)",
                ),
                "rest turned, and put back in its place": (
                    "turned, rest = x.split((2 * cos.size(-1), x.size(-1) - 2 * cos.size(-1)), dim=-1)",
                    "rest, turned = x.split((x.size(-1) - 2 * cos.size(-1), 2 * cos.size(-1)), dim=-1)\n"
                    "    x1, x2 = turned[..., 0::2], turned[..., 1::2]\n"
                    "    turned = torch.stack((x1 * cos - x2 * sin, x2 * cos + x1 * sin), dim=-1).flatten(-2)\n"
                    "    return torch.cat((rest, turned), dim=-1).to(x.dtype)",
                ),
            },
        ),
        "always the whole head": Kind(
            WHOLE_HEAD,
            {
                "always the whole head": (
                    "x.split((2 * cos.size(-1), x.size(-1) - 2 * cos.size(-1)), dim=-1)",
                    "x.split((x.size(-1), 0), dim=-1)",
                )
            },
        ),
        "half as many numbers turned": Kind(
            "You take as many numbers as there are pairs, although every pair has two. Half of what should turn is "
            "left alone, and the tables have twice as many columns as you have pairs, so that the shapes clash.",
            {
                "only half as many numbers turned": (
                    "(2 * cos.size(-1), x.size(-1) - 2 * cos.size(-1))",
                    "(cos.size(-1), x.size(-1) - cos.size(-1))",
                )
            },
        ),
        "another dtype": Kind(OTHER_DTYPE, {"result left in float32": (".to(x.dtype)", "")}),
        "changed in place": Kind(
            IN_PLACE,
            {
                "turned in place": (
                    "turned = torch.stack((x1 * cos - x2 * sin, x2 * cos + x1 * sin), dim=-1).flatten(-2)",
                    "turned.copy_(torch.stack((x1 * cos - x2 * sin, x2 * cos + x1 * sin), dim=-1).flatten(-2))",
                )
            },
        ),
        "gradient cut": Kind(GRADIENT_CUT, {"gradient cut": ("x.split(", "x.detach().split(")}),
        "old numbers overwritten": Kind(
            OVERWRITTEN,
            {
                "second of each pair reads the new first": (
                    "(x1 * cos - x2 * sin, x2 * cos + x1 * sin)",
                    "(x1 := (x1 * cos - x2 * sin).to(x.dtype), x2 * cos + x1 * sin)",
                )
            },
        ),
    },
    "positions.linear_scaling": {
        "factor not inverted": Kind(
            "Your stretch is the factor itself, so that the angles grow with it. Positions should be squeezed into the "
            "range that training knew; yours are spread even farther beyond it.",
            {"factor not inverted": ("1 / config.rope_factor", "config.rope_factor")},
        ),
        "squeezed by too little": Kind(
            "Your stretch changes the angles by less than the factor asks for, or not at all. The last tokens of a "
            "long text then get angles that the model has never seen.",
            {
                "no scaling": ("1 / config.rope_factor", "1.0"),
                "root of the factor": ("1 / config.rope_factor", "config.rope_factor**-0.5"),
            },
        ),
        "length ratio in place of the factor": Kind(
            "You divide by how far the longest sequence outgrows that of training. The factor is a setting of its own: "
            "a model that was tuned with one has to keep it, however long its tables are.",
            {
                "by how far the sequences have grown": (
                    "1 / config.rope_factor",
                    "(config.rope_original_seq_len or config.max_seq_len) / config.max_seq_len",
                )
            },
        ),
        "a number for every number": Kind(
            NUMBER_EACH, {"one number for each number, not for each pair": ("(dim // 2,)", "(dim,)")}
        ),
        "stretch of the whole head": Kind(
            "You make the stretch as long as the whole head would need it. Some models turn only a part of every head, "
            "and with them your stretch does not line up with the pairs.",
            {"for the whole head": ("(dim // 2,)", "(config.head_dim // 2,)")},
        ),
        "pairs not treated alike": Kind(
            "You stretch some pairs by more than others, and the first one keeps its angle. Linear scaling squeezes "
            "the positions themselves, which slows all pairs down alike, as the tuned weights expect.",
            {
                "from one down to the factor": (
                    "torch.full((dim // 2,), 1 / config.rope_factor)",
                    "torch.linspace(1, 1 / config.rope_factor, dim // 2)",
                ),
                "first pair left alone": (
                    "torch.full((dim // 2,), 1 / config.rope_factor)",
                    "torch.tensor([1.0] + [1 / config.rope_factor] * (dim // 2 - 1))",
                ),
            },
        ),
        "magnitude other than one": Kind(
            MAGNITUDE,
            {
                "a magnitude that grows": (
                    "1 / config.rope_factor), 1.0",
                    "1 / config.rope_factor), 0.1 * math.log(config.rope_factor) + 1",
                ),
                "factor as the magnitude": (
                    "1 / config.rope_factor), 1.0",
                    "1 / config.rope_factor), config.rope_factor",
                ),
            },
        ),
        "stretch and magnitude swapped": Kind(
            "You hand the two results back in the wrong order. What should slow the angles down then shrinks the "
            "tables, and the angles stay as they were.",
            {
                "stretch and magnitude swapped": (
                    "return torch.full((dim // 2,), 1 / config.rope_factor), 1.0",
                    "return 1.0, torch.full((dim // 2,), 1 / config.rope_factor)",
                )
            },
        ),
        "magnitude missing": Kind(
            "You hand back the stretch alone, where two results are asked for. Whoever calls the function unpacks two, "
            "and fails or takes the stretch itself apart.",
            {"magnitude forgotten": (", 1.0", "")},
        ),
    },
    "positions.ntk_scaling": {
        "half of the growth": Kind(
            "You use only one of the two that the growth depends on: the factor, and how far sequences outgrow those "
            "of training. The base then grows where it need not, or the setting has no effect.",
            {
                "factor alone": (
                    "config.rope_factor * config.max_seq_len / original - (config.rope_factor - 1)",
                    "config.rope_factor",
                ),
                "growth of the length alone": (
                    "config.rope_factor * config.max_seq_len / original - (config.rope_factor - 1)",
                    "config.max_seq_len / original",
                ),
            },
        ),
        "growth not one when nothing grows": Kind(
            "You take the wrong amount off the growth, or nothing. Where sequences are as long as in training it has "
            "to come out as one, so that all angles stay; yours comes out as another number.",
            {
                "nothing subtracted": (" - (config.rope_factor - 1)\n", "\n"),
                "factor subtracted without the one": (" - (config.rope_factor - 1)\n", " - config.rope_factor\n"),
                "brackets forgotten": (" - (config.rope_factor - 1)\n", " - config.rope_factor - 1\n"),
            },
        ),
        "lengths swapped": Kind(
            "You divide the length of training by that of today, so that longer sequences make the growth smaller, or "
            "even negative. Pairs then speed up instead of slowing down, or their stretch is not a number.",
            {
                "original and longest length swapped": (
                    "config.max_seq_len / original -",
                    "original / config.max_seq_len -",
                )
            },
        ),
        "original length taken for granted": Kind(
            ORIGINAL_NONE,
            {
                "original length always given": (
                    "original = config.rope_original_seq_len or config.max_seq_len",
                    "original = config.rope_original_seq_len",
                )
            },
        ),
        "original length ignored": Kind(
            "You never look at how long the sequences of training were. They seem to be as long as those of today, so "
            "that the growth is one and nothing is scaled at all.",
            {"original length ignored": ("config.rope_original_seq_len or ", "")},
        ),
        "exponent positive": Kind(
            "Your stretch grows from pair to pair instead of falling. The slow pairs, which have to make room for "
            "longer texts, turn faster, and run into new angles sooner than without scaling.",
            {"exponent positive": ("growth ** -(", "growth ** (")},
        ),
        "exponent short of one": Kind(
            "Your exponent has not reached one at the last pair. The slowest pair has to make room for all the growth; "
            "yours is slowed down by too little, and long texts run into angles that training has never seen.",
            {
                "exponent not up to one": ("max(dim // 2 - 1, 1)", "(dim // 2)"),
                "exponent over all numbers": ("max(dim // 2 - 1, 1)", "max(dim - 1, 1)"),
                "exponent of dim - 2": ("max(dim // 2 - 1, 1)", "max(dim - 2, 1)"),
            },
        ),
        "pairs counted backwards": Kind(
            "You count the pairs from the last to the first: fast ones slow down, and slow ones stay. Neighbours are "
            "harder to tell apart then, and far tokens still get angles that training has never seen.",
            {"pairs counted backwards": ("torch.arange(dim // 2) /", "torch.arange(dim // 2).flip(0) /")},
        ),
        "pairs from 1": Kind(
            "You begin to count the pairs at one, so that each is slowed down like the one after it. The first pair "
            "has to keep its angle to tell neighbours apart, and the last gives way too much.",
            {"pairs from 1": ("torch.arange(dim // 2) /", "torch.arange(1, dim // 2 + 1) /")},
        ),
        "a number for every number": Kind(
            NUMBER_EACH,
            {"one number for each number, not for each pair": ("torch.arange(dim // 2)", "torch.arange(dim)")},
        ),
        "all pairs squeezed alike": Kind(
            ALL_ALIKE,
            {
                "linear scaling by the growth": (
                    "growth ** -(torch.arange(dim // 2) / max(dim // 2 - 1, 1))",
                    "torch.full((dim // 2,), 1 / growth)",
                )
            },
        ),
        "equal steps between the pairs": Kind(
            "Your stretches fall in equal steps from the first pair to the last. With a larger base they fall by equal "
            "ratios, and so the pairs in between get other angles than the tuned weights expect.",
            {
                "a straight line from one down": (
                    "growth ** -(torch.arange(dim // 2) / max(dim // 2 - 1, 1))",
                    "torch.linspace(1, 1 / growth, dim // 2)",
                )
            },
        ),
        "new base in place of the stretch": Kind(
            "You hand back the new base, where factors for the angles are asked for. Multiplied by it, every pair "
            "would turn hundreds or thousands of times too fast.",
            {
                "the new base, not the stretch": (
                    "growth ** -(torch.arange(dim // 2) / max(dim // 2 - 1, 1))",
                    "config.rope_theta * growth ** (dim / max(dim - 2, 1))",
                )
            },
        ),
        "magnitude other than one": Kind(
            MAGNITUDE, {"a magnitude that grows": (", 1.0", ", 0.1 * math.log(growth) + 1")}
        ),
    },
    "positions.yarn_scaling": {
        "turns over the length of today": Kind(
            "You count turns over the longest sequence of today, not over that of training. Pairs that never saw a "
            "full turn in training then seem to have seen one, and keep angles that are new to the model.",
            {
                "original length ignored": ("config.rope_original_seq_len or ", ""),
                "longest length in place of the original": ("math.log(original / (", "math.log(config.max_seq_len / ("),
            },
        ),
        "original length taken for granted": Kind(
            ORIGINAL_NONE,
            {
                "original length always given": (
                    "original = config.rope_original_seq_len or config.max_seq_len",
                    "original = config.rope_original_seq_len",
                )
            },
        ),
        "not full turns": Kind(
            "You count radians or half turns where full turns are meant. Both bounds move to slower pairs, and some "
            "that never went full circle in training are no longer squeezed as they should be.",
            {
                "full turns without 2 pi": ("(2 * math.pi * turns)", "turns"),
                "full turns of pi": ("(2 * math.pi * turns)", "(math.pi * turns)"),
            },
        ),
        "bounds in numbers, not pairs": Kind(
            "Your bounds come out twice as high as they should, as if they counted the numbers of a head and not its "
            "pairs. Slow pairs then pass for fast ones, and keep angles that are new to the model.",
            {"log of the base without the two": ("(2 * math.log(config.rope_theta))", "math.log(config.rope_theta)")},
        ),
        "two kinds of logarithm": Kind(
            "You divide two logarithms by each other that have different bases. The bounds then lie at other pairs "
            "than those that turn so often, and slow pairs are squeezed by less than they need.",
            {"log to base 2 above only": ("dim * math.log(original", "dim * math.log2(original")},
        ),
        "base hard-coded": Kind(HARD_CODED, {"base hard-coded": ("math.log(config.rope_theta)", "math.log(10000.0)")}),
        "fast pairs squeezed, slow ones kept": Kind(
            "You squeeze the pairs that turn often and keep the slow ones. Fast pairs need their angles to tell "
            "neighbours apart, and slow ones run into angles that training has never seen.",
            {
                "bounds swapped": (
                    "max(math.floor(pair(32)), 0), min(math.ceil(pair(1)), dim - 1)",
                    "max(math.floor(pair(1)), 0), min(math.ceil(pair(32)), dim - 1)",
                ),
                "ramp reversed": ("keep = 1 - ramp.clamp(0, 1)", "keep = ramp.clamp(0, 1)"),
                "kept and squeezed swapped": (
                    "keep + (1 - keep) / config.rope_factor",
                    "(1 - keep) + keep / config.rope_factor",
                ),
            },
        ),
        "bounds rounded otherwise": Kind(
            "You round a bound the other way, or not at all. The ramp then starts later or ends earlier than in models "
            "tuned with YaRN, and the pairs on it get other angles than the weights expect.",
            {
                "lower bound rounded up": ("math.floor(pair(32))", "math.ceil(pair(32))"),
                "upper bound rounded down": ("math.ceil(pair(1))", "math.floor(pair(1))"),
                "bounds not rounded": (
                    "max(math.floor(pair(32)), 0), min(math.ceil(pair(1)), dim - 1)",
                    "max(pair(32), 0), min(pair(1), dim - 1)",
                ),
            },
        ),
        "bounds cut otherwise": Kind(
            "You cut a bound to another range than is asked for, or not at all. Where texts are short, or long for the "
            "base, the ramp gets another slope, and the pairs on it other angles than the tuned weights expect.",
            {
                "lower bound not cut": ("max(math.floor(pair(32)), 0)", "math.floor(pair(32))"),
                "upper bound not cut": ("min(math.ceil(pair(1)), dim - 1)", "math.ceil(pair(1))"),
                "upper bound cut at the number of pairs": ("dim - 1)", "dim // 2 - 1)"),
            },
        ),
        "another number of turns": Kind(
            "One of your bounds asks for another number of turns than the paper's. More or fewer pairs then keep their "
            "angles, and weights tuned with its bounds meet some that they do not know.",
            {
                "bound of 16 turns": ("math.floor(pair(32))", "math.floor(pair(16))"),
                "bound of 2 turns": ("math.ceil(pair(1))", "math.ceil(pair(2))"),
            },
        ),
        "ramp not stopped at its ends": Kind(
            "Your ramp runs on beyond one of its ends, or beyond both. The slowest pairs are then squeezed further "
            "than the factor says, and may even turn backwards.",
            {
                "ramp not clamped": ("ramp.clamp(0, 1)", "ramp"),
                "ramp clamped at one end only": ("ramp.clamp(0, 1)", "ramp.clamp(min=0)"),
            },
        ),
        "ramp over numbers, not pairs": Kind(
            "Your ramp counts the numbers of a head, two for each pair. It starts and ends at half the pair that it "
            "should, and squeezes pairs that turn often enough to keep their angles.",
            {"ramp over numbers, not pairs": ("torch.arange(dim // 2)", "torch.arange(0, dim, 2)")},
        ),
        "ramp from the first pair on": Kind(
            "Your ramp starts at the first pair instead of at the lower bound. Fast pairs below that bound are then "
            "squeezed too, although they have to tell neighbours apart.",
            {"ramp from zero": ("(torch.arange(dim // 2) - low)", "torch.arange(dim // 2)")},
        ),
        "ramp that rises too slowly": Kind(
            "Your ramp rises too slowly, since it is not measured from bound to bound. At the upper bound it has not "
            "reached its end, so that slow pairs there keep part of the angles that are new to the model.",
            {"ramp divided by the upper bound": ("((high - low) or 0.001)", "max(high, 0.001)")},
        ),
        "equal bounds forgotten": Kind(
            "You divide by the gap between the two bounds, which can be zero. With a short original length the bounds "
            "meet, and a stretch that is not a number spreads through the whole model.",
            {"equal bounds forgotten": ("((high - low) or 0.001)", "(high - low)")},
        ),
        "one step instead of a ramp": Kind(
            "You switch from kept to squeezed at one pair, where a ramp is asked for. The pairs between the bounds "
            "need some of both, and weights tuned with the ramp meet angles that they do not know.",
            {"no ramp, one step": ("keep = 1 - ramp.clamp(0, 1)", "keep = (ramp < 0.5).to(ramp.dtype)")},
        ),
        "slow pairs sped up": Kind(
            "You speed the slow pairs up by the factor, where they should be slowed down by it. They then run into new "
            "angles even sooner than without scaling.",
            {"multiplied by the factor": ("(1 - keep) / config.rope_factor", "(1 - keep) * config.rope_factor")},
        ),
        "slow pairs stopped": Kind(
            "The pairs that are to be squeezed get a stretch of zero in your code. They then never turn, and what they "
            "tell about far positions is lost.",
            {"squeezed ones forgotten": ("return keep + (1 - keep) / config.rope_factor", "return keep")},
        ),
        "all pairs squeezed alike": Kind(
            ALL_ALIKE,
            {
                "everything squeezed": (
                    "keep + (1 - keep) / config.rope_factor",
                    "(keep + 1 - keep) / config.rope_factor",
                )
            },
        ),
        "magnitude always one": Kind(
            "Your magnitude is always one. In a long text the softmax shares its weight among many more keys and grows "
            "flat; the magnitude is there to sharpen it again.",
            {"magnitude forgotten": ("rope_factor, magnitude", "rope_factor, 1.0")},
        ),
        "magnitude that grows at another rate": Kind(
            "Your magnitude grows faster or more slowly with the factor than the paper found best. Scores become too "
            "large or too small, and the softmax sharper or flatter than the model was tuned for.",
            {
                "magnitude of log2": ("0.1 * math.log(", "0.1 * math.log2("),
                "magnitude of log10": ("0.1 * math.log(", "0.1 * math.log10("),
                "magnitude without the tenth": ("0.1 * math.log(", "math.log("),
            },
        ),
        "magnitude without the one": Kind(
            "Your magnitude comes out far below one, where it should be a little above. It multiplies queries and "
            "keys, whose scores nearly vanish, and the softmax spreads over all keys alike.",
            {"magnitude without the one": ("(config.rope_factor) + 1 if", "(config.rope_factor) if")},
        ),
        "magnitude squared": Kind(
            "You square the magnitude before you hand it back. It multiplies queries as well as keys, so that scores "
            "have its square already; with yours they get its fourth power.",
            {
                "magnitude squared": (
                    "return keep + (1 - keep) / config.rope_factor, magnitude",
                    "return keep + (1 - keep) / config.rope_factor, magnitude**2",
                )
            },
        ),
        "magnitude of the length": Kind(
            "Your magnitude follows from how far the longest sequence outgrows that of training. It belongs to the "
            "factor, by which the pairs are squeezed: a model tuned with one has to keep it.",
            {
                "magnitude of the length": (
                    "0.1 * math.log(config.rope_factor) + 1",
                    "0.1 * math.log(config.max_seq_len / original) + 1",
                )
            },
        ),
        "magnitude below one": Kind(
            "You let the magnitude fall below one where the factor does. With such a factor the texts get no longer, "
            "and the scores should keep their size.",
            {"magnitude below one": (" if config.rope_factor > 1 else 1.0", "")},
        ),
    },
    "positions.sinusoidal_table": {
        "sines and cosines in two halves": Kind(
            "Your sines fill the first half of every vector, and the cosines the second. The paper puts each cosine "
            "beside its sine; weights trained with that order would read other numbers in yours.",
            {
                "sines and cosines in two halves": (
                    "torch.stack((sin, cos), dim=-1).flatten(-2)",
                    "torch.cat((sin, cos), dim=-1)",
                ),
                "stacked along another axis": ("dim=-1", "dim=-2"),
            },
        ),
        "cosines first": Kind(
            "You put each cosine in front of its sine. In the paper the even columns hold the sines, and weights "
            "trained with that order would read other numbers in yours.",
            {"cosines first": ("torch.stack((sin, cos)", "torch.stack((cos, sin)")},
        ),
        "sines only": Kind(
            "Your vectors hold every sine twice and no cosine. A sine alone cannot tell whether it rises or falls, so "
            "that positions look alike which the cosine would tell apart.",
            {"sines only": ("torch.stack((sin, cos)", "torch.stack((sin, sin)")},
        ),
        "turned backwards": Kind(
            "Your sines have the wrong sign, as if the positions ran backwards from zero. A new model could learn with "
            "that, but weights trained with the paper's table would not fit.",
            {"turned backwards": ("torch.stack((sin, cos)", "torch.stack((-sin, cos)")},
        ),
        "frequencies that fall too slowly": Kind(
            "Your frequencies fall less from column to column than the paper's: the base is too small, or the "
            "exponent. The slow columns then come round again sooner, and far positions look like near ones.",
            {
                "base 1000": ("theta=10000.0", "theta=1000.0"),
                "exponent i / dim, or a base of 100": ("theta=10000.0", "theta=100.0"),
            },
        ),
        "a frequency for every number": Kind(
            "Every number of your vectors has a frequency of its own. A sine and its cosine have to share one: only "
            "together do they make a step along the text a turn, which a model can learn easily.",
            {
                "a frequency for every number": (
                    "torch.stack((sin, cos), dim=-1).flatten(-2)",
                    "torch.where(torch.arange(dim) % 2 == 0, "
                    "*precompute_rotary_tables(2 * dim, length, theta=1e8)[::-1])",
                )
            },
        ),
        "positions from 1": Kind(
            "Row 0 of your table belongs to position 1. Every token is then told that it stands one place further on, "
            "and weights trained with the paper's table do not fit.",
            {
                "positions from 1": (
                    "cos, sin = precompute_rotary_tables(dim, length, theta=10000.0)",
                    "cos, sin = (table[1:] for table in precompute_rotary_tables(dim, length + 1, theta=10000.0))",
                )
            },
        ),
        "scaled by the width": Kind(
            "You make the vectors smaller, by the width of the model. They are added to the embeddings as they are; so "
            "small, what they tell can be drowned by the tokens.",
            {"scaled by the width": ("flatten(-2)", "flatten(-2) * dim**-0.5")},
        ),
        "one axis too many": Kind(
            "Your table has three axes where two are asked for. A position looks up one row of it, which has to be a "
            "single vector, as wide as the token's, to be added.",
            {
                "one axis too many": (".flatten(-2)", ".flatten(-2)[None]"),
                "not flattened": (".flatten(-2)", ""),
            },
        ),
        "frequencies that fall too fast": Kind(
            "You spread the frequencies so that the last pair of columns ends exactly at the slowest one, as "
            "tensor2tensor does. The paper stops one step before it; in your table every pair but the first turns "
            "too slowly, and weights trained with the paper's do not fit.",
            {"spread over one pair less": ("theta=10000.0", "theta=10000.0 ** (dim / max(dim - 2, 1))")},
        ),
    },
    "positions.LearnedPositions.embed": {
        "first rows, whatever the positions": Kind(
            FIRST_ROWS,
            {
                "positions from zero on": ("self.embedding(position)", "self.embedding(torch.arange(x.shape[1]))"),
                "the first rows": ("self.embedding(position)", "self.embedding.weight[: x.shape[1]]"),
            },
        ),
        "positions of one sequence only": Kind(
            SHARED_ONLY,
            {
                "the first sequence's positions for all": (
                    "self.embedding(position)",
                    "self.embedding(position[0] if position.ndim == 2 else position)",
                ),
                "positions of one sequence only": (
                    "self.embedding(position)",
                    "self.embedding.weight.index_select(0, position)",
                ),
            },
        ),
        "an axis for the sequences": Kind(
            SEQUENCE_AXIS,
            {
                "an axis for the sequences, whether there is one or not": (
                    "self.embedding(position)",
                    "self.embedding(position)[None]",
                )
            },
        ),
        "multiplied": Kind(MULTIPLIED, {"multiplied": ("x + self", "x * self")}),
        "positions only": Kind(POSITIONS_ONLY, {"positions only": ("return x + self", "return self")}),
        "positions forgotten": Kind(
            POSITIONS_FORGOTTEN, {"positions forgotten": ("return x + self.embedding(position)", "return x")}
        ),
        "numbers of the positions": Kind(
            POSITION_NUMBERS, {"the numbers of the positions": ("self.embedding(position)", "position[:, None]")}
        ),
        "positions along the batch": Kind(
            BATCH_AXIS,
            {"positions as the axis of the batch": ("self.embedding(position)", "self.embedding(position)[:, None]")},
        ),
        "first position for all": Kind(
            FIRST_ENTRY, {"the first position for all": ("self.embedding(position)", "self.embedding(position[:1])")}
        ),
        "positions backwards": Kind(
            REVERSED, {"positions backwards": ("self.embedding(position)", "self.embedding(position.flip(0))")}
        ),
        "distance from the first position": Kind(
            "You look up how far each position lies from the first that is handed in, not the position itself. "
            "Generating a text with a cache hands in one token at a time, and its distance is always zero.",
            {
                "distance from the first position": (
                    "self.embedding(position)",
                    "self.embedding(position - position[0])",
                )
            },
        ),
        "scaled by the width": Kind(
            "You make the vector of the position larger, by the width of the model. It is added as it was learned: so "
            "large it drowns the token beside it, and public weights do not fit.",
            {"scaled by the width": ("self.embedding(position)", "self.embedding(position) * x.shape[-1] ** 0.5")},
        ),
        "side by side": Kind(
            "You put the two vectors side by side, and the result is twice as wide. The layers behind it have the "
            "width of the residual stream, to which positions are added.",
            {
                "side by side": (
                    "x + self.embedding(position)",
                    "torch.cat((x, self.embedding(position).expand_as(x)), dim=-1)",
                )
            },
        ),
        "changed in place": Kind(
            IN_PLACE, {"input changed in place": ("x + self.embedding(position)", "x.add_(self.embedding(position))")}
        ),
        "gradient cut": Kind(
            GRADIENT_CUT, {"nothing learned": ("self.embedding(position)", "self.embedding(position).detach()")}
        ),
    },
    "positions.SinusoidalPositions.embed": {
        "first rows, whatever the positions": Kind(
            FIRST_ROWS, {"positions from zero on": ("self.table[position]", "self.table[: x.shape[1]]")}
        ),
        "positions of one sequence only": Kind(
            SHARED_ONLY,
            {
                "the first sequence's positions for all": (
                    "self.table[position]",
                    "self.table[position[0] if position.ndim == 2 else position]",
                ),
                "positions of one sequence only": ("self.table[position]", "self.table.index_select(0, position)"),
            },
        ),
        "an axis for the sequences": Kind(
            SEQUENCE_AXIS,
            {
                "an axis for the sequences, whether there is one or not": (
                    "self.table[position]",
                    "self.table[position][None]",
                )
            },
        ),
        "multiplied": Kind(MULTIPLIED, {"multiplied": ("x + self", "x * self")}),
        "positions only": Kind(
            POSITIONS_ONLY, {"positions only": ("(x + self.table[position])", "self.table[position].expand_as(x)")}
        ),
        "positions forgotten": Kind(POSITIONS_FORGOTTEN, {"positions forgotten": ("(x + self.table[position])", "x")}),
        "numbers of the positions": Kind(
            POSITION_NUMBERS, {"the numbers of the positions": ("self.table[position]", "position[:, None]")}
        ),
        "positions along the batch": Kind(
            BATCH_AXIS,
            {"positions as the axis of the batch": ("self.table[position]", "self.table[position][:, None]")},
        ),
        "columns, not rows": Kind(
            "You pick columns of the table where rows are wanted. A row is the vector of one position; a column is one "
            "number of all of them, and does not fit the token's vector.",
            {"numbers taken for positions": ("self.table[position]", "self.table[:, position]")},
        ),
        "first position for all": Kind(
            FIRST_ENTRY, {"the first position for all": ("self.table[position]", "self.table[position[:1]]")}
        ),
        "positions backwards": Kind(
            REVERSED, {"positions backwards": ("self.table[position]", "self.table[position.flip(0)]")}
        ),
        "a stretch of the table": Kind(
            "You cut one stretch out of the table, from the first position to the last. Positions can leave some out "
            "or come twice, and sequences can have their own: your rows do not fit them then.",
            {"a window of the table": ("self.table[position]", "self.table[position[0] : position[-1] + 1]")},
        ),
        "the whole table": Kind(
            "You add the whole table, whatever the positions are. Most shorter texts do not fit it, a single token "
            "comes out as many, and only a text that fills the table is told the right positions.",
            {"the whole table": ("self.table[position]", "self.table")},
        ),
        "another dtype": Kind(OTHER_DTYPE, {"result left in float32": (".to(x.dtype)", "")}),
        "tokens scaled by the width": Kind(
            "You make the token's vector larger before you add that of its position. The first transformer did so, but "
            "here it is a setting of its own elsewhere in the model: unasked for, it drowns the positions.",
            {"x multiplied by the root of its width": ("(x + self", "(x * x.shape[-1] ** 0.5 + self")},
        ),
        "changed in place": Kind(
            IN_PLACE, {"input changed in place": ("x + self.table[position]", "x.add_(self.table[position])")}
        ),
        "table changed in place": Kind(
            "Your result is right once, but the table itself comes out halved. Every further call halves it again, "
            "until the positions say nothing any more.",
            {"table changed in place": ("x + self.table[position]", "x + self.table.mul_(0.5)[position] * 2")},
        ),
        "gradient cut": Kind(GRADIENT_CUT, {"gradient cut": ("(x + self", "(x.detach() + self")}),
    },
    "positions.alibi_slopes": {
        "series begun too early": Kind(
            "Your series begins one step too early, with a slope of one. Heads then look less far back than they "
            "should, and the weights of public models do not fit.",
            {"slopes from one on": ("[2 ** (-8 * (head + 1) / power) for", "[2 ** (-8 * head / power) for")},
        ),
        "slopes in another order": Kind(
            "You have the right slopes, but in another order. Each head of a public model was trained with its own, "
            "and would look farther back than it has learned to, or less far.",
            {
                "slopes reversed": ("slopes + between", "slopes[::-1] + between"),
                "sorted": (
                    "slopes + between[: n_head - power]",
                    "sorted(slopes + between[: n_head - power], reverse=True)",
                ),
                "between in front": ("slopes + between[: n_head - power]", "between[: n_head - power] + slopes"),
            },
        ),
        "slopes that grow": Kind(
            "Your slopes grow from head to head, and lie above one. Such penalties leave next to nothing but the "
            "nearest tokens, so that no head can look far back.",
            {"exponent positive": ("[2 ** (-8 * (head + 1) / power) for", "[2 ** (8 * (head + 1) / power) for")},
        ),
        "slopes negative": Kind(
            "Your slopes are negative, but the bias sees to the sign itself. With yours, far keys would be rewarded "
            "and near ones neglected.",
            {"slopes negative": ("return torch.tensor(", "return -torch.tensor(")},
        ),
        "series of another steepness": Kind(
            "Your series falls too slowly or too fast, and does not end where that of the paper ends. Heads then look "
            "less far back than they should, or farther, and public weights do not fit.",
            {
                "exponent up to four": ("[2 ** (-8 * (head + 1) / power) for", "[2 ** (-4 * (head + 1) / power) for"),
                "powers of e": ("[2 ** (-8 * (head + 1) / power) for", "[math.exp(-8 * (head + 1) / power) for"),
            },
        ),
        "same ratio for every number of heads": Kind(
            "Your slopes halve from head to head, however many heads there are. The ratio follows from their number, "
            "so that every series spans the same range; with many heads, your last ones feel no distance at all.",
            {
                "the same ratio for every number of heads": (
                    "[2 ** (-8 * (head + 1) / power) for",
                    "[2 ** -(head + 1) for",
                )
            },
        ),
        "evenly spaced": Kind(
            "Your slopes fall in equal steps instead of equal ratios. Nearly all heads then look at their neighbours "
            "only, and none sees as far as the last should.",
            {"evenly spaced": ("[2 ** (-8 * (head + 1) / power) for", "[1 - (head + 1) / (power + 1) for")},
        ),
        "one series for every number of heads": Kind(
            "You spread one series over all heads, even where their number is no power of two. Public models fill a "
            "series up from a longer one then, so that their heads have other slopes than yours.",
            {"one series for every number of heads": ("2 ** math.floor(math.log2(n_head))", "n_head")},
        ),
        "power of two too large": Kind(
            "The power of two that you start from can be larger than the number of heads. You then hand back more "
            "slopes than there are heads, and the bias does not line up with the scores.",
            {
                "the next larger power of two": (
                    "2 ** math.floor(math.log2(n_head))",
                    "2 ** math.ceil(math.log2(n_head))",
                ),
                "the nearest power of two": ("math.floor(", "round("),
            },
        ),
        "beginning of the longer series": Kind(
            "Where the number of heads is no power of two, you take the beginning of the longer series. Its smallest "
            "slopes are cut off, and no head sees as far back as the last should.",
            {
                "cut off the next larger series": (
                    "slopes + between[: n_head - power]",
                    "[2 ** (-8 * (head + 1) / (2 * power)) for head in range(n_head)] if n_head > power else slopes",
                )
            },
        ),
        "slopes that stand twice": Kind(
            "Some heads get a slope that another head has already. What is missing has to come from between the slopes "
            "that are there, so that every head looks back to a distance of its own.",
            {
                "the others of the longer series": ("range(0, 2 * power, 2)", "range(1, 2 * power, 2)"),
                "not every other one": ("range(0, 2 * power, 2)", "range(2 * power)"),
                "the first slopes again": ("between[: n_head - power]", "slopes[: n_head - power]"),
            },
        ),
        "the last of those between": Kind(
            "You take what is missing from the end of the slopes in between, where they are smallest. Public models "
            "begin at the front, so that your additional heads look farther back than theirs.",
            {"the last of those between": ("between[: n_head - power]", "between[2 * power - n_head :]")},
        ),
        "all of those between": Kind(
            "You add all the slopes in between, not as many as are missing. There are more slopes than heads then, and "
            "the bias does not line up with the scores.",
            {"all of those between": ("between[: n_head - power]", "between")},
        ),
        "a list": Kind(
            "You hand back a list of numbers, where a tensor is asked for. The model keeps the slopes as a buffer that "
            "follows it to its device, which a list cannot be.",
            {"a list": ("torch.tensor(slopes + between[: n_head - power])", "slopes + between[: n_head - power]")},
        ),
        "axes for queries and keys": Kind(
            "Your slopes have axes for queries and keys already. The bias adds these itself, and would come out with "
            "more axes than the scores have.",
            {
                "axes for queries and keys": (
                    "torch.tensor(slopes + between[: n_head - power])",
                    "torch.tensor(slopes + between[: n_head - power])[:, None, None]",
                )
            },
        ),
        "another dtype": Kind(
            OTHER_DTYPE,
            {
                "always float64": (
                    "torch.tensor(slopes + between[: n_head - power])",
                    "torch.tensor(slopes + between[: n_head - power], dtype=torch.float64)",
                )
            },
        ),
    },
    "positions.ALiBi.bias": {
        "far keys rewarded": Kind(
            "Your bias raises the score of a key the farther it lies behind. It should lower it: as it is, attention "
            "runs to the oldest tokens and neglects the neighbours.",
            {
                "sign": ("return -self", "return self"),
                "key minus query": (
                    "query_position[..., None, :, None] - key_position[..., None, None, :]",
                    "key_position[..., None, None, :] - query_position[..., None, :, None]",
                ),
                "sizes of the distances, with the wrong sign": (
                    "-self.slopes[:, None, None] * distance",
                    "self.slopes[:, None, None] * distance.abs()",
                ),
            },
        ),
        "keys by queries": Kind(
            KEYS_BY_QUERIES,
            {
                "keys by queries": (
                    "query_position[..., None, :, None] - key_position[..., None, None, :]",
                    "query_position[..., None, None, :] - key_position[..., None, :, None]",
                )
            },
        ),
        "slopes along another axis": Kind(
            "Your slopes run along another axis than that of the heads: the queries, the keys or the sequences. The "
            "shapes do not fit then, or slopes go to tokens or sequences, where every head should have its own.",
            {
                "slopes along the queries": ("self.slopes[:, None, None]", "self.slopes[None, :, None]"),
                "slopes along the keys": ("self.slopes[:, None, None]", "self.slopes"),
                "slopes along the sequences": ("self.slopes[:, None, None]", "self.slopes[:, None, None, None]"),
            },
        ),
        "one slope for all heads": Kind(
            "All heads get the slope of the first. Some are meant to look at their neighbours and others far back, "
            "which is lost where all look equally far.",
            {
                "one slope for all heads": (
                    "self.slopes[:, None, None]",
                    "self.slopes[:1, None, None].expand(len(self.slopes), 1, 1)",
                )
            },
        ),
        "slopes backwards": Kind(
            "You hand the slopes to the heads in reverse order. Heads of a public model that learned to look far back "
            "may then see their neighbours only, and the other way round.",
            {"slopes backwards": ("self.slopes[:, None, None]", "self.slopes.flip(0)[:, None, None]")},
        ),
        "slopes worked out again": Kind(
            "You work the slopes out again, with the series for a power of two. The module keeps slopes that are right "
            "for every number of heads, and for other numbers yours differ from them.",
            {
                "slopes worked out again, for a power of two": (
                    "self.slopes[:, None, None]",
                    "torch.tensor([2 ** (-8 * (h + 1) / len(self.slopes)) "
                    "for h in range(len(self.slopes))])[:, None, None]",
                )
            },
        ),
        "slopes changed in place": Kind(
            "Your result is right once, but the slopes that the module keeps change their sign. At the next call, "
            "which may be that of the next layer, far keys are rewarded instead of near ones.",
            {"slopes changed in place": ("-self.slopes[:, None, None]", "self.slopes.neg_()[:, None, None]")},
        ),
        "places taken for positions": Kind(
            PLACES,
            {
                "queries counted from zero": (
                    "query_position[..., None, :, None] -",
                    "torch.arange(query_position.size(-1))[:, None] -",
                ),
                "keys counted from zero": (
                    "- key_position[..., None, None, :]",
                    "- torch.arange(key_position.size(-1))",
                ),
                "distance from zero on": (
                    "query_position[..., None, :, None] - key_position[..., None, None, :]",
                    "torch.arange(query_position.size(-1))[:, None] - torch.arange(key_position.size(-1))",
                ),
                "the last of the queries at the last of the keys": (
                    "query_position[..., None, :, None] - key_position[..., None, None, :]",
                    "torch.arange(query_position.size(-1))[:, None] - torch.arange(key_position.size(-1))"
                    " + key_position.size(-1) - query_position.size(-1)",
                ),
            },
        ),
        "queries with queries": Kind(
            QUERIES_WITH_QUERIES,
            {"queries with queries": ("key_position[..., None, None, :]", "query_position[..., None, None, :]")},
        ),
        "position of the query, not the distance": Kind(
            "Your bias follows from the position of the query alone. It is then the same for all keys, the softmax "
            "takes it out again, and near and far look alike to every head.",
            {
                "position of the query, not the distance": (
                    " - key_position[..., None, None, :]",
                    ".expand(*query_position.shape[:-1], 1, -1, key_position.size(-1))",
                )
            },
        ),
        "position of the key, not the distance": Kind(
            "Your bias follows from the position of the key alone, not from how far it lies behind. The softmax evens "
            "that out, but far into a text the numbers grow large, and lose the digits that tell neighbours apart.",
            {
                "position of the key, not the distance": (
                    "query_position[..., None, :, None] - key_position[..., None, None, :]",
                    "-key_position[..., None, None, :].expand(*key_position.shape[:-1], "
                    "1, query_position.size(-1), -1)",
                )
            },
        ),
        "positions of one sequence only": Kind(
            SHARED_ONLY,
            {
                "the first sequence's distances for all": (
                    "# Every head has its own slope.",
                    "distance = distance[0] if distance.ndim == 4 else distance",
                ),
                "positions shared by all sequences only": (
                    "query_position[..., None, :, None] - key_position[..., None, None, :]",
                    "query_position[:, None] - key_position[None, :]",
                ),
            },
        ),
        "no axis for the heads": Kind(
            "Where every sequence has its own positions, your distances have no axis for the heads. The sequences are "
            "then lined up with the slopes, which fails or gives each sequence the slope of one head.",
            {
                "no axis for the heads between sequences and queries": (
                    "query_position[..., None, :, None] - key_position[..., None, None, :]",
                    "query_position[..., :, None] - key_position[..., None, :]",
                )
            },
        ),
        "heads in front of the sequences": Kind(
            "Your result has the heads in front of the sequences. The scores have them the other way round, so that "
            "the bias does not fit, or lands at the wrong head of the wrong sequence.",
            {
                "heads in front of the sequences": (
                    "return -self.slopes[:, None, None] * distance",
                    "bias = -self.slopes[:, None, None] * distance\n"
                    "        return bias.transpose(0, 1) if bias.ndim == 4 else bias",
                )
            },
        ),
        "distance plus one": Kind(
            "You count every key as one token farther away than it is, the token's own too. The softmax takes out what "
            "all keys share, but your biases are not those of ALiBi, where a token pays nothing for itself.",
            {"distance plus one": ("- key_position[..., None, None, :]", "- key_position[..., None, None, :] + 1")},
        ),
        "not in proportion to the distance": Kind(
            "Your penalty does not grow in proportion to the distance. ALiBi takes off the same amount for every token "
            "farther back, and this is how it carries on in texts longer than those of training.",
            {
                "distance squared": ("* distance", "* distance**2"),
                "logarithm of the distance": ("* distance", "* distance.abs().log1p()"),
                "root of the distance": ("* distance", "* distance.clamp(min=0).sqrt()"),
            },
        ),
        "far keys all alike": Kind(
            "Your penalty stops growing after a few tokens. All keys beyond look equally near, and in a long text, "
            "where most of the keys are there, they take the attention away from the neighbours.",
            {"far keys all alike": ("* distance", "* distance.clamp(max=4)")},
        ),
        "added, not multiplied": Kind(
            "You add the slope and the distance instead of multiplying them. The slope is then the same for all keys "
            "and has no effect, while every key gains with its distance, and the oldest win.",
            {"added, not multiplied": ("* distance", "+ distance")},
        ),
        "divided by the length": Kind(
            "You divide the distance by the number of keys. The same two tokens then get another penalty with every "
            "key that is added, and in a long text hardly any.",
            {"divided by the length": ("* distance", "* distance / key_position.size(-1)")},
        ),
        "one axis too many": Kind(
            "You put an axis for the sequences in front. Where they share their positions it is not asked for, and "
            "where they do not, it is there already: the bias has one axis more than it should.",
            {
                "an axis for the sequences": (
                    "-self.slopes[:, None, None] * distance",
                    "(-self.slopes[:, None, None] * distance)[None]",
                )
            },
        ),
        "a factor, not a summand": Kind(
            "You hand back a factor between zero and one. Whoever reads the bias adds it to the scores, where even the "
            "farthest key is set back by one at most.",
            {
                "a factor, not a summand": (
                    "return -self.slopes[:, None, None] * distance",
                    "return torch.exp(-self.slopes[:, None, None] * distance)",
                )
            },
        ),
        "whole numbers": Kind(
            "You round the penalty to whole numbers. Heads with small slopes should tell near keys apart by little; "
            "yours see many of them alike, and then the penalty jumps.",
            {
                "whole numbers": (
                    "-self.slopes[:, None, None] * distance",
                    "(-self.slopes[:, None, None] * distance).round()",
                )
            },
        ),
        "another dtype": Kind(OTHER_DTYPE, {"widened": ("* distance", "* distance.double()")}),
        "positions changed in place": Kind(
            POSITIONS_CHANGED,
            {
                "query positions changed in place": (
                    "query_position[..., None, :, None] -",
                    "query_position.sub_(1)[..., None, :, None] + 1 -",
                )
            },
        ),
        "nothing returned": Kind(NOTHING_RETURNED, {"nothing returned": ("return -self", "-self")}),
    },
}
