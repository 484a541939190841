"""Explanations that fit several pieces of feed_forward."""

NO_SETUP = (
    "You do not run the setup of the class that yours is built on. Until it has run, torch cannot register layers, "
    "and the first one that you create stops with an error."
)
ACTIVATION_FIXED = (
    "You use one certain activation, whatever the configuration names. A model that asks for another is trained "
    "with this one without a word, and weights that were trained with the other give wrong results."
)
BIAS_SETTING = (
    "You decide in your code whether a layer has a bias, where the configuration says it for all of them. The "
    "wrong choice shows when a saved model is loaded: it holds biases that fit nowhere, or lacks some."
)
BIAS_FORGOTTEN = (
    "You multiply by a layer's weights yourself and leave out its bias. In a model with biases every number comes "
    "out shifted, and the bias gets no gradient to learn from."
)
WIDTH_IGNORED = (
    "You ignore the hidden width when one is asked for. Whoever sets it gets a layer of another size than they "
    "wanted, and the weights of a public model with a width of its own do not fit."
)
BACK_TO_FRONT = (
    "You have exchanged the inputs and the outputs of a layer. It expects vectors of another width than those that "
    "reach it, and the first forward pass stops with an error."
)
DROPOUT_DEFAULT = (
    "You create dropout without handing it a share, and torch then drops half of all numbers. Training becomes "
    "much harder than anyone asked for, even where the setting says that nothing is dropped."
)
DROPOUT_FORGOTTEN = (
    "Dropout plays no part in your forward pass. In training it makes the model rely on no single number; without "
    "it, a model that asks for dropout learns its training text by heart sooner."
)
DROPOUT_BEFORE_DOWN = (
    "You drop hidden numbers, before down_proj, where what down_proj gives is to be dropped. Every output is then "
    "a sum over what is left: none is dropped as a whole, and all of them become noisy."
)
DROPOUT_ALWAYS = (
    "You drop numbers in evaluation too. Dropout is for training only: when a model is measured or writes text, it "
    "should give the same answer every time, and its best one."
)
RESIDUAL_HERE = (
    "You add the input to the result. The block already adds the stream around every sublayer: what the sublayer "
    "reads would be added a second time in each layer, and the stream would grow without need."
)
NOT_MULTIPLIED_BY_X = (
    "You return the share of a number that gets through, but not that share of the number. The result lies between "
    "zero and one however large the input is, so that the next layer cannot tell a strong signal from a very "
    "strong one."
)
NOT_HALVED = (
    "You leave out the half, so that the curve comes out twice as high. Large positive numbers should pass "
    "unchanged; doubled in every layer, the numbers in the model get out of hand."
)
ONE_FORGOTTEN = (
    "You leave out the one that lifts the curve by which each number is weighed. Without it the curve is negative "
    "below zero, so that negative numbers come out positive where they should be almost silent."
)
STRAIGHT_GRADIENT = (
    "The values are right, but you change them behind autograd's back, so that every gradient passes whole. A "
    "number that is held back has little part in the result, and must not be blamed or praised as if it had all of "
    "it."
)
