"""Heads by views, and the branches added up one by one."""


class NSAAttention(Attention):
    def forward(self, x, context):
        B, T, _ = x.shape
        query = self.q_proj(x).view(B, T, self.n_head, self.head_dim)
        key = self.k_proj(x).view(B, T, -1, self.head_dim)
        value = self.v_proj(x).view(B, T, -1, self.head_dim)
        for step in self.steps:
            query, key = step(self, query, key, context)
        compressed, selected, window = self.branches(query, key, value, context).unbind(dim=2)
        first, second, third = self.branch_gate_proj(x).sigmoid().chunk(3, dim=-1)
        y = first[..., None] * compressed + second[..., None] * selected + third[..., None] * window
        return self.dropout(self.o_proj(self.gate(self, y.reshape(B, T, -1), x)))
