import { defineTopics } from "topichub";
import { bedrockTopics } from "topichub/bedrock";
import * as v from "valibot";

// What the server holds publishers to, and of which the page knows the type alone.
export const topics = defineTopics({
  "note:{board}": v.pipe(v.string(), v.minLength(1), v.maxLength(200)),
  "resource-monitor:{server}": bedrockTopics.schemas["resource-monitor:{server}"],
});
