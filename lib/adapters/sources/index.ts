import type { ReplySource } from '../../ports.ts'
import { echo } from './echo.ts'
import { http } from './http.ts'
import { openaiWithMedia } from './openai-media.ts'
import { adp } from './platform/adp.ts'
import { coze } from './platform/coze.ts'
import { dify } from './platform/dify.ts'
import type { SourceParts } from './source-parts.ts'

/** Every source by the name that `REPLY_SOURCE` gives it. */
export const replySources = {
  echo,
  openai: openaiWithMedia,
  http,
  dify,
  coze,
  adp,
} satisfies Record<string, (parts: SourceParts) => ReplySource>
