import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { readServiceFile } from '../../../local/stack/service-file.ts'
import { startStack } from '../../../local/stack/start-stack.ts'

const project = fileURLToPath(new URL('../../..', import.meta.url))
const endings: (() => unknown)[] = []
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end()
})

/** The project with one handler, which shows what it was given, in place of all its own. */
const showingService = async (change: (yml: string) => string = (yml) => yml) => {
  const directory = await mkdtemp(join(tmpdir(), 'service-'))
  endings.push(() => rm(directory, { recursive: true }))
  const yml = await readFile(join(project, 'serverless.yml'), 'utf8')
  await writeFile(
    join(directory, 'serverless.yml'),
    change(yml).replace(/handler: handlers\/\w+\.handler/g, 'handler: handlers/show.handler'),
  )
  await mkdir(join(directory, 'handlers'))
  await mkdir(join(directory, 'lib'))
  await writeFile(
    join(directory, 'handlers', 'show.ts'),
    `import { appendFileSync } from 'node:fs'
     export const handler = async (event: any, context: any) => {
       const shown = { env: process.env, event, left: context.getRemainingTimeInMillis() }
       if (event.Records) appendFileSync(${JSON.stringify(join(directory, 'batches'))}, JSON.stringify(shown) + '\\n')
       return event.Records
         ? { batchItemFailures: event.Records.filter((one: any) => one.body === 'again').map((one: any) => ({ itemIdentifier: one.messageId })) }
         : shown
     }`,
  )
  const stack = await startStack(directory, { port: 0, verbose: false, live: false, env: {} })
  endings.push(stack.close)
  const ask = async (method: string, path: string, body?: string) => {
    const json = { body: body ?? '', headers: { 'content-type': 'application/json' } }
    const response = await fetch(stack.url + path, {
      method,
      ...(body === undefined ? {} : json),
    })
    return { status: response.status, body: (await response.json()) as Shown }
  }
  return { directory, stack, ask }
}

interface Shown {
  readonly env: Readonly<Record<string, string>>
  readonly event: { readonly routeKey: string }
  readonly left: number
  readonly message?: string
}

/** What the stack sets itself, through the `${env:…}` of the file. */
const ownWords = new Set([
  'CHAT_SDK_APP_ID',
  'CHAT_ENDPOINT',
  'REPLY_SOURCE',
  'OPENAI_BASE_URL',
  'OPENAI_MODEL',
])

const samplePath = (path: string): string =>
  path.replace('{proxy+}', 'a/b').replace(/\{\w+\}/g, 'a')

describe('the local stack', () => {
  it('serves every route of serverless.yml, with every variable and the time-out that stand there', async () => {
    const { directory, ask } = await showingService()
    const file = join(directory, 'serverless.yml')
    const read = readServiceFile(file, { env: {}, opt: { stage: 'local' } })
    const routes = Object.values(read.functions).flatMap((entry) =>
      entry.events.flatMap((event) => ('httpApi' in event ? [{ entry, ...event.httpApi }] : [])),
    )

    for (const { entry, method, path } of routes) {
      const { status, body } = await ask(method === 'ANY' ? 'GET' : method, samplePath(path))

      expect(status).toBe(200)
      expect(body.event.routeKey).toBe(`${method} ${path}`)
      expect(body.left).toBeLessThanOrEqual(entry.timeout * 1000)
      expect(body.left).toBeGreaterThan(entry.timeout * 1000 - 1000)
      const variables = Object.entries({ ...read.provider.environment, ...entry.environment })
      expect(Object.keys(body.env)).toEqual(expect.arrayContaining(variables.map(([name]) => name)))
      const told = variables.filter(
        ([name, value]) => typeof value === 'string' && !ownWords.has(name),
      )
      expect(body.env).toMatchObject(Object.fromEntries(told))
    }
    expect(routes.length).toBeGreaterThan(2)
  })

  it('reads the same routes and names as anybody who reads the file', async () => {
    const yml = await readFile(join(project, 'serverless.yml'), 'utf8')
    const plain = parse(yml, { logLevel: 'silent', merge: true })
    const read = readServiceFile(join(project, 'serverless.yml'), { env: {}, opt: {} })

    expect(Object.keys(read.functions)).toEqual(Object.keys(plain.functions))
    for (const [name, entry] of Object.entries(read.functions)) {
      const wanted = plain.functions[name]
      expect(entry.handler).toBe(wanted.handler)
      expect(entry.events).toHaveLength(wanted.events.length)
      expect(Object.keys(entry.environment)).toEqual(Object.keys(wanted.environment ?? {}))
    }
  })

  it('follows a new route and a new variable without being told', async () => {
    const { ask } = await showingService((yml) =>
      yml
        .replace('httpApi: "ANY /replies"', 'httpApi: "DELETE /brand/{new}"')
        .replace(/^ {2}environment:$/m, "  environment:\n    BRAND_NEW: ${env:BRAND_NEW, 'yes'}"),
    )

    const { body } = await ask('DELETE', '/brand/thing')

    expect(body.event.routeKey).toBe('DELETE /brand/{new}')
    expect(body.env['BRAND_NEW']).toBe('yes')
  })

  it('answers 404 as the gateway does where there is no route', async () => {
    const { ask } = await showingService()

    expect(await ask('POST', '/nothing')).toEqual({ status: 404, body: { message: 'Not Found' } })
  })

  it.each(['{', 'null', '["text"]', ''])(
    'tells a page that it sent no object of JSON: %j',
    async (body) => {
      const { ask } = await showingService()

      expect(await ask('POST', '/local/messages', body)).toMatchObject({ status: 400 })
      expect(await ask('POST', '/local/messages', '{}')).toMatchObject({ status: 400 })
    },
  )

  it('runs a handler as it was saved last, without being started again', async () => {
    const { directory, ask } = await showingService()
    expect((await ask('GET', '/replies')).body.event.routeKey).toBe('ANY /replies')

    await writeFile(
      join(directory, 'handlers', 'show.ts'),
      'export const handler = async () => ({ event: { routeKey: "changed" } })',
    )

    const routeKey = async () => (await ask('GET', '/replies')).body.event.routeKey
    await expect.poll(routeKey, { timeout: 10_000 }).toBe('changed')
  })

  it('hands what is in the queue to the worker, and only what it reports comes again', async () => {
    const { directory, ask } = await showingService((yml) =>
      yml.replace(/VisibilityTimeout: \d+/, 'VisibilityTimeout: 1'),
    )
    const { env } = (await ask('GET', '/replies')).body
    const send = async (body: string, group: string): Promise<void> => {
      await fetch(env['AWS_ENDPOINT_URL_SQS'] ?? '', {
        method: 'POST',
        headers: {
          'content-type': 'application/x-amz-json-1.0',
          'x-amz-target': 'AmazonSQS.SendMessage',
        },
        body: JSON.stringify({
          QueueUrl: env['REPLIES_QUEUE_URL'],
          MessageBody: body,
          MessageGroupId: group,
          MessageDeduplicationId: body + group,
        }),
      })
    }
    const received = async (): Promise<readonly string[]> => {
      const text = await readFile(join(directory, 'batches'), 'utf8').catch(() => '')
      const batches = text.split('\n').filter(Boolean)
      return batches.flatMap((line) => JSON.parse(line).event.Records.map(bodyOf))
    }

    await send('once', 'a')
    await send('again', 'b')

    const times = async (body: string) => (await received()).filter((one) => one === body).length
    await expect.poll(() => times('again'), { timeout: 10_000 }).toBeGreaterThanOrEqual(3)
    expect(await times('once')).toBe(1)
  })
})

const bodyOf = ({ body }: { readonly body: string }): string => body
