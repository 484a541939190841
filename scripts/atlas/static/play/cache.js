// A cache that fills while a text is read: the area of what is drawn is its bytes, on one scale for all kinds.
"use strict";
const LONGEST = 256, width = 300, step = width / LONGEST;
const scale = 36 / KINDS[0].perToken;  // pixels for a byte of one token
let timer = null;

const inBytes = bytes => bytes >= 2 ** 20 ? `${(bytes / 2 ** 20).toFixed(2)} MiB` : `${Math.round(bytes / 1024)} KiB`;

function drawing(kind, tokens) {
  const high = kind.state ? 36 : Math.max(kind.perToken * scale, 1), parts = [];
  if (kind.state) {
    const across = kind.state * scale * step / high;
    parts.push(made("rect", { x: 0, y: 0, width: across, height: high, class: tokens ? "above" : "unseen", "fill-opacity": tokens ? 0.75 : null },
      made("title", {}, "the state: every token changes it, none adds to it")));
  } else {
    const first = Math.max(0, tokens - (kind.window ?? tokens));
    if (first) parts.push(made("rect", { x: 0, y: 0, width: first * step, height: high, class: "seen" }, made("title", {}, "forgotten")));
    if (tokens > first) parts.push(made("rect", { x: first * step, y: 0, width: (tokens - first) * step, height: high, class: "above", "fill-opacity": 0.75 }, made("title", {}, "keys and values")));
    parts.push(made("rect", { x: 0, y: 0, width, height: high, class: "unseen" }));
  }
  if (tokens) parts.push(made("rect", { x: (tokens - 1) * step, y: 0, width: Math.max(step, 2), height: high, class: kind.state ? "none" : "chosen" }));
  return picture(width, high, `${kind.name}: ${inBytes(bytesAt(kind, tokens))}`, ...parts);
}

function show() {
  const tokens = Number(byId("tokens").value), whole = bytesAt(KINDS[0], tokens);
  byId("tokens-is").textContent = tokens;
  fill("kinds", ...KINDS.map(kind => {
    const bytes = bytesAt(kind, tokens);
    return made("section", {}, made("h3", {}, kind.name), drawing(kind, tokens),
      made("p", { class: "small" }, made("strong", {}, inBytes(bytes)), ` · ${whole ? Math.round(100 * bytes / whole) : 0} % of the first. ${kind.about}`));
  }));
}

function stop() {
  clearInterval(timer);
  timer = null;
  byId("read").textContent = "Read on";
}

byId("read").addEventListener("click", () => {
  if (timer) return stop();
  if (Number(byId("tokens").value) >= LONGEST) byId("tokens").value = 0;
  byId("read").textContent = "Stop";
  timer = setInterval(() => {
    byId("tokens").value = Number(byId("tokens").value) + 1;
    show();
    if (Number(byId("tokens").value) >= LONGEST) stop();
  }, 40);
});
byId("one").addEventListener("click", () => { byId("tokens").value = Number(byId("tokens").value) + 1; show(); });
moved(["tokens"], show);
