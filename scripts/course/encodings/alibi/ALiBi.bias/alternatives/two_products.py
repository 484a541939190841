"""One product for the queries and one for the keys, in float64, where whole numbers lose nothing."""

from torch import nn


class ALiBi(nn.Module):
    def bias(self, query_position, key_position):
        # One product for the queries, one for the keys; as whole numbers in float64 nothing is lost.
        slopes = self.slopes.view(-1, 1, 1).double()
        bias = slopes * key_position[..., None, None, :] - slopes * query_position[..., None, :, None]
        return bias.to(self.slopes.dtype)
