"""config.json files as released checkpoints have them, sizes cut down and every other key left: converted, equal,
sampled from."""

import json
from pathlib import Path

import pytest
import torch

from reference.gpt import GPT
from scripts import sample
from scripts.public.families import family_of
from scripts.public.model_folders import load_into, read_folder, save_theirs
from scripts.public.parity import TOLERANCE, difference, judge, randomise
from scripts.training.text.tokenizers import Decoder

from .published import in_parts, write_tokenizer

LLAMA3 = {"factor": 8.0, "high_freq_factor": 4.0, "low_freq_factor": 1.0, "original_max_position_embeddings": 8192}
COMMON = {"attention_dropout": 0.0, "initializer_range": 0.02, "torch_dtype": "bfloat16", "use_cache": True}
HEADS = {"num_attention_heads": 4, "num_key_value_heads": 2}
LLAMA = {
    **COMMON,
    **HEADS,
    "architectures": ["LlamaForCausalLM"],
    "attention_bias": False,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "hidden_act": "silu",
    "max_position_embeddings": 131072,
    "mlp_bias": False,
    "model_type": "llama",
    "pretraining_tp": 1,
    "rms_norm_eps": 1e-05,
    "rope_scaling": {**LLAMA3, "rope_type": "llama3"},
    "rope_theta": 500000.0,
    "tie_word_embeddings": False,
    "transformers_version": "4.43.0.dev0",
}
QWEN = {
    **COMMON,
    **HEADS,
    "bos_token_id": 1,
    "eos_token_id": 1,
    "hidden_act": "silu",
    "rms_norm_eps": 1e-06,
    "rope_theta": 1000000.0,
    "sliding_window": 32768,
    "tie_word_embeddings": True,
    "use_sliding_window": False,
}
REAL = {
    "gpt2": {
        "activation_function": "gelu_new",
        "architectures": ["GPT2LMHeadModel"],
        "attn_pdrop": 0.1,
        "bos_token_id": 60,
        "embd_pdrop": 0.1,
        "eos_token_id": 60,
        "initializer_range": 0.02,
        "layer_norm_epsilon": 1e-05,
        "model_type": "gpt2",
        "n_ctx": 1024,
        "n_embd": 48,
        "n_head": 4,
        "n_layer": 2,
        "n_positions": 1024,
        "resid_pdrop": 0.1,
        "summary_activation": None,
        "summary_first_dropout": 0.1,
        "summary_proj_to_labels": True,
        "summary_type": "cls_index",
        "summary_use_proj": True,
        "task_specific_params": {"text-generation": {"do_sample": True, "max_length": 50}},
    },
    "Llama 3.1 8B": LLAMA,
    "Llama 3.2 1B": {
        **LLAMA,
        "head_dim": 16,
        "rope_scaling": {**LLAMA3, "factor": 32.0, "rope_type": "llama3"},
        "tie_word_embeddings": True,
        "transformers_version": "4.45.0.dev0",
    },
    "Qwen 2.5 0.5B": {
        **QWEN,
        "architectures": ["Qwen2ForCausalLM"],
        "max_position_embeddings": 32768,
        "max_window_layers": 24,
        "model_type": "qwen2",
        "transformers_version": "4.40.1",
        "use_mrope": False,
    },
    "Qwen3 0.6B": {
        **QWEN,
        "architectures": ["Qwen3ForCausalLM"],
        "attention_bias": False,
        "head_dim": 16,
        "max_position_embeddings": 40960,
        "max_window_layers": 28,
        "model_type": "qwen3",
        "rope_scaling": None,
        "sliding_window": None,
    },
    "Gemma 2 2B": {
        **COMMON,
        **HEADS,
        "architectures": ["Gemma2ForCausalLM"],
        "attention_bias": False,
        "attn_logit_softcapping": 50.0,
        "bos_token_id": 2,
        "cache_implementation": "hybrid",
        "eos_token_id": 1,
        "final_logit_softcapping": 30.0,
        "head_dim": 16,
        "hidden_act": "gelu_pytorch_tanh",
        "hidden_activation": "gelu_pytorch_tanh",
        "max_position_embeddings": 8192,
        "model_type": "gemma2",
        "pad_token_id": 0,
        "query_pre_attn_scalar": 256,
        "rms_norm_eps": 1e-06,
        "rope_theta": 10000.0,
        "sliding_window": 16,
    },
    "Gemma 3 1B": {
        **COMMON,
        **HEADS,
        "architectures": ["Gemma3ForCausalLM"],
        "attention_bias": False,
        "attn_logit_softcapping": None,
        "bos_token_id": 2,
        "cache_implementation": "hybrid",
        "eos_token_id": [1, 50],
        "final_logit_softcapping": None,
        "head_dim": 16,
        "hidden_activation": "gelu_pytorch_tanh",
        "max_position_embeddings": 32768,
        "model_type": "gemma3_text",
        "pad_token_id": 0,
        "query_pre_attn_scalar": 256,
        "rms_norm_eps": 1e-06,
        "rope_local_base_freq": 10000,
        "rope_scaling": None,
        "rope_theta": 1000000,
        "sliding_window": 16,
        "sliding_window_pattern": 2,
    },
    "Mistral 7B": {
        **COMMON,
        **HEADS,
        "architectures": ["MistralForCausalLM"],
        "bos_token_id": 1,
        "eos_token_id": 2,
        "hidden_act": "silu",
        "max_position_embeddings": 32768,
        "model_type": "mistral",
        "rms_norm_eps": 1e-05,
        "rope_theta": 10000.0,
        "sliding_window": 16,
        "tie_word_embeddings": False,
    },
    "SmolLM3": {
        **COMMON,
        **HEADS,
        "architectures": ["SmolLM3ForCausalLM"],
        "attention_bias": False,
        "bos_token_id": 1,
        "eos_token_id": 2,
        "hidden_act": "silu",
        "layer_types": ["full_attention"] * 2,
        "max_position_embeddings": 65536,
        "max_window_layers": 28,
        "mlp_bias": False,
        "model_type": "smollm3",
        "no_rope_layer_interval": 4,
        "no_rope_layers": [1, 0],
        "pad_token_id": 3,
        "pretraining_tp": 2,
        "rms_norm_eps": 1e-06,
        "rope_scaling": None,
        "rope_theta": 5000000.0,
        "sliding_window": None,
        "tie_word_embeddings": True,
        "use_sliding_window": False,
    },
    "OLMo 2 7B": {
        **COMMON,
        **HEADS,
        "architectures": ["Olmo2ForCausalLM"],
        "attention_bias": False,
        "eos_token_id": 50,
        "hidden_act": "silu",
        "max_position_embeddings": 4096,
        "model_type": "olmo2",
        "pad_token_id": 49,
        "rms_norm_eps": 1e-06,
        "rope_scaling": None,
        "rope_theta": 500000,
        "tie_word_embeddings": False,
    },
    "Kimi Linear 48B": {
        **COMMON,
        "num_attention_heads": 4,
        "num_key_value_heads": 4,
        "architectures": ["KimiLinearForCausalLM"],
        "bos_token_id": 1,
        "eos_token_id": 2,
        "first_k_dense_replace": 1,
        "head_dim": 72,
        "hidden_act": "silu",
        "kv_lora_rank": 16,
        "linear_attn_config": {
            "full_attn_layers": [2],
            "head_dim": 8,
            "kda_layers": [1],
            "num_heads": 4,
            "short_conv_kernel_size": 4,
        },
        "mla_use_nope": True,
        "model_max_length": 1048576,
        "model_type": "kimi_linear",
        "moe_intermediate_size": 24,
        "moe_layer_freq": 1,
        "moe_renormalize": True,
        "moe_router_activation_func": "sigmoid",
        "num_expert_group": 1,
        "num_experts": 4,
        "num_experts_per_token": 2,
        "num_nextn_predict_layers": 0,
        "num_shared_experts": 1,
        "pad_token_id": 49,
        "q_lora_rank": None,
        "qk_nope_head_dim": 16,
        "qk_rope_head_dim": 8,
        "rms_norm_eps": 1e-05,
        "rope_scaling": None,
        "rope_theta": 10000.0,
        "routed_scaling_factor": 2.446,
        "tie_word_embeddings": False,
        "topk_group": 1,
        "use_grouped_topk": True,
        "v_head_dim": 16,
    },
    "OLMo Hybrid 7B": {
        **COMMON,
        **HEADS,
        "architectures": ["OlmoHybridForCausalLM"],
        "attention_bias": False,
        "bos_token_id": None,
        "eos_token_id": 50,
        "hidden_act": "silu",
        "layer_types": ["linear_attention", "full_attention"],
        "linear_a_log_max": 16.0,
        "linear_a_log_min": 0.0,
        "linear_allow_neg_eigval": True,
        "linear_conv_kernel_dim": 4,
        "linear_dt_init_floor": 0.0001,
        "linear_dt_max": 0.1,
        "linear_dt_min": 0.001,
        "linear_key_head_dim": 12,
        "linear_num_key_heads": 4,
        "linear_num_value_heads": 4,
        "linear_value_head_dim": 24,
        "max_position_embeddings": 65536,
        "model_type": "olmo_hybrid",
        "pad_token_id": 49,
        "rms_norm_eps": 1e-06,
        "rope_parameters": {"rope_theta": None, "rope_type": "default"},
        "tie_word_embeddings": False,
    },
}
CUT = {"vocab_size": 61}
CUT_LLAMA = {**CUT, "hidden_size": 64, "intermediate_size": 56, "num_hidden_layers": 2}
# So that no table of positions has more rows than the texts need.
SHORT = {"max_position_embeddings": 40, "model_max_length": 40, "n_positions": 40}


def settings_of(name: str) -> dict:
    cut = CUT if name == "gpt2" else CUT_LLAMA
    return {**REAL[name], **cut, **{key: value for key, value in SHORT.items() if key in REAL[name]}}


@pytest.mark.parametrize("name", REAL)
def test_every_key_of_a_released_checkpoint_is_known(name):
    settings = {**REAL[name], **(CUT if name == "gpt2" else CUT_LLAMA)}
    assert family_of(settings).configuration(settings).n_layer == 2


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # transformers' own
@pytest.mark.parametrize("name", REAL)
def test_a_released_checkpoint_is_converted_equal_and_sampled_from(name, tmp_path, monkeypatch):
    transformers = pytest.importorskip("transformers", reason="no extra `parity`", exc_type=ImportError)
    settings = settings_of(name)
    family = family_of(settings)
    written = randomise(GPT(family.configuration(settings)), seed=0)
    save_theirs(tmp_path / "model", family, written.config, written.state_dict())
    (tmp_path / "model" / "SHA256SUMS").unlink()
    Path(tmp_path / "model" / "config.json").write_text(json.dumps(settings))
    config, weights = read_folder(tmp_path / "model")
    ours = GPT(config).eval()
    load_into(ours, weights)
    theirs = judge(tmp_path / "model", family)
    with torch.no_grad():
        assert difference(ours, theirs)[0] <= TOLERANCE
    in_parts(tmp_path / "model")
    write_tokenizer(tmp_path / "model", special={0, 1, 2, 3, 49, 50, 60})
    stops = settings["eos_token_id"] if isinstance(settings["eos_token_id"], list) else [settings["eos_token_id"]]
    (tmp_path / "model" / "generation_config.json").write_text(json.dumps({"do_sample": False, "eos_token_id": stops}))
    written = []
    monkeypatch.setattr(Decoder, "add", lambda decoder, token: written.append(token) or "")
    assert sample.main([str(tmp_path / "model"), "--prompt", "in the den", "--max_new_tokens", "20"]) == 0
    tokenizer = transformers.PreTrainedTokenizerFast(tokenizer_file=str(tmp_path / "model" / "tokenizer.json"))
    prompt = tokenizer("in the den", return_tensors="pt").input_ids
    expected = theirs.generate(prompt, max_new_tokens=20, do_sample=False, eos_token_id=stops, pad_token_id=0)
    assert written == [token for token in expected[0, prompt.size(1) :].tolist() if token not in stops]
