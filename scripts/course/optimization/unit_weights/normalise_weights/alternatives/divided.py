"""Divided in place by lengths that are never zero."""


@torch.no_grad()
def normalise_weights(model):
    for name, module in model.named_modules():
        if isinstance(module, (nn.Linear, nn.Embedding)):
            axis = 0 if name.split(".")[-1] in ("o_proj", "down_proj") else -1
            length = torch.linalg.vector_norm(module.weight, dim=axis, keepdim=True)
            module.weight.div_(length.clamp(min=1e-12))
