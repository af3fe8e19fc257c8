import { readFileSync } from 'node:fs'
import { transform } from 'esbuild'
import { expect, it } from 'vitest'

it('the client is one file that a browser takes, without dependencies', async () => {
  const source = readFileSync('client/stream-reply.ts', 'utf8')

  const { code } = await transform(source, { loader: 'ts', format: 'esm' })
  const url = `data:text/javascript,${encodeURIComponent(code)}`
  const { streamReply } = await import(/* @vite-ignore */ url)

  expect(code).not.toMatch(/\b(import|require|process|Buffer)\b/)
  expect(streamReply).toBeTypeOf('function')
})
