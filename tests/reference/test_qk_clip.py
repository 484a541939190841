"""QK-clip: the heads whose largest logit passed tau have just tau afterwards, and all others are as they were."""

import pytest
import torch

from reference.gpt import GPT
from reference.optimization.qk_clip import QKClip
from scripts.measuring.attention_variants import variant

TAU = 4.0
KINDS = {
    "multi-head": {"n_kv_head": 4},
    "grouped": {"bias": True},
    "multi-query": {"n_kv_head": 1, "attention_window": "3,none", "attention_backend": "sdpa"},
    "differential": {"attention_type": "differential"},
    "latent": {"attention_type": "latent", "n_kv_head": 4, "query_latent_rank": 8},
    "of an earlier layer": {"attention_type": "standard,shared", "attention_gate": True},
}


def model_of(kind: str) -> GPT:
    torch.manual_seed(1)
    model = GPT(variant("grouped", **KINDS[kind])).double()
    for weight in model.parameters():
        torch.nn.init.normal_(weight, std=0.4)
    return model


def largest(model: GPT, watched: list) -> torch.Tensor:
    """Of every layer and head, on inputs that stay the same whatever earlier layers say. (layers, H)."""
    contexts = model.positions(torch.arange(9))
    for layer, (block, context) in enumerate(zip(model.blocks, contexts, strict=True)):
        block.attn(torch.randn(3, 9, 24, generator=torch.Generator().manual_seed(layer)).double(), context)
    return torch.stack([one.largest for one in watched])


@pytest.mark.parametrize("kind", KINDS)
def test_logits_that_passed_tau_come_back_to_it(kind):
    model = model_of(kind)
    clip = QKClip(model, TAU)
    watched = [block.attn.backend for block in model.blocks]
    before = largest(model, watched)
    tau = clip.tau = before.median().item()
    weights = {name: weight.clone() for name, weight in model.named_parameters()}
    report = clip.step()
    assert report == {"largest_logit": before.max().item(), "clipped_heads": (before > tau).sum().item()}
    torch.testing.assert_close(largest(model, watched), before.clamp(max=tau), rtol=1e-5, atol=0)
    # What scores nothing is left alone, and so are the queries of heads that did not pass.
    for name, weight in model.named_parameters():
        if name.split(".")[-2] not in ("q_proj", "k_proj", "k_up_proj"):
            assert torch.equal(weight, weights[name])
    for layer, passed in enumerate(before > tau):
        changed = model.blocks[layer].attn.q_proj.weight != weights[f"blocks.{layer}.attn.q_proj.weight"]
        assert changed.view(4, -1).any(dim=1).tolist() == passed.tolist()


def test_with_a_key_for_every_head_both_are_scaled_alike():
    model = model_of("multi-head")
    clip, attention = QKClip(model, TAU), model.blocks[0].attn
    gamma = TAU / largest(model, [attention.backend])[0].clamp(min=TAU)
    both = (attention.q_proj.weight, attention.k_proj.weight)
    expected = [weight * gamma.sqrt().repeat_interleave(6)[:, None] for weight in both]
    clip.step()
    torch.testing.assert_close(list(both), expected, rtol=1e-5, atol=0)


def test_watching_changes_no_loss_and_evaluation_is_not_watched():
    model, tokens = model_of("of an earlier layer"), torch.randint(13, (2, 10))
    expected = model(tokens)
    clip = QKClip(model, TAU)
    assert torch.equal(model.eval()(tokens), expected)
    assert clip.step()["largest_logit"] == -torch.inf
    assert torch.equal(model.train()(tokens), expected)


def test_heads_without_a_finite_logit_keep_their_weights():
    model = model_of("grouped")
    clip = QKClip(model, TAU)
    before = model.blocks[0].attn.q_proj.weight.clone()
    model.blocks[0].attn.backend.largest[:] = torch.tensor([torch.nan, torch.inf, -torch.inf, 1.0])
    clip.step()
    assert torch.equal(model.blocks[0].attn.q_proj.weight, before)


@pytest.mark.parametrize(
    "changes", [{"qk_norm": "full"}, {"qk_norm": "off,head", "attention_type": "latent", "n_kv_head": 4}]
)
def test_normed_queries_are_refused(changes):
    with pytest.raises(ValueError, match=r"qk_clip = 4 with qk_norm = .*: the norm bounds the logits"):
        QKClip(GPT(variant("grouped", **changes)), TAU)


def test_compressed_keys_are_refused():
    with pytest.raises(ValueError, match="qk_clip = 4 with attention_type = 'nsa': an MLP makes its compressed keys"):
        QKClip(GPT(variant("NSA")), TAU)
