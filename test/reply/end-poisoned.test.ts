import { describe, expect, it } from 'vitest'
import { unsentMessage, unsentProgress, withChunk } from '../../lib/core/reply/message.ts'
import type { Progress, ReplyId } from '../../lib/core/reply/reply.ts'
import { endPoisoned } from '../../lib/reply/end-poisoned.ts'
import type { FaultPlan } from '../../local/simulator/faults.ts'
import { conversation, deliveryWorld, settings } from '../support/delivery-world.ts'
import { never } from '../support/unhurried.ts'

type World = ReturnType<typeof deliveryWorld>

const replyId = 'reply-1' as ReplyId
const { failed } = settings.notices

/** A message of the reply as an attempt left it. */
const open = async (world: World, text: string, finish = false): Promise<Progress> => {
  const sent = await world.run(world.deps.chatApi.sendChunk({ ...conversation, text, finish }))
  if (!sent.ok) throw new Error('the simulator took no chunk')
  const { msgKey } = sent.value
  const message = withChunk(unsentMessage(), text, msgKey)
  const sentChars = text.length
  return { ...unsentProgress(world.clock.now()), msgKeys: [msgKey], message, sentChars }
}

const end = async (world: World, progress: Progress, closings = 1) => {
  const nowMs = world.clock.now()
  const { record } = await world.deps.store.begin(
    { replyId, kind: 'whole', conversation, createdAtMs: nowMs, progress, piecewise: false },
    nowMs + settings.leaseMs,
  )
  const callsBefore = world.service.calls.length
  const receipt = await world.run(endPoisoned(world.deps, settings, record, closings, never))
  const calls = world.service.calls.slice(callsBefore).map(({ command }) => command)
  return { receipt, calls, record: await world.deps.store.read(replyId) }
}

const shown = (world: World) => world.shown().map(({ text, finished }) => ({ text, finished }))

describe('the message of a poisoned reply', () => {
  it('is closed by a notice behind what is shown', async () => {
    const world = deliveryWorld()
    const progress = await open(world, 'Hello')

    const { calls, record } = await end(world, progress)

    expect(shown(world)).toEqual([{ text: `Hello\n\n${failed}`, finished: true }])
    expect(calls).toEqual(['admin_getroammsg', 'send_stream_msg'])
    expect(record).toMatchObject({ status: 'failed', failure: { reason: 'poisoned' }, progress })
  })

  it('has a fence closed before the notice', async () => {
    const world = deliveryWorld()
    const progress = await open(world, '```js\nlet x')

    await end(world, progress)

    expect(shown(world)).toEqual([{ text: `\`\`\`js\nlet x\n\`\`\`\n\n${failed}`, finished: true }])
  })

  it('is left as it is where it was closed before', async () => {
    const world = deliveryWorld()
    const progress = await open(world, 'Hello', true)

    const { calls } = await end(world, progress)

    expect(calls).toEqual(['admin_getroammsg'])
    expect(shown(world)).toEqual([{ text: 'Hello', finished: true }])
  })

  it('is overwritten with what it shows where it takes no more', async () => {
    const full: FaultPlan = ({ command, index }) =>
      command === 'send_stream_msg' && index > 0 ? { kind: 'code', code: 80_002 } : undefined
    const world = deliveryWorld({ faults: full })
    const progress = await open(world, 'Hello')

    const { calls, record } = await end(world, progress)

    expect(calls).toEqual([
      'admin_getroammsg',
      'send_stream_msg',
      'admin_getroammsg',
      'modify_c2c_msg',
    ])
    expect(shown(world)).toEqual([{ text: 'Hello', finished: true }])
    expect(record?.status).toBe('failed')
  })

  it('is not closed twice where the answer to the notice is lost', async () => {
    const lost: FaultPlan = ({ command, index }) =>
      command === 'send_stream_msg' && index > 0 ? { kind: 'dropAfter' } : undefined
    const world = deliveryWorld({ faults: lost })
    const progress = await open(world, 'Hello')

    const { calls } = await end(world, progress)

    expect(calls).toEqual(['admin_getroammsg', 'send_stream_msg', 'admin_getroammsg'])
    expect(shown(world)).toEqual([{ text: `Hello\n\n${failed}`, finished: true }])
  })

  it('is the notice alone where nothing was ever shown', async () => {
    const world = deliveryWorld()

    const { record } = await end(world, unsentProgress(world.clock.now()))

    expect(shown(world)).toEqual([{ text: failed, finished: true }])
    const [message] = world.shown()
    expect(record?.progress.msgKeys).toEqual([message?.msgKey])
  })

  it('is tried to be closed again later while the service is out of reach, but not for ever', async () => {
    const away: FaultPlan = ({ index, command }) =>
      command !== 'send_stream_msg' || index > 0 ? { kind: 'notSent' } : undefined
    const world = deliveryWorld({ faults: away })
    const progress = await open(world, 'Hello')

    const early = await end(world, progress, 9)
    const late = await end(world, progress, 10)

    expect(early).toMatchObject({ receipt: { how: 'unreachable' }, record: { status: 'open' } })
    expect(late).toMatchObject({ receipt: { how: 'ended' }, record: { status: 'failed' } })
  })

  it('needs no whole record: what is missing is made up', async () => {
    const world = deliveryWorld()
    const broken = JSON.parse('{"sentChars":5}') as Progress

    const { record } = await end(world, broken)

    expect(shown(world)).toEqual([{ text: failed, finished: true }])
    expect(record?.progress).toMatchObject({ sentChars: 5, calls: 0, sentSeq: -1 })
  })
})
