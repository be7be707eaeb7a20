const SVG = "http://www.w3.org/2000/svg";

/** The line through some values, in a box of that size; a line along the floor where all are 0. */
export function sparkPath(values: readonly number[], width: number, height: number): string {
  // Something above the highest, so that what is steady does not hang from the ceiling.
  const most = Math.max(...values, 1e-9) * 1.2;
  const step = width / Math.max(values.length - 1, 1);
  const points = values.map((value, index) => {
    const y = height - 1 - (Math.max(value, 0) / most) * (height - 2);
    return `${(index * step).toFixed(1)} ${y.toFixed(1)}`;
  });
  return `M${points.join("L")}`;
}

/** The same, closed along the floor. */
export function areaPath(values: readonly number[], width: number, height: number): string {
  return `${sparkPath(values, width, height)}L${width} ${height}L0 ${height}Z`;
}

/** A small line that says nothing to who cannot see it: the number beside it does. */
export function spark(): { element: SVGSVGElement; draw(values: readonly number[]): void } {
  const element = document.createElementNS(SVG, "svg");
  const line = document.createElementNS(SVG, "path");
  line.setAttribute("class", "line");
  const attributes = {
    class: "spark",
    viewBox: "0 0 120 24",
    preserveAspectRatio: "none",
    "aria-hidden": "true",
  };
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(line);
  return { element, draw: (values) => line.setAttribute("d", sparkPath(values, 120, 24)) };
}
