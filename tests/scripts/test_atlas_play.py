"""Play: what the browser computes is what the reference computes."""

import json
import shutil
import subprocess
from dataclasses import replace

import pytest
import torch

from reference.config import GPTConfig
from reference.decoding.generation import next_token_distribution
from reference.gpt import GPT
from scripts.atlas.play.names_model import ALPHABET, CONFIG, exported, names_model
from scripts.atlas.site import HERE
from scripts.looking.inside import Inside

FORWARD = HERE / "static" / "play" / "forward.js"
IN_NODE = """
const play = require(process.argv[1]), asked = JSON.parse(require("fs").readFileSync(0));
const answers = asked.models.map(exported => {
  const model = play.loaded(exported);
  return asked.texts.map(tokens => {
    const { logits, attention, stream } = play.forward(model, tokens);
    const drawn = asked.sampled.map(([temperature, topK]) => play.distribution(logits.at(-1), temperature, topK));
    return { logits, attention, drawn, sizes: stream.map(({ xs }) => xs.map(play.rootMeanSquare)) };
  });
});
console.log(JSON.stringify(answers));
"""
TEXTS = [[0], [0, 1, 14, 14, 1], [0, 13, 1, 24, 0, 8, 1, 14, 14, 1, 8, 0, 26, 15, 5, 0]]
SAMPLED = [(1.0, 27), (0.7, 3), (1.6, 1), (0.0, 27)]


def in_node(**asked) -> list:
    node = shutil.which("node")
    if not node:
        pytest.skip("no node: apt install nodejs")
    command = [node, "-e", IN_NODE, str(FORWARD)]
    return json.loads(
        subprocess.run(command, input=json.dumps(asked), capture_output=True, text=True, check=True).stdout
    )


def drawn_anew(config: GPTConfig) -> GPT:
    """With weights that are all at work, which those of a beginning are not."""
    model, generator = GPT(config), torch.Generator().manual_seed(0)
    for weight in model.parameters():
        torch.nn.init.normal_(weight, std=0.2, generator=generator)
    return model.eval()


@torch.no_grad()
def test_the_forward_pass_in_javascript_is_the_references():
    grouped = GPTConfig(n_layer=3, n_head=4, n_kv_head=2, n_embd=24, head_dim=8, max_seq_len=16, rope_theta=500.0)
    models = [names_model(), drawn_anew(grouped), drawn_anew(replace(grouped, logit_softcap=None))]
    answers = in_node(models=[exported(model, ALPHABET) for model in models], texts=TEXTS, sampled=SAMPLED)
    for model, answer in zip(models, answers, strict=True):
        for tokens, found in zip(TEXTS, answer, strict=True):
            logits = model(torch.tensor([tokens]))
            torch.testing.assert_close(torch.tensor(found["logits"])[None], logits, atol=1e-4, rtol=0)
            for (temperature, top_k), p in zip(SAMPLED, found["drawn"], strict=True):
                expected = next_token_distribution(logits[:, -1], temperature, top_k)
                torch.testing.assert_close(torch.tensor([p], dtype=torch.float32), expected, atol=1e-4, rtol=0)


def test_attention_and_stream_are_the_references_too():
    model, tokens = names_model(), TEXTS[-1]
    ((found,),) = in_node(models=[exported(model, ALPHABET)], texts=[tokens], sampled=[])
    inside = Inside()
    inside.go_through(model, tokens)
    for layer, heads in enumerate(found["attention"]):
        rows = torch.tensor([[row + [0.0] * (len(tokens) - len(row)) for row in head] for head in heads])
        torch.testing.assert_close(rows, inside.weights[layer], atol=1e-4, rtol=0)
    sizes = torch.stack([norms for _, norms in inside.stream]) / model.config.n_embd**0.5
    torch.testing.assert_close(torch.tensor(found["sizes"]), sizes, atol=1e-4, rtol=1e-5)


def test_only_what_the_browser_computes_is_exported():
    with pytest.raises(ValueError, match="chapter one's GPT"):
        exported(GPT(replace(CONFIG, norm_position="post")), ALPHABET)
