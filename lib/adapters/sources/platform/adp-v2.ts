import { type Fields, fieldsOf, parsedJson, scalarText } from '../../../core/json.ts'
import { digest } from '../../runtime/digest.ts'
import { LAST_BYTES_MS } from '../answer.ts'
import { pictureUrls, wordsOf } from '../question.ts'
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

const contentsOf = ({ request }: Asked) => {
  const text = wordsOf(request.turn)
  const pictures = pictureUrls(request.turn).map((url) => ({ Type: 'image', Image: { Url: url } }))
  return [...(text === '' ? [] : [{ Type: 'text', Text: text }]), ...pictures]
}

const bodyOf = (asked: Asked, prompt: string | undefined) => {
  const { replyId, conversation: of } = asked.request.turn
  return {
    AppKey: asked.key ?? '',
    ConversationId: asked.conversation,
    RequestId: digest([replyId]),
    VisitorId: digest([of.from, of.to]),
    Contents: contentsOf(asked),
    Incremental: true,
    Stream: 'enable',
    ...(prompt === undefined ? {} : { SystemRole: prompt }),
  }
}

const reader = (): EventReader => {
  /** The messages that answer: thoughts and calls of tools are told in the same way. */
  const replies = new Set<string>()
  /** What each content of them has said. */
  const told = new Map<string, string>()
  let all = ''

  const contentOf = ({ MessageId, ContentIndex }: Fields): string =>
    `${scalarText(MessageId)} ${scalarText(ContentIndex)}`
  const add = (fields: Fields, text: string): readonly PlatformEvent[] => {
    if (text === '') return []
    const content = contentOf(fields)
    const apart = all !== '' && !told.has(content) ? '\n\n' : ''
    told.set(content, (told.get(content) ?? '') + text)
    all += apart + text
    return saidIf('text', apart + text)
  }
  const replace = (fields: Fields, text: string): readonly PlatformEvent[] => {
    const before = told.get(contentOf(fields)) ?? ''
    if (text === before) return []
    if (text.startsWith(before)) return add(fields, text.slice(before.length))
    told.set(contentOf(fields), text)
    all = (all.endsWith(before) ? all.slice(0, all.length - before.length) : '') + text
    return [{ kind: 'replaced', text: all }]
  }
  const textOf = (fields: Fields, replaces: boolean): readonly PlatformEvent[] => {
    const { Text: text, MessageId } = fields
    if (!replies.has(scalarText(MessageId)) || typeof text !== 'string') return []
    return replaces ? replace(fields, text) : add(fields, text)
  }
  const addedOf = ({ Message }: Fields): readonly PlatformEvent[] => {
    const { Type, MessageId } = fieldsOf(Message)
    if (Type === 'reply') replies.add(scalarText(MessageId))
    return []
  }
  const completedOf = ({ Response }: Fields): readonly PlatformEvent[] => {
    const { InputTokens, OutputTokens } = fieldsOf(fieldsOf(Response)['StatInfo'])
    return [...usageOf(InputTokens, OutputTokens), { kind: 'ended', waitMs: LAST_BYTES_MS }]
  }
  return ({ data, event: named }) => {
    const fields = fieldsOf(parsedJson(data))
    const type = named ?? fields['Type']
    switch (type) {
      case 'response.created':
        return [{ kind: 'begun' }]
      case 'message.added':
        return addedOf(fields)
      case 'text.delta':
        return textOf(fields, false)
      case 'text.replace':
        return textOf(fields, true)
      case 'response.completed':
        return completedOf(fields)
      case 'error':
        return failed(troubleOf(codeIn(fields)))
      default:
        return codeIn(fields) === undefined ? [] : failed(troubleOf(codeIn(fields)))
    }
  }
}

/** The second version of the protocol (document 1759/129202). Closing the connection is how it is told to stop. */
export const adpV2 = (url: string, prompt: string | undefined): Platform =>
  adpPlatform({ url, bodyOf: (asked) => bodyOf(asked, prompt), reader })
