import type { LoggedCall } from './server/world.ts'

/** What a user sees, call by call. */
export interface ShownText {
  /** What is shown after that call, all messages of the reply joined. */
  after(call: LoggedCall): string
}

export const shownText = (): ShownText => {
  const messages = new Map<string, string>()
  let sent = 0
  /** A message that takes the place of a draft says so by its order alone. */
  const keyOf = ({ message }: LoggedCall): string => {
    if (message !== 'next draft') return message
    sent += 1
    return `draft ${sent - 1}`
  }
  return {
    after(call) {
      if (call.appliedAtMs !== undefined && call.does !== 'none') {
        const key = keyOf(call)
        messages.set(key, (call.does === 'append' ? (messages.get(key) ?? '') : '') + call.text)
      }
      return [...messages.values()].join('')
    },
  }
}

/** How many characters of `text` are shown, in order; characters between them that a helper added do not count. */
export const shownChars = (text: string, shown: string): number => {
  let chars = 0
  for (let at = 0; at < shown.length && chars < text.length; at += 1) {
    if (shown.charCodeAt(at) === text.charCodeAt(chars)) chars += 1
  }
  return chars
}

/** Characters of `text` that are not shown, and characters shown beside it. */
export const difference = (text: string, shown: string): { lost: number; extra: number } => {
  const common = longestCommonSubsequence(text, shown)
  return { lost: text.length - common, extra: shown.length - common }
}

const longestCommonSubsequence = (a: string, b: string): number => {
  let start = 0
  while (start < a.length && start < b.length && a[start] === b[start]) start += 1
  const [left, right] = [a.slice(start), b.slice(start)]
  let row = new Uint32Array(right.length + 1)
  for (let i = 0; i < left.length; i += 1) {
    const next = new Uint32Array(right.length + 1)
    for (let j = 0; j < right.length; j += 1) {
      next[j + 1] =
        left.charCodeAt(i) === right.charCodeAt(j)
          ? (row[j] ?? 0) + 1
          : Math.max(row[j + 1] ?? 0, next[j] ?? 0)
    }
    row = next
  }
  return start + (row[right.length] ?? 0)
}
