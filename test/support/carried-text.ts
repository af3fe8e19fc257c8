const closings = ['', '```', '\n```']

/**
 * True when messages, one after another, carry exactly `text`: nothing may stand in them beside it but a code fence closed at
 * the end of one message and reopened at the start of the next.
 */
export const carries = (messages: readonly string[], text: string): boolean => {
  const [message, ...rest] = messages
  if (message === undefined) return text === ''
  if (rest.length === 0) return message === text
  return closings.some((closing) => {
    if (!message.endsWith(closing)) return false
    const own = message.slice(0, message.length - closing.length)
    if (!text.startsWith(own)) return false
    return carries(closing === '' ? rest : withoutReopening(rest), text.slice(own.length))
  })
}

const withoutReopening = ([first = '', ...rest]: readonly string[]): readonly string[] => [
  first.replace(/^```.*\n/, ''),
  ...rest,
]
