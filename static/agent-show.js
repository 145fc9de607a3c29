// What a tool did, as the reader sees it: a step that unfolds, its table or chart, links to the pages that show more.
import { grid, make } from "./agent-text.js";
import { compact, times as marks } from "./axis.js";

const path = (name, suffix = "") => `/tables/${encodeURIComponent(name)}${suffix}`;
const shown = (value) => (value === null || value === undefined ? "" : typeof value === "object" ? JSON.stringify(value) : String(value));
const cell = (value, type) => (/^(TIMESTAMP|DATE)/.test(type) ? shown(value).replace("T", " ") : shown(value));
const isNumber = (type) => /^(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT|FLOAT|DOUBLE|DECIMAL)/.test(type);

export function step(words, label, asked) {
  const box = make("section", null, "step"), details = make("details"), summary = make("summary", label);
  details.append(summary, facts(asked, words));
  box.append(details, make("div", null, "inside"));
  return { box, summary, inside: box.lastChild, asked, words };
}

// What a tool is asked to do, as a list of what stands for what; a statement as it is.
export function facts(asked, words) {
  if (asked.sql) return make("pre", asked.sql);
  const list = make("dl", null, "facts");
  for (const [name, value] of Object.entries(asked)) {
    const text = Array.isArray(value) && value.every((one) => typeof one !== "object") ? value.join(", ") : shown(value);
    list.append(make("dt", words.names[name] ?? name), make("dd", words.values[text] ?? text));
  }
  return list;
}

export function finish({ box, summary, inside, asked, words }, name, result) {
  if (result.data?.code === "denied") { // a no is no failure, and the answer below says what it meant
    summary.textContent += ` · ${words.denied}`;
    return;
  }
  if (!result.success) {
    box.classList.add("bad");
    summary.textContent += ` · ${words.failed}`;
    inside.append(make("p", result.error ?? "", "why"));
    return;
  }
  const show = { query_table: rows, run_sql: rows, chart, aggregate_table: aggregate, get_table_stats: stats }[name];
  if (show) show(inside, asked, result.data, words);
  links(inside, linksOf(name, asked, result.data, words));
}

function rows(inside, asked, data, words) {
  if (asked.limit === 0) return;
  if (!data.rows.length) { inside.append(make("p", words.nothing, "muted")); return; }
  const names = data.columns.map((column) => column.name);
  inside.append(grid(names, data.rows.map((row) => data.columns.map((c) => cell(row[c.name], c.type))), data.columns.map((c) => isNumber(c.type))));
}

function stats(inside, asked, data, words) {
  const heads = ["name", "type", "nulls", "distinct", "min", "max"];
  inside.append(grid(words.heads, data.columns.map((column) => heads.map((head) => shown(column[head]))), [false, false, true, true]));
}

function aggregate(inside, asked, data, words) {
  if (!data.rows.length) return;
  if (!asked.group_by && data.value_columns.length && data.rows.length > 2) draw(inside, data, (asked.functions ?? ["avg"])[0], null, words);
  const heads = Object.keys(data.rows[0]);
  inside.append(grid(heads, data.rows.slice(0, 100).map((row) => heads.map((head) => cell(round(row[head]), head === "time_bucket" ? "TIMESTAMP" : ""))), heads.map((_, i) => i > 0)));
}

const round = (value) => (typeof value === "number" && !Number.isInteger(value) ? Number(value.toPrecision(8)) : value);

function chart(inside, asked, data, words) {
  if (data.rows.length) draw(inside, data, "avg", asked.group_by, words);
}

function draw(inside, data, what, group, words) {
  const times = [...new Set(data.rows.map((row) => row.time_bucket))].sort();
  const place = new Map(times.map((time, i) => [time, i]));
  const lines = new Map();
  for (const row of data.rows) {
    for (const column of data.value_columns) {
      const label = group ? `${column} · ${row[group]}` : column;
      if (!lines.has(label)) lines.set(label, { value: times.map(() => null), low: times.map(() => null), high: times.map(() => null) });
      const line = lines.get(label), i = place.get(row.time_bucket);
      line.value[i] = number(row[`${column}_${what}`]);
      line.low[i] = number(row[`${column}_min`]);
      line.high[i] = number(row[`${column}_max`]);
    }
  }
  const holder = make("div", null, "agent-chart");
  inside.append(holder);
  plot(holder, times, [...lines].slice(0, 6), words);
}

const number = (value) => (value === null || value === undefined || !Number.isFinite(Number(value)) ? null : Number(value));

function plot(holder, times, lines, words) {
  const style = getComputedStyle(document.documentElement);
  const naive = !/[+-]\d\d:?\d\d$|Z$/.test(times[0] ?? "");
  const x = times.map((time) => Date.parse(naive ? `${time}Z` : time) / 1000);
  const series = [{ label: words.time, value: "{YYYY}-{MM}-{DD} {HH}:{mm}" }], data = [x], bands = [];
  lines.forEach(([label, line], i) => {
    const stroke = style.getPropertyValue(`--series-${i + 1}`) || "teal";
    const ink = resolved(holder, stroke);
    series.push({ label, stroke: ink, width: 1.5, spanGaps: true, value: (_, value) => (value === null ? "–" : compact.format(value)) });
    data.push(line.value);
    if (lines.length > 2 || line.low.every((value) => value === null)) return;
    const edge = { class: "edge", stroke: "transparent", points: { show: false } };
    series.push({ ...edge, label: `${label} max` }, { ...edge, label: `${label} min` });
    data.push(line.high, line.low);
    bands.push({ series: [series.length - 2, series.length - 1], fill: ink.replace("rgb(", "rgba(").replace(")", ", 0.18)") });
  });
  const zone = naive ? "UTC" : Intl.DateTimeFormat().resolvedOptions().timeZone;
  const axis = { font: `12px ${getComputedStyle(holder).fontFamily}`, stroke: resolved(holder, style.getPropertyValue("--ink-soft")), grid: { stroke: resolved(holder, style.getPropertyValue("--line")), width: 1 } };
  const width = () => Math.max(240, holder.clientWidth);
  const drawn = new window.uPlot({ width: width(), height: 240, series, bands, tzDate: (ts) => window.uPlot.tzDate(new Date(ts * 1000), zone), cursor: { y: false },
    axes: [{ ...axis, space: 90, size: 44, values: (_, splits, __, ___, step) => marks(zone, splits, step) },
      { ...axis, size: (_, texts) => 22 + 7 * Math.max(0, ...(texts ?? []).map((text) => text.length)), values: (_, splits) => splits.map((value) => compact.format(value)) }],
  }, data, holder);
  new ResizeObserver(() => drawn.setSize({ width: width(), height: 240 })).observe(holder);
}

// A token may be light-dark(…), which a canvas does not know: the browser resolves it on an element.
function resolved(holder, value) {
  const probe = make("i");
  probe.style.color = value;
  holder.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}

function linksOf(name, asked, data, words) {
  if (name === "query_table") return [[words.data, `${path(asked.table)}?${view(asked)}`]];
  if (name === "get_table_stats") return [[words.data, path(asked.table, "/columns")]];
  if (name === "aggregate_table" || name === "chart") return [[words.chart, `${path(asked.table, "/chart")}?${chartView(asked)}`]];
  if (name === "run_sql") return [[words.sql, `/sql?sql=${encodeURIComponent(asked.sql)}`]];
  if (data?.sync_id) return [[words.runs, `/sync/runs/${encodeURIComponent(data.sync_id)}`]];
  return [];
}

function filtersInto(query, filters = []) {
  for (const one of filters) {
    query.append("column", one.column);
    query.append("op", one.op ?? "=");
    query.append("value", Array.isArray(one.value) ? one.value.join(", ") : shown(one.value));
  }
}

function view(asked) {
  const query = new URLSearchParams();
  filtersInto(query, asked.filters);
  for (const order of asked.order_by ?? []) query.append("sort", typeof order === "string" ? order : `${order.descending ? "-" : ""}${order.column}`);
  for (const column of asked.columns ?? []) query.append("show", column);
  return query;
}

function chartView(asked) {
  const query = new URLSearchParams();
  filtersInto(query, asked.filters);
  for (const column of asked.value_columns ?? []) query.append("y", column);
  if (asked.group_by) query.append("by", asked.group_by);
  if (asked.start) query.append("start", asked.start);
  if (asked.end) query.append("end", asked.end.length === 10 ? `${asked.end}T23:59:59` : asked.end);
  return query;
}

function links(inside, list) {
  if (!list.length) return;
  const line = make("div", null, "links");
  for (const [text, href] of list) {
    const link = make("a", text);
    link.href = href;
    line.append(link);
  }
  inside.append(line);
}
