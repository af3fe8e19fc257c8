import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { variableNames } from '../../lib/config/variable-names.ts'

const read = new Set(Object.values(variableNames).flat())
/** Read by serverless.yml alone. */
const atDeployment = [
  'ALARM_EMAIL',
  'BOTS_FILE',
  'TOKENS_PER_HOUR_ALARM',
  'TRACING',
  'FUNCTION_URL',
]

/** The variables that tables of a page have rows for. */
const variablesIn = (page: string): readonly string[] =>
  readFileSync(page, 'utf8')
    .split('\n')
    .map((line) => /^\|([^|]+)\|/.exec(line)?.[1] ?? '')
    .flatMap((cell) => [
      ...cell.matchAll(/`([A-Z][A-Z\d]*(?:_[A-Z\d]+)+|TRACING|GREETING|CHECKPOINT)`/g),
    ])
    .map(([, name = '']) => name)

it('docs/configuration.md has each variable that the functions read, once, and no other', () => {
  expect(variablesIn('docs/configuration.md').toSorted()).toEqual(
    [...read, ...atDeployment].toSorted(),
  )
})

it.each(['README.md', 'README.zh-CN.md'])('%s names only variables that exist', (page) => {
  const config = variablesIn(page).filter((name) => !read.has(name))

  expect(config).toEqual([])
})
