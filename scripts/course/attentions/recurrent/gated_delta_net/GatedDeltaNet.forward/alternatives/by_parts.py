"""Queries, keys and values by slices of the channels; the scale on the result of the norm's division."""

from torch import nn


class GatedDeltaNet(nn.Module):
    def forward(self, x, context):
        B, T, _ = x.shape
        sizes, kernel = self.sizes, self.conv_weight.shape[-1]
        log_decay, beta = self.gates(x)
        qkv, log_decay, beta = recall(context, kernel - 1, self.qkv_proj(x), log_decay, beta)
        mixed = short_conv(qkv, self.conv_weight)
        N, groups = mixed.size(1), sizes.n_value_head // sizes.n_key_head
        query = mixed[..., : sizes.key_dim].reshape(B, N, sizes.n_key_head, sizes.key_head_dim)
        key = mixed[..., sizes.key_dim : 2 * sizes.key_dim].reshape(B, N, sizes.n_key_head, sizes.key_head_dim)
        value = mixed[..., 2 * sizes.key_dim :].reshape(B, N, sizes.n_value_head, sizes.value_head_dim)
        query = self.qk_norm(query).repeat_interleave(groups, dim=2) / sizes.key_head_dim**0.5
        key = self.qk_norm(key).repeat_interleave(groups, dim=2)
        entries = [each.transpose(1, 2) for each in (query, key, value, log_decay, beta)]
        y = scan(context, gated_delta_rule, *entries).transpose(1, 2)[:, N - T :]
        z = self.z_proj(x).reshape(B, T, sizes.n_value_head, sizes.value_head_dim)
        return self.dropout(self.o_proj(self.norm(y, z).reshape(B, T, -1)))
