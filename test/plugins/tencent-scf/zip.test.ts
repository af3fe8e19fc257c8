import { expect, test } from 'vitest'
import { zip } from '../../../plugins/tencent-scf/package/zip.js'
import { readZip } from '../../support/read-zip.ts'

const files = {
  'replies.js': Buffer.from('exports.handler = 1\n'.repeat(1_000)),
  'ü.txt': Buffer.from(''),
}

test('an archive gives its files back', () => {
  const read = readZip(zip(files))

  expect(read.map(({ name, content }) => [name, String(content)])).toEqual(
    Object.entries(files).map(([name, content]) => [name, String(content)]),
  )
})

test('the same files make the same archive, smaller than they are', () => {
  expect(zip(files)).toEqual(zip({ ...files }))
  expect(zip(files).length).toBeLessThan(1_000)
})
