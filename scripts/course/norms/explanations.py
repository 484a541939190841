"""Explanations that fit several pieces of norms."""

EPS_HARD_CODED = (
    "You use an eps of your own instead of the one that is handed in. With inputs of ordinary size nobody notices; "
    "with small ones the result is another, and public models differ in exactly this number."
)
WEIGHT_FORGOTTEN = (
    "The learned weight plays no part in your result. Every channel then keeps the size that the norm gives it, "
    "and the weight gets no gradient to learn from."
)
BIAS_FORGOTTEN = (
    "The learned bias plays no part in your result. The channels stay centred on zero, wherever the model would "
    "like to have them."
)
WEIGHT_ON_INPUT = (
    "You apply the weight before the norm, which then divides most of it away again. It has to act on what the "
    "norm gives, where it can set the size of each channel."
)
RMS_FOR_LAYER = (
    "Your result is that of RMS norm: no mean is subtracted. Layer norm moves every vector to a mean of zero "
    "first, and only then fixes its size."
)
LAYER_FOR_RMS = (
    "Your result is that of layer norm: the mean is subtracted first. RMS norm leaves the mean where it is, which "
    "is what makes it the cheaper one of the two."
)
