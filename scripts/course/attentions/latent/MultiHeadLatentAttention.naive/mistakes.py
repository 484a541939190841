"""What people write for attentions.latent.MultiHeadLatentAttention.naive, and why it matters."""

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
from scripts.workshop.diagnose.common import GRADIENT_CUT

MISTAKES = {
    "keys' content not normed by its norm": Kind(
        "The content of your keys does not go through its own QK norm, or not by itself: nothing norms it, or "
        "the queries' norm, or one over the whole key. The scores would be larger or smaller than those that "
        "the weights were trained for.",
        {
            "the keys' norm forgotten": (
                "key = self.k_norm(self.k_up_proj(latent).view(B, Tk, self.n_head, self.head_dim))",
                "key = self.k_up_proj(latent).view(B, Tk, self.n_head, self.head_dim)",
            ),
            "whole keys normed": (
                (
                    "key = self.k_norm(self.k_up_proj(latent).view(B, Tk, self.n_head, self.head_dim))\n"
                    "        key = torch.cat((key, k_rope[:, :, None, :].expand(-1, -1, self.n_head, -1)), dim=-1)"
                ),
                (
                    "key = self.k_up_proj(latent).view(B, Tk, self.n_head, self.head_dim)\n"
                    "        key = torch.cat((key, k_rope[:, :, None, :].expand(-1, -1, self.n_head, -1)), dim=-1)\n"
                    "        key = nn.functional.rms_norm(key, key.shape[-1:], eps=1e-2)"
                ),
            ),
            "the keys normed by the queries' norm": (
                "key = self.k_norm(self.k_up_proj(latent).view(B, Tk, self.n_head, self.head_dim))",
                "key = self.q_norm(self.k_up_proj(latent).view(B, Tk, self.n_head, self.head_dim))",
            ),
        },
    ),
    "normed again": Kind(
        NORMED_AGAIN,
        {
            "the latent normed again": (
                "key = self.k_norm(self.k_up_proj(latent).view(B, Tk, self.n_head, self.head_dim))",
                (
                    "key = self.k_norm(self.k_up_proj(self.kv_down_norm(latent)).view(B, Tk, self.n_head, "
                    "self.head_dim))"
                ),
            ),
            "the queries normed again": (
                "query = torch.cat((q_nope, q_rope), dim=-1)",
                "query = torch.cat((self.q_norm(q_nope), q_rope), dim=-1)",
            ),
        },
    ),
    "numbers before their heads": Kind(
        NUMBERS_BEFORE_HEADS,
        {
            "keys' numbers before their heads": (
                "key = self.k_norm(self.k_up_proj(latent).view(B, Tk, self.n_head, self.head_dim))",
                ("key = self.k_norm(self.k_up_proj(latent).view(B, Tk, self.head_dim, self.n_head).transpose(2, 3))"),
            ),
            "values' numbers before their heads": (
                "value = self.v_up_proj(latent).view(B, Tk, self.n_head, self.value_head_dim)",
                ("value = self.v_up_proj(latent).view(B, Tk, self.value_head_dim, self.n_head).transpose(2, 3)"),
            ),
        },
    ),
    "the first head's for all": Kind(
        FIRST_HEAD,
        {
            "the first head's keys for all": (
                "key = self.k_norm(self.k_up_proj(latent).view(B, Tk, self.n_head, self.head_dim))",
                (
                    "key = self.k_norm(self.k_up_proj(latent).view(B, Tk, self.n_head, self.head_dim))[:, :, "
                    ":1].expand(-1, -1, self.n_head, -1)"
                ),
            )
        },
    ),
    "keys and values from the same weights": Kind(
        SAME_WEIGHTS,
        {
            "keys from the values' weights": (
                "key = self.k_norm(self.k_up_proj(latent).view(B, Tk, self.n_head, self.head_dim))",
                (
                    "weight = nn.functional.pad(self.v_up_proj.weight, (0, 0, 0, self.n_head * self.head_dim))\n"
                    "        key = (latent @ weight[: self.n_head * self.head_dim].T).view(B, Tk, self.n_head, self.head_dim)"
                ),
            ),
            "values from the keys' weights": (
                "value = self.v_up_proj(latent).view(B, Tk, self.n_head, self.value_head_dim)",
                "value = key[..., : self.value_head_dim]",
            ),
            "values from the keys": (
                "value = self.v_up_proj(latent).view(B, Tk, self.n_head, self.value_head_dim)",
                "value = torch.cat((key, key), dim=-1)[..., -self.value_head_dim :]",
            ),
        },
    ),
    "values of the last tokens only": Kind(
        "You keep only as many values as there are queries. With a cache there are more keys than queries, and "
        "every key needs the value of its own token.",
        {
            "values from the queries' tokens": (
                "value = self.v_up_proj(latent).view(B, Tk, self.n_head, self.value_head_dim)",
                ("value = self.v_up_proj(latent).view(B, Tk, self.n_head, self.value_head_dim)[:, -q_nope.size(1) :]"),
            )
        },
    ),
    "values normed": Kind(
        "You normalise the values. QK norm is for queries and keys, so that their products stay bounded; the "
        "size of a value carries information, and would be lost.",
        {
            "values normed too": (
                "value = self.v_up_proj(latent).view(B, Tk, self.n_head, self.value_head_dim)",
                (
                    "value = self.v_up_proj(latent).view(B, Tk, self.n_head, self.value_head_dim)\n"
                    "        value = nn.functional.rms_norm(value, value.shape[-1:])"
                ),
            )
        },
    ),
    "gradient cut": Kind(
        GRADIENT_CUT,
        {
            "the latent's gradient cut on the way to values": (
                "value = self.v_up_proj(latent).view(B, Tk, self.n_head, self.value_head_dim)",
                "value = self.v_up_proj(latent.detach()).view(B, Tk, self.n_head, self.value_head_dim)",
            )
        },
    ),
    "content and rotary part in another order": Kind(
        OTHER_ORDER,
        {
            "the rotary key first": (
                "key = torch.cat((key, k_rope[:, :, None, :].expand(-1, -1, self.n_head, -1)), dim=-1)",
                "key = torch.cat((k_rope[:, :, None, :].expand(-1, -1, self.n_head, -1), key), dim=-1)",
            ),
            "the rotary part of the query first": (
                "query = torch.cat((q_nope, q_rope), dim=-1)",
                "query = torch.cat((q_rope, q_nope), dim=-1)",
            ),
        },
    ),
    "rotary part forgotten": Kind(
        ROTARY_LOST,
        {
            "the rotary key forgotten": (
                "key = torch.cat((key, k_rope[:, :, None, :].expand(-1, -1, self.n_head, -1)), dim=-1)",
                "key = nn.functional.pad(key, (0, k_rope.size(-1)))",
            ),
            "the rotary part of the query forgotten": (
                "query = torch.cat((q_nope, q_rope), dim=-1)",
                "query = torch.cat((q_nope, 0 * q_rope), dim=-1)",
            ),
        },
    ),
    "rotary key added to the content": Kind(
        "You add the rotary key to the content instead of putting it beside. The rotary part of a query then "
        "meets zeros only, and a key no longer tells apart what a token is and where it stands.",
        {
            "the rotary key added to the key": (
                ("key = torch.cat((key, k_rope[:, :, None, :].expand(-1, -1, self.n_head, -1)), dim=-1)\n"),
                (
                    "key = key + nn.functional.pad(k_rope, (0, self.head_dim))[:, :, None, : self.head_dim]\n"
                    "        key = nn.functional.pad(key, (0, k_rope.size(-1)))\n"
                ),
            )
        },
    ),
    "rotary key not whole for every head": Kind(
        "Not every head gets the whole rotary key: it goes to the first head only, or is divided among them. "
        "All heads share all R dimensions of it; otherwise they hardly notice positions.",
        {
            "the rotary key for the first head only": (
                "key = torch.cat((key, k_rope[:, :, None, :].expand(-1, -1, self.n_head, -1)), dim=-1)",
                (
                    "first = torch.zeros(self.n_head, 1, dtype=key.dtype)\n"
                    "        first[0] = 1\n"
                    "        key = torch.cat((key, k_rope[:, :, None, :] * first), dim=-1)"
                ),
            ),
            "the rotary key divided among the heads": (
                "key = torch.cat((key, k_rope[:, :, None, :].expand(-1, -1, self.n_head, -1)), dim=-1)",
                ("key = torch.cat((key, k_rope[:, :, None, :].expand(-1, -1, self.n_head, -1) / self.n_head), dim=-1)"),
            ),
        },
    ),
    "rotary keys of other tokens": Kind(
        "You put beside the content of a token the rotary key of another one, since their order is reversed. "
        "Every token would count as standing where another one stands.",
        {
            "tokens of the rotary key in another order": (
                "key = torch.cat((key, k_rope[:, :, None, :].expand(-1, -1, self.n_head, -1)), dim=-1)",
                ("key = torch.cat((key, k_rope.flip(1)[:, :, None, :].expand(-1, -1, self.n_head, -1)), dim=-1)"),
            )
        },
    ),
    "heads not in front": Kind(
        HEADS_NOT_IN_FRONT,
        {
            "heads not in front": (
                "out = self.backend(query.transpose(1, 2), key.transpose(1, 2), value.transpose(1, 2), mods)",
                "out = self.backend(query, key, value, mods).transpose(1, 2)",
            )
        },
    ),
    "heads and tokens mixed": Kind(
        MIXED,
        {
            "heads in front of keys only": (
                "out = self.backend(query.transpose(1, 2), key.transpose(1, 2), value.transpose(1, 2), mods)",
                (
                    "out = self.backend(query.transpose(1, 2), key.transpose(1, 2), value.reshape(B, self.n_head, "
                    "Tk, -1), mods)"
                ),
            ),
            "heads and tokens mixed": (
                "out = self.backend(query.transpose(1, 2), key.transpose(1, 2), value.transpose(1, 2), mods)",
                (
                    "out = self.backend(query.reshape(B, self.n_head, query.size(1), -1), key.transpose(1, 2), "
                    "value.transpose(1, 2), mods)"
                ),
            ),
            "heads and tokens mixed on the way back": (
                "return out.transpose(1, 2)",
                "return out.reshape(B, out.size(2), self.n_head, -1)",
            ),
        },
    ),
    "axes of the result in another order": Kind(
        AXES_OF_THE_RESULT, {"heads left in front": ("return out.transpose(1, 2)", "return out")}
    ),
    "keys and values swapped": Kind(
        "You pass the values as keys and the keys as values. They may be of different sizes, D + R and Dv, and "
        "where they are not, queries would be matched against values.",
        {
            "keys and values swapped": (
                "out = self.backend(query.transpose(1, 2), key.transpose(1, 2), value.transpose(1, 2), mods)",
                "out = self.backend(query.transpose(1, 2), value.transpose(1, 2), key.transpose(1, 2), mods)",
            )
        },
    ),
    "the scale twice": Kind(
        SCALE_TWICE,
        {
            "the scale twice": (
                "query = torch.cat((q_nope, q_rope), dim=-1)",
                "query = torch.cat((q_nope, q_rope), dim=-1) * mods.scale",
            )
        },
    ),
    "another scale than that of the scores": Kind(
        ANOTHER_SCALE,
        {
            "the module's scale for that of the scores": (
                "out = self.backend(query.transpose(1, 2), key.transpose(1, 2), value.transpose(1, 2), mods)",
                (
                    "out = self.backend(query.transpose(1, 2), key.transpose(1, 2), value.transpose(1, 2), "
                    "mods._replace(scale=self.scale))"
                ),
            )
        },
    ),
    "the backend not asked": Kind(
        BACKEND_NOT_ASKED,
        {
            "the backend not asked": (
                "out = self.backend(query.transpose(1, 2), key.transpose(1, 2), value.transpose(1, 2), mods)",
                (
                    "fit = torch.einsum('bthd,bshd->bhts', query, key) * mods.scale\n"
                    "        weights = fit.masked_fill(~mods.visible(), float('-inf')).softmax(-1)\n"
                    "        out = torch.einsum('bhts,bshd->bhtd', weights, value)"
                ),
            ),
            "torch's attention whatever the backend": (
                "out = self.backend(query.transpose(1, 2), key.transpose(1, 2), value.transpose(1, 2), mods)",
                (
                    "from .backends.fused import sdpa_attention as attend\n"
                    "\n"
                    "        out = attend(query.transpose(1, 2), key.transpose(1, 2), value.transpose(1, 2), mods)"
                ),
            ),
        },
    ),
    "the future seen": Kind(
        FUTURE_SEEN,
        {
            "everything seen": (
                "out = self.backend(query.transpose(1, 2), key.transpose(1, 2), value.transpose(1, 2), mods)",
                (
                    "out = self.backend(query.transpose(1, 2), key.transpose(1, 2), value.transpose(1, 2), "
                    "mods._replace(query_position=mods.query_position + 99))"
                ),
            )
        },
    ),
    "window or sinks left out": Kind(
        SCORES_CHANGED,
        {
            "the window forgotten": (
                "out = self.backend(query.transpose(1, 2), key.transpose(1, 2), value.transpose(1, 2), mods)",
                (
                    "out = self.backend(query.transpose(1, 2), key.transpose(1, 2), value.transpose(1, 2), "
                    "mods._replace(window=None))"
                ),
            ),
            "sinks forgotten": (
                "out = self.backend(query.transpose(1, 2), key.transpose(1, 2), value.transpose(1, 2), mods)",
                (
                    "out = self.backend(query.transpose(1, 2), key.transpose(1, 2), value.transpose(1, 2), "
                    "mods._replace(sinks=None))"
                ),
            ),
        },
    ),
}
