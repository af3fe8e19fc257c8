import { globSync, readFileSync } from 'node:fs'
import { describe, expect, it, vi } from 'vitest'
import { keyPrefixes } from '../../lib/adapters/dynamo/key-prefixes.ts'
import { unsentProgress } from '../../lib/core/reply/message.ts'
import type { ReplyId } from '../../lib/core/reply/reply.ts'
import { functionNames } from '../deployment/template/fixtures.ts'
import { apiToken } from '../support/known-secrets.ts'
import type { RecordedRequest } from '../support/recording-proxy.ts'
import { bot } from '../support/replies-world.ts'
import {
  accessKeyOf,
  allows,
  leadingKeyOf,
  refusedByRoles,
  statementsOf,
} from '../support/role-policy.ts'
import { serviceWorlds } from '../support/service-world.ts'
import { turnWorlds } from '../support/turn-world.ts'

const startService = serviceWorlds()
const startTurns = turnWorlds()

const requestOf = (operation: string, body: RecordedRequest['body']): RecordedRequest => ({
  operation,
  accessKeyId: '',
  body,
})
const get = (pk: string) => requestOf('GetItem', { Key: { pk: { S: pk } } })
const put = (pk: string) => requestOf('PutItem', { Item: { pk: { S: pk } } })
const due = {
  KeyConditionExpression: 'sweep = :open AND sweepAt < :before',
  ExpressionAttributeValues: { ':open': { S: 'open' }, ':before': { N: '1' } },
}

/** A reply as a writer leaves it that died before its first call. */
const orphan = {
  replyId: 'orphan' as ReplyId,
  kind: 'whole',
  conversation: { from: bot, to: 'user4' },
  createdAtMs: Date.now() - 60_000,
  progress: unsentProgress(Date.now() - 60_000),
  piecewise: true,
} as const

/** What each function asked the table for, as `GetItem reply#`. */
const askedBy = (requests: readonly RecordedRequest[]) =>
  Object.fromEntries(
    functionNames.map((name) => {
      const asked = requests
        .filter(({ accessKeyId }) => accessKeyId === accessKeyOf(name))
        .map((request) => `${request.operation} ${leadingKeyOf(request).replace(/#.*/s, '#')}`)
      return [name, [...new Set(asked)].sort()]
    }),
  )

// Each world looks at the end whether the roles allow what was asked; these say that much was asked.
describe('what the functions ask the table for', () => {
  it('in turns with a history and a Stop is what their roles allow', async () => {
    const world = await startTurns({ env: { HISTORY_TURNS: '4' }, model: { speed: 5 } })

    await world.say('user1', 'Hello?')
    await vi.waitFor(
      () => expect(world.shownTo('user1')).toMatchObject([{ finished: true }]),
      25_000,
    )
    await world.pressStop('user1')

    expect(askedBy(world.table.requests)).toMatchObject({
      webhook: ['GetItem msgkey#', 'GetItem reply#', 'UpdateItem reply#', 'UpdateItem user#'],
      worker: expect.arrayContaining([
        'GetItem history#',
        'PutItem history#',
        'UpdateItem msgkey#',
        'PutItem reply#',
        'UpdateItem budget#',
        'UpdateItem reply#',
      ]),
    })
  })

  it('in long replies that are sent, handed over, pushed and swept is what their roles allow', async () => {
    const world = await startService()
    const replies = await world.replies()
    const chunks = ['long text '.repeat(400), 'and its end']
    const text = chunks.join('')
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${apiToken}` }
    const later = { headers: { ...headers, prefer: 'respond-async' } }

    await replies.post({ from: bot, to: 'user1', chunks }, later)
    await world.drain()
    await replies.post({ from: bot, to: 'user2', chunks, replyId: 'sent' })
    await replies.get('sent')
    const chunk = { seq: 0, text: 'Hello', finish: true, from: bot, to: 'user3' }
    await replies.post(chunk, { path: '/replies/pushed/chunks' })
    await world.store.begin({ ...orphan, pieces: chunks }, Date.now() - 1_000)
    const sweep = await world.sweeper()
    await sweep()

    for (const user of ['user1', 'user2', 'user4']) world.expectShown(user, text)
    world.expectShown('user3', 'Hello')
    const writing = [
      'GetItem reply#',
      'UpdateItem msgkey#',
      'UpdateItem budget#',
      'UpdateItem reply#',
    ]
    expect(askedBy(world.table.requests)).toMatchObject({
      replies: expect.arrayContaining([...writing, 'PutItem pieces#', 'PutItem reply#']),
      worker: expect.arrayContaining([...writing, 'GetItem pieces#']),
      sweeper: expect.arrayContaining([...writing, 'GetItem pieces#', 'Query open']),
    })
  })
})

describe('a role', () => {
  const readers = (key: string) =>
    functionNames.filter((name) => allows(statementsOf(name), get(key)))

  it('reads histories in the worker alone, and texts nowhere in the webhook', () => {
    expect(readers('history#abc')).toEqual(['worker'])
    expect(readers('pieces#reply-1#a#0')).toEqual(['replies', 'worker', 'sweeper'])
    expect(readers('budget#calls')).toEqual(['replies', 'worker', 'sweeper'])
    expect(readers('msgkey#1_2_3')).toEqual(functionNames)
  })

  it('touches no key of a kind that it does not name', () => {
    for (const key of ['secret#1', 'reply', 'areply#1', 'REPLY#1', '']) {
      expect(readers(key), key).toEqual([])
    }
    expect(functionNames.filter((name) => allows(statementsOf(name), put('history#1')))).toEqual([
      'worker',
    ])
  })

  it('that is too narrow is found by the requests of its function', () => {
    const mine = { ...get('history#abc'), accessKeyId: accessKeyOf('webhook') }
    const index = { ...get(''), operation: 'Query', body: { IndexName: 'orphans', ...due } }

    expect(refusedByRoles([mine])).toEqual(['webhook GetItem history#abc'])
    expect(functionNames.filter((name) => allows(statementsOf(name), index))).toEqual(['sweeper'])
    expect(() => leadingKeyOf({ ...mine, operation: 'Scan', body: {} })).toThrow(/Scan/)
  })
})

describe('the kinds of items', () => {
  const sources = globSync('lib/adapters/dynamo/**/*.ts').filter(
    (file) => !file.endsWith('key-prefixes.ts'),
  )

  it('have their names in one place', () => {
    const own = sources.flatMap((file) => {
      const code = readFileSync(file, 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '')
      return [...code.matchAll(/['`][a-z]+#/g)].map(([found]) => `${file} ${found}`)
    })

    expect(sources.length).toBeGreaterThan(10)
    expect(own).toEqual([])
  })

  it('are those that docs/stored-data.md describes', () => {
    const page = readFileSync('docs/stored-data.md', 'utf8')
    const rows = [...page.matchAll(/^\| `([a-z]+#)[^|]*\|/gm)].map(([, prefix]) => prefix)

    expect(rows.sort()).toEqual(Object.values(keyPrefixes).sort())
  })

  it('are all that a role names', () => {
    const named = functionNames.flatMap((name) =>
      statementsOf(name).flatMap(({ Condition }) =>
        [...JSON.stringify(Condition ?? {}).matchAll(/"([a-z]+#)\*"/g)].map(([, prefix]) => prefix),
      ),
    )

    // Only a function of Tencent SCF, which has no role of AWS, takes tickets.
    const expected = Object.values(keyPrefixes).filter((prefix) => prefix !== keyPrefixes.line)
    expect([...new Set(named)].sort()).toEqual(expected.sort())
  })
})
