import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, expect, it } from 'vitest'
import { type SourceError, watchReplySources } from '../../../local/stack/watched-sources.ts'

const endings: (() => unknown)[] = []
afterEach(async () => {
  for (const end of endings.splice(0)) await end()
})

/** A project whose only source wants the history, and throws. */
const projectWithSource = async (): Promise<string> => {
  const root = await mkdtemp(join(tmpdir(), 'sources-'))
  endings.push(() => rm(root, { recursive: true }))
  const folder = join(root, 'lib/adapters/sources')
  await mkdir(folder, { recursive: true })
  const own = `const own = async function* () { yield 'one'; throw new TypeError('no such word') }
export const replySources = { own: () => Object.assign(own, { wantsHistory: true }) }
`
  await writeFile(join(folder, 'index.ts'), own)
  return root
}

it('a watched source tells what it throws, and what it says of itself stays true', async () => {
  const root = await projectWithSource()
  const threw: SourceError[] = []

  const names = await watchReplySources(root, (error) => threw.push(error))
  const index = await import(pathToFileURL(join(root, 'lib/adapters/sources/index.ts')).href)
  const source = index.replySources.own({})
  const asked = { turn: { replyId: 'r1' }, signal: new AbortController().signal }
  const deltas = source(asked)
  await deltas.next()

  await expect(deltas.next()).rejects.toThrow('no such word')
  expect(names).toEqual(['own'])
  expect(source.wantsHistory).toBe(true)
  expect(threw).toMatchObject([{ replyId: 'r1', sentence: 'TypeError: no such word' }])
})
