/** Gets what failed and nobody else is told of. */
export type OnError<Stage extends string> = (error: unknown, context: { stage: Stage }) => unknown;

/** Makes what hands failures over to `onError`, the console unless given. It never throws. */
export function reporter<Stage extends string>(
  stage: Stage,
  onError: OnError<Stage> = reportToConsole,
): (error: unknown) => void {
  return (error) => {
    // There is nobody left to tell of what fails here, and thrown from here it would end the program.
    try {
      const result = onError(error, { stage });
      if (result instanceof Promise) result.catch(() => {});
    } catch {}
  };
}

function reportToConsole(error: unknown, { stage }: { stage: string }): void {
  console.error(`topichub: ${stage} failed:`, error);
}

/** A failure that may come again every moment: while it lasts it is reported once. */
export class LastingFailure {
  readonly #report: (error: unknown) => void;
  #reported: string | undefined;

  constructor(report: (error: unknown) => void) {
    this.#report = report;
  }

  occurred(error: unknown): void {
    const fault = String(error);
    if (fault !== this.#reported) this.#report(error);
    this.#reported = fault;
  }

  over(): void {
    this.#reported = undefined;
  }
}

/** What an error says, in a form that may leave the process: its message, shortened, and never its stack. */
export function messageOf(error: unknown): string {
  try {
    return shortened(String(error instanceof Error ? error.message : error));
  } catch {
    return "Unknown error";
  }
}

// What is shown to people; the rest would only fill their connections.
const LONGEST_MESSAGE = /^.{1024}(?=.)/su;

/** A text for people: not more than 1024 characters of it. */
export function shortened(text: string): string {
  const [head] = LONGEST_MESSAGE.exec(text) ?? [];
  return head === undefined ? text : `${head}…`;
}
