"""Explanations that fit several pieces of generation."""

CHANGED = (
    "You change what was handed in. Whoever called may still need it as it was, and asking for the same thing once "
    "more would give another answer."
)
DTYPE = (
    "Your result has another dtype than what was handed in. Whoever called goes on in that dtype, and code that "
    "puts such results together, or draws from them, may refuse the mixture."
)
ZERO = (
    "You replace a temperature of zero by another one, so that there are still dice to roll. Zero is how people "
    "ask for the likeliest token alone, and for the same text every time."
)
LIKELIEST = (
    "You settle on the likeliest token at temperatures above zero too. Those ask for dice: without them a prompt "
    "is continued in the same way every time, and texts soon go round in circles."
)
SOFTMAX_TWICE = (
    "You take a softmax of what are probabilities already. They all lie between zero and one, which makes every "
    "token nearly as likely as any other, and those that top-k has ruled out come back."
)
UNIFORM = (
    "In your code every token is equally likely, whatever the logits say. Nothing of what the model has learned "
    "reaches the text, which becomes noise."
)
NOT_ONE = (
    "What stays does not sum to one again in your result. It is no distribution then, and whoever weighs two of "
    "them against each other, as speculative decoding does, gets the wrong odds."
)
SOFTMAX_OF_REST = (
    "You take a softmax of probabilities, in which a zero counts like any other number. The tokens that you have "
    "ruled out come back, and all become nearly equally likely."
)
OVER_THE_BATCH = (
    "You divide by the sum of the whole batch. With several rows each of them then sums to less than one, and by "
    "how much depends on how many texts are written side by side."
)
EQUALLY_LIKELY = (
    "You give all tokens that stay the same probability. The cut is there to remove the tail; among those that "
    "stay, what the model prefers should still be drawn more often."
)
SETTINGS = (
    "Some or all of the settings never reach the function that makes the distribution, which then uses its "
    "defaults. Whoever asks for a calmer or a wilder text gets the same dice as everybody else."
)
GENERATOR = (
    "Some or all of your draws do not use the generator that was handed in. The same seed then gives another text "
    "every time, and nobody can repeat what they have seen."
)
SEEDED = (
    "You seed the generator with a number of your own, although it comes seeded. Whatever seed was asked for, the "
    "same random numbers come, and every call repeats them."
)
SEEDED_EVERY_STEP = (
    "You set the generator back to its seed before every draw. All steps then use the same random numbers, so that "
    "the draws depend on each other and texts repeat themselves."
)
ONE_OFF = (
    "Your code gives one token more or one fewer than max_new_tokens asks for. Whoever called has counted on that "
    "number: for the shape of the result, or for the room that is left."
)
TOTAL = (
    "You take max_new_tokens for the length of the whole text, with the prompt in it. A long prompt then gets only "
    "a few new tokens, or none."
)
STOPS = (
    "You stop writing when the text has used up the positions of the model. It is to go on with the end of the "
    "text in view, and whoever called waits for tokens that never come."
)
TOO_LONG = (
    "You hand the model a text that is longer than it has positions for. There it stops with an error, where it "
    "should go on with the part of the text that matters most for the next token."
)
BEGINNING = (
    "Where a text is too long you keep its beginning and cut off its end. The model never sees what was written "
    "last, which is what the next token has to follow."
)
NEW_ONLY = (
    "You return the new tokens without the prompt. It belongs to the result: whoever decodes that, or has it "
    "continued once more, wants the whole text."
)
SPARE_FORGOTTEN = (
    "You make a cache without the spare tokens that will be taken back, or with another number of them. With too "
    "few, a layer with a window has overwritten by then what it still needs, and the cache refuses to go back."
)
