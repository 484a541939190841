"""Over the parameters, as nGPT's own code does it."""


def normalise_weights(model):
    norms = {id(p) for m in model.modules() if isinstance(m, (nn.Linear, nn.Embedding)) for p in [m.weight]}
    for name, p in model.named_parameters():
        if id(p) in norms:
            dim = 0 if name.endswith((".o_proj.weight", ".down_proj.weight")) else 1
            p.data.copy_(p.data / p.data.norm(p=2, dim=dim, keepdim=True).clamp_min(1e-12))
