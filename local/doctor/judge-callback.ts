import type { Finding } from './finding.ts'

/** What the webhook answered to one callback. */
export type CallbackAnswer =
  | {
      readonly kind: 'answered'
      readonly status: number
      /** Whether the body is the JSON that says OK. */
      readonly saysOk: boolean
      readonly tookMs: number
    }
  | { readonly kind: 'none'; readonly detail: string }

/** What the webhook answered to each callback that was posted to it. */
export interface CallbackAnswers {
  /** One for each token, each twice: the first may find the function cold. */
  readonly genuine: readonly CallbackAnswer[]
  readonly forged: CallbackAnswer
}

/** Tencent waits this long for the answer to a callback (document 1047/34354). */
const LIMIT_MS = 2_000

const inWords = (answer: CallbackAnswer): string => {
  if (answer.kind === 'none') return answer.detail
  const body = answer.saysOk || answer.status !== 200 ? '' : ' without the JSON that says OK'
  return `HTTP ${answer.status}${body} after ${answer.tookMs} ms`
}

const isOk = (answer: CallbackAnswer): boolean =>
  answer.kind === 'answered' && answer.status === 200 && answer.saysOk

/** Says what is right and wrong with the webhook. */
export const judgeCallback = ({ genuine, forged }: CallbackAnswers): readonly Finding[] => {
  const refused = genuine.find((answer) => !isOk(answer))
  const accepts = judgeGenuine(genuine, refused)
  // Of a webhook that turns everything away, neither the second nor the third check means anything.
  return refused === undefined ? [accepts, judgeForged(forged), judgeTime(genuine)] : [accepts]
}

const judgeGenuine = (
  genuine: readonly CallbackAnswer[],
  refused: CallbackAnswer | undefined,
): Finding => {
  const about = {
    id: 'callback',
    title: 'Callback',
    asked: 'posted a signed callback, command Doctor.Check',
  }
  if (refused === undefined) {
    return { ...about, verdict: 'right', heard: genuine.map(inWords).join(', ') }
  }
  return { ...about, verdict: 'wrong', heard: inWords(refused), mend: mendGenuine(refused) }
}

const mendGenuine = (answer: CallbackAnswer): string => {
  if (answer.kind === 'none') return 'Check the URL, and that the function is deployed.'
  const { status } = answer
  if (status === 401 || status === 403) {
    return 'The webhook was deployed with another CHAT_CALLBACK_TOKEN or CHAT_SDK_APP_ID than this environment has.'
  }
  if (status === 404 || status === 405) {
    return 'Nothing takes callbacks there: the URL ends with /webhooks/chat.'
  }
  if (status >= 300 && status < 400) {
    return 'Tencent follows no redirect: give the address that it leads to.'
  }
  if (status === 200) return 'Something else than the webhook answers there: check the URL.'
  return "Look at the webhook's log: a variable may be missing, or the queue out of reach."
}

const judgeForged = (forged: CallbackAnswer): Finding => {
  const about = {
    id: 'callback-forged',
    title: 'Callback with a wrong signature',
    asked: 'posted the same with a wrong Sign',
    heard: inWords(forged),
  }
  if (forged.kind === 'answered' && forged.status === 403) return { ...about, verdict: 'right' }
  const mend =
    'The webhook must answer 403: whoever knows its URL could write in the name of a user.'
  return { ...about, verdict: 'wrong', mend }
}

const judgeTime = (genuine: readonly CallbackAnswer[]): Finding => {
  const times = genuine.flatMap((answer) => (answer.kind === 'answered' ? [answer.tookMs] : []))
  const slowestMs = Math.max(...times)
  const about = {
    id: 'callback-time',
    title: 'Time of the answer',
    heard: `${slowestMs} ms at most, of the ${LIMIT_MS} ms that Tencent waits`,
  }
  if (slowestMs <= LIMIT_MS) return { ...about, verdict: 'right' }
  const mend = 'Give the function more memory, or bring it nearer to this application.'
  return { ...about, verdict: 'wrong', mend }
}
