"""`python -m scripts.evaluate`: the loss in bits per byte, and CORE, with models whose answers are known beforehand."""

import json
import math
import random
import shutil
from types import SimpleNamespace

import pytest
import torch
from torch import nn

from reference.gpt import GPT
from reference.presets import preset
from scripts import evaluate, train
from scripts.measuring.evaluation import core
from scripts.measuring.evaluation.bundle import Item, Task, read_bundle
from scripts.measuring.evaluation.core import Prompt, Result, answer, end_of, examples, prompts_of, score
from scripts.measuring.evaluation.held_out import held_out_loss
from scripts.project import ROOT, UsageError
from scripts.public.parity import randomise
from scripts.training.text.data import Corpus, TokenStream
from scripts.training.text.texts import read_text
from scripts.training.text.tokenizers import CharTokenizer

SMALL = ROOT / "scripts" / "measuring" / "evaluation" / "small_bundle"
ASCII = CharTokenizer("".join(map(chr, range(128))))
ABC = CharTokenizer("abc")  # a is token 1, the boundary token 0


class Known(nn.Module):
    """A model of which one says oneself how likely it finds each token: `say(tokens so far)` gives the logits."""

    def __init__(self, say, max_seq_len: int = 10_000):
        super().__init__()
        self.say = say
        self.config = SimpleNamespace(max_seq_len=max_seq_len)

    def get_device(self):
        return torch.device("cpu")

    def forward(self, tokens):
        rows = [[self.say(row[: t + 1]) for t in range(len(row))] for row in tokens.tolist()]
        return torch.tensor(rows, dtype=torch.float64)


def bigrams(**following: dict[str, float]) -> Known:
    """A model of ABC's tokens that looks at the last one only: what follows it, with which probability."""
    table = {ABC.token_of[last]: [1e-9, *map(p.get, ABC.characters)] for last, p in following.items()}
    return Known(lambda tokens: [math.log(p) for p in table.get(tokens[-1], [1, 1, 1, 1])])


def task(kind: str, *items: Item, shots: int = 0, baseline: float = 0.0) -> Task:
    return Task("mine", kind, shots, baseline, list(items))


def right(model, tokenizer, task: Task) -> list[bool]:
    return [answer(model, tokenizer, task, number).right for number in range(len(task.items))]


def text_of(prompt: Prompt, tokenizer=ASCII) -> tuple[str, str]:
    """What is given, without the boundary, and what is asked for."""
    assert prompt.tokens[0] == tokenizer.boundary
    return tokenizer.decode(prompt.tokens[1 : prompt.start]), tokenizer.decode(prompt.tokens[prompt.start :])


# --- the bundle


def test_the_small_bundle_has_a_task_of_each_type_and_favours_no_option():
    tasks = {task.kind: task for task in read_bundle(SMALL)}
    assert [(kind, task.label, len(task.items)) for kind, task in tasks.items()] == [
        ("multiple_choice", "opposites", 12),
        ("schema", "who_is_meant", 12),
        ("language_modeling", "what_comes_next", 12),
    ]
    for kind, options in (("multiple_choice", 4), ("schema", 2)):
        assert tasks[kind].baseline == 1 / options
        golds = [item.gold for item in tasks[kind].items]
        assert all(golds.count(gold) == 12 / options for gold in range(options))


@pytest.fixture
def bundle(tmp_path):
    """A copy of the small one, to be spoilt."""
    return shutil.copytree(SMALL, tmp_path / "bundle")


def test_the_order_of_items_is_nanochats(bundle):
    lines = (bundle / "eval_data" / "what_comes_next.jsonl").read_text().splitlines()
    found = [json.loads(line) for line in lines]
    random.Random(1337).shuffle(found)
    (task,) = read_bundle(bundle, ["what_comes_next"])
    assert [item.options for item in task.items] == [(f"{one['context']} {one['continuation']}",) for one in found]
    (other,) = read_bundle(bundle, ["what_comes_next"], seed=1)
    assert other.items != task.items and sorted(other.items) == sorted(task.items)


def test_a_bundle_like_the_real_one(bundle):
    """A delimiter of its own, another folder, fields that nobody asks for, a table with commas and line ends in it."""
    (bundle / "core.yaml").write_text(
        "icl_tasks:\n-\n  label: trivia\n  dataset_uri: world/trivia.jsonl\n  num_fewshot: [1]\n"
        '  has_categories: true\n  icl_task_type: language_modeling\n  continuation_delimiter: "\\nAnswer: "\n'
    )
    (bundle / "eval_meta_data.csv").write_text(
        'Eval Task,Random baseline,Description\nother,,"one, two,\nthree"\ntrivia,9.1,"easy"\n'
    )
    (bundle / "eval_data" / "world").mkdir()
    lines = [{"context": f" {name}? \n", "continuation": name.upper(), "category": "x\u2028y"} for name in ("ab", "cd")]
    text = "\n".join(json.dumps(line, ensure_ascii=False) for line in lines) + "\n\n"
    (bundle / "eval_data" / "world" / "trivia.jsonl").write_text(text, encoding="utf-8")
    (task,) = read_bundle(bundle)
    assert (task.shots, task.baseline) == (1, pytest.approx(0.091))
    assert sorted(item.options for item in task.items) == [("ab?\nAnswer: AB",), ("cd?\nAnswer: CD",)]


@pytest.mark.parametrize(
    ("file", "old", "new", "words"),
    [
        ("core.yaml", "icl_tasks:", "tasks:", "a list `icl_tasks:` with at least one task is needed"),
        ("core.yaml", "icl_tasks:", "icl_tasks: [", r"core\.yaml: this is no YAML"),
        ("core.yaml", "label: opposites", "name: opposites", r"core\.yaml, task 1: an object with label, a text, is"),
        ("core.yaml", "[2]", "2", r"task 1: an object with num_fewshot, a list, is needed"),
        ("core.yaml", "[2]", "[2, 3]", r"task opposites: num_fewshot \[2, 3\] should be a list of one number"),
        ("core.yaml", "[2]", "[12]", "12 other items are to stand in front of each, but there are 12 in all"),
        ("core.yaml", "multiple_choice", "quiz", "icl_task_type quiz is unknown; choose multiple_choice, schema, lang"),
        ("core.yaml", '_delimiter: " "', "_delimiter: 7", "continuation_delimiter 7 should be a text, in quotation"),
        (
            "core.yaml",
            "opposites.jsonl",
            "gone.jsonl",
            r"gone\.jsonl: No such file or directory; --bundle takes a folder",
        ),
        ("eval_meta_data.csv", "Random baseline", "Guess", "no column 'Random baseline'"),
        ("eval_meta_data.csv", "opposites,", "opposite,", "no row for the task opposites"),
        ("eval_meta_data.csv", ",25", ",100", "opposites: random baseline '100'; 0 to 99.9 percent is needed"),
        ("eval_meta_data.csv", ",25", ",few", "opposites: random baseline 'few'"),
        ("eval_data/opposites.jsonl", '"gold": 0}', '"gold": 4}', r"opposites\.jsonl, line 1: gold 4 is none of the 4"),
        ("eval_data/opposites.jsonl", '"gold": 0}', '"gold": 0', r"opposites\.jsonl, line 1: this is no JSON"),
        ("eval_data/opposites.jsonl", '"gold": 0}', '"gold": true}', "line 1: an object with gold, a whole number, is"),
        ("eval_data/opposites.jsonl", '"query"', '"question"', "line 1: an object with query, a text, is needed"),
        ("eval_data/opposites.jsonl", '"cold"', "7", r"line 1: \[7, .* should all be texts"),
        ("eval_data/who_is_meant.jsonl", '"stood too close to the edge."', '" "', "line 1: the continuation is empty"),
        ("eval_data/what_comes_next.jsonl", '"five"', '""', "line 1: the continuation is empty"),
    ],
)
def test_what_is_wrong_with_a_bundle_is_said(bundle, file, old, new, words):
    path = bundle / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(UsageError, match=words):
        read_bundle(bundle)


def test_a_task_that_is_not_there_is_refused():
    with pytest.raises(UsageError, match=r"--tasks copa: .*small_bundle has opposites, what_comes_next, who_is_meant"):
        read_bundle(SMALL, ["opposites", "copa"])


# --- the prompts


def test_the_examples_are_drawn_as_nanochat_draws_them():
    (task,) = read_bundle(SMALL, ["what_comes_next"])
    for number in range(len(task.items)):
        others = [index for index in range(len(task.items)) if index != number]
        drawn = random.Random(1234 + number).sample(others, 3)
        assert examples(task, number) == "".join(task.items[index].options[0] + "\n\n" for index in drawn)


def test_what_is_asked_for():
    choice = task("multiple_choice", Item(("I eat jam", "I eat bread"), 0), Item(("I am", "I see"), 1), shots=1)
    assert [text_of(prompt) for prompt in prompts_of(choice, 0, ASCII)] == [
        ("I see\n\nI eat ", "jam"),
        ("I see\n\nI eat ", "bread"),
    ]
    schema = task("schema", Item(("the cat sleeps", "the moon sleeps"), 0), Item(("I am", "you am"), 0), shots=1)
    assert [text_of(prompt) for prompt in prompts_of(schema, 0, ASCII)] == [
        ("I am\n\nthe cat", " sleeps"),
        ("I am\n\nthe moon", " sleeps"),
    ]
    language = task("language_modeling", Item(("a b c",), 0, "a b "), Item(("1 2 3",), 0, "1 2 "), shots=1)
    assert [text_of(prompt) for prompt in prompts_of(language, 0, ASCII)] == [("1 2 3\n\na b", " c")]


def test_an_option_that_another_begins_with_keeps_a_token():
    choice = task("multiple_choice", Item(("it is 1", "it is 10"), 0))
    assert [text_of(prompt) for prompt in prompts_of(choice, 0, ASCII)] == [("it is ", "1"), ("it is ", "10")]
    schema = task("schema", Item(("as is", "as is"), 0))
    assert [text_of(prompt) for prompt in prompts_of(schema, 0, ASCII)] == [("", "as is"), ("", "as is")]


def test_a_token_across_the_border_is_asked_for():
    """Where a tokenizer makes one token of the end of the question and the beginning of the answer."""

    class Pairs:
        boundary = beginning = 0

        def encode(self, text):
            return [hash_of(text[at : at + 2]) for at in range(0, len(text), 2)]

    def hash_of(pair):
        return int.from_bytes(pair.encode())

    (prompt,) = prompts_of(task("language_modeling", Item(("abcde",), 0, "abc")), 0, Pairs())
    assert prompt == Prompt([0, hash_of("ab"), hash_of("cd"), hash_of("e")], 2)


# --- the scores


MODEL = {
    "a": {"a": 0.5, "b": 0.3, "c": 0.2},
    "b": {"a": 0.6, "b": 0.1, "c": 0.3},
    "c": {"a": 0.2, "b": 0.2, "c": 0.6},
}


def test_the_loss_is_that_of_what_is_asked_for_alone():
    (found,) = score(bigrams(**MODEL), [Prompt([0, *ABC.encode("cabbc")], 4)])
    assert found.loss == pytest.approx(-(math.log(0.1) + math.log(0.3)) / 2)
    # The likeliest behind c is c, and behind that c; then a.
    assert [score(bigrams(**MODEL), [Prompt([0, *ABC.encode("bccc")], start)])[0].greedy for start in (3, 2)] == [
        True,
        False,
    ]


def test_a_hand_made_model_is_right_where_it_must_be():
    model = bigrams(**MODEL)
    # Behind a: b 0.3, c 0.2. Per token: b then a sqrt(0.3 * 0.6), better than b alone; c then c sqrt(0.2 * 0.6).
    choice = [Item(("ab", "ac"), 0), Item(("ab", "ac"), 1), Item(("aba", "acc"), 0), Item(("ac", "aba"), 1)]
    assert right(model, ABC, task("multiple_choice", *choice)) == [True, False, True, True]
    # Longer than the other and less likely altogether (0.06 against 0.2), but likelier per token (0.39 against 0.2).
    assert right(model, ABC, task("multiple_choice", Item(("ac", "abcca"), 1))) == [0.3 * 0.3 * 0.6 * 0.2 > 0.2**4]
    # a behind b 0.6, behind c 0.2.
    assert right(model, ABC, task("schema", Item(("ba", "ca"), 0), Item(("ba", "ca"), 1))) == [True, False]
    language = [Item(("caa",), 0, "ca"), Item(("cab",), 0, "ca"), Item(("cccc",), 0, "c"), Item(("cccb",), 0, "c")]
    assert right(model, ABC, task("language_modeling", *language)) == [True, False, True, False]


def test_what_stands_in_front_is_seen_but_not_scored():
    """A model that expects the token before the last one again: only the examples can tell it what."""
    say = lambda tokens: [5.0 if token == (tokens[-2:] or [0])[0] else 0.0 for token in range(4)]  # noqa: E731
    (found,) = score(Known(say), [Prompt([0, 1, 2, 1, 2], 3)])
    assert found.greedy
    seen = []
    score(Known(lambda tokens: seen.append(tokens) or [0.0] * 4), [Prompt([0, 1, 2, 3], 3)])
    assert [0, 1, 2] in seen


@pytest.fixture(scope="module")
def gpt() -> GPT:
    model = randomise(GPT(preset("gpt2_tiny", vocab_size=ASCII.vocab_size, max_seq_len=96)), seed=3)
    return model.double().eval()


def test_options_score_the_same_together_and_alone(gpt):
    texts = ["a", "We went home", "We stayed where we were, until it was dark and the last train had left"]
    prompts = [Prompt([0, *ASCII.encode(text)], 1 + len(text) // 2) for text in texts]
    together, alone = score(gpt, prompts), [score(gpt, [prompt])[0] for prompt in prompts]
    assert [one.loss for one in together] == pytest.approx([one.loss for one in alone], abs=1e-12)
    assert [one.greedy for one in together] == [one.greedy for one in alone]


def test_what_is_too_long_loses_its_beginning(gpt):
    tokens = ASCII.encode("x" * 50 + "The quick brown fox jumps over the lazy dog, and nothing else happened at all.")
    cut = end_of(Prompt(tokens, len(tokens) - 7), 96)
    assert cut == Prompt(tokens[-96:], 89)
    with torch.no_grad():
        losses = -gpt(torch.tensor([tokens[-96:]])).log_softmax(-1)[0, range(95), tokens[-95:]]
    assert score(gpt, [cut])[0].loss == pytest.approx(losses[-7:].mean().item(), abs=1e-12)
    # All of it asked for, and more than there is room for: a token stays, to begin with.
    assert end_of(Prompt(tokens, 10), 96) == Prompt(tokens[-96:], 1)
    assert end_of(Prompt(tokens, 10), 200) == Prompt(tokens, 10)


def test_items_that_were_cut_are_counted():
    items = [Item(("abc", "abb"), 0), Item(("aaaaabc", "aaaabb"), 0)]
    model = bigrams(**MODEL)
    model.config.max_seq_len = 4  # the first one just fits, with its boundary
    assert [answer(model, ABC, task("multiple_choice", *items), number).cut for number in (0, 1)] == [False, True]


def test_a_model_that_went_astray_is_no_good_guess():
    with pytest.raises(UsageError, match="mine: a loss is not a number"):
        answer(Known(lambda tokens: [math.nan] * 4), ABC, task("multiple_choice", Item(("ab", "ac"), 0)), 0)


# --- the accuracy


def knows(task: Task, wanted) -> Known:
    """A model that has learned by heart those texts of a task, with what stands in front, whose gold is `wanted`."""
    known = {}
    for number, item in enumerate(task.items):
        for option, prompt in enumerate(prompts_of(task, number, ASCII)):
            if wanted(option, item.gold):
                for t in range(1, len(prompt.tokens)):
                    known[tuple(prompt.tokens[:t])] = prompt.tokens[t]
    return Known(lambda tokens: [9.0 * (token == known.get(tuple(tokens))) for token in range(ASCII.vocab_size)])


@pytest.mark.parametrize("label", ["opposites", "who_is_meant", "what_comes_next"])
def test_an_oracle_has_one_and_its_opposite_less_than_a_guess(label):
    (task,) = read_bundle(SMALL, [label])

    def outcome(model) -> Result:
        return Result(task, [answer(model, ASCII, task, number) for number in range(len(task.items))])

    oracle = outcome(knows(task, lambda option, gold: option == gold))
    assert oracle.accuracy == oracle.centred == 1
    wrong = outcome(knows(task, lambda option, gold: option != gold))
    assert wrong.accuracy == 0
    assert wrong.centred == pytest.approx(-task.baseline / (1 - task.baseline))


def test_a_guess_has_zero():
    """Every option equally likely: the first is taken, and every fourth time that is right."""
    indifferent = Known(lambda tokens: [0.0] * ASCII.vocab_size)
    items = [Item(tuple(f"{number} {letter}" for letter in "stuv"), number % 4) for number in range(8)]
    indifference = task("multiple_choice", *items, baseline=0.25)
    found = [answer(indifferent, ASCII, indifference, number) for number in range(8)]
    assert Result(indifference, found).centred == 0
    # With a random preference, new for every question.
    generator = torch.Generator().manual_seed(0)
    choosy = Known(lambda tokens: torch.rand(5, generator=generator).tolist())
    letters = CharTokenizer("stuv")
    many = task("multiple_choice", *[Item(tuple("stuv"), number % 4) for number in range(2000)], baseline=0.25)
    found = [answer(choosy, letters, many, number) for number in range(2000)]
    assert abs(Result(many, found).centred) < 3 * math.sqrt(0.25 * 0.75 / 2000) / 0.75


@pytest.mark.slow
def test_the_losses_are_those_of_transformers(tmp_path):
    pytest.importorskip("transformers", reason="the extra `parity` is not installed", exc_type=ImportError)
    from scripts.public.families import FAMILIES
    from scripts.public.model_folders import save_theirs
    from scripts.public.parity import judge

    config = preset("gpt2_tiny", vocab_size=ASCII.vocab_size, max_seq_len=128)
    ours = randomise(GPT(config), seed=1).eval()
    save_theirs(tmp_path / "theirs", FAMILIES["gpt2"], config, ours.state_dict())
    theirs = judge(tmp_path / "theirs", FAMILIES["gpt2"])
    for task in read_bundle(SMALL):
        for number in range(0, 12, 4):
            prompts = prompts_of(task, number, ASCII)
            for prompt, found in zip(prompts, score(ours, prompts), strict=True):
                tokens = torch.tensor([prompt.tokens])
                labels = tokens.clone()
                labels[:, : prompt.start] = -100
                with torch.no_grad():
                    assert found.loss == pytest.approx(theirs(tokens, labels=labels).loss.item(), abs=1e-4)


# --- the loss on held-out text


class Words:
    """Three tokens: the boundary, and two words of 3 and 6 bytes."""

    def byte_counts(self, running):
        return [0 if running else 1, 3, 6]


@pytest.mark.parametrize(("running", "bytes"), [(False, 10), (True, 9)])
def test_bits_per_byte_do_not_depend_on_the_tokenizer(running, bytes):
    """The same text, and the same information in it, as characters, one of which has two bytes, and as words."""

    class Uninformed(nn.Module):
        def __init__(self, loss, length):
            super().__init__()
            self.loss, self.config = torch.tensor(loss), SimpleNamespace(max_seq_len=length, vocab_size=3)

        def get_device(self):
            return torch.device("cpu")

        def forward(self, tokens, targets):
            return self.loss

    # "aéééé", and the end of the document, told in 8 bits altogether.
    for tokenizer, stream in ((CharTokenizer("aé"), [0, 1, 2, 2, 2, 2, 0]), (Words(), [0, 1, 2, 0])):
        tokens = len(stream) - 1
        corpus = Corpus(tokenizer, TokenStream([]), TokenStream([torch.tensor(stream)]), running)
        found = held_out_loss(Uninformed(8 * math.log(2) / tokens, tokens), corpus, tokens)
        assert (found["tokens"], found["bytes"]) == (tokens, bytes)
        assert found["val_loss"] == pytest.approx(8 * math.log(2) / tokens)
        assert found["bits_per_byte"] == pytest.approx(8 / bytes)


# --- the command


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A model trained for a few steps on a text with accents, whose characters include those of the small bundle."""
    folder = tmp_path_factory.mktemp("run")
    text = folder / "text.txt"
    parts = [path.read_text() + "Déjà vu!\n\n" * 20 for path in sorted(SMALL.glob("eval_data/*"))]
    text.write_text("".join(parts), encoding="utf-8")
    where = ["--out_dir", str(folder / "run"), "--data", str(text), "--max_iters", "6", "--save_every", "3"]
    assert train.main(["--model", "llama_tiny", "--max_seq_len", "64", *where]) == 0
    return folder / "run"


@pytest.fixture
def report(run, capsys):
    """A function that gives the report of one call."""

    def call(*arguments: str, status: int = 0) -> dict:
        capsys.readouterr()
        assert evaluate.main([str(run), "--json", *arguments]) == status
        return json.loads(capsys.readouterr().out)

    return call


def test_the_loss_is_the_one_that_the_training_found(run, report):
    found, facts = report(), json.loads((run / "run.json").read_text(encoding="utf-8"))
    assert found["val_loss"] == pytest.approx(facts["val_loss"], rel=1e-6)
    assert (found["data"], found["core"], found["tasks"], found["interrupted"]) == (facts["data"], None, [], False)
    # As many bytes as the text has that is held out, up to the last whole window, without its first character.
    (text,) = read_text(facts["data"]).documents
    stream = f"\n{text}\n"
    rest = stream[len(stream) - len(stream) // 10 + 1 :]
    assert found["tokens"] == len(rest) // 64 * 64 < len(rest)
    assert found["bytes"] == len(rest[: found["tokens"]].encode()) > found["tokens"]
    bits = found["val_loss"] * found["tokens"] / math.log(2)
    assert found["bits_per_byte"] == pytest.approx(bits / found["bytes"])


def test_another_text(report, run, tmp_path):
    other = tmp_path / "other.txt"
    other.write_text("cold\nwarm\n" * 100)
    assert report("--data", str(other))["bytes"] == report("--data", str(other))["tokens"]
    other.write_text("cold\nWärm\n" * 100, encoding="utf-8")
    with pytest.raises(UsageError, match=r"--data .*other\.txt: it cannot .* does not know 'ä'"):
        evaluate.main([str(run), "--data", str(other)])


def test_a_checkpoint_on_the_way(run, capsys):
    losses = {}
    for step in (3, 6):
        assert evaluate.main([str(run / "checkpoints" / f"step-{step:08}"), "--json", "--max_seq_len", "512"]) == 0
        said = capsys.readouterr()
        losses[step] = json.loads(said.out)["val_loss"]
        assert said.err.splitlines()[0] == "--max_seq_len 512: the windows are of 64 tokens, the model's positions"
    facts = json.loads((run / "run.json").read_text(encoding="utf-8"))
    assert losses[6] == pytest.approx(facts["val_loss"], rel=1e-6)
    assert losses[3] != pytest.approx(losses[6], rel=1e-3)


def test_core_by_the_command(report, run, capsys):
    found = report("--bundle", str(SMALL))
    assert [row["task"] for row in found["tasks"]] == ["opposites", "who_is_meant", "what_comes_next"]
    keys = {"task", "type", "shots", "items", "cut", "baseline", "accuracy", "centred"}
    assert all(row.keys() == keys and row["items"] == 12 for row in found["tasks"])
    # Two or three solved items do not go into 64 positions together with another; a sentence alone does, mostly.
    assert found["tasks"][0]["cut"] == 12
    centred = [(row["accuracy"] - base) / (1 - base) for row, base in zip(found["tasks"], (0.25, 0.5, 0), strict=True)]
    assert [row["centred"] for row in found["tasks"]] == pytest.approx(centred)
    assert found["core"] == pytest.approx(sum(centred) / 3)
    assert evaluate.main([str(run), "--bundle", str(SMALL)]) == 0
    shown = capsys.readouterr()
    assert all(len(line) <= 80 for line in shown.out.splitlines() if "held out of" not in line)
    assert f"CORE, the mean over 3 tasks; random guessing scores 0 {found['core']:23.3f}" in shown.out
    assert "cut: longer than the model's positions" in shown.out
    assert [line.partition(":")[0] for line in shown.err.splitlines()[1:]] == [row["task"] for row in found["tasks"]]


def test_some_tasks_and_some_items(report, monkeypatch):
    asked = []
    original = core.answer
    monkeypatch.setattr(core, "answer", lambda *given: asked.append(original(*given)) or asked[-1])
    report("--bundle", str(SMALL))
    everything, asked[:] = list(asked), []
    found = report("--bundle", str(SMALL), "--tasks", "what_comes_next,opposites", "--max_per_task", "5")
    assert [(row["task"], row["items"]) for row in found["tasks"]] == [("opposites", 5), ("what_comes_next", 5)]
    # An item is answered the same way, however many are asked.
    assert asked == everything[:5] + everything[24:29]


def test_the_seed_decides_which_items_come_first(report, monkeypatch):
    asked = []
    original = core.answer
    monkeypatch.setattr(core, "answer", lambda *given: asked.append(given[2].items) or original(*given))
    for seed in (["--seed", "1"], ["--seed", "2"], ["--seed", "1337"], []):
        report("--bundle", str(SMALL), "--tasks", "who_is_meant", "--max_per_task", "1", *seed)
    assert asked[0] != asked[1]
    assert asked[2] == asked[3] == read_bundle(SMALL, ["who_is_meant"])[0].items


def test_ctrl_c_gives_what_there_is(report, run, monkeypatch, capsys):
    original, asked = core.answer, []

    def interrupted(*given):
        asked.append(given)
        if len(asked) == 15:
            raise KeyboardInterrupt
        return original(*given)

    monkeypatch.setattr(core, "answer", interrupted)
    found = report("--bundle", str(SMALL), status=130)
    assert found["interrupted"]
    assert [row["items"] for row in found["tasks"]] == [12, 2]
    asked.clear()
    assert evaluate.main([str(run), "--bundle", str(SMALL)]) == 130
    assert capsys.readouterr().out.endswith("Stopped by Ctrl-C; this is what there is.\n")


def test_a_model_of_other_characters_is_told_so(tmp_path):
    where = ["--out_dir", str(tmp_path / "names"), "--max_iters", "0", "--eval_tokens", "64"]
    assert train.main(["--model", "llama_tiny", *where]) == 0
    with pytest.raises(UsageError, match=r"opposites: it cannot be .* does not know ' '"):
        evaluate.main([str(tmp_path / "names"), "--bundle", str(SMALL)])
