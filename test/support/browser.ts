import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { startChild } from "./child.ts";
import { eventually } from "./deadline.ts";
import { environment } from "./environment.ts";
import { scratchFolder } from "./guard.ts";

const CHROMIUM = "/usr/bin/chromium";
// As root, without a screen, and asking nobody on the network for anything.
const FLAGS = [
  ...["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"],
  ...["--disable-background-networking", "--disable-component-update", "--remote-debugging-port=0"],
];

/** A real browser, without anything of an earlier one. */
export interface TestBrowser extends AsyncDisposable {
  /** Opens a page of its own: no other one shares its storage. */
  visit(url: string, options?: BrowserContextOptions): Promise<Visit>;
  /** An empty page, which is not watched. */
  newPage(): Promise<Page>;
}

/** A page that is open, and what it should not have done. */
export interface Visit extends AsyncDisposable {
  readonly page: Page;
  /** Errors of scripts, what the content security policy stopped, and requests to anywhere else. */
  readonly faults: readonly string[];
}

export async function startBrowser(): Promise<TestBrowser> {
  const folder = scratchFolder();
  // It is spoken to over a WebSocket: Bun 1.4.5 now and then reads no more of a child's pipe.
  const child = startChild([CHROMIUM, ...FLAGS, `--user-data-dir=${folder}`], {
    cwd: folder,
    env: { ...environment({}), HOME: folder },
    leavesLogsUnread: false,
  });
  // There before it is written: a line with the port, and one with the path.
  const written = () => /^(\d+)\n(\/.+)/.exec(readFileSync(join(folder, "DevToolsActivePort"), "utf8"));
  const [, port, path] = await eventually(written, 30_000, () => `Chromium\n${child.stderr()}`);
  const browser = await chromium.connectOverCDP(`ws://127.0.0.1:${port}${path}`);
  return {
    visit: (url, options = {}) => visit(browser, url, options),
    newPage: () => browser.newPage(),
    async [Symbol.asyncDispose]() {
      await browser.close();
      child.kill("SIGKILL");
      await child.exited;
    },
  };
}

async function visit(browser: Browser, url: string, options: BrowserContextOptions): Promise<Visit> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const { host } = new URL(url);
  const faults: string[] = [];
  page.on("pageerror", (error) => faults.push(`error: ${error.stack ?? error.message}`));
  page.on("console", (message) => {
    // What a browser says of an answer that is no 2xx is no fault of the page.
    if (message.type() === "error" && !/Failed to load resource|WebSocket connection to/.test(message.text()))
      faults.push(`console: ${message.text()}`);
  });
  const watch = (where: string) => {
    if (!where.startsWith("data:") && new URL(where).host !== host) faults.push(`request: ${where}`);
  };
  page.on("request", (request) => watch(request.url()));
  page.on("websocket", (socket) => watch(socket.url()));
  await page.goto(url);
  return { page, faults, [Symbol.asyncDispose]: () => context.close() };
}
