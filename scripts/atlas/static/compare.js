// Two models side by side: the table in the page, filtered and laid out. Without this file, each model's page has it.
"use strict";
const table = JSON.parse(document.getElementById("table").textContent);
const left = document.getElementById("left"), right = document.getElementById("right"), all = document.getElementById("all");
const words = {parameters: "weights", active: "weights that a token meets", flops: "FLOPs of training a token",
  kv: "bytes in the cache, a token", state: "bytes in the cache, of any length"};

function cell(kind, text, row) {
  const made = document.createElement(kind);
  made.textContent = text;
  row.append(made);
  return made;
}

function show() {
  const one = table.models[left.value], other = table.models[right.value];
  const body = document.createElement("tbody"), head = document.createElement("thead"), top = document.createElement("tr");
  for (const text of ["", left.value, right.value]) cell("th", text, top).scope = "col";
  head.append(top);
  const rows = Object.keys(words).map(name => [words[name], one.counts[name].toLocaleString("en"), other.counts[name].toLocaleString("en"), ""])
    .concat(Object.keys(one.fields).map(name => [name, one.fields[name], other.fields[name], table.about[name]]));
  for (const [name, mine, theirs, about] of rows) {
    if (mine === theirs && !all.checked) continue;
    const row = document.createElement("tr");
    row.className = mine === theirs ? "same" : "differs";
    const first = cell("th", name, row);
    first.scope = "row";
    first.title = about;
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
