// Chapter one's GPT in JavaScript, for one sequence: what reference/gpt.py computes, with every number on the way kept.
"use strict";

/** The numbers of a base64 text: float32, little-endian. */
function decoded(text) {
  const bytes = Uint8Array.from(atob(text), letter => letter.charCodeAt(0));
  return new Float32Array(bytes.buffer);
}

/** A model as it was exported, its weights as numbers. */
function loaded(exported) {
  const weights = {};
  for (const name in exported.weights) weights[name] = decoded(exported.weights[name]);
  return { ...exported, weights };
}

/** y = W x, with W (out, in), row by row. */
function linear(weight, x) {
  return Array.from({ length: weight.length / x.length }, (_, row) =>
    x.reduce((sum, value, column) => sum + weight[row * x.length + column] * value, 0));
}

const added = (x, y) => x.map((value, i) => value + y[i]);
const dot = (x, y) => x.reduce((sum, value, i) => sum + value * y[i], 0);
const rootMeanSquare = x => Math.sqrt(dot(x, x) / x.length);

/** x / sqrt(mean(x^2) + eps) */
function rmsNorm(x, eps) {
  const root = Math.sqrt(dot(x, x) / x.length + eps);
  return x.map(value => value / root);
}

/** By how much pair i of a head is turned at a position: position * theta^(-2i / D), in radians. */
const angleOf = (position, pair, dim, theta) => position * theta ** (-2 * pair / dim);

/** Each pair of a head, of its first and its second half, turned by the angle of the position. */
function rotated(head, position, theta) {
  const half = head.length / 2;
  return head.map((value, i) => {
    const angle = angleOf(position, i % half, head.length, theta);
    return i < half
      ? value * Math.cos(angle) - head[i + half] * Math.sin(angle)
      : head[i - half] * Math.sin(angle) + value * Math.cos(angle);
  });
}

/** e^score over their sum; the largest is subtracted first. */
function softmax(scores) {
  const most = Math.max(...scores), powers = scores.map(score => Math.exp(score - most));
  const sum = powers.reduce((one, other) => one + other, 0);
  return powers.map(power => power / sum);
}

/** A vector cut into heads of D numbers. */
const heads = (x, dim) => Array.from({ length: x.length / dim }, (_, head) => x.slice(head * dim, (head + 1) * dim));

/** The attention of a layer. Returns `out` (T, C) and `weights` (H, T, T), where later tokens have none. */
function attention(model, layer, xs) {
  const { head_dim: dim, n_head, n_kv_head, norm_eps, rope_theta } = model.config;
  const weight = name => model.weights[`blocks.${layer}.attn.${name}.weight`];
  const turned = name => xs.map((x, position) =>
    heads(linear(weight(name), x), dim).map(head => rmsNorm(rotated(head, position, rope_theta), norm_eps)));
  const query = turned("q_proj"), key = turned("k_proj"), value = xs.map(x => heads(linear(weight("v_proj"), x), dim));
  const weights = Array.from({ length: n_head }, () => []);
  const out = xs.map((_, t) => {
    const read = weights.map((rows, head) => {
      const from = Math.floor(head * n_kv_head / n_head);  // query heads that are neighbours share keys and values
      const row = softmax(key.slice(0, t + 1).map(k => dot(query[t][head], k[from]) / Math.sqrt(dim)));
      rows.push(row);
      return value[0][from].map((_, i) => row.reduce((sum, share, s) => sum + share * value[s][from][i], 0));
    });
    return linear(weight("o_proj"), read.flat());
  });
  return { out, weights };
}

/** down_proj(relu(up_proj(x))^2) */
function mlp(model, layer, x) {
  const weight = name => model.weights[`blocks.${layer}.mlp.${name}.weight`];
  return linear(weight("down_proj"), linear(weight("up_proj"), x).map(value => Math.max(value, 0) ** 2));
}

/** The logits of what follows a token whose residual stream is x: the head, to be read at any depth. */
function logitsOf(model, x) {
  const cap = model.config.logit_softcap;
  const logits = linear(model.weights["head.lm_head.weight"], rmsNorm(x, model.config.norm_eps));
  return cap === null ? logits : logits.map(logit => cap * Math.tanh(logit / cap));
}

/** One pass. Returns `stream`, a list of { name, xs } from the embedding to the last layer, `attention`, the weights
 *  (H, T, T) of each layer, and `logits` (T, V). */
function forward(model, tokens) {
  const { n_embd, n_layer, norm_eps } = model.config, table = model.weights["embedding.token_embedding.weight"];
  let xs = tokens.map(token => rmsNorm(Array.from(table.slice(token * n_embd, (token + 1) * n_embd)), norm_eps));
  const stream = [{ name: "embedding", xs }], maps = [];
  for (let layer = 0; layer < n_layer; layer++) {
    const { out, weights } = attention(model, layer, xs.map(x => rmsNorm(x, norm_eps)));
    maps.push(weights);
    xs = xs.map((x, t) => added(x, out[t]));
    stream.push({ name: `attention ${layer + 1}`, xs });
    xs = xs.map(x => added(x, mlp(model, layer, rmsNorm(x, norm_eps))));
    stream.push({ name: `MLP ${layer + 1}`, xs });
  }
  return { stream, attention: maps, logits: xs.map(x => logitsOf(model, x)) };
}

/** What is sampled from: softmax(logits / temperature) over the topK largest; temperature 0 takes the largest. */
function distribution(logits, temperature, topK) {
  const least = [...logits].sort((a, b) => b - a)[Math.min(topK, logits.length) - 1];
  if (temperature === 0) {
    const best = logits.indexOf(Math.max(...logits));
    return logits.map((_, token) => token === best ? 1 : 0);
  }
  return softmax(logits.map(logit => logit < least ? -Infinity : logit / temperature));
}

/** The token at which the sum of the probabilities, in the order of the tokens, passes u, a number from 0 to 1. */
function drawn(probabilities, u) {
  let sum = 0, last = 0;
  for (let token = 0; token < probabilities.length; token++) {
    if (probabilities[token] === 0) continue;
    sum += probabilities[token];
    last = token;
    if (u < sum) break;
  }
  return last;
}

if (typeof module !== "undefined") module.exports = { loaded, forward, distribution, drawn, rootMeanSquare };
