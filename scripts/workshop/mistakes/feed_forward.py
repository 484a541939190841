"""Mistakes in feed_forward.py."""

from . import Kind
from .common import GRADIENT_CUT, HARD_CODED, IN_PLACE, NOTHING_RETURNED, OTHER_DTYPE, TOO_NARROW

NO_SETUP = (
    "You do not run the setup of the class that yours is built on. Until it has run, torch cannot register layers, "
    "and the first one that you create stops with an error."
)
ACTIVATION_FIXED = (
    "You use one certain activation, whatever the configuration names. A model that asks for another is trained with "
    "this one without a word, and weights that were trained with the other give wrong results."
)
BIAS_SETTING = (
    "You decide in your code whether a layer has a bias, where the configuration says it for all of them. The wrong "
    "choice shows when a saved model is loaded: it holds biases that fit nowhere, or lacks some."
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
    "You create dropout without handing it a share, and torch then drops half of all numbers. Training becomes much "
    "harder than anyone asked for, even where the setting says that nothing is dropped."
)
DROPOUT_FORGOTTEN = (
    "Dropout plays no part in your forward pass. In training it makes the model rely on no single number; without "
    "it, a model that asks for dropout learns its training text by heart sooner."
)
DROPOUT_BEFORE_DOWN = (
    "You drop hidden numbers, before down_proj, where what down_proj gives is to be dropped. Every output is then a "
    "sum over what is left: none is dropped as a whole, and all of them become noisy."
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
    "zero and one however large the input is, so that the next layer cannot tell a strong signal from a very strong "
    "one."
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
    "The values are right, but you change them behind autograd's back, so that every gradient passes whole. A number "
    "that is held back has little part in the result, and must not be blamed or praised as if it had all of it."
)

MISTAKES = {
    "feed_forward.relu": {
        "leaky": Kind(
            "You let through a little of every negative number. In ReLU what is negative is silent: a model that was "
            "trained with it has neurons that say nothing at all for most tokens.",
            {"leaky": ("F.relu(x)", "F.leaky_relu(x)")},
        ),
        "squared": Kind(
            "You square what is left, which is another activation. Large numbers become much larger and small ones "
            "smaller, where ReLU lets everything positive pass as it is.",
            {"squared": ("F.relu(x)", "F.relu(x).square()")},
        ),
        "size of the number": Kind(
            "You drop the sign, so that negative numbers come out positive. A neuron then fires as hard for the "
            "opposite of what it looks for, where ReLU keeps it silent.",
            {"the size": ("F.relu(x)", "x.abs()")},
        ),
        "negative part": Kind(
            "You keep the wrong half: negative numbers pass and positive ones become zero. A neuron should be heard "
            "when its input is positive, and silent otherwise.",
            {"the negative part": ("F.relu(x)", "x.clamp(max=0)")},
        ),
        "a step": Kind(
            "You say only whether a number is positive, not how large it is. A step is flat everywhere, so that no "
            "gradient flows back through it and nothing in front of it learns.",
            {"a step": ("F.relu(x)", "(x > 0).to(x.dtype)")},
        ),
        "cut off above": Kind(
            "You cut large numbers off at a limit of your own. ReLU has no limit above: beyond yours, neurons can no "
            "longer say how sure they are, and get no gradient.",
            {
                "cut at one": ("F.relu(x)", "x.clamp(0, 1)"),
                "cut at six": ("F.relu(x)", "F.relu6(x)"),
            },
        ),
        "smooth curve": Kind(
            "You use a smooth curve in the place of ReLU's two straight lines. Negative numbers are then not quite "
            "silent and small ones are changed, so that weights trained with ReLU give other results.",
            {
                "a softer bend": ("F.relu(x)", "F.softplus(x)"),
                "GELU": ("F.relu(x)", "F.gelu(x)"),
            },
        ),
        "numbers left out": Kind(
            "You return only the numbers that are positive, in one row, and lose where they stood. The next layer "
            "needs a number in every place, with a zero where a neuron is silent.",
            {"only the numbers that are left": ("F.relu(x)", "x[x > 0]")},
        ),
        "changed in place": Kind(IN_PLACE, {"in place": ("F.relu(x)", "x.relu_()")}),
        "another dtype": Kind(OTHER_DTYPE, {"result in float32": ("F.relu(x)", "F.relu(x.float())")}),
        "gradient of a straight line": Kind(
            "The values are right, but the gradient passes as if nothing had been cut off. What was silent had no "
            "part in the result, and must not be blamed or praised for it.",
            {"gradient of what is negative": ("F.relu(x)", "x + (F.relu(x) - x).detach()")},
        ),
    },
    "feed_forward.leaky_relu": {
        "another slope": Kind(
            "Below zero your slope is not the one that is asked for. The curve looks the same, but every negative "
            "number comes out too large or too small, so that trained weights give other results.",
            {
                "slope 0.1": ("F.leaky_relu(x)", "F.leaky_relu(x, 0.1)"),
                "slope 0.2": ("F.leaky_relu(x)", "F.leaky_relu(x, 0.2)"),
                "slope 0.001": ("F.leaky_relu(x)", "F.leaky_relu(x, 0.001)"),
            },
        ),
        "slope negative": Kind(
            "Your slope below zero has the wrong sign, so that negative numbers come out positive. A strongly "
            "negative number then counts for more than zero does, and the gradient pushes it in the wrong direction.",
            {"slope negative": ("F.leaky_relu(x)", "F.leaky_relu(x, -0.01)")},
        ),
        "not leaky": Kind(
            "You set negative numbers to zero, as ReLU does. Nothing leaks through, so that a neuron that is "
            "negative for every token gets no gradient and can never come back.",
            {"not leaky": ("F.leaky_relu(x)", "F.relu(x)")},
        ),
        "slope on the wrong side": Kind(
            "You make positive numbers small and let negative ones pass as they are. It should be the other way "
            "round: what is positive is heard, what is negative only leaks.",
            {
                "the slope on the wrong side": ("F.leaky_relu(x)", "-F.leaky_relu(-x)"),
                "the smaller of the two": ("F.leaky_relu(x)", "(0.01 * x).minimum(x)"),
            },
        ),
        "sum of the two": Kind(
            "You add the two lines where only one of them counts at a time. Negative numbers come out right, but "
            "every positive one comes out a little too large.",
            {"the sum of the two": ("F.leaky_relu(x)", "F.relu(x) + 0.01 * x")},
        ),
        "ELU": Kind(
            "You use a curve that levels off below zero, where it should go on as a straight line. Strongly negative "
            "numbers get almost no gradient there and hardly find their way back.",
            {"ELU": ("F.leaky_relu(x)", "F.elu(x, 0.01)")},
        ),
        "changed in place": Kind(IN_PLACE, {"in place": ("F.leaky_relu(x)", "F.leaky_relu(x, inplace=True)")}),
        "another dtype": Kind(OTHER_DTYPE, {"result in float32": ("F.leaky_relu(x)", "F.leaky_relu(x.float())")}),
        "gradient of a straight line": Kind(
            "The values are right, but you change them behind autograd's back, so that every gradient passes whole. "
            "What only leaks through has little part in the result, and its gradient has to be as small.",
            {"gradient of a straight line": ("F.leaky_relu(x)", "x + (F.leaky_relu(x) - x).detach()")},
        ),
    },
    "feed_forward.gelu": {
        "an approximation": Kind(
            "You compute an approximation of GELU, not GELU itself. It is close, but every layer adds to the "
            "difference, and weights that were trained with the one give slightly wrong logits with the other.",
            {
                "by tanh": ("F.gelu(x)", 'F.gelu(x, approximate="tanh")'),
                "by a logistic curve": ("F.gelu(x)", "x * torch.sigmoid(1.702 * x)"),
            },
        ),
        "another activation": Kind(
            "You use another activation than GELU. It has much the same shape, which is why nothing breaks, but "
            "weights that were trained with GELU give other results with it.",
            {
                "SiLU": ("F.gelu(x)", "F.silu(x)"),
                "ReLU": ("F.gelu(x)", "F.relu(x)"),
            },
        ),
        "error function of another width": Kind(
            "What you hand to the error function is not scaled as the normal distribution wants it. The curve gets "
            "too steep or too flat around zero, where most numbers lie.",
            {
                "not divided by the root of two": ("F.gelu(x)", "x * (1 + torch.erf(x)) / 2"),
                "divided by two inside": ("F.gelu(x)", "x * (1 + torch.erf(x / 2)) / 2"),
            },
        ),
        "not halved": Kind(NOT_HALVED, {"not halved": ("F.gelu(x)", "x * (1 + torch.erf(x / math.sqrt(2)))")}),
        "one forgotten": Kind(ONE_FORGOTTEN, {"one forgotten": ("F.gelu(x)", "x * torch.erf(x / math.sqrt(2)) / 2")}),
        "share that is larger": Kind(
            "You weigh a number by how likely a normal one is larger, not smaller. Negative numbers then pass and "
            "positive ones become silent, the wrong way round.",
            {"the share that is larger": ("F.gelu(x)", "x * (1 - torch.erf(x / math.sqrt(2))) / 2")},
        ),
        "not multiplied by x": Kind(
            NOT_MULTIPLIED_BY_X, {"not multiplied by x": ("F.gelu(x)", "(1 + torch.erf(x / math.sqrt(2))) / 2")}
        ),
        "density": Kind(
            "You weigh by the height of the bell curve, where the share of it that lies below a number is wanted. "
            "Large numbers, the clearest signals, then come out as almost nothing.",
            {"the density": ("F.gelu(x)", "x * torch.exp(-x * x / 2) / math.sqrt(2 * math.pi)")},
        ),
        "another dtype": Kind(OTHER_DTYPE, {"result in float32": ("F.gelu(x)", "F.gelu(x.float())")}),
        "gradient of a straight line": Kind(
            STRAIGHT_GRADIENT, {"gradient of a straight line": ("F.gelu(x)", "x + (F.gelu(x) - x).detach()")}
        ),
    },
    "feed_forward.gelu_tanh": {
        "another way to GELU": Kind(
            "You compute GELU in another way than by this formula, exactly or by another approximation. The numbers "
            "are close, but models trained with this formula keep its small errors in their weights.",
            {
                "the exact one": (', approximate="tanh")', ")"),
                "by a logistic curve": ('F.gelu(x, approximate="tanh")', "x * torch.sigmoid(1.702 * x)"),
            },
        ),
        "another factor of the cubic term": Kind(
            "The factor of your cubic term is not that of the formula: rounded, or with its point in another place. "
            "The curve no longer follows GELU as closely as the models that use it expect.",
            {
                "0.044715 rounded": (
                    'F.gelu(x, approximate="tanh")',
                    "0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.045 * x**3)))",
                ),
                "0.44715": (
                    'F.gelu(x, approximate="tanh")',
                    "0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.44715 * x**3)))",
                ),
            },
        ),
        "another power": Kind(
            "You take another power of x in the small correction. With an even power it has the same sign on both "
            "sides of zero, so that it mends the curve on one side and spoils it on the other.",
            {
                "squared, not cubed": (
                    'F.gelu(x, approximate="tanh")',
                    "0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**2)))",
                )
            },
        ),
        "cubic term forgotten": Kind(
            "You leave out the cubic term. It is what bends the curve towards the normal distribution away from "
            "zero; without it, numbers around two come out wrong by some hundredths.",
            {
                "cubic term forgotten": (
                    'F.gelu(x, approximate="tanh")',
                    "0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * x))",
                )
            },
        ),
        "another factor inside the tangent": Kind(
            "The number by which you multiply inside the tangent is another: upside down, without its root, or with a "
            "root over a part of it. It sets how steep the curve is at zero, where most numbers lie.",
            {
                "root forgotten": (
                    'F.gelu(x, approximate="tanh")',
                    "0.5 * x * (1 + torch.tanh(2 / math.pi * (x + 0.044715 * x**3)))",
                ),
                "the root of pi / 2": (
                    'F.gelu(x, approximate="tanh")',
                    "0.5 * x * (1 + torch.tanh(math.sqrt(math.pi / 2) * (x + 0.044715 * x**3)))",
                ),
                "the root of 2 alone": (
                    'F.gelu(x, approximate="tanh")',
                    "0.5 * x * (1 + torch.tanh(math.sqrt(2) / math.pi * (x + 0.044715 * x**3)))",
                ),
            },
        ),
        "factor on one term only": Kind(
            "Your factor inside the tangent reaches x but not the cubic term. The correction then counts for more "
            "than it should, and the curve comes out too steep for larger numbers.",
            {
                "the root around x only": (
                    'F.gelu(x, approximate="tanh")',
                    "0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * x + 0.044715 * x**3))",
                )
            },
        ),
        "not halved": Kind(
            NOT_HALVED,
            {
                "not halved": (
                    'F.gelu(x, approximate="tanh")',
                    "x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))",
                )
            },
        ),
        "one forgotten": Kind(
            ONE_FORGOTTEN,
            {
                "one forgotten": (
                    'F.gelu(x, approximate="tanh")',
                    "0.5 * x * torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))",
                )
            },
        ),
        "another dtype": Kind(OTHER_DTYPE, {"result in float32": ("F.gelu(x,", "F.gelu(x.float(),")}),
        "gradient of a straight line": Kind(
            STRAIGHT_GRADIENT,
            {
                "gradient of a straight line": (
                    'F.gelu(x, approximate="tanh")',
                    'x + (F.gelu(x, approximate="tanh") - x).detach()',
                )
            },
        ),
    },
    "feed_forward.silu": {
        "not multiplied by x": Kind(NOT_MULTIPLIED_BY_X, {"the sigmoid alone": ("F.silu(x)", "x.sigmoid()")}),
        "GELU": Kind(
            "Your curve is that of GELU, or of an approximation of it, whose gate opens more steeply around zero. "
            "Llama and its relatives were trained with SiLU, and their weights give other results with this one.",
            {
                "1.702, as for GELU": ("F.silu(x)", "x * torch.sigmoid(1.702 * x)"),
                "GELU": ("F.silu(x)", "F.gelu(x)"),
            },
        ),
        "sign inside the sigmoid": Kind(
            "You hand the sigmoid the number with its sign turned. Positive numbers then become almost silent and "
            "negative ones pass, the wrong way round.",
            {"the sigmoid of -x": ("F.silu(x)", "x * torch.sigmoid(-x)")},
        ),
        "not a share": Kind(
            "You multiply by numbers that can be negative, where a share between zero and one is wanted. The sign of "
            "inputs is turned then, and what should be almost silent comes out large.",
            {
                "tanh in place of the sigmoid": ("F.silu(x)", "x * torch.tanh(x)"),
                "the logarithm of the sigmoid": ("F.silu(x)", "x * F.logsigmoid(x)"),
            },
        ),
        "softmax": Kind(
            "You weigh numbers by a softmax, for which they have to compete with each other. Each number should "
            "decide for itself how much of it passes, whatever stands beside it.",
            {"softmax in place of the sigmoid": ("F.silu(x)", "x * x.softmax(dim=-1)")},
        ),
        "exponentials that become infinite": Kind(
            "You divide by an exponential that becomes infinite where numbers are far below zero. The value is still "
            "right, but its gradient is not a number, and one of those is enough to ruin all weights.",
            {"divided by one plus an exponential": ("F.silu(x)", "x / (1 + torch.exp(-x))")},
        ),
        "another activation": Kind(
            "You use another activation, which resembles SiLU but bends in another way. Nothing breaks, but weights "
            "that were trained with SiLU give other results with it.",
            {
                "ReLU": ("F.silu(x)", "F.relu(x)"),
                "mish": ("F.silu(x)", "F.mish(x)"),
                "made of straight lines": ("F.silu(x)", "F.hardswish(x)"),
            },
        ),
        "changed in place": Kind(IN_PLACE, {"in place": ("F.silu(x)", "F.silu(x, inplace=True)")}),
        "gradient cut": Kind(GRADIENT_CUT, {"gradient of the gate cut": ("F.silu(x)", "x * x.sigmoid().detach()")}),
        "another dtype": Kind(OTHER_DTYPE, {"result in float32": ("F.silu(x)", "F.silu(x.float())")}),
        "gradient of a straight line": Kind(
            STRAIGHT_GRADIENT, {"gradient of a straight line": ("F.silu(x)", "x + (F.silu(x) - x).detach()")}
        ),
    },
    "feed_forward.MLP.__init__": {
        "super().__init__() forgotten": Kind(
            NO_SETUP, {"super().__init__() forgotten": ("super().__init__()", "pass")}
        ),
        "bias not by the configuration": Kind(
            BIAS_SETTING,
            {
                "up always with a bias": (
                    "nn.Linear(config.n_embd, hidden, bias=config.bias)",
                    "nn.Linear(config.n_embd, hidden)",
                ),
                "down always with a bias": (
                    "nn.Linear(hidden, config.n_embd, bias=config.bias)",
                    "nn.Linear(hidden, config.n_embd)",
                ),
                "up never with a bias": (
                    "nn.Linear(config.n_embd, hidden, bias=config.bias)",
                    "nn.Linear(config.n_embd, hidden, bias=False)",
                ),
                "down never with a bias": (
                    "nn.Linear(hidden, config.n_embd, bias=config.bias)",
                    "nn.Linear(hidden, config.n_embd, bias=False)",
                ),
            },
        ),
        "another width": Kind(
            "Your hidden width is smaller than the one that an ordinary MLP has where none is asked for. It has less "
            "room for detectors, and the weights of a public model do not fit.",
            {
                "only twice as wide": ("4 * config.n_embd", "2 * config.n_embd"),
                "8/3 as wide": ("4 * config.n_embd", "8 * config.n_embd // 3"),
            },
        ),
        "width hard-coded": Kind(HARD_CODED, {"width hard-coded": ("4 * config.n_embd", "96")}),
        "width asked for ignored": Kind(WIDTH_IGNORED, {"the width asked for ignored": ("config.ffn_hidden or ", "")}),
        "width asked for enlarged": Kind(
            "You multiply the hidden width even where one is asked for. That number is the width itself: the layer "
            "comes out several times as large as was wanted, in memory and in time.",
            {
                "the width asked for times four": (
                    "config.ffn_hidden or 4 * config.n_embd",
                    "4 * (config.ffn_hidden or config.n_embd)",
                )
            },
        ),
        "no width of its own": Kind(
            "You take the hidden width from the configuration alone. Most configurations leave it open, and then "
            "there is no number to make a layer of, and the model cannot be built.",
            {"a width that was not asked for": ("config.ffn_hidden or 4 * config.n_embd", "config.ffn_hidden")},
        ),
        "back to front": Kind(
            BACK_TO_FRONT,
            {
                "up and down swapped": (
                    "self.up_proj = nn.Linear(config.n_embd, hidden,",
                    "self.up_proj = nn.Linear(hidden, config.n_embd,",
                )
            },
        ),
        "part under another name": Kind(
            "You keep down_proj under another name than the task gives it. The forward pass looks for it under that "
            "name, and so do saved models and the functions that draw its first weights.",
            {"down_proj under another name": ("self.down_proj", "self.out_proj")},
        ),
        "sizes in a tuple": Kind(
            "You hand a layer both of its sizes as one pair. A linear layer takes them one by one: with the pair, "
            "one size is missing, and the model cannot be built.",
            {
                "sizes in a tuple": (
                    "nn.Linear(hidden, config.n_embd, bias",
                    "nn.Linear((hidden, config.n_embd), bias",
                )
            },
        ),
        "part missing": Kind(
            "You never create the activation or the dropout, which forward needs besides the two layers. It asks for "
            "both of them, and stops with an error at the one that is missing.",
            {
                "activation forgotten": (
                    'self.activation = choose(ACTIVATIONS, "activation", config.activation)',
                    "pass",
                ),
                "dropout forgotten": ("self.dropout = nn.Dropout(config.dropout)", "pass"),
            },
        ),
        "setting kept, nothing made of it": Kind(
            "You keep the setting itself, a name or a number, and not what it stands for. The forward pass wants to "
            "call what you have kept, and stops with an error.",
            {
                "activation by name only": (
                    'choose(ACTIVATIONS, "activation", config.activation)',
                    "config.activation",
                ),
                "dropout by number only": (
                    "self.dropout = nn.Dropout(config.dropout)",
                    "self.dropout = config.dropout",
                ),
            },
        ),
        "activation fixed": Kind(
            ACTIVATION_FIXED,
            {
                "always the squared ReLU": ('choose(ACTIVATIONS, "activation", config.activation)', "relu2"),
                "always GELU": ('choose(ACTIVATIONS, "activation", config.activation)', "gelu"),
            },
        ),
        "dropout of torch's default": Kind(
            DROPOUT_DEFAULT,
            {
                "dropout of torch's default": (
                    "self.dropout = nn.Dropout(config.dropout)",
                    "self.dropout = nn.Dropout()",
                )
            },
        ),
        "share that is kept": Kind(
            "You hand dropout the share of numbers to keep, where it wants the share to drop. A setting of a tenth "
            "would then drop nine tenths, and a setting of zero would drop everything.",
            {
                "the share that is kept": (
                    "self.dropout = nn.Dropout(config.dropout)",
                    "self.dropout = nn.Dropout(1 - config.dropout)",
                )
            },
        ),
    },
    "feed_forward.MLP.forward": {
        "no activation": Kind(
            "You leave out the activation between the two layers. Two linear layers in a row can do no more than a "
            "single one, however wide they are, so that most of the weights are wasted.",
            {"nothing between": ("self.activation(self.up_proj(x))", "self.up_proj(x)")},
        ),
        "activation fixed": Kind(
            ACTIVATION_FIXED,
            {
                "always the squared ReLU": ("self.activation(self.up_proj(x))", "F.relu(self.up_proj(x)).square()"),
                "always GELU": ("self.activation(self.up_proj(x))", "F.gelu(self.up_proj(x))"),
            },
        ),
        "activation and more": Kind(
            "You change what the activation gives once more, by a second activation or by a square. Large numbers "
            "grow out of proportion or small ones vanish, and trained weights give other results.",
            {
                "activation twice": (
                    "self.activation(self.up_proj(x))",
                    "self.activation(self.activation(self.up_proj(x)))",
                ),
                "activation squared": ("self.activation(self.up_proj(x))", "self.activation(self.up_proj(x)).square()"),
            },
        ),
        "activation in another place": Kind(
            "Your activation does not stand between the two layers. With nothing between them they do no more than a "
            "single one, and the wide room for hidden numbers is wasted.",
            {
                "activation on the input": ("self.activation(self.up_proj(x))", "self.up_proj(self.activation(x))"),
                "activation at the end": (
                    "self.down_proj(self.activation(self.up_proj(x)))",
                    "self.activation(self.down_proj(self.up_proj(x)))",
                ),
            },
        ),
        "activation at the end too": Kind(
            "You apply the activation a second time, to the result. What is negative there is cut off or nearly so, "
            "and the MLP can then only add to the stream and hardly ever subtract from it.",
            {
                "activation at the end too": (
                    "self.down_proj(self.activation(self.up_proj(x)))",
                    "self.activation(self.down_proj(self.activation(self.up_proj(x))))",
                )
            },
        ),
        "down_proj forgotten": Kind(
            "You return the hidden numbers without bringing them back through down_proj. They are too many for the "
            "residual stream, and what the single detectors found is never put together.",
            {
                "down forgotten": (
                    "self.down_proj(self.activation(self.up_proj(x)))",
                    "self.activation(self.up_proj(x))",
                )
            },
        ),
        "bias forgotten": Kind(
            BIAS_FORGOTTEN,
            {
                "bias of up forgotten": ("self.up_proj(x)", "(x @ self.up_proj.weight.T)"),
                "bias of down forgotten": (
                    "self.down_proj(self.activation(self.up_proj(x)))",
                    "self.activation(self.up_proj(x)) @ self.down_proj.weight.T",
                ),
            },
        ),
        "residual added here too": Kind(
            RESIDUAL_HERE, {"residual added here too": ("return self.dropout", "return x + self.dropout")}
        ),
        "norm added here too": Kind(
            "You norm the input here. Where norms stand is for the block to say: most blocks have one in front of "
            "the MLP already, and those that leave it out do so on purpose.",
            {"norm added here too": ("self.up_proj(x)", "self.up_proj(F.rms_norm(x, x.shape[-1:]))")},
        ),
        "dropout forgotten": Kind(
            DROPOUT_FORGOTTEN,
            {
                "dropout forgotten": (
                    "self.dropout(self.down_proj(self.activation(self.up_proj(x))))",
                    "self.down_proj(self.activation(self.up_proj(x)))",
                )
            },
        ),
        "dropout before down_proj": Kind(
            DROPOUT_BEFORE_DOWN,
            {
                "dropout before down_proj": (
                    "self.dropout(self.down_proj(self.activation(self.up_proj(x))))",
                    "self.down_proj(self.dropout(self.activation(self.up_proj(x))))",
                )
            },
        ),
        "dropout twice": Kind(
            "You drop numbers at two places in a row, where one is enough. More is lost in training than the setting "
            "says, and the setting no longer means the same as in other models.",
            {
                "dropout before down_proj too": (
                    "self.activation(self.up_proj(x))",
                    "self.dropout(self.activation(self.up_proj(x)))",
                ),
                "dropout twice": (
                    "self.dropout(self.down_proj(self.activation(self.up_proj(x))))",
                    "self.dropout(self.dropout(self.down_proj(self.activation(self.up_proj(x)))))",
                ),
            },
        ),
        "dropout in evaluation too": Kind(
            DROPOUT_ALWAYS,
            {
                "dropout in evaluation too": (
                    "self.dropout(self.down_proj(self.activation(self.up_proj(x))))",
                    "F.dropout(self.down_proj(self.activation(self.up_proj(x))), self.dropout.p)",
                )
            },
        ),
        "rest not enlarged": Kind(
            "In training you undo that dropout enlarges the numbers that are left. On average the result is then "
            "smaller in training than in evaluation, and the layers behind it meet another size than they were "
            "trained on.",
            {
                "dropout that does not enlarge the rest": (
                    "self.dropout(self.down_proj(self.activation(self.up_proj(x))))",
                    "self.dropout(self.down_proj(self.activation(self.up_proj(x)))) * (1 - self.dropout.p * "
                    "self.training)",
                )
            },
        ),
        "changed in place": Kind(
            IN_PLACE, {"input changed in place": ("self.up_proj(x)", "self.up_proj(x.mul_(0.5))")}
        ),
        "gradient cut": Kind(
            GRADIENT_CUT,
            {
                "gradient cut in the middle": (
                    "self.activation(self.up_proj(x))",
                    "self.activation(self.up_proj(x)).detach()",
                )
            },
        ),
        "nothing returned": Kind(NOTHING_RETURNED, {"result missing": ("return self", "self")}),
    },
    "feed_forward.GatedMLP.__init__": {
        "super().__init__() forgotten": Kind(
            NO_SETUP, {"super().__init__() forgotten": ("super().__init__()", "pass")}
        ),
        "as wide as an ordinary MLP": Kind(
            "You make the hidden width that of an ordinary MLP. With three matrices instead of two the layer then "
            "has half as many weights again, and comparing the two kinds is no longer fair.",
            {
                "as wide as an ordinary MLP": (
                    "math.ceil(8 * config.n_embd / 3 / config.ffn_multiple_of) * config.ffn_multiple_of",
                    "4 * config.n_embd",
                )
            },
        ),
        "another share of the width": Kind(
            "Your hidden width is another share of the model's, much smaller than it should be. A gated MLP is to "
            "have as many weights as an ordinary one; with fewer it can learn less.",
            {
                "3/8 as wide": ("8 * config.n_embd / 3", "3 * config.n_embd / 8"),
                "2/3 as wide": ("8 * config.n_embd / 3", "2 * config.n_embd / 3"),
            },
        ),
        "not a multiple": Kind(
            "Your hidden width is not brought to a multiple of the number that is asked for. Hardware multiplies "
            "matrices of round sizes fastest, and the weights of public models have the rounded width.",
            {
                "not rounded": (
                    "math.ceil(8 * config.n_embd / 3 / config.ffn_multiple_of) * config.ffn_multiple_of",
                    "8 * config.n_embd // 3",
                ),
                "rounded, but not multiplied back": (" / config.ffn_multiple_of) * config.ffn_multiple_of", ")"),
            },
        ),
        "not always rounded up": Kind(
            "Your hidden width is not always rounded up: a fraction that is cut off, or rounded down, can make it "
            "one multiple smaller. For some sizes of model the weights of public models do not fit then.",
            {
                "rounded down": ("math.ceil(", "math.floor("),
                "rounded to the nearest": ("math.ceil(", "round("),
                "cut to a whole number before it is rounded up": (
                    "8 * config.n_embd / 3 /",
                    "8 * config.n_embd // 3 /",
                ),
            },
        ),
        "one multiple too many": Kind(
            "You go on to the next multiple even where the width is one already. The layer gets larger than it needs "
            "to be, and the weights of public models of such sizes do not fit.",
            {
                "always one multiple more": (
                    "math.ceil(8 * config.n_embd / 3 / config.ffn_multiple_of) *",
                    "(8 * config.n_embd // (3 * config.ffn_multiple_of) + 1) *",
                )
            },
        ),
        "multiple hard-coded": Kind(
            HARD_CODED,
            {
                "always a multiple of 8": (
                    "math.ceil(8 * config.n_embd / 3 / config.ffn_multiple_of) * config.ffn_multiple_of",
                    "math.ceil(config.n_embd / 3) * 8",
                )
            },
        ),
        "width asked for ignored": Kind(WIDTH_IGNORED, {"the width asked for ignored": ("config.ffn_hidden or ", "")}),
        "width asked for rounded": Kind(
            "You round the hidden width even where one is asked for. That number is meant as it is: rounded, the "
            "layer is larger than was wanted and the weights of a model with this width do not fit.",
            {
                "the width asked for rounded up too": (
                    "config.ffn_hidden or math.ceil(8 * config.n_embd / 3 /",
                    "math.ceil((config.ffn_hidden or 8 * config.n_embd / 3) /",
                )
            },
        ),
        "one matrix for both": Kind(
            "You use one matrix both as the gate and as what it acts on. The layer then cannot learn one thing to "
            "say and another that decides when to say it, and a third of its weights is missing.",
            {
                "one matrix for both": (
                    "self.up_proj = nn.Linear(config.n_embd, hidden, bias=config.bias)",
                    "self.up_proj = self.gate_proj",
                )
            },
        ),
        "gate of another shape": Kind(
            "Your gate takes or gives another number of numbers than it should. It reads the token, as up_proj does, "
            "and each hidden number is to have a gate of its own.",
            {
                "one matrix, twice as wide": (
                    "self.gate_proj = nn.Linear(config.n_embd, hidden, bias=config.bias)",
                    "self.gate_proj = nn.Linear(config.n_embd, 2 * hidden, bias=config.bias)",
                ),
                "a single gate": (
                    "self.gate_proj = nn.Linear(config.n_embd, hidden,",
                    "self.gate_proj = nn.Linear(config.n_embd, 1,",
                ),
                "a gate behind up_proj": (
                    "self.gate_proj = nn.Linear(config.n_embd, hidden,",
                    "self.gate_proj = nn.Linear(hidden, hidden,",
                ),
            },
        ),
        "part missing": Kind(
            "You never create the gate, the activation or the dropout. The forward pass asks for each of them, and "
            "stops with an error at the one that is missing.",
            {
                "no gate": ("self.gate_proj = nn.Linear(config.n_embd, hidden, bias=config.bias)", "pass"),
                "activation forgotten": (
                    'self.activation = choose(ACTIVATIONS, "activation", config.activation)',
                    "pass",
                ),
                "dropout forgotten": ("self.dropout = nn.Dropout(config.dropout)", "pass"),
            },
        ),
        "bias not by the configuration": Kind(
            BIAS_SETTING,
            {
                "gate never with a bias": (
                    "self.gate_proj = nn.Linear(config.n_embd, hidden, bias=config.bias)",
                    "self.gate_proj = nn.Linear(config.n_embd, hidden, bias=False)",
                ),
                "gate always with a bias": (
                    "self.gate_proj = nn.Linear(config.n_embd, hidden, bias=config.bias)",
                    "self.gate_proj = nn.Linear(config.n_embd, hidden)",
                ),
                "down never with a bias": (
                    "nn.Linear(hidden, config.n_embd, bias=config.bias)",
                    "nn.Linear(hidden, config.n_embd, bias=False)",
                ),
            },
        ),
        "back to front": Kind(
            BACK_TO_FRONT,
            {"down_proj back to front": ("nn.Linear(hidden, config.n_embd", "nn.Linear(config.n_embd, hidden")},
        ),
        "part under another name": Kind(
            "You keep the gate under a name from Llama's first code. The forward pass and saved models look for it "
            "under the name in the task, and do not find it.",
            {"names of Llama's first code": ("self.gate_proj", "self.w1")},
        ),
        "activation fixed": Kind(
            ACTIVATION_FIXED,
            {
                "always SiLU": ('choose(ACTIVATIONS, "activation", config.activation)', "silu"),
                "always GELU": ('choose(ACTIVATIONS, "activation", config.activation)', "gelu"),
            },
        ),
        "dropout of torch's default": Kind(
            DROPOUT_DEFAULT,
            {
                "dropout of torch's default": (
                    "self.dropout = nn.Dropout(config.dropout)",
                    "self.dropout = nn.Dropout()",
                )
            },
        ),
    },
    "feed_forward.GatedMLP.forward": {
        "activation on the wrong branch": Kind(
            "You apply the activation to up_proj's numbers and leave the gate's as they are. The two have changed "
            "roles then: a model that you train yourself gets by, but the weights of a public one give nonsense.",
            {
                "activation on the wrong branch": (
                    "self.activation(self.gate_proj(x)) * self.up_proj(x)",
                    "self.gate_proj(x) * self.activation(self.up_proj(x))",
                )
            },
        ),
        "activation on both": Kind(
            "You apply the activation to both branches. Only the gate needs it: what the gate lets through should "
            "keep its sign, or the hidden numbers can hardly become negative.",
            {"activation on both": ("* self.up_proj(x)", "* self.activation(self.up_proj(x))")},
        ),
        "activation on the product": Kind(
            "You multiply first and apply the activation to the product. The gate then no longer opens and closes by "
            "itself: two negative numbers make a positive one, which gets through.",
            {
                "activation on the product": (
                    "self.activation(self.gate_proj(x)) * self.up_proj(x)",
                    "self.activation(self.gate_proj(x) * self.up_proj(x))",
                )
            },
        ),
        "no activation": Kind(
            "You leave the gate's numbers as they are, without the activation. Then there is no gate that closes: "
            "its negative numbers turn the sign of what they should silence.",
            {"no activation": ("self.activation(self.gate_proj(x))", "self.gate_proj(x)")},
        ),
        "activation fixed": Kind(
            ACTIVATION_FIXED,
            {
                "always SiLU": ("self.activation(self.gate_proj(x))", "F.silu(self.gate_proj(x))"),
                "a sigmoid gate": ("self.activation(self.gate_proj(x))", "self.gate_proj(x).sigmoid()"),
            },
        ),
        "added, not multiplied": Kind(
            "You add the gate's numbers instead of multiplying by them. A gate of zero should silence a hidden "
            "number; added, it leaves that number as it is.",
            {"added, not multiplied": (") * self.up_proj(x)", ") + self.up_proj(x)")},
        ),
        "gate forgotten": Kind(
            "Your gate plays no part in the result, which is that of an ordinary MLP. A third of the layer's weights "
            "gets no gradient, and the rest has less width than an ordinary MLP would have.",
            {
                "gate forgotten": (
                    "self.activation(self.gate_proj(x)) * self.up_proj(x)",
                    "self.activation(self.up_proj(x))",
                )
            },
        ),
        "up_proj unused": Kind(
            "up_proj plays no part in your result: the gate is left alone, or multiplied by its own input. There is "
            "nothing separate for it to let through or hold back, and a third of the weights never learns.",
            {
                "up_proj forgotten": (" * self.up_proj(x)", ""),
                "the gate twice": ("* self.up_proj(x)", "* self.gate_proj(x)"),
            },
        ),
        "gate on the result": Kind(
            "You bring both branches back through down_proj and multiply only then. The gate should act on each "
            "hidden number: behind down_proj they are mixed already, and it can no longer choose between them.",
            {
                "the gate on the result": (
                    "self.down_proj(self.activation(self.gate_proj(x)) * self.up_proj(x))",
                    "self.down_proj(self.activation(self.gate_proj(x))) * self.down_proj(self.up_proj(x))",
                )
            },
        ),
        "bias forgotten": Kind(
            BIAS_FORGOTTEN,
            {
                "bias of the gate forgotten": ("self.gate_proj(x)", "x @ self.gate_proj.weight.T"),
                "bias of down forgotten": (
                    "self.down_proj(self.activation(self.gate_proj(x)) * self.up_proj(x))",
                    "(self.activation(self.gate_proj(x)) * self.up_proj(x)) @ self.down_proj.weight.T",
                ),
            },
        ),
        "residual added here too": Kind(
            RESIDUAL_HERE, {"residual added here too": ("return self.dropout", "return x + self.dropout")}
        ),
        "dropout forgotten": Kind(
            DROPOUT_FORGOTTEN, {"dropout forgotten": ("self.dropout(self.down_proj(", "(self.down_proj(")}
        ),
        "dropout before down_proj": Kind(
            DROPOUT_BEFORE_DOWN,
            {"dropout before down_proj": ("self.dropout(self.down_proj(", "self.down_proj(self.dropout(")},
        ),
        "dropout in evaluation too": Kind(
            DROPOUT_ALWAYS,
            {
                "dropout in evaluation too": (
                    "self.dropout(self.down_proj(self.activation(self.gate_proj(x)) * self.up_proj(x)))",
                    "F.dropout(self.down_proj(self.activation(self.gate_proj(x)) * self.up_proj(x)), self.dropout.p)",
                )
            },
        ),
        "three axes taken for granted": Kind(
            "You split the shape into exactly three axes. A mixture of experts hands its experts a plain list of "
            "tokens, with two axes, and your code stops with an error there.",
            {
                "three axes taken for granted": (
                    "return self.dropout",
                    "B, T, C = x.shape\n        return self.dropout",
                )
            },
        ),
        "gradient cut": Kind(
            GRADIENT_CUT, {"gradient of the gate cut": ("self.gate_proj(x)", "self.gate_proj(x).detach()")}
        ),
        "nothing returned": Kind(NOTHING_RETURNED, {"result missing": ("return self", "self")}),
    },
    "feed_forward.load_balance_loss": {
        "number of experts not a factor": Kind(
            "The number of experts does not end up as a factor in your result: it is missing, undone by a mean, or "
            "divided by. The same evenness then gives a smaller loss the more experts there are.",
            {
                "factor E forgotten": ("return E * ", "return "),
                "divided by E": (
                    "return E * (share * probability.mean(dim=0)).sum()",
                    "return (share * probability.mean(dim=0)).sum() / E",
                ),
                "mean over the experts": (".sum()", ".mean()"),
            },
        ),
        "share of all choices": Kind(
            "You divide by the number of all choices, where the number of tokens is wanted. The loss comes out "
            "smaller by as many times as each token visits experts, so that the same weight on it balances less.",
            {"share of all choices": (" / N", " / chosen.numel()")},
        ),
        "grows with the number of tokens": Kind(
            "You leave out a division by the number of tokens, or divide by another number in its place. The loss "
            "then grows with the size of the batch, and soon drowns what the model should learn.",
            {
                "a count, not a share": (" / N", ""),
                "divided by the number of experts": (" / N", " / E"),
                "divided by the number of choices per token": (" / N", " / chosen.shape[1]"),
                "sum of probabilities, not their mean": (".mean(dim=0)", ".sum(dim=0)"),
            },
        ),
        "experts that nobody chose left out": Kind(
            "You count only as far as the last expert that somebody chose. Where the experts after it stay empty "
            "there are fewer counts than experts, and the code stops when balance is needed most.",
            {"minlength forgotten": (", minlength=E", "")},
        ),
        "sum forgotten": Kind(
            "You return one number for each expert, without adding them up. A loss is a single number: nobody can "
            "start a backward pass from several.",
            {"sum forgotten": (".sum()", "")},
        ),
        "mean over the experts' axis": Kind(
            "Your mean takes in all experts, where each should have one of its own, over the tokens. The "
            "probabilities of all experts always average to the same, so that the router is never told which of them "
            "to avoid.",
            {
                "mean over the wrong axis": ("dim=0", "dim=1"),
                "mean over everything": (".mean(dim=0)", ".mean()"),
            },
        ),
        "first choice only": Kind(
            "You count only the first choice of each token. With several active experts, those that are always "
            "second look idle, however much work they get.",
            {"only the first choice counted": ("chosen.flatten()", "chosen[:, 0]")},
        ),
        "shares squared": Kind(
            "You multiply the shares by themselves, and the probabilities play no part. Shares are counts, through "
            "which no gradient flows, so that the router never learns from this loss.",
            {"shares squared": ("share * probability.mean(dim=0)", "share * share")},
        ),
        "probabilities squared": Kind(
            "You multiply the probabilities by themselves, and what was really chosen plays no part. An expert can "
            "be nearly always chosen with a probability only a little ahead: this loss does not see it.",
            {"probabilities squared": ("share * probability.mean(dim=0)", "probability.mean(dim=0).square()")},
        ),
        "added, not multiplied": Kind(
            "You add shares and probabilities where each pair should be multiplied. Their sum over all experts is "
            "always the same, however uneven the choices are, so that nothing is learned from it.",
            {"added, not multiplied": ("share * probability", "share + probability")},
        ),
        "distance from even": Kind(
            "You take something off each share before it counts, which lowers the loss by the same amount whatever "
            "the choices are. It no longer shows the number of active experts where all are equally busy.",
            {"distance from even": ("share * probability.mean(dim=0)", "(share - 1 / E) * probability.mean(dim=0)")},
        ),
        "sign": Kind(
            "Your loss has the wrong sign. Training makes it small, and would now reward a router that sends every "
            "token to the same few experts.",
            {"sign": ("return E", "return -E")},
        ),
        "gradient lost": Kind(GRADIENT_CUT, {"gradient lost": ("probability.mean(", "probability.detach().mean(")}),
        "N and E swapped": Kind(
            "You take the first axis for the experts and the second for the tokens. Counts and divisions then go by "
            "the wrong number, and the code stops or gives a loss that depends on the size of the batch.",
            {"N and E swapped": ("N, E = probability.shape", "E, N = probability.shape")},
        ),
        "a Python number": Kind(
            "You turn the result into an ordinary Python number. It has the right value, but no gradient goes back "
            "from it, so that the router never learns to spread the tokens.",
            {"a Python number": (".sum()", ".sum().item()")},
        ),
    },
    "feed_forward.MoE.__init__": {
        "super().__init__() forgotten": Kind(
            NO_SETUP, {"super().__init__() forgotten": ("super().__init__()", "pass")}
        ),
        "router with a bias": Kind(
            "You let the router have a bias, always or where the configuration asks for biases. It would prefer some "
            "experts whatever the token is, and saved models hold no bias for it.",
            {
                "router with a bias": (", bias=False)", ")"),
                "router with a bias where config.bias says so": ("bias=False", "bias=config.bias"),
            },
        ),
        "back to front": Kind(
            BACK_TO_FRONT,
            {
                "router back to front": (
                    "(config.n_embd, config.n_expert, bias",
                    "(config.n_expert, config.n_embd, bias",
                )
            },
        ),
        "as many as are active": Kind(
            "You create only as many scores, or as many experts, as a single token visits. The router is to choose "
            "among all: experts without a score are never visited, and scores without an expert lead nowhere.",
            {
                "router for the active experts only": (
                    "(config.n_embd, config.n_expert, bias",
                    "(config.n_embd, config.n_expert_active, bias",
                ),
                "only the active experts": ("range(config.n_expert)", "range(config.n_expert_active)"),
            },
        ),
        "one expert too many": Kind(
            "You create one expert more than the configuration asks for. The router has no score for it, so that no "
            "token ever visits it: its weights take memory and never learn.",
            {"one expert too many, shared by all": ("range(config.n_expert)", "range(config.n_expert + 1)")},
        ),
        "part missing": Kind(
            "You never keep something that forward needs: the router, the number of experts to visit, or the weight "
            "of the loss that balances. It asks for each of them, and stops with an error at the one that is missing.",
            {
                "router forgotten": ("self.router = nn.Linear(config.n_embd, config.n_expert, bias=False)", "pass"),
                "n_active forgotten": ("self.n_active = config.n_expert_active", "pass"),
                "balance_loss_weight forgotten": ("self.balance_loss_weight = config.balance_loss_weight", "pass"),
            },
        ),
        "part under another name": Kind(
            "You keep the router under another name than the task gives it. The forward pass and saved models look "
            "for it under that name, and do not find it.",
            {"router under another name": ("self.router = ", "self.gate = ")},
        ),
        "one expert many times": Kind(
            "You create a single expert and put it into the list many times. All entries share the same weights, so "
            "that it makes no difference to which of them the router sends a token.",
            {
                "one expert many times": (
                    "nn.ModuleList(GatedMLP(config) for _ in range(config.n_expert))",
                    "nn.ModuleList([GatedMLP(config)] * config.n_expert)",
                )
            },
        ),
        "experts in a list": Kind(
            "You keep the experts in an ordinary Python list, which torch does not look into. Their weights are no "
            "part of the model then: the optimizer never trains them, and they are neither moved to a GPU nor saved.",
            {
                "experts in a list": (
                    "nn.ModuleList(GatedMLP(config) for _ in range(config.n_expert))",
                    "[GatedMLP(config) for _ in range(config.n_expert)]",
                )
            },
        ),
        "ordinary MLPs": Kind(
            "You make ordinary MLPs of the experts, without a gate. Here each expert is a gated MLP, as in Mixtral, "
            "and the weights of such a model find no gate to go to.",
            {"ordinary MLPs": ("ModuleList(GatedMLP(config)", "ModuleList(MLP(config)")},
        ),
        "all experts active": Kind(
            "You keep the number of all experts as the number that a token visits. Every token would then pay for "
            "every expert, which is what a mixture of experts is there to avoid.",
            {
                "n_active is the number of experts": (
                    "self.n_active = config.n_expert_active",
                    "self.n_active = config.n_expert",
                )
            },
        ),
        "setting hard-coded": Kind(
            HARD_CODED,
            {
                "always two active": ("self.n_active = config.n_expert_active", "self.n_active = 2"),
                "balance_loss_weight hard-coded": ("config.balance_loss_weight", "0.01"),
            },
        ),
    },
    "feed_forward.MoE.forward": {
        "weights do not sum to one": Kind(
            "You do not divide the weights of the chosen experts by their own sum. They should share the whole say: "
            "otherwise the result is too small, most of all where the router is unsure.",
            {
                "weights not normalised": ("(weight / weight.sum(dim=-1, keepdim=True))", "weight"),
                "weights normalised by their number": ("weight.sum(dim=-1, keepdim=True)", "self.n_active"),
            },
        ),
        "shared out among the tokens": Kind(
            "You divide by a sum that runs over the tokens. Each token's weights then depend on the other tokens, "
            "later ones and other sequences among them, where its experts should share the say among themselves.",
            {
                "weights normalised over all tokens": ("weight.sum(dim=-1, keepdim=True)", "weight.sum()"),
                "weights normalised over the tokens": (
                    "weight.sum(dim=-1, keepdim=True)",
                    "weight.sum(dim=0, keepdim=True)",
                ),
                "softmax over the tokens": ("scores.softmax(dim=-1,", "scores.softmax(dim=0,"),
            },
        ),
        "softmax twice": Kind(
            "You send the chosen probabilities through another softmax. They sum to one then, but lie closer "
            "together: even a router that is quite sure can no longer give the best expert nearly all the say.",
            {
                "softmax once more over the probabilities": (
                    "(weight / weight.sum(dim=-1, keepdim=True))",
                    "weight.softmax(dim=-1)",
                )
            },
        ),
        "sigmoid": Kind(
            "You score every expert by itself, with a sigmoid. The same experts are chosen, but with other weights "
            "than by a softmax, and the loss that balances no longer reads probabilities that sum to one.",
            {"sigmoid": ("scores.softmax(dim=-1, dtype=", "scores.sigmoid().to(")},
        ),
        "no softmax": Kind(
            "You take the router's scores as they are for probabilities. Scores can be negative and can sum to "
            "almost zero, so that the weights made of them become negative or huge.",
            {"no softmax": ("scores.softmax(dim=-1, dtype=", "scores.to(")},
        ),
        "too narrow": Kind(
            TOO_NARROW,
            {
                "softmax not widened": (", dtype=torch.promote_types(x.dtype, torch.float32))", ")"),
                "softmax widened too late": (
                    ", dtype=torch.promote_types(x.dtype, torch.float32))",
                    ").to(torch.promote_types(x.dtype, torch.float32))",
                ),
            },
        ),
        "worst experts": Kind(
            "You choose the experts that the router finds least fit. Those that could make most of a token never see "
            "it, and what a high score means is turned around.",
            {
                "the worst experts": (
                    "probability.topk(self.n_active, dim=-1)",
                    "probability.topk(self.n_active, dim=-1, largest=False)",
                )
            },
        ),
        "chosen along the tokens' axis": Kind(
            "You look for the largest probabilities along the tokens, not along the experts. The experts then pick "
            "tokens, later ones and other sequences among them, where every token should pick its experts by itself.",
            {"the best tokens for each expert": ("topk(self.n_active, dim=-1)", "topk(self.n_active, dim=0)")},
        ),
        "another number of experts": Kind(
            "Your code settles how many experts a token visits, where a setting should say it. With fewer the result "
            "lacks what the others had to add; with more, every token costs more time than was meant.",
            {
                "only the best expert": ("topk(self.n_active,", "topk(1,"),
                "all experts": ("topk(self.n_active,", "topk(len(self.experts),"),
                "always two experts": ("topk(self.n_active,", "topk(2,"),
            },
        ),
        "left to chance": Kind(
            "You let chance have a say in which experts a token visits. The same text then gives other logits every "
            "time, also when the model is measured or writes.",
            {
                "chosen by chance": (
                    "weight, chosen = probability.topk(self.n_active, dim=-1)",
                    "chosen = probability.multinomial(self.n_active)\n        weight = probability.gather(-1, chosen)",
                ),
                "noise added to the scores": (
                    "scores = self.router(tokens)",
                    "scores = self.router(tokens)\n        scores = scores + 0.1 * torch.randn_like(scores)",
                ),
            },
        ),
        "weights not applied": Kind(
            "You add up the experts' results without their weights. A first choice counts no more than a last one, "
            "the sum grows with the number of experts visited, and the router learns nothing from what they say.",
            {"weights not applied": (" * weight[token, rank, None]", "")},
        ),
        "weights on what the expert reads": Kind(
            "You multiply what an expert reads by its weight, and not what it gives. An expert is not linear: fed "
            "with a smaller token it does not give the same answer made smaller.",
            {
                "weights on what the expert reads": (
                    "expert(tokens[token]) * weight[token, rank, None]",
                    "expert(tokens[token] * weight[token, rank, None])",
                )
            },
        ),
        "weight of another": Kind(
            "The weight by which you multiply can be that of another expert or another token. It has to be the one "
            "with which this token chose this expert, at the rank where it stands.",
            {
                "weight of the first choice": ("weight[token, rank, None]", "weight[token, 0, None]"),
                "weights in the order of the experts": (
                    "weight[token, rank, None]",
                    "weight[token, number % self.n_active, None]",
                ),
                "weights of other tokens": ("weight[token, rank, None]", "weight[: len(token), :1]"),
            },
        ),
        "expert works for other tokens": Kind(
            "Your expert reads the first tokens of the row, or its results are added to them, instead of those that "
            "chose it. Tokens then get answers that were meant for others.",
            {
                "experts read other tokens": ("expert(tokens[token])", "expert(tokens[: len(token)])"),
                "results written in order": (
                    "out.index_add_(0, token, ",
                    "out.index_add_(0, torch.arange(len(token)), ",
                ),
            },
        ),
        "last expert wins": Kind(
            "You write an expert's result over what other experts have given the same token. Only the one with the "
            "highest number is left then, with a weight that is only part of the whole.",
            {
                "the last expert wins": (
                    "out.index_add_(0, token, expert(tokens[token]) * weight[token, rank, None])",
                    "out[token] = expert(tokens[token]) * weight[token, rank, None]",
                )
            },
        ),
        "token and rank swapped": Kind(
            "You take the rank of a choice for the number of its token, and the other way round. Only the first few "
            "tokens are ever read or written, and weights are looked up in wrong places, or where there are none.",
            {"token and rank swapped": ("token, rank = (chosen", "rank, token = (chosen")},
        ),
        "counted from one": Kind(
            "You count the experts from one, but the choices count them from zero. Experts get the tokens of their "
            "neighbours, and those that chose the first expert visit nobody in its place.",
            {"experts counted from one": ("enumerate(self.experts)", "enumerate(self.experts, 1)")},
        ),
        "one expert for all": Kind(
            "You send all tokens to one expert, whatever they have chosen. The others never run and never learn, and "
            "the choice has no effect on the result.",
            {"always the first expert": ("expert(tokens[token])", "self.experts[0](tokens[token])")},
        ),
        "experts by rank": Kind(
            "You go by the rank of a choice, not by the expert that was chosen. One expert gets every token's first "
            "choice, the next every second one, and the rest nothing: the router no longer routes.",
            {
                "experts chosen by rank": (
                    "(chosen == number)",
                    "(torch.arange(self.n_active).expand_as(chosen) == number)",
                )
            },
        ),
        "residual added here too": Kind(
            RESIDUAL_HERE, {"residual added here too": ("torch.zeros_like(tokens)", "tokens.clone()")}
        ),
        "changed in place": Kind(IN_PLACE, {"written into the input": ("torch.zeros_like(tokens)", "tokens")}),
        "sequences and positions swapped": Kind(
            "You swap sequences and positions before you lay the tokens in a row, and never swap them back. The "
            "results then end up at the places of other tokens.",
            {
                "sequences and positions swapped": (
                    "tokens = x.flatten(0, 1)",
                    "tokens = x.transpose(0, 1).flatten(0, 1)",
                )
            },
        ),
        "not unflattened": Kind(
            "You return the tokens in one long row. The residual stream has an axis for the sequences and one for "
            "the positions, and the result cannot be added to it any more.",
            {"not unflattened": ("return out.view_as(x)", "return out")},
        ),
        "first sequence only": Kind(
            "You work on the first sequence and use it for all the others too. Whatever else is in the batch is "
            "never read, and its tokens get the answers of another text.",
            {"only the first sequence": ("tokens = x.flatten(0, 1)", "tokens = x[:1].expand_as(x).flatten(0, 1)")},
        ),
        "gradient cut": Kind(
            GRADIENT_CUT,
            {
                "router reads a copy without a gradient": ("self.router(tokens)", "self.router(tokens.detach())"),
                "gradient to the router cut": ("scores = self.router(tokens)", "scores = self.router(tokens).detach()"),
                "gradient through the weights cut": ("weight[token, rank, None]", "weight[token, rank, None].detach()"),
                "weights normalised without a gradient": (
                    "weight.sum(dim=-1, keepdim=True)",
                    "weight.sum(dim=-1, keepdim=True).detach()",
                ),
            },
        ),
        "weights left wide": Kind(
            "You leave the weights in the wider dtype in which the softmax was taken, and what the experts give is "
            "widened with them. In a narrower model it no longer fits the result to which it is added.",
            {"weights not narrowed": (".to(x.dtype)\n", "\n")},
        ),
        "loss in evaluation": Kind(
            "Your auxiliary_loss is not zero in evaluation: it is computed there as well, or left from the last "
            "training step. The model adds it to its own loss, so that what you measure is no longer how well it "
            "predicts.",
            {
                "loss in evaluation too": (" if self.training else 0.0", ""),
                "loss left from training": (
                    "self.balance_loss_weight * load_balance_loss(probability, chosen) if self.training else 0.0",
                    "self.balance_loss_weight * load_balance_loss(probability, chosen)\n"
                    "            if self.training\n"
                    "            else self.auxiliary_loss",
                ),
            },
        ),
        "loss never set": Kind(
            "Your auxiliary_loss stays at zero in training too: nothing is computed, or it is kept under another "
            "name. Nobody tells the router to spread the tokens, and soon a few experts do all the work.",
            {
                "loss never set": (
                    "self.balance_loss_weight * load_balance_loss(probability, chosen) if self.training else 0.0",
                    "0.0",
                ),
                "loss under another name": ("self.auxiliary_loss = (", "self.balance_loss = ("),
            },
        ),
        "loss the wrong way round": Kind(
            "You set the loss in evaluation and leave it out in training, the wrong way round. The router never "
            "learns to spread the tokens, and what you measure is no longer how well the model predicts.",
            {"loss the wrong way round": ("if self.training else", "if not self.training else")},
        ),
        "loss not weighted": Kind(
            "You leave out the weight of the loss that balances. At full size it pulls the router towards even "
            "choices so hard that fit choices hardly count.",
            {"loss not weighted": ("self.balance_loss_weight * load", "load")},
        ),
        "weight of the loss hard-coded": Kind(
            HARD_CODED, {"loss weighted by 0.01": ("self.balance_loss_weight * load", "0.01 * load")}
        ),
        "loss without a gradient": Kind(
            "You compute the loss that balances from probabilities whose gradient is cut off. It makes the training "
            "loss larger, but the router never learns anything from it.",
            {
                "loss without a gradient": (
                    "load_balance_loss(probability,",
                    "load_balance_loss(probability.detach(),",
                )
            },
        ),
        "loss from the scores": Kind(
            "You hand the loss that balances the router's scores, where it wants probabilities. Scores have no "
            "bounds: training could push them down for ever, without spreading the tokens any better.",
            {"loss from the scores": ("load_balance_loss(probability,", "load_balance_loss(scores,")},
        ),
        "loss of the first choice only": Kind(
            "You hand the loss that balances only each token's first choice. An expert that is always second looks "
            "idle to it, however busy it is.",
            {
                "loss of the first choice only": (
                    "load_balance_loss(probability, chosen)",
                    "load_balance_loss(probability, chosen[:, :1])",
                )
            },
        ),
        "loss added to itself": Kind(
            "You add the loss to what was there from the calls before. It grows with every step, and the backward "
            "pass would have to go through earlier steps, whose inner values are gone by then.",
            {"loss added to itself": ("self.auxiliary_loss = (", "self.auxiliary_loss += (")},
        ),
        "loss added to the result": Kind(
            "You add the loss to every number of the result. It is for the training loss only: here it shifts the "
            "residual stream, in training and not in evaluation.",
            {"loss added to the result": ("return out.view_as(x)", "return out.view_as(x) + self.auxiliary_loss")},
        ),
    },
}
