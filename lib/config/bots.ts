/** A variable of a bot, and the line of the file that says it. */
export interface BotField {
  readonly value: string
  readonly line: number
}

/** What `bots.yml` says, checked when the functions were packaged. */
export interface BotsFile {
  /** Its name, for whoever mends it. */
  readonly file: string
  readonly bots: Readonly<Record<string, BotEntry>>
}

/** One bot: what it has otherwise than the environment says. */
export interface BotEntry {
  readonly line: number
  readonly fields: Readonly<Record<string, BotField>>
}

/** Stands in the bundle of the worker, and with the limits alone in that of the webhook (plugins/bots). */
declare const TENCENT_CHAT_BOTS: BotsFile | undefined

/** The bots that this function was packaged with; `undefined` where there was no file. */
export const packagedBots = (): BotsFile | undefined =>
  typeof TENCENT_CHAT_BOTS === 'undefined' ? undefined : TENCENT_CHAT_BOTS

/** A number of a bot whose file says it; else that of the environment. */
export const botNumber = (
  file: BotsFile | undefined,
  bot: string,
  name: string,
  otherwise: number,
): number => {
  const given = fieldsOfBot(file, bot)?.[name]
  return given === undefined ? otherwise : Number(given.value)
}

const fieldsOfBot = (file: BotsFile | undefined, bot: string): BotEntry['fields'] | undefined =>
  file !== undefined && Object.hasOwn(file.bots, bot) ? file.bots[bot]?.fields : undefined

/** `${secret:FIELD}`: the field of the secret whose value counts; `undefined` for any other value. */
export const secretFieldIn = (value: string): string | undefined =>
  /^\$\{secret:(\w{1,128})\}$/.exec(value)?.[1]
