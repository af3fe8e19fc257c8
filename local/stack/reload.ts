import { type FSWatcher, readdirSync, statSync, watch } from 'node:fs'
import { join, relative } from 'node:path'

const SETTLE_MS = 60
const SOURCE = /\.(ts|js|json)$/

/** Files and folders below some directories, as they are now. */
interface Scan {
  readonly folders: ReadonlyMap<string, string>
  readonly files: ReadonlyMap<string, string>
}

/**
 * Calls `changed` once after each burst of changes, with the source files that were changed, added or removed, as paths from
 * `root`. Folders are watched, not files: an editor that saves by renaming puts another file in place of the one before.
 * Ends when `signal` aborts.
 */
export const watchSources = (
  root: string,
  directories: readonly string[],
  changed: (files: readonly string[]) => void,
  signal: AbortSignal,
): void => {
  const watchers = new Map<string, { readonly identity: string; readonly watcher: FSWatcher }>()
  let timer: NodeJS.Timeout | undefined
  let known: ReadonlyMap<string, string> = new Map()

  const note = (): void => {
    if (signal.aborted) return
    clearTimeout(timer)
    timer = setTimeout(look, SETTLE_MS)
  }

  /** A folder that was replaced by another one of its name is watched anew. */
  const follow = ({ folders }: Scan): boolean => {
    let isNew = false
    for (const [folder, { identity, watcher }] of watchers) {
      if (folders.get(folder) === identity) continue
      watcher.close()
      watchers.delete(folder)
    }
    for (const [folder, identity] of folders) {
      if (watchers.has(folder)) continue
      const watcher = watch(folder, note)
      watcher.on('error', note)
      watchers.set(folder, { identity, watcher })
      isNew = true
    }
    return isNew
  }

  const scanAll = (): Scan => {
    let found = scan(root, directories)
    // What came into a new folder before it was watched is seen by looking again.
    while (follow(found)) found = scan(root, directories)
    return found
  }

  const look = (): void => {
    if (signal.aborted) return
    const { files } = scanAll()
    const touched = [...new Set([...known.keys(), ...files.keys()])].filter(
      (file) => known.get(file) !== files.get(file),
    )
    known = files
    if (touched.length > 0) changed(touched.sort())
  }

  known = scanAll().files
  signal.addEventListener(
    'abort',
    () => {
      clearTimeout(timer)
      for (const { watcher } of watchers.values()) watcher.close()
    },
    { once: true },
  )
}

const scan = (root: string, directories: readonly string[]): Scan => {
  const folders = new Map<string, string>()
  const files = new Map<string, string>()
  const enter = (folder: string): void => {
    const state = stateOf(folder)
    if (state === undefined) return
    folders.set(folder, `${state.dev}:${state.ino}`)
    for (const entry of entriesOf(folder)) {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) enter(path)
      else if (SOURCE.test(entry.name)) files.set(relative(root, path), versionOf(path))
    }
  }
  for (const directory of directories) enter(join(root, directory))
  return { folders, files }
}

const versionOf = (path: string): string => {
  const state = stateOf(path)
  return state === undefined ? 'gone' : `${state.ino}:${state.mtimeMs}:${state.size}`
}

/** What was there a moment ago may be gone. */
const stateOf = (path: string) => statSync(path, { throwIfNoEntry: false })

const entriesOf = (folder: string) => {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch {
    return []
  }
}
