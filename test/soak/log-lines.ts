import { fieldsOf, parsedJson } from '../../lib/core/json.ts'

/** What functions printed about each reply, for whoever has to find out what went wrong. */
export interface LogLines {
  note(functionName: string, line: string): void
  readonly about: (replyId: string) => readonly string[]
  /** Lines that name no reply: crashes, and what is no log line. */
  readonly others: () => readonly string[]
}

const MOST_EACH = 80
const MOST_OTHERS = 200

export const logLines = (): LogLines => {
  const byReply = new Map<string, string[]>()
  const others: string[] = []

  const keep = (list: string[], line: string, most: number): void => {
    list.push(line)
    if (list.length > most) list.shift()
  }

  return {
    note(functionName, line) {
      const fields = fieldsOf(parsedJson(line))
      if (fields['_aws'] !== undefined) return
      const { replyId, level } = fields
      const shown = `[${functionName}] ${line}`
      if (typeof replyId === 'string') {
        const list = byReply.get(replyId) ?? []
        byReply.set(replyId, list)
        keep(list, shown, MOST_EACH)
      } else if (level !== 'INFO') {
        keep(others, shown, MOST_OTHERS)
      }
    },
    about: (replyId) => byReply.get(replyId) ?? [],
    others: () => others,
  }
}
