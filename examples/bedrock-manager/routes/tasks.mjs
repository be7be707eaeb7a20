import { Hono } from "hono";
import { notFound, Problem } from "../problem.mjs";

/** @import { Context } from "hono" */
/** @import { Task } from "topichub/bedrock" */
/** @import { SignedIn } from "../app.mjs" */
/** @import { Parts } from "../parts.mjs" */
/** @import { Work } from "../folders.mjs" */
/** @import { BedrockServer, Status } from "../server.mjs" */

/**
 * Begins long work on a server for the user who asks, and answers with its task.
 * @param {Parts} parts
 * @param {Context<SignedIn>} c
 * @param {object} what
 * @param {BedrockServer} what.server
 * @param {string} what.work What it is, for people.
 * @param {Status} [what.status] In which the server must be for it.
 * @param {(work: Work) => Promise<unknown>} run
 */
export function startTask({ tasks }, c, { server, work, status }, run) {
  const release = server.claim(work, status);
  // Not when the task is done: one that was cancelled is so before its work has ended.
  const runAndRelease = (/** @type {Work} */ context) => run(context).finally(release);
  try {
    const { id } = tasks.start(c.get("user"), `${work} of ${server.name}`, runAndRelease);
    return c.json({ status: "success", task: id }, 202);
  } catch (error) {
    release();
    throw new Problem(503, "unavailable", `No task can be started now: ${String(error)}`);
  }
}

/**
 * The tasks of whoever asks.
 * @param {Parts} parts
 */
export function taskRoutes({ tasks }) {
  /** @type {Hono<SignedIn>} */
  const routes = new Hono();
  return routes
    .get("/", (c) => c.json({ status: "success", tasks: tasks.ofUser(c.get("user")).map(describe) }))
    .get("/:id", (c) => {
      const task = tasks.get(c.req.param("id"), c.get("user"));
      if (!task) throw noTask();
      return c.json({ status: "success", task: describe(task) });
    })
    .delete("/:id", (c) => {
      if (!tasks.cancel(c.req.param("id"), c.get("user"))) throw noTask();
      return c.json({ status: "success" });
    });
}

/** @param {Task} task */
const describe = ({ id, name, state }) => ({ id, name, ...state });

const noTask = () => notFound("You have no such task, or it has ended: GET /api/tasks lists yours");
