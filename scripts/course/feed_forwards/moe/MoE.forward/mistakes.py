"""What people write for feed_forwards.moe.MoE.forward, and why it matters."""

from scripts.course.feed_forwards.explanations import RESIDUAL_HERE
from scripts.workshop.diagnose import Kind
from scripts.workshop.diagnose.common import GRADIENT_CUT, HARD_CODED, IN_PLACE, TOO_NARROW

MISTAKES = {
    "weights do not sum to one": Kind(
        "You do not renormalise the top-k router weights: divided by their own sum, they sum to one for every token. "
        "Without it the output is too small, most of all where the router is unsure.",
        {
            "weights not normalised": ("(weight / weight.sum(dim=-1, keepdim=True))", "weight"),
            "weights normalised by their number": ("weight.sum(dim=-1, keepdim=True)", "self.num_experts_per_tok"),
        },
    ),
    "normalised over the tokens": Kind(
        "You divide by a sum that runs over N, the tokens, not over the experts. Each token's weights then depend on "
        "other tokens, later ones and other sequences among them.",
        {
            "weights normalised over all tokens": ("weight.sum(dim=-1, keepdim=True)", "weight.sum()"),
            "weights normalised over the tokens": (
                "weight.sum(dim=-1, keepdim=True)",
                "weight.sum(dim=0, keepdim=True)",
            ),
            "softmax over the tokens": ("logits.softmax(dim=-1,", "logits.softmax(dim=0,"),
        },
    ),
    "softmax twice": Kind(
        "You apply another softmax to the top-k probabilities. The weights sum to one then but are too even: even a "
        "router that is sure can no longer give the best expert nearly all the weight.",
        {
            "softmax once more over the probabilities": (
                "(weight / weight.sum(dim=-1, keepdim=True))",
                "weight.softmax(dim=-1)",
            )
        },
    ),
    "sigmoid": Kind(
        "You score every expert by itself, with a sigmoid. The same experts are chosen, but with other weights than "
        "by a softmax, and the load balancing loss no longer gets probabilities that sum to one.",
        {"sigmoid": ("logits.softmax(dim=-1, dtype=", "logits.sigmoid().to(")},
    ),
    "no softmax": Kind(
        "You use the router's logits as if they were probabilities. Logits can be negative and can sum to almost "
        "zero, so that the weights become negative or huge.",
        {"no softmax": ("logits.softmax(dim=-1, dtype=", "logits.to(")},
    ),
    "too narrow": Kind(
        TOO_NARROW,
        {
            "softmax widened too late": (
                ", dtype=torch.promote_types(x.dtype, torch.float32))",
                ").to(torch.promote_types(x.dtype, torch.float32))",
            )
        },
    ),
    "worst experts": Kind(
        "You choose the k experts with the smallest probabilities. The experts that fit a token best are never "
        "applied to it.",
        {
            "the worst experts": (
                "probability.topk(self.num_experts_per_tok, dim=-1)",
                "probability.topk(self.num_experts_per_tok, dim=-1, largest=False)",
            )
        },
    ),
    "chosen along the tokens' axis": Kind(
        "Your top-k runs over N, the tokens, not over E, the experts. The experts then pick tokens, later ones and "
        "other sequences among them, where every token should pick its own experts.",
        {
            "the best tokens for each expert": (
                "topk(self.num_experts_per_tok, dim=-1)",
                "topk(self.num_experts_per_tok, dim=0)",
            )
        },
    ),
    "another number of experts": Kind(
        "Your code fixes k, which is self.num_experts_per_tok. With fewer experts the output lacks what the others "
        "add; with more, every token costs more than configured.",
        {
            "only the best expert": ("topk(self.num_experts_per_tok,", "topk(1,"),
            "all experts": ("topk(self.num_experts_per_tok,", "topk(len(self.experts),"),
            "always two experts": ("topk(self.num_experts_per_tok,", "topk(2,"),
        },
    ),
    "left to chance": Kind(
        "Your routing is random. The same text then gives other logits every time, in evaluation and sampling too.",
        {
            "chosen by chance": (
                "weight, chosen = probability.topk(self.num_experts_per_tok, dim=-1)",
                (
                    "chosen = probability.multinomial(self.num_experts_per_tok)\n        weight = probability.gather(-1, chosen)"
                ),
            ),
            "noise added to the logits": (
                "logits = self.router(tokens)",
                ("logits = self.router(tokens)\n        logits = logits + 0.1 * torch.randn_like(logits)"),
            ),
        },
    ),
    "weights not applied": Kind(
        "You sum the experts' outputs without their router weights. A first choice counts no more than a last one, "
        "the sum grows with k, and the router gets no gradient from the output.",
        {"weights not applied": (" * weight[token, rank, None]", "")},
    ),
    "weights on the expert's input": Kind(
        "You multiply an expert's input by the router weight, and not its output. An expert is not linear: a scaled "
        "input does not give a scaled output.",
        {
            "weights on what the expert reads": (
                "expert(tokens[token]) * weight[token, rank, None]",
                "expert(tokens[token] * weight[token, rank, None])",
            )
        },
    ),
    "weight of another": Kind(
        "You multiply by the weight of another expert or another token. It has to be weight[token, rank]: the one "
        "with which this token chose this expert.",
        {
            "weight of the first choice": ("weight[token, rank, None]", "weight[token, 0, None]"),
            "weights in the order of the experts": (
                "weight[token, rank, None]",
                "weight[token, number % self.num_experts_per_tok, None]",
            ),
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
                "out.index_add_(0, token, expert(tokens[token]) * weight[token, rank, None])",
                "out[token] = expert(tokens[token]) * weight[token, rank, None]",
            )
        },
    ),
    "token and rank swapped": Kind(
        "You have swapped the two results of nonzero: axis 0 is the token, axis 1 the rank of the choice. Only the "
        "first k tokens are ever read or written, and weights are looked up in wrong places, or out of range.",
        {"token and rank swapped": ("token, rank = (chosen", "rank, token = (chosen")},
    ),
    "counted from one": Kind(
        "You enumerate the experts from 1, but the indices of top-k start at 0. Experts get the tokens of their "
        "neighbours, and those that chose expert 0 are skipped.",
        {"experts counted from one": ("enumerate(self.experts)", "enumerate(self.experts, 1)")},
    ),
    "one expert for all": Kind(
        "You send all tokens to one expert, whatever they have chosen. The others never run and never learn, and the "
        "routing has no effect.",
        {"always the first expert": ("expert(tokens[token])", "self.experts[0](tokens[token])")},
    ),
    "experts by rank": Kind(
        "You select by the rank of a choice, not by the expert chosen. One expert gets every token's first choice, "
        "the next every second one, and the rest nothing.",
        {
            "experts chosen by rank": (
                "(chosen == number)",
                "(torch.arange(self.num_experts_per_tok).expand_as(chosen) == number)",
            )
        },
    ),
    "residual added here too": Kind(
        RESIDUAL_HERE, {"residual added here too": ("torch.zeros_like(tokens)", "tokens.clone()")}
    ),
    "changed in place": Kind(IN_PLACE, {"written into the input": ("torch.zeros_like(tokens)", "tokens")}),
    "sequences and positions swapped": Kind(
        "You transpose B and T before you flatten the tokens, and never transpose back. The outputs then end up at "
        "the places of other tokens.",
        {"sequences and positions swapped": ("tokens = x.flatten(0, 1)", "tokens = x.transpose(0, 1).flatten(0, 1)")},
    ),
    "still flattened": Kind(
        "You return the tokens flattened, (B * T, C). The residual stream is (B, T, C), and the output cannot be "
        "added to it.",
        {"not unflattened": ("return out.view_as(x)", "return out")},
    ),
    "first sequence only": Kind(
        "You use the first sequence for the whole batch. The other sequences are never read, and their tokens get the "
        "outputs of another text.",
        {"only the first sequence": ("tokens = x.flatten(0, 1)", "tokens = x[:1].expand_as(x).flatten(0, 1)")},
    ),
    "gradient cut": Kind(
        GRADIENT_CUT,
        {
            "router reads a copy without a gradient": ("self.router(tokens)", "self.router(tokens.detach())"),
            "gradient through the weights cut": ("weight[token, rank, None]", "weight[token, rank, None].detach()"),
            "weights normalised without a gradient": (
                "weight.sum(dim=-1, keepdim=True)",
                "weight.sum(dim=-1, keepdim=True).detach()",
            ),
        },
    ),
    "weights left wide": Kind(
        "You leave the weights in the wider dtype of the softmax, and the experts' outputs are promoted with them. In "
        "a bfloat16 model they no longer fit the output that they are added to.",
        {"weights not narrowed": (".to(x.dtype)\n", "\n")},
    ),
    "loss in evaluation": Kind(
        "Your auxiliary_loss is not 0.0 in evaluation: it is computed there as well, or left over from the last "
        "training step. It belongs to the training objective alone.",
        {
            "loss in evaluation too": (" if self.training else 0.0", ""),
            "loss left from training": (
                "self.router_aux_loss_coef * load_balance_loss(probability, chosen) if self.training else 0.0",
                (
                    "self.router_aux_loss_coef * load_balance_loss(probability, chosen)\n"
                    "            if self.training\n"
                    "            else self.auxiliary_loss"
                ),
            ),
        },
    ),
    "loss never set": Kind(
        "Your auxiliary_loss stays 0.0 in training too: nothing is computed, or it is kept under another name. "
        "Without it the router soon collapses to a few experts.",
        {
            "loss never set": (
                "self.router_aux_loss_coef * load_balance_loss(probability, chosen) if self.training else 0.0",
                "0.0",
            ),
            "loss under another name": ("self.auxiliary_loss = (", "self.balance_loss = ("),
        },
    ),
    "loss the wrong way round": Kind(
        "You set the loss in evaluation and leave it out in training, the wrong way round. The router never learns to "
        "balance the load.",
        {"loss the wrong way round": ("if self.training else", "if not self.training else")},
    ),
    "loss not weighted": Kind(
        "You leave out router_aux_loss_coef. At full size the loss pulls the router so hard towards an even load that "
        "which expert fits hardly counts.",
        {"loss not weighted": ("self.router_aux_loss_coef * load", "load")},
    ),
    "weight of the loss hard-coded": Kind(
        HARD_CODED, {"loss weighted by 0.01": ("self.router_aux_loss_coef * load", "0.01 * load")}
    ),
    "loss without a gradient": Kind(
        "You compute the load balancing loss from detached probabilities. It makes the training loss larger, but the "
        "router gets no gradient from it.",
        {"loss without a gradient": ("load_balance_loss(probability,", "load_balance_loss(probability.detach(),")},
    ),
    "loss from the logits": Kind(
        "You pass the router's logits to load_balance_loss, which takes probabilities. Logits are unbounded: training "
        "could lower them for ever, without balancing anything.",
        {"loss from the logits": ("load_balance_loss(probability,", "load_balance_loss(logits,")},
    ),
    "loss from the weights": Kind(
        "You pass load_balance_loss the weights of the chosen experts, where it takes the probabilities of all. What an "
        "expert had that was not chosen is left out, and lowering the loss no longer lowers it.",
        {
            "loss from the renormalised weights": (
                "load_balance_loss(probability,",
                "load_balance_loss(torch.zeros_like(probability).scatter(-1, chosen, weight.to(probability.dtype)),",
            ),
            "loss from the chosen probabilities": (
                "load_balance_loss(probability,",
                "load_balance_loss(torch.zeros_like(probability).scatter(-1, chosen, probability.gather(-1, chosen)),",
            ),
        },
    ),
    "loss of the first choice only": Kind(
        "You pass load_balance_loss only each token's first choice. An expert that is always second counts as unused "
        "there, however many tokens it gets.",
        {
            "loss of the first choice only": (
                "load_balance_loss(probability, chosen)",
                "load_balance_loss(probability, chosen[:, :1])",
            )
        },
    ),
    "loss added to itself": Kind(
        "You add the loss to that of earlier calls. It grows with every step, and backward would have to go through "
        "earlier steps, whose graphs are freed by then.",
        {"loss added to itself": ("self.auxiliary_loss = (", "self.auxiliary_loss += (")},
    ),
    "loss added to the result": Kind(
        "You add the loss to every element of the output. It belongs to the training loss only: here it shifts the "
        "residual stream, in training and not in evaluation.",
        {"loss added to the result": ("return out.view_as(x)", "return out.view_as(x) + self.auxiliary_loss")},
    ),
    "weight of a single expert left as it is": Kind(
        "Where a token goes to a single expert, you do not renormalise its router weight, as Switch Transformers do not. "
        "Here the weights of a token's experts sum to one, so that a single one's is one.",
        {
            "not normalised for a single expert": (
                "(weight / weight.sum(dim=-1, keepdim=True))",
                "(weight / weight.sum(dim=-1, keepdim=True) if self.num_experts_per_tok > 1 else weight)",
            )
        },
    ),
    "loss times another number": Kind(
        "You multiply or divide the load balancing loss by k, the number of experts per token. It contains k already, and "
        "router_aux_loss_coef is all that it is multiplied by.",
        {
            "auxiliary loss times k": (
                "self.router_aux_loss_coef * load",
                "self.router_aux_loss_coef * self.num_experts_per_tok * load",
            ),
            "auxiliary loss divided by k": (
                "self.router_aux_loss_coef * load",
                "self.router_aux_loss_coef / self.num_experts_per_tok * load",
            ),
        },
    ),
}
