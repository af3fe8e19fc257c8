import type { AttachmentKind } from '../../core/conversation/attachment.ts'
import type { ReplySource } from '../../ports.ts'
import { openai } from './openai.ts'
import type { SourceParts } from './source-parts.ts'
import { hearing } from './voice/hearing.ts'

/** `openai`, which takes pictures with `OPENAI_VISION`, and voice messages with `OPENAI_TRANSCRIBE_MODEL`. */
export const openaiWithMedia = (parts: SourceParts): ReplySource => {
  const { OPENAI_VISION: sees = false, OPENAI_TRANSCRIBE_MODEL: model } = parts.settings
  const takes: readonly AttachmentKind[] = [
    ...(sees ? (['image'] as const) : []),
    ...(model === undefined ? [] : (['voice'] as const)),
  ]
  const source = openai(parts)
  return Object.assign(model === undefined ? source : hearing(source, parts, model), { takes })
}
