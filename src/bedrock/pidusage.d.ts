// pidusage brings no types; these are what its JSDoc says, as far as it is used here.
declare module "pidusage" {
  const pidusage: (pid: number, options: { maxage: number }) => Promise<object>;
  export default pidusage;
}
