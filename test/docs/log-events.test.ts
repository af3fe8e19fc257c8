import { globSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

const code = globSync(['lib/**/*.ts', 'handlers/*.ts'])
  .map((file) => readFileSync(file, 'utf8'))
  .join('\n')

/** The names of events, reasons and kinds, which are words joined by hyphens, in the first cells of tables. */
const namedIn = (page: string): readonly string[] =>
  readFileSync(page, 'utf8')
    .split('\n')
    .map((line) => /^\|([^|]+)\|/.exec(line)?.[1] ?? '')
    .flatMap((cell) => [...cell.matchAll(/`([a-z]+(?:-[a-z]+)+)`/g)])
    .map(([, name = '']) => name)

it('docs/my-bot-does-not-answer.md names only log lines that the functions write', () => {
  const named = namedIn('docs/my-bot-does-not-answer.md')

  expect(named).toContain('callback-refused')
  expect(named.filter((name) => !code.includes(`'${name}'`))).toEqual([])
})

it('docs/operate.md names only events that the functions log', () => {
  const [, page = ''] = readFileSync('docs/operate.md', 'utf8').split('\n## Logs\n')
  const named = [...(page.split('\n## ')[0] ?? '').matchAll(/^- \*\*`([a-z-]+)`/gm)].map(
    ([, name = '']) => name,
  )

  expect(named).toContain('request')
  expect(named.filter((name) => !code.includes(`'${name}'`))).toEqual([])
})
