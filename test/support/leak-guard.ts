import { afterAll, expect } from 'vitest'
import { credentialsIn, leaksIn } from './log-leaks.ts'

// Stands in every test file. Log lines are looked at where they become JSON, so that one which a test captures counts as well.

const found = new Set<string>()
const note = (leaks: readonly string[]): void => {
  for (const leak of leaks) found.add(leak)
}

const stringify = JSON.stringify
JSON.stringify = ((...parts: Parameters<typeof stringify>) => {
  const json: unknown = stringify(...parts)
  if (typeof json === 'string') note(leaksIn(json))
  return json
}) as typeof stringify

/** Looks at every text that a method is given. */
const watch = <Name extends string>(on: Record<Name, unknown>, name: Name): void => {
  const method = on[name]
  if (typeof method !== 'function') return
  on[name] = (...parts: readonly unknown[]): unknown => {
    note(credentialsIn(parts.map(String).join(' ')).map((what) => `${name} shows ${what}`))
    return Reflect.apply(method, on, parts)
  }
}
for (const method of ['log', 'info', 'warn', 'error', 'debug'] as const) watch(console, method)
watch(process.stdout, 'write')
watch(process.stderr, 'write')

afterAll(() => expect([...found], 'what this file wrote to its log').toEqual([]))
