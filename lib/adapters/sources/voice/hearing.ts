import type { SourceRequest } from '../../../core/conversation/source-request.ts'
import type { Turn } from '../../../core/conversation/turn.ts'
import type { ReplySource } from '../../../ports.ts'
import type { SourceParts } from '../source-parts.ts'
import { fetchSound, type SoundDoor } from './fetch-sound.ts'
import { transcribe } from './transcribe.ts'

/** Voice messages of one turn that are listened to. */
const MOST_SOUNDS = 4

/**
 * A source that is asked with the words of the turn's voice messages as its text, each fetched and turned into text with `model`.
 * Where there is not one word, and nothing else, it is not asked, and there is no answer. Throws as `fetchSound` and `transcribe` do.
 */
export const hearing = (
  source: ReplySource,
  parts: SourceParts,
  model: string,
  door?: SoundDoor,
): ReplySource => {
  const answer = async function* (request: SourceRequest) {
    const turn = await heard(request)
    if (turn !== request.turn) request.reportAsked?.(turn.text)
    const isEmpty = turn.text === '' && turn.attachments === undefined
    if (!isEmpty) yield* source({ ...request, turn })
  }
  const heard = async (request: SourceRequest): Promise<Turn> => {
    const { attachments = [], ...turn } = request.turn
    const sounds = attachments.filter((one) => one.kind === 'voice').slice(0, MOST_SOUNDS)
    if (sounds.length === 0) return request.turn
    const texts = turn.text === '' ? [] : [turn.text]
    for (const { url } of sounds) {
      const sound = await fetchSound(url, { clock: parts.clock, signal: request.signal }, door)
      request.reportLife?.()
      texts.push(await transcribe(parts, model, sound, request))
    }
    const others = attachments.filter(({ kind }) => kind !== 'voice')
    const text = texts.filter((one) => one !== '').join('\n')
    return { ...turn, text, ...(others.length > 0 ? { attachments: others } : {}) }
  }
  return Object.assign(answer, { ...source })
}
