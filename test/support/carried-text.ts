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
