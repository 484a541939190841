"""With F.normalize's order of ideas: a helper that divides along one axis."""


def sinkhorn(logits, iters):
    def divided(matrix, dim):
        return matrix / (matrix.sum(dim, keepdim=True) + EPS)

    matrix = divided(torch.softmax(logits, -1) + EPS, -2)
    for _ in range(1, iters):
        matrix = divided(divided(matrix, -1), -2)
    return matrix
