import { targets } from "../support/targets.ts";
import { conformance } from "./suite.ts";

conformance(targets["node-ws"]);
