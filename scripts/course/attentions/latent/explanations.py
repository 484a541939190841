"""Explanations that fit several pieces of latent."""

EPS_OF_THE_REST = (
    "You give a latent's norm the eps of the rest of the model. These norms have an eps of their own, which no "
    "setting changes; with small latents another one gives another result."
)
NORMED_AGAIN = (
    "You normalise twice. The weights of the norm then act twice, and the channels come out in other sizes than "
    "those that were learned."
)
NUMBERS_BEFORE_HEADS = (
    "You split the heads as if they were interleaved, (D, H), where each has its elements side by side, (H, D). "
    "New weights could learn either order, but trained ones would be torn to pieces."
)
FIRST_HEAD = (
    "All your heads use what belongs to the first one. Heads are there to attend to different things, and the "
    "weights that the others have for this would never learn."
)
SAME_WEIGHTS = (
    "Keys and values come from the same weights in your code. A key is what queries are matched against and a "
    "value is what the weights average, and each needs weights of its own to learn it."
)
OTHER_ORDER = (
    "Content and rotary part stand in one order in your queries and in the other in your keys. Their dot "
    "product multiplies each element of the one with the element at the same place in the other, and would mix "
    "up the two."
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
    "You replace the scale that came with the scores. The caller has decided on it; with yours, the softmax is "
    "sharper or flatter than the weights were trained for."
)
HEADS_NOT_IN_FRONT = (
    "The heads do not stand on the second axis when you ask the backend. It takes that axis for the heads and the "
    "next for the tokens, and would compare and hide the wrong things."
)
MIXED = (
    "Your reshape puts elements under other tokens and heads than they belong to: it knows no axes, only their "
    "order in memory. The shapes look right, but a token gets what belongs to others, later ones among them."
)
BACKEND_NOT_ASKED = (
    "You compute attention by a function of your own choice, where the backend should be called. The setting "
    "then has no effect, and what your function does not support, a soft cap or sinks, is left out without any "
    "error."
)
FUTURE_SEEN = (
    "You move the queries so far ahead that every key lies in their past. In training, each token would attend "
    "to the very one that it should predict, and the model would learn to copy."
)
SCORES_CHANGED = (
    "You drop one of the settings that came with the scores, the window or the sinks. The heads would attend "
    "farther back than their layer allows, or give to keys the weight that belongs to the sinks."
)
AXES_OF_THE_RESULT = (
    "The axes of your result are not in the order (B, T, H, Dv). The caller concatenates the heads next, and "
    "would mix up tokens, or scatter the elements of a head."
)
