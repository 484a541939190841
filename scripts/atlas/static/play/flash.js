// The online softmax, as reference/attentions/backends/flash.py has it: attention that sees its keys tile by tile.
"use strict";

/** One more tile of one query's scores. Returns the running maximum, sum and output, and by what the old sums shrank. */
function onlineSoftmaxUpdate({ m, l, acc }, scores, values) {
  const newM = Math.max(m, ...scores), shift = newM === -Infinity ? 0 : newM;  // nothing seen: minus infinity minus itself is none
  const correction = Math.exp(m - shift), weights = scores.map(score => Math.exp(score - shift));
  return {
    m: newM, correction,
    l: weights.reduce((sum, weight) => sum + weight, l * correction),
    acc: weights.reduce((sum, weight, key) => sum + weight * values[key], acc * correction),
  };
}

/** All steps of causal attention over scores (T, T) and one channel of values (T), `block` queries by `block` keys at
 *  a time: the tile, and what each of its queries has afterwards. Tiles that lie in the future are skipped. */
function tileSteps(scores, values, block) {
  const steps = [], length = values.length;
  for (let top = 0; top < length; top += block) {
    const bottom = Math.min(top + block, length);
    let rows = Array.from({ length: bottom - top }, () => ({ m: -Infinity, l: 0, acc: 0 }));
    for (let left = 0; left < bottom; left += block) {
      const right = Math.min(left + block, length);
      rows = rows.map((row, r) => onlineSoftmaxUpdate(row,
        scores[top + r].slice(left, right).map((score, c) => left + c > top + r ? -Infinity : score), values.slice(left, right)));
      steps.push({ top, bottom, left, right, rows });
    }
  }
  return steps;
}

if (typeof module !== "undefined") module.exports = { tileSteps };
