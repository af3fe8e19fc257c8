import type { SourceRequest } from '../../core/conversation/source-request.ts'
import { conversationParts } from '../../core/reply/conversation.ts'
import { digest } from '../runtime/digest.ts'
import type { Answer } from './answer.ts'
import { openAiServer, refusalOf } from './openai-server.ts'
import { questionOf } from './question.ts'
import type { Continuing, SourceParts } from './source-parts.ts'

/** Fields that some servers do not take. */
const refusable = { stream_options: /stream_options|include_usage/, user: refusalOf('user') }

/** How a model is asked in words to go on with an answer. */
const GO_ON =
  'Your answer above was cut off. Go on exactly where it stops, in the same language, as if it had never stopped: do not repeat any of it, do not begin anew and do not comment on this.'

/**
 * Asks for the completion of a turn, with the turns before it: resolves with an answer of status 200, or throws as a source
 * does. With `said` the model is asked to go on with an answer that it began so. Keeps in mind which fields the server does not take.
 */
export const completionOpener = (
  parts: SourceParts,
): ((request: SourceRequest, model: string | undefined, said?: string) => Promise<Answer>) => {
  const { settings } = parts
  const server = openAiServer(parts, refusable)
  const { OPENAI_CONTINUE: continuing = 'off' } = settings

  return (request, model, said) =>
    server.post('/chat/completions', request, (prompt) => ({
      stream_options: { include_usage: true },
      user: userOf(request),
      ...settings.OPENAI_PARAMETERS,
      ...(said === undefined ? {} : fieldsToContinue(continuing)),
      model,
      messages: [
        ...messagesOf(prompt, request),
        ...(said === undefined ? [] : messagesToContinue(continuing, said)),
      ],
      stream: true,
    }))
}

/** Tells the server's abuse control its users apart, but not who they are. */
export const userOf = ({ turn: { conversation } }: Pick<SourceRequest, 'turn'>): string =>
  digest(conversationParts(conversation))

const fieldsToContinue = (continuing: Continuing): object =>
  continuing === 'continue_final_message'
    ? { continue_final_message: true, add_generation_prompt: false }
    : {}

const messagesToContinue = (continuing: Continuing, said: string): readonly object[] => {
  const begun = { role: 'assistant', content: said }
  switch (continuing) {
    case 'prefix':
      return [{ ...begun, prefix: true }]
    case 'partial':
      return [{ ...begun, partial: true }]
    case 'ask':
      return [begun, { role: 'user', content: GO_ON }]
    case 'continue_final_message':
    case 'off':
      return [begun]
  }
}

/** The conversation as both of OpenAI's APIs spell it. */
export const messagesOf = (
  prompt: string | undefined,
  { turn, history }: Pick<SourceRequest, 'turn' | 'history'>,
) => [
  ...(prompt === undefined ? [] : [{ role: 'system', content: prompt }]),
  // Some servers refuse a message without text, some two of one side in a row.
  ...history
    .filter(({ answered }) => answered !== '')
    .flatMap(({ asked, answered }) => [
      { role: 'user', content: asked },
      { role: 'assistant', content: answered },
    ]),
  { role: 'user', content: questionOf(turn) },
]
