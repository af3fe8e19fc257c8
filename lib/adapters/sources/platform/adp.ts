import type { ReplySource } from '../../../ports.ts'
import type { SourceParts } from '../source-parts.ts'
import { adpV1 } from './adp-v1.ts'
import { adpV2 } from './adp-v2.ts'
import { platformSource } from './platform-source.ts'

/** Where the second version of the protocol is spoken. */
const SECOND = /\/adp\/v2\/chat\/*$/

/** An application of Tencent's Agent Development Platform, streamed, in the version of its protocol that `ADP_URL` names. */
export const adp = (parts: SourceParts): ReplySource => {
  const { ADP_URL: url = '', SYSTEM_PROMPT: prompt } = parts.settings
  if (!SECOND.test(url)) return platformSource(adpV1(url, prompt), parts)
  return Object.assign(platformSource(adpV2(url, prompt), parts), { takes: ['image'] as const })
}
