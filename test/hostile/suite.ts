import { describe, setDefaultTimeout } from "bun:test";
import type { Target } from "../support/targets.ts";

import { bodies } from "./bodies.ts";
import { floods } from "./floods.ts";
import { frameFloods } from "./frame-floods.ts";
import { frames } from "./frames.ts";
import { growth } from "./growth.ts";
import { heads } from "./heads.ts";
import { json } from "./json.ts";
import { positions } from "./positions.ts";
import { tokens } from "./tokens.ts";
import { topics } from "./topics.ts";

/** What is sent to hurt, tried on a server that runs on each runtime: it is answered or dropped, and nobody else feels it. */
export function hostile(target: Target): void {
  // Longer than every deadline within a test, so that it is the deadline that says what was missing.
  setDefaultTimeout(30_000);
  describe(target.name, () => {
    describe("floods", () => floods(target));
    describe("frames", () => frames(target));
    describe("frame floods", () => frameFloods(target));
    describe("heads", () => heads(target));
    describe("bodies", () => bodies(target));
    describe("tokens", () => tokens(target));
    describe("JSON", () => json(target));
    describe("topics", () => topics(target));
    describe("positions", () => positions(target));
    describe("growth", () => growth(target));
  });
}
