import { part, setText } from "./dom.ts";

export interface Question {
  title: string;
  text: string;
  /** What the button says that does it. */
  yes: string;
  /** What another button says that does more; none unless given. */
  more?: string;
}

/** Asks before something that cannot be undone. The focus is on not doing it, and goes back to where it was. */
export function confirmed({ title, text, yes, more = "" }: Question): Promise<"yes" | "more" | undefined> {
  const dialog = part("confirm", HTMLDialogElement);
  setText(part("confirm-title", HTMLElement), title);
  setText(part("confirm-text", HTMLElement), text);
  setText(part("confirm-yes", HTMLButtonElement), yes);
  const moreButton = part("confirm-more", HTMLButtonElement);
  setText(moreButton, more);
  moreButton.hidden = more === "";
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) => {
    const settle = () => {
      const { returnValue } = dialog;
      resolve(returnValue === "yes" || returnValue === "more" ? returnValue : undefined);
    };
    dialog.addEventListener("close", settle, { once: true });
  });
}

/** Has a dialog's buttons of that class close it, and a press beside it. */
export function closable(dialog: HTMLDialogElement): void {
  for (const button of dialog.querySelectorAll<HTMLButtonElement>("button.close"))
    button.addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog && isOutside(dialog, event)) dialog.close();
  });
}

function isOutside(dialog: HTMLDialogElement, { clientX, clientY }: MouseEvent): boolean {
  const { left, right, top, bottom } = dialog.getBoundingClientRect();
  return clientX < left || clientX > right || clientY < top || clientY > bottom;
}
