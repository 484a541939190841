"""Explanations that fit several pieces of blocks."""

SUBLAYER_FORGOTTEN = (
    "One of the two sublayers plays no part in your result. Without attention no token learns of the others; "
    "without the MLP nothing is made of what attention found."
)
IN_PARALLEL = (
    "Both sublayers read the stream as it came in, side by side. In this block the MLP comes second, so that it "
    "can work with what attention of the same layer has found."
)
ONE_AFTER_THE_OTHER = (
    "Your MLP waits for attention and reads what it has added. In this block both read the stream as it came in, "
    "which lets their matrix products be done together."
)
MLP_FIRST = (
    "You run the MLP before attention. Attention comes first in a layer: the MLP is to work with what it brought "
    "from other tokens, and trained weights expect this order."
)
NO_RESIDUAL = (
    "You keep only what is computed from the stream, and drop the stream itself, to which it should be added. What "
    "earlier layers wrote is no longer passed on, and the gradient loses its short way back to them."
)
STREAM_TWICE = (
    "You add the stream twice. It doubles with every layer, so that soon nothing that a sublayer adds can be heard "
    "beside it."
)
STREAM_NORMED = (
    "The residual stream itself goes through a norm, where only what a sublayer reads should. It has to carry what "
    "every layer wrote, and the gradient, through the whole model without being resized on the way."
)
NOT_NORMED_FIRST = (
    "A sublayer reads the stream as it is, without the norm that belongs before it. The stream grows from layer to "
    "layer and in training; only a norm lets the sublayer see numbers of a steady size."
)
SUM_NOT_NORMED = (
    "The sum of the stream and what a sublayer adds goes on without its norm. What reads it next, another sublayer "
    "or the head of the model, meets a stream of no settled size, since no norm stands before them here."
)
OUTPUT_NOT_NORMED = (
    "What a sublayer gives is added without the norm that belongs behind it. Nothing limits how much one layer "
    "writes then, and a single loud one can drown the stream."
)
RESIDUAL_INSIDE = (
    "Your norm takes in the stream as well as what the sublayer gives. It should limit only what is added: the "
    "stream itself runs through untouched, and with it the gradient."
)
RESIDUAL_OUTSIDE = (
    "You norm only what the sublayer gives, and the stream is added outside. Here the norm takes in the sum, so "
    "that whatever reads the stream next finds it at a fixed size."
)
PRE_FOR_POST = (
    "You norm what a sublayer reads and leave the sum as it is, which is pre-norm. What leaves the block has no "
    "settled size then, and behind blocks of this kind the model has no final norm to make up for it."
)
PRE_NORM_TOO = (
    "The sublayer reads its input through a norm that belongs behind the sum only. The stream has been normed "
    "already, and the weights of that norm act twice, once where nobody meant them to."
)
NORMS_ON_THE_OUTSIDE = (
    "You norm what the sublayers give, not what they read. They have to work on a stream of any size, and can no "
    "longer say much or little as they see fit."
)
NORMS_SWAPPED = (
    "One sublayer works with the norm that belongs to the other, so that the same norm serves twice. Each has "
    "weights that are learned for its own place; those of the norm that is left out get no gradient at all."
)
SCALE_FORGOTTEN = (
    "What attention adds is not multiplied by its scale, for which a model may ask. In such a model attention "
    "would write at full strength in every layer, the more of it the deeper the model."
)
SCALE_WITHOUT_EFFECT = (
    "What attention adds is not scaled down: the scale is missing, or stands where a norm divides it away again. "
    "In a model that asks for it, attention would write at full strength in every layer."
)
SCALE_ON_STREAM = (
    "You multiply the residual stream itself by the scale, layer after layer. What early layers wrote fades away, "
    "and with it the gradient on its way back to them."
)
MLP_SCALED_TOO = (
    "What the MLP adds is scaled down as well. The scale is for attention alone; with the MLP made smaller too, "
    "every layer changes the stream less than the model was meant to."
)
EMPTY_CONTEXT = (
    "You hand attention a new context that holds the positions and nothing else. The one that you were given also "
    "tells of rotation, biases, windows and the cache, and a layer that misses them attends as if there were none."
)
NORMS_EXCHANGED = (
    "Your two norms have changed places. Norms without weights hide it, but trained weights then act on numbers "
    "that the other norm's were learned for."
)
OVERWRITTEN = (
    "You add to the stream in place, although what read it a moment ago still needs it as it was for the backward "
    "pass. Autograd notices that it has changed, and stops with an error."
)
