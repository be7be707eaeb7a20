/** The page's script; its digest stands in the Content-Security-Policy. Data becomes text, never markup. */
export const SCRIPT = `
const part = (id) => document.getElementById(id);
const base = location.href.replace(/[#?].*/, "").replace(/\\/?$/, "");
const socketUrl = base.replace(/^http/, "ws") + "/ws";
part("url").textContent = socketUrl;
part("snippet").textContent = part("snippet").textContent.replace("/ws", socketUrl);
part("curl").textContent = part("curl").textContent.replace("/publish", base + "/publish");

const state = (text) => { part("state").textContent = text; };
const show = (text) => {
  const line = document.createElement("li");
  line.textContent = text;
  part("log").prepend(line);
  while (part("log").children.length > 200) part("log").lastChild.remove();
};

let socket;
const connect = () => {
  socket?.close();
  const topics = part("topics").value.split(/\\s+/).filter(Boolean);
  let mine;
  try {
    mine = new WebSocket(socketUrl, ["topichub.v1", "bearer." + part("token").value.trim()]);
  } catch {
    return state("That is no token: it has characters that no token has.");
  }
  socket = mine;
  state("Connecting…");
  mine.onopen = () => {
    state("Connected.");
    // Where the server asks for it; where it had the token before, this only renews it.
    mine.send(JSON.stringify({ action: "authenticate", token: part("token").value.trim() }));
    mine.send(JSON.stringify({ action: "subscribe", topics }));
  };
  mine.onmessage = ({ data }) => { if (mine === socket) show(data); };
  mine.onclose = ({ code, reason }) => {
    if (mine === socket) state("Closed: " + (reason || "code " + code + (code === 1006 ? ", as when a token is refused" : "")));
  };
};
part("form").addEventListener("submit", (event) => { event.preventDefault(); connect(); });

const given = new URLSearchParams(location.hash.slice(1)).get("token");
if (given) {
  // Out of the address bar, so that it is not copied along with it.
  history.replaceState(null, "", location.pathname);
  part("token").value = given;
  connect();
}
`;
