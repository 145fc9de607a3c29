// The SQL editor: run with Ctrl+Enter, stop, put names in by a click, remember what was run (in this browser only).
const KEY = "merganser.sql", MOST = 50;
const form = () => document.getElementById("sql-form");
const text = () => document.getElementById("sql-text");
let clock;

function remembered() {
  try { return JSON.parse(localStorage.getItem(KEY)) ?? []; } catch { return []; }
}

function remember(sql) {
  const list = [sql, ...remembered().filter((one) => one !== sql)].slice(0, MOST);
  localStorage.setItem(KEY, JSON.stringify(list));
  history();
}

function history() {
  const list = document.querySelector("[data-history]"), known = remembered();
  if (!list) return;
  list.replaceChildren(...known.map((sql) => {
    const item = document.createElement("li"), button = document.createElement("button");
    Object.assign(button, { type: "button", className: "link tiny clip", textContent: sql.replaceAll(/\s+/g, " ").slice(0, 200), title: sql });
    button.onclick = () => { text().value = sql; text().focus(); };
    item.append(button);
    return item;
  }));
  list.hidden = !known.length;
  document.querySelector("[data-no-history]").hidden = known.length > 0;
  document.querySelector("[data-forget]").hidden = !known.length;
}

function put(words) {
  const area = text();
  area.setRangeText(words, area.selectionStart, area.selectionEnd, "end");
  area.focus();
}
// DuckDB takes plain lower-case names as they are; every other name needs quotes.
const quoted = (name) => (/^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`);

function running(on) {
  const stop = document.querySelector("[data-stop]"), run = document.getElementById("sql-run");
  if (!stop) return;
  clearInterval(clock);
  stop.hidden = !on;
  run.disabled = on;
  const begun = Date.now(), elapsed = stop.querySelector("[data-elapsed]");
  elapsed.textContent = "";
  if (on) clock = setInterval(() => { elapsed.textContent = `${Math.round((Date.now() - begun) / 1000)} s`; }, 500);
}

function stop() {
  const body = new URLSearchParams({ run: form().elements.run.value });
  fetch("/sql/stop", { method: "POST", body });
}

document.addEventListener("htmx:before:request", (event) => {
  if (event.target !== form()) return;
  remember(text().value.trim());
  running(true);
});
for (const name of ["htmx:after:swap", "htmx:error", "htmx:finally:request"]) {
  document.addEventListener(name, (event) => { if (event.target === form() || name === "htmx:error") running(false); });
}

document.addEventListener("keydown", (event) => {
  if (event.target === text() && event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    form().requestSubmit(document.getElementById("sql-run"));
  }
});

document.addEventListener("click", (event) => {
  const at = (mark) => event.target.closest(`[data-${mark}]`);
  if (at("stop")) stop();
  else if (at("insert-table")) put(`SELECT *\nFROM ${quoted(at("insert-table").dataset.insertTable)}\nLIMIT 100`);
  else if (at("insert")) put(quoted(at("insert").dataset.insert));
  else if (at("forget")) { localStorage.removeItem(KEY); history(); }
  else if (at("file")) {  // files go the browser's own way, not htmx's
    event.preventDefault();
    const plain = document.createElement("form");
    Object.assign(plain, { method: "post", action: at("file").formAction, hidden: true });
    for (const [name, value] of new FormData(form())) plain.append(Object.assign(document.createElement("input"), { name, value }));
    const area = document.createElement("textarea");
    Object.assign(area, { name: "sql", value: text().value });
    plain.querySelector("[name=sql]").replaceWith(area);
    document.body.append(plain);
    plain.submit();
    plain.remove();
  }
});

document.addEventListener("htmx:after:swap", history);
history();
