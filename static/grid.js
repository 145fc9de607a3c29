// The data grid: what a swap would lose (how far the grid is scrolled, which menu is open), newer rows once a sync is done,
// a value field that fits its condition, and a menu that closes with Escape. Everything else is links and forms.
let scrolled = 0, asked;
const bare = new Set(["is null", "is not null"]);

document.addEventListener("htmx:before:swap", () => { scrolled = document.querySelector("[data-grid]")?.scrollLeft ?? 0; });
document.addEventListener("htmx:after:swap", () => {
  const grid = document.querySelector("[data-grid]");
  if (grid) grid.scrollLeft = scrolled;
  ready();
  follow();
});
document.addEventListener("toggle", follow, true);

// The head of the page is pushed when a sync has ended; the grid knows which one its own rows are from.
const synced = () => document.querySelector("[data-synced]")?.dataset.synced;
const shown = () => document.getElementById("_table_view")?.dataset.shown;

// The same view of the newer table, in its place; not while somebody chooses in a menu.
function follow() {
  if ([shown(), asked].includes(synced()) || document.querySelector("details[open][name=tools]")) return;
  asked = synced(); // once for each sync, whatever comes back
  htmx.ajax("GET", location.pathname + location.search, { target: "#_table_view", swap: "outerMorph" });
}

document.addEventListener("change", (event) => {
  if (event.target.name === "op") fit(event.target.form);
});

document.addEventListener("keydown", (event) => {
  if (event.key === " " && event.target.matches("a[role=button]")) {  // a link that says it is a button acts like one
    event.preventDefault();
    event.target.click();
  }
  if (event.key !== "Escape") return;
  const open = event.target.closest?.("details[open][name=tools]");
  if (!open) return;
  open.open = false;
  open.querySelector("summary").focus();
});

document.addEventListener("click", (event) => {
  for (const open of document.querySelectorAll("details[open][name=tools]")) if (!open.contains(event.target)) open.open = false;
});

// "Is empty" has no value: the field goes, its place in the form stays, so that three by three still fits.
function fit(form) {
  if (!form?.elements.value) return;
  const value = form.elements.value.length ? [...form.elements.value].at(-1) : form.elements.value;
  const op = form.elements.op.length && form.elements.op.tagName !== "SELECT" ? [...form.elements.op].at(-1) : form.elements.op;
  value.readOnly = bare.has(op.value);
  if (value.readOnly) value.value = "";
  value.closest(".field").classList.toggle("off", value.readOnly);
}

function ready() {
  document.documentElement.classList.add("scripted");
  for (const element of document.querySelectorAll("main .script-only")) element.hidden = false;
}
ready();
follow(); // a sync may have ended before this script came
