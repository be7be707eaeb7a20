import process from "node:process";
import { startProgram } from "./program.mjs";
import { readSettings } from "./settings.mjs";

/** @import { Host } from "./program.mjs" */

const STOP_MS = 20_000;

/**
 * Runs the manager until it is told to stop.
 * @param {Host} host
 */
export async function run(host) {
  const { settings, faults } = readSettings(process.env);
  if (!settings) {
    for (const fault of faults) process.stderr.write(`bedrock-manager: ${fault}\n`);
    process.exit(2);
  }
  /** @type {ReturnType<typeof startProgram> | undefined} */
  let program;
  stopOnSignals(async () => (await program)?.stop());
  program = startProgram(host, settings);
  const { hostname, port } = await program.then(
    ({ listener }) => listener,
    (error) => fail(`cannot start on ${settings.hostname} port ${settings.port}: ${error.message}`),
  );
  const url = `http://${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}`;
  process.stdout.write(`bedrock-manager listening on ${url} (${host.runtime.name})\n`);
  process.stderr.write(`
Everything that it keeps is in ${settings.home}.
Watch it at work, from another terminal: node examples/bedrock-manager/tour.mjs ${url}
`);
}

/**
 * @param {string} message
 * @returns {never}
 */
function fail(message) {
  process.stderr.write(`bedrock-manager: ${message}\n`);
  process.exit(1);
}

/**
 * Stops in order at the first signal, and at once at the second.
 * @param {() => Promise<void>} stop
 */
function stopOnSignals(stop) {
  let isStopping = false;
  const onSignal = () => {
    if (isStopping) process.exit(1);
    isStopping = true;
    setTimeout(() => fail("stopping took too long"), STOP_MS).unref();
    stop().then(
      () => process.exit(0),
      (error) => fail(`stopping failed: ${error}`),
    );
  };
  for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, onSignal);
}
