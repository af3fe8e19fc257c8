/** Where the stream of a response stands. */
export interface ResponsePlace {
  readonly id: string
  /** The newest event that was read; -1 for none. */
  readonly sequence: number
  /** UTF-16 units that were shown by then; none means that the answer may not have begun. */
  readonly chars: number
}

/** The place as a cursor. */
export const cursorOf = ({ id, sequence, chars }: ResponsePlace): string =>
  `${id}:${sequence}:${chars}`

/** The place of a cursor; `undefined` where another source has made it. */
export const placeOf = (cursor: string): ResponsePlace | undefined => {
  const [, id = '', sequence, chars] =
    /^([\w-]{1,200}):(-1|\d{1,15}):(\d{1,15})$/.exec(cursor) ?? []
  return id === '' ? undefined : { id, sequence: Number(sequence), chars: Number(chars) }
}
