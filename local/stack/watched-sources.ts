import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

/** An error that a source threw while it answered a turn. */
export interface SourceError {
  readonly replyId: string
  readonly sentence: string
  readonly stack: string
}

interface Asked {
  readonly turn: { readonly replyId: string }
  readonly signal: AbortSignal
}
type Source = (asked: Asked) => AsyncIterable<string>
type Sources = Record<string, (parts: unknown) => Source>

/**
 * Lets each reply source of the project in `directory` tell what it throws, whatever becomes of it afterwards: the functions
 * themselves keep it to its kind, since nobody knows what stands in it. Answers with the sources' names; `undefined` where
 * there are none, or they do not load.
 */
export const watchReplySources = async (
  directory: string,
  threw: (error: SourceError) => void,
): Promise<readonly string[] | undefined> => {
  const file = pathToFileURL(join(directory, 'lib/adapters/sources/index.ts')).href
  const loaded = await import(file).catch(() => undefined)
  const sources: Sources | undefined = loaded?.replySources
  if (sources === undefined) return undefined
  for (const [name, make] of Object.entries(sources)) {
    sources[name] = (parts) => {
      const source = make(parts)
      // What a source says of itself stays true.
      return Object.assign((asked: Asked) => watched(source, asked, threw), source)
    }
  }
  return Object.keys(sources)
}

async function* watched(
  source: Source,
  asked: Asked,
  threw: (error: SourceError) => void,
): AsyncGenerator<string> {
  try {
    yield* source(asked)
  } catch (error) {
    if (!asked.signal.aborted && !saysWhy(error)) threw(describe(asked.turn.replyId, error))
    throw error
  }
}

/** A failure that a source reports itself is in the record, in its own words. */
const saysWhy = (error: unknown): boolean => error instanceof Error && 'failure' in error

const describe = (replyId: string, error: unknown): SourceError => {
  const sentence = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  return { replyId, sentence, stack: error instanceof Error ? (error.stack ?? sentence) : sentence }
}
