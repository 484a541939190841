"""Explanations that fit several norms."""

EPS_HARD_CODED = (
    "You use an eps of your own instead of the one that is passed in. With inputs of ordinary size this does not show; "
    "with small ones the result differs, and public models differ in exactly this constant."
)
WEIGHT_FORGOTTEN = (
    "The learned weight is missing from your result. Every channel then keeps the size that the norm gives it, and "
    "the weight gets no gradient to learn from."
)
BIAS_FORGOTTEN = (
    "The learned bias is missing from your result. Every channel stays centred on zero, and the bias gets no gradient "
    "to learn from."
)
WEIGHT_ON_INPUT = (
    "You apply the weight before the norm, which then divides most of it away again. It has to act on the output of "
    "the norm, where it sets the size of each channel."
)
RMS_FOR_LAYER = (
    "Your result is that of RMS norm: no mean is subtracted. Layer norm first moves every vector to a mean of zero, "
    "and only then divides by its size."
)
LAYER_FOR_RMS = (
    "Your result is that of layer norm: the mean is subtracted first. RMS norm leaves the mean where it is, which is "
    "what makes it the cheaper one of the two."
)
