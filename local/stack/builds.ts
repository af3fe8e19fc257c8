import { type CompileError, compileFunctions } from './compile.ts'
import type { LocalFunctions } from './local-functions.ts'

/** The build of the functions that answers now. */
export interface BuildPart {
  /** Counted from 1, which is what was there at the start. */
  readonly number: number
  readonly atMs: number
  /** What was reloaded for it, in a sentence; absent for the first. */
  readonly reloaded?: string
  /** Why not all functions can be built. */
  readonly error?: CompileError
  /** Which functions do not load, and why. */
  readonly problem?: string
}

/** Builds the functions anew when their files change, and says what came of it. */
export interface Builds {
  readonly build: () => BuildPart
  /** Why a function cannot be built; `undefined` where it can. */
  readonly errorOf: (functionName: string) => CompileError | undefined
  /** One after another; `files` are paths from the project's directory. Never rejects. */
  renew(functions: LocalFunctions, files: readonly string[]): Promise<void>
  /** Looks whether the functions load, after their environment was changed. Never rejects. */
  check(functions: LocalFunctions): Promise<void>
  close(): Promise<void>
}

export const builds = (
  directory: string,
  say: (sentence: string, frame?: string) => void,
  changed: () => void,
): Builds => {
  let part: BuildPart = { number: 1, atMs: Date.now() }
  let before = Promise.resolve()
  let errors: ReadonlyMap<string, CompileError> = new Map()

  const set = (next: Omit<BuildPart, 'atMs'>): void => {
    part = { ...next, atMs: next.number === part.number ? part.atMs : Date.now() }
    changed()
  }

  const renew = async (functions: LocalFunctions, files: readonly string[]): Promise<void> => {
    const compiled = await compileFunctions(directory, functions.entries)
    const wereBroken = new Set(errors.keys())
    errors = new Map(
      [...compiled].flatMap(([name, one]) => (one.ok ? [] : [[name, one.error] as const])),
    )
    const touched = [...compiled].flatMap(([name, one]) =>
      one.ok && (wereBroken.has(name) || files.some((file) => one.value.has(file))) ? [name] : [],
    )
    const { error: _, ...rest } = part
    const [error] = errors.values()
    functions.renew(new Set([...touched, ...errors.keys()]))
    if (touched.length > 0) {
      const reloaded = `reloaded ${touched.join(', ')} (${listed(files)})`
      set({ ...rest, number: part.number + 1, reloaded, ...(error && { error }) })
      say(reloaded)
    } else set({ ...rest, ...(error && { error }) })
    if (error !== undefined) {
      say(`${[...errors.keys()].join(', ')} cannot be built: ${error.sentence}`, error.frame)
    } else if (touched.length === 0) say(`saved ${listed(files)}: no function uses it`)
    await check(functions)
  }

  const check = async (functions: LocalFunctions): Promise<void> => {
    const problems = await warmUp(functions, (name) => !errors.has(name))
    const { problem: _, ...rest } = part
    set(problems.length === 0 ? rest : { ...rest, problem: problems.join('\n') })
    if (problems.length > 0) say(problems.join('\n'))
  }

  const afterTheOthers = (work: () => Promise<void>): Promise<void> => {
    before = before.then(work).catch((error: unknown) => say(String(error)))
    return before
  }

  return {
    build: () => part,
    errorOf: (name) => errors.get(name),
    renew: (functions, files) => afterTheOthers(() => renew(functions, files)),
    check: (functions) => afterTheOthers(() => check(functions)),
    close: () => before,
  }
}

/** Has a process of each function ready. Answers with what is wrong with those that do not load. */
export const warmUp = async (
  { pools }: LocalFunctions,
  canRun: (name: string) => boolean = () => true,
): Promise<readonly string[]> => {
  const started = await Promise.all(
    pools
      .filter(({ name }) => canRun(name))
      .map(async (pool) => ({ name: pool.name, result: await pool.warmUp() })),
  )
  return started.flatMap(({ name, result }) =>
    result.ok ? [] : [`the function ${name} does not load: ${result.error.detail}`],
  )
}

const SHOWN_FILES = 3

const listed = (files: readonly string[]): string => {
  const more = files.length - SHOWN_FILES
  return files.slice(0, SHOWN_FILES).join(', ') + (more > 0 ? ` and ${more} more` : '')
}
