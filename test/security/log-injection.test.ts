import { describe, expect, it } from 'vitest'
import { structuredLog } from '../../lib/adapters/runtime/structured-log.ts'
import { callbackQuery, messageBody, msgKey } from '../support/callbacks.ts'
import { captureOutput } from '../support/captured-output.ts'
import { bot, repliesWorlds, user } from '../support/replies-world.ts'
import { webhookWorlds } from '../support/webhook-world.ts'

/** Stands in every hostile text, so that it can be found wherever it goes. */
const mark = 'intruder'

const hostile: Readonly<Record<string, string>> = {
  'a line of its own': `${mark}\n{"level":"INFO","message":"turn-answered"}\r\n`,
  'the end of a JSON string': `${mark}","message":"forged","x":"\\`,
  'commands for a terminal': `${mark}\u001b[2J\u001b]0;x\u0007\u009b31m\u0000`,
  'half a character': `${mark}\ud83d`,
  'separators of lines': `${mark}\u2028\u2029\u0085`,
}

/** Each line is one JSON object, without a character that a terminal takes for more than text. */
const expectPlainLines = (lines: readonly string[]): void => {
  for (const line of lines) {
    expect(JSON.parse(line)).toMatchObject({ message: expect.any(String) })
    expect(line).not.toMatch(/\p{Cc}/u)
  }
}

describe('a callback that carries', () => {
  const startWorld = webhookWorlds()

  it.each(Object.entries(hostile))('%s shows none of it in the log', async (_name, text) => {
    const world = await startWorld()
    const bodies = [
      { MsgBody: [{ MsgType: 'TIMTextElem', MsgContent: { Text: text } }] },
      { From_Account: text },
      { To_Account: `@RBT#${text}` },
      { MsgKey: `${msgKey}${text}` },
      { CloudCustomData: text, MsgKey: '1_2_3' },
      { [text]: text, MsgBody: [{ [text]: text }] },
      { MsgBody: [{ MsgType: text, MsgContent: text }] },
    ]

    for (const changes of bodies) await world.call({ body: messageBody(changes) })
    await world.call({ body: text })
    const fields = Object.keys(callbackQuery()).filter((name) => name !== 'CallbackCommand')
    for (const name of fields) await world.call({ query: { [name]: text } })

    const lines = world.log().map((line) => JSON.stringify(line))
    expect(lines).toHaveLength(bodies.length + 1 + fields.length)
    expectPlainLines(lines)
    expect(lines.filter((line) => line.includes(mark))).toEqual([])
  })

  it('an unknown command shows its name without any sign but letters, digits, _ and .', async () => {
    const world = await startWorld()
    const CallbackCommand = 'Ev\n"il\u001b.Command'

    await world.call({ query: { CallbackCommand } })

    expect(world.log()).toMatchObject([{ message: 'unknown-callback', command: 'Ev??il?.Command' }])
  })
})

describe('a request of the replies API that carries', () => {
  const startWorld = repliesWorlds()

  it.each(Object.entries(hostile))('%s shows none of it in the log', async (_name, text) => {
    const world = await startWorld()

    for (const changes of [
      { replyId: text },
      { from: `@RBT#${text}` },
      { to: text },
      { text },
      { [text]: text },
    ]) {
      await world.post({ from: bot, to: user, text: 'hello', ...changes })
    }
    // What can be the name of a reply is shown as one; with a line's end it cannot.
    await world.get(encodeURIComponent(`${text.replace(/\p{Surrogate}/gu, '')}\n`))

    expect(world.log().join('\n')).not.toContain(mark)
    expectPlainLines(world.log().filter((line) => line.includes('"message"')))
  })
})

describe('what Tencent says of a refused reply', () => {
  const info = Object.values(hostile).join(' ')
  const startWorld = repliesWorlds()

  it('is cleaned before it is logged and answered', async () => {
    const signature = `eJx${'a*b-'.repeat(30)}`
    const world = await startWorld({
      faults: () => ({
        kind: 'code',
        code: 10004,
        info: `${info} ?usersig=${signature}&random=1`.replace(/^/, `${signature} `),
      }),
    })

    const answer = await world.post({ from: bot, to: user, text: 'hello' })

    expect(answer.status).toBe(502)
    expect(answer.body['detail']).toContain(mark)
    expect(answer.body['detail']).not.toMatch(/\p{Cc}|eJx/u)
    const refused = world.log().filter((line) => line.includes('"message":"refused"'))
    expect(refused).toHaveLength(1)
    expectPlainLines(refused)
    expect(JSON.parse(refused[0] ?? '')).toMatchObject({ message: 'refused', level: 'WARN' })
  })
})

describe('the log', () => {
  it('writes one line for an event, whatever stands in its fields', () => {
    const output = captureOutput()
    const log = structuredLog('tencent-chat-stream')
    for (const text of Object.values(hostile)) log.warn('event', { error: text, stack: text })
    output.release()

    const lines = output.lines()
    expect(lines).toHaveLength(Object.keys(hostile).length)
    for (const [index, text] of Object.values(hostile).entries()) {
      expect(JSON.parse(lines[index] ?? '')).toMatchObject({ message: 'event', error: text })
    }
  })
})
