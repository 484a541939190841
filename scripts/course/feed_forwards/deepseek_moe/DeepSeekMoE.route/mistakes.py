"""What people write for feed_forwards.deepseek_moe.DeepSeekMoE.route, and why it matters."""

from scripts.workshop.diagnose import Kind
from scripts.workshop.diagnose.common import GRADIENT_CUT, HARD_CODED, TOO_NARROW

MISTAKES = {
    "weighed with the bias": Kind(
        "Your weights come from the scores with the correction bias. It is there to choose: as a part of the weight it "
        "makes an idle expert loud, and a busy one quiet, whatever they have to say.",
        {"weighed with the bias": ("weight = scores.gather", "weight = biased.gather")},
    ),
    "bias without effect": Kind(
        "You choose without the correction bias. Then nothing evens out the load: the bias rises and rises for experts "
        "that nobody ever chooses.",
        {"chosen without the bias": ("biased = scores + self.correction_bias", "biased = scores")},
    ),
    "bias subtracted": Kind(
        "You subtract the correction bias. Experts that have too little to do are then chosen even less.",
        {"bias subtracted": ("scores + self.correction_bias", "scores - self.correction_bias")},
    ),
    "bias on the logits": Kind(
        "You add the bias to the logits, before the sigmoid. The weights contain it then, and where the sigmoid is flat "
        "it has no effect on the choice.",
        {
            "bias on the logits": (
                ".T).sigmoid()",
                ".T + self.correction_bias).sigmoid()",
            )
        },
    ),
    "softmax": Kind(
        "You score by a softmax, in which every expert's score depends on all others. Here each is scored by itself, "
        "with a sigmoid; a bias of a given size then means the same for each.",
        {"softmax": (".sigmoid()", ".softmax(dim=-1)")},
    ),
    "no sigmoid": Kind(
        "You use the router's logits as scores. They may be negative and of any size: weights get a sign, and the steps "
        "of the bias have nothing to be measured by.",
        {"no sigmoid": (".sigmoid()", "")},
    ),
    "too narrow": Kind(
        TOO_NARROW,
        {
            "product in the dtype of the tokens": (
                "(tokens.to(dtype) @ self.router.weight.to(dtype).T).sigmoid()",
                "(tokens @ self.router.weight.T).sigmoid().to(dtype)",
            ),
        },
    ),
    "narrowed by autocast": Kind(
        "Under autocast your product is computed in bfloat16, though you have widened its factors: autocast narrows them "
        "again. Scores that differ in the third digit are then equal, and chance decides who is chosen.",
        {
            "narrowed by autocast": (
                "torch.autocast(tokens.device.type, enabled=False)",
                "torch.autocast(tokens.device.type, enabled=torch.is_autocast_enabled(tokens.device.type))",
            )
        },
    ),
    "groups ignored": Kind(
        "You choose among all experts, whatever groups there are. A token then visits more groups, and with them more "
        "machines, than it may.",
        {"groups ignored": ("if self.n_group > 1:", "if False:")},
    ),
    "groups without the bias": Kind(
        "You choose the groups by the scores without the bias. A group of idle experts is then never opened, and their "
        "bias rises in vain.",
        {
            "groups without the bias": (
                "biased = within_groups(biased, self.n_group, self.topk_group)",
                (
                    "opened = within_groups(scores, self.n_group, self.topk_group)\n"
                    '            biased = biased.masked_fill(opened == float("-inf"), float("-inf"))'
                ),
            ),
            "bias lost in the groups": ("within_groups(biased,", "within_groups(scores,"),
        },
    ),
    "numbers of groups swapped": Kind(
        "You have exchanged the number of groups and the number of those that a token may visit. All groups would be open "
        "then, or top-k asks for more groups than there are.",
        {"numbers of groups swapped": ("self.n_group, self.topk_group)", "self.topk_group, self.n_group)")},
    ),
    "not divided by their sum": Kind(
        "You leave out norm_topk_prob, or always do what it asks for. Divided by their sum, the weights of a token sum to "
        "one before they are scaled; without, to how sure the router is.",
        {
            "never divided": ("if self.norm_topk_prob:", "if False:"),
            "always divided": ("if self.norm_topk_prob:", "if True:"),
            "the wrong way round": ("if self.norm_topk_prob:", "if not self.norm_topk_prob:"),
        },
    ),
    "divided by another sum": Kind(
        "You do not divide by the sum of the chosen experts' scores, but by that of all experts, or of all tokens. The "
        "weights of a token's experts then do not sum to one.",
        {
            "divided by the sum of all": (
                "(weight.sum(dim=-1, keepdim=True) + 1e-20)",
                "scores.sum(dim=-1, keepdim=True)",
            ),
            "divided over the tokens": ("weight.sum(dim=-1, keepdim=True)", "weight.sum(dim=0, keepdim=True)"),
            "divided by their number": ("(weight.sum(dim=-1, keepdim=True) + 1e-20)", "self.num_experts_per_tok"),
        },
    ),
    "scaling": Kind(
        "You leave out routed_scaling_factor, always or with one of the two values of norm_topk_prob, or apply it where the "
        "division by the sum takes it away again. Beside the shared expert the chosen ones are then too quiet.",
        {
            "not scaled": ("return weight * self.routed_scaling_factor, chosen", "return weight, chosen"),
            "divided": ("weight * self.routed_scaling_factor", "weight / self.routed_scaling_factor"),
            "scaled only with the division": (
                "return weight * self.routed_scaling_factor, chosen",
                "return (weight * self.routed_scaling_factor if self.norm_topk_prob else weight), chosen",
            ),
            "scaled only without the division, or before it": (
                "return weight * self.routed_scaling_factor, chosen",
                "return (weight if self.norm_topk_prob else weight * self.routed_scaling_factor), chosen",
            ),
        },
    ),
    "worst experts": Kind(
        "You choose the experts with the smallest scores. Those that fit a token best are never applied to it.",
        {
            "the worst experts": (
                "biased.topk(self.num_experts_per_tok, dim=-1)",
                "(-biased.nan_to_num(neginf=9.0)).topk(self.num_experts_per_tok, dim=-1)",
            )
        },
    ),
    "another number of experts": Kind(
        HARD_CODED,
        {
            "always three": ("biased.topk(self.num_experts_per_tok,", "biased.topk(3,"),
            "only the best": ("biased.topk(self.num_experts_per_tok,", "biased.topk(1,"),
        },
    ),
    "swapped": Kind(
        "You return the experts first and their weights behind them. The forward pass takes the first for weights and the "
        "second for numbers of experts.",
        {
            "swapped": (
                "return weight * self.routed_scaling_factor, chosen",
                "return chosen, weight * self.routed_scaling_factor",
            )
        },
    ),
    "gradient cut": Kind(
        GRADIENT_CUT,
        {
            "router reads a copy without a gradient": ("tokens.to(dtype) @", "tokens.detach().to(dtype) @"),
            "weights without a gradient": ("scores.gather(-1, chosen)", "scores.detach().gather(-1, chosen)"),
            "sum without a gradient": (
                "(weight.sum(dim=-1, keepdim=True) + 1e-20)",
                "(weight.sum(dim=-1, keepdim=True).detach() + 1e-20)",
            ),
        },
    ),
    "bias changed": Kind(
        "The correction bias comes out changed. Only update_bias changes it, once a step, by the load of a whole batch.",
        {
            "bias changed": (
                "biased = scores + self.correction_bias",
                "self.correction_bias += scores.detach().mean(dim=0).to(self.correction_bias.dtype)\n"
                "        biased = scores + self.correction_bias",
            )
        },
    ),
}
