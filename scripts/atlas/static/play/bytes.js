// What a cache holds: so much for each token that it keeps, and a state of any length.
"use strict";

/** Bytes after so many tokens; `window` is null where all are kept. */
function bytesAt({ perToken, window, state }, tokens) {
  return perToken * Math.min(tokens, window ?? tokens) + (tokens ? state : 0);
}

if (typeof module !== "undefined") module.exports = { bytesAt };
