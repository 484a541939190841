"""What people write for attentions.latent.MultiHeadLatentAttention.absorbed, and why it matters."""

from scripts.course.attentions.latent.explanations import (
    ANOTHER_SCALE,
    AXES_OF_THE_RESULT,
    BACKEND_NOT_ASKED,
    FIRST_HEAD,
    FUTURE_SEEN,
    HEADS_NOT_IN_FRONT,
    MIXED,
    NORMED_AGAIN,
    NUMBERS_BEFORE_HEADS,
    OTHER_ORDER,
    ROTARY_LOST,
    SAME_WEIGHTS,
    SCALE_TWICE,
    SCORES_CHANGED,
)
from scripts.workshop.diagnose import Kind

MISTAKES = {
    "keys made after all": Kind(
        "You make the keys of all cached tokens, which the absorbed form is there to avoid. The result is "
        "right, but every step of generation repeats that work for the whole text so far.",
        {
            "naive after all": (
                "W_UK = self.k_up_proj.weight.view(self.n_head, self.head_dim, -1)",
                (
                    "return self.naive(q_nope, q_rope, latent, k_rope, mods)\n"
                    "        W_UK = self.k_up_proj.weight.view(self.n_head, self.head_dim, -1)"
                ),
            ),
            "keys made from the latents": (
                "key, value = torch.cat((latent, k_rope), dim=-1)[:, None], latent[:, None]",
                (
                    "key = torch.einsum('bsr,hdr->bhsd', latent, W_UK)\n"
                    "        key = torch.cat((key, k_rope[:, None].expand(-1, self.n_head, -1, -1)), dim=-1)\n"
                    "        query = torch.cat((q_nope, q_rope), dim=-1)\n"
                    "        value = latent[:, None].expand(-1, self.n_head, -1, -1)"
                ),
            ),
        },
    ),
    "copied for every head": Kind(
        "You copy key and value for every head, where one of each serves all. The result is right, but the "
        "memory grows with the number of heads, which latents are there to prevent.",
        {
            "the same for all heads, written out": (
                "out = self.attend_latents(query.transpose(1, 2), key, value, mods)",
                (
                    "key, value = (x.repeat(1, self.n_head, 1, 1) for x in (key, value))\n"
                    "        out = self.attend_latents(query.transpose(1, 2), key, value, mods)"
                ),
            )
        },
    ),
    "weights the wrong way round": Kind(
        "You read the weight of a linear layer as (in, out). Torch keeps (out, in), a row for every output, so "
        "that your shape is right and the elements in it are shuffled.",
        {
            "W_k the wrong way round": (
                "W_UK = self.k_up_proj.weight.view(self.n_head, self.head_dim, -1)",
                "W_UK = self.k_up_proj.weight.view(-1, self.n_head, self.head_dim).permute(1, 2, 0)",
            )
        },
    ),
    "numbers before their heads": Kind(
        NUMBERS_BEFORE_HEADS,
        {
            "W_k's numbers before its heads": (
                "W_UK = self.k_up_proj.weight.view(self.n_head, self.head_dim, -1)",
                "W_UK = self.k_up_proj.weight.view(self.head_dim, self.n_head, -1).transpose(0, 1)",
            ),
            "W_v's numbers before its heads": (
                "W_UV = self.v_up_proj.weight.view(self.n_head, self.value_head_dim, -1)",
                "W_UV = self.v_up_proj.weight.view(self.value_head_dim, self.n_head, -1).transpose(0, 1)",
            ),
        },
    ),
    "values of the size of keys": Kind(
        "You split the values' weights into heads of D numbers, the size of a key without its rotary part. A value has Dv "
        "of them, which need not be as many.",
        {
            "values of the size of keys": (
                "W_UV = self.v_up_proj.weight.view(self.n_head, self.value_head_dim, -1)",
                "W_UV = self.v_up_proj.weight.view(self.n_head, self.head_dim, -1)",
            )
        },
    ),
    "the first head's for all": Kind(
        FIRST_HEAD,
        {
            "W_k of the first head for all": (
                "W_UK = self.k_up_proj.weight.view(self.n_head, self.head_dim, -1)",
                ("W_UK = self.k_up_proj.weight.view(self.n_head, self.head_dim, -1)[:1].expand(self.n_head, -1, -1)"),
            ),
            "W_v of the first head for all": (
                "W_UV = self.v_up_proj.weight.view(self.n_head, self.value_head_dim, -1)",
                (
                    "W_UV = self.v_up_proj.weight.view(self.n_head, self.value_head_dim, "
                    "-1)[:1].expand(self.n_head, -1, -1)"
                ),
            ),
        },
    ),
    "keys and values from the same weights": Kind(
        SAME_WEIGHTS,
        {
            "W_k of the values": (
                "W_UK = self.k_up_proj.weight.view(self.n_head, self.head_dim, -1)",
                (
                    "W_UK = self.v_up_proj.weight.view(self.n_head, self.value_head_dim, -1)\n"
                    "        W_UK = nn.functional.pad(W_UK, (0, 0, 0, self.head_dim))[:, : self.head_dim]"
                ),
            ),
            "W_v of the keys": (
                "W_UV = self.v_up_proj.weight.view(self.n_head, self.value_head_dim, -1)",
                (
                    "W_UV = self.k_up_proj.weight.view(self.n_head, self.head_dim, -1)\n"
                    "        W_UV = nn.functional.pad(W_UV, (0, 0, 0, self.value_head_dim))[:, : self.value_head_dim]"
                ),
            ),
        },
    ),
    "weights of other heads": Kind(
        "Your heads use the weights of other heads, in reverse order. The queries of a head, and its values, "
        "fit no weights but its own.",
        {
            "queries of the wrong heads": (
                'query = torch.cat((torch.einsum("bthd,hdr->bthr", q_nope, W_UK), q_rope), dim=-1)',
                'query = torch.cat((torch.einsum("bthd,hdr->bthr", q_nope, W_UK.flip(0)), q_rope), dim=-1)',
            ),
            "values of the wrong heads": (
                'return torch.einsum("bhtr,hvr->bthv", out, W_UV)',
                'return torch.einsum("bhtr,hvr->bthv", out, W_UV.flip(0))',
            ),
        },
    ),
    "summed over the heads": Kind(
        "You sum over H where each head should stay separate. Every head would attend with a mixture of all "
        "queries, or return one of all values, and there would be little use in having several.",
        {
            "queries summed over the heads": (
                'query = torch.cat((torch.einsum("bthd,hdr->bthr", q_nope, W_UK), q_rope), dim=-1)',
                'query = torch.cat((torch.einsum("bthd,gdr->bthr", q_nope, W_UK), q_rope), dim=-1)',
            ),
            "values summed over the heads": (
                'return torch.einsum("bhtr,hvr->bthv", out, W_UV)',
                'return torch.einsum("bgtr,hvr->bthv", out, W_UV)',
            ),
        },
    ),
    "queries not absorbed": Kind(
        "You compare the content of queries with latents although no weights have brought it there. It was "
        "made to fit in size only, by zeros or by a cut, so that the products mean nothing.",
        {
            "queries not absorbed": (
                'query = torch.cat((torch.einsum("bthd,hdr->bthr", q_nope, W_UK), q_rope), dim=-1)',
                (
                    "q_nope = nn.functional.pad(q_nope, (0, latent.size(-1)))[..., : latent.size(-1)]\n"
                    "        query = torch.cat((q_nope, q_rope), dim=-1)"
                ),
            )
        },
    ),
    "content and rotary part in another order": Kind(
        OTHER_ORDER,
        {
            "the rotary part of the query first": (
                'query = torch.cat((torch.einsum("bthd,hdr->bthr", q_nope, W_UK), q_rope), dim=-1)',
                'query = torch.cat((q_rope, torch.einsum("bthd,hdr->bthr", q_nope, W_UK)), dim=-1)',
            ),
            "the rotary key first": (
                "key, value = torch.cat((latent, k_rope), dim=-1)[:, None], latent[:, None]",
                "key, value = torch.cat((k_rope, latent), dim=-1)[:, None], latent[:, None]",
            ),
        },
    ),
    "rotary part forgotten": Kind(
        ROTARY_LOST,
        {
            "the rotary part of the query forgotten": (
                'query = torch.cat((torch.einsum("bthd,hdr->bthr", q_nope, W_UK), q_rope), dim=-1)',
                'query = torch.cat((torch.einsum("bthd,hdr->bthr", q_nope, W_UK), 0 * q_rope), dim=-1)',
            ),
            "the rotary key forgotten": (
                "key, value = torch.cat((latent, k_rope), dim=-1)[:, None], latent[:, None]",
                "key, value = torch.cat((latent, 0 * k_rope), dim=-1)[:, None], latent[:, None]",
            ),
        },
    ),
    "rotary part absorbed too": Kind(
        "You multiply the rotary part of the queries by something made of the keys' weights. The rotary key "
        "does not come from the latent, so that nothing is to be absorbed there, and positions would count for "
        "too much or too little.",
        {
            "the rotary part absorbed too": (
                'query = torch.cat((torch.einsum("bthd,hdr->bthr", q_nope, W_UK), q_rope), dim=-1)',
                'query = torch.cat((torch.einsum("bthd,hdr->bthr", q_nope, W_UK), q_rope * W_UK.mean()), dim=-1)',
            )
        },
    ),
    "normed again": Kind(
        NORMED_AGAIN,
        {
            "the latent normed again": (
                "key, value = torch.cat((latent, k_rope), dim=-1)[:, None], latent[:, None]",
                (
                    "latent = self.kv_down_norm(latent)\n"
                    "        key, value = torch.cat((latent, k_rope), dim=-1)[:, None], latent[:, None]"
                ),
            )
        },
    ),
    "rotary key in the values": Kind(
        "Your values contain the rotary key. It carries the position, for the scores alone; the attention "
        "output has to be a mean of latents and nothing else.",
        {
            "values with the rotary key": (
                "key, value = torch.cat((latent, k_rope), dim=-1)[:, None], latent[:, None]",
                (
                    "key = torch.cat((latent, k_rope), dim=-1)[:, None]\n"
                    "        value = key.roll(k_rope.size(-1), -1)[..., : latent.size(-1)]"
                ),
            )
        },
    ),
    "another scale than that of the scores": Kind(
        ANOTHER_SCALE,
        {
            "the scale of the latent": (
                "out = self.attend_latents(query.transpose(1, 2), key, value, mods)",
                (
                    "out = self.attend_latents(query.transpose(1, 2), key, value, mods._replace(scale=latent.size(-1) "
                    "** -0.5))"
                ),
            ),
            "the module's scale for that of the scores": (
                "out = self.attend_latents(query.transpose(1, 2), key, value, mods)",
                "out = self.attend_latents(query.transpose(1, 2), key, value, mods._replace(scale=self.scale))",
            ),
        },
    ),
    "the scale twice": Kind(
        SCALE_TWICE,
        {
            "the scale twice": (
                "out = self.attend_latents(query.transpose(1, 2), key, value, mods)",
                "out = self.attend_latents((query * mods.scale).transpose(1, 2), key, value, mods)",
            ),
            "the scale twice, for the content only": (
                'query = torch.cat((torch.einsum("bthd,hdr->bthr", q_nope, W_UK), q_rope), dim=-1)',
                ('query = torch.cat((torch.einsum("bthd,hdr->bthr", q_nope, W_UK) * mods.scale, q_rope), dim=-1)'),
            ),
            "the module's scale too": (
                'query = torch.cat((torch.einsum("bthd,hdr->bthr", q_nope, W_UK), q_rope), dim=-1)',
                'query = torch.cat((torch.einsum("bthd,hdr->bthr", q_nope, W_UK), q_rope), dim=-1) * self.scale',
            ),
            "the module's scale too, for the content only": (
                'query = torch.cat((torch.einsum("bthd,hdr->bthr", q_nope, W_UK), q_rope), dim=-1)',
                'query = torch.cat((torch.einsum("bthd,hdr->bthr", q_nope, W_UK) * self.scale, q_rope), dim=-1)',
            ),
        },
    ),
    "heads not in front": Kind(
        HEADS_NOT_IN_FRONT,
        {
            "heads not in front": (
                "out = self.attend_latents(query.transpose(1, 2), key, value, mods)",
                "out = self.attend_latents(query.flatten(1, 2)[:, None], key, value, mods)",
            )
        },
    ),
    "heads and tokens mixed": Kind(
        MIXED,
        {
            "heads and tokens mixed": (
                "out = self.attend_latents(query.transpose(1, 2), key, value, mods)",
                (
                    "out = self.attend_latents(query.reshape(query.size(0), self.n_head, query.size(1), -1), key, value, "
                    "mods)"
                ),
            )
        },
    ),
    "the backend not asked": Kind(
        BACKEND_NOT_ASKED,
        {
            "the backend not asked": (
                "out = self.attend_latents(query.transpose(1, 2), key, value, mods)",
                (
                    "fit = (query.transpose(1, 2) @ key.mT * mods.scale).masked_fill(~mods.visible(), float('-inf'))\n"
                    "        out = fit.softmax(-1) @ value"
                ),
            ),
            "torch's attention whatever the backend": (
                "out = self.attend_latents(query.transpose(1, 2), key, value, mods)",
                (
                    "from .backends.fused import sdpa_attention as attend\n"
                    "\n"
                    "        out = attend(query.transpose(1, 2), key, value, mods)"
                ),
            ),
        },
    ),
    "the future seen": Kind(
        FUTURE_SEEN,
        {
            "everything seen": (
                "out = self.attend_latents(query.transpose(1, 2), key, value, mods)",
                (
                    "out = self.attend_latents(query.transpose(1, 2), key, value, "
                    "mods._replace(query_position=mods.query_position + 99))"
                ),
            )
        },
    ),
    "window or sinks left out": Kind(
        SCORES_CHANGED,
        {
            "the window forgotten": (
                "out = self.attend_latents(query.transpose(1, 2), key, value, mods)",
                "out = self.attend_latents(query.transpose(1, 2), key, value, mods._replace(window=None))",
            ),
            "sinks forgotten": (
                "out = self.attend_latents(query.transpose(1, 2), key, value, mods)",
                "out = self.attend_latents(query.transpose(1, 2), key, value, mods._replace(sinks=None))",
            ),
        },
    ),
    "latents returned for values": Kind(
        "You return means of latents that have not become values yet. Every head has to project its own mean up "
        "to its own values; otherwise the size of the result is latent_rank, and Dv is needed.",
        {
            "what was found not made into values": (
                'return torch.einsum("bhtr,hvr->bthv", out, W_UV)',
                "return out.transpose(1, 2)",
            )
        },
    ),
    "axes of the result in another order": Kind(
        AXES_OF_THE_RESULT,
        {
            "heads left in front": (
                'return torch.einsum("bhtr,hvr->bthv", out, W_UV)',
                'return torch.einsum("bhtr,hvr->bhtv", out, W_UV)',
            ),
            "numbers before heads": (
                'return torch.einsum("bhtr,hvr->bthv", out, W_UV)',
                'return torch.einsum("bhtr,hvr->btvh", out, W_UV)',
            ),
        },
    ),
    "heads side by side already": Kind(
        "You have already concatenated the heads, and their axis is gone: (B, T, H, Dv) is needed. Both ways to "
        "attend have to return the same shape, since the caller does not ask which one was taken.",
        {
            "heads laid side by side already": (
                'return torch.einsum("bhtr,hvr->bthv", out, W_UV)',
                'return torch.einsum("bhtr,hvr->bthv", out, W_UV).flatten(2)',
            )
        },
    ),
}
