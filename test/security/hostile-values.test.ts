import { expect, test } from 'vitest'
import { keepSecret, withoutSecrets } from '../../lib/adapters/runtime/known-secrets.ts'
import { reportedErrorOf } from '../../lib/adapters/sources/reported-error.ts'
import { parseReplyId } from '../../lib/core/reply/reply-id.ts'
import { messageBody } from '../support/callbacks.ts'
import { accepted, webhookWorlds } from '../support/webhook-world.ts'

const startWorld = webhookWorlds()

test.each([
  '{"chatbotPlugin":2,"src":{"toString":1}}',
  '{"chatbotPlugin":2,"src":22,"msgKey":{"toString":null,"valueOf":null}}',
  `{"chatbotPlugin":2,"src":${'['.repeat(5_000)}${']'.repeat(5_000)}}`,
])(
  'a genuine callback whose custom data has values without text is answered OK: %.60s',
  async (Data) => {
    const world = await startWorld()

    const answer = await world.call({
      body: messageBody({ MsgBody: [{ MsgType: 'TIMCustomElem', MsgContent: { Data } }] }),
    })

    expect(answer).toMatchObject(accepted)
  },
)

test('an error of a model whose code is an object is an error', () => {
  expect(
    reportedErrorOf({ error: { code: { toString: 1 }, message: 'busy' } }, false),
  ).toBeDefined()
})

test.each(['.', '..'])('a reply cannot be called %s, which no address can name', (name) => {
  expect(parseReplyId(name)).toBeUndefined()
})

test('a process that knows a hundred keys still knows the first secret', () => {
  keepSecret('the-first-secret-of-all')
  for (let nth = 0; nth < 100; nth += 1) keepSecret(`token-number-${nth}-of-many`)

  expect(withoutSecrets('it is the-first-secret-of-all.')).not.toContain('first-secret')
})
