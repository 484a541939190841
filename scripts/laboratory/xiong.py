"""What Xiong et al. 2020 (arXiv:2002.04745), section 3, predict of a transformer before its first step, and what is.

Their model: layer norm without weights, one head whose queries and keys are zero, so that every token takes the mean
of those before it, a feed-forward as wide as the stream, Xavier's first weights, and an input of independent normal
numbers. For a width d and L layers they show:

    the stream's squared norm over d    post, before it is normed (lemma 2): 3/2 in every layer
                                        pre, behind layer l (lemma 2): between 1 + l/2 and 1 + 3l/2
    the gradient of the last layer's down_proj (theorem 1)
                                        post: at most of order d sqrt(ln d), whatever L
                                        pre: at most of order d sqrt(ln d / L)
"""

import torch
from torch import nn

from reference.config import GPTConfig
from reference.gpt import GPT

from .placement import mean

WIDTH, LENGTH, BATCH, SEEDS = 64, 16, 16, 6
DEPTHS = (2, 4, 8, 16, 32)


def build(placement: str, n_layer: int) -> GPT:
    config = GPTConfig(
        vocab_size=WIDTH,
        max_seq_len=LENGTH,
        n_layer=n_layer,
        n_head=1,
        n_embd=WIDTH,
        ffn_hidden=WIDTH,
        norm_position=placement,
        normalization="layernorm_noparam",
        position_encoding="none",
        activation="relu",
        qk_norm="off",
        embedding_norm=False,
        logit_softcap=None,
        init="torch",
    )
    model = GPT(config)
    for name, module in model.named_modules():
        if isinstance(module, nn.Embedding):
            nn.init.normal_(module.weight)
        elif name.endswith(("q_proj", "k_proj")):
            nn.init.zeros_(module.weight)
        elif isinstance(module, nn.Linear):
            nn.init.xavier_normal_(module.weight)
    return model


def measure(placement: str, n_layer: int, seed: int) -> dict[str, list[float]]:
    """One draw. Of every layer, the mean squared norm of the stream over d, and the gradient's norm of down_proj."""
    torch.manual_seed(seed)
    model = build(placement, n_layer)
    sizes: list[float] = []

    def note(stream: torch.Tensor) -> None:
        sizes.append(stream.square().mean().item())

    for block in model.blocks:
        if placement == "post":  # between the addition and the norm behind it
            block.mlp_norm.register_forward_pre_hook(lambda norm, args: note(args[0]))
        else:
            block.register_forward_hook(lambda block, args, stream: note(stream))
    tokens = torch.randint(WIDTH, (BATCH, LENGTH + 1))
    model(tokens[:, :-1], tokens[:, 1:]).backward()
    return {"stream": sizes, "gradients": [block.mlp.down_proj.weight.grad.norm().item() for block in model.blocks]}


def measured(placement: str, n_layer: int) -> dict[str, list[float]]:
    """The means over a few draws."""
    draws = [measure(placement, n_layer, seed) for seed in range(SEEDS)]
    return {name: [mean(values) for values in zip(*(draw[name] for draw in draws), strict=True)] for name in draws[0]}


def measurements() -> dict:
    """What is measured, by placement and depth: `{"post": {2: {"stream", "gradients"}, ...}, "pre": ...}`."""
    return {placement: {depth: measured(placement, depth) for depth in DEPTHS} for placement in ("post", "pre")}
