import { describe } from "bun:test";
import { rates } from "../hostile/rates.ts";
import { hostile } from "../hostile/suite.ts";
import { targets } from "../support/targets.ts";

for (const target of Object.values(targets)) hostile(target);
describe("whatever the runtime", rates);
