// Times: "2 min ago" counts up, "in 5 min" counts down, exact times are shown in the reader's zone.
const words = JSON.parse(document.body.dataset.words);
const SPANS = [[86400, "days"], [3600, "hr"], [60, "min"], [0, "sec"]];
const two = (n) => String(n).padStart(2, "0");

function span(seconds) {
  const [unit, word] = SPANS.find(([least]) => seconds >= least);
  const n = Math.floor(seconds / (unit || 1));
  const text = word === "days" && n === 1 && document.documentElement.lang === "en" ? "{n} day" : words[word];
  return text.replace("{n}", n);
}

function exact(moment, seconds = true) {
  const day = `${moment.getFullYear()}-${two(moment.getMonth() + 1)}-${two(moment.getDate())}`;
  return `${day} ${two(moment.getHours())}:${two(moment.getMinutes())}${seconds ? `:${two(moment.getSeconds())}` : ""}`;
}

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const KINDS = {
  ago: (moment, now) => words.ago.replace("{span}", span(Math.max(0, (now - moment) / 1000))),
  until: (moment, now) => (moment > now ? words.until.replace("{span}", span((moment - now) / 1000)) : words.soon),
  exact: (moment) => exact(moment),
};

function show() {
  const now = new Date();
  for (const element of document.querySelectorAll("time[data-time]")) {
    const moment = new Date(element.dateTime);
    if (isNaN(moment)) continue;
    const text = KINDS[element.dataset.time](moment, now);
    if (element.textContent !== text) element.textContent = text;
    const title = `${exact(moment)} ${zone}`;
    if (element.title !== title) element.title = title;
  }
}

show();
setInterval(show, 1000);
document.addEventListener("htmx:after:swap", show);
