// A name through the model: tokens, attention of every head, residual stream, logits, the sampled letter.
"use strict";
const model = loaded(EXPORTED), letters = ["⏎", ...model.alphabet], shownAs = token => letters[token];
const most = model.config.max_seq_len - 1;  // letters behind the boundary
const state = { name: "", at: 0, u: 0.5 };

const tokensOf = name => [0, ...Array.from(name, letter => letters.indexOf(letter))];
const percent = share => share >= 0.1 ? `${Math.round(100 * share)}\u00a0%` : `${(100 * share).toFixed(1)}\u00a0%`;

function showTokens(tokens) {
  fill("tokens", ...tokens.map((token, t) => {
    const chip = made("button", { type: "button", "aria-pressed": t === state.at, class: "chip" },
      made("b", {}, shownAs(token)), made("span", {}, `no. ${token}`));
    chip.addEventListener("click", () => { state.at = t; show(); byId("tokens").children[t].focus(); });
    return chip;
  }));
}

function showAttention(tokens, maps) {
  // Two maps of the longest name are as wide as a phone; a letter is no higher than its square.
  const size = Math.min(22, Math.max(9.5, Math.floor(136 / tokens.length))), style = `font-size: ${Math.min(11, size)}px`, left = 14, width = left + size * tokens.length + 2;
  fill("heads", ...maps.map((layer, l) => made("div", { class: "maps" }, ...layer.map((weights, h) => {
    const labels = tokens.flatMap((token, t) => [
      made("text", { x: left - 4, y: 13 + (t + 0.5) * size + 3.5, "text-anchor": "end", style }, shownAs(token)),
      made("text", { x: left + (t + 0.5) * size, y: 10, "text-anchor": "middle", style }, shownAs(token))]);
    const map = squares(weights, { size, x: left, y: 13, most: 1, chosen: state.at,
      about: (t, s, share) => `${shownAs(tokens[t])} takes ${percent(share)} from ${shownAs(tokens[s])}, at position ${s}` });
    const best = weights[state.at].indexOf(Math.max(...weights[state.at]));
    const said = `Layer ${l + 1}, head ${h + 1}: ${percent(weights[state.at][best])} from ${shownAs(tokens[best])}`;
    return made("figure", {}, picture(width, 16 + size * tokens.length, said, map, ...labels), made("figcaption", {}, said));
  }))));
}

function showStream(stream) {
  const size = 6, height = 16;
  fill("stream", ...stream.map(({ name, xs }) => {
    const x = xs[state.at], p = softmax(logitsOf(model, x)), best = p.indexOf(Math.max(...p));
    const map = picture(size * x.length, height, `${x.length} numbers`,
      squares([x], { size, height, most: 2.5 * rootMeanSquare(x), about: (_, channel, value) => `channel ${channel + 1}: ${signed(value, 2)}` }));
    map.setAttribute("preserveAspectRatio", "none");
    return made("tr", {}, made("th", { scope: "row" }, name), made("td", {}, map),
      made("td", { class: "number" }, rootMeanSquare(x).toFixed(1)), made("td", {}, `${shownAs(best)} (${percent(p[best])})`));
  }));
}

function showLetters(logits, p, next) {
  const step = 13, high = 90, mid = 40, width = step * p.length, bars = [], largest = Math.max(...logits.map(Math.abs));
  logits.forEach((logit, token) => {
    const tall = mid * Math.abs(logit) / largest;
    bars.push(
      made("rect", { x: token * step + 2, y: logit > 0 ? mid - tall : mid, width: step - 4, height: tall, class: logit < 0 ? "below" : "above" },
        made("title", {}, `${shownAs(token)}: logit ${signed(logit, 2)}`)),
      made("rect", { x: token * step + 2, y: 100 + high * (1 - p[token]), width: step - 4, height: high * p[token], class: token === next ? "chosen" : "above" },
        made("title", {}, `${shownAs(token)}: ${percent(p[token])}`)),
      made("text", { x: (token + 0.5) * step, y: 206, "text-anchor": "middle", class: token === next ? "strong" : "" }, shownAs(token)));
  });
  bars.push(made("line", { x1: 0, x2: width, y1: mid, y2: mid, class: "axis" }), made("line", { x1: 0, x2: width, y1: 190, y2: 190, class: "axis" }),
    made("text", { x: width, y: 10, "text-anchor": "end", class: "soft" }, `logits, the longest bar ${signed(logits.find(logit => Math.abs(logit) === largest), 1)}`), made("text", { x: width, y: 108, "text-anchor": "end", class: "soft" }, "probabilities, the full height 100\u00a0%"));
  fill("letters", picture(width, 212, `Logits and probabilities of the next letter: ${shownAs(next)} is drawn`, ...bars));
}

function showDraw(p, next) {
  const width = 351, parts = [];
  let sum = 0;
  p.forEach((share, token) => {
    if (share === 0) return;
    parts.push(made("rect", { x: sum * width, y: 12, width: Math.max(share * width - 0.5, 0.2), height: 18, class: token === next ? "chosen" : "above", "fill-opacity": token === next ? 1 : 0.45 },
      made("title", {}, `${shownAs(token)}: ${percent(share)}`)));
    if (share > 0.04) parts.push(made("text", { x: (sum + share / 2) * width, y: 44, "text-anchor": "middle", class: token === next ? "strong" : "" }, shownAs(token)));
    sum += share;
  });
  const x = state.u * width;
  parts.push(made("path", { d: `M${x} 12 l-5 -10 h10 z`, class: "needle" }), made("line", { x1: x, x2: x, y1: 4, y2: 31, class: "frame" }));
  fill("draw", picture(width, 48, `The number ${state.u.toFixed(2)} falls on ${shownAs(next)}`, ...parts));
}

let next = 0;

function show() {
  state.name = byId("name").value = Array.from(byId("name").value.toLowerCase()).filter(letter => model.alphabet.includes(letter)).slice(0, most).join("");
  const tokens = tokensOf(state.name);
  state.at = Math.min(state.at, tokens.length - 1);
  const temperature = Number(byId("temperature").value), topK = Number(byId("topk").value);
  const { stream, attention, logits } = forward(model, tokens), p = distribution(logits[state.at], temperature, topK);
  next = drawn(p, state.u);
  byId("temperature-is").textContent = temperature.toFixed(1);
  byId("topk-is").textContent = topK;
  byId("after").textContent = state.at ? `“${state.name.slice(0, state.at)}”` : "the beginning";
  byId("says").textContent = (next ? `${shownAs(next)}, with ${percent(p[next])}` : `⏎, the end of the name, with ${percent(p[next])}`) + ".";
  showTokens(tokens);
  showAttention(tokens, attention);
  showStream(stream);
  showLetters(logits[state.at], p, next);
  showDraw(p, next);
}

/** Append the drawn letter; false where the name is at its end. */
function write() {
  if (state.at < state.name.length) {  // go on from the chosen token
    byId("name").value = state.name.slice(0, state.at);
  }
  const goesOn = next > 0 && state.at < most;
  if (goesOn) {
    byId("name").value = state.name.slice(0, state.at) + shownAs(next);
    state.at += 1;
  }
  state.u = Math.random();
  show();
  return goesOn;
}

byId("name").addEventListener("input", () => { state.at = most; show(); });
byId("write").addEventListener("click", write);
byId("write-all").addEventListener("click", () => { while (write()); });
byId("another").addEventListener("click", () => { state.u = Math.random(); show(); });
state.at = most;
moved(["temperature", "topk"], show);
