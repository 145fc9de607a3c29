// What stands on the axes of a chart, the same in charts and in the chat: figures and times.
export const compact = new Intl.NumberFormat("en", { maximumSignificantDigits: 6 });
export const two = (n) => String(n).padStart(2, "0");

export function times(zone, splits, step) {
  let day = "";
  return splits.map((second) => {
    const at = parts(zone, second), date = `${at.year}-${two(at.month)}-${two(at.day)}`, clock = `${two(at.hour)}:${two(at.minute)}`;
    if (step >= 86400) return step >= 86400 * 28 ? `${at.year}-${two(at.month)}` : date;
    const text = step >= 60 ? clock : step >= 1 ? `${clock}:${two(at.second)}` : `${two(at.second)}.${String(at.milli).padStart(3, "0")}`;
    const first = date !== day;
    day = date;
    return first ? `${text}\n${date}` : text;
  });
}

export function parts(zone, second) {
  const date = window.uPlot.tzDate(new Date(second * 1000), zone);
  return { year: date.getFullYear(), month: date.getMonth() + 1, day: date.getDate(), hour: date.getHours(),
    minute: date.getMinutes(), second: date.getSeconds(), milli: Math.round((second % 1) * 1000) };
}
