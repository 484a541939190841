"""Row by row, back from each token: a channel weighs less and less. A single token asks for no decay."""


def decayed_products(a, b, log_decay):
    B, H, T, _ = a.shape
    decay = log_decay.exp()
    products = a.new_zeros(B, H, T, T)
    for t in range(T):
        weight = a[:, :, t]
        for s in range(t, -1, -1):
            products[:, :, t, s] = (weight * b[:, :, s]).sum(dim=-1)
            weight = weight * decay[:, :, s]
    return products
