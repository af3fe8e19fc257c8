import { watch } from 'node:fs'

const SETTLE_MS = 60

/** Calls `changed` once after each burst of changes to TypeScript files in the directories; ends when `signal` aborts. */
export const watchSources = (
  directories: readonly URL[],
  changed: () => void,
  signal: AbortSignal,
): void => {
  let timer: NodeJS.Timeout | undefined
  const note = (_: unknown, file: string | null): void => {
    if (file?.endsWith('.ts') !== true) return
    clearTimeout(timer)
    timer = setTimeout(changed, SETTLE_MS)
  }
  for (const directory of directories) watch(directory, { recursive: true, signal }, note)
  signal.addEventListener('abort', () => clearTimeout(timer), { once: true })
}
