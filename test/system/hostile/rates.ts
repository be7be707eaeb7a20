import { rates } from "../../hostile/rates.ts";

rates();
