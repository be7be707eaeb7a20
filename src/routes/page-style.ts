/** The page's style; its digest stands in the Content-Security-Policy. */
export const STYLE = `
:root { color-scheme: light dark; --line: light-dark(#d5d9e0, #343a46); --soft: light-dark(#f4f5f8, #1b1f27);
  --accent: light-dark(#1f5fbf, #8ab4f8); }
body { margin: 0; font: 16px/1.55 system-ui, sans-serif; background: light-dark(#fff, #12151b);
  color: light-dark(#1c2230, #e4e8ef); }
main { max-width: 46rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
h1 { margin: 0; letter-spacing: -0.02em; }
h2 { margin: 2rem 0 0.5rem; font-size: 1.05rem; }
pre, code, input, ol { font: 14px/1.5 ui-monospace, monospace; }
pre { background: var(--soft); border: 1px solid var(--line); border-radius: 8px; padding: 0.75rem 1rem;
  overflow-x: auto; margin: 0; }
form { display: grid; gap: 0.35rem; }
input, button { padding: 0.5rem 0.7rem; border: 1px solid var(--line); border-radius: 6px; background: var(--soft);
  color: inherit; }
button { justify-self: start; margin-top: 0.5rem; font: inherit; font-weight: 600; color: light-dark(#fff, #10131a);
  background: var(--accent); border-color: transparent; cursor: pointer; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
ol { list-style: none; margin: 0; padding: 0; overflow-wrap: anywhere; }
li { border-top: 1px solid var(--line); padding: 0.3rem 0; }
`;
