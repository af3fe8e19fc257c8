import type { Notices } from '../../lib/core/reply/notice.ts'

/** How far messages carry a text, and what stands behind that in the last one. */
export interface Carried {
  /** UTF-16 units of the text. */
  readonly chars: number
  readonly notice: keyof Notices | 'none'
}

const closings = ['', '```', '\n```', '~~~', '\n~~~'] as const

/**
 * Every way in which messages, one after another, can be read as the beginning of `text`: nothing may stand in them beside it
 * but a code fence closed at the end of a message and reopened in the next, and one notice at the very end. None where they
 * hold anything else.
 */
export const waysToRead = (
  messages: readonly string[],
  text: string,
  notices: Notices,
): readonly Carried[] => {
  const last = messages.length - 1
  const before = messages.slice(0, last).reduce<readonly number[]>(
    (places, message, nth) => {
      const variants = withoutReopening(message, nth).flatMap(withoutClosing)
      return placesAfter(places, variants, text)
    },
    [0],
  )
  return withoutNotice(messages[last] ?? '', notices).flatMap(({ own, notice }) =>
    placesAfter(before, withoutReopening(own, last).flatMap(withoutClosing), text).map((chars) => ({
      chars,
      notice,
    })),
  )
}

const placesAfter = (
  places: readonly number[],
  variants: readonly string[],
  text: string,
): readonly number[] => [
  ...new Set(
    places.flatMap((place) =>
      variants.filter((own) => text.startsWith(own, place)).map((own) => place + own.length),
    ),
  ),
]

const withoutClosing = (message: string): readonly string[] =>
  closings
    .filter((closing) => message.endsWith(closing))
    .map((closing) => message.slice(0, message.length - closing.length))

const withoutReopening = (message: string, nth: number): readonly string[] =>
  nth === 0 ? [message] : [message, message.replace(/^(```|~~~).*\n/, '')]

const withoutNotice = (
  message: string,
  notices: Notices,
): readonly { readonly own: string; readonly notice: Carried['notice'] }[] => {
  const named = (Object.keys(notices) as (keyof Notices)[]).flatMap((notice) => {
    const ending = notices[notice]
    if (message === ending) return [{ own: '', notice }]
    return message.endsWith(`\n\n${ending}`)
      ? [{ own: message.slice(0, -ending.length - 2), notice }]
      : []
  })
  return [{ own: message, notice: 'none' }, ...named]
}
