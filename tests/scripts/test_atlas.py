"""The atlas: every entry of every registry has its page, a picture of its own and its cost; links lead somewhere."""

import hashlib
import json
import re
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote

import pytest
import torch
from rich.console import Console
from torch import nn

from reference.attentions.settings_read import as_read
from reference.gpt import GPT
from reference.norms import NORMS
from reference.presets import PRESETS, preset
from scripts.atlas import measure, measurements, site
from scripts.atlas.drawings.norm_pictures import drawn_vector, tried
from scripts.atlas.entries import axes, of_configuration
from scripts.atlas.entry_costs import WIDE, cost_of
from scripts.atlas.formulas import NoFormula, mathml
from scripts.atlas.model_pages.live_settings import unread
from scripts.atlas.model_pages.preset_pages import differing, kept, memory, visible_flops
from scripts.atlas.own import own_pages
from scripts.atlas.play import PLAYS
from scripts.atlas.play.names_model import names_model
from scripts.measuring.inference_cost import cost
from scripts.training.architecture import build_on_meta
from scripts.workshop.pieces import TRACKS

from .own_atlas import Learner, few_axes

MOST_BYTES = 15 * 2**20
ARROW_LEFT, ARROW_RIGHT = "\ue012", "\ue014"  # as WebDriver has them
SHOWN = "return document.getElementById('play').innerHTML"


class Halved(nn.Module):
    r"""y = x / 2, which is no norm at all. Attributes: none."""

    def __init__(self, dim: int, eps: float):
        super().__init__()

    def forward(self, x):
        r"""x / 2."""
        return x / 2


class Built(NamedTuple):
    out: Path
    pages: list[str]


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The site, with a norm that somebody else has registered."""
    out = tmp_path_factory.mktemp("site")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(NORMS, "halved", Halved)
        return Built(out, site.build(out).pages)


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """That of somebody who has written the first track, trained, and made a mistake in another one."""
    learner = Learner(tmp_path_factory.mktemp("own"))
    ids = [piece.id for piece in TRACKS[0].pieces]
    learner.write(*ids)
    learner.is_judged("pass", *ids)
    learner.train("mine")
    learner.write_wrongly("normalizations.layer_norm.LayerNorm.forward", 'raise ZeroDivisionError("mine")')
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(own_pages, "axes", few_axes)
        learner.build()
    return Built(learner.out, learner.site.pages)


class Links(HTMLParser):
    def __init__(self, text: str):
        super().__init__()
        self.links, self.ids = [], set()
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        self.links += [found[name] for name in ("href", "src") if name in found]
        self.ids.add(found.get("id"))


def test_what_somebody_else_registers_has_a_page(monkeypatch):
    monkeypatch.setitem(NORMS, "halved", Halved)
    axis = next(axis for axis in of_configuration() if axis.name == "normalization")
    pages = {entry.name: site.page_of(entry, axis) for entry in axis.entries if entry.name in ("halved", "rmsnorm")}
    assert "<mfrac>" in pages["halved"].formulas[0]
    assert pages["halved"].digest != pages["rmsnorm"].digest
    assert pages["halved"].cost["own"]["parameters"] < pages["rmsnorm"].cost["own"]["parameters"]
    assert pages["halved"].varies == "rmsnorm_noparam" and "<ins>" in pages["halved"].difference
    assert pages["halved"].near == "rmsnorm_noparam" and pages["rmsnorm"].near is None  # whose pieces are shown


def test_a_norm_is_told_with_the_weights_that_it_begins_with():
    x = drawn_vector()
    assert tried(NORMS["layernorm_plus_one"])[:3] == (
        True,
        "the standard deviation",
        "weight 0 and bias 0 in each channel",
    )
    assert tried(NORMS["l2norm"])[:2] == (False, "the length") and tried(Halved).divides_by == "one number"
    # Where all are squashed to 1 and -1, an erf of half of them was smaller.
    assert tried(NORMS["derf"]).grown == pytest.approx(1 / torch.erf(x / 2).square().mean().sqrt().item())


def test_what_is_chapter_ones_is_not_compared_with_it_and_chance_is_judged_over_an_axis(monkeypatch):
    axis = next(axis for axis in of_configuration() if axis.name == "normalization")
    base = measurements.rows()[measurements.BASE]

    def row(*behind):
        return base | {"losses": [loss + more for loss, more in zip(base["losses"], behind, strict=True)]}

    # Of three differences two are told apart from chance; of nine, the one that wanders less.
    found = {"rmsnorm": row(0.01, 0.01, 0.0101), "dyt": row(0.01, 0.014, 0.012), "derf": row(-0.01, 0.01, 0.0)}
    rows = {f"normalization/{name}": each for name, each in found.items()} | {measurements.BASE: base}
    monkeypatch.setattr(measurements, "rows", lambda: rows)
    assert measurements.told_apart(axis) == {"rmsnorm", "dyt"}
    rows |= {f"normalization/{name}": row(-0.01, 0.01, 0.0) for name in NORMS if f"normalization/{name}" not in rows}
    assert measurements.told_apart(axis) == {"rmsnorm"}
    own = next(entry for entry in axis.entries if entry.name == axis.base)
    assert measurements.quality(own, axis)["behind"] is None and measurements.quality(own, axis)["is_base"]


@pytest.mark.xdist_group("atlas")  # built once
@pytest.mark.slow
class TestSite:
    def test_every_entry_has_a_page_with_its_cost(self, built):
        every = [entry for axis in axes() for entry in axis.entries]
        assert {f"{entry.slug}.html" for entry in every} <= set(built.pages)
        for entry in every:
            text = (built.out / f"{entry.slug}.html").read_text(encoding="utf-8")
            assert entry.refused or "cache of 1,024 tokens" in text, entry.slug
            assert re.search(r"formula big\W.*?<math", text, re.DOTALL), f"{entry.slug}: no formula in its docstring"
        # LongRoPE has a factor for each pair of a small head.
        assert [entry.name for entry in every if not entry.refused and cost_of(entry)[2] != WIDE] == ["longrope"]

    def test_every_entry_has_a_picture_and_no_two_of_an_axis_are_alike(self, built):
        for axis in axes():
            digests = {}
            for entry in axis.entries:
                panels = sorted((built.out / "pictures" / axis.name).glob(f"{Path(entry.slug).name}-[0-9].svg"))
                assert panels or entry.refused, entry.slug
                # Its name alone does not make it another.
                drawn = "".join(panel.read_text(encoding="utf-8") for panel in panels).replace(entry.name, "")
                digests[entry.name] = hashlib.sha256(drawn.encode()).hexdigest()
            assert len(set(digests.values())) == len(digests), axis.name

    def test_what_somebody_else_registers_has_all_of_it(self, built):
        text = (built.out / "normalization" / "halved.html").read_text(encoding="utf-8")
        assert "<mfrac>" in text and "which is no norm at all" in text
        assert "class" in text and "halved-1.svg" in text and measurements.MISSING in text

    def test_three_questions_are_answered_where_one_begins(self, built):
        begin = (built.out / "index.html").read_text(encoding="utf-8")
        # DeepSeek-V2-Lite: 27 layers of a latent of 512 and a rotary key of 64, in bfloat16; beside it 16 heads of 128.
        saved = f"{27 * (512 + 64) * 2:,} bytes over all 27 layers", f"{27 * 2 * 16 * 128 * 2:,}"
        assert all(number in begin for number in saved)
        assert re.search("gradient of the first of 8 layers is [0-9.]+ times smaller than that of the last", begin)
        assert 'href="models/gemma3.html#beside-llama"' in begin
        gemma = (built.out / "models" / "gemma3.html").read_text(encoding="utf-8")
        beside = gemma.partition('id="beside-llama"')[2].partition("<h2")[0]
        words = "also norm the output of a sublayer", "Every head of a token by itself", "keys a token attends to"
        assert all(said in beside for said in words)

    def test_every_model_has_a_page_and_a_drawing(self, built):
        for name in PRESETS:
            assert f"models/{name}.html" in built.pages
            assert (built.out / "pictures" / "models" / f"{name}.svg").exists()

    def test_all_links_inside_lead_somewhere(self, built):
        read = {page: Links((built.out / page).read_text(encoding="utf-8")) for page in built.pages}
        for page, found in read.items():
            for link in found.links:
                if re.match(r"https://arxiv\.org/abs/|data:", link):
                    continue
                path, _, place = unquote(link).partition("#")
                target = (built.out / page).parent / path if path else built.out / page
                assert target.resolve().is_file(), (page, link)
                if place:
                    assert place in read[target.resolve().relative_to(built.out.resolve()).as_posix()].ids, (page, link)

    def test_it_is_no_larger_than_was_promised(self, built):
        assert sum(path.stat().st_size for path in built.out.rglob("*") if path.is_file()) < MOST_BYTES

    def test_nothing_is_fetched_from_elsewhere(self, built):
        for page in built.pages:
            text = (built.out / page).read_text(encoding="utf-8")
            assert not re.search(r'(src|<link[^>]*href)="(https?:)?//', text), page


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("y = x / sqrt(mean(x^2) + eps)", ["<mfrac>", "<msqrt>", "<msup>", "ε"]),
        ("scaling[i] = growth^(-i / (dim/2 - 1))", ["<msub>", "<msup>", "<mfrac>"]),
        ("S <- S + k_t v_t^T", ["←", "<msub>", "<msup>"]),
        ("expert_e(rms_norm(x))", ["<msub>", ">rms_norm<"]),  # an index, and a name in code
    ],
)
def test_a_formula_is_typeset(text, parts):
    made = mathml(text)
    assert all(part in made for part in parts)


@pytest.mark.parametrize("text", ["divide every vector by its length", "x = (1", "where there is one", "a ** b"])
def test_prose_is_no_formula(text):
    with pytest.raises(NoFormula):
        mathml(text)


@pytest.mark.parametrize("model", ["gpt2_tiny", "gemma3_tiny", "deepseek_tiny"])
def test_memory_is_what_describe_counts(model):
    config = replace(
        preset(model), attention_window=preset(model).attention_window.replace("512", "8"), max_seq_len=1024
    )
    counted = cost(model, config, 1024, 1, "bfloat16")
    row = next(row for row in memory(build_on_meta(config), 0) if row["length"] == 1024)
    # A cache also keeps the positions of a window's tokens, eight bytes each.
    positions = sum(8 * window for window in config.layer_windows if window)
    assert row["cache"] + positions == counted.cache_bytes


def test_layers_with_a_window_keep_no_more_than_it_sees():
    model = build_on_meta(preset("gemma3"))
    # Gemma 3: 26 layers, one key/value head of 256; every sixth sees all, the others 512 tokens.
    assert kept(model, 4096) == 2 * 2 * 256 * (4 * 4096 + 22 * 512)
    seen = 4 * 4096 * 4097 // 2 + 22 * (512 * 513 // 2 + (4096 - 512) * 512)
    weights = sum(each.weight.numel() for each in model.modules() if isinstance(each, nn.Linear))
    assert visible_flops(model) == 6 * weights + 6 * 2 * 4 * 256 * seen // 4096


def test_what_a_model_does_not_read_is_no_difference():
    gemma, llama = preset("gemma3"), preset("llama")
    assert [row["field"] for row in differing(gemma, llama)["kind"]] == [
        *("normalization", "norm_eps", "post_norm", "attention_window", "qk_norm", "position_encoding", "rope_theta"),
        *("activation", "weight_tying", "embedding_scale"),
    ]
    assert not {"latent_rank", "n_expert"} & {row["field"] for row in differing(preset("kimi_linear"), llama)["kind"]}


@pytest.mark.parametrize("name", ["llama", "kimi_linear", "mamba2"])
def test_a_setting_that_is_not_read_changes_nothing(name):
    config = preset(f"{name}_tiny", attention_backend="manual")
    others = {"n_expert": 6, "num_experts_per_tok": 1, "rope_theta": 7.0, "qk_norm_after_rotary": False, "n_group": 2}
    others |= {
        "rope_local_theta": 7.0,
        "rope_factor": 3.0,
        "n_stream": 2,
        "mtp_loss_coef": 0.1,
        "expert_hidden": 8,
        "activation": "relu",
    }
    changed = {field: value for field, value in others.items() if field in unread(config)}
    assert changed
    tokens, logits = torch.arange(12)[None], []
    for each in (config, as_read(replace(config, **changed))):
        torch.manual_seed(0)
        logits.append(GPT(each).eval()(tokens))
    torch.testing.assert_close(*logits, rtol=0, atol=0)


@pytest.mark.slow  # looks for every entry, and trains
def test_measuring_does_what_is_missing_and_nothing_else(tmp_path, monkeypatch):
    monkeypatch.setattr(measure, "STEPS", 2)
    monkeypatch.setattr(measure, "SEEDS", (0, 1))
    monkeypatch.setattr(measure, "HELD_OUT", 64)
    monkeypatch.setattr(measure, "FOLDER", tmp_path / "trials")
    path = tmp_path / "measurements.json"
    path.write_text('{"rows": {}}')
    done = []
    train = measure.train_trial

    def counted(trial, advance):
        done.append(trial)
        return train(trial, advance)

    schedules = [axis for axis in axes() if axis.name == "schedule"]
    console = Console(quiet=True)
    monkeypatch.setattr(measure, "train_trial", counted)
    with ThreadPoolExecutor(1) as executor:
        measure.measure(schedules, ["schedule"], console, None, executor, path)
        rows = json.loads(path.read_text())["rows"]
        assert rows.keys() == {"base", *(entry.slug for entry in schedules[0].entries)}
        assert all(len(row["losses"]) == 2 for row in rows.values())
        first = len(done)
        path.write_text(json.dumps({"rows": {slug: row for slug, row in rows.items() if slug != "schedule/linear"}}))
        measurements.rows.cache_clear()
        measure.measure(schedules, [], console, None, executor, path)
    assert len(done) == first  # its trials are kept
    assert "schedule/linear" in json.loads(path.read_text())["rows"]
    measurements.rows.cache_clear()


# Run on every page: what is wrong with it, in words.
LOOK = """
const found = [];
const wide = document.documentElement.scrollWidth;
if (wide > window.innerWidth) found.push(`it is ${wide} wide`);
const parts = colour => (colour.match(/[\\d.]+/g) || []).map(Number);
function light(colour) {
  const [r, g, b] = parts(colour).slice(0, 3).map(v => v / 255)
    .map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
const outside = matchMedia("(prefers-color-scheme: dark)").matches ? "rgb(0, 0, 0)" : "rgb(255, 255, 255)";
const grounds = new Map([[null, outside]]);
function ground(element) {
  if (!grounds.has(element)) {
    const colour = getComputedStyle(element).backgroundColor, opacity = parts(colour)[3];
    grounds.set(element, opacity === undefined || opacity > 0.99 ? colour : ground(element.parentElement));
  }
  return grounds.get(element);
}
const seen = new Set();
for (const element of document.body.querySelectorAll("*")) {
  if (![...element.childNodes].some(node => node.nodeType === 3 && node.data.trim())) continue;
  if (element.closest("script") || !element.getClientRects().length) continue;
  const ink = getComputedStyle(element).color, paper = ground(element), pair = ink + paper;
  if (seen.has(pair)) continue;
  seen.add(pair);
  const [low, high] = [light(ink), light(paper)].sort((a, b) => a - b);
  const contrast = (high + 0.05) / (low + 0.05);
  if (contrast < 4.5) found.push(`${element.tagName} ${element.className}: contrast ${contrast.toFixed(2)}`);
}
for (const element of document.querySelectorAll("a[href], select, input")) {
  if (element.tabIndex < 0 && !element.closest("[aria-hidden=true]")) found.push(`no key reaches ${element.outerHTML}`);
}
for (const element of document.querySelectorAll("pre, .wide, .formula")) {
  if (element.scrollWidth > element.clientWidth && element.tabIndex < 0)
    found.push(`no key moves ${element.className}`);
}
for (const image of document.images) {
  if (image.complete && image.naturalWidth === 0) found.push(`no picture ${image.src}`);
  if (image.alt === "" && !image.closest("[aria-hidden=true]")) found.push(`nothing said of ${image.src}`);
}
return found;
"""


@pytest.fixture(scope="module")
def browser():
    """Chromium, as the system has it: none is downloaded."""
    binary = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    driver = shutil.which("chromedriver")
    if not binary or not driver:
        pytest.skip("no Chromium: apt install chromium chromium-driver")
    webdriver = pytest.importorskip("selenium.webdriver", reason="no selenium: pip install -e '.[browser]'")
    options = webdriver.ChromeOptions()
    options.binary_location = binary
    for flag in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    found = webdriver.Chrome(options, webdriver.ChromeService(driver))
    yield found
    found.quit()


@pytest.mark.xdist_group("atlas")
@pytest.mark.slow
def test_every_page_is_readable_on_a_phone_and_on_a_screen_by_day_and_by_night(built, own, browser):
    problems = []
    for out, page in ((each.out, page) for each in (built, own) for page in each.pages):
        browser.get((out / page).as_uri())
        # Which colours there are depends on the one, where they stand on the other.
        for width, scheme in ((390, "light"), (1280, "dark")):
            size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
            browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
            media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
            browser.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
            problems += [f"{page}, {width}, {scheme}: {each}" for each in browser.execute_script(LOOK)]
        problems += [f"{page}: {entry['message']}" for entry in browser.get_log("browser")]
    assert not problems, "\n".join(problems[:20])


@pytest.mark.xdist_group("atlas")
@pytest.mark.slow
def test_two_models_are_laid_side_by_side(built, browser):
    browser.get((built.out / "compare.html").as_uri() + "#llama,gemma3")
    rows = browser.execute_script(
        "return [...document.querySelectorAll('#differences tr.differs th')].map(e => e.firstChild.textContent)"
    )
    assert {"attention_window", "qk_norm", "weights"} <= set(rows)
    assert "bias" not in rows  # both have none
    browser.get((built.out / "index.html").as_uri())
    browser.find_element("id", "query").send_keys("multi-head latent")
    assert "latent" in [link.text for link in browser.find_elements("css selector", "#found a")]
    for words, page in (("sliding window", "gemma3"), ("kv cache", "latent"), ("multi-query", "standard")):
        browser.find_element("id", "query").clear()
        browser.find_element("id", "query").send_keys(words)
        assert page in [link.text for link in browser.find_elements("css selector", "#found a")], words


@pytest.mark.xdist_group("atlas")
@pytest.mark.slow
def test_what_one_plays_with_is_computed_in_the_browser(built, browser):
    browser.get((built.out / "play" / "name.html").as_uri())
    logits = browser.execute_script("return forward(model, tokensOf('hannah')).logits")
    with torch.no_grad():
        expected = names_model()(torch.tensor([[0, 8, 1, 14, 14, 1, 8]]))[0]
    torch.testing.assert_close(torch.tensor(logits), expected, atol=1e-4, rtol=0)
    for play in PLAYS:
        browser.get((built.out / "play" / f"{play.name}.html").as_uri())
        for control in browser.find_elements("css selector", "#play input[type=range], #play input[type=text]"):
            before = browser.execute_script(SHOWN)
            least = control.get_attribute("value") == control.get_attribute("min")
            control.send_keys("b" if control.get_attribute("type") == "text" else ARROW_RIGHT if least else ARROW_LEFT)
            assert browser.execute_script(SHOWN) != before, (play.name, control.get_attribute("id"))
        for button in browser.find_elements("css selector", "#play .controls button"):
            button.click()
    assert not browser.get_log("browser")
