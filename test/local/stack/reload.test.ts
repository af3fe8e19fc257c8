import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { watchSources } from '../../../local/stack/reload.ts'

const endings: (() => unknown)[] = []
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end()
})

/** A folder `lib` with one file that is watched, and every burst that was heard of. */
const watched = async () => {
  const root = await mkdtemp(join(tmpdir(), 'watched-'))
  const stopped = new AbortController()
  endings.push(
    () => rm(root, { recursive: true }),
    () => stopped.abort(),
  )
  await mkdir(join(root, 'lib/inner'), { recursive: true })
  await writeFile(join(root, 'lib/a.ts'), '0')
  const bursts: (readonly string[])[] = []
  watchSources(root, ['lib'], (files) => bursts.push(files), stopped.signal)
  return {
    bursts,
    at: (file: string) => join(root, file),
    heard: (times: number) =>
      expect.poll(() => bursts.length, { timeout: 20_000, interval: 10 }).toBe(times),
  }
}

it('hears of each save by renaming, and of one in place after them', async () => {
  const { bursts, at, heard } = await watched()

  for (let save = 1; save <= 10; save++) {
    await writeFile(at('lib/a.ts~'), `${save}`)
    await rename(at('lib/a.ts~'), at('lib/a.ts'))
    await heard(save)
  }
  await writeFile(at('lib/a.ts'), 'in place')
  await heard(11)

  expect(new Set(bursts.flat())).toEqual(new Set(['lib/a.ts']))
})

it('hears of files in new folders, in folders that were replaced, and of files that go', async () => {
  const { bursts, at, heard } = await watched()

  await mkdir(at('lib/new/deep'), { recursive: true })
  await writeFile(at('lib/new/deep/b.ts'), '1')
  await heard(1)
  await mkdir(at('other'))
  await writeFile(at('other/c.ts'), '1')
  await rename(at('lib/inner'), at('gone'))
  await rename(at('other'), at('lib/inner'))
  await heard(2)
  await writeFile(at('lib/inner/c.ts'), '2')
  await heard(3)
  await rm(at('lib/a.ts'))
  await heard(4)

  expect(bursts).toEqual([
    ['lib/new/deep/b.ts'],
    ['lib/inner/c.ts'],
    ['lib/inner/c.ts'],
    ['lib/a.ts'],
  ])
})

it('takes no notice of a file that is no source', async () => {
  const { bursts, at, heard } = await watched()

  await writeFile(at('lib/notes.md'), 'words')
  await writeFile(at('lib/z.ts'), '1')
  await heard(1)

  expect(bursts).toEqual([['lib/z.ts']])
})
