import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../../lib/adapters/runtime/system-clock.ts'
import { chatRules } from '../../../local/simulator/rules.ts'
import { startSimulator } from '../../../local/simulator/server.ts'
import { simulatedService } from '../../../local/simulator/service.ts'
import { userSigCheck } from '../../../local/simulator/user-sig-check.ts'
import { type StackProcess, startStackProcess } from '../../support/stack-process.ts'

const started: StackProcess[] = []
afterEach(async () => {
  for (const one of started.splice(0)) await one.stop()
})
const start = (...how: Parameters<typeof startStackProcess>): StackProcess => {
  const one = startStackProcess(...how)
  started.push(one)
  return one
}

/** Process ids of all that descends from a process, as Linux tells. */
const descendants = (pid: number): readonly number[] => {
  const pairs = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => [Number(name), parentOf(name)] as const)
  const below = (parent: number): readonly number[] =>
    pairs.flatMap(([one, itsParent]) => (itsParent === parent ? [one, ...below(one)] : []))
  return below(pid)
}

/** The second field behind the name in parentheses; a process may be gone meanwhile. */
const parentOf = (pid: string): number | undefined => {
  try {
    const status = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return Number(status.slice(status.lastIndexOf(')') + 2).split(' ')[1])
  } catch {
    return undefined
  }
}

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

describe('npm start', () => {
  it('says what is ready and where, and how long it took', async ({ annotate }) => {
    const stack = start()

    const { url, seconds } = await stack.ready

    expect((await fetch(url)).status).toBe(200)
    for (const part of ['chat', 'table', 'queue', 'replies', 'webhook', 'page']) {
      expect(stack.output()).toMatch(new RegExp(`^ {2}${part} +http://127\\.0\\.0\\.1:\\d+`, 'm'))
    }
    await annotate(`ready after ${seconds} s`)
  })

  it('lives on after a path that makes no sense, and answers 404', async () => {
    const stack = start()
    const { url } = await stack.ready

    for (const path of ['//', '//[', '/%', '/\\..//']) {
      const asked = request({ host: '127.0.0.1', port: new URL(url).port, path }).end()
      const [answer] = (await once(asked, 'response')) as [IncomingMessage]
      answer.resume()
      expect(answer.statusCode, path).toBe(404)
    }

    expect((await fetch(url)).status).toBe(200)
  })

  it.runIf(existsSync('/proc'))(
    'leaves no process when it is interrupted, in the middle of a reply too',
    async () => {
      const stack = start()
      const { url } = await stack.ready
      await fetch(`${url}/local/messages`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"text":"hello"}',
      })
      const children = descendants(stack.pid)
      expect(children.length).toBeGreaterThanOrEqual(4)

      stack.interrupt()

      expect(await stack.ended).toBe(0)
      await expect.poll(() => children.filter(isAlive)).toEqual([])
    },
  )

  it('says what to do when its port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as AddressInfo

    const stack = start({ PORT: String(port) })

    await expect(stack.ready).rejects.toThrow(
      `port ${port} is taken: stop what uses it or set PORT=3000`,
    )
    expect(await stack.ended).toBe(1)
    other.close()
  })

  it('names an option that it does not know, and shows those that it does', async () => {
    const stack = start({}, ['--loud'])

    await expect(stack.ready).rejects.toThrow(
      /Unknown option '--loud'[\s\S]*npm start -- --verbose/,
    )
    expect(await stack.ended).toBe(1)
  })

  it('names the variables that are missing for the real service', async () => {
    const stack = start({ CHAT_SDK_APP_ID: '1400000000' })

    await expect(stack.ready).rejects.toThrow('CHAT_SECRET_KEY and CHAT_CALLBACK_TOKEN are missing')
  })

  it('passes on what a function finds wrong with its environment', async () => {
    const stack = start({ REPLY_SOURCE: 'openai' })

    await expect(stack.ready).rejects.toThrow(
      "OPENAI_MODEL is missing: the model's name, for REPLY_SOURCE=openai",
    )
    expect(await stack.ended).toBe(1)
  })

  it.each([
    [
      { REPLY_SOURCE: 'deepseek' },
      /did you mean `openai` with OPENAI_BASE_URL=https:\/\/api\.deepseek\.com\? See docs\/models\.md/,
    ],
    [{ REPLY_SOURCE: 'mine' }, /A source of your own is one file in lib\/adapters\/sources/],
    [
      { REPLY_SOURCE: 'http', REPLY_SOURCE_URL: 'https://a.example' },
      /REPLIES_WEBHOOK_SECRET is missing/,
    ],
  ])('refuses %j, and says what to do', async (env, sentence) => {
    const stack = start(env)

    await expect(stack.ready).rejects.toThrow(sentence)
    expect(await stack.ended).toBe(1)
  })

  it('reads the file .env of the folder it runs in, after the variables of the shell', async () => {
    const cwd = await mkdtemp(join(tmpdir(), 'dotenv-'))
    await writeFile(join(cwd, '.env'), 'REPLY_SOURCE=openai\nMIN_GAP_MS=soon\nHISTORY_TURNS=many\n')

    const stack = start({ MIN_GAP_MS: '100' }, [], { cwd })

    await expect(stack.ready).rejects.toThrow(/HISTORY_TURNS must be[\s\S]*OPENAI_MODEL is missing/)
    expect(stack.output()).not.toContain('MIN_GAP_MS')
    await rm(cwd, { recursive: true })
  })
})

describe('npm start with the credentials of a real application', () => {
  /** The real service is played by a simulator that the stack did not start. */
  const realApplication = async (secretKey: string) => {
    const server = await startSimulator(
      simulatedService({
        rules: chatRules(),
        clock: systemClock,
        userSig: userSigCheck({
          sdkAppId: 1_400_000_001,
          admins: ['administrator'],
          secretKey: () => secretKey,
        }),
      }),
    )
    return {
      close: server.close,
      env: {
        CHAT_SDK_APP_ID: '1400000001',
        CHAT_CALLBACK_TOKEN: 'callback-token',
        CHAT_ENDPOINT: server.url,
      },
    }
  }

  it('starts no simulator, and tells where callbacks must be led', async () => {
    const { env, close } = await realApplication('the-key')
    const stack = start({ ...env, CHAT_SECRET_KEY: 'the-key' })

    const { url } = await stack.ready

    expect(stack.output()).toContain('Tencent Chat itself; the application has no bot yet')
    expect(stack.output()).toContain(`${url}/webhooks/chat`)
    expect(stack.output()).not.toContain('the-key')
    await close()
  })

  it('says what to look at when the key is wrong', async () => {
    const { env, close } = await realApplication('the-key')
    const stack = start({ ...env, CHAT_SECRET_KEY: 'another-key' })

    await expect(stack.ready).rejects.toThrow(
      /does not work with these settings[\s\S]*CHAT_SECRET_KEY/,
    )
    expect(await stack.ended).toBe(1)
    expect(stack.output()).not.toContain('another-key')
    await close()
  })
})
