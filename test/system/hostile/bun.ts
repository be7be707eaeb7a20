import { hostile } from "../../hostile/suite.ts";
import { targets } from "../../support/targets.ts";

hostile(targets.bun);
