import { sourceFailed } from './source-failed.ts'

/** Longest line or event that a source takes, in UTF-16 code units. */
export const LINE_CHARS = 1_048_576

type Bytes = AsyncIterable<Uint8Array | string> | Iterable<Uint8Array | string>

/**
 * UTF-8 as text, wherever the network cut it; what is no UTF-8 becomes U+FFFD. Never yields an empty string. `onBytes` is
 * called for each chunk, also where it ends inside of a character.
 */
export const decodeUtf8 = async function* (
  chunks: Bytes,
  onBytes: () => void = () => {},
): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder()
  for await (const chunk of chunks) {
    onBytes()
    const text = typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true })
    if (text !== '') yield text
  }
  const rest = decoder.decode()
  if (rest !== '') yield rest
}

/** The lines of a text, without their ends (LF or CR LF); the last one may lack its end. A line over `LINE_CHARS` is a failure. */
export const splitLines = async function* (
  text: AsyncIterable<string>,
): AsyncGenerator<string, void, undefined> {
  let open: string[] = []
  let openChars = 0
  for await (const part of text) {
    const [first = '', ...others] = part.split('\n')
    openChars += first.length
    open.push(first)
    for (const next of others) {
      yield withoutReturn(open.join(''))
      openChars = next.length
      open = [next]
    }
    if (openChars > LINE_CHARS) throw sourceFailed('A line of the answer is longer than 1 MiB.')
  }
  if (openChars > 0) yield withoutReturn(open.join(''))
}

const withoutReturn = (line: string): string => (line.endsWith('\r') ? line.slice(0, -1) : line)

/** What a text begins with after its white space, and all of it, to be read once; both are empty where there is nothing. */
export const peek = async (
  text: AsyncIterable<string>,
): Promise<{ readonly beginning: string; readonly text: AsyncIterable<string> }> => {
  const rest = text[Symbol.asyncIterator]()
  let begun = ''
  let isBlank = true
  while (isBlank && begun.length <= LINE_CHARS) {
    const next = await rest.next()
    if (next.done) break
    begun += next.value
    isBlank = next.value.trimStart() === ''
  }
  return { beginning: begun.trimStart(), text: withBeginning(begun, rest) }
}

/** The rest of a text, and again what was read of it. */
const withBeginning = (begun: string, rest: AsyncIterator<string>): AsyncIterable<string> => {
  let first = begun
  return {
    [Symbol.asyncIterator]: () => ({
      next: () => {
        if (first === '') return rest.next()
        const value = first
        first = ''
        return Promise.resolve({ done: false, value })
      },
      return: async () => (await rest.return?.()) ?? { done: true, value: undefined },
    }),
  }
}
