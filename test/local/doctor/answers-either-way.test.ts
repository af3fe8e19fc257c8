import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { isHealthy } from '../../../local/doctor/finding.ts'
import { MESSAGES } from '../../../local/doctor/observe.ts'
import { type Fault, faultAt } from '../../../local/simulator/faults.ts'
import type { ChatSettings } from '../../../local/simulator/settings.ts'
import { askSimulator } from '../../support/doctor-world.ts'
import { refusals, survivableFaults } from '../../support/faults.ts'

describe('the service as it is documented', () => {
  it('answers every question, and needs no other settings', async () => {
    const { findings, settings, messages, open } = await askSimulator()

    expect(
      findings.map(({ id, verdict, heard }) => `${verdict} ${id}: ${heard}`),
    ).toMatchInlineSnapshot(`
      [
        "right read-back: while open: shown, open; when finished: shown, finished",
        "right elements: each call is one element",
        "right marker: chatbotPlugin 2",
        "right key-time: The MsgKey stays. The message keeps the time of its first chunk.",
        "right empty-chunk: ErrorCode 10004 (send_stream_msg: Chunk is empty.)",
        "right after-finish: ErrorCode 90054 (It is finished.)",
        "right repeated-call: OK; its text is shown twice",
        "right modify: OK, and it is shown so",
        "right size: 12224 bytes were taken, 12480 were not: ErrorCode 80002 (The message would have 12469 of 12288 bytes.); afterwards the message takes a short chunk",
        "right closed: All are closed.",
      ]
    `)
    expect(settings).toEqual({ IN_DOUBT: 'verify', MESSAGE_BYTES: '11264' })
    expect([messages.length, open]).toEqual([MESSAGES, []])
  })

  it('tells a tester what each message is', async () => {
    const { messages } = await askSimulator()

    expect(messages.map(({ text }) => text.slice(0, 60))).toMatchInlineSnapshot(`
      [
        "Doctor, message 1 of 6: how a growing message is stored. Mor",
        "Doctor, message 2 of 6: an empty chunk with Finish.  (end)",
        "Doctor, message 3 of 6: a chunk after Finish. The end.",
        "Doctor, message 4 of 6: the same call twice. This was sent t",
        "Doctor, message 5 of 6: overwriting a streamed message. This",
        "Doctor, message 6 of 6: the greatest size of a message. A li",
      ]
    `)
  })
})

type Case = readonly [rules: Partial<ChatSettings>, id: string, heard: string]

const cases: readonly Case[] = [
  [{ emptyChunk: 'accepted' }, 'empty-chunk', 'OK, and the message is closed'],
  [{ emptyChunk: 'ignored' }, 'empty-chunk', 'OK, but the message stays open'],
  [{ emptyChunk: 'ignored', readBack: 'refused' }, 'empty-chunk', 'OK, but the message stays open'],
  [{ emptyChunk: 'accepted', readBack: 'refused' }, 'empty-chunk', 'OK, and the message is closed'],
  [
    { emptyChunk: 'accepted', readBack: 'refused', afterFinish: 'ignored' },
    'empty-chunk',
    'OK, whether the message was closed cannot be seen',
  ],
  [{ afterFinishCode: 10004 }, 'after-finish', 'ErrorCode 10004 (It is finished.)'],
  [{ afterFinish: 'ignored' }, 'after-finish', 'OK, but the chunk was dropped'],
  [{ afterFinish: 'appended' }, 'after-finish', 'OK, and the chunk was appended'],
  [{ storedChunks: 'joined' }, 'elements', 'all calls are joined into one element'],
  [{ chatbotPlugin: 1 }, 'marker', 'chatbotPlugin 1'],
  [
    { acceptModify: false, modifyCode: 20022 },
    'modify',
    'ErrorCode 20022 (A streamed message cannot be modified.)',
  ],
  [
    { readBackTime: 'changed' },
    'key-time',
    'The MsgKey stays. The message moves to the time of its newest chunk.',
  ],
]

test.each(cases)('%j is found out by the question %s', async (rules, id, heard) => {
  const { finding, open } = await askSimulator({ rules })

  expect(finding(id)).toMatchObject({ verdict: 'right', heard })
  expect(open).toEqual([])
})

const unreadable: readonly (readonly [Partial<ChatSettings>, string])[] = [
  [{ readBack: 'finishedOnly' }, 'while open: not shown; when finished: shown, finished'],
  [{ readBack: 'nothing' }, 'while open: not shown; when finished: not shown'],
  [
    { readBack: 'refused' },
    'while open: not readable, ErrorCode 60020 (The plan does not include this.); when finished: not readable, ErrorCode 60020 (The plan does not include this.)',
  ],
  [{ readBackTime: 'changed' }, 'while open: shown, open; when finished: shown, finished'],
]

test.each(unreadable)(
  'where messages are read back as %j, IN_DOUBT must not be verify',
  async (rules, heard) => {
    const before = await askSimulator({ rules })
    const resend = await askSimulator({ rules, settings: { inDoubt: 'resend' } })
    const skip = await askSimulator({ rules, settings: { inDoubt: 'skip' } })

    expect(before.finding('read-back')).toMatchObject({ verdict: 'wrong', heard })
    expect(before.settings['IN_DOUBT']).toBe('resend')
    expect(resend.finding('read-back')?.verdict).toBe('right')
    expect(skip.finding('read-back')?.verdict).toBe('right')
    expect([resend.settings['IN_DOUBT'], skip.settings['IN_DOUBT']]).toEqual(['resend', 'skip'])
  },
)

const sizes: readonly (readonly [Partial<ChatSettings>, string, string])[] = [
  [{}, '11264', 'right'],
  [{ tooLongCode: 93000 }, '11264', 'right'],
  [{ tooLongEnds: true }, '11264', 'right'],
  // What the program does not know for "too long", or cannot get over, it must stay well below.
  [{ tooLongCode: 10004 }, '10240', 'wrong'],
  [{ tooLongEnds: true, acceptModify: false }, '10240', 'wrong'],
  [{ messageBytes: 8_192 }, '7168', 'wrong'],
  [{ messageBytes: 2_100 }, '2048', 'wrong'],
  [{ messageBytes: 12_000 }, '11008', 'wrong'],
  [{ messageBytes: 65_536 }, '11264', 'right'],
]

test.each(sizes)('with %j the size to use is %s', async (rules, bytes, verdict) => {
  const { settings, finding } = await askSimulator({ rules })

  expect(settings['MESSAGE_BYTES']).toBe(bytes)
  expect(finding('size')?.verdict).toBe(verdict)
})

test('a smaller size that was chosen stays', async () => {
  const { settings, findings } = await askSimulator({ settings: { messageBytes: 4_096 } })

  expect(settings['MESSAGE_BYTES']).toBe('4096')
  expect(isHealthy({ findings, settings: [] })).toBe(true)
})

test('a message that the service does not let us close is named', async () => {
  const rules = { tooLongEnds: true, acceptModify: false } as const
  const { leftOpen, open, finding, messages } = await askSimulator({ rules })

  expect(leftOpen).toEqual(open)
  expect(leftOpen).toHaveLength(1)
  expect(finding('closed')).toMatchObject({
    verdict: 'wrong',
    heard: expect.stringContaining(open[0] ?? ''),
  })
  expect(messages.at(-1)).toMatchObject({ text: 'The end.', finished: true })
})

test('a user or bot that the service does not know stops the questions, with what to do', async () => {
  const { findings, messages } = await askSimulator({ rules: { requireRobots: true } })

  expect(findings).toMatchObject([
    {
      id: 'probes',
      verdict: 'wrong',
      heard: 'ErrorCode 70107 (@RBT#bot is not a robot of this application.)',
      mend: expect.stringContaining('create the robot and import the user first'),
    },
    { id: 'closed', verdict: 'right' },
  ])
  expect(messages).toEqual([])
})

const either: fc.Arbitrary<Partial<ChatSettings>> = fc.record({
  emptyChunk: fc.constantFrom('accepted', 'refused', 'ignored'),
  afterFinish: fc.constantFrom('refused', 'ignored', 'appended'),
  afterFinishCode: fc.constantFrom(90054, 10004),
  tooLongCode: fc.constantFrom(80002, 93000, 10004),
  tooLongEnds: fc.boolean(),
  storedChunks: fc.constantFrom('apart', 'joined'),
  chatbotPlugin: fc.constantFrom(1, 2),
  readBack: fc.constantFrom('all', 'finishedOnly', 'nothing', 'refused'),
  readBackTime: fc.constantFrom('opened', 'changed'),
  acceptModify: fc.boolean(),
})

test('however the service answers, the settings that follow are right and healthy, and no message is left open unnamed', async () => {
  await fc.assert(
    fc.asyncProperty(either, async (rules) => {
      const { settings, open, leftOpen } = await askSimulator({ rules })

      const readable = rules.readBack === 'all' && rules.readBackTime === 'opened'
      expect(settings['IN_DOUBT']).toBe(readable ? 'verify' : 'resend')
      expect(leftOpen).toEqual(expect.arrayContaining(open))

      const inDoubt = readable ? 'verify' : 'resend'
      const messageBytes = Number(settings['MESSAGE_BYTES'])
      const again = await askSimulator({ rules, settings: { inDoubt, messageBytes } })
      const wrong = again.findings.filter(({ verdict }) => verdict === 'wrong')
      expect(wrong.map(({ id }) => id)).toEqual(open.length > 0 ? ['closed'] : [])
    }),
    { numRuns: 150 },
  )
})

/** What the doctor finds when one of these faults befalls one call, for each call that it makes. */
const withEach = async function* (faults: readonly Fault[]) {
  const { callsOf } = await askSimulator()
  for (const fault of faults) {
    for (const command of ['send_stream_msg', 'admin_getroammsg', 'modify_c2c_msg']) {
      for (let index = 0; index < callsOf(command); index += 1) {
        const asked = await askSimulator({ faults: faultAt(command, index, fault) })
        yield { ...asked, where: `${JSON.stringify(fault)} at ${command} ${index}` }
      }
    }
  }
}

test('whatever fails at any call, every message is closed or named', async () => {
  for await (const { open, leftOpen, where } of withEach([...survivableFaults, ...refusals])) {
    expect(leftOpen, where).toEqual(expect.arrayContaining(open))
  }
})

test('an answer that is lost leaves its question open, and recommends nothing', async () => {
  const faults = faultAt('send_stream_msg', 1, { kind: 'dropBefore' })

  const { finding, settings } = await askSimulator({ faults })

  expect(finding('unanswered')).toMatchObject({
    verdict: 'unknown',
    title: 'Not found out: how a growing message is stored',
  })
  expect(finding('read-back')).toBeUndefined()
  expect(Object.keys(settings)).toEqual(['MESSAGE_BYTES'])
})

test('no single fault of the network makes the doctor say something wrong', async () => {
  const { findings } = await askSimulator()
  const truth = new Map(findings.map(({ id, heard }) => [id, heard]))
  const network = survivableFaults.filter(({ kind }) => kind !== 'code')

  for await (const asked of withEach(network)) {
    const told = asked.findings.filter(({ id, verdict }) => {
      // These say what became of this visit, and not how the service behaves.
      return verdict !== 'unknown' && id !== 'probes' && id !== 'closed'
    })
    for (const { id, heard } of told) expect(heard, `${id}: ${asked.where}`).toBe(truth.get(id))
    expect(['verify', undefined], asked.where).toContain(asked.settings['IN_DOUBT'])
    expect(['11264', undefined], asked.where).toContain(asked.settings['MESSAGE_BYTES'])
  }
})

test('somebody who stops the doctor at any call finds every message closed', async () => {
  const { calls } = await askSimulator()

  for (let stopAfterCalls = 0; stopAfterCalls < calls; stopAfterCalls += 1) {
    const { open, leftOpen } = await askSimulator({ stopAfterCalls })
    expect([open, leftOpen]).toEqual([[], []])
  }
})
