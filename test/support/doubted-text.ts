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
