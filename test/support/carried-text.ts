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
