/** What a piece of work looks at: characters one at a time, and characters that the segmenter is handed. */
export interface Steps {
  readonly characters: number
  readonly segmented: number
}

/** Counts the steps of some work instead of its time, which is another on every machine. */
export const countSteps = <T>(work: () => T): { readonly steps: Steps; readonly made: T } => {
  const { charCodeAt } = String.prototype
  const { segment } = Intl.Segmenter.prototype
  let characters = 0
  let segmented = 0
  String.prototype.charCodeAt = function (place) {
    characters += 1
    return charCodeAt.call(this, place)
  }
  Intl.Segmenter.prototype.segment = function (text) {
    segmented += text.length
    return segment.call(this, text)
  }
  try {
    const made = work()
    return { made, steps: { characters, segmented } }
  } finally {
    String.prototype.charCodeAt = charCodeAt
    Intl.Segmenter.prototype.segment = segment
  }
}
