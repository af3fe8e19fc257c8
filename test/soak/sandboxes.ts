import { kill } from 'node:process'

/** A process that runs a function, as it announced itself. */
export interface LiveSandbox {
  readonly functionName: string
  readonly pid: number
  /** How wrong its clock is, and by how much it is set after a while. */
  readonly offsetMs: number
  readonly leapMs: number
}

/** Every process of the stack, by what they print. */
export interface Sandboxes {
  /** Takes a line that a function printed; true where it was an announcement. */
  note(functionName: string, line: string): boolean
  readonly live: () => readonly LiveSandbox[]
  /** False where the process is gone already. */
  kill(sandbox: LiveSandbox): boolean
  freeze(sandbox: LiveSandbox): boolean
  /** Lets a frozen process go on. */
  thaw(sandbox: LiveSandbox): void
  /** Lets all frozen processes go on. */
  thawAll(): void
  /** Ends whatever still runs, frozen or not. */
  endAll(): void
}

export const sandboxes = (): Sandboxes => {
  const known = new Map<number, LiveSandbox>()
  const frozen = new Set<LiveSandbox>()

  /** A process whose number is gone will never be signalled again: another may get it. */
  const signal = (sandbox: LiveSandbox, name: NodeJS.Signals | 0): boolean => {
    if (known.get(sandbox.pid) !== sandbox) return false
    try {
      return kill(sandbox.pid, name)
    } catch {
      known.delete(sandbox.pid)
      frozen.delete(sandbox)
      return false
    }
  }
  const thaw = (sandbox: LiveSandbox): void => {
    if (frozen.delete(sandbox)) signal(sandbox, 'SIGCONT')
  }

  return {
    note(functionName, line) {
      const announced = announcementIn(line)
      if (announced === undefined) return false
      known.set(announced.pid, { functionName, ...announced })
      return true
    },
    live: () => [...known.values()].filter((sandbox) => signal(sandbox, 0)),
    kill: (sandbox) => signal(sandbox, 'SIGKILL'),
    freeze(sandbox) {
      const done = signal(sandbox, 'SIGSTOP')
      if (done) frozen.add(sandbox)
      return done
    },
    thaw,
    thawAll: () => {
      for (const sandbox of [...frozen]) thaw(sandbox)
    },
    endAll: () => {
      for (const sandbox of known.values()) signal(sandbox, 'SIGKILL')
    },
  }
}

const MARK = '{"soakSandbox":'

const announcementIn = (line: string): Omit<LiveSandbox, 'functionName'> | undefined =>
  line.startsWith(MARK) ? JSON.parse(line).soakSandbox : undefined
