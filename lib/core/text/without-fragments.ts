/** Every stretch of `chars` characters of a text; none of a shorter one. */
export const fragmentsOf = (text: string, chars: number): readonly string[] =>
  Array.from({ length: Math.max(text.length - chars + 1, 0) }, (_, at) =>
    text.slice(at, at + chars),
  )

/**
 * The text with `…` for each stretch that is made of `fragments`, which all have `chars` characters: whatever is as long as a
 * fragment and stands in what they were taken from is gone. Takes time in proportion to the text alone.
 */
export const withoutFragments = (
  text: string,
  fragments: ReadonlySet<string>,
  chars: number,
): string => {
  let shown = ''
  let cutTo = 0
  for (let at = 0; at + chars <= text.length; at += 1) {
    if (!fragments.has(text.slice(at, at + chars))) continue
    // A stretch that touches or overlaps the one before is one with it.
    if (shown === '' || at > cutTo) shown += `${text.slice(cutTo, at)}…`
    cutTo = at + chars
  }
  return shown + text.slice(cutTo)
}
