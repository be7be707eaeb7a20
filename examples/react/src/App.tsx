import { type FormEvent, useState } from "react";
import { useConnection, useMessages, useTopic, useTopicHub } from "./use-topic.tsx";

export function App() {
  const { status } = useConnection();
  const [isWatching, setWatching] = useState(true);
  return (
    <main>
      <h1>topichub and React</h1>
      <p>
        Connection: <output id="status">{status}</output>
      </p>
      <button type="button" id="watch" onClick={() => setWatching(!isWatching)}>
        {isWatching ? "Stop watching" : "Watch"}
      </button>
      {isWatching && <Usage />}
      <Notes />
    </main>
  );
}

/** What the server uses, as long as this is shown. */
function Usage() {
  const { message, error } = useTopic("resource-monitor:topichub");
  const usage = message?.data.process_info;
  if (error) return <p>{error.message}</p>;
  if (!usage) return <p id="usage">Waiting for a sample</p>;
  return (
    <p id="usage">
      Process {usage.pid}: {usage.cpu_percent.toFixed(1)} % of a core, {usage.memory_mb.toFixed(1)} MiB, up{" "}
      {usage.uptime}
    </p>
  );
}

function Notes() {
  const hub = useTopicHub();
  const { messages, recovered } = useMessages("note:*", { limit: 20 });
  const [text, setText] = useState("");
  const [fault, setFault] = useState("");
  const publish = async (event: FormEvent) => {
    event.preventDefault();
    try {
      await hub.publish("note:everybody", text);
      setText("");
      setFault("");
    } catch (error) {
      setFault(String(error));
    }
  };
  return (
    <form onSubmit={publish}>
      <input aria-label="Note" value={text} onChange={({ target }) => setText(target.value)} />
      <button type="submit">Publish</button>
      <p id="fault">{fault}</p>
      {recovered === false && <p id="missing">Something may be missing</p>}
      <ul id="notes">
        {messages.map(({ topic, time, offset, data }) => (
          <li key={`${topic} ${time} ${offset}`}>{data}</li>
        ))}
      </ul>
    </form>
  );
}
