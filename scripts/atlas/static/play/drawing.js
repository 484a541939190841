// What the pages of play draw with: elements, and maps of numbers as squares.
"use strict";
const SVG = "http://www.w3.org/2000/svg";

/** An element of HTML, or of SVG, with its attributes and what is in it. */
function made(kind, attributes = {}, ...inside) {
  const svg = ["svg", "g", "rect", "circle", "line", "path", "text", "title"].includes(kind);
  const element = svg ? document.createElementNS(SVG, kind) : document.createElement(kind);
  for (const name in attributes) if (attributes[name] !== null) element.setAttribute(name, attributes[name]);
  element.append(...inside);
  return element;
}

const byId = id => document.getElementById(id);
const fill = (id, ...inside) => byId(id).replaceChildren(...inside);

/** A number with so many digits behind the point, and a minus as wide as a plus. */
const signed = (value, digits) => value.toFixed(digits).replace("-", "−");

/** A picture whose width is that of its place, up to its own. */
function picture(width, height, about, ...inside) {
  return made("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": about }, ...inside);
}

/** A square for each number: the larger, the darker; below zero in the other colour. `most` is as dark as it gets. */
function squares(rows, { size, x = 0, y = 0, most, height = size, chosen = -1, about = () => "" }) {
  const group = made("g");
  rows.forEach((row, r) => row.forEach((value, c) => {
    const square = made("rect", { x: x + c * size, y: y + r * height, width: size - 0.5, height: height - 0.5,
      class: value < 0 ? "below" : "above", "fill-opacity": Math.min(1, Math.abs(value) / most).toFixed(3) });
    const said = about(r, c, value);
    if (said) square.append(made("title", {}, said));
    group.append(square);
  }));
  if (chosen >= 0) {
    const across = size * rows[chosen].length;
    group.append(made("rect", { x: x - 1, y: y + chosen * height - 1, width: across + 1, height: height + 1, class: "frame" }));
  }
  return group;
}

/** Call `show` whenever one of these controls is moved, and once now, when there is something to move. */
function moved(ids, show) {
  byId("play").hidden = false;
  for (const id of ids) byId(id).addEventListener("input", show);
  show();
}
