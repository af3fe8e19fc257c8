/** A piece of what a model says, to its user or to itself. */
export interface Said {
  readonly kind: 'text' | 'reasoning'
  readonly text: string
}

/** Stands in a text for a picture that is in it. */
export const PICTURE = '[picture]'
