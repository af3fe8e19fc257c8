import { type AnswerRules, howToAnswer } from '../core/conversation/how-to-answer.ts'
import type { SourceDelta } from '../core/conversation/source-delta.ts'
import type { SourceRequest } from '../core/conversation/source-request.ts'
import { type TurnNotices, unreadableNotice } from '../core/conversation/turn-notices.ts'
import type { Conversation } from '../core/reply/reply.ts'
import type { ReplySource, Resumption } from '../ports.ts'

/** How one bot answers. */
export interface BotManners extends Pick<AnswerRules, 'resetCommands'> {
  readonly notices: TurnNotices
  /** Forgets what went before. Throws `OutOfReach`. */
  readonly beginAnew: (conversation: Conversation) => Promise<void>
}

/**
 * A source that is asked only for turns which it can answer: all others end with a notice, which is no part of what is
 * remembered of the conversation.
 */
export const answerByRule = (source: ReplySource, manners: BotManners): ReplySource => {
  const { notices, resetCommands, beginAnew } = manners
  const { takes = [] } = source
  const say = async function* (request: SourceRequest, notice: keyof TurnNotices) {
    if (notice === 'reset') await beginAnew(request.turn.conversation)
    const text = unreadableNotice(notices[notice], takes)
    request.reportPreface?.(text.length)
    yield text
  }
  const answer = (request: SourceRequest): AsyncIterable<SourceDelta> => {
    const decided = howToAnswer(request.turn, { takes, resetCommands })
    return decided.how === 'ask'
      ? source({ ...request, turn: decided.turn })
      : say(request, decided.notice)
  }
  /** Only an answer of the source itself is ever gone on with. */
  const asked = (request: SourceRequest): SourceRequest => {
    const decided = howToAnswer(request.turn, { takes, resetCommands })
    return decided.how === 'ask' ? { ...request, turn: decided.turn } : request
  }
  const { resumption } = source
  return Object.assign(answer, {
    ...source,
    ...(resumption === undefined ? {} : { resumption: askingWith(resumption, asked) }),
  })
}

const askingWith = (
  resumption: Resumption,
  asked: (request: SourceRequest) => SourceRequest,
): Resumption =>
  resumption.by === 'cursor'
    ? { ...resumption, resume: (request, cursor) => resumption.resume(asked(request), cursor) }
    : { ...resumption, resume: (request, said) => resumption.resume(asked(request), said) }
