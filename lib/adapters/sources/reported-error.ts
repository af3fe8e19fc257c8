import { type Fields, fieldsOf, isObject, scalarText } from '../../core/json.ts'
import { endedBy, PassingTrouble, shownCode, sourceFailed } from './source-failed.ts'

/** What an error of a model's server means for whoever asked. */
type ErrorClass = 'withheld' | 'too-long' | 'no-credit' | 'passing' | 'lasting'

/** An error as a model's server spells it; its words may quote the key or the conversation, so that none is ever shown. */
export interface ReportedError {
  readonly class: ErrorClass
  /** What it calls itself. */
  readonly code: unknown
}

const isGiven = (value: unknown): boolean =>
  value !== undefined && value !== null && value !== '' && value !== false

/** A code that is none of an error: absent, 0, 200 or a word for that. */
const isGood = (code: unknown): boolean =>
  !isGiven(code) || /^(0+|200|ok|success)$/i.test(scalarText(code))

/** The error that an answer or event of a model's server holds, under any of its usual shapes. `named`: the event's name says that it is one. */
export const reportedErrorOf = (parsed: unknown, named: boolean): ReportedError | undefined => {
  const fields = fieldsOf(Array.isArray(parsed) ? parsed[0] : parsed)
  const inner = [fields['error'], fields['errors'], choiceError(fields['choices'])].find(isGiven)
  if (inner !== undefined) return errorOf(isObject(inner) ? inner : { ...fields, message: inner })
  const { status_code: status, status_msg } = fieldsOf(fields['base_resp'])
  if (!isGood(status)) return errorOf({ code: status, message: status_msg })
  return named || saysError(fields) ? errorOf(fields) : undefined
}

const choiceError = (choices: unknown): unknown =>
  fieldsOf(Array.isArray(choices) ? choices[0] : undefined)['error']

/** An object that is an error by itself, without one inside. */
const saysError = (fields: Fields): boolean => {
  if (fields['object'] === 'error' || fields['type'] === 'error') return true
  if (Array.isArray(fields['choices'])) return false
  const { detail, message, msg, error_msg, code, error_code, status } = fields
  if (isGiven(detail) && Object.keys(fields).length === 1) return true
  const badStatus = typeof status === 'number' && status >= 400
  return (
    [message, msg, error_msg].some(isGiven) && !(isGood(code) && isGood(error_code) && !badStatus)
  )
}

const errorOf = (error: unknown): ReportedError => {
  const fields = fieldsOf(Array.isArray(error) ? error[0] : error)
  const { code, error_code, type, status, innererror, message, msg, error_msg, detail } = fields
  const codes = [fieldsOf(innererror)['code'], code, error_code, type, status].filter(isGiven)
  const words = [message, msg, error_msg, detail].filter((one) => typeof one === 'string')
  return {
    class: classOf(codes.map(scalarText), words.join(' ').slice(0, 2_000)),
    code: [code, error_code, type].find(isGiven),
  }
}

const withheld = /content_?(filter|policy)|data_?inspection|responsibleai|sensitive|moderation/i
const tooLong =
  /context_length|context (length|window|size)|(prompt|input)( is)? too (long|large)|too many (input )?tokens|string_above_max|model_max_prompt_tokens/i
const noCredit =
  /insufficient_?(quota|balance|funds|credit)|billing|arrearage|exceeded_current_quota|credit_balance/i
const passing =
  /^(408|409|425|429|5\d\d)$|overload|rate_?(limit|quota)|throttl|server_?error|internal_?(server_?)?error|unavailable|time_?out|try_again/i

/** Codes say more than words, but for the length: it is told in words alone by many. */
const classOf = (codes: readonly string[], words: string): ErrorClass => {
  const someCode = (pattern: RegExp): boolean => codes.some((code) => pattern.test(code))
  if (someCode(withheld)) return 'withheld'
  if (someCode(noCredit)) return 'no-credit'
  if (someCode(tooLong) || tooLong.test(words)) return 'too-long'
  return someCode(passing) ? 'passing' : 'lasting'
}

const advice: Readonly<Record<Exclude<ErrorClass, 'withheld'>, string>> = {
  'no-credit': ': the account has no credit left, or its limit is reached',
  'too-long':
    ': the conversation is too long for the model, set a smaller HISTORY_TURNS or SYSTEM_PROMPT',
  passing: '',
  lasting: '',
}

/** The error of a source whose server reported one after the head of its answer. */
export const brokeOff = ({ class: kind, code }: ReportedError): Error => {
  if (kind === 'withheld') return withheldBy(code)
  const detail = `The model's server broke off with an error${shownCode(code)}${advice[kind]}.`
  return kind === 'passing' ? new PassingTrouble(detail) : sourceFailed(detail)
}

const withheldBy = (code: unknown): Error =>
  endedBy('withheld', `The model's server held the answer back for what it says${shownCode(code)}.`)

const PASSING_STATUS: ReadonlySet<number> = new Set([408, 409, 425, 429])

/** The error of a source whose server refused with this status. */
export const refusedWith = (
  status: number,
  parsed: unknown,
  retryAfter: string | undefined,
): Error => {
  const { class: kind, code } = reportedErrorOf(parsed, true) ?? { class: 'lasting', code: '' }
  if (kind === 'withheld') return withheldBy(code)
  const said = advice[kind] === '' ? `: ${adviceOn(status)}` : advice[kind]
  const detail = `The model's server answered ${status}${shownCode(code)}${said}.`
  const mayPass = PASSING_STATUS.has(status) || status >= 500
  return mayPass && kind !== 'no-credit' && kind !== 'too-long'
    ? new PassingTrouble(detail, retryAfter)
    : sourceFailed(detail)
}

const wrongKey = 'OPENAI_API_KEY is wrong, or may not use OPENAI_MODEL'
const adviceOnOne: ReadonlyMap<number, string> = new Map([
  [401, wrongKey],
  [403, wrongKey],
  [402, 'the account has no credit left'],
  [404, 'OPENAI_MODEL or OPENAI_BASE_URL is wrong'],
  [413, 'the conversation is too long for it, set a smaller HISTORY_TURNS'],
  [429, 'too many requests, or the account has no credit left'],
])

const adviceOn = (status: number): string => {
  const one = adviceOnOne.get(status)
  if (one !== undefined) return one
  if (status === 400 || status === 422)
    return 'OPENAI_MODEL is wrong, the conversation is too long for the model, or OPENAI_PARAMETERS has a field that it does not take'
  if (PASSING_STATUS.has(status) || status >= 500) return 'it is in trouble or overloaded'
  if (status >= 300 && status < 400)
    return 'redirects are not followed, OPENAI_BASE_URL must be the final address'
  return 'OPENAI_BASE_URL is probably wrong'
}
