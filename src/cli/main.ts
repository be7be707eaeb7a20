#!/usr/bin/env node
import process from "node:process";
import { run } from "./run.ts";

await run(process.argv.slice(2));
