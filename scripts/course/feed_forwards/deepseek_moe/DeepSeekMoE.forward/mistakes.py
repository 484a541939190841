"""What people write for feed_forwards.deepseek_moe.DeepSeekMoE.forward, and why it matters."""

from scripts.course.feed_forwards.explanations import RESIDUAL_HERE
from scripts.workshop.diagnose import Kind
from scripts.workshop.diagnose.common import GRADIENT_CUT, IN_PLACE

ADDED = "out.index_add_(0, token, expert(tokens[token]) * weight[token, rank, None].to(x.dtype))"

MISTAKES = {
    "shared expert forgotten": Kind(
        "The shared expert plays no part. What every token needs is then missing, or each of the others has to learn it.",
        {
            "shared expert forgotten": (
                "return out if self.shared_expert is None else out + self.shared_expert(x)",
                "return out",
            )
        },
    ),
    "shared expert taken for granted": Kind(
        "You call the shared expert without asking whether there is one. Where n_shared_expert is 0 it is None, and cannot "
        "be called.",
        {"shared expert taken for granted": ("out if self.shared_expert is None else out +", "out +")},
    ),
    "shared expert alone": Kind(
        "Where there is a shared expert you return what it outputs. What the chosen ones have said is dropped.",
        {"shared expert alone": ("else out + self.shared_expert(x)", "else self.shared_expert(x)")},
    ),
    "shared expert reads the output": Kind(
        "Your shared expert reads what the others output, or the sum with it. It stands beside them and reads the same x.",
        {
            "it reads what the others output": ("self.shared_expert(x)", "self.shared_expert(out)"),
            "it reads the sum": ("self.shared_expert(x)", "self.shared_expert(x + out)"),
        },
    ),
    "shared expert weighted": Kind(
        "You weight the shared expert. Nobody chooses it, and it has no weight: it is added as it is.",
        {
            "scaled like the others": ("self.shared_expert(x)", "self.routed_scaling_factor * self.shared_expert(x)"),
            "averaged": ("else out + self.shared_expert(x)", "else (out + self.shared_expert(x)) / 2"),
        },
    ),
    "weights not applied": Kind(
        "You sum the experts' outputs without their router weights. They count alike, and the router gets no gradient.",
        {"weights not applied": (" * weight[token, rank, None].to(x.dtype)", "")},
    ),
    "weights on the expert's input": Kind(
        "You multiply an expert's input by the router weight, and not its output. An expert is not linear: a scaled "
        "input does not give a scaled output.",
        {
            "weights on what the expert reads": (
                "expert(tokens[token]) * weight[token, rank, None].to(x.dtype)",
                "expert(tokens[token] * weight[token, rank, None].to(x.dtype))",
            )
        },
    ),
    "weight of another": Kind(
        "You multiply by the weight of another expert or another token. It has to be weight[token, rank]: the one with "
        "which this token chose this expert.",
        {
            "weight of the first choice": ("weight[token, rank, None]", "weight[token, 0, None]"),
            "weights of other tokens": ("weight[token, rank, None]", "weight[: len(token), :1]"),
        },
    ),
    "expert works for other tokens": Kind(
        "Your expert reads the first tokens of the batch, or its outputs are added to them, instead of those that are "
        "routed to it. Tokens then get outputs that belong to others.",
        {
            "experts read other tokens": ("expert(tokens[token])", "expert(tokens[: len(token)])"),
            "results written in order": ("out.index_add_(0, token, ", "out.index_add_(0, torch.arange(len(token)), "),
        },
    ),
    "last expert wins": Kind(
        "You overwrite what other experts have given the same token. Only the expert with the highest index is left "
        "then, with a weight that is only part of the whole.",
        {
            "the last expert wins": (
                ADDED,
                "out[token] = expert(tokens[token]) * weight[token, rank, None].to(x.dtype)",
            ),
        },
    ),
    "token and rank swapped": Kind(
        "You have swapped the two results of nonzero: axis 0 is the token, axis 1 the rank of the choice. Only the first "
        "k tokens are ever read or written, and weights are looked up in wrong places, or out of range.",
        {"token and rank swapped": ("token, rank = (chosen", "rank, token = (chosen")},
    ),
    "counted from one": Kind(
        "You enumerate the experts from 1, but the indices of top-k start at 0. Experts get the tokens of their "
        "neighbours, and those that chose expert 0 are skipped.",
        {"experts counted from one": ("enumerate(self.experts)", "enumerate(self.experts, 1)")},
    ),
    "one expert for all": Kind(
        "You send all tokens to one expert, whatever they have chosen. The others never run and never learn.",
        {"always the first expert": ("expert(tokens[token])", "self.experts[0](tokens[token])")},
    ),
    "load not counted": Kind(
        "You do not count the load, or forget earlier passes: a step may consist of several. The bias follows that count, "
        "and without it nothing evens out.",
        {
            "load not counted": ("if self.training:", "if False:"),
            "load of the last pass only": ("self.load = self.load + chosen", "self.load = chosen"),
            "load under another name": ("self.load = self.load + ", "self.loads = self.load + "),
        },
    ),
    "load counted in evaluation": Kind(
        "You count in evaluation too, or only there. The bias would follow the held-out text, which no part of the "
        "training may see.",
        {
            "load counted always": ("if self.training:", "if True:"),
            "load counted the wrong way round": ("if self.training:", "if not self.training:"),
        },
    ),
    "load ends early": Kind(
        "Your counts end at the last expert that was chosen. Where those behind it get no token, the load is shorter "
        "than there are experts, and cannot be added to the next one, or to the bias.",
        {"minlength forgotten": ("bincount(minlength=len(self.experts))", "bincount()")},
    ),
    "load of the first choice": Kind(
        "You count only the first of each token's choices. An expert that is always second counts as idle, however many "
        "tokens it gets.",
        {"first choice counted": ("chosen.flatten().bincount", "chosen[:, 0].bincount")},
    ),
    "residual added here too": Kind(
        RESIDUAL_HERE, {"residual added here too": ("torch.zeros_like(tokens)", "tokens.clone()")}
    ),
    "changed in place": Kind(IN_PLACE, {"written into the input": ("torch.zeros_like(tokens)", "tokens")}),
    "still flattened": Kind(
        "You return the tokens flattened, (B * T, C), or add the shared expert's (B, T, C) to them. The residual stream is "
        "(B, T, C).",
        {"not unflattened": ("out = out.view_as(x)", "pass")},
    ),
    "sequences and positions swapped": Kind(
        "You transpose B and T before you flatten the tokens, and never transpose back. The outputs then end up at the "
        "places of other tokens.",
        {"sequences and positions swapped": ("tokens = x.flatten(0, 1)", "tokens = x.transpose(0, 1).flatten(0, 1)")},
    ),
    "weights left wide": Kind(
        "You leave the weights in float32, and the experts' outputs are promoted with them. In a bfloat16 model they no "
        "longer fit the output that they are added to.",
        {"weights not narrowed": (".to(x.dtype)", "")},
    ),
    "gradient cut": Kind(
        GRADIENT_CUT,
        {
            "gradient through the weights cut": ("weight[token, rank, None]", "weight[token, rank, None].detach()"),
            "router reads a copy without a gradient": ("self.route(tokens)", "self.route(tokens.detach())"),
            "shared expert reads a copy without a gradient": (
                "self.shared_expert(x)",
                "self.shared_expert(x.detach())",
            ),
        },
    ),
}
