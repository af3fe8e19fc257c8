import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { parseApiKeys } from '../../lib/core/api-keys.ts'
import { parseMapped } from '../../lib/http/mapped-body.ts'
import { parseReplyOrder } from '../../lib/http/reply-order.ts'

const blocksOf = (page: string, language: string): readonly string[] =>
  [
    ...readFileSync(page, 'utf8').matchAll(
      new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g'),
    ),
  ].map(([, code = '']) => code)

describe.each(['README.md', 'README.zh-CN.md'])('%s', (page) => {
  it('shows a source that replies', async () => {
    const [code = ''] = blocksOf(page, 'ts')
    const directory = mkdtempSync(join(tmpdir(), 'readme-'))
    onTestFinished(() => rmSync(directory, { recursive: true }))
    const file = join(directory, 'clock.ts')
    writeFileSync(file, code)
    const { clock } = await import(pathToFileURL(file).href)

    const said: string[] = []
    const { signal } = new AbortController()
    for await (const text of clock()({ turn: { text: 'the time?' }, signal })) said.push(text)

    expect(said.join('')).toMatch(/^You asked "the time\?"\. It is \d{4}-\d\d-\d\dT.*\.$/)
  })

  it('sends a reply that the API takes', () => {
    const [, body = ''] = /-d '(\{.*\})'/.exec(blocksOf(page, 'sh').join('\n')) ?? []

    expect(parseReplyOrder(JSON.parse(body)).ok).toBe(true)
  })
})

it('docs/replies-api.md shows a key that may be used once its token is filled in', () => {
  const [secret = ''] = blocksOf('docs/replies-api.md', 'json')
  const { REPLIES_API_KEYS } = JSON.parse(secret.replace('…', 'a'.repeat(16)))

  const keys = parseApiKeys(JSON.stringify(REPLIES_API_KEYS))

  expect(keys).toEqual({ ok: true, value: [expect.objectContaining({ name: 'crm' })] })
})

it('docs/replies-from-webhooks.md maps the body that it shows', () => {
  const [body = '', map = ''] = blocksOf('docs/replies-from-webhooks.md', 'json')

  const order = parseMapped(JSON.parse(map), parseReplyOrder)(JSON.parse(body))

  expect(order).toEqual({
    ok: true,
    value: expect.objectContaining({ replyId: 'run-17', pieces: ['Your order is on its way.'] }),
  })
})
