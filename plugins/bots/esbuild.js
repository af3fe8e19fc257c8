import { readBots } from './read-bots.js'

/** @typedef {import('../../lib/config/bots.ts').BotsFile} BotsFile */

/** The webhook counts; prompts would make it slow to start. */
const LIMITS = /^USER_TURNS_/

/** @param {BotsFile} all @returns {BotsFile} */
const limitsOf = ({ file, bots }) => ({
  file,
  bots: Object.fromEntries(
    Object.entries(bots).map(([name, { line, fields }]) => [
      name,
      {
        line,
        fields: Object.fromEntries(Object.entries(fields).filter(([field]) => LIMITS.test(field))),
      },
    ]),
  ),
})

/** @param {import('esbuild').BuildOptions['entryPoints']} entries */
const isOfWebhook = (entries) =>
  Array.isArray(entries) && entries.some((entry) => /\bwebhook\.\w+$/.test(String(entry)))

/**
 * Puts what `bots.yml` says into the bundles of functions: prompts of any length, which no environment could hold.
 * @param {string} [directory]
 * @returns {import('esbuild').Plugin}
 */
export const botsPlugin = (directory = process.cwd()) => ({
  name: 'bots',
  async setup({ initialOptions }) {
    const bots = await readBots(directory)
    const { entryPoints, define } = initialOptions
    const known = bots && (isOfWebhook(entryPoints) ? limitsOf(bots) : bots)
    initialOptions.define = { ...define, TENCENT_CHAT_BOTS: JSON.stringify(known) ?? 'undefined' }
  },
})

/** What serverless-esbuild asks for. @param {{ readonly serviceDir?: string }} [serverless] */
export default (serverless) => [botsPlugin(serverless?.serviceDir)]
