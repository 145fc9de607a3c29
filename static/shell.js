// The shell: the live indicator, toasts, the confirmation dialog.
const words = JSON.parse(document.body.dataset.words);
const toasts = document.getElementById("toasts");
for (const element of document.querySelectorAll(".script-only")) element.hidden = false;

// On a narrow screen the menu and the tabs scroll sideways: show where we are.
for (const here of document.querySelectorAll(".nav [aria-current], .tabs [aria-current]")) here.scrollIntoView({ inline: "center", block: "nearest" });

// Live: the word is said only when the connection has been gone for a moment, so that a page change does not blink.
const live = document.querySelector(".live");
let lost, socket;
document.addEventListener("htmx:ws:after:connection", (event) => {
  clearTimeout(lost);
  socket = event.detail.connection.socket;
  if (live) live.dataset.state = "open";
});
document.addEventListener("htmx:ws:close", () => {
  clearTimeout(lost);
  lost = setTimeout(() => { if (live && !document.hidden) live.dataset.state = "lost"; }, 600);
});

// The answer to a form may come later than what was pushed after it, and be older: ask for the present state once more.
document.addEventListener("htmx:after:swap", (event) => {
  if (event.detail.ctx?.request?.method === "POST" && socket?.readyState === WebSocket.OPEN) socket.send("again");
});

// Toasts: they leave after a while, but not under the reader's pointer.
function arm(toast) {
  if (toast.dataset.armed) return;
  toast.dataset.armed = "yes";
  const close = document.createElement("button");
  Object.assign(close, { type: "button", className: "link tiny close", textContent: "×", title: words.close });
  close.setAttribute("aria-label", words.close);
  close.addEventListener("click", () => toast.remove());
  toast.append(close);
  if (toast.getAttribute("role") !== "alert") leave(toast);
}
function leave(toast) {
  setTimeout(() => (toast.matches(":hover, :focus-within") ? leave(toast) : toast.remove()), 8000);
}
export function say(text, href = null, label = "") {
  const toast = document.createElement("div");
  toast.className = "toast";
  const line = document.createElement("span");
  line.textContent = text;
  toast.append(line);
  if (href) {
    const link = document.createElement("a");
    Object.assign(link, { href, textContent: label });
    toast.append(link);
  }
  toasts.append(toast);
}
new MutationObserver(() => [...toasts.children].forEach(arm)).observe(toasts, { childList: true });
[...toasts.children].forEach(arm);
document.addEventListener("htmx:error", (event) => { if (event.detail.ctx?.request) say(words.failed); });
document.addEventListener("toast", (event) => say(event.detail.text, event.detail.href, event.detail.label));

// What is hard to take back is asked once more, in the page's own dialog.
document.addEventListener("htmx:confirm", (event) => {
  const { ctx, issueRequest, dropRequest } = event.detail;
  if (!ctx.confirm) return;
  event.preventDefault();
  ask(ctx.confirm, ctx.sourceElement.dataset.confirmLabel).then((yes) => (yes ? issueRequest() : dropRequest()));
});
function ask(question, label = words.confirm) {
  return new Promise((resolve) => {
    const dialog = document.createElement("dialog");
    const box = document.createElement("article");
    const line = document.createElement("p");
    line.textContent = question;
    const foot = document.createElement("footer");
    for (const [text, value, kind] of [[words.keep, "no", "quiet"], [label, "yes", ""]]) {
      const button = document.createElement("button");
      Object.assign(button, { type: "button", textContent: text, className: kind });
      button.addEventListener("click", () => dialog.close(value));
      foot.append(button);
    }
    box.append(line, foot);
    dialog.append(box);
    dialog.addEventListener("close", () => { dialog.remove(); resolve(dialog.returnValue === "yes"); });
    document.body.append(dialog);
    dialog.showModal();
  });
}

// A form that asks to be sent when one of its controls changes; without scripts its button does it.
document.addEventListener("change", (event) => {
  const form = event.target.form;
  if (form?.hasAttribute("data-send-on-change")) form.requestSubmit();
});
