"""The checks reject wrong answers: every known mistake must be found out and named, and no mutant may pass unnoticed.

Tried here are a mistake of every file in the way in which a learner's file is checked, and all of `rms_norm`. The rest
is left to the gate, which CI runs: `python -m scripts.workshop.mistakes --report`.
"""

import json
import pickle
import re
import warnings

import pytest
import torch

from scripts.workshop.check.cases import cases_of
from scripts.workshop.check.checking import check_piece
from scripts.workshop.diagnose import Mistake, all_mistakes, mistakes_of
from scripts.workshop.diagnose.diagnosis import attempt, identify, trials_made, trials_of
from scripts.workshop.mistakes import main
from scripts.workshop.pieces import BY_ID, PIECES
from scripts.workshop.pieces.source import Source
from scripts.workshop.pieces.splice import reference_source
from scripts.workshop.pieces.stubs import REFERENCE
from scripts.workshop.pieces.swap import swapped, workbench
from scripts.workshop.prove import gate
from scripts.workshop.prove.gate import judge
from scripts.workshop.prove.mutants import known_survivors, mutants_of

MISTAKES = all_mistakes()
# Of every file, a piece that is tried in the way of a learner's file.
PROMPT = {piece.file: piece for piece in reversed(PIECES)}.values()


def checked(mistake: Mistake):
    piece = BY_ID[mistake.piece]
    source = Source.read(REFERENCE / piece.file)
    text = mistake.put_into(source.text_of(piece.qualname))
    return check_piece(piece, Source(source.with_function(piece.qualname, text), source.path))


def name(mistake: Mistake) -> str:
    return f"{mistake.piece}: {mistake.name}"


@pytest.mark.parametrize("mistake", [mistakes_of(piece)[0] for piece in PROMPT], ids=name)
def test_mistake_is_rejected(mistake):
    finding = checked(mistake)
    assert finding.status in ("wrong", "crash")
    assert finding.case


SEEN_BESIDE_SOMETHING_ELSE = {
    "attention.manual_attention": ["masked with -10,000", "10,000 taken off"],
    "attention.CausalSelfAttention.forward": ["not rotated with a cache", "context without its cache"],
    "attentions.backends.fused.sdpa_attention": ["no dropout where there is a bias"],
    "attentions.backends.scored.scored_attention": [
        "no dropout where there are sinks",
        "masked with -10,000 where there are sinks",
    ],
    "attentions.backends.scored.softmax_with_sinks": ["widened to the dtype of the sinks"],
    "attentions.backends.flash.tiled_backward": ["dq summed up in the dtype of the queries"],
    "attentions.composed.Attention.__init__": ["no window where there are sinks"],
    "attentions.composed.Attention.forward": ["no dropout of the result where there is a gate"],
    "attentions.differential.DifferentialAttention.attend": ["lambda of zero at least"],
    "attentions.latent.MultiHeadLatentAttention.forward": ["no window with a cache"],
    "blocks.Block.forward": ["context without its cache"],
    "embeddings.absolute.sinusoidal_table": ["rotated step by step"],
    "encodings.alibi.ALiBi.bias": ["distances in the default dtype"],
    "feed_forwards.gated.GatedMLP.forward": ["no dropout where there are biases"],
}


@pytest.mark.parametrize(
    "mistake",
    [
        each
        for piece, names in SEEN_BESIDE_SOMETHING_ELSE.items()
        for each in mistakes_of(BY_ID[piece])
        if each.name in names
    ],
    ids=name,
)
def test_fault_4_what_is_wrong_only_beside_another_option_or_at_an_edge_is_rejected(mistake):
    assert checked(mistake).status == "wrong"


@pytest.mark.filterwarnings("ignore")
def test_the_gate_lets_rms_norm_pass():
    piece = BY_ID["norms.rms_norm"]
    judgement = judge(piece)
    assert all(each.caught and each.named and not each.misspelt for each in judgement.tried)
    assert [each.mistake for each in judgement.tried] == mistakes_of(piece)
    # Which is what the diagnosis says, too, when it is told what every case comes to.
    for mistake, trial in trials_of(piece, mistakes_of(piece)).items():
        (found,) = identify(piece, {case: trial.outcome(piece, case) for case in cases_of(piece)}, mistakes_of(piece))
        assert found.certain and mistake in found.mistakes and {each.kind for each in found.mistakes} == {mistake.kind}
    trials_made.clear()
    assert judgement.survivors == list(known_survivors(piece))
    assert not any(judgement.refusals.values())
    assert judgement.spoilt == []


def test_gradients_are_on_again_after_a_piece_that_switches_them_off():
    (mistake,) = (m for m in MISTAKES if (m.piece, m.name) == ("gpt.GPT.forward", "no gradient at all"))
    assert checked(mistake).status == "wrong"
    assert torch.is_grad_enabled()


def test_what_a_mistake_writes_on_a_class_is_gone_when_the_next_is_tried():
    piece = BY_ID["decoding.cache.ContiguousCache.update"]
    right = reference_source(piece.module).text_of(piece.qualname)
    (case, *_) = cases_of(piece)
    with swapped(piece, right.replace("self.used = ", "type(self).used = ")) as package:
        assert not isinstance(attempt(case, package), Exception)
    assert workbench().decoding.cache.ContiguousCache.used == 0


@pytest.mark.parametrize("piece", PIECES, ids=lambda piece: piece.id)
def test_every_piece_has_mistakes(piece):
    assert len(mistakes_of(piece)) >= 3


@pytest.mark.parametrize("piece", PIECES, ids=lambda piece: piece.id)
def test_every_mistake_has_one_place_and_two_sentences(piece):
    text = Source.read(REFERENCE / piece.file).text_of(piece.qualname)
    for mistake in mistakes_of(piece):
        assert mistake.put_into(text) != text
        assert len(re.findall(r"[.?](?=\s|$)", mistake.why)) == 2, mistake.why
        assert mistake.old not in mistake.why, "the answer is given away"


def test_a_survivor_is_a_mutant_and_has_a_reason():
    for piece, survivors in ((piece, survivors) for piece in PIECES if (survivors := known_survivors(piece))):
        assert set(survivors) <= {mutant.name for mutant in mutants_of(piece)}
        assert all(reason.endswith(".") for reason in survivors.values())


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_the_gate_says_what_the_check_lets_pass_and_what_it_rejects(monkeypatch, capsys, tmp_path):
    assert main(["--report", "--json", "norms.soft_cap"]) == 0
    counts = json.loads(capsys.readouterr().out)
    assert counts["mistakes"] == counts["caught"] == counts["named"] == len(mistakes_of(BY_ID["norms.soft_cap"]))
    assert counts["by_hand"] == counts["mistakes"] - 4
    right = Mistake("norms.soft_cap", "none", "none", "", "torch.tanh(x / cap)", "(x / cap).tanh()")
    wrong = tmp_path / "wrong.py"
    wrong.write_text("def soft_cap(x, cap):\n    return x\n", encoding="utf-8")
    monkeypatch.setattr(gate, "mistakes_of", lambda piece: [right])
    monkeypatch.setattr(gate, "alternatives_of", lambda piece: [wrong])
    monkeypatch.setattr(gate, "packed", lambda value: None)
    judgement = gate.judge(BY_ID["norms.soft_cap"])
    assert [each.caught for each in judgement.tried] == [False]
    assert len(judgement.spoilt) == len(cases_of(BY_ID["norms.soft_cap"]))
    assert "Difference" in judgement.refusals["wrong"]


def test_what_the_gate_finds_comes_back_from_another_process(monkeypatch):
    monkeypatch.setenv("LEARN_DEBUG", "0")
    with warnings.catch_warnings():
        found = judge(BY_ID["norms.soft_cap"])
    assert pickle.loads(pickle.dumps(found)) == found
    assert all(tried.named for tried in found.tried)
