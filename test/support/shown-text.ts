const closings = ['', '```', '\n```']

/**
 * True when messages, one after another, carry exactly `text`: nothing may stand in them beside it but a code fence closed at
 * the end of one message and reopened at the start of the next. A message that the service called full has no room for the
 * closing fence.
 */
export const carries = (messages: readonly string[], text: string, before = ''): boolean => {
  const [message, ...rest] = messages
  if (message === undefined) return text === ''
  if (rest.length === 0) return message === text
  return closings.some((closing) => {
    if (!message.endsWith(closing)) return false
    const own = message.slice(0, message.length - closing.length)
    if (!text.startsWith(own)) return false
    const reopened = withoutReopening(rest)
    const carriedOn =
      closing !== '' ? [reopened] : endsInFence(before + own) ? [rest, reopened] : [rest]
    return carriedOn.some((next) => carries(next, text.slice(own.length), before + own))
  })
}

const endsInFence = (text: string): boolean => (text.match(/^```/gm)?.length ?? 0) % 2 === 1

const withoutReopening = ([first = '', ...rest]: readonly string[]): readonly string[] => [
  first.replace(/^```.*\n/, ''),
  ...rest,
]

/** True when `shown` is the start of `text` with the notice after it, outside of any code. */
export const breaksOff = (shown: string, text: string, notice: string): boolean => {
  if (shown === notice) return true
  const ending = `\n\n${notice}`
  if (!shown.endsWith(ending)) return false
  const own = shown.slice(0, -ending.length)
  return text.startsWith(own) || text.startsWith(own.replace(/\n?```$/, ''))
}

/** Texts of which one was in doubt: a call whose answer was lost, or what a dead process was about. */
export type Doubt = readonly string[]

/**
 * True when `shown` is `text` but for the doubts: of each, one of its texts may stand there twice, or, where that was chosen,
 * be missing.
 */
export const isWithinDoubts = (
  shown: string,
  text: string,
  doubts: readonly Doubt[],
  mayMiss: boolean,
): boolean => {
  const [doubt, ...rest] = doubts
  if (shown === text || doubt === undefined) return shown === text
  return [text, ...doubt.flatMap((chunk) => variants(text, chunk, mayMiss))].some((variant) =>
    isWithinDoubts(shown, variant, rest, mayMiss),
  )
}

const variants = (text: string, chunk: string, mayMiss: boolean): readonly string[] =>
  placesOf(text, chunk).flatMap((place) => {
    const [before, after] = [text.slice(0, place), text.slice(place)]
    const doubled = before + chunk + after
    return mayMiss ? [doubled, before + after.slice(chunk.length)] : [doubled]
  })

const placesOf = (text: string, chunk: string): readonly number[] => {
  const places: number[] = []
  if (chunk === '') return places
  for (let at = text.indexOf(chunk); at >= 0; at = text.indexOf(chunk, at + 1)) places.push(at)
  return places
}
