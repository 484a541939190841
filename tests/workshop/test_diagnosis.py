"""Diagnosis: what a learner is told about code that gives something wrong."""

import json
from unittest.mock import patch

import pytest
import torch

from scripts.workshop.check.cases import cases_of
from scripts.workshop.check.checking import Difference, check_piece, compare, compare_outputs, expected
from scripts.workshop.diagnose import Mistake, diagnosis
from scripts.workshop.diagnose.diagnosis import diagnose, failure, identify, trial_of
from scripts.workshop.diagnose.relations import picture, relation, simple_ratio
from scripts.workshop.pieces import BY_ID
from scripts.workshop.pieces.scratch import put_in
from scripts.workshop.pieces.source import Source
from scripts.workshop.pieces.splice import reference_source
from scripts.workshop.pieces.stubs import REFERENCE


def diagnosed(piece_id: str, body: str, seconds: float = 60.0) -> tuple[str | None, str]:
    """What is said about a piece with this body, which must be wrong. seconds: how long to look for known mistakes."""
    piece = BY_ID[piece_id]
    source = Source.read(REFERENCE / piece.file)
    node = source.function(piece.qualname)
    heading = "".join(source.lines[source.span(node).start : node.body[0].lineno - 1])
    indent = " " * node.body[0].col_offset
    text = heading + "".join(f"{indent}{line}\n" for line in body.splitlines())
    theirs = Source(source.with_function(piece.qualname, text), source.path.with_name("theirs.py"))
    finding = check_piece(piece, theirs)
    assert finding.status != "pass"
    with patch.object(diagnosis, "PART_SECONDS", min(seconds, diagnosis.PART_SECONDS)):
        known, text = diagnose(piece, theirs, finding.case, seconds)
    return next((each.name for each in known if each.certain), None), text


@pytest.mark.parametrize(
    ("body", "cause"),
    [
        # As somebody would write it who has not seen the reference.
        ("x64 = x.float()\nreturn (x64 / ((x64**2).mean(-1, True).sqrt() + eps)).to(x.dtype)", "eps outside the root"),
        ("w = x.float()\nreturn (w * (w.square().mean(-1, True)).rsqrt()).to(x.dtype)", "eps forgotten"),
        ("return x * (x.pow(2).mean(-1, keepdim=True) + eps).rsqrt()", "not widened to float32"),
        (
            "w = x.float()\nn = (w * w).sum(-1, True)\nreturn (w / torch.sqrt(n + eps)).to(x.dtype)",
            "sum of squares, not their mean",
        ),
        ("return torch.nn.functional.layer_norm(x.float(), x.shape[-1:], eps=eps).to(x.dtype)", "layer norm"),
    ],
)
def test_a_known_mistake_is_named_however_it_is_written(body, cause):
    found, text = diagnosed("norms.rms_norm", body)
    assert found == cause or cause in text
    assert text.startswith("This is a known mistake: ")


@pytest.mark.parametrize(
    ("piece", "body", "cause"),
    [
        (
            "normalizations.layer_norm.layer_norm",
            "w = x.to(torch.promote_types(x.dtype, torch.float32))\nm = w.mean(-1, keepdim=True)\n"
            "v = w.var(-1, correction=0, keepdim=True)\n"
            "return ((w - m) / (v + torch.finfo(x.dtype).eps).sqrt()).to(x.dtype)",
            "the machine epsilon of the dtype",
        ),
        (
            "normalizations.rms.RMSNorm.forward",
            "return nn.functional.rms_norm(x, (x.size(-1),), self.weight)",
            "F.rms_norm with the weight and without eps",
        ),
        (
            "normalizations.layer_norm.LayerNorm.forward",
            "mean, std = x.mean(-1, keepdim=True), x.std(-1, keepdim=True)\n"
            "return self.weight * (x - mean) / (std + self.eps) + self.bias",
            "divided by std plus eps, all in the dtype of x",
        ),
        ("feed_forwards.activations.silu", "return x / (1 + torch.exp(-x))", "divided by one plus an exponential"),
    ],
)
def test_fault_5_an_eps_of_ones_own_and_an_overflow_are_named_and_not_called_lost_digits(piece, body, cause):
    named, text = diagnosed(piece, body)
    assert named == cause
    assert "digits that are lost" not in text and "bfloat16 on the way" not in text


def test_two_mistakes_at_once_are_both_named():
    cause, text = diagnosed("norms.rms_norm", "m = (x**2).mean(-1, keepdim=True)\nreturn x / (m.sqrt() + eps)")
    assert cause == "eps outside the root and not widened to float32"
    assert "eps outside the root: You" in text
    assert "not widened to float32: You" in text


def test_two_mistakes_that_hide_each_other_everywhere_are_both_named(monkeypatch):
    monkeypatch.setattr(diagnosis, "PAIR_SECONDS", 60.0)
    body = (
        "i = torch.arange(head_dim // 2, dtype=torch.float32)\n"
        "angle = torch.outer(torch.arange(1, length + 1), theta ** (-i / head_dim))\n"
        "return angle.cos(), angle.sin()"
    )
    cause, _ = diagnosed("positions.precompute_rotary_tables", body)
    assert cause == "frequencies over 2 * head_dim and positions from 1"


def test_fault_18_of_two_pairs_that_explain_the_same_neither_is_a_fact():
    piece = BY_ID["norms.soft_cap"]
    flat = Mistake(piece.id, "flat", "flat", "Flat.", "torch.tanh(x", "torch.tanh(x / 2")
    thrice = Mistake(piece.id, "thrice", "thrice", "Thrice.", "return cap", "return 3 * cap")
    again = Mistake(piece.id, "again", "again", "Again.", "return cap", "return cap * 3")
    text = reference_source("norms").text_of("soft_cap")
    wrong = trial_of(piece, thrice.put_into(flat.put_into(text)))
    theirs = {case: wrong.outcome(piece, case) for case in cases_of(piece)}
    found = identify(piece, theirs, [flat, thrice, again])
    assert [each.name for each in found] == ["flat and thrice", "flat and again"]
    assert not any(each.certain for each in found)
    assert found[0].said("").startswith("Two mistakes at once would explain this: ")
    (only,) = identify(piece, theirs, [flat, thrice])
    assert only.certain


def test_two_mistakes_that_undo_each_other_explain_nothing():
    piece = BY_ID["norms.soft_cap"]
    half = Mistake(piece.id, "half", "half", "Half.", "torch.tanh(x", "0.5 * torch.tanh(x")
    twice = Mistake(piece.id, "twice", "twice", "Twice.", "return cap", "return 2 * cap")
    text = reference_source("norms").text_of("soft_cap")
    # Off by little more than rounding, and where there are few digits only.
    nearly = trial_of(piece, text.replace("return cap", "return (1.02 if x.dtype == torch.bfloat16 else 1.0) * cap"))
    theirs = {case: nearly.outcome(piece, case) for case in cases_of(piece)}
    assert identify(piece, theirs, [half, twice]) == []


def test_fault_18_a_mistake_that_shows_where_theirs_is_right_is_not_in_it(monkeypatch):
    monkeypatch.setattr(diagnosis, "PAIR_SECONDS", 0.1)
    body = "if x.shape == (3, 4):\n    return cap * torch.tanh(x * cap)\nreturn cap * torch.tanh(x / cap)"
    cause, text = diagnosed("norms.soft_cap", body)
    assert cause is None and "known mistake" not in text


def test_fault_18_one_failing_case_is_enough_for_a_part_to_be_named(monkeypatch):
    monkeypatch.setattr(diagnosis, "PAIR_SECONDS", 0.1)
    body = "y = cap * torch.tanh(x / cap)\nreturn y.float() if x.dtype == torch.bfloat16 else y * 1.01"
    cause, text = diagnosed("norms.soft_cap", body)
    assert cause is None
    assert "with bfloat16 numbers (1), yours comes to the same as with a known mistake: result in float32." in text


def test_fault_18_an_error_that_python_finds_is_not_taken_for_one_that_is_raised():
    def unpacking(raised: bool):
        try:
            if raised:
                raise ValueError("one")
            _, _ = 1, 2, 3
        except ValueError as error:
            return error

    assert failure(unpacking(True)) == ""
    assert "unpack" in failure(unpacking(False))


def test_fault_18_where_draws_are_wrong_no_step_on_the_way_is_blamed():
    body = "for _ in range(max_new_tokens):\n    logits = model(tokens[:, -model.config.max_seq_len :])[:, -1, :]\n"
    body += "    p = next_token_distribution(logits, temperature, top_k)\n"
    body += "    tokens = torch.cat((tokens, torch.multinomial(p, 1)), dim=1)\nreturn tokens"
    _, text = diagnosed("decoding.generation.generate", body, seconds=0.1)
    assert "differs from it" not in text and "None of your values" not in text


def test_what_is_in_no_catalogue_gets_a_relation_and_no_name():
    assert diagnosed("norms.soft_cap", "return 3 * cap * torch.tanh(x / cap)") == (
        None,
        "Yours is 3 times the expected, everywhere.",
    )


def test_the_first_variable_that_differs_is_shown():
    body = (
        "wide = x.to(torch.promote_types(x.dtype, torch.float32))\n"
        "mean_square = wide.pow(2).cumsum(-1)[..., -1:].log1p()\n"
        "return (wide * torch.rsqrt(mean_square + eps)).to(x.dtype)"
    )
    cause, text = diagnosed("norms.rms_norm", body)
    assert cause is None
    assert "Your `mean_square` differs from it: yours " in text


def test_fault_18_a_step_is_the_one_that_gave_a_variable_what_it_ends_with():
    body = "B, T, _ = x.shape\nquery = context.rotate(self.q_proj(x).view(B, T, self.n_head, -1))\n"
    body += "key = context.rotate(self.k_proj(x).view(B, T, self.n_kv_head, -1))\n"
    body += "value = self.v_proj(x).view(B, T, self.n_kv_head, -1)\nquery = rms_norm(query, self.norm_eps)\n"
    body += "return self.o_proj(self.attend(query, key.sin(), value, context).flatten(2))"
    _, text = diagnosed("attention.CausalSelfAttention.forward", body, seconds=0.1)
    assert "(2, 7, 2, 6): QK norm: normalise queries and keys, head by head. Your `key` differs from it: " in text


def test_a_wrong_gradient_is_told_from_wrong_values():
    body = "y = cap * torch.tanh(x / cap)\nreturn y + 0.5 * (x - x.detach())"
    assert diagnosed("norms.soft_cap", body)[1].startswith("The values are right; only the gradient is not.")


def test_a_wrong_dtype_is_not_called_lost_digits():
    body = "squared = layer.qk_scale().view(layer.n_head, layer.head_dim).square()\nreturn query * squared, key"
    _, text = diagnosed("placements.refinements.unit_scales.scale_queries", body)
    assert text == "The numbers are right; only their dtype is not."


def test_a_verdict_has_the_name_in_its_cause(project):
    put_in(BY_ID["norms.rms_norm"], project.learn)
    project.edit("learn/norms.py", "torch.rsqrt(mean_square + eps)", "1 / (mean_square.sqrt() + eps)")
    result = project.run_learn("check", "rms_norm", "--json")
    (verdict,) = json.loads(result.stdout.splitlines()[-1])["pieces"]
    assert (verdict["status"], verdict["cause"]) == ("wrong", "eps outside the root")
    assert "stuck? learn hint norms.rms_norm" in result.stderr
    assert max(map(len, result.stderr.splitlines())) <= 80


TRUTH = torch.arange(24, dtype=torch.float64).view(2, 3, 4).sin() + 2


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (TRUTH * 0, "All of yours are zero."),
        (TRUTH * 0.5, "Yours is 0.5 (1 / 2) times the expected, everywhere."),
        (TRUTH + 3, "Yours is the expected plus 3, everywhere."),
        (TRUTH.transpose(0, 2), "Yours is right, but with axes 0 and 2 swapped."),
        (TRUTH.flip(1), "Yours is right, but axis 1 runs backwards."),
        (TRUTH.roll(1, 2), "Along axis 2, yours stands one place behind where it belongs."),
        (TRUTH[:, [0, 2, 1]], "Along axis 1 yours is right, but in another order: [0, 2, 1] (expected 0 to 2)."),
        (TRUTH.reshape(3, 8), "The numbers are right, and in the right order, but the shape is (3, 8)."),
        (TRUTH * torch.tensor([1.0, 2.0])[:, None, None], "Only index 0 is right along axis 0, the 1 behind are not."),
        (
            TRUTH * torch.tensor([3.0, 1, 1])[:, None],
            "The last 2 indices are right along axis 1, the 1 before are not.",
        ),
        (TRUTH.bfloat16().double(), "Yours is nearly right: it has the digits of bfloat16 and no more."),
        (TRUTH + 1e-3 * TRUTH.cos(), "Yours is nearly right: off by "),
        (TRUTH / 0, "All 24 of your numbers are infinite or no number at all (NaN)."),
        (TRUTH - 1, "Yours is input 1, unchanged."),
    ],
)
def test_a_relation_is_put_in_a_sentence(found, said):
    assert relation(found, TRUTH, [TRUTH - 1], 1e-9).startswith(said)


def test_without_a_relation_nothing_is_said():
    noise = torch.randn(2, 3, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    assert relation(TRUTH + noise, TRUTH, [], 1e-9) is None


def test_a_picture_shows_which_heads_and_positions_are_wrong():
    truth = torch.zeros(2, 5, 3, 4, dtype=torch.float64)  # sequences, positions, heads, numbers
    found = truth.clone()
    found[1, 2:, 1, 3] = 1.0
    assert picture(found, truth, 1e-9) == [
        "Where (# is wrong; axis 1 down, axis 2 across):",
        "  ...",
        "  ...",
        "  .#.",
        "  .#.",
        "  .#.",
    ]
    assert picture(truth, truth, 1e-9) == picture(truth + 1, truth, 1e-9) == []


def test_a_future_that_leaks_is_said():
    body = "fit = query @ key.mT * mods.scale\nhidden = ~mods.mask()\nhidden[..., 1, :] &= hidden[..., 0, :1]\n"
    body += "weights = fit.masked_fill(hidden, float('-inf')).softmax(dim=-1)\nreturn weights @ value"
    cause, text = diagnosed("attentions.backends.scored.scored_attention", body, seconds=0.1)
    assert cause is None
    assert "The future leaks: with another token at the very end, yours comes out otherwise at position 1" in text
    # What is minus infinity in both is no difference.
    assert "`fit`" not in text


def test_a_future_that_leaks_past_a_mask_is_said():
    body = "fit = query @ key.mT * scale\nhidden = ~mask\nhidden[..., 1, :] &= hidden[..., 0, :1]\n"
    body += "return fit.masked_fill(hidden, float('-inf')).softmax(dim=-1) @ value"
    _, text = diagnosed("attention.manual_attention", body, seconds=0.1)
    assert "The future leaks: with another token at the very end, yours comes out otherwise at position 1" in text


def test_where_the_past_alone_is_wrong_no_future_leaks():
    body = "fit = query @ key.mT * 3.3\nfit = fit.masked_fill(~mods.mask(), float('-inf'))\n"
    body += "return fit.softmax(dim=-1) @ value"
    assert "future" not in diagnosed("attentions.backends.scored.scored_attention", body, seconds=0.1)[1]


def test_fault_4_what_never_comes_up_is_said_in_words_of_the_outline():
    body = "m = (x.float() ** 2).median(-1, keepdim=True).values\nreturn (x * (m + eps).rsqrt()).to(x.dtype)"
    cause, text = diagnosed("norms.rms_norm", body)
    assert cause is None
    assert "None of your values is what this step comes to, (2, 3, 1): Take the mean square of each vector. " in text
    assert "mean_square" not in text


def test_a_known_mistake_beside_an_unknown_one_is_named_as_a_part():
    body = "if cap == 2.0:\n    return x * 1.37 + 0.2 * x**2\nreturn torch.tanh(x / cap)"
    cause, text = diagnosed("norms.soft_cap", body)
    assert cause is None
    assert text.startswith("One of several things: with ")
    assert "yours comes to the same as with a known mistake: " in text


def test_a_change_in_place_that_crashes_is_explained():
    body = "x += self.attn(self.norm(x), context)\nreturn x"
    cause, text = diagnosed("placements.parallel.ParallelBlock.forward", body)
    assert cause or "comes out changed" in text


@pytest.mark.parametrize(
    ("ratio", "said"),
    [(9 / 14, "9/14"), (0.5**0.5, "the root of 1/2"), (3.0, "3"), (0.6123, None), (1.0, None), (-2.0, None)],
)
def test_a_simple_ratio_is_said_as_a_fraction(ratio, said):
    assert next(simple_ratio(ratio), None) == (said and f"Yours is {said} times the expected.")


def test_fault_18_what_was_handed_in_and_changed_is_said_to_be_changed():
    case = cases_of(BY_ID["norms.soft_cap"])[0]
    _, right = expected(case)
    found = right | {"input 1 after the call": right["input 1 after the call"] + 1.5}
    with pytest.raises(Difference, match=r"^input 1: it comes out changed, by up to 1.5$"):
        compare_outputs(case, found)


def test_lists_of_names_are_compared_name_by_name():
    with pytest.raises(Difference, match=r"^blocks.1.norm missing; head not expected$"):
        compare(["blocks.0.norm", "head"], ["blocks.0.norm", "blocks.1.norm"], None, 20.0)


def test_fault_4_what_only_the_drawn_numbers_change_is_not_called_the_first_that_differs():
    body = (
        "for _ in range(max_new_tokens):\n"
        "    logits = model(tokens[:, -model.config.max_seq_len :])[:, -1, :]\n"
        "    p = next_token_distribution(logits, temperature, top_k)\n"
        "    tokens = torch.cat((tokens, torch.multinomial(p, num_samples=1)), dim=1)\n"
        "return tokens"
    )
    cause, text = diagnosed("decoding.generation.generate", body, seconds=0.0)
    assert cause is None
    assert "`logits`" not in text
