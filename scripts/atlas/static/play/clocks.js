// Rotary positions: every pair of a head is a hand that turns with the position, each slower than the one before.
"use strict";
const PAIRS = 8, DIM = 2 * PAIRS, LONGEST = 64, ORIGINAL = 16;
const base = () => 10 ** Number(byId("base").value);

/** All clocks as the controls say: `angle` of a position and a pair, and `table`, which multiplies every hand. */
function clocks() {
  const theta = base(), sizes = { dim: DIM, theta, factor: Number(byId("factor").value), original: ORIGINAL, longest: LONGEST };
  const { pairs, table } = scalingOf(byId("scaling").value, sizes);
  return { angle: (position, pair) => pairs[pair] * angleOf(position, pair, DIM, theta), table };
}

/** The score of a query with a key that was the same vector before both were turned: 1 where they stand together, but
 *  for YaRN, which makes both a little longer. */
const score = (distance, { angle, table }) => table ** 2 *
  Array.from({ length: PAIRS }, (_, pair) => Math.cos(angle(distance, pair))).reduce((a, b) => a + b) / PAIRS;

function clock(pair, query, key, { angle: angleAt }) {
  const radius = 36, middle = 40, turn = angleAt(1, pair), period = 2 * Math.PI / turn;
  const hand = (position, length, kind) => {
    const angle = angleAt(position, pair);
    return made("line", { x1: middle, y1: middle, x2: middle + length * Math.cos(angle), y2: middle - length * Math.sin(angle), class: kind });
  };
  const share = Math.cos(angleAt(query - key, pair));
  const rounds = period < 1000 ? period.toFixed(period < 100 ? 1 : 0) : Math.round(period).toLocaleString("en");
  return made("figure", {},
    picture(80, 80, `Pair ${pair + 1}: the hands give ${signed(share, 2)}`, made("circle", { cx: middle, cy: middle, r: radius, class: "dial" }),
      hand(key, radius - 12, "hand key"), hand(query, radius - 2, "hand query"), made("circle", { cx: middle, cy: middle, r: 2.5, class: "above" })),
    made("figcaption", {}, `pair ${pair + 1}: a turn in ${rounds} tokens; gives ${signed(share, 2)}`));
}

function showCurve(distance, all) {
  const most = score(0, all), width = 340, height = 130;
  const x = d => 36 + (d + LONGEST) * (width - 50) / (2 * LONGEST), y = s => 10 + (most - s) * (height - 34) / (1 + most);
  let path = "";
  for (let d = -LONGEST; d <= LONGEST; d += 0.25) path += `${path ? "L" : "M"}${x(d).toFixed(1)} ${y(score(d, all)).toFixed(1)}`;
  const found = score(distance, all);
  fill("curve", picture(width, height, `The score at a distance of ${distance}: ${signed(found, 2)}`,
    made("rect", { x: x(-ORIGINAL), y: 4, width: x(ORIGINAL) - x(-ORIGINAL), height: height - 24, class: "seen" }, made("title", {}, "distances of the training")),
    made("line", { x1: 36, x2: width - 14, y1: y(0), y2: y(0), class: "axis" }), made("path", { d: path, class: "curve" }),
    made("circle", { cx: x(distance), cy: y(found), r: 5, class: "chosen" }),
    ...[1, 0, -1].map(s => made("text", { x: 26, y: y(s) + 4, "text-anchor": "end" }, signed(s, 0))),
    ...[-LONGEST, -LONGEST / 2, 0, LONGEST / 2, LONGEST].map(d => made("text", { x: x(d), y: height - 6, "text-anchor": "middle" }, signed(d, 0)))));
}

function show() {
  const query = Number(byId("query").value), key = Number(byId("key").value), all = clocks();
  byId("query-is").textContent = query;
  byId("key-is").textContent = key;
  byId("base-is").textContent = Math.round(base()).toLocaleString("en");
  byId("factor-is").textContent = byId("factor").value;
  byId("original").textContent = ORIGINAL;
  byId("says").textContent = `${Math.abs(query - key)} tokens apart: the score is ${signed(score(query - key, all), 3)}.`;
  fill("clocks", ...Array.from({ length: PAIRS }, (_, pair) => clock(pair, query, key, all)));
  showCurve(query - key, all);
}

let before = Number(byId("query").value);
/** Both at once: the key follows the query, as far as there are positions. */
byId("query").addEventListener("input", () => {
  const now = Number(byId("query").value);
  if (byId("together").checked) {
    const kept = Math.min(LONGEST, Math.max(0, Number(byId("key").value) + now - before));
    byId("query").value = before + kept - Number(byId("key").value);
    byId("key").value = kept;
  }
  before = Number(byId("query").value);
});
moved(["query", "key", "base", "scaling", "factor"], show);
