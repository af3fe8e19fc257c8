import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { ok } from '../../../lib/core/result.ts'
import { listen } from '../../../local/cloud/listen.ts'
import { functionPool } from '../../../local/stack/function-pool.ts'
import { gateway } from '../../../local/stack/gateway.ts'
import type { InvocationFailure } from '../../../local/stack/sandbox.ts'

const endings: (() => unknown)[] = []
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end()
})

/** A handler of its own directory behind `ANY /thing` and `ANY /thing/{proxy+}`. */
const serve = async (source: string, timeoutMs = 10_000) => {
  const directory = await mkdtemp(join(tmpdir(), 'handlers-'))
  endings.push(() => rm(directory, { recursive: true }))
  await writeFile(join(directory, 'thing.ts'), source)
  const failures: InvocationFailure[] = []
  const printed: string[] = []
  const pool = functionPool({
    name: 'thing',
    plan: () =>
      ok({
        functionName: 'service-local-thing',
        handler: 'thing.handler',
        directory,
        timeoutMs,
        memoryMb: 128,
        env: { GREETING: 'hello' },
        print: (line) => printed.push(line),
        sourceThrew: () => {},
      }),
    maxSandboxes: 3,
    report: (failure) => failures.push(failure),
    began: () => {},
    started: () => {},
  })
  endings.push(pool.close)
  const routes = ['/thing', '/thing/{proxy+}'].map((path) => ({
    method: 'ANY',
    path,
    invoke: pool.invoke,
  }))
  const handle = gateway(routes)
  const server = await listen(0, (request, response) => {
    const url = new URL(request.url ?? '/', 'http://local')
    if (!handle(request, response, url)) response.writeHead(404).end()
  })
  endings.push(server.close)
  const change = (text: string) => writeFile(join(directory, 'thing.ts'), text)
  return { url: `http://127.0.0.1:${server.port}`, pool, failures, printed, change }
}

const answering = (body: string) =>
  `export const handler = async (event: any, context: any) => ({ statusCode: 200, body: JSON.stringify(${body}) })`

it('hands a function what an HTTP API hands it: path, query, headers, body, and time left', async () => {
  const { url } = await serve(
    answering(
      '{ event, left: context.getRemainingTimeInMillis(), greeting: process.env.GREETING }',
    ),
  )

  const response = await fetch(`${url}/thing/one?a=1&a=2`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json', 'X-Own': 'yes' },
    body: '{"text":"héllo"}',
  })

  const { event, left, greeting } = (await response.json()) as Record<string, never>
  expect(event).toMatchObject({
    version: '2.0',
    routeKey: 'ANY /thing/{proxy+}',
    rawPath: '/thing/one',
    rawQueryString: 'a=1&a=2',
    queryStringParameters: { a: '1,2' },
    headers: { 'x-own': 'yes' },
    requestContext: { http: { method: 'PUT', path: '/thing/one' } },
    body: '{"text":"héllo"}',
    isBase64Encoded: false,
  })
  expect(left).toBeLessThanOrEqual(10_000)
  expect(left).toBeGreaterThan(0)
  expect(greeting).toBe('hello')
})

it('hands over a body that is no text as base64', async () => {
  const { url } = await serve(answering('[event.body, event.isBase64Encoded]'))

  const response = await fetch(`${url}/thing`, { method: 'POST', body: Buffer.from([255, 0, 1]) })

  expect(await response.json()).toEqual(['/wAB', true])
})

it('takes whatever else a function returns as the JSON body', async () => {
  const { url } = await serve('export const handler = async () => ({ all: "well" })')

  const response = await fetch(`${url}/thing`)

  expect(response.status).toBe(200)
  expect(await response.json()).toEqual({ all: 'well' })
})

it('answers 500 for a function that throws, and says to the developer what it threw', async () => {
  const { url, failures } = await serve(
    'export const handler = async () => { throw new Error("out of tea") }',
  )

  const response = await fetch(`${url}/thing`)

  expect(response.status).toBe(500)
  expect(await response.json()).toEqual({ message: 'Internal Server Error' })
  expect(failures).toMatchObject([{ reason: 'threw' }])
  expect(failures[0]?.detail).toContain('out of tea')
})

it('answers 500 for a function whose process dies, and starts another one', async () => {
  const { url, failures } = await serve(
    'export const handler = async (event: any) => event.rawPath === "/thing/die" ? process.exit(3) : "alive"',
  )

  expect((await fetch(`${url}/thing/die`)).status).toBe(500)
  expect(failures[0]?.detail).toContain('exit code 3')
  expect(await (await fetch(`${url}/thing`)).json()).toBe('alive')
})

it('kills a function whose time is over, even one that never yields, and answers 503', async () => {
  const { url, failures } = await serve(
    'export const handler = async (event: any) => { if (event.rawPath === "/thing/loop") for (;;); return process.pid }',
    2_000,
  )
  const pid = Number(await (await fetch(`${url}/thing`)).text())

  const response = await fetch(`${url}/thing/loop`)

  expect(response.status).toBe(503)
  expect(await response.json()).toEqual({ message: 'Service Unavailable' })
  expect(failures).toMatchObject([{ reason: 'timed-out' }])
  expect(() => process.kill(pid, 0)).toThrow()
})

it('runs one invocation at a time in each process, overlapping ones in others, and uses them again', async () => {
  const { url } = await serve(
    `let running = 0
     export const handler = async () => {
       const others = running++
       await new Promise((resolve) => setTimeout(resolve, 100))
       running--
       return [process.pid, others]
     }`,
  )

  const answers: unknown[] = await Promise.all(
    Array.from({ length: 6 }, async () => (await fetch(`${url}/thing`)).json()),
  )

  const pairs = answers as [number, number][]
  expect(pairs.every(([, others]) => others === 0)).toBe(true)
  expect(new Set(pairs.map(([pid]) => pid)).size).toBeLessThanOrEqual(3)
})

it('runs the changed function after a renewal', async () => {
  const { url, pool, change } = await serve(answering('"old"'))
  expect(await (await fetch(`${url}/thing`)).json()).toBe('old')

  await change(answering('"new"'))
  pool.renew()

  expect(await (await fetch(`${url}/thing`)).json()).toBe('new')
})

it('says what a function that does not load complained of', async () => {
  const { pool } = await serve('throw new Error("CHAT_SDK_APP_ID is missing")')

  expect(await pool.warmUp()).toEqual({
    ok: false,
    error: { reason: 'unusable', detail: 'CHAT_SDK_APP_ID is missing (thing.ts:1:7)' },
  })
})

it('passes on what a function prints', async () => {
  const { pool, printed } = await serve(
    'export const handler = async () => { console.log("one"); console.error("two") }',
  )

  await pool.invoke({})

  await expect.poll(() => [...printed].sort()).toEqual(['one', 'two'])
})
