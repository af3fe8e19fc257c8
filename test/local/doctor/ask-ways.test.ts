import { expect, test } from 'vitest'
import { tencentChatApi } from '../../../lib/adapters/tencent/tencent-chat-api.ts'
import { tencentWays } from '../../../lib/adapters/tencent/ways.ts'
import { overhear } from '../../../local/doctor/answer.ts'
import { askGroup, askNative } from '../../../local/doctor/ask-ways.ts'
import { readDoctorOptions } from '../../../local/doctor/options.ts'
import { chatRules } from '../../../local/simulator/rules.ts'
import { simulatedService } from '../../../local/simulator/service.ts'
import type { ChatSettings } from '../../../local/simulator/settings.ts'
import { simulatedTransport } from '../../../local/simulator/transport.ts'
import { virtualClock } from '../../support/virtual-clock.ts'

const { byName } = tencentWays()

const ask = async (settings: Partial<ChatSettings>) => {
  const clock = virtualClock()
  const rules = chatRules(settings)
  const service = simulatedService({ rules, clock, latencyMs: 80 })
  const { transport, newest } = overhear(simulatedTransport(service))
  const chatApi = tencentChatApi(transport, { forgetSignature: () => {}, clock })
  const asking = { chatApi, newest, clock, signal: new AbortController().signal }
  const from = '@RBT#bot'
  const native = await clock.run(askNative(asking, byName.native, { from, to: 'alice' }))
  const place = { from, to: '@TGS#group', group: {} }
  const group = await clock.run(askGroup(asking, byName.modify, place))
  const verdicts = [...native, ...group].map(({ id, verdict, heard }) => [id, verdict, heard])
  rules.endSilent(clock.now() + 60_000)
  return { verdicts, open: rules.messages().filter(({ finished }) => !finished) }
}

test('the doctor hears how native streams and groups behave, and leaves nothing open', async () => {
  const { verdicts, open } = await ask({})

  expect(verdicts).toEqual([
    ['native', 'right', 'OK'],
    ['native-repeated', 'unknown', 'ErrorCode 10004 (Index 2 was used before.)'],
    ['native-keep-alive', 'right', 'OK'],
    ['native-silence', 'unknown', 'ErrorCode 90054 (The stream has ended.)'],
    ['native-close', 'right', 'OK'],
    ['group', 'right', 'OK'],
    ['group-repeated', 'right', 'OK'],
    ['group-modify', 'right', 'OK'],
    ['group-read', 'right', 'shown with 40 characters'],
  ])
  expect(open).toEqual([])
})

test('the doctor hears the other answers as well', async () => {
  const { verdicts } = await ask({
    repeatedIndex: 'accepted',
    nativeEmptyChunk: 'refused',
    nativeEmptyLast: 'refused',
    sameNumberMs: 0,
    acceptGroupModify: false,
    readGroup: 'refused',
  })

  expect(Object.fromEntries(verdicts.map(([id, verdict]) => [id, verdict]))).toEqual({
    native: 'right',
    'native-repeated': 'right',
    'native-keep-alive': 'unknown',
    'native-silence': 'unknown',
    'native-close': 'unknown',
    group: 'right',
    'group-repeated': 'unknown',
    'group-modify': 'unknown',
    'group-read': 'unknown',
  })
})

test.each(['absent', 'unnamed'] as const)(
  'native streams that are %s are asked once',
  async (native) => {
    const { verdicts } = await ask({ native })

    expect(verdicts.map(([id, verdict]) => [id, verdict]).slice(0, 2)).toEqual([
      ['native', 'unknown'],
      ['group', 'right'],
    ])
  },
)

test('a group in which the bot may not write is wrong', async () => {
  const { verdicts } = await ask({ groups: {} })

  expect(verdicts.at(-1)).toEqual(['group', 'wrong', 'ErrorCode 10015 (There is no such group.)'])
})

test('the command line names them', () => {
  expect(readDoctorOptions(['--to', 'alice', '--native', '--group', '@TGS#1'])).toMatchObject({
    native: true,
    group: '@TGS#1',
  })
  expect(() => readDoctorOptions(['--native'])).toThrow('--native needs --to USER')
})
