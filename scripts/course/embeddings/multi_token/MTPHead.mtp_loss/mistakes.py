"""What people write for embeddings.multi_token.MTPHead.mtp_loss, and why it matters."""

from scripts.workshop.diagnose import Kind
from scripts.workshop.diagnose.common import GRADIENT_CUT

SHIFTED = "shown, targets = targets, F.pad(targets[:, 1:], (0, 1), value=-1)"
CALLED = "h = module(h, self.embed(shown.clamp(min=0), position), context)"
KNOWN = "asked = targets.masked_fill(shown == -1, -1)"

MISTAKES = {
    "peeking": Kind(
        "You show the module the very token that it is asked for. Its loss goes to zero, and in generation, where nobody knows "
        "that token, its drafts are worth nothing.",
        {
            "shows what it asks for": (SHIFTED, SHIFTED + "\n            shown = targets"),
        },
    ),
    "the next token again": Kind(
        "You do not shift the targets: depth d asks for a token that the model, or the depth before, has predicted already. "
        "At position t depth d is asked for targets[t + d].",
        {
            "not shifted": (SHIFTED, "shown = targets"),
            "shifted once only": (
                SHIFTED,
                "shown = targets\n            if module is self.mtp[0]:\n                "
                + SHIFTED.split("targets = targets, ")[0]
                + "targets = targets, F.pad(targets[:, 1:], (0, 1), value=-1)",
            ),
        },
    ),
    "wrapped around": Kind(
        "Your shift brings the first tokens back at the end. Nothing follows the last token: fill with -1, which does not "
        "count.",
        {
            "rolled": (SHIFTED, "shown, targets = targets, targets.roll(-1, dims=1)"),
            "filled with zeros": (SHIFTED, SHIFTED.replace("value=-1", "value=0")),
        },
    ),
    "shifted the wrong way": Kind(
        "You shift the targets to the right. Position t is then asked for a token that it has seen.",
        {"shifted the wrong way": (SHIFTED, "shown, targets = targets, F.pad(targets[:, :-1], (1, 0), value=-1)")},
    ),
    "unknown tokens count": Kind(
        "Positions whose shown token is -1 count. Nobody knows what stood there; the module was shown a 0 in its place.",
        {"unknown tokens count": (KNOWN, "asked = targets")},
    ),
    "depths not chained": Kind(
        "Every depth starts from the model's h. Depth 2 then knows the token at t + 2, but not the one before it: each module "
        "takes what the one before it has made.",
        {"depths not chained": (CALLED, CALLED.replace("module(h,", "module(self.norm(x),"))},
    ),
    "h not normed": Kind(
        "You start from x as it leaves the last block. The modules take h as the head does, behind the model's last norm.",
        {"h not normed": ("self.positions(position)[-1], self.norm(x), []", "self.positions(position)[-1], x, []")},
    ),
    "normed once more": Kind(
        "You send the modules' results through the whole head, its norm included. Each module has ended with a norm of its "
        "own.",
        {"normed once more": ("self.output(h)", "self(h)")},
    ),
    "the bare matrix": Kind(
        "You multiply with the head's matrix and leave out its cap or its scale. The output is the same for all depths.",
        {"the bare matrix": ("self.output(h)", "self.lm_head(h)")},
    ),
    "the sum over depths": Kind(
        "You add up the losses of the depths, or take the last one. Their mean keeps the coefficient's meaning, however many "
        "there are.",
        {
            "the sum": ("torch.stack(losses).mean()", "torch.stack(losses).sum()"),
            "the last": ("torch.stack(losses).mean()", "losses[-1]"),
        },
    ),
    "over all positions": Kind(
        "You divide by the number of all positions, or do not divide. The mean is over those that count, fewer at every "
        "depth.",
        {
            "over all positions": ("(asked != -1).sum().clamp(min=1)", "asked.numel()"),
            "not divided": ("total / (asked != -1).sum().clamp(min=1)", "total"),
        },
    ),
    "nothing over nothing": Kind(
        "You divide zero by zero where no position counts. One such batch makes every weight NaN; its loss is 0.",
        {"nothing over nothing": (".sum().clamp(min=1)", ".sum()")},
    ),
    "multiplied by the coefficient": Kind(
        "You multiply by the coefficient here. The caller does that once more.",
        {
            "multiplied by the coefficient": (
                "return torch.stack(losses).mean()",
                "return self.mtp_loss_coef * torch.stack(losses).mean()",
            )
        },
    ),
    "gradient cut": Kind(
        GRADIENT_CUT,
        {
            "h without a gradient": ("[-1], self.norm(x), []", "[-1], self.norm(x).detach(), []"),
            "depths apart": (CALLED, CALLED.replace("module(h,", "module(h if module is self.mtp[0] else h.detach(),")),
        },
    ),
    "targets changed in place": Kind(
        "The targets come out changed. The caller computes the model's own loss from them.",
        {
            "filled in place": (KNOWN, KNOWN + "\n            shown[shown == -1] = 0"),
        },
    ),
}

WITHOUT = {"result in float32": "Logits are in float32 at least, whatever the weights are in, and so is a loss."}
