import { postOnce } from '../answer.ts'
import { readShort } from '../read-short.ts'
import type { SourceParts } from '../source-parts.ts'
import type { Asked, Begun, Platform } from './platform.ts'

/** A platform is told in this time, or not at all, in ms. */
const CANCEL_MS = 5_000

/** Tells a platform that nobody wants the rest of an answer. Never rejects: one that does not hear it goes on for nobody. */
export const cancelAnswer = async (
  platform: Platform,
  { clock }: Pick<SourceParts, 'clock'>,
  asked: Asked,
  begun: Begun,
): Promise<void> => {
  const post = platform.cancel?.(asked, begun)
  if (post === undefined) return
  const patience = new AbortController()
  const told = new AbortController()
  void clock.sleep(CANCEL_MS, told.signal).then(() => patience.abort('over'))
  try {
    const { signal } = patience
    await readShort(await postOnce({ name: platform.name, ...post }, clock, { signal }))
  } catch {
    // It may have ended meanwhile.
  } finally {
    told.abort('over')
  }
}
