import { globSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

const page = readFileSync('docs/security.md', 'utf8')
const named = [...page.matchAll(/`([\w/*.-]+\.ts)`/g)].map(([, path]) => path ?? '')

it('every test that docs/security.md names is there', () => {
  const missing = named.filter((path) => globSync(`test/${path}`).length === 0)

  expect(missing).toEqual([])
})

it('docs/security.md names every test of this folder but this one', () => {
  const own = globSync('test/security/*.test.ts').map((path) => path.replace('test/', ''))

  expect(own.filter((path) => !named.includes(path))).toEqual(['security/document.test.ts'])
})
