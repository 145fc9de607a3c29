// The chart: draws the buckets that the server put into the page with uPlot, and turns a drag into the server's question
// for finer ones. Every state is an address; without this script the same page shows an SVG and a table.
import { compact, parts, times, two } from "./axis.js";

const uPlot = window.uPlot;
const drawn = new WeakMap(); // figure -> { plots, stop }

function draw(figure) {
  drawn.get(figure)?.stop();
  const picture = JSON.parse(figure.querySelector("[data-plot]").textContent);
  const state = { figure, picture, gutter: gutter(picture), plots: [], zone: figure.dataset.zone, key: crypto.randomUUID?.() ?? String(Math.random()) };
  for (const holder of figure.querySelectorAll("[data-panel]")) state.plots.push(panel(state, holder));
  for (const box of figure.querySelectorAll("[data-series]")) {
    box.hidden = false;
    box.onchange = () => toggle(state, Number(box.dataset.series), box.checked);
  }
  const watch = new ResizeObserver(() => state.plots.forEach((plot) => plot.setSize(size(plot.root.parentElement))));
  state.plots.forEach((plot) => watch.observe(plot.root.parentElement));
  const stop = () => { watch.disconnect(); state.plots.forEach((plot) => plot.destroy()); drawn.delete(figure); };
  drawn.set(figure, { state, stop });
  figure.onkeydown = (event) => key(state, event);
}

function panel(state, holder) {
  const { picture, figure } = state;
  const mine = picture.panels[Number(holder.dataset.panel)];
  const canvas = holder.querySelector(".canvas");
  canvas.replaceChildren();
  const ink = colour(figure, "--ink-soft"), line = colour(figure, "--line");
  const series = mine.lines.map((one, i) => {
    const entry = figure.querySelectorAll(".legend li")[mine.first + i];
    return { label: one.label, stroke: getComputedStyle(entry).color, width: 1.5, spanGaps: true,
      dash: entry.classList.contains("dashed") ? [6, 4] : undefined, show: entry.querySelector("input").checked,
      points: { show: picture.x.length < 60, size: 5 } };
  });
  const axis = { stroke: ink, grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1, size: 5 },
    font: `12px ${getComputedStyle(figure).fontFamily}` };
  const options = {
    ...size(canvas), legend: { show: false }, tzDate: (second) => uPlot.tzDate(new Date(second * 1000), state.zone),
    cursor: { y: false, drag: { x: true, y: false, setScale: false }, sync: { key: state.key },
      bind: { dblclick: () => () => follow(figure, "farther") } },
    scales: { x: { time: true, range: () => [picture.from, Math.max(picture.to, picture.from + 0.001)] }, y: { range: () => mine.range } },
    axes: [{ ...axis, space: 90, size: 44, values: (_, splits, __, ___, step) => times(state.zone, splits, step) },
      { ...axis, size: () => state.gutter, values: (_, splits) => splits.map((value) => compact.format(value)) }],
    series: [{}, ...series],
    hooks: {
      ready: [(plot) => touch(state, plot)],
      drawAxes: [(plot) => bands(plot, mine)],
      draw: [(plot) => beyond(plot, mine)],
      setSelect: [(plot) => zoom(state, plot)],
      setCursor: [(plot) => readout(state, plot.cursor.idx)],
    },
  };
  return new uPlot(options, [picture.x, ...mine.lines.map((one) => one.value)], canvas);
}

function size(canvas) {
  const height = Number.parseFloat(getComputedStyle(canvas).getPropertyValue("--plot-height")) || 360;
  return { width: Math.max(200, canvas.clientWidth), height };
}

// A token of the stylesheet may be light-dark(): only a real colour property says which one is in force.
function colour(figure, token) {
  const probe = document.createElement("i");
  probe.style.color = `var(${token})`;
  figure.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}

// One gutter for all panels, wide enough for the longest figure, so that their time axes stand below each other.
function gutter(picture) {
  const figures = picture.panels.flatMap(({ range: [low, high] }) => [low, high, (high - low) / 8].map((value) => compact.format(Number(value.toPrecision(3)))));
  return 22 + Math.max(...figures.map((text) => text.length)) * 7;
}

// The band from the least to the greatest row of each bucket. One that reaches far beyond the usual gets a line of its
// own, so that a spike of one row is seen even where its neighbours are far below or missing.
function bands(plot, mine) {
  const { ctx } = plot;
  clipped(plot, () => mine.lines.forEach((one, i) => {
    const show = plot.series[i + 1];
    if (!show.show || one.high.every((value) => value === null)) return;
    const points = [];
    plot.data[0].forEach((second, j) => {
      if (one.high[j] === null || one.low[j] === null) return;
      points.push([plot.valToPos(second, "x", true), plot.valToPos(one.low[j], "y", true), plot.valToPos(one.high[j], "y", true)]);
    });
    ctx.fillStyle = ctx.strokeStyle = show.stroke(plot, i + 1);
    ctx.globalAlpha = 0.25;
    ctx.beginPath();
    points.forEach(([x, , top], j) => (j ? ctx.lineTo(x, top) : ctx.moveTo(x, top)));
    points.toReversed().forEach(([x, bottom]) => ctx.lineTo(x, bottom));
    ctx.fill();
    const usual = points.map(([, bottom, top]) => bottom - top).sort((a, b) => a - b)[points.length >> 1];
    ctx.globalAlpha = 0.6;
    ctx.lineWidth = devicePixelRatio;
    ctx.beginPath();
    for (const [x, bottom, top] of points) if (bottom - top > 2 * usual || points.length < 3) { ctx.moveTo(x, bottom); ctx.lineTo(x, top); }
    ctx.stroke();
  }));
}

// Where a bucket reaches outside the picture a triangle at the edge says so.
function beyond(plot, mine) {
  const { ctx, bbox } = plot, [low, high] = mine.range, half = 4 * devicePixelRatio;
  ctx.save();
  mine.lines.forEach((one, i) => {
    if (!plot.series[i + 1].show) return;
    ctx.fillStyle = plot.series[i + 1].stroke(plot, i + 1);
    plot.data[0].forEach((second, j) => {
      const x = plot.valToPos(second, "x", true);
      if ((one.high[j] ?? one.value[j]) > high) triangle(ctx, x, bbox.top, half);
      const least = one.low[j] ?? one.value[j];
      if (least !== null && least < low) triangle(ctx, x, bbox.top + bbox.height, -half);
    });
  });
  ctx.restore();
}

function triangle(ctx, x, y, half) {
  ctx.beginPath();
  ctx.moveTo(x - Math.abs(half), y + 2 * half);
  ctx.lineTo(x + Math.abs(half), y + 2 * half);
  ctx.lineTo(x, y);
  ctx.fill();
}

function clipped(plot, work) {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  work();
  ctx.restore();
}

function toggle(state, index, show) {
  state.picture.panels.forEach((one, i) => {
    if (index >= one.first && index < one.first + one.lines.length) state.plots[i].setSeries(index - one.first + 1, { show });
  });
}

function readout(state, index) {
  const { figure, picture } = state;
  const lines = picture.panels.flatMap((one) => one.lines);
  lines.forEach((one, i) => {
    const band = one.low[index] === null || one.low[index] === undefined ? "" : ` (${compact.format(one.low[index])} – ${compact.format(one.high[index])})`;
    const value = one.value[index];
    figure.querySelector(`[data-value="${i}"]`).textContent = value === null || value === undefined ? "" : compact.format(value) + band;
  });
  figure.querySelector("[data-when]").textContent = index === null || index === undefined ? "" : moment(state.zone, picture.x[index]);
}

function moment(zone, second) {
  const at = parts(zone, second);
  return `${at.year}-${two(at.month)}-${two(at.day)} ${two(at.hour)}:${two(at.minute)}:${two(at.second)}`;
}

function zoom(state, plot) {
  const { left, width } = plot.select;
  if (width < 4) return;
  const form = document.querySelector("[data-zoom]");
  const from = plot.posToVal(left, "x"), to = plot.posToVal(left + width, "x");
  const grain = to - from > 600 ? 1 : 0.001;  // whole seconds make a shorter address where nothing is lost
  form.elements.start.value = written(Math.floor(from / grain) * grain, state.picture.naive);
  form.elements.end.value = written(Math.ceil(to / grain) * grain, state.picture.naive);
  plot.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
  form.requestSubmit();
}

// uPlot hears the mouse only: a finger's drag becomes the same selection.
function touch(state, plot) {
  let from = null;
  const at = (event) => Math.min(Math.max(0, event.clientX - plot.over.getBoundingClientRect().left), plot.over.clientWidth);
  const height = () => plot.over.clientHeight;
  plot.over.addEventListener("pointerdown", (event) => {
    if (event.pointerType !== "mouse") { from = at(event); plot.over.setPointerCapture(event.pointerId); }
  });
  plot.over.addEventListener("pointermove", (event) => {
    if (from === null) return;
    plot.setCursor({ left: at(event), top: height() / 2 });
    plot.setSelect({ left: Math.min(from, at(event)), width: Math.abs(at(event) - from), top: 0, height: height() }, false);
  });
  for (const end of ["pointerup", "pointercancel"]) plot.over.addEventListener(end, () => {
    if (from !== null && end === "pointerup" && plot.select.width > 20) zoom(state, plot);
    from = null;
  });
}

function written(second, naive) {
  const text = new Date(second * 1000).toISOString();
  const brief = text.replace(".000Z", "Z");
  return naive ? brief.slice(0, -1) : brief;
}

const follow = (figure, move) => figure.closest(".chart-view").querySelector(`[data-move="${move}"]`)?.click();

function key(state, event) {
  if (event.target !== state.figure || event.ctrlKey || event.metaKey || event.altKey) return;
  const last = state.picture.x.length - 1, plot = state.plots[0], now = plot.cursor.idx;
  const to = { ArrowLeft: Math.max(0, (now ?? last + 1) - 1), ArrowRight: Math.min(last, (now ?? -1) + 1), Home: 0, End: last }[event.key];
  const move = { "+": "nearer", "=": "nearer", "-": "farther", PageUp: "earlier", PageDown: "later" }[event.key];
  if (to === undefined && !move) return;
  event.preventDefault();
  if (move) return follow(state.figure, move);
  plot.setCursor({ left: plot.valToPos(state.picture.x[to], "x"), top: plot.over.clientHeight / 2 });
  readout(state, to);
}

// The picture as it is seen, on its own ground, with its name and legend.
function picture(figure) {
  const { state } = drawn.get(figure), scale = devicePixelRatio, pad = 16 * scale;
  const sheets = state.plots.map((plot) => plot.ctx.canvas);
  const sheet = document.createElement("canvas"), ctx = sheet.getContext("2d");
  sheet.width = Math.max(...sheets.map((one) => one.width)) + 2 * pad;
  sheet.height = sheets.reduce((sum, one) => sum + one.height, 0) + pad * 5;
  ctx.fillStyle = colour(figure, "--surface");
  ctx.fillRect(0, 0, sheet.width, sheet.height);
  ctx.font = `600 ${15 * scale}px ${getComputedStyle(figure).fontFamily}`;
  ctx.fillStyle = colour(figure, "--ink");
  ctx.fillText(figure.dataset.title, pad, pad * 1.5);
  let x = pad;
  ctx.font = `${12 * scale}px ${getComputedStyle(figure).fontFamily}`;
  for (const entry of figure.querySelectorAll(".legend li")) {
    const label = entry.querySelector("label").textContent.trim();
    ctx.fillStyle = getComputedStyle(entry).color;
    ctx.fillRect(x, pad * 2.4, 14 * scale, 3 * scale);
    ctx.fillText(label, x + 18 * scale, pad * 2.7);
    x += ctx.measureText(label).width + 40 * scale;
  }
  let y = pad * 3.5;
  for (const one of sheets) { ctx.drawImage(one, pad, y); y += one.height; }
  sheet.toBlob((blob) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = `${figure.dataset.title}.png`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  });
}

function all() {
  for (const figure of document.querySelectorAll("[data-chart]")) draw(figure);
  for (const element of document.querySelectorAll(".chart-view .script-only, .sql-view .script-only")) element.hidden = false;
  for (const button of document.querySelectorAll("[data-png]")) button.disabled = !document.querySelector("[data-chart]");
}

document.addEventListener("click", (event) => {
  const figure = event.target.closest("[data-png]") && document.querySelector("[data-chart]");
  if (figure) picture(figure);
});
document.addEventListener("htmx:after:swap", all);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", all);
new MutationObserver(all).observe(document.documentElement, { attributeFilter: ["data-theme"] });
document.documentElement.classList.add("scripted");
all();
