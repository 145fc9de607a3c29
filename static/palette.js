// Finding things: "/" searches pages and tables, "?" shows the shortcuts, "g d" and kin go there, stars keep favourites.
const dialog = document.getElementById("_shell_palette");
const field = dialog.querySelector("input");
const list = dialog.querySelector("[data-results]");
const help = dialog.querySelector("[data-help]");
const kinds = JSON.parse(dialog.dataset.words);
const GO = { d: "/", t: "/tables", q: "/sql", s: "/sync", j: "/scheduler", a: "/agent" };

function kept(name) {
  try { return JSON.parse(localStorage.getItem(name)) ?? []; } catch { return []; }
}
function keep(name, value) {
  try { localStorage.setItem(name, JSON.stringify(value)); } catch { /* private mode: nothing is kept */ }
}

// Recent: tables and runs that were looked at, newest first.
const heading = document.querySelector("[data-recent]");
if (heading) {
  const here = { href: location.pathname, text: heading.dataset.recent };
  keep("recent", [here, ...kept("recent").filter((one) => one.href !== here.href)].slice(0, 8));
}

// Favourites: a star beside a title.
function paint(star) {
  const on = kept("favourites").some((one) => one.href === star.dataset.favourite);
  star.setAttribute("aria-pressed", on);
}
document.querySelectorAll("[data-favourite]").forEach((star) => { star.hidden = false; paint(star); });
document.addEventListener("click", (event) => {
  const star = event.target.closest("[data-favourite]");
  if (star) {
    const href = star.dataset.favourite, text = star.title;
    const others = kept("favourites").filter((one) => one.href !== href);
    keep("favourites", others.length === kept("favourites").length ? [{ href, text }, ...others] : others);
    paint(star);
  }
  if (event.target.closest("[data-palette]")) open();
  if (event.target.closest("[data-shortcuts]")) open(true);
});

let places = [];
async function gather() {
  const seen = new Set();
  const add = (text, href, kind) => { if (!seen.has(href)) { seen.add(href); places.push({ text, href, kind }); } };
  places = [];
  for (const one of kept("favourites")) add(one.text, one.href, kinds.favourite);
  for (const one of kept("recent")) add(one.text, one.href, kinds.recent);
  for (const link of document.querySelectorAll(".nav a")) add(link.innerText.trim(), link.getAttribute("href"), kinds.page);
  show();
  try {
    const answer = await (await fetch("/api/v1/tables")).json();
    for (const table of answer.data ?? []) add(table.name, `/tables/${encodeURIComponent(table.name)}`, kinds.table);
  } catch { /* the pages are still there */ }
  show();
}

function show() {
  const wanted = field.value.trim().toLowerCase();
  const found = places.filter((one) => one.text.toLowerCase().includes(wanted)).slice(0, 16);
  list.replaceChildren(...found.map((one) => {
    const item = document.createElement("li");
    const link = document.createElement("a");
    const kind = document.createElement("small");
    Object.assign(link, { href: one.href, textContent: one.text });
    kind.textContent = one.kind;
    item.append(link, kind);
    return item;
  }));
  list.firstElementChild?.classList.add("first");
}

function open(shortcuts = false) {
  if (!dialog.open) dialog.showModal();
  help.hidden = !shortcuts;
  field.closest("form").hidden = list.hidden = shortcuts;
  if (!shortcuts) { field.value = ""; field.focus(); gather(); }
}

field.addEventListener("input", show);
field.closest("form").addEventListener("submit", (event) => {
  event.preventDefault();
  const first = list.querySelector("a");
  if (first) location.href = first.href;
});
dialog.addEventListener("keydown", (event) => {
  if (event.key === "Escape") { // a search field would take the first one to empty itself
    event.preventDefault();
    dialog.close();
    return;
  }
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const stops = [field, ...list.querySelectorAll("a")];
  stops[(stops.indexOf(document.activeElement) + step + stops.length) % stops.length].focus();
});
dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });

let after;
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || dialog.open) return;
  const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
  if (typing && !dialog.contains(typing)) return; // a key right after closing may still come from the dialog's field
  if (after === "g" && GO[event.key]) location.href = GO[event.key];
  else if (event.key === "/") { event.preventDefault(); open(); }
  else if (event.key === "?") open(true);
  after = event.key;
});
