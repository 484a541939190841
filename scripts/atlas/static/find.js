// Pages by what is said of them: all words that are asked for, names first. Without this file, the lists below have all.
"use strict";
const names = JSON.parse(document.getElementById("names").textContent), query = document.getElementById("query"), MOST = 12;
const plain = text => text.toLowerCase().replace(/[^a-z0-9]+/g, " ").trim();
const pages = names.map(({ name, kind, address, words }) => ({ name, kind, address, title: plain(name), all: plain(`${name} ${kind} ${words}`) }));

function show() {
  const asked = plain(query.value).split(" ").filter(Boolean);
  const matching = asked.length ? pages.filter(page => asked.every(word => page.all.includes(word))) : [];
  // A page all of whose name is asked for comes before one whose name has more words of it, and others.
  const whole = page => page.title.split(" ").every(word => asked.includes(word)) ? asked.length : 0;
  const rank = page => whole(page) + asked.filter(word => page.title.includes(word)).length;
  const found = matching.sort((a, b) => rank(b) - rank(a)).slice(0, MOST).map(({ name, kind, address }) => {
    const item = document.createElement("li"), link = document.createElement("a");
    link.href = address;
    link.textContent = name;
    item.append(link, ` ${kind}`);
    return item;
  });
  if (asked.length && !found.length) found.push(Object.assign(document.createElement("li"), { textContent: "Nothing has all of these words." }));
  document.getElementById("found").replaceChildren(...found);
}

query.addEventListener("input", show);
document.getElementById("find").hidden = false;
show();
