// Rotary scaling, as reference/encodings/ has it: what the speed of every pair is multiplied by, and the factor of both
// tables.
"use strict";

const clamp = value => Math.min(1, Math.max(0, value));

/** By name, a function of the sizes: `dim`, `theta`, the `factor`, and the `original` and the `longest` length. */
const SCALINGS = {
  none: () => () => 1,
  linear: ({ factor }) => () => 1 / factor,
  ntk: ({ dim, factor, original, longest }) => {
    const growth = factor * longest / original - (factor - 1);
    return pair => growth ** (-pair / Math.max(dim / 2 - 1, 1));
  },
  yarn: ({ dim, theta, factor, original }) => {
    const pairOf = rotations => dim * Math.log(original / (2 * Math.PI * rotations)) / (2 * Math.log(theta));
    const low = Math.max(Math.floor(pairOf(32)), 0), high = Math.min(Math.ceil(pairOf(1)), dim - 1);
    return pair => {
      const keep = 1 - clamp((pair - low) / (high - low || 0.001));
      return keep + (1 - keep) / factor;
    };
  },
  llama3: ({ dim, theta, factor, original }) => pair => {
    const rotations = original * theta ** (-2 * pair / dim) / (2 * Math.PI), keep = clamp((rotations - 1) / (4 - 1));
    return keep + (1 - keep) / factor;
  },
};

/** Returns `pairs`, dim / 2 factors, and `table`, by which YaRN multiplies both tables. */
function scalingOf(kind, sizes) {
  const table = kind === "yarn" && sizes.factor > 1 ? 0.1 * Math.log(sizes.factor) + 1 : 1;
  return { pairs: Array.from({ length: sizes.dim / 2 }, (_, pair) => SCALINGS[kind](sizes)(pair)), table };
}

if (typeof module !== "undefined") module.exports = { SCALINGS, scalingOf };
