// The package as npm would have it, by publint: whatever it says counts, a suggestion too.
import { publint } from "publint";
import { formatMessage } from "publint/utils";

const { messages, pkg } = await publint({ pack: "npm", strict: true });
for (const message of messages) console.error(`${message.type}: ${formatMessage(message, pkg)}`);
process.exit(messages.length > 0 ? 1 : 0);
