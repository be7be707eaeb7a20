import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { connect } from "topichub/client";
import type { topics } from "../topics.mjs";
import { App } from "./App.tsx";
import { TopicHubProvider } from "./use-topic.tsx";

// One connection for the whole page, and outside of it: React may mount components more than once.
const client = connect<typeof topics>("/live", {
  async token() {
    const response = await fetch("/token", { method: "POST" });
    if (!response.ok) throw new Error(`no token: ${response.status}`);
    return response.text();
  },
});

const root = document.getElementById("root");
if (root)
  createRoot(root).render(
    <StrictMode>
      <TopicHubProvider client={client}>
        <App />
      </TopicHubProvider>
    </StrictMode>,
  );
