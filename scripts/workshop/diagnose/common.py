"""What mistakes of many pieces have in common: what a kind is, and explanations."""

from typing import NamedTuple


class Kind(NamedTuple):
    """Mistakes with one explanation: what was done, and why it matters, without the code that would be right."""

    why: str
    edits: dict[str, tuple[str, str]]  # by the mistake's name: what stands in the reference, what stands there instead


IN_PLACE = (
    "A tensor that is passed in comes out changed. The caller still needs it as it was: for the residual stream, for "
    "the next sublayer, or for the backward pass."
)
CHANGED_TOO_EARLY = (
    "A tensor is changed in place here that somebody still needs as it was: the backward pass, or whoever passed it in."
)
GRADIENT_CUT = (
    "On the way from the inputs to the result the gradient is cut off. The values do not show it, but what lies behind "
    "the cut would never learn from the loss, or learn from part of it only."
)
TOO_NARROW = (
    "You compute in the dtype of the input, where this piece needs float32 at least. Bfloat16 keeps two or three "
    "digits and float16 ends at 65504: a sum of many elements loses its last digits, or overflows to infinity."
)
OTHER_DTYPE = (
    "The result has another dtype than the one that is asked for. The layer that reads it expects that dtype: products "
    "of two dtypes fail, and a result that is too wide takes twice the memory."
)
NOTHING_RETURNED = (
    "The body ends without returning anything. In Python that returns None, with which the caller cannot compute."
)
HARD_CODED = (
    "You write a constant where a setting or an argument gives the value. It fits one configuration, and every other "
    "one is computed wrongly without an error."
)
EPS_HARD_CODED = (
    "You use an eps of your own instead of the one that is passed in. With inputs of ordinary size this does not show; "
    "with small ones the result differs, and public models differ in exactly this constant."
)
SUPER_FORGOTTEN = (
    "You do not call nn.Module's own __init__. Until it has run, torch cannot register submodules, and the first "
    "one that you create stops with an error."
)
PART_MISSING = (
    "You never create an attribute that the docstring asks for. The methods of the class look for it under its name, "
    "and stop with an error or leave out a step."
)
