"""What people write for feed_forward.load_balance_loss, and why it matters."""

from scripts.workshop.diagnose import Kind
from scripts.workshop.diagnose.common import GRADIENT_CUT

MISTAKES = {
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
        "probabilities of all experts always average to the same, so that the router is never told which of "
        "them to avoid.",
        {"mean over the wrong axis": ("dim=0", "dim=1"), "mean over everything": (".mean(dim=0)", ".mean()")},
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
        "You take the first axis for the experts and the second for the tokens. Counts and divisions then go "
        "by the wrong number, and the code stops or gives a loss that depends on the size of the batch.",
        {"N and E swapped": ("N, E = probability.shape", "E, N = probability.shape")},
    ),
    "a Python number": Kind(
        "You turn the result into an ordinary Python number. It has the right value, but no gradient goes back "
        "from it, so that the router never learns to spread the tokens.",
        {"a Python number": (".sum()", ".sum().item()")},
    ),
}
