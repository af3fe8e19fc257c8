import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { http } from '../../lib/adapters/sources/http.ts'
import { textOfDelta } from '../../lib/core/conversation/source-delta.ts'
import { freePort } from '../../local/cloud/listen.ts'
import { aTurn, partsOf } from '../support/source-world.ts'
import { readUnbroken } from '../support/unbroken.ts'

const secret = `whsec_${Buffer.from('nobody may see this secret').toString('base64')}`
const page = readFileSync('docs/reply-sources.md', 'utf8')
const blockOf = (language: string): string =>
  new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(page)?.[1] ?? ''

/** Starts the server that the page shows; resolves with a source that asks it, once it answers. */
const startShown = async (language: string, file: string, command: string) => {
  const directory = mkdtempSync(join(tmpdir(), 'resumable-'))
  symlinkSync(resolve('node_modules'), join(directory, 'node_modules'))
  writeFileSync(join(directory, file), blockOf(language))
  const port = await freePort()
  const child: ChildProcess = spawn(command, [join(directory, file)], {
    env: { ...process.env, REPLIES_WEBHOOK_SECRET: secret, PORT: String(port) },
    stdio: 'ignore',
  })
  onTestFinished(() => {
    child.kill('SIGKILL')
    rmSync(directory, { recursive: true })
  })
  const url = `http://127.0.0.1:${port}`
  for (let tries = 0; tries < 100; tries += 1) {
    const answer = await fetch(url, { method: 'POST', body: '{}' }).catch(() => undefined)
    if (answer?.status === 401) break
    await pause(100)
  }
  return http(partsOf({ REPLY_SOURCE_URL: url }, async () => secret))
}

describe.each([
  ['ts', 'server.ts', resolve('node_modules/.bin/node')],
  ['python', 'server.py', 'python3'],
])('the server that docs/reply-sources.md shows in %s', (language, file, command) => {
  it('goes on with its answer behind the last id, and no longer knows others', async () => {
    const source = await startShown(language, file, command)
    const { resumption } = source
    if (resumption?.by !== 'cursor') throw new Error('http goes on by cursors')
    const nobody = new AbortController()
    const request = { turn: aTurn, history: [], signal: nobody.signal, reportUsage: () => {} }
    let [text, cursor] = ['', '']
    for await (const delta of source(request)) {
      text += textOfDelta(delta)
      if (typeof delta !== 'string') cursor = delta.cursor
      if (cursor === '3') break
    }
    for await (const delta of resumption.resume(request, cursor)) text += textOfDelta(delta)

    expect(text).toBe(`You asked: ${aTurn.text}`)
    expect((await readUnbroken(source)).text).toBe(text)
    const other = { ...request, turn: { ...aTurn, replyId: `${aTurn.replyId}0` as never } }
    await expect(resumption.resume(other, '3')[Symbol.asyncIterator]().next()).rejects.toThrow(
      'no longer knows the answer',
    )
  }, 30_000)
})
