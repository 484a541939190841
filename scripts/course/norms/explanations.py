"""Explanations that fit several norms."""

EPS_HARD_CODED = (
    "You use an eps of your own instead of the one that is passed in. With inputs of ordinary size this does not show; "
    "with small ones the result differs, and public models differ in exactly this constant."
)
EPS_OF_DTYPE = (
    "You add a machine epsilon, as torch's rms_norm does where eps is left out, and not the eps that is passed in. "
    "Models are trained with an eps of their own: with another one, small vectors come out with another length."
)
EPS_OUTSIDE = (
    "Your eps does not stand inside the root, added to the variance, as it should. A vector whose elements are "
    "all equal has no variance, and only eps keeps it from being divided by zero."
)
UNBIASED = (
    "You divide the sum of squares by C - 1, which is what torch's `var` and `std` do unless they are told not to. "
    "That estimates the variance of a population; the variance of the C elements themselves is the mean of their "
    "squares."
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
