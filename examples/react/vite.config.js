import process from "node:process";
import { defineConfig } from "vite";

const { API = "http://127.0.0.1:3000" } = process.env;

// `npm run dev` serves the page, and passes to the API what is the API's.
export default defineConfig({
  server: { proxy: { "/live": { target: API, ws: true }, "/token": API } },
});
