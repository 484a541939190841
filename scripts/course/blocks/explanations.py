"""Explanations that fit several blocks."""

SUBLAYER_FORGOTTEN = (
    "One of the two sublayers plays no part in your result. Without attention no token reads from another; without "
    "the MLP nothing is computed from what attention has added."
)
IN_PARALLEL = (
    "Both of your sublayers read the stream as it came in, in parallel. In this block the MLP comes second, so that "
    "it reads what attention of the same layer has added."
)
ONE_AFTER_THE_OTHER = (
    "Your MLP waits for attention and reads what it has added. In this block both read the stream as it came in, "
    "which lets their matrix products be computed together."
)
MLP_FIRST = (
    "You run the MLP before attention. Attention comes first in a layer: the MLP works on what attention has brought "
    "from other tokens, and trained weights expect this order."
)
NO_RESIDUAL = (
    "You keep only what a sublayer outputs, and drop the residual stream, to which it should be added. What earlier "
    "layers have added is lost, and the gradient loses its short way back to them."
)
RESIDUAL_FROM_INPUT = (
    "Your MLP reads the stream with attention's output in it, but adds to the block's input, so that attention's "
    "output itself is dropped from the stream. Later layers then read of other tokens only what the MLP computes from "
    "them."
)
STREAM_TWICE = (
    "You add the residual stream twice. It doubles with every layer, and soon what a sublayer adds no longer counts "
    "beside it."
)
STREAM_NORMED = (
    "The residual stream itself goes through a norm, where only what a sublayer reads should. It has to carry what "
    "every layer has added, and the gradient, through the whole model without being rescaled on the way."
)
NOT_NORMED_FIRST = (
    "A sublayer reads the stream as it is, without the norm that belongs before it. The stream grows from layer to "
    "layer and in training; only a norm keeps the sublayer's input at one size."
)
SUM_NOT_NORMED = (
    "The sum of the stream and what a sublayer adds goes on without its norm. What reads it next, another sublayer "
    "or the head of the model, has no norm of its own in front of it here, and reads inputs of any size."
)
OUTPUT_NOT_NORMED = (
    "What a sublayer outputs is added without the norm that belongs behind it. Nothing limits how much one layer "
    "adds then, and a single large output can dominate the stream."
)
RESIDUAL_INSIDE = (
    "Your norm acts on the stream as well as on what the sublayer outputs. It should act only on what is added: the "
    "stream itself passes untouched, and with it the gradient."
)
RESIDUAL_OUTSIDE = (
    "You norm only what the sublayer outputs, and add the stream outside. Here the norm acts on the sum, so that "
    "the next sublayer reads the stream at a fixed size."
)
PRE_FOR_POST = (
    "You norm what a sublayer reads and leave the sum as it is, which is pre-norm. The stream that leaves the block "
    "then has no fixed size, and behind blocks of this kind the model has no final norm to make up for it."
)
PRE_NORM_TOO = (
    "The sublayer reads its input through a norm that belongs behind the sum only. The stream has been normed "
    "already, and the weights of that norm act twice."
)
NORMS_ON_THE_OUTSIDE = (
    "You norm what the sublayers output, not what they read. They have to work on a stream of any size, and "
    "everything that they add is forced to one size."
)
NORMS_SWAPPED = (
    "One sublayer uses the norm that belongs to the other, so that the same norm serves twice. Each has weights that "
    "are learned for its own place; those of the unused norm get no gradient at all."
)
EMPTY_CONTEXT = (
    "You pass attention a new context that holds the positions and nothing else. The one that you were given also "
    "carries rotation, biases, windows and the cache, and a layer without them attends as if there were none."
)
CACHE_LEFT_BEHIND = (
    "You hand on the context without its cache. In training nothing shows; in generation every new token attends to "
    "itself alone, as if nothing had been read before."
)
NORMS_EXCHANGED = (
    "Your two norms have changed places. Norms without weights hide it, but trained weights then act on activations "
    "that the other norm's were learned for."
)
OVERWRITTEN = (
    "You add to the stream in place, although what read it a moment ago still needs it unchanged for the backward "
    "pass. Autograd notices that it has changed, and stops with an error."
)
