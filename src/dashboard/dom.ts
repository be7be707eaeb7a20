type Child = Node | string;

/** Makes an element. What is given as text becomes text, never markup. */
export function el<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Record<string, string> = {},
  ...children: Child[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** The page's element of an id, which is of this class. */
export function part<T extends Element>(id: string, type: abstract new () => T): T {
  const element = document.getElementById(id);
  if (!(element instanceof type)) throw new Error(`the page has no ${type.name} '${id}'`);
  return element;
}

/** Sets a text, where it is another one: the layout is left alone otherwise. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** A topic with what stands before its colon set apart. */
export function topicName(topic: string): HTMLElement {
  const colon = topic.indexOf(":") + 1;
  const name = el("span", { class: "topic", title: topic });
  if (colon > 0) name.append(el("span", { class: "topic-kind" }, topic.slice(0, colon)));
  name.append(topic.slice(colon));
  return name;
}

/** Calls back when a button is pressed. */
export function onPress(id: string, fn: () => void): HTMLButtonElement {
  const button = part(id, HTMLButtonElement);
  button.addEventListener("click", fn);
  return button;
}
