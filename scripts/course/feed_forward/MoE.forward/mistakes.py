"""What people write for feed_forward.MoE.forward, and why it matters."""

from scripts.course.feed_forward.explanations import RESIDUAL_HERE
from scripts.workshop.diagnose import Kind
from scripts.workshop.diagnose.common import GRADIENT_CUT, HARD_CODED, IN_PLACE, TOO_NARROW

MISTAKES = {
    "weights do not sum to one": Kind(
        "You do not divide the weights of the chosen experts by their own sum. They should share the whole "
        "say: otherwise the result is too small, most of all where the router is unsure.",
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
        "You choose the experts that the router finds least fit. Those that could make most of a token never "
        "see it, and what a high score means is turned around.",
        {
            "the worst experts": (
                "probability.topk(self.n_active, dim=-1)",
                "probability.topk(self.n_active, dim=-1, largest=False)",
            )
        },
    ),
    "chosen along the tokens' axis": Kind(
        "You look for the largest probabilities along the tokens, not along the experts. The experts then pick "
        "tokens, later ones and other sequences among them, where every token should pick its experts by "
        "itself.",
        {"the best tokens for each expert": ("topk(self.n_active, dim=-1)", "topk(self.n_active, dim=0)")},
    ),
    "another number of experts": Kind(
        "Your code settles how many experts a token visits, where a setting should say it. With fewer the "
        "result lacks what the others had to add; with more, every token costs more time than was meant.",
        {
            "only the best expert": ("topk(self.n_active,", "topk(1,"),
            "all experts": ("topk(self.n_active,", "topk(len(self.experts),"),
            "always two experts": ("topk(self.n_active,", "topk(2,"),
        },
    ),
    "left to chance": Kind(
        "You let chance have a say in which experts a token visits. The same text then gives other logits "
        "every time, also when the model is measured or writes.",
        {
            "chosen by chance": (
                "weight, chosen = probability.topk(self.n_active, dim=-1)",
                ("chosen = probability.multinomial(self.n_active)\n        weight = probability.gather(-1, chosen)"),
            ),
            "noise added to the scores": (
                "scores = self.router(tokens)",
                ("scores = self.router(tokens)\n        scores = scores + 0.1 * torch.randn_like(scores)"),
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
        "Your expert reads the first tokens of the row, or its results are added to them, instead of those "
        "that chose it. Tokens then get answers that were meant for others.",
        {
            "experts read other tokens": ("expert(tokens[token])", "expert(tokens[: len(token)])"),
            "results written in order": ("out.index_add_(0, token, ", "out.index_add_(0, torch.arange(len(token)), "),
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
        "You take the rank of a choice for the number of its token, and the other way round. Only the first "
        "few tokens are ever read or written, and weights are looked up in wrong places, or where there are "
        "none.",
        {"token and rank swapped": ("token, rank = (chosen", "rank, token = (chosen")},
    ),
    "counted from one": Kind(
        "You count the experts from one, but the choices count them from zero. Experts get the tokens of their "
        "neighbours, and those that chose the first expert visit nobody in its place.",
        {"experts counted from one": ("enumerate(self.experts)", "enumerate(self.experts, 1)")},
    ),
    "one expert for all": Kind(
        "You send all tokens to one expert, whatever they have chosen. The others never run and never learn, "
        "and the choice has no effect on the result.",
        {"always the first expert": ("expert(tokens[token])", "self.experts[0](tokens[token])")},
    ),
    "experts by rank": Kind(
        "You go by the rank of a choice, not by the expert that was chosen. One expert gets every token's "
        "first choice, the next every second one, and the rest nothing: the router no longer routes.",
        {"experts chosen by rank": ("(chosen == number)", "(torch.arange(self.n_active).expand_as(chosen) == number)")},
    ),
    "residual added here too": Kind(
        RESIDUAL_HERE, {"residual added here too": ("torch.zeros_like(tokens)", "tokens.clone()")}
    ),
    "changed in place": Kind(IN_PLACE, {"written into the input": ("torch.zeros_like(tokens)", "tokens")}),
    "sequences and positions swapped": Kind(
        "You swap sequences and positions before you lay the tokens in a row, and never swap them back. The "
        "results then end up at the places of other tokens.",
        {"sequences and positions swapped": ("tokens = x.flatten(0, 1)", "tokens = x.transpose(0, 1).flatten(0, 1)")},
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
                (
                    "self.balance_loss_weight * load_balance_loss(probability, chosen)\n"
                    "            if self.training\n"
                    "            else self.auxiliary_loss"
                ),
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
        "You compute the loss that balances from probabilities whose gradient is cut off. It makes the "
        "training loss larger, but the router never learns anything from it.",
        {"loss without a gradient": ("load_balance_loss(probability,", "load_balance_loss(probability.detach(),")},
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
}
