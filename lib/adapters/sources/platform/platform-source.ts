import type { SourceRequest } from '../../../core/conversation/source-request.ts'
import { parsedJson } from '../../../core/json.ts'
import type { ReplySource } from '../../../ports.ts'
import { type Answer, postOnce } from '../answer.ts'
import { secretOf } from '../post-with-secret.ts'
import { readShort } from '../read-short.ts'
import { PassingTrouble, sourceFailed } from '../source-failed.ts'
import type { SourceParts } from '../source-parts.ts'
import { countTries } from '../tries.ts'
import { cancelAnswer } from './cancel-answer.ts'
import type { Asked, Begun, Platform } from './platform.ts'
import { type Reading, readText, startReading } from './platform-answer.ts'
import { type Obstacle, obstacleOf } from './platform-trouble.ts'

type Attempt = AsyncGenerator<string, Obstacle | undefined, undefined>

/**
 * Asks a platform for the answer to a turn, in the conversation that it knows from the turns before. Trouble that may pass before
 * any text has come makes it ask again; a key that is refused is read anew, and a conversation that the platform knows no more
 * begins anew, each once. Where nobody wants the rest, the platform is told so. Throws `TextBrokenOff`, and the signal's reason
 * when it aborts.
 */
export const platformSource = (platform: Platform, parts: SourceParts): ReplySource =>
  async function* (request) {
    const tries = countTries(parts, request.signal)
    const memory = await recallConversation(platform, parts, request)
    const key = await keyOf(platform, parts)
    const attemptNow = () => {
      const asked = { request, key: key.current(), conversation: memory.conversation() }
      return attempt(platform, parts, asked, memory.keep)
    }
    let obstacle = yield* attemptNow()
    while (obstacle !== undefined) {
      const mayGoOn = await mend(obstacle, { tries, memory, key })
      if (!mayGoOn) throw obstacle.error
      obstacle = yield* attemptNow()
    }
    // The next turn must find it; it was written while the answer came.
    await memory.kept()
  }

/** Does what may help; false where nothing does. */
const mend = async (
  { class: kind, error }: Obstacle,
  helps: {
    readonly tries: ReturnType<typeof countTries>
    readonly memory: Memory
    readonly key: Key
  },
): Promise<boolean> => {
  switch (kind) {
    case 'no-conversation':
      return helps.memory.beginAnew()
    case 'wrong-key':
      return helps.key.renew()
    case 'passing':
    case 'withheld':
    case 'lasting':
      return helps.tries.again(error)
  }
}

/** Returns what is in the way, where nothing has been shown before it; throws it, where something has. */
const attempt = async function* (
  platform: Platform,
  parts: SourceParts,
  asked: Asked,
  onBegun: (begun: Begun) => void,
): Attempt {
  const { request } = asked
  let answer: Answer | undefined
  const reading = startReading(platform, parts.settings.SHOW_REASONING ?? 'hide', onBegun)
  const cancel = (): void => {
    const { begun, ended } = reading
    if (begun !== undefined && !ended) void cancelAnswer(platform, parts, asked, begun)
  }
  request.signal.addEventListener('abort', cancel, { once: true })
  try {
    answer = await postOnce({ name: platform.name, ...platform.ask(asked) }, parts.clock, request)
    if (answer.status !== 200) return await refusalOf(platform, answer)
    yield* readText(reading, answer)
  } catch (error) {
    if (!(error instanceof PassingTrouble)) throw error
    reading.obstacle ??= { class: 'passing', error }
  } finally {
    request.signal.removeEventListener('abort', cancel)
    request.reportPreface?.(reading.shown.prefaceChars())
    answer?.close()
  }
  return outcomeOf(reading, request)
}

const outcomeOf = (
  { obstacle, usage, shown }: Reading,
  { reportUsage }: SourceRequest,
): Obstacle | undefined => {
  if (obstacle !== undefined && shown.hasBegun()) throw obstacle.error
  if (obstacle === undefined && usage !== undefined) reportUsage(usage)
  return obstacle
}

const refusalOf = async (platform: Platform, answer: Answer): Promise<Obstacle> => {
  const { status, retryAfter } = answer
  const body = parsedJson(await readShort(answer))
  return obstacleOf(platform, platform.refusal(status, body), { status, retryAfter })
}

interface Key {
  readonly current: () => string | undefined
  /** Reads it once more, once; false where it is the same. */
  readonly renew: () => Promise<boolean>
}

const keyOf = async ({ secret }: Platform, { readSecret }: SourceParts): Promise<Key> => {
  const checked = (key: string | undefined): string | undefined => {
    if (key === undefined || /^[\x21-\x7e]+$/.test(key)) return key
    throw sourceFailed(`${secret} holds white space or characters that no key has.`)
  }
  let current = checked(await secretOf(readSecret, secret))
  let isFresh = false
  return {
    current: () => current,
    renew: async () => {
      if (isFresh) return false
      isFresh = true
      const before = current
      current = checked(await readSecret(secret, true).catch(() => before))
      return current !== before
    },
  }
}

interface Memory {
  /** What the platform knows it by; `undefined` where it is to begin one. */
  readonly conversation: () => string | undefined
  /** False where it is new already. */
  readonly beginAnew: () => boolean
  readonly keep: (begun: Begun) => void
  /** Resolves once what was kept is written. */
  readonly kept: () => Promise<void>
}

const recallConversation = async (
  { title, newConversation }: Platform,
  { conversations }: SourceParts,
  request: SourceRequest,
): Promise<Memory> => {
  const { conversation: ours } = request.turn
  const stored = await conversations.recall(ours)
  // The bot may have asked another platform before.
  let known = stored?.startsWith(`${title} `) ? stored.slice(title.length + 1) : undefined
  let kept: string | undefined
  let keeping: Promise<void> | undefined
  const conversation = (): string | undefined => known ?? newConversation?.(request)
  return {
    conversation,
    beginAnew: () => {
      const wasKnown = known !== undefined
      known = undefined
      return wasKnown
    },
    keep: ({ conversation: named = conversation() }: Begun) => {
      if (named === undefined || named === kept) return
      kept = named
      keeping = conversations.keep(ours, `${title} ${named}`)
    },
    kept: async () => keeping,
  }
}
