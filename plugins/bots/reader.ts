import { sourceNames } from '../../lib/compose/bot.ts'
import { readBotsFile } from '../../lib/config/bots-file.ts'

/** Reads `bots.yml` by the rules of the functions themselves. Bundled before it is run: packaging runs on a Node that reads no TypeScript. */
export const read = (text: string, file: string): ReturnType<typeof readBotsFile> =>
  readBotsFile(text, file, sourceNames)
