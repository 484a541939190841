"""Explanations that fit several pieces of attention."""

NOT_KEPT = (
    "Something that the docstring asks for is missing in your module. The forward pass expects it under its "
    "name and stops with an error; even what a model does without has to be there, as None."
)
PLAIN_TENSOR = (
    "You keep a plain tensor where a parameter is asked for. It is not among the parameters that the optimizer "
    "gets, so that it never learns, and it is neither saved nor moved to a GPU together with the model."
)
CONTEXT_CUT = (
    "You pass on less than the layer was given: its cache, its window, its bias or its number is missing. No "
    "error is raised, but earlier tokens are forgotten, hidden tokens become visible, scores are wrong, or the "
    "layer is taken for the first one."
)
