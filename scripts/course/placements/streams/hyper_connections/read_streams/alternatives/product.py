"""As a product of a row and a matrix."""


def read_streams(streams, read):
    row = read.unsqueeze(-2).to(streams.dtype if read.ndim == 1 else read.dtype)
    return torch.matmul(row, streams.to(row.dtype)).squeeze(-2).to(streams.dtype)
