"""Multi-token prediction: at every position the token after the next one is predicted too, and the one after that.

The model itself is as ever. Beside its head stand modules that are trained with it, one for each further token: they
give the residual stream more to plan for, and in generation they are a draft model that costs a single layer
(decoding/self_draft.py).
"""

from dataclasses import replace

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from reference.config import GPTConfig

from ..attentions.settings_read import as_read
from ..blocks import block_class, build_block
from ..head import LMHead
from ..normalizations import build_norm
from ..positions import Context, Positions


class MTPModule(nn.Module):
    r"""One depth of multi-token prediction: from what is known of a token, and the next one, to what follows both.

        h' = norm(block(eh_proj [enorm(e) ; hnorm(h)]))

    Attributes: enorm, hnorm, norm, of the model's kind; eh_proj: 2C -> C without a bias; block, like the model's last.

    DeepSeek-V3 (arXiv:2412.19437), section 2.2, equations 21 and 22, with the halves in the order of its weights.
    """

    def __init__(self, config: GPTConfig):
        super().__init__()
        last = config.of_layer(-1)
        self.enorm, self.hnorm = build_norm(last), build_norm(last)
        self.eh_proj = nn.Linear(2 * config.n_embd, config.n_embd, bias=False)
        self.block = build_block(config, config.n_layer - 1)
        self.norm = build_norm(last) if block_class(last).needs_final_norm else nn.Identity()

    def forward(self, h: Float[Tensor, "B T C"], e: Float[Tensor, "B T C"], context: Context) -> Float[Tensor, "B T C"]:
        r"""h' as above. h: what the model, or the module before this one, makes of each token, normed at its end;
        e: the embedding of the token that is one further on than the last that h knows. context: for the block."""
        # Norm both by themselves: they come from different places, and neither may drown out the other.
        x = torch.cat((self.enorm(e), self.hnorm(h)), dim=-1)
        # Project the two, the embedding first, to the width of one.
        x = self.eh_proj(x)
        # Run one block, which sees the same of all earlier tokens, and norm for the head.
        return self.norm(self.block(x, context))


class MTPHead(LMHead):
    r"""A head with multi-token prediction. Logits and validation are those of the plain head; the training loss is

        loss + mtp_loss_coef * mtp_loss

    head: the plain one. Attributes: norm, lm_head, both of that one; mtp, an `nn.ModuleList` of n_mtp `MTPModule`s;
    positions, for their blocks.
    """

    further_loss: Tensor | float = 0.0  # of the last forward pass in training: what it has added to the loss

    def __init__(self, config: GPTConfig, head: LMHead, embedding: nn.Module):
        super().__init__(head.norm, head.lm_head)
        if (kind := config.of_layer(-1).attention_type) == "shared":
            raise ValueError(
                f"n_mtp = {config.n_mtp} with attention_type = {kind!r} in the last layer: the block of an MTP module "
                "is like the last, and has no earlier one whose keys it could read"
            )
        if config.residual_stream != "one":
            raise ValueError(
                f"n_mtp = {config.n_mtp} with residual_stream = {config.residual_stream!r}: an MTP module has one "
                "block, and no streams to put together; no public model has both"
            )
        if config.n_mtp >= config.max_seq_len:
            raise ValueError(
                f"n_mtp = {config.n_mtp} with max_seq_len = {config.max_seq_len}: it must be smaller, or no position "
                "has a token so far ahead"
            )
        # What follows the norm: the same weight, cap and scale for all depths. Bound methods are no modules: the shared
        # weights are in the state once.
        head.norm = nn.Identity()
        self.output, self.embed = head.forward, embedding.forward
        self.mtp = nn.ModuleList(MTPModule(config) for _ in range(config.n_mtp))
        self.positions = Positions(of_last_layer(config))
        self.mtp_loss_coef = config.mtp_loss_coef

    def forward(self, x: Float[Tensor, "*batch C"]) -> Float[Tensor, "*batch V"]:
        """Logits of the next token at every position."""
        return self.output(self.norm(x))

    def loss(self, x: Float[Tensor, "B T C"], targets: Int[Tensor, "B T"]) -> Float[Tensor, ""]:
        """Mean cross-entropy in nats of the next token; in training, with a part of that of further ones, which is kept
        as `further_loss`."""
        loss = super().loss(x, targets)
        if not self.training:
            return loss
        further = self.mtp_loss_coef * self.mtp_loss(x, targets)
        self.further_loss = further.detach()
        return loss + further

    def mtp_loss(self, x: Float[Tensor, "B T C"], targets: Int[Tensor, "B T"]) -> Float[Tensor, ""]:
        r"""The mean over all depths of the mean cross-entropy in nats of the tokens so many further on.

            h[0]   = norm(x),   h[d] = mtp[d - 1](h[d - 1], embed(targets[t + d - 1]), context)
            logits = output(h[d]) at position t, for the target targets[t + d],   d = 1 ... n_mtp

        x: what leaves the last block. targets: the next token at each position; positions count at depth d where
        targets[t + d] is there, and neither it nor the token that was embedded is -1 (embed a 0 in the place of -1). A
        depth at which none counts has a loss of 0. `self.embed(tokens, position)` returns (B, T, C), with position =
        0 ... T - 1, and `self.positions(position)` a list with the context as its last element.

        DeepSeek-V3 (arXiv:2412.19437), section 2.2, equations 24 and 25, without the coefficient.
        """
        position = torch.arange(targets.size(1), device=targets.device)
        context, h, losses = self.positions(position)[-1], self.norm(x), []
        for module in self.mtp:
            # Show it the token that has just been predicted, and ask for the one behind it. Nothing follows the last.
            shown, targets = targets, F.pad(targets[:, 1:], (0, 1), value=-1)
            h = module(h, self.embed(shown.clamp(min=0), position), context)
            # Compare with what comes, where both tokens are known.
            asked = targets.masked_fill(shown == -1, -1)
            total = F.cross_entropy(self.output(h).flatten(0, 1), asked.flatten(), ignore_index=-1, reduction="sum")
            losses.append(total / (asked != -1).sum().clamp(min=1))
        # Average over the depths.
        return torch.stack(losses).mean()


def of_last_layer(config: GPTConfig) -> GPTConfig:
    """A model of one layer, like the last one: that of an MTP module."""
    window = config.layer_windows[-1]
    last = replace(
        config.of_layer(-1),
        n_layer=1,
        n_mtp=0,
        attention_window="none" if window is None else str(window),
        position_encoding=config.layer_positions[-1],
    )
    return as_read(last)
