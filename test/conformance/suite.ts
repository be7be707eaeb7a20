import { describe, setDefaultTimeout } from "bun:test";
import type { Target } from "../support/targets.ts";
import { admin } from "./admin.ts";
import { badInput } from "./bad-input.ts";
import { client } from "./client.ts";
import { connecting } from "./connecting.ts";
import { cut } from "./cut.ts";
import { domain } from "./domain.ts";
import { embedding } from "./embedding.ts";
import { heartbeat } from "./heartbeat.ts";
import { lifecycle } from "./lifecycle.ts";
import { presence } from "./presence.ts";
import { publishing } from "./publishing.ts";
import { renewal } from "./renewal.ts";
import { resuming } from "./resuming.ts";
import { signingIn } from "./signing-in.ts";
import { slowReaders } from "./slow-readers.ts";
import { streaming } from "./streaming.ts";
import { subscribing } from "./subscribing.ts";
import { typedClient } from "./typed-client.ts";
import { typedTopics } from "./typed-topics.ts";

/** What every runtime does alike, tried on a server that runs on it. */
export function conformance(target: Target): void {
  // Longer than every deadline within a test, so that it is the deadline that says what was missing.
  setDefaultTimeout(30_000);
  describe(target.name, () => {
    describe("connecting", () => connecting(target));
    describe("signing in", () => signingIn(target));
    describe("subscribing", () => subscribing(target));
    describe("resuming", () => resuming(target));
    describe("slow readers", () => slowReaders(target));
    describe("publishing", () => publishing(target));
    describe("administration", () => admin(target));
    describe("presence", () => presence(target));
    describe("streaming", () => streaming(target));
    describe("renewal", () => renewal(target));
    describe("bad input", () => badInput(target));
    describe("domain", () => domain(target));
    describe("embedding", () => embedding(target));
    describe("typed topics", () => typedTopics(target));
    describe("typed client", () => typedClient(target));
    describe("client library", () => client(target));
    describe("heartbeat", () => heartbeat(target));
    describe("cut", () => cut(target));
    describe("lifecycle", () => lifecycle(target));
  });
}
