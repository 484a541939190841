// The tiles of flash attention, one step after the other.
"use strict";
const LENGTH = 12;
// Scores between -3 and 3, and values between -1 and 1, that look drawn at random.
const waves = (a, b) => Math.sin(12.9898 * a + 78.233 * b + 3 * a * b);
const plain = Array.from({ length: LENGTH }, (_, t) => Array.from({ length: LENGTH }, (_, s) => 3 * waves(t + 1, s + 2)));
const values = Array.from({ length: LENGTH }, (_, s) => waves(s + 5, 1));
let step = 4, steps = [];

/** Softmax as one would first write it, in float32, without taking off the maximum. */
function careless(scores) {
  const sum = scores.reduce((sum, score) => Math.fround(sum + Math.fround(Math.exp(score))), 0);
  return sum === Infinity ? "overflows" : sum >= 1e5 || sum < 1e-3 ? sum.toExponential(1).replace("-", "−") : sum.toFixed(3);
}

function showMap(scores, { top, bottom, left, right }) {
  const size = 24, x = 22, y = 16, block = right - left, parts = [];
  const most = Math.max(...scores.flat().map(Math.abs));
  scores.forEach((row, t) => row.forEach((score, s) => {
    if (s > t) return;
    const now = t >= top && t < bottom && s >= left && s < right, past = t < top || t < bottom && s < left;
    parts.push(made("rect", { x: x + s * size, y: y + t * size, width: size - 1, height: size - 1,
      class: now ? score < 0 ? "below" : "above" : past ? "seen" : "unseen", "fill-opacity": now ? (0.15 + 0.85 * Math.abs(score) / most).toFixed(3) : null },
      made("title", {}, now ? `score of query ${t + 1} with key ${s + 1}: ${score.toFixed(2)}` : past ? "seen, and forgotten" : "not computed yet")));
  }));
  const tile = Number(byId("block").value);
  for (let line = 0; line < LENGTH + tile; line += tile) {
    const at = Math.min(line, LENGTH) * size, whole = LENGTH * size;
    parts.push(made("line", { x1: x + at - 0.5, x2: x + at - 0.5, y1: y, y2: y + whole, class: "grid" }), made("line", { x1: x, x2: x + whole, y1: y + at - 0.5, y2: y + at - 0.5, class: "grid" }));
  }
  parts.push(made("rect", { x: x + left * size - 1, y: y + top * size - 1, width: block * size + 1, height: (bottom - top) * size + 1, class: "frame" }),
    made("text", { x, y: 10 }, "keys →"), made("text", { x: -y - 4, y: 12, transform: "rotate(-90)", "text-anchor": "end" }, "← queries"));
  fill("map", picture(x + LENGTH * size + 2, y + LENGTH * size + 2,
    `Queries ${top + 1} to ${bottom} meet keys ${left + 1} to ${right}`, ...parts));
}

function showRows(scores, { top, left, right, rows }, finished) {
  fill("rows", ...rows.map(({ m, l, acc, correction }, r) => {
    const t = top + r, weights = softmax(scores[t].slice(0, t + 1));
    const exact = weights.reduce((sum, weight, s) => sum + weight * values[s], 0);
    const grew = left > 0 && correction < 1;
    return made("tr", {}, made("th", { scope: "row" }, String(t + 1)), made("td", grew ? { class: "grew" } : {}, signed(m, 2)),
      made("td", grew ? { class: "grew" } : {}, left ? correction.toFixed(3) : "none yet"), made("td", {}, l.toFixed(3)), made("td", {}, signed(acc / l, 3)), made("td", {}, signed(exact, 3)),
      made("td", {}, careless(scores[t].slice(0, Math.min(right, t + 1)))));
  }));
  byId("done").textContent = finished ? "These queries have met all their keys: what they have is what they should have." : "These queries have not met all their keys yet.";
}

/** The scores of the last query of the tile, key by key, and over them the running maximum. */
function showMaximum(scores, { bottom, right }) {
  const t = bottom - 1, row = scores[t].slice(0, t + 1), size = 24, begin = 40, x = s => begin + (s + 0.5) * size, high = 110;
  const most = Math.max(...row), least = Math.min(...row), y = score => 14 + (most - score) / (most - least || 1) * (high - 30);
  const reached = steps.filter(tile => tile.bottom === bottom && tile.right <= right), path = [];
  reached.forEach(tile => path.push(`${path.length ? "L" : "M"}${x(tile.left) - size / 2} ${y(tile.rows.at(-1).m)}`, `L${x(Math.min(tile.right, bottom) - 1) + size / 2} ${y(tile.rows.at(-1).m)}`));
  const ticks = most - least < 1 ? [most] : [most, (most + least) / 2, least];
  fill("maximum", picture(begin + LENGTH * size + 2, high, `The running maximum of query ${bottom}: ${signed(reached.at(-1).rows.at(-1).m, 2)}`,
    made("line", { x1: begin, x2: begin, y1: 8, y2: high - 14, class: "axis" }),
    ...ticks.map(score => made("text", { x: begin - 5, y: y(score) + 4, "text-anchor": "end" }, signed(score, Math.abs(score) < 100 ? 1 : 0))),
    made("path", { d: path.join(""), class: "maximum" }),
    ...row.map((score, s) => made("circle", { cx: x(s), cy: y(score), r: 4, class: s < right ? score < 0 ? "below" : "above" : "open" },
      made("title", {}, `key ${s + 1}: ${signed(score, 2)}`))),
    ...row.map((_, s) => made("text", { x: x(s), y: high - 2, "text-anchor": "middle" }, String(s + 1)))));
  byId("last").textContent = bottom;
}

function show() {
  const block = Number(byId("block").value), loud = Number(byId("loud").value), times = Number(byId("times").value);
  const scores = plain.map(row => row.map((score, s) => times * (score + (s === 5 ? loud : 0))));
  steps = tileSteps(scores, values, block);
  step = Math.min(step, steps.length - 1);
  byId("step").max = steps.length - 1;
  byId("step").value = step;
  const now = steps[step], finished = step + 1 === steps.length || steps[step + 1].top !== now.top;
  byId("step-is").textContent = `${step + 1} of ${steps.length}`;
  byId("block-is").textContent = block;
  byId("loud-is").textContent = loud;
  byId("times-is").textContent = times;
  let tile = 0;
  for (let t = now.top; t < now.bottom; t++) tile += Math.min(now.right, t + 1) - now.left;  // of a tile on the diagonal, what is no future
  const all = LENGTH * (LENGTH + 1) / 2;
  byId("says").textContent = `Queries ${now.top + 1} to ${now.bottom} meet keys ${now.left + 1} to ${now.right}: ${tile} score${tile === 1 ? "" : "s"} in memory, not all ${all}.`;
  showMap(scores, now);
  showRows(scores, now, finished);
  showMaximum(scores, now);
}

byId("step").addEventListener("input", () => { step = Number(byId("step").value); show(); });
byId("next").addEventListener("click", () => { step = (step + 1) % steps.length; show(); });
moved(["block", "loud", "times"], show);
