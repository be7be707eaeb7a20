import { Dashboard } from "./dashboard.ts";
import { formatSpan } from "./format.ts";
import { Session } from "./session.ts";
import { pageSettings } from "./settings.ts";
import { forgetToken, givenToken, keepToken, keptToken, SignIn } from "./sign-in.ts";
import { teach } from "./teaching.ts";
import { startTheme } from "./theme.ts";
import { readToken, type TokenContent } from "./token.ts";

const settings = pageSettings();
let current = "";

const gate = new SignIn(signIn);
const dashboard = new Dashboard({ signOut, refused, again: () => signIn(current) });
startTheme(() => dashboard.recolor());
teach(settings);
const given = givenToken();
if (given) signIn(given);
else gate.show("");

function signIn(token: string): void {
  const content = readToken(token, settings.claim);
  const fault = faultOf(token, content);
  if (!content || fault) {
    refused(fault ?? "");
    return;
  }
  if (token !== keptToken()) dashboard.forgetSelection();
  current = token;
  keepToken(token);
  gate.hide();
  dashboard.start(new Session(token, content, settings, dashboard));
}

/** What is wrong with a token as far as one sees without its key; undefined where nothing is. */
function faultOf(token: string, content: TokenContent | undefined): string | undefined {
  if (!content) return "That is no JSON Web Token: it has three parts with dots between.";
  // It stands in a subprotocol, where few characters may.
  if (!/^[\w.-]+$/.test(token)) return "That token has characters that no token has.";
  const { expiresAt = Number.POSITIVE_INFINITY } = content;
  return expiresAt < Date.now() ? `This token ended ${formatSpan(Date.now() - expiresAt)} ago.` : undefined;
}

function signOut(): void {
  refused("");
}

function refused(reason: string): void {
  current = "";
  forgetToken();
  dashboard.forgetSelection();
  dashboard.clear();
  gate.show(reason);
}
