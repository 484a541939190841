"""Explanations that fit several pieces of latent."""

EPS_OF_THE_REST = (
    "You give a latent's norm the eps of the rest of the model. These norms have an eps of their own, which no "
    "setting changes; with small latents another one gives another result."
)
NORMED_AGAIN = (
    "You norm what has been normed already. The weights of the norm then act twice, and the channels come out in "
    "other sizes than those that were learned."
)
NUMBERS_BEFORE_HEADS = (
    "You take the numbers of all heads apart as if the heads took turns, where each has its own side by side. New "
    "weights could learn either order, but trained ones would be torn to pieces."
)
FIRST_HEAD = (
    "All your heads use what belongs to the first one. Heads are there to find different things, and the weights "
    "that the others have for this would never learn."
)
SAME_WEIGHTS = (
    "Keys and values come from the same weights in your code. By what a token is found and what it then gives are "
    "two different things, and each needs weights of its own to learn it."
)
OTHER_ORDER = (
    "Content and rotary part stand in one order in your queries and in the other in your keys. Their product "
    "multiplies each number of the one with the number at its place in the other, and would mix up the two."
)
ROTARY_LOST = (
    "The rotary part of your queries or of your keys is all zeros, so that it adds nothing to the scores. It is "
    "what tells how far apart two tokens stand, and content alone does not know it."
)
SCALE_TWICE = (
    "You multiply by the scale, and the backend does so once more. The scores come out much too small as a rule, "
    "and the softmax is too flat to pick out the keys that fit."
)
ANOTHER_SCALE = (
    "You put another scale in the place of the one that came with the scores. Whoever called has decided on it; "
    "with yours, the softmax is sharper or flatter than the weights were trained for."
)
HEADS_NOT_IN_FRONT = (
    "The heads do not stand on the second axis when you ask the backend. It takes that axis for the heads and the "
    "next for the tokens, and would compare and hide the wrong things."
)
MIXED = (
    "Your reshape files numbers under other tokens and heads than they belong to: it knows no axes, only their "
    "order in memory. The shapes look right, but a token gets what belongs to others, later ones among them."
)
BACKEND_NOT_ASKED = (
    "You compute attention by a function of your own choice, where the backend should be asked. The setting then "
    "has no effect, and what your function does not know, a soft cap or sinks, is left out without a word."
)
FUTURE_SEEN = (
    "You move the queries so far ahead that every key lies in their past. In training, each token would see the "
    "very one that it should predict, and the model would learn to copy."
)
SCORES_CHANGED = (
    "You take something out of the scores that came with them, the window or the sinks. The heads would look "
    "farther back than their layer may, or give to keys what the sinks should take."
)
AXES_OF_THE_RESULT = (
    "The axes of your result are not in the order that was agreed on: tokens, heads, numbers. Whatever lays the "
    "heads side by side next would mix up tokens, or scatter the numbers of a head."
)
