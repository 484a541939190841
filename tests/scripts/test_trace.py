"""`python -m scripts.trace`: every intermediate by name, and the page about them."""

import base64
import io
import json
import re
import shutil
import subprocess
from html import escape, unescape
from pathlib import Path

import markupsafe
import pytest
import torch
from matplotlib.image import imread
from torch.nn import functional as F

from reference import gpt, norms
from reference.placements.streams import STREAM_BLOCKS
from reference.presets import PRESETS, preset
from scripts import trace as command
from scripts import train
from scripts.looking import telling
from scripts.looking.inside import Inside, is_attention
from scripts.looking.listing import show
from scripts.looking.opened import opened
from scripts.looking.page import axis, page
from scripts.looking.recording import Row, folded, statistics, trace, tracing
from scripts.project import ROOT, UsageError
from scripts.training.text.data import load_corpus
from scripts.training.text.tokenizers import BytePairTokenizer, CharTokenizer
from scripts.workshop.pieces import BY_ID
from scripts.workshop.pieces.loading import load
from scripts.workshop.pieces.scratch import put_in

TOKENS = torch.tensor([[0, 5, 13, 13, 1, 14, 21, 5, 12]])
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def model_of(name: str, **overrides) -> gpt.GPT:
    """With weights that let everything have an effect."""
    torch.manual_seed(3)
    model = gpt.GPT(preset(name, **overrides)).eval()
    for weight in model.parameters():
        torch.nn.init.normal_(weight, std=0.2)
    return model


def rows_of(name: str, **overrides) -> list[Row]:
    return trace(model_of(name, **overrides), TOKENS)


def only(rows: list[Row], **wanted) -> Row:
    (row,) = (row for row in rows if all(getattr(row, key) == value for key, value in wanted.items()))
    return row


VARIANTS = [
    *((f"{name}_tiny", {}) for name in PRESETS),
    *(("llama_tiny", {"attention_backend": backend, "attention_window": "4,none"}) for backend in ("sdpa", "tiled")),
    # Imports torch's compiler, which takes seconds.
    pytest.param("llama_tiny", {"attention_backend": "flex"}, marks=pytest.mark.slow),
    ("llama_tiny", {"ffn_type": "moe"}),
    ("nanochat_tiny", {"attention_type": "differential", "attention_sinks": True, "attention_gate": True}),
    ("llama_tiny", {"position_encoding": "alibi", "normalization": "dyt"}),
]


@pytest.mark.parametrize("name, overrides", VARIANTS, ids=str)
def test_being_looked_at_changes_no_number(name, overrides):
    model = model_of(name, **overrides)
    with torch.no_grad():
        plain = model(TOKENS)
        with tracing(model) as rows:
            looked_at = model(TOKENS)
    assert torch.equal(plain, looked_at)
    assert {row.layer for row in rows} == {None, *range(model.config.n_layer)}
    last = rows[-1]
    assert (last.module, last.function, last.name) == ("", "GPT.forward", "return")
    assert last.extreme == plain.flatten()[plain.abs().argmax()].item()


def test_rows_say_what_torch_computes():
    model, rows = model_of("nanochat_tiny"), rows_of("nanochat_tiny")
    attention = model.blocks[1].attn
    with torch.no_grad():
        x = norms.rms_norm(model.embedding.token_embedding(TOKENS), 1e-6)
        x = model.blocks[0](x, model.positions(torch.arange(9))[0])
        value = attention.v_proj(norms.rms_norm(x, 1e-6)).view(1, 9, 4, 16)
    row = only(rows, module="blocks.1.attn", function="CausalSelfAttention.forward", name="value")
    assert (row.layer, row.shape, row.dtype) == (1, [1, 9, 4, 16], "float32")
    assert row.mean == pytest.approx(value.mean().item(), rel=1e-5)
    assert row.std == pytest.approx(value.std(correction=0).item(), rel=1e-5)
    assert row.extreme == pytest.approx(value.flatten()[value.abs().argmax()].item(), rel=1e-5)
    assert row.absmax == pytest.approx(value.abs().max().item(), rel=1e-5)
    # --json keeps the names that programs know.
    assert row.as_json()["spread"] == row.std and "std" not in row.as_json()
    source = Path(row.file).read_text(encoding="utf-8").splitlines()
    assert source[row.line - 1].strip().startswith("value = self.v_proj(x)")


def test_assignments_are_rows_of_their_own_and_results_too():
    rows = rows_of("nanochat_tiny")
    names = [row.name for row in rows if row.module == "blocks.0.attn" and row.function.endswith("Attention.forward")]
    assert names == [
        "q_proj()",
        "query",
        "k_proj()",
        "key",
        "v_proj()",
        "value",
        *["query", "key"] * 2,
        "y",
        "return",
    ]
    # What a mask hides is infinite, and is counted, not averaged.
    first, second = (row for row in rows if row.layer == 2 and row.name == "scores")
    assert (first.infinite, second.infinite) == (0, 4 * 36)
    # A function belongs to the module that has called it.
    assert only(rows, module="blocks.1.attn_norm", name="mean_square").shape == [1, 9, 1]
    # The stream between two layers belongs to the one that it leaves.
    assert [row.layer for row in rows if row.module == "" and row.name == "x"] == [None, 0, 1, 2]
    mask = next(row for row in rows if row.name == "mask")
    assert (mask.dtype, mask.mean, mask.extreme) == ("bool", pytest.approx(45 / 81), 1)


def test_what_is_overwritten_in_place_is_a_new_row():
    rows = rows_of("llama_tiny", attention_backend="tiled")
    outs = [row for row in rows if row.layer == 0 and row.function == "tiled_forward" and row.name == "out"]
    # Empty at first, then filled.
    assert len(outs) == 2 and outs[0].line < outs[1].line
    assert outs[1].shape == [1, 4, 1, 9, 16]


@pytest.mark.parametrize(
    "tensor, mean, std, extreme, infinite, nan",
    [
        (torch.tensor([1.0, -3.0, float("inf"), float("nan")]), -1, 2, -3, 1, 1),
        (torch.tensor([float("-inf")]), None, None, None, 1, 0),
        (torch.zeros(0, 4), None, None, None, 0, 0),
        (torch.tensor([True, False]), 0.5, 0.5, 1, 0, 0),
        (torch.tensor(7), 7, 0, 7, 0, 0),
        (torch.tensor([3 - 5j]), -1, 4, -5, 0, 0),
        (torch.tensor([30000.0] * 9, dtype=torch.float16), 30000, 0, 30000, 0, 0),
    ],
    ids=str,
)
def test_statistics(tensor, mean, std, extreme, infinite, nan):
    found = statistics(tensor)
    assert (found["mean"], found["std"], found["extreme"]) == (mean, std, extreme)
    assert (found["infinite"], found["nan"], found["shape"]) == (infinite, nan, list(tensor.shape))


def test_the_listing_reads_at_80_columns(capsys):
    assert command.main(["--model", "deepseek_tiny", "--ffn_type", "moe", "--text", "anna"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    titles = ["before the layers", "layer 0", "layer 1", "layer 2", "after the layers"]
    assert [line for line in lines if line in titles] == titles
    start = lines.index("  blocks.0.attn: MultiHeadLatentAttention.forward, ")
    assert lines[start + 1] == "    reference/attentions/latent.py"


def test_what_a_loop_repeats_is_listed_once_as_it_was_last(capsys):
    rows = rows_of("llama_tiny", residual_stream="mhc", sinkhorn_iters=5)
    loop = [row for row in rows if row.module == "blocks.1.mlp_connection" and row.name == "matrix"]
    assert len(loop) == 2 + 2 * 4
    listed = [(row, times) for row, times in folded(rows) if row in loop]
    assert listed == [(loop[0], 1), (loop[1], 1), (loop[-2], 4), (loop[-1], 4)]
    assert sum(times for _, times in folded(rows)) == len(rows)
    show(loop, [])
    assert [line.split()[1:3] for line in capsys.readouterr().out.splitlines()[-3:-1]] == [["matrix", "x4"]] * 2
    # Two calls of a function, one behind the other, are no loop.
    rotary = [row for row in rows_of("llama_tiny") if row.layer == 0 and row.function == "apply_rotary"]
    assert [times for _, times in folded(rotary)] == [1] * len(rotary)


def report_of(capsys, *arguments: str) -> dict:
    capsys.readouterr()
    assert command.main(["--json", *arguments]) == 0
    return json.loads(capsys.readouterr().out)


def test_json_and_what_narrows_it(capsys):
    report = report_of(capsys, "--text", "anna")
    assert report["tokens"] == [0, 1, 14, 14, 1]
    assert (report["impl"], report["model"], report["text"]) == ("reference", "nanochat_tiny", "anna")
    assert set(report["rows"][0]) == {*Row.__dataclass_fields__, "spread"} - {"std"}
    narrow = report_of(capsys, "--text", "anna", "--layer", "1", "--name", "q*")["rows"]
    assert narrow == [row for row in report["rows"] if row["layer"] == 1 and row["name"].startswith("q")] != []
    other = report_of(capsys, "--text", "anna", "--seed", "7")["rows"]
    assert other != report["rows"]


def test_names_are_read_as_names_are():
    tokenizer = load_corpus("names", 8).tokenizer
    assert tokenizer == CharTokenizer(LETTERS)


@pytest.mark.parametrize(
    "arguments, said",
    [
        (["--text", "Ünal"], "the model does not know 'Ü'"),
        (["--text", "a" * 32], "33 tokens; the model reads 32"),
        (["--text", "zoe", "--vocab_size", "20"], "vocab_size is 20"),
        (["--n_kv_head", "3"], "n_kv_head = 3"),
        (["--attention_backend", "tiled", "--attention_softcap", "5"], "attention_softcap"),
        (["--init", "cosmic"], "init = 'cosmic'"),
        (["runs/none", "--n_layer", "2"], "it goes without --n_layer"),
        (["runs/none"], "there is no such folder"),
        (["--impl", "learn", "runs/none"], "there is no such folder"),
        (["--html", "nowhere/page.html"], "there is no folder"),
        (["--layer", "3"], "none of the"),
    ],
    ids=str,
)
def test_what_cannot_work_is_said(arguments, said):
    with pytest.raises(UsageError, match=re.escape(said)):
        command.main(arguments)


def test_a_page_replaces_only_a_page(tmp_path, capsys):
    path = tmp_path / "page.html"
    path.write_text("my own")
    with pytest.raises(UsageError, match="no page of this command"):
        command.main(["--html", str(path)])
    assert path.read_text() == "my own"
    path.unlink()
    for text in ("anna", "emma"):
        assert command.main(["--html", str(path), "--text", text]) == 0
        assert f"&#39;{text}&#39;" in path.read_text(encoding="utf-8")
    assert list(tmp_path.iterdir()) == [path]


def test_a_trained_run(tmp_path, capsys):
    folder = tmp_path / "run"
    options = ["--max_iters", "2", "--eval_tokens", "64", "--out_dir", str(folder), "--tokenizer", "bpe"]
    text = tmp_path / "text.txt"
    text.write_text("the cat sat on the mat\n" * 50)
    assert train.main([*options, "--data", str(text), "--model", "llama_tiny"]) == 0
    report = report_of(capsys, str(folder), "--text", "the cat", "--html", str(tmp_path / "page.html"))
    assert len(report["tokens"]) < 8
    assert "the cat" in (tmp_path / "page.html").read_text(encoding="utf-8")


def test_the_learners_code_as_far_as_it_is_written(finished, tmp_path, capsys):
    finished.edit_in(
        "learn/norms.py", "rms_norm", "    # Widen to float32: in", "    raise NotImplementedError\n    # In"
    )
    path = tmp_path / "page.html"
    report = report_of(capsys, "--impl", str(finished.learn), "--text", "emma")
    assert report["stopped_at"] == "norms.rms_norm"
    assert [row["name"] for row in report["rows"]][:3] == ["tokens", "return", "position"]
    assert command.main(["--impl", str(finished.learn), "--html", str(path)]) == 0
    out = capsys.readouterr().out
    assert out.index("the model: GPT.positions_of") < out.index("Next: norms.rms_norm") < out.index("written to")
    text = path.read_text(encoding="utf-8")
    assert "The pass stopped at norms.rms_norm" in text and "did not get to the logits" in text


def test_an_untouched_skeleton_stops_at_once(project, tmp_path, capsys):
    assert command.main(["--impl", str(project.learn), "--html", str(tmp_path / "page.html")]) == 0
    out = capsys.readouterr().out
    assert "Next: gpt.GPT.__init__" in out and "There is no page" in out
    assert not (tmp_path / "page.html").exists()


def test_a_bug_shows_their_line(finished, capsys):
    finished.edit("learn/attention.py", "@ key.to(wide).mT *", "@ key.to(wide) *")
    assert command.main(["--impl", str(finished.learn)]) == 1
    out = capsys.readouterr().out
    assert "@ key.to(wide) *" in out and "RuntimeError" in out
    assert re.search(r"^ +\d+ query  ", out, re.MULTILINE)


def test_the_learners_own_names_and_values(finished, capsys):
    finished.edit_in("learn/norms.py", "rms_norm", "mean_square = wide.pow(2)", "size = wide.pow(2)")
    finished.edit_in("learn/norms.py", "rms_norm", "torch.rsqrt(mean_square + eps)", "torch.rsqrt(size + eps)")
    ours, theirs = (report_of(capsys, "--impl", impl)["rows"] for impl in ("reference", str(finished.learn)))
    renamed = [row | {"name": "mean_square"} if row["name"] == "size" else row for row in theirs]
    assert renamed != theirs
    for one, other in zip(ours, renamed, strict=True):
        assert one | {"file": "", "line": 0} == other | {"file": "", "line": 0}


def test_code_put_together_of_two_sources_is_shown_with_both(project):
    put_in(BY_ID["norms.rms_norm"], project.learn)
    project.edit_in("learn/norms.py", "rms_norm", "return (wide", "result = (wide")
    project.edit_in("learn/norms.py", "rms_norm", ".to(x.dtype)\n", ".to(x.dtype)\n    return result\n")
    torch.manual_seed(0)
    model = opened(str(project.learn)).gpt.GPT(preset("nanochat_tiny"))
    theirs = {row.name for row in trace(model, TOKENS) if row.file == str(project.learn / "norms.py")}
    assert theirs == {"wide", "mean_square", "result", "return"}


# The page


def inside_of(name: str, tokens=TOKENS, **overrides) -> tuple[Inside, gpt.GPT]:
    model, inside = model_of(name, **overrides), Inside()
    inside.go_through(model, tokens[0].tolist())
    return inside, model


ROWS = torch.tensor([[1.0, 0.0, 0.0], [0.25, 0.75, 0.0], [0.5, 0.25, 0.25]])


@pytest.mark.parametrize(
    "weights, right",
    [
        (ROWS, True),
        (ROWS * 0.5, True),  # with sinks
        (ROWS.flip(0), False),
        (ROWS * 2, False),
        (ROWS - 0.1 * torch.eye(3).roll(1, 0), False),
        (ROWS.log(), False),
        (ROWS.tril().bool(), False),
        (ROWS[:2], False),
    ],
    ids=str,
)
def test_what_can_be_attention(weights, right):
    assert is_attention(weights.expand(1, 4, -1, -1), 4, 3) is right


def test_attention_is_what_turns_values_into_results():
    inside, model = inside_of("llama_tiny", n_kv_head=2, attention_window="3,none")
    seen = {}
    with (
        torch.no_grad(),
        tracing(model, lambda row, tensor: seen.update({key(row): tensor.clone()})),
    ):
        model(TOKENS)
    for layer in range(3):
        value = seen[layer, "scored_attention", "value"]
        out = inside.weights[layer] @ value[0].repeat_interleave(2, dim=0)
        torch.testing.assert_close(out, seen[layer, "scored_attention", "return"][0])
    assert inside.weights[0][:, 5, :3].eq(0).all() and inside.weights[1][:, 5, :3].gt(0).all()


def key(row: Row) -> tuple:
    return row.layer, row.function, row.name


@pytest.mark.parametrize(
    "backend, overrides",
    [("sdpa", {}), ("tiled", {"attention_window": "4"}), ("flash", {}), ("flash", {"attention_type": "latent"})],
    ids=str,
)
def test_attention_by_hand_where_the_backend_keeps_no_weights(backend, overrides):
    inside, model = inside_of("llama_tiny", attention_backend=backend, **overrides)
    note = command.attention_by_hand(inside, model, ROOT / "reference")
    expected, _ = inside_of("llama_tiny", **overrides)
    for layer in range(3):
        torch.testing.assert_close(inside.weights[layer], expected.weights[layer])
    assert float(re.search(r"differ by (\S+) at most", note)[1]) < 1e-4


@pytest.mark.parametrize("position", ["pre", "post", "sandwich", "parallel", "deepnorm"])
def test_the_stream_is_seen_where_it_is(position):
    inside, model = inside_of("llama_tiny", norm_position=position)
    kept = []
    for module in (*model.blocks, *(block.attn for block in model.blocks)):
        module.register_forward_hook(lambda module, given, result: kept.append((given[0], result)))
    with torch.no_grad():
        model(TOKENS)
    layers = [layer for layer, _ in inside.stream]
    steps = 1 if position == "parallel" else 2
    assert layers == [None, *[0] * steps, *[1] * steps, *[2] * steps]
    length = [tensor[0].norm(dim=-1) for tensor in (kept[1][0], kept[1][1], kept[3][1], kept[5][1])]
    for norm, (_, seen) in zip(length, inside.stream[::steps], strict=True):
        torch.testing.assert_close(seen, norm)
    torch.testing.assert_close(inside.given[1, "attn"], kept[2][1][0].norm(dim=-1))


@pytest.mark.parametrize("kind", STREAM_BLOCKS)
def test_several_streams_are_one_number_for_each_token(kind):
    inside, model = inside_of("llama_tiny", residual_stream=kind)
    summed, single = kind == "attention_residuals", kind == "lambdas"
    kept, added = [], []
    for block in model.blocks:
        block.register_forward_pre_hook(lambda module, given: kept.append(given[0]))
        for sublayer in (block.attn, block.mlp):
            sublayer.register_forward_hook(lambda module, given, result: added.append(result[0]))
    model.blocks[-1].leave.register_forward_pre_hook(lambda module, given: kept.append(given[0]))
    with torch.no_grad():
        model(TOKENS)
    assert [layer for layer, _ in inside.stream] == [None, 0, 1, 2]
    for place, (_, seen) in enumerate(inside.stream[1:], start=1):
        # What is in all sums together is what a single stream would be: all that was added to the embedding.
        plain = (kept[0][0] + sum(added[: 2 * place])).norm(dim=-1)
        streams = kept[place][0] if not single else kept[place].x[0][:, None]
        torch.testing.assert_close(seen, plain if summed else streams.norm(dim=-1).mean(dim=-1))
    if single:
        return
    said = "(its sums added up)" if summed else "(mean over the 4 streams)"
    labels = [LETTERS[place] for place in range(9)]
    assert telling.of_layer(1, inside)[0].startswith(f"The norm of the stream {said} goes from ")
    assert f"The norm of the stream {said} changes most in layer " in telling.first_looks(inside, labels)[-1]
    assert f"The norm of the stream {said}: every token" in page(inside, CharTokenizer(LETTERS), 3, "Inside", "about")


def test_the_stream_of_a_block_written_in_another_way(finished):
    finished.edit_in("learn/blocks.py", "Block.forward", "x = x + self.mlp(", "return x + self.mlp(")
    finished.edit_in("learn/blocks.py", "Block.forward", "self.mlp_norm(x))\n        return x\n", "self.mlp_norm(x))\n")
    inside, model = Inside(), model_of("nanochat_tiny")
    theirs = load(str(finished.learn)).gpt.GPT(model.config).eval()
    theirs.load_state_dict(model.state_dict())
    inside.go_through(theirs, TOKENS[0].tolist())
    ours, _ = inside_of("nanochat_tiny")
    assert [layer for layer, _ in inside.stream] == [layer for layer, _ in ours.stream]


def drawn(text: str) -> list[torch.Tensor]:
    found = re.findall(r"base64,([^\"]+)", text)
    return [torch.tensor(imread(io.BytesIO(base64.b64decode(image)), format="png"))[..., 3] for image in found]


def test_the_page_holds_what_was_found():
    inside, _ = inside_of("nanochat_tiny")
    text = page(inside, CharTokenizer(LETTERS), 3, "Inside", "about")
    pictures = drawn(text)
    data = json.loads(re.search(r'id="data">(.*?)</script>', text)[1])
    assert len(pictures) == len(data["weights"]) == 12
    weights = torch.cat([inside.weights[layer] for layer in range(3)])
    for image, numbers, head in zip(pictures, data["weights"], weights, strict=True):
        assert (image.square() - head).abs().max() < 0.01
        for place, row in enumerate(numbers):
            assert (torch.tensor(row) / 1000 - head[place, : place + 1]).abs().max() <= 0.00051
    probability, token = F.softmax(inside.logits.double(), dim=-1)[-1].max(dim=0)
    assert f'<span class="token">{"¶" if token == 0 else LETTERS[token - 1]}</span><small>{probability:.1%}' in text
    assert "://" not in text and "default-src 'none'" in text


def test_the_maps_have_tokens_at_their_sides_and_sentences_beside_them():
    inside, _ = inside_of("nanochat_tiny")
    text = page(inside, CharTokenizer(LETTERS), 3, "Inside", "about")
    labels = ["¶", *"emmanuel"]
    side = "".join(f"<span>{label}</span>" for label in labels)
    # Of each of the twelve heads, queries and keys.
    assert text.count(f'<span class="axis keys" aria-hidden="true">{side}</span>') == 12
    assert text.count(f'<span class="axis" aria-hidden="true">{side}</span>') == 12
    told = telling.by_layer(inside, labels)
    for layer, part in enumerate(text.split("<h3>Layer ")[1:]):
        assert (
            [escape(sentence) in escape(unescape(part)) for sentence in told[layer]].count(True)
            == len(told[layer])
            >= 5
        )
    # Where there are many, not all find room.
    assert axis(labels * 4) == [label if place % 3 == 0 else "" for place, label in enumerate(labels * 4)]


def head(*rows: list[float]) -> torch.Tensor:
    return torch.tensor([[*row, *[0.0] * (len(rows) - len(row))] for row in rows])


@pytest.mark.parametrize(
    ("weights", "said"),
    [
        (head([1], [0.5, 0.5], [1 / 3] * 3, [1 / 4] * 4), "Head 2 looks at all tokens nearly alike."),
        (
            head([1], [1, 0], [0.1, 0.8, 0.1], [0.1, 0, 0.8, 0.1]),
            "Head 2 looks mostly at the token before (80% of its weight).",
        ),
        (
            head([1], [0.1, 0.9], [0.3, 0.2, 0.5], [0.2, 0.1, 0.3, 0.4]),
            "Head 2 looks at the token itself (45% of its weight) and the token before (25%).",
        ),
        (
            head([1], [1, 0], [1, 0, 0], [0.2, 0.7, 0.05, 0.05]),
            "Head 2 looks mostly at the first token, ¶ (60% of its weight); 3 “c” looks back at 1 “a” (70%).",
        ),
    ],
)
def test_what_a_head_looks_at_in_words(weights, said):
    assert telling.of_head(2, weights, ["¶", "a", "b", "c"]) == said
    alike = torch.ones(4, 4).tril()
    (*others, last) = telling.of_heads(torch.stack([alike, alike, weights]), ["¶", "a", "b", "c"])
    assert (others, last.startswith("Heads 0, 1, 2 ")) == ([], True) if "alike" in said else others == [said]


def test_what_changes_from_layer_to_layer_in_words():
    ones, labels = torch.ones(3), ["¶", "a", "b"]
    here, back = torch.eye(3)[None], head([1], [1, 0], [1, 0, 0])[None]
    inside = Inside(
        [0, 1, 2], weights={0: here, 1: back}, stream=[(None, ones), (0, ones), (1, 2 * ones), (1, 4 * ones)]
    )
    inside.given = {(1, "attn"): ones, (1, "mlp"): 3 * ones}
    told = telling.by_layer(inside, labels)
    assert told[0][0] == "The norm of the stream stays at 1."
    assert told[1][0] == "The norm of the stream goes from 1 to 4: attention gives 1, the MLP gives 3."
    assert told[1][1] == "Its heads look back farther than those of layer 0: 1 tokens on average, there 0."
    assert telling.first_looks(inside, labels)[1] == "The norm of the stream changes most in layer 1: from 1 to 4."
    inside.stream = [(None, ones), (0, ones)]
    assert telling.first_looks(inside, labels)[-1] == "No layer changes the stream: every sublayer adds nothing."


def test_a_run_is_read_by_the_code_that_has_trained_it(tmp_path, capsys):
    def run_of(impl: str) -> Path:
        (tmp_path / "run.json").write_text(json.dumps({"impl": impl}))
        return tmp_path

    assert command.impl_of(run_of("learn")) == "learn"
    assert command.impl_of(run_of(str(ROOT / "reference"))) == str(ROOT / "reference")
    assert command.impl_of(None) == "reference"
    assert capsys.readouterr().err == ""
    assert command.impl_of(run_of(str(tmp_path / "gone"))) == "reference"
    assert "is not there any more" in capsys.readouterr().err


def test_markdown_holds_what_the_listing_holds(capsys):
    report = report_of(capsys, "--layer", "0")
    assert command.main(["--markdown", "--layer", "0"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "# Inside nanochat\\_tiny: 'emma', read by the code in reference"
    tables = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines if line.startswith("|")]
    rows = [cells for cells in tables if cells[0].isdecimal()]
    assert [(int(line), name.strip("`")) for line, name, *_ in rows] == [
        (row["line"], row["name"]) for row in report["rows"]
    ]
    assert {len(cells) for cells in tables} == {8}
    assert [line for line in lines if line.startswith("- ")] == [f"- {sentence}" for sentence in report["sentences"]]
    with pytest.raises(UsageError, match="one of them"):
        command.main(["--markdown", "--json"])


def test_a_page_for_32_tokens_is_small():
    inside, _ = inside_of("nanochat_tiny", tokens=torch.arange(32)[None] % 27)
    assert len(page(inside, CharTokenizer(LETTERS), 3, "Inside", "about").encode()) < 400_000


def test_infinite_numbers_make_a_page_too():
    inside, model = inside_of("llama_tiny")
    with torch.no_grad():
        model.blocks[1].mlp.down_proj.weight.fill_(float("inf"))
    inside = Inside()
    inside.go_through(model, TOKENS[0].tolist())
    text = page(inside, CharTokenizer(LETTERS), 3, "Inside", "about")
    assert "not a number" in text and "No weights" in text
    assert "nan" not in "".join(re.findall(r"<svg.*?</svg>", text))


NASTY = "</script><img src=x onerror=\"document.title='broken'\">{{data}}&amp;"


def test_no_text_breaks_out():
    inside, _ = inside_of("nanochat_tiny")
    # A token may be a whole text.
    inside.tokens = [0, 1, 2] * 3
    tokenizer = BytePairTokenizer("", {b"a": 0, NASTY.encode(): 1}, boundary=2)
    text = page(inside, tokenizer, 3, NASTY, NASTY, NASTY, NASTY)
    assert markupsafe.escape(NASTY) in text
    assert "<img src=x" not in text and text.count("</script>") == 2
    assert json.loads(re.search(r'id="data">(.*?)</script>', text)[1])["tokens"][:3] == [
        "a",
        NASTY.replace(" ", "␣"),
        "¶",
    ]


BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)

# In a frame as wide as a phone: a browser's own window cannot be as narrow.
PHONE = """<!DOCTYPE html><meta charset="utf-8"><body><iframe width="390" height="844" srcdoc="{}"></iframe><script>
addEventListener("load", () => {{
  const frame = document.querySelector("iframe").contentWindow, page = frame.document, seen = document.body.dataset;
  const press = (key) => page.activeElement.dispatchEvent(
    new frame.KeyboardEvent("keydown", {{ key, bubbles: true, cancelable: true }}));
  seen.ready = page.documentElement.dataset.ready;
  seen.title = page.title;
  seen.inside = frame.innerWidth;
  seen.needed = page.documentElement.scrollWidth;
  page.querySelectorAll("details").forEach((part) => part.open = true);
  seen.unfolded = page.documentElement.scrollWidth;
  page.querySelectorAll(".heads button")[5].click();
  seen.name = page.querySelector("#which").textContent;
  seen.first = page.querySelector(".readout").textContent;
  ["ArrowRight", "ArrowRight", "ArrowUp", "ArrowLeft"].forEach(press);
  seen.moved = page.querySelector(".readout").textContent;
  const box = page.querySelector(".square").getBoundingClientRect();
  page.querySelector(".square").dispatchEvent(new frame.PointerEvent("pointermove",
    {{ clientX: box.left + 0.5 * box.width / 9, clientY: box.top + 3.5 * box.height / 9 }}));
  seen.pointed = page.querySelector(".readout").textContent;
  seen.fits = box.right <= frame.innerWidth && box.left >= 0;
  page.querySelector("dialog button").click();
  seen.open = page.querySelector("dialog").open;
}});
</script></body>"""


@pytest.mark.skipif(BROWSER is None, reason="needs chromium, chromium-browser or google-chrome")
def test_a_browser_shows_it_on_a_phone(tmp_path):
    inside, _ = inside_of("nanochat_tiny")
    text = page(inside, CharTokenizer(LETTERS), 3, "Inside", NASTY)
    place = tmp_path / "phone.html"
    place.write_text(PHONE.format(escape(text)), encoding="utf-8")
    quiet = "no-first-run disable-background-networking disable-component-update disable-sync disable-quic disable-gpu"
    options = ["--headless=new", "--no-sandbox", *(f"--{word}" for word in quiet.split())]
    options += ["--virtual-time-budget=5000", "--enable-logging=stderr", f"--user-data-dir={tmp_path / 'profile'}"]
    command = [BROWSER, *options, "--dump-dom", place.as_uri()]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=60)
    assert "CONSOLE" not in done.stderr
    seen = dict(re.findall(r'data-(\w+)="([^"]*)"', re.search("<body[^>]*>", done.stdout)[0]))
    assert (seen["ready"], seen["title"]) == ("true", "Inside")
    assert int(seen["needed"]) <= int(seen["inside"]) == 390
    assert int(seen["unfolded"]) <= 390
    weights = inside.weights[1][1]
    assert seen["name"] == "Layer 1, head 1"
    assert seen["first"] == f"8 “l” looks at 0 “¶”: {weights[8, 0]:.3f}"
    assert seen["moved"] == f"7 “e” looks at 1 “e”: {weights[7, 1]:.3f}"
    assert seen["pointed"] == f"3 “m” looks at 0 “¶”: {weights[3, 0]:.3f}"
    assert (seen["fits"], seen["open"]) == ("true", "false")
