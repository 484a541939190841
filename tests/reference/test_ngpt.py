"""nGPT: the learned factors, the weights on the sphere, and Nemotron Labs' Dory, looped layers and all."""

import pytest
import torch

from reference.config import GPTConfig
from reference.gpt import GPT
from reference.optimization.initialization import initialise
from reference.optimization.unit_weights import normalise_weights
from reference.presets import preset


def test_every_vector_of_the_streams_width_gets_the_length_one():
    model = GPT(preset("ngpt_tiny", attention_gate=True, weight_tying=True, ffn_type="gated/moe"))
    generator, before = torch.Generator().manual_seed(0), {}
    with torch.no_grad():
        for weight in model.parameters():
            weight.normal_(generator=generator)
        model.blocks[0].attn.q_proj.weight[3] = 0
        before = {name: weight.clone() for name, weight in model.named_parameters()}
    normalise_weights(model)
    writes = 0
    for name, weight in model.named_parameters():
        if weight.ndim == 1:
            # Factors are learned as they are.
            assert torch.equal(weight, before[name])
            continue
        axis = int("o_proj" not in name and "down_proj" not in name)
        writes += 1 - axis
        assert weight.shape[axis] == 64
        expected = before[name] / before[name].norm(dim=axis, keepdim=True).clamp(min=1e-30)
        torch.testing.assert_close(weight, expected)
    assert writes == 3 + 1 + 2 * 8
    assert not model.blocks[0].attn.q_proj.weight[3].any()


def test_a_first_model_is_on_the_sphere_and_stays_there_while_it_trains():
    torch.manual_seed(0)
    model = GPT(preset("ngpt_tiny"))
    initialise(model)
    tokens, lengths = torch.arange(24).view(2, 12), []
    for block in model.blocks:
        block.register_forward_hook(
            lambda block, arguments, x: lengths.extend((arguments[0].norm(dim=-1), x.norm(dim=-1)))
        )
    model(tokens)
    torch.testing.assert_close(torch.stack(lengths), torch.ones(6, 2, 12), rtol=0, atol=1e-5)
    # At first scores are cosines times sqrt(D), hidden units cosines times sqrt(C), and logits cosines.
    attention = model.blocks[0].attn
    assert attention.scale == 4.0
    torch.testing.assert_close(attention.qk_scale(), torch.ones(64))
    torch.testing.assert_close(model.blocks[0].mlp.up_proj.scale(), torch.full((model.config.ffn_hidden or 176,), 8.0))
    assert model(tokens).abs().max() <= 1


@pytest.mark.slow
def test_equal_to_dory():
    transformers = pytest.importorskip("transformers")
    if not hasattr(transformers, "DoryForCausalLM"):
        pytest.skip("this transformers has no Dory")
    theirs = transformers.DoryForCausalLM(
        transformers.DoryConfig(
            vocab_size=13, hidden_size=32, intermediate_size=40, num_hidden_layers=5, num_attention_heads=4,
            num_key_value_heads=2, head_dim=6, max_position_embeddings=32, sliding_window=4, n_input_layers=1,
            n_output_layers=2, n_recurrent_loops=3, attn_implementation="eager",
        )
    ).eval()  # fmt: skip
    config = GPTConfig(
        vocab_size=13, n_embd=32, ffn_hidden=40, n_layer=5, n_head=4, n_kv_head=2, head_dim=6, max_seq_len=32,
        attention_window="4,4,4,none", position_encoding="rope_local,rope_local,rope_local,rope", rope_theta=1e7,
        ffn_type="gated", activation="silu", normalization="l2norm", norm_position="ngpt", unit_weights=True,
        qk_normalization="l2norm", qk_norm_after_rotary=False, attention_gate=True, sub_norm=True, logit_softcap=None,
        n_loop=3, loop_start=1, loop_end=3, loop_input=True,
    )  # fmt: skip
    model, generator = GPT(config), torch.Generator().manual_seed(0)
    with torch.no_grad():
        for name, weight in theirs.named_parameters():
            if weight.ndim == 2:
                weight.normal_(generator=generator, std=0.4)
            else:
                # Every factor around the first one, every rate around a fourth.
                weight.mul_(torch.rand(weight.shape, generator=generator) + 0.5).mul_(5.0 if "lambda" in name else 1.0)
        r = theirs.config.initializer_range
        for ours, their in zip(model.blocks, theirs.model.layers, strict=True):
            for name in ("q_proj", "k_proj", "v_proj", "gate_proj"):
                getattr(ours.attn, name).weight.copy_(getattr(their.self_attn, name).weight)
            for name in ("gate_proj", "up_proj"):
                getattr(ours.mlp, name).weight.copy_(getattr(their.mlp, name).weight)
            ours.attn.o_proj.weight.copy_(their.self_attn.o_proj.weight)
            ours.mlp.down_proj.weight.copy_(their.mlp.down_proj.weight)
            for scale, factors in (
                (ours.attn_rate, their.lambda_1 * 0.05 / r),
                (ours.mlp_rate, their.lambda_2 * 0.05 / r),
                (ours.attn.qk_scale, their.self_attn.sqk / r),
                (ours.attn.gate_proj.scale, 32**0.5 * (their.self_attn.s_gate / r).square()),
                (ours.mlp.gate_proj.scale, their.mlp.suv_gate * 32**0.5),
                (ours.mlp.up_proj.scale, their.mlp.suv_up * 32**0.5),
            ):
                scale.weight.copy_(factors / scale.unit)
        model.embedding.token_embedding.weight.copy_(theirs.model.embed_tokens.weight)
        model.head.lm_head.weight.copy_(theirs.lm_head.weight)
        model.head.lm_head.scale.weight.copy_(theirs.lm_head.logit_scale / r / model.head.lm_head.scale.unit)
        tokens = torch.randint(13, (2, 11), generator=generator)
        expected = theirs(tokens).logits
        torch.testing.assert_close(model(tokens), expected, rtol=0, atol=1e-5)
        assert expected.std() > 0.1
        # Fewer passes, and a loop that forgets its input, are other models.
        other = GPT(GPTConfig(**vars(config) | {"n_loop": 2}))
        other.load_state_dict(model.state_dict())
        assert (other(tokens) - expected).abs().max() > 1e-3
        model.blocks[1].loop_input.register_forward_hook(lambda module, arguments, x: arguments[0])
        assert (model(tokens) - expected).abs().max() > 1e-3
