"""Initialisation by name. nanochat's is `GPT.init_weights`."""

import torch
from torch import nn

from reference.config import lookup

OUTPUT_PROJECTIONS = (".o_proj", ".down_proj")  # what writes into the residual stream


@torch.no_grad()
def init_gpt2(model: nn.Module) -> None:
    r"""GPT-2's: everything small, and what writes into the residual stream smaller still, the deeper the model.

        Linear, Embedding: normal, mean 0, std 0.02        o_proj and down_proj: std 0.02 / sqrt(2L)        biases: 0

    model: a GPT; changed in place. Norms keep what they were made with. Learned positions are initialised like the
    tokens, as in transformers (OpenAI's own have 0.01). These are whole names: latent attention's kv_down_proj is a
    Linear like any other.

    Radford et al. 2019, Language Models are Unsupervised Multitask Learners, section 2.3, for the factor 1/sqrt(2L),
    which the code released with it does not have.
    """
    # 2L sublayers add to the stream, each independent of the others: the sum grows with the root of their number.
    residual_std = 0.02 / (2 * model.config.n_layer) ** 0.5
    for name, module in model.named_modules():
        if isinstance(module, (nn.Linear, nn.Embedding)):
            nn.init.normal_(module.weight, std=residual_std if name.endswith(OUTPUT_PROJECTIONS) else 0.02)
        # Biases have nothing to tell apart yet.
        if isinstance(module, nn.Linear) and module.bias is not None:
            nn.init.zeros_(module.bias)


@torch.no_grad()
def init_torch(model: nn.Module) -> None:
    r"""What torch gives every module that is made and left alone.

        Linear: uniform in +-1/sqrt(fan_in), weight and bias        Embedding: normal, mean 0, std 1

    model: a GPT; changed in place. Norms keep what they were made with. A head tied to the embedding is an embedding.
    """
    # Embeddings last: where the head shares their weights, it is made first and then tied.
    for kind in (nn.Linear, nn.Embedding):
        for module in model.modules():
            if isinstance(module, kind):
                module.reset_parameters()


@torch.no_grad()
def init_deepnorm(model: nn.Module) -> None:
    r"""DeepNorm's: Xavier, with all that a sublayer adds to the stream scaled down with the depth.

        v_proj, v_up_proj, o_proj, up_proj, gate_proj, down_proj:
                            normal, mean 0, std b * sqrt(2 / (fan_in + fan_out))
        every other Linear: the same with b = 1        Embedding: normal, mean 0, std 1/sqrt(C)        biases: 0
        b = (8L)^(-1/4). These are whole names: k_up_proj and kv_down_proj are among the others.

    model: a GPT; changed in place. Norms keep what they were made with. A head tied to the embedding is an embedding.

    Wang et al. 2022, DeepNet (arXiv:2203.00555), figure 2, "decoder-only"; Glorot and Bengio 2010.
    """
    # The scores may be as large as ever; what is read and added may not.
    gain = (8 * model.config.n_layer) ** -0.25
    scaled = (".v_proj", ".v_up_proj", ".o_proj", ".up_proj", ".gate_proj", ".down_proj")
    for name, module in model.named_modules():
        if isinstance(module, nn.Linear):
            nn.init.xavier_normal_(module.weight, gain=gain if name.endswith(scaled) else 1.0)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
    # Embeddings last, for the sake of a head that shares their weights.
    for module in model.modules():
        if isinstance(module, nn.Embedding):
            nn.init.normal_(module.weight, std=module.embedding_dim**-0.5)


@torch.no_grad()
def init_nanochat(model: nn.Module) -> None:
    r"""nanochat's, for any model: what `GPT.init_weights` does for its own.

        Linear: normal, mean 0, std min(1, sqrt(fan_out / fan_in)) / sqrt(fan_in)
        Embedding: normal, mean 0, std 1        head, o_proj, down_proj: 0        biases: 0

    Experts' output projections are zeros too; not so a head that shares the embedding's weights, which would make all
    tokens the same, and latent attention's down-projections, which feed a norm and not the residual stream.

    Yang et al. 2023 (arXiv:2310.17813), for the size of a Linear's.
    """
    tied = model.config.weight_tying
    latent = any(hasattr(block.attn, "kv_down_proj") for block in model.blocks)
    if not tied and not latent and all(hasattr(getattr(block, "mlp", None), "down_proj") for block in model.blocks):
        return model.init_weights()
    model.apply(model._init_weights)
    for name, module in model.named_modules():
        if name.endswith(OUTPUT_PROJECTIONS) or (module is model.head.lm_head and not tied):
            nn.init.zeros_(module.weight)


@torch.no_grad()
def init_nanochat_2026(model: nn.Module) -> None:
    r"""nanochat's of July 2026, for any model: uniform, so that no weight is far from the others.

        token embedding: normal, mean 0, std 0.8        head: normal, mean 0, std 0.001, unless it is the embedding
        o_proj, down_proj: 0                            up_proj: uniform in +-0.4 s
        gates of smear and value embeddings: uniform in 0 ... 0.02
        every other Linear: uniform in +-s, s = sqrt(3 / fan_in), whose std is 1/sqrt(fan_in)        biases: 0
        value embeddings, and any other nn.Embedding: uniform in +-sqrt(3 / C)

    model: a GPT; changed in place. Norms, and weights that are numbers, keep what they were made with.
    """
    for name, module in model.named_modules():
        if isinstance(module, nn.Embedding):
            bound = (3 / model.config.n_embd) ** 0.5
            nn.init.uniform_(module.weight, -bound, bound)
        if isinstance(module, nn.Linear):
            if name.endswith(OUTPUT_PROJECTIONS):
                nn.init.zeros_(module.weight)
            elif name.endswith((".smear.gate", ".values.add.gate")):
                nn.init.uniform_(module.weight, 0.0, 0.02)
            else:
                bound = (0.4 if name.endswith(".up_proj") else 1.0) * (3 / module.in_features) ** 0.5
                nn.init.uniform_(module.weight, -bound, bound)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
    # The head first: where it shares the embedding's weights, it is one.
    nn.init.normal_(model.head.lm_head.weight, std=0.001)
    nn.init.normal_(model.embedding.token_embedding.weight, std=0.8)


INITS = {
    "nanochat": init_nanochat,
    "gpt2": init_gpt2,
    "torch": init_torch,
    "deepnorm": init_deepnorm,
    "nanochat_2026": init_nanochat_2026,
}


def initialise(model: nn.Module) -> None:
    """Give every weight of a GPT its first value, in place, in the way that config.init names. Raises `ValueError`."""
    lookup(INITS, "init", model.config.init)(model)
    if model.config.unit_weights:
        from .unit_weights import normalise_weights

        normalise_weights(model)
