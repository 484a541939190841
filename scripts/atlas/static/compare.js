// Two models side by side: the table in the page, filtered and laid out. Without this file, each model's page has its
// neighbours. Glosses and values come as HTML that is escaped already.
"use strict";
const table = JSON.parse(document.getElementById("table").textContent);
const left = document.getElementById("left"), right = document.getElementById("right"), all = document.getElementById("all");
const words = {parameters: "weights", active: "weights that a token meets", flops: "FLOPs of training on a token (*)",
  cache: "bytes in the cache (*)", further: "bytes of every further token, in the end", state: "bytes of it at any length"};

function cell(kind, html, row) {
  const made = document.createElement(kind);
  made.innerHTML = html;
  row.append(made);
  return made;
}

/** Counts first, then what says what a model is, then how large it is. */
function rowsOf(one, other) {
  const counted = name => [words[name], one.counts[name].toLocaleString("en"), other.counts[name].toLocaleString("en")];
  const set = name => [`<code>${name}</code><span class="gloss">${table.about[name].replaceAll("<", "&lt;")}</span>`,
    table.values[name][one.fields[name]], table.values[name][other.fields[name]]];
  const names = Object.keys(one.fields), isSize = name => table.sizes.includes(name);
  return [...Object.keys(words).map(counted), ...names.filter(name => !isSize(name)).map(set), ...names.filter(isSize).map(set)];
}

function show() {
  const one = table.models[left.value], other = table.models[right.value];
  const body = document.createElement("tbody"), head = document.createElement("thead"), top = document.createElement("tr");
  for (const text of ["", left.value, right.value]) cell("th", text, top).scope = "col";
  head.append(top);
  for (const [name, mine, theirs] of rowsOf(one, other)) {
    if (mine === theirs && !all.checked) continue;
    const row = document.createElement("tr");
    row.className = mine === theirs ? "same" : "differs";
    const first = cell("th", name, row);
    first.scope = "row";
    cell("td", mine, row);
    cell("td", theirs, row);
    body.append(row);
  }
  document.getElementById("differences").replaceChildren(head, body);
  const pictures = [left.value, right.value].map(name => {
    const figure = document.createElement("figure"), caption = document.createElement("figcaption"), link = document.createElement("a");
    const image = document.createElement("img");
    image.src = table.models[name].picture;
    image.alt = "The architecture of " + name;
    link.href = "models/" + name + ".html";
    link.textContent = name;
    caption.append(link);
    figure.append(caption, image);
    return figure;
  });
  document.getElementById("pictures").replaceChildren(...pictures);
  history.replaceState(null, "", "#" + left.value + "," + right.value);
}

const asked = decodeURIComponent(location.hash.slice(1)).split(",").filter(name => name in table.models);
if (asked.length === 2) [left.value, right.value] = asked;
for (const each of [left, right, all]) each.addEventListener("change", show);
document.getElementById("without").hidden = true;
document.getElementById("compare").hidden = false;
show();
