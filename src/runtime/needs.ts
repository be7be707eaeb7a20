/** Says what to install where an optional package is missing; to be put behind `import()` as its `catch`. */
export function needs(name: string, by: string): (cause: unknown) => never {
  return (cause) => {
    throw new Error(`${by} needs the package '${name}': npm install ${name}`, { cause });
  };
}
