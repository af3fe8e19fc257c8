import type { SourceUsage } from '../../core/conversation/source-request.ts'
import { type Fields, fieldsOf, isObject, parsedJson } from '../../core/json.ts'
import { type ReportedError, reportedErrorOf } from './reported-error.ts'
import { PICTURE, type Said } from './said.ts'

/** One event of a streamed chat completion, or a completion that came whole. */
export type CompletionEvent =
  | {
      readonly kind: 'part'
      /** What it adds; of a `message` beside a `delta` nothing, since that repeats what was said. */
      readonly said: readonly Said[]
      /** It holds a `message`, which is all that was said, in place of a `delta`. */
      readonly whole: boolean
      readonly callsTool: boolean
      /** Absent where it names none: many servers name one with their last event, some with each. */
      readonly finishReason?: string
      readonly usage?: SourceUsage
    }
  | { readonly kind: 'done' }
  | { readonly kind: 'error'; readonly error: ReportedError }
  /** A sign of life, such as an empty event or the word ping. */
  | { readonly kind: 'nothing' }
  | { readonly kind: 'malformed' }

/** Reads the data of an event of this name; never throws. */
export const parseCompletionEvent = (data: string, name?: string): CompletionEvent => {
  const isError = name === 'error'
  if (data.trim() === '[DONE]') return { kind: 'done' }
  const parsed = parsedJson(data)
  const error = reportedErrorOf(parsed, isError)
  if (error !== undefined) return { kind: 'error', error }
  if (isObject(parsed)) return partOf(parsed)
  return /^\s*[{[]/.test(data) ? { kind: 'malformed' } : { kind: 'nothing' }
}

const partOf = ({ choices, usage }: Fields): CompletionEvent => {
  const choice = fieldsOf(Array.isArray(choices) ? choices[0] : undefined)
  const { delta, message, finish_reason: finishReason } = choice
  const fields = fieldsOf(delta ?? message)
  return {
    kind: 'part',
    said: inOrder(reasoningIn(fields), textIn(fields)),
    whole: !isObject(delta) && isObject(message),
    callsTool: isFilled(fields['tool_calls']) || isObject(fields['function_call']),
    ...(typeof finishReason === 'string' && finishReason !== '' ? { finishReason } : {}),
    ...usageOf(usage),
  }
}

const isFilled = (value: unknown): boolean => Array.isArray(value) && value.length > 0

const NOTHING: readonly Said[] = []

const isGiven = (value: unknown): boolean => value !== undefined && value !== null

const sayIf = (kind: Said['kind'], text: unknown): readonly Said[] =>
  typeof text === 'string' && text !== '' ? [{ kind, text }] : NOTHING

const inOrder = (thoughts: readonly Said[], text: readonly Said[]): readonly Said[] => {
  if (thoughts.length === 0) return text
  return text.length === 0 ? thoughts : [...thoughts, ...text]
}

/** The same thoughts may stand under several names: the first that holds any counts. */
const reasoningIn = (fields: Fields): readonly Said[] => {
  const { reasoning_content, reasoning, reasoning_details, thinking, thinking_blocks } = fields
  const said =
    reasoning_content || reasoning || reasoning_details || thinking || thinking_blocks || undefined
  return said === undefined ? NOTHING : sayIf('reasoning', joinedText(said))
}

/** All text inside a value, however its parts are spelled. */
const joinedText = (value: unknown): string => {
  if (typeof value === 'string') return value
  if (Array.isArray(value)) return value.map(joinedText).join('')
  const { text, summary, thinking, content } = fieldsOf(value)
  const inside = text ?? summary ?? thinking ?? content
  return inside === undefined || inside === null ? '' : joinedText(inside)
}

/** A refusal is an answer too. */
const textIn = ({ content, refusal, images }: Fields): readonly Said[] => {
  const said = typeof content === 'string' ? sayIf('text', content) : partsIn(content)
  if (!isGiven(refusal) && !isGiven(images)) return said
  const pictures = Array.isArray(images) ? images.flatMap(() => sayIf('text', PICTURE)) : NOTHING
  return [...said, ...sayIf('text', refusal), ...pictures]
}

const partsIn = (content: unknown): readonly Said[] => {
  if (Array.isArray(content)) return content.flatMap(partIn)
  return isObject(content) ? partIn(content) : NOTHING
}

const partIn = (part: unknown): readonly Said[] => {
  if (typeof part === 'string') return sayIf('text', part)
  const { type, text, refusal } = fieldsOf(part)
  switch (type) {
    case 'text':
    case 'output_text':
      return sayIf('text', text)
    case 'refusal':
      return sayIf('text', refusal ?? text)
    case 'thinking':
    case 'reasoning':
      return sayIf('reasoning', joinedText(part))
    case 'image_url':
    case 'image':
      return sayIf('text', PICTURE)
    default:
      return []
  }
}

const usageOf = (value: unknown): { readonly usage?: SourceUsage } => {
  const { prompt_tokens: inputTokens, completion_tokens: outputTokens } = fieldsOf(value)
  return typeof inputTokens === 'number' && typeof outputTokens === 'number'
    ? { usage: { inputTokens, outputTokens } }
    : {}
}
