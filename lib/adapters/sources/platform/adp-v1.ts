import { saidIn } from '../../../core/conversation/turn.ts'
import { type Fields, fieldsOf, parsedJson } from '../../../core/json.ts'
import { digest } from '../../runtime/digest.ts'
import { adpPlatform } from './adp-platform.ts'
import { codeIn, troubleOf } from './adp-trouble.ts'
import {
  type Asked,
  type EventReader,
  failed,
  type Platform,
  type PlatformEvent,
  saidIf,
  usageOf,
} from './platform.ts'

/** What an answer has cost may be told a little after its end, in ms. */
const USAGE_WAIT_MS = 300

const bodyOf = ({ request, key, conversation }: Asked, prompt: string | undefined) => {
  const { turn } = request
  const { replyId, conversation: of } = turn
  return {
    content: saidIn(turn),
    session_id: conversation,
    bot_app_key: key ?? '',
    visitor_biz_id: digest([of.from, of.to]),
    request_id: digest([replyId]),
    // Without it each event would tell the whole answer once more.
    incremental: true,
    ...(prompt === undefined ? {} : { system_role: prompt }),
  }
}

const sum = (list: readonly unknown[], field: string): number | undefined => {
  const counts = list
    .map((one) => fieldsOf(one)[field])
    .filter((count) => typeof count === 'number')
  return counts.length === 0 ? undefined : counts.reduce((total, count) => total + count, 0)
}

const replyOf = (payload: Fields, hasSpoken: boolean): readonly PlatformEvent[] => {
  const { content, is_final, is_from_self, is_evil } = payload
  // The question comes back first.
  if (is_from_self === true) return []
  const begun = { kind: 'begun' } as const
  const ended = is_final === true ? [{ kind: 'ended', waitMs: USAGE_WAIT_MS } as const] : []
  if (is_evil === true && hasSpoken) {
    return failed({ class: 'withheld', code: '', advice: 'it found the answer to be offensive' })
  }
  return [begun, ...saidIf('text', content), ...ended]
}

const reader = (): EventReader => {
  let hasSpoken = false
  return ({ data, event: named }) => {
    const fields = fieldsOf(parsedJson(data))
    const type = named ?? fields['type']
    const payload = fieldsOf(fields['payload'])
    if (type === 'error' || 'error' in fields) return failed(troubleOf(codeIn(fields)))
    if (type === 'reply') {
      const events = replyOf(payload, hasSpoken)
      hasSpoken ||= events.some(({ kind }) => kind === 'said')
      return events
    }
    if (type === 'token_stat') {
      const { procedures } = payload
      const list = Array.isArray(procedures) ? procedures : []
      return usageOf(sum(list, 'input_count'), sum(list, 'output_count'))
    }
    return []
  }
}

/** The first version of the protocol (document 1254/69979). Closing the connection is how it is told to stop. */
export const adpV1 = (url: string, prompt: string | undefined): Platform =>
  adpPlatform({ url, bodyOf: (asked) => bodyOf(asked, prompt), reader })
