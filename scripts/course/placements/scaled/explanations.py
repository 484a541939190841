"""Explanations that fit both scaled blocks."""

SCALE_FORGOTTEN = (
    "What attention adds is not multiplied by attn_scale. Attention then adds at full size in every layer, where the "
    "model was trained with less."
)
SCALE_WITHOUT_EFFECT = (
    "What attention adds is not scaled down: the scale is missing, or stands where a norm divides it away again. "
    "Attention then adds at full size in every layer, where the model was trained with less."
)
SCALE_ON_STREAM = (
    "You multiply the residual stream itself by the scale, layer after layer. What early layers have added fades "
    "away, and with it the gradient on its way back to them."
)
MLP_SCALED_TOO = (
    "What the MLP adds is scaled down as well. The scale is for attention alone; with the MLP made smaller too, "
    "every layer changes the stream less than the model was meant to."
)
