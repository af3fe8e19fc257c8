import { ensureFunction, type Target } from './ensure-function.ts'
import { ensureTrigger } from './ensure-trigger.ts'
import type { WantedFunction } from './wanted.ts'

const withoutSlash = (url: string): string => url.replace(/\/+$/, '')

/**
 * Brings every function and its trigger to what is wanted, one after another, and says of each what was done. Answers with the
 * URLs, by the function's key. Throws `ScfRefusal`; what was done until then stays, and the next time goes on from there.
 */
export const deployService = async (
  target: Target,
  wanted: readonly WantedFunction[],
  say: (line: string) => void,
): Promise<Readonly<Record<string, string>>> => {
  const urls: Record<string, string> = {}
  // Nobody shall be called before the worker is there.
  const inOrder = wanted.toSorted((a, b) => Number(b.key === 'worker') - Number(a.key === 'worker'))
  for (const one of inOrder) {
    const changes = await ensureFunction(target, one)
    const { changed, url } = await ensureTrigger(target.api, one)
    const done = [...changes, ...(changed ? ['trigger'] : [])]
    say(`${one.name}  ${done.length === 0 ? 'unchanged' : done.join(', ')}`)
    if (url !== undefined) urls[one.key] = withoutSlash(url)
  }
  return urls
}
