// Markdown as DOM nodes: paragraphs, lists, headings, code, bold, tables, links within this site. What a model writes is
// never parsed as HTML, no image is loaded for it, and a foreign address stays text: a row's words cannot send data away.
const make = (tag, text = null, className = "") => {
  const element = document.createElement(tag);
  if (text !== null) element.textContent = text;
  if (className) element.className = className;
  return element;
};

export function markdown(text) {
  const page = document.createDocumentFragment();
  const lines = text.replaceAll("\r", "").split("\n");
  for (let i = 0; i < lines.length; ) i = block(page, lines, i);
  return page;
}

function block(page, lines, i) {
  const line = lines[i];
  if (!line.trim()) return i + 1;
  if (line.startsWith("```")) return fence(page, lines, i);
  if (/^#{1,6} /.test(line)) { page.append(inline(make("h3"), line.replace(/^#+ /, ""))); return i + 1; }
  if (/^\s*[-*] /.test(line)) return list(page, lines, i, "ul", /^\s*[-*] /);
  if (/^\s*\d+[.)] /.test(line)) return list(page, lines, i, "ol", /^\s*\d+[.)] /);
  if (line.includes("|") && /^[\s|:-]+$/.test(lines[i + 1] ?? "") && lines[i + 1].includes("-")) return table(page, lines, i);
  const paragraph = [];
  while (i < lines.length && lines[i].trim() && !/^(```|#{1,6} |\s*[-*] |\s*\d+[.)] )/.test(lines[i])) paragraph.push(lines[i++]);
  page.append(inline(make("p"), paragraph.join(" ")));
  return i;
}

function fence(page, lines, i) {
  const code = [];
  for (i += 1; i < lines.length && !lines[i].startsWith("```"); i += 1) code.push(lines[i]);
  const pre = make("pre");
  pre.append(make("code", code.join("\n")));
  page.append(pre);
  return i + 1;
}

function list(page, lines, i, tag, mark) {
  const items = make(tag);
  for (; i < lines.length && mark.test(lines[i]); i += 1) items.append(inline(make("li"), lines[i].replace(mark, "")));
  page.append(items);
  return i;
}

function table(page, lines, i) {
  const cells = (line) => line.trim().replace(/^\||\|$/g, "").split("|").map((cell) => cell.trim());
  const rows = [cells(lines[i])];
  for (i += 2; i < lines.length && lines[i].includes("|"); i += 1) rows.push(cells(lines[i]));
  page.append(grid(rows[0], rows.slice(1)));
  return i;
}

export function grid(heads, rows, numeric = []) {
  const scroll = make("div", null, "scroll"), sheet = make("table", null, "grid");
  const head = sheet.createTHead().insertRow(), body = sheet.createTBody();
  heads.forEach((name, place) => head.append(make("th", name, numeric[place] ? "num" : "")));
  for (const row of rows) {
    const line = body.insertRow();
    row.forEach((value, place) => line.append(make("td", value, numeric[place] ? "num" : "")));
  }
  scroll.tabIndex = 0;
  scroll.append(sheet);
  return scroll;
}

function inline(holder, text) {
  const mark = /`([^`]+)`|\*\*([^*]+)\*\*|\[([^\]]+)\]\(([^)\s]+)\)/g;
  let from = 0;
  for (const found of text.matchAll(mark)) {
    holder.append(text.slice(from, found.index));
    holder.append(piece(found));
    from = found.index + found[0].length;
  }
  holder.append(text.slice(from));
  return holder;
}

function piece([whole, code, bold, label, href]) {
  if (code !== undefined) return make("code", code);
  if (bold !== undefined) return inline(make("strong"), bold);
  if (!/^\/(?![/\\])/.test(href)) return document.createTextNode(whole);
  const link = make("a", label);
  link.href = href;
  return link;
}

export { make };
