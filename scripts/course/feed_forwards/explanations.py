"""Explanations that fit several pieces of feed_forwards."""

ACTIVATION_FIXED = (
    "You use one fixed activation, whatever config.activation names. A model that asks for another one silently trains "
    "with this one, and weights that were trained with the other give wrong results."
)
BIAS_SETTING = (
    "Your code decides whether a layer has a bias, where config.bias says it for all of them. The wrong choice shows "
    "when a state dict is loaded: it has unexpected bias keys, or lacks some."
)
BIAS_FORGOTTEN = (
    "You multiply by a layer's weight yourself and leave out its bias. In a model with biases every output is off by "
    "it, and the bias gets no gradient."
)
WIDTH_IGNORED = (
    "You ignore config.ffn_hidden. A configuration that sets the hidden width gets a layer of another size, and the "
    "weights of a public model with a width of its own do not fit."
)
BACK_TO_FRONT = (
    "You have exchanged in_features and out_features of a layer. It expects vectors of another width than those that "
    "reach it, and the first forward pass stops with a shape error."
)
DROPOUT_DEFAULT = (
    "You create nn.Dropout without a probability, and torch's default is 0.5. Half of all outputs are then dropped in "
    "training, even where config.dropout is 0."
)
DROPOUT_FORGOTTEN = (
    "You never apply dropout. Without it, a model that asks for dropout is not regularised here and overfits sooner."
)
DROPOUT_BEFORE_DOWN = (
    "You apply dropout to the hidden activations, before down_proj, where the output of down_proj is to be dropped. "
    "No output is then zero: each becomes a noisy sum over the hidden units that are left."
)
DROPOUT_ALWAYS = (
    "You apply dropout in evaluation too. Dropout is for training only: in evaluation the output must be deterministic "
    "and use every unit."
)
RESIDUAL_HERE = (
    "You add the input to the output here. The block already adds the residual around every sublayer, so the input "
    "would be added twice and the residual stream would grow."
)
NOT_MULTIPLIED_BY_X = (
    "You return the gate alone, not x times the gate. The output lies between zero and one however large x is, so that "
    "the next layer cannot tell a strong input from a very strong one."
)
NOT_HALVED = (
    "You leave out the factor 1/2, so that the curve is twice as high. Large positive inputs should pass unchanged; "
    "doubled in every layer, activations grow exponentially with depth."
)
ONE_FORGOTTEN = (
    "You leave out the 1 in (1 + ...), so that the gate is negative for negative inputs. These then come out positive, "
    "where they should be close to zero."
)
STRAIGHT_GRADIENT = (
    "The values are right, but the gradient is that of the identity: the difference from x is detached. Inputs that "
    "the activation suppresses must get a gradient that is suppressed as well."
)
DROPOUT_SOMETIMES = (
    "Where there are biases, you drop nothing. A model that has both would train without the dropout that it asks for."
)
