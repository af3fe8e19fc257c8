import { fieldsOf, scalarText } from '../../../core/json.ts'
import { type Trouble, troubleOfStatus } from './platform.ts'

export const name = 'ADP_URL'
export const secret = 'ADP_APP_KEY'

const wrongKey = 'ADP_APP_KEY is wrong, or the application is not published'
const troubles: ReadonlyMap<string, Omit<Trouble, 'code'>> = new Map<string, Omit<Trouble, 'code'>>(
  [
    [
      '400',
      {
        class: 'lasting',
        advice: 'it does not take the request, ADP_URL may be of another version',
      },
    ],
    [
      '460004',
      {
        class: 'lasting',
        advice: 'there is no such application: ADP_APP_KEY and ADP_URL must be of the same site',
      },
    ],
    ['460011', { class: 'passing', advice: 'too many requests a minute' }],
    ['460020', { class: 'passing', advice: 'its model did not answer in time' }],
    [
      '460030',
      {
        class: 'lasting',
        advice: 'the application speaks the second version: ADP_URL must end in /adp/v2/chat',
      },
    ],
    ['460031', { class: 'passing', advice: 'too many requests a second' }],
    ['460032', { class: 'lasting', advice: 'the account has no credit left' }],
    ['460034', { class: 'lasting', advice: 'the question is too long for it' }],
    ['4505004', { class: 'wrong-key', advice: wrongKey }],
  ],
)

/** What an error of either version means; `code` as it was given. */
export const troubleOf = (code: unknown): Trouble => ({
  ...(troubles.get(scalarText(code)) ?? { class: 'lasting' }),
  code,
})

/** The code of an error in a body, as either version spells it. */
export const codeIn = (body: unknown): unknown => {
  const { error, Error: other, code, Code } = fieldsOf(body)
  const inner = fieldsOf(error ?? other)
  return inner['code'] ?? inner['Code'] ?? code ?? Code
}

export const refusal = (status: number, body: unknown): Trouble => {
  const code = codeIn(body)
  if (status !== 429 && troubles.has(scalarText(code))) return troubleOf(code)
  if (status === 401 || status === 403) return { class: 'wrong-key', code, advice: wrongKey }
  return troubleOfStatus(status, code, name)
}
