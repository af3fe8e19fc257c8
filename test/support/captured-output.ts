import { vi } from 'vitest'

/** Keeps what is written to standard output, to standard error and to the console, until `release`. */
export const captureOutput = () => {
  const written: string[] = []
  const keep = (...parts: readonly unknown[]): void => {
    written.push(parts.map(String).join(' '))
  }
  const write = (part: string | Uint8Array): boolean => {
    keep(typeof part === 'string' ? part : Buffer.from(part).toString())
    return true
  }
  const spies = [
    vi.spyOn(process.stdout, 'write').mockImplementation(write),
    vi.spyOn(process.stderr, 'write').mockImplementation(write),
    ...(['log', 'info', 'warn', 'error', 'debug'] as const).map((method) =>
      vi.spyOn(console, method).mockImplementation(keep),
    ),
  ]
  return {
    lines: (): readonly string[] =>
      written
        .join('\n')
        .split('\n')
        .filter((line) => line !== ''),
    release: (): void => {
      for (const spy of spies) spy.mockRestore()
    },
  }
}
