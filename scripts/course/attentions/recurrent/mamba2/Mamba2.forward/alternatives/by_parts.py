"""By slices of the channels, heads repeated by index; what passes by the state is added before the heads move."""

from torch import nn


class Mamba2(nn.Module):
    def forward(self, x, context):
        B, T, _ = x.shape
        sizes, kernel = self.sizes, self.conv_weight.shape[-1]
        z = self.z_proj(x)
        xBC, dt = recall(context, kernel - 1, self.xbc_proj(x), self.dt_proj(x))
        xBC = short_conv(xBC, self.conv_weight, self.conv_bias)
        N, groups = xBC.size(1), sizes.n_value_head // sizes.n_key_head
        V = xBC[..., : sizes.value_dim].reshape(B, N, sizes.n_value_head, -1)
        K = xBC[..., sizes.value_dim : sizes.value_dim + sizes.key_dim].reshape(B, N, sizes.n_key_head, -1)
        Q = xBC[..., sizes.value_dim + sizes.key_dim :].reshape(B, N, sizes.n_key_head, -1)
        Q, K = (each.repeat_interleave(groups, dim=2).transpose(1, 2) for each in (Q, K))
        log_decay, step = discretise(dt.transpose(1, 2), self.A_log, self.dt_bias)
        y = scan(context, ssd, Q, K, V.transpose(1, 2), log_decay, step).transpose(1, 2)
        y = (y + V * self.D[None, None, :, None])[:, N - T :].reshape(B, T, -1)
        return self.dropout(self.o_proj(self.norm(y, z)))
