import { conformance } from "../conformance/suite.ts";
import { targets } from "../support/targets.ts";

conformance(targets["node-ws"]);
