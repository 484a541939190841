"""Explanations that fit several pieces of generation and decoding."""

CHANGED = (
    "You modify a tensor that was passed in. The caller may still need it, and the next call with it gives another "
    "result."
)
DTYPE = (
    "Your result has another dtype than the input. The caller goes on in the input's dtype, and multinomial, cat or a "
    "comparison of two such results may fail or round differently."
)
ZERO = (
    "At temperature 0 your result is that of a positive one, 1 or a smaller number. Temperature 0 is greedy decoding: "
    "one token has probability 1, and every run gives the same text."
)
GREEDY = (
    "You take the most likely token at temperatures above 0 too. Sample there: greedy decoding continues a prompt in "
    "the same way every time, and soon repeats itself."
)
SOFTMAX_TWICE = (
    "You take a softmax of probabilities. They all lie between 0 and 1, so that it makes them nearly uniform, and the "
    "tokens that top-k has masked get a probability above 0 again."
)
UNIFORM = (
    "Every token is equally likely in your code, whatever the logits are. What the model has learned has no effect on "
    "the text."
)
NOT_ONE = (
    "You do not renormalise: the rows of your result do not sum to one. Speculative decoding compares two such "
    "distributions and needs probabilities."
)
SOFTMAX_OF_REST = (
    "You take a softmax of probabilities, in which exp(0) = 1 counts like any other. The tokens that were filtered out "
    "come back, and the distribution becomes nearly uniform."
)
OVER_THE_BATCH = "You normalise over all of (B, V). Each row must sum to one by itself, whatever the batch size."
EQUALLY_LIKELY = (
    "You give all tokens that are kept the same probability. The filter removes the tail; the ratios of those that are "
    "kept stay what they were."
)
SETTINGS = (
    "You do not pass on some of the sampling parameters, or none. The distribution is then made with the defaults in "
    "their place, whatever the caller asked for."
)
GENERATOR = (
    "You sample without the generator that was passed in, always or at times. The same seed then gives another text in "
    "every run, and no result can be reproduced."
)
SEEDED = (
    "You seed the generator that was passed in with a constant. Every seed then gives the same random numbers, and so "
    "does every call."
)
MODE = (
    "You leave a model in another mode than it was in, training or evaluation. If it was in training, the next step of "
    "its training runs without dropout: set the mode back before you return."
)
SEEDED_EVERY_STEP = (
    "You reset the generator to its seed in every step. All steps then use the same random numbers, so that the "
    "samples depend on each other."
)
ONE_OFF = (
    "You generate max_new_tokens + 1 or max_new_tokens - 1 tokens. The caller relies on the shape of the result and "
    "on the positions that are left."
)
TOTAL = (
    "You take max_new_tokens for the total length, prompt included. A long prompt then gets a few new tokens, or none."
)
STOPS = (
    "You stop when the text has reached max_seq_len. Go on with the last max_seq_len tokens as the context, until "
    "there are max_new_tokens."
)
TOO_LONG = (
    "You run the model on more than max_seq_len tokens. It raises an error there: the context has to be cropped to the "
    "last max_seq_len."
)
BEGINNING = (
    "You crop a long context to its first tokens. The next token follows the last ones, which the model then does not "
    "read."
)
NEW_ONLY = (
    "You return the new tokens without the prompt. The result is the whole sequence, (B, T + max_new_tokens), as the "
    "input of a further call."
)
ROLLBACK_FORGOTTEN = (
    "You make the cache without a rollback_window, or with another one than will be needed. Where it is too short, "
    "layers with a sliding window have overwritten what they still need, and `crop` raises."
)
