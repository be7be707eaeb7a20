// Compiled by Deno.
import { deno } from "topichub/deno";
import { api } from "./core.ts";

Deno.serve({ port: 3000 }, api(deno, "a secret").fetch);
