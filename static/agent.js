// The chat page: one socket, one question at a time; text arrives in pieces, tools as steps, what writes asks first.
import { facts, finish, step } from "./agent-show.js";
import { make, markdown } from "./agent-text.js";

const chat = document.querySelector(".chat");
const words = JSON.parse(chat.dataset.words), tools = JSON.parse(chat.dataset.tools);
const log = chat.querySelector(".chat-log"), form = chat.querySelector(".chat-form"), box = form.querySelector("textarea");
const send = form.querySelector("[data-send]"), stop = form.querySelector("[data-stop]"), state = form.querySelector("[data-state]");
let socket, conversation = chat.dataset.chat, busy = false, last = "", answer = null, open = null, waits = 400;

function connect() {
  socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws/agent`);
  socket.onopen = () => { waits = 400; state.textContent = ""; chat.dataset.ready = "yes"; };
  socket.onmessage = (event) => heard(JSON.parse(event.data));
  socket.onclose = () => {
    delete chat.dataset.ready;
    if (busy) { failed(words.lost); done(); }
    state.textContent = words.lost;
    setTimeout(connect, waits);
    waits = Math.min(waits * 2, 5000);
  };
}

function ask(text) {
  if (busy || !text.trim() || socket.readyState !== WebSocket.OPEN) return;
  last = text;
  said("user", text).scrollIntoView({ block: "end" });
  chat.querySelector(".chat-begin").hidden = true;
  working(true);
  socket.send(JSON.stringify({ type: "chat", content: text, ...(conversation ? { conversation_id: conversation } : {}) }));
}

function said(role, text) {
  const article = make("article", role === "user" ? text : null, `said ${role}`);
  article.setAttribute("aria-label", role === "user" ? words.you : words.agent);
  add(article);
  return article;
}

function add(element) {
  following(() => log.append(element));
}

// Whoever reads the end goes along with it; whoever has scrolled back is left there.
function following(change) {
  const near = log.getBoundingClientRect().bottom < innerHeight + 160;
  change();
  if (near) log.lastElementChild?.scrollIntoView({ block: "end" });
}

function heard(message) {
  state.textContent = "";
  switch (message.type) {
    case "text": return text(message.content);
    case "tool_status": return begin(message.tool_name, message.arguments ?? {});
    case "tool_result": return ended(message);
    case "approval": return approval(message);
    case "error": return failed(message.error);
    case "done": return done(message.conversation_id);
  }
}

function text(piece) {
  answer ??= { article: said("assistant"), text: "", drawn: false };
  answer.text += piece;
  if (answer.drawn) return;
  answer.drawn = true; // at most once a frame, however small the pieces are
  const mine = answer;
  requestAnimationFrame(() => { mine.drawn = false; following(() => mine.article.replaceChildren(markdown(mine.text))); });
}

function begin(name, asked) {
  answer = null;
  open = step(words, tools[name] ?? name, asked);
  add(open.box);
}

function ended({ tool_name: name, tool_result: result, arguments: asked }) {
  if (!open) begin(name, asked ?? {});
  following(() => finish(open, name, result));
  open = answer = null;
}

function approval({ call_id: id, tool_name: name, arguments: asked }) {
  answer = null;
  const question = make("section", null, "approval"), actions = make("div", null, "actions");
  question.append(make("p", `${tools[name] ?? name}: ${words.asks}`), facts(asked, words), actions);
  const decide = (approved) => {
    socket.send(JSON.stringify({ type: "approve", call_id: id, approved }));
    actions.replaceChildren(make("span", approved ? words.approved : words.denied, "muted"));
  };
  for (const [label, approved, kind] of [[words.approve, true, ""], [words.deny, false, "quiet"]]) {
    const button = make("button", label, kind);
    button.type = "button";
    button.onclick = () => decide(approved);
    actions.append(button);
  }
  add(question); // without the focus: an Enter that is already on its way must not approve
}

function failed(sentence) {
  const note = make("div", null, "note note-bad"), again = make("button", words.retry, "quiet tiny");
  again.type = "button";
  again.onclick = () => { if (!busy) { note.remove(); ask(last); } };
  note.append(make("span", sentence), again);
  add(note);
}

function done(id = "") {
  for (const actions of log.querySelectorAll(".approval .actions:has(button)")) actions.replaceChildren(make("span", words.denied, "muted"));
  if (id && id !== conversation) {
    conversation = id;
    history.replaceState(null, "", `/agent?chat=${encodeURIComponent(id)}`);
  }
  answer = open = null;
  working(false);
  if (id) window.htmx?.ajax("GET", "/agent/chats", { target: "#_chat_list", swap: "outerHTML" });
}

function working(on) {
  busy = on;
  send.disabled = on;
  stop.hidden = !on;
  state.textContent = on ? words.thinking : "";
}

function replay(turns) {
  const asked = new Map();
  log.replaceChildren();
  for (const turn of turns) {
    for (const call of turn.calls) asked.set(call.id, call.arguments);
    if (turn.role === "tool") {
      open = step(words, tools[turn.tool_name] ?? turn.tool_name, asked.get(turn.call_id) ?? {});
      add(open.box);
      following(() => finish(open, turn.tool_name, turn.result));
      open = null;
    } else if (turn.content) {
      const article = said(turn.role, turn.content);
      if (turn.role === "assistant") article.replaceChildren(markdown(turn.content));
    }
  }
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (busy || socket.readyState !== WebSocket.OPEN) return;
  ask(box.value);
  box.value = "";
});
box.addEventListener("keydown", (event) => {
  // while Korean letters are being composed, Enter belongs to the keyboard
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); form.requestSubmit(); }
});
stop.addEventListener("click", () => {
  socket.send(JSON.stringify({ type: "cancel" }));
  said("assistant", "").append(make("p", words.stopped, "muted"));
});
for (const button of chat.querySelectorAll("[data-suggestion]")) button.addEventListener("click", () => ask(button.textContent));
replay(JSON.parse(chat.dataset.turns));
connect();
