"""What people write for feed_forwards.moe.load_balance_loss, and why it matters."""

from scripts.workshop.diagnose import Kind

MISTAKES = {
    "number of experts not a factor": Kind(
        "E is not a factor of your result: it is missing, cancelled by a mean over the experts, or divided by. The same "
        "balance then gives a smaller loss the more experts there are.",
        {
            "factor E forgotten": ("return E * ", "return "),
            "divided by E": (
                "return E * (fraction * probability.mean(dim=0)).sum()",
                "return (fraction * probability.mean(dim=0)).sum() / E",
            ),
            "mean over the experts": (".sum()", ".mean()"),
        },
    ),
    "fraction of all choices": Kind(
        "You divide the counts by the number of choices, N * k, where f_e is a fraction of the N tokens. The loss is "
        "too small by a factor of k, so that the same coefficient balances less.",
        {"share of all choices": (" / N", " / chosen.numel()")},
    ),
    "multiplied by k": Kind(
        "You multiply by k, the number of experts per token, which f_e contains already: the f_e sum to k. Perfect "
        "balance then gives k^2 instead of k, and the same coefficient balances more.",
        {"times k": ("return E * ", "return E * chosen.shape[1] * ")},
    ),
    "grows with the number of tokens": Kind(
        "A division by N is missing, or divides by another number. The loss then grows with the size of the batch, and "
        "soon dominates the language modelling loss.",
        {
            "a count, not a share": (" / N", ""),
            "divided by the number of experts": (" / N", " / E"),
            "divided by the number of choices per token": (" / N", " / chosen.shape[1]"),
            "sum of probabilities, not their mean": (".mean(dim=0)", ".sum(dim=0)"),
        },
    ),
    "experts that nobody chose left out": Kind(
        "Your counts end at the last expert that was chosen. Where the experts after it get no token, the counts are "
        "shorter than E, and the product fails just when balance is needed most.",
        {"minlength forgotten": (", minlength=E", "")},
    ),
    "sum forgotten": Kind(
        "You return a vector of E terms without summing them. A loss is a scalar: backward cannot start from several.",
        {"sum forgotten": (".sum()", "")},
    ),
    "mean over the experts' axis": Kind(
        "Your mean runs over the experts' axis (E), where P_e is a mean over the tokens (N). The probabilities of all "
        "experts always average to 1/E, so that the router is never told which of them to avoid.",
        {"mean over the wrong axis": ("dim=0", "dim=1"), "mean over everything": (".mean(dim=0)", ".mean()")},
    ),
    "first choice only": Kind(
        "You count only the first choice of each token. With k > 1, an expert that is always second counts as unused, "
        "however many tokens it gets.",
        {"only the first choice counted": ("chosen.flatten()", "chosen[:, 0]")},
    ),
    "fractions squared": Kind(
        "You multiply f_e by itself, and P_e plays no part. The f_e are counts, through which no gradient flows, so "
        "that the router never learns from this loss.",
        {"shares squared": ("fraction * probability.mean(dim=0)", "fraction * fraction")},
    ),
    "probabilities squared": Kind(
        "You multiply P_e by itself, and the actual choices play no part. An expert can be chosen nearly always with "
        "a probability only a little ahead, and this loss does not show it.",
        {"probabilities squared": ("fraction * probability.mean(dim=0)", "probability.mean(dim=0).square()")},
    ),
    "added, not multiplied": Kind(
        "You add f_e and P_e where each pair should be multiplied. Their sum over all experts is always k + 1, however "
        "uneven the choices are, so that it has no gradient to learn from.",
        {"added, not multiplied": ("fraction * probability", "fraction + probability")},
    ),
    "distance from even": Kind(
        "You subtract 1/E from each f_e, which lowers the loss by 1 whatever the choices are. It is no longer k where "
        "all experts are equally loaded.",
        {"distance from even": ("fraction * probability.mean(dim=0)", "(fraction - 1 / E) * probability.mean(dim=0)")},
    ),
    "sign": Kind(
        "Your loss has the wrong sign. Minimising it would send every token to the same few experts.",
        {"sign": ("return E", "return -E")},
    ),
    "N and E swapped": Kind(
        "You unpack the axes of probability as (E, N), and they are (N, E). Counts and divisions then use the wrong "
        "size, and the code stops or gives a loss that depends on the size of the batch.",
        {"N and E swapped": ("N, E = probability.shape", "E, N = probability.shape")},
    ),
    "a Python float": Kind(
        "You convert the result to a Python float with .item(). It has the right value but no gradient, so that the "
        "router never learns to balance the load.",
        {"a Python number": (".sum()", ".sum().item()")},
    ),
}

WITHOUT = {"another dtype": "The loss may come in the dtype of the router or in float32."}
