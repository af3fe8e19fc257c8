import { replySources } from '../../lib/adapters/sources/index.ts'
import type { SourceParts } from '../../lib/adapters/sources/source-parts.ts'
import type { Conversation } from '../../lib/core/reply/reply.ts'
import type { Clock, ReplySource } from '../../lib/ports.ts'
import type { PlatformKind } from '../../local/model/platform-events.ts'
import { hastyClock, partsOf } from './source-world.ts'

export const platformKinds: readonly PlatformKind[] = ['dify', 'coze', 'adp-v1', 'adp-v2']

/** The key of a platform, as a secret holds it. */
export const platformKey = 'app-KeyThatNobodyMaySee'

/** The source that speaks to it, and the variable that names its place. */
const sources = {
  dify: { source: 'dify', variable: 'DIFY_BASE_URL' },
  coze: { source: 'coze', variable: 'COZE_BASE_URL' },
  'adp-v1': { source: 'adp', variable: 'ADP_URL' },
  'adp-v2': { source: 'adp', variable: 'ADP_URL' },
} as const satisfies Record<PlatformKind, { readonly source: string; readonly variable: string }>

/** A stand-in server that is no simulator is asked at its root. */
export const pathOf = (kind: PlatformKind): string =>
  ({ dify: '/v1', coze: '', 'adp-v1': '/v1/qbot/chat/sse', 'adp-v2': '/adp/v2/chat' })[kind]

/** Remembers in a map of the test's. */
export const conversationsIn = (
  kept: Map<string, string> = new Map(),
): SourceParts['conversations'] => {
  const keyOf = ({ from, to }: Conversation): string => `${from} ${to}`
  return {
    recall: async (conversation) => kept.get(keyOf(conversation)),
    keep: async (conversation, name) => {
      kept.set(keyOf(conversation), name)
    },
  }
}

/** The source that asks this platform. */
export const platformAt = (
  kind: PlatformKind,
  url: string,
  changes: Partial<Omit<SourceParts, 'settings'>> & {
    readonly settings?: Partial<SourceParts['settings']>
  } = {},
  clock: Clock = hastyClock,
): ReplySource => {
  const { source, variable } = sources[kind]
  const settings = { [variable]: url, COZE_BOT_ID: 'bot-1', ...changes.settings }
  const parts = partsOf(settings, async () => platformKey, clock)
  return replySources[source]({ ...parts, ...changes, settings: parts.settings })
}

/** What the environment of a function says where it answers with this platform. */
export const platformEnv = (kind: PlatformKind, url: string): Readonly<Record<string, string>> => {
  const { source, variable } = sources[kind]
  return {
    REPLY_SOURCE: source,
    [variable]: url,
    DIFY_API_KEY: platformKey,
    COZE_API_TOKEN: platformKey,
    COZE_BOT_ID: 'bot-1',
    ADP_APP_KEY: platformKey,
  }
}
