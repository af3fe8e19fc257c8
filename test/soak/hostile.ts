import { type Answer, post } from './client.ts'
import type { Chance } from './random.ts'

/** A request that must be refused, and does no harm. */
interface HostileRequest {
  readonly path: string
  readonly body: string | object
  readonly headers?: Readonly<Record<string, string>>
}

const requests: readonly ((chance: Chance) => HostileRequest)[] = [
  () => ({ path: '/replies', body: '{' }),
  () => ({ path: '/replies', body: '' }),
  () => ({ path: '/replies', body: '[[[[[[[['.repeat(10_000) }),
  () => ({ path: '/replies', body: { from: 'nobody', to: '', text: 7 } }),
  () => ({ path: '/replies', body: { from: '@RBT#soak', to: 'hostile', chunks: [] } }),
  () => ({
    path: '/replies',
    body: { from: '@RBT#soak', to: 'hostile', text: 'x'.repeat(300_000) },
  }),
  () => ({
    path: '/replies',
    body: { from: '@RBT#soak', to: 'hostile', chunks: Array.from({ length: 60_000 }, () => 7) },
  }),
  () => ({
    path: '/replies',
    body: { from: '@RBT#soak', to: 'hostile', text: 'unwanted' },
    headers: { authorization: 'Bearer wrong' },
  }),
  () => ({
    path: '/replies',
    body: { from: '@RBT#soak', to: 'hostile', text: 'unwanted' },
    headers: { 'content-type': 'text/plain' },
  }),
  () => ({ path: '/replies/no%2Fsuch/chunks', body: { seq: -1, text: 'unwanted' } }),
  ({ whole }) => ({ path: `/replies/soak-none-${whole(1, 99)}/cancel`, body: {} }),
  () => ({ path: '/webhooks/chat?SdkAppid=1400000000', body: { MsgBody: [] } }),
  () => ({
    path: `/webhooks/chat?SdkAppid=1400000000&CallbackCommand=Bot.OnC2CMessage&Sign=${'0'.repeat(64)}&RequestTime=${Math.floor(Date.now() / 1_000)}`,
    body: { From_Account: 'hostile', To_Account: '@RBT#soak' },
  }),
  () => ({ path: '/nothing/here', body: {} }),
]

/** Sends one; what was answered, and a sentence where that is not a refusal. */
export const sendHostile = async (
  url: string,
  chance: Chance,
): Promise<{ readonly answer: Answer | undefined; readonly wrong?: string }> => {
  const { path, body, headers } = chance.oneOf(requests)(chance)
  const answer = await post(url, path, body, headers)
  if (answer === undefined || answer.status >= 400) return { answer }
  const shown = (typeof body === 'string' ? body : JSON.stringify(body)).slice(0, 120)
  return {
    answer,
    wrong: `POST ${path} with ${shown} was answered ${answer.status}: ${answer.body}`,
  }
}
