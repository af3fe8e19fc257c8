import { sourceNames } from '../../../lib/compose/bot.ts'
import { variableNames } from '../../../lib/config/variable-names.ts'
import { readConfig, readWebhookConfig, readWorkerConfig } from '../../../lib/config.ts'

/** Which variables a function reads, and what checks them. */
interface Reader {
  readonly names: readonly string[]
  /** Throws one Error with a line for each variable that is missing or malformed. */
  readonly read: (env: Readonly<Record<string, string | undefined>>) => unknown
}

/**
 * The functions' own readers, by the function's key, so that a deployment checks what the functions will check. Bundled before it is
 * run: the plugin runs on a Node that reads no TypeScript.
 */
export const readers: Readonly<Record<string, Reader>> = {
  replies: { names: variableNames.writing, read: readConfig },
  sweeper: { names: variableNames.writing, read: readConfig },
  webhook: { names: variableNames.receiving, read: readWebhookConfig },
  worker: { names: variableNames.answering, read: (env) => readWorkerConfig(sourceNames, env) },
}
