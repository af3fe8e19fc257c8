type Method = (...args: unknown[]) => Promise<unknown>

/** The same port with `changed` in place of each of its methods. */
export const eachMethod = <Port extends object>(
  port: Port,
  changed: (name: string, method: Method) => Method,
): Port => {
  const methods = Object.entries(port as unknown as Readonly<Record<string, Method>>)
  return Object.fromEntries(methods.map(([name, method]) => [name, changed(name, method)])) as Port
}
