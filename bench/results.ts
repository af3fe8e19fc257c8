import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Mode } from './context.ts'

const pathOf = (mode: Mode, part: string): string =>
  fileURLToPath(new URL(`./results/${mode}/${part}.json`, import.meta.url))

/** What a part of a run left; `undefined` where it has not been run. */
export const readResult = <T>(mode: Mode, part: string): T | undefined =>
  existsSync(pathOf(mode, part))
    ? (JSON.parse(readFileSync(pathOf(mode, part), 'utf8')) as T)
    : undefined

/** Keeps a part's result, one short line for each object of a list, so that two runs can be compared. */
export const writeResult = (mode: Mode, part: string, result: object): void => {
  mkdirSync(fileURLToPath(new URL(`./results/${mode}/`, import.meta.url)), { recursive: true })
  const lists = Object.entries(result).map(([name, value]) => {
    const items = Array.isArray(value)
      ? `[\n${value.map((item) => `    ${JSON.stringify(item)}`).join(',\n')}\n  ]`
      : JSON.stringify(value)
    return `  ${JSON.stringify(name)}: ${items}`
  })
  writeFileSync(pathOf(mode, part), `{\n${lists.join(',\n')}\n}\n`)
}
