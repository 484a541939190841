"""Play: what the browser computes is what the reference computes."""

import json
import math
import shutil
import subprocess
from dataclasses import replace

import pytest
import torch

from reference.config import GPTConfig
from reference.decoding.generation import next_token_distribution
from reference.encodings.rotary import ROPE_SCALINGS
from reference.gpt import GPT
from scripts.atlas.play.cache_kinds import KINDS, LAYERS, cache_kinds, one_layer
from scripts.atlas.play.names_model import ALPHABET, CONFIG, exported, names_model
from scripts.atlas.site import HERE
from scripts.looking.inside import Inside
from scripts.measuring.inference_cost import cost

IN_NODE = """
const play = require(process.argv[1] + "/forward.js"), { tileSteps } = require(process.argv[1] + "/flash.js");
const { bytesAt } = require(process.argv[1] + "/bytes.js"), { scalingOf } = require(process.argv[1] + "/scaling.js");
const asked = JSON.parse(require("fs").readFileSync(0));
const answers = asked.models.map(exported => {
  const model = play.loaded(exported);
  return asked.texts.map(tokens => {
    const { logits, attention, stream } = play.forward(model, tokens);
    const drawn = asked.sampled.map(([temperature, topK]) => play.distribution(logits.at(-1), temperature, topK));
    return { logits, attention, drawn, sizes: stream.map(({ xs }) => xs.map(play.rootMeanSquare)) };
  });
});
const tiles = asked.blocks.map(block => tileSteps(asked.scores, asked.values, block));
const bytes = asked.kinds.map(kind => asked.lengths.map(length => bytesAt(kind, length)));
const scalings = asked.scalings.map(([kind, sizes]) => scalingOf(kind, sizes));
console.log(JSON.stringify({ answers, tiles, bytes, scalings }));
"""
TEXTS = [[0], [0, 1, 14, 14, 1], [0, 13, 1, 24, 0, 8, 1, 14, 14, 1, 8, 0, 26, 15, 5, 0]]
SAMPLED = [(1.0, 27), (0.7, 3), (1.6, 1), (0.0, 27)]


GROUPED = GPTConfig(n_layer=3, n_head=4, n_kv_head=2, n_embd=24, head_dim=8, max_seq_len=16, rope_theta=500.0)
BLOCKS, LENGTHS = (1, 4, 10), (128, 256)
SCALINGS = ("none", "linear", "ntk", "yarn", "llama3")
SIZES = (  # those of the page, and of a long text
    {"dim": 16, "theta": 1e4, "factor": 4, "original": 16, "longest": 64},
    {"dim": 64, "theta": 5e5, "factor": 8, "original": 8192, "longest": 65536},
)


def drawn_anew(config: GPTConfig) -> GPT:
    """With weights that are all at work, which those of a beginning are not."""
    model, generator = GPT(config), torch.Generator().manual_seed(0)
    for weight in model.parameters():
        torch.nn.init.normal_(weight, std=0.2, generator=generator)
    return model.eval()


@pytest.fixture(scope="module")
def models() -> list[GPT]:
    return [names_model(), drawn_anew(GROUPED), drawn_anew(replace(GROUPED, logit_softcap=None))]


@pytest.fixture(scope="module")
def attention() -> tuple[torch.Tensor, torch.Tensor]:
    """Scores of which e to the power of some is no float32, and values."""
    generator = torch.Generator().manual_seed(0)
    return (
        60 * torch.randn(10, 10, generator=generator, dtype=torch.float64),
        torch.randn(10, generator=generator, dtype=torch.float64),
    )


@pytest.fixture(scope="module")
def in_node(models, attention) -> dict:
    """What node computes, in one process."""
    node = shutil.which("node")
    if not node:
        pytest.skip("no node: apt install nodejs")
    asked = {
        "models": [exported(model, ALPHABET) for model in models],
        "texts": TEXTS,
        "sampled": SAMPLED,
        "scores": attention[0].tolist(),
        "values": attention[1].tolist(),
        "blocks": BLOCKS,
        "kinds": cache_kinds(),
        "lengths": LENGTHS,
        "scalings": [(kind, sizes) for sizes in SIZES for kind in SCALINGS],
    }
    command = [node, "-e", IN_NODE, str(HERE / "static" / "play")]
    return json.loads(
        subprocess.run(command, input=json.dumps(asked), capture_output=True, text=True, check=True).stdout
    )


@torch.no_grad()
def test_the_forward_pass_in_javascript_is_the_references(models, in_node):
    for model, answer in zip(models, in_node["answers"], strict=True):
        for tokens, found in zip(TEXTS, answer, strict=True):
            logits = model(torch.tensor([tokens]))
            torch.testing.assert_close(torch.tensor(found["logits"])[None], logits, atol=1e-4, rtol=0)
            for (temperature, top_k), p in zip(SAMPLED, found["drawn"], strict=True):
                expected = next_token_distribution(logits[:, -1], temperature, top_k)
                torch.testing.assert_close(torch.tensor([p], dtype=torch.float32), expected, atol=1e-4, rtol=0)


def test_attention_and_stream_are_the_references_too(models, in_node):
    model, tokens, found = models[0], TEXTS[-1], in_node["answers"][0][-1]
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


def test_tiles_end_at_exact_attention_and_compute_nothing_of_the_future(attention, in_node):
    scores, values = attention
    hidden = scores.masked_fill(torch.ones_like(scores).triu(1).bool(), float("-inf"))
    for block, steps in zip(BLOCKS, in_node["tiles"], strict=True):
        ends = {step["top"]: step for step in steps}.values()  # the last tile of each block of queries
        rows = [row for step in ends for row in step["rows"]]
        found = torch.tensor([row["acc"] / row["l"] for row in rows], dtype=torch.float64)
        torch.testing.assert_close(found, hidden.softmax(dim=-1) @ values)
        logsumexp = torch.tensor([row["m"] + math.log(row["l"]) for row in rows], dtype=torch.float64)
        torch.testing.assert_close(logsumexp, hidden.logsumexp(dim=-1))
        blocks = math.ceil(10 / block)
        assert len(steps) == blocks * (blocks + 1) // 2


def test_a_cache_has_the_bytes_of_the_references(in_node):
    for (name, _, fields), found in zip(KINDS, in_node["bytes"], strict=True):
        true = cost(name, one_layer(fields), LENGTHS[-1], 1, "bfloat16").cache_bytes_at
        # Beside its entries, a ring buffer has their positions.
        assert found == pytest.approx([LAYERS * true[length] for length in LENGTHS], rel=0.003), name


def test_clocks_are_scaled_as_the_references_are(in_node):
    asked = [(kind, sizes) for sizes in SIZES for kind in SCALINGS]
    for (kind, sizes), found in zip(asked, in_node["scalings"], strict=True):
        config = GPTConfig(
            n_embd=4 * sizes["dim"],
            max_seq_len=sizes["longest"],
            rope_theta=sizes["theta"],
            rope_factor=sizes["factor"],
            rope_original_seq_len=sizes["original"],
        )
        pairs, table = ROPE_SCALINGS[kind](config, sizes["dim"])
        assert found["pairs"] == pytest.approx(pairs.tolist()), kind
        assert found["table"] == pytest.approx(table)
