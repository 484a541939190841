"""As transformers' Qwen3: the norm before the rotation, which keeps lengths, so that without weights it is the same."""

from torch import nn


class CausalSelfAttention(nn.Module):
    def forward(self, x, context):
        input_shape = x.shape[:-1]
        hidden_shape = (*input_shape, -1, self.head_dim)
        query_states = rms_norm(self.q_proj(x).view(hidden_shape), self.norm_eps)
        key_states = rms_norm(self.k_proj(x).view(hidden_shape), self.norm_eps)
        value_states = self.v_proj(x).view(hidden_shape)
        query_states, key_states = context.rotate(query_states), context.rotate(key_states)
        attn_output = self.attend(query_states, key_states, value_states, context)
        attn_output = attn_output.reshape(*input_shape, -1).contiguous()
        return self.o_proj(attn_output)
