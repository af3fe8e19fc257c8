import * as v from 'valibot'
import { accepted, refusal } from './answers.ts'
import type { CommandRule, RuleContext } from './rule-context.ts'

/** One time that a bot was shown to type. */
export interface Typing {
  readonly from: string
  readonly to: string
  readonly atMs: number
}

const typingData = v.pipe(
  v.string(),
  v.parseJson(),
  v.looseObject({
    businessID: v.literal('user_typing_status'),
    typingStatus: v.literal(1),
    version: v.number(),
    userAction: v.literal(14),
    actionParam: v.literal('EIMAMSG_InputStatus_Ing'),
  }),
)
const schema = v.object({
  From_Account: v.string(),
  To_Account: v.string(),
  MsgRandom: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(4_294_967_295)),
  OnlineOnlyFlag: v.literal(1),
  MsgLifeTime: v.literal(0),
  MsgBody: v.tuple([
    v.object({ MsgType: v.literal('TIMCustomElem'), MsgContent: v.object({ Data: typingData }) }),
  ]),
})

/** `openim/sendmsg` (document 1047/34919), of which only that a bot types is known here. Keeps nothing but when. */
export const typingRule =
  ({ report }: RuleContext, typings: Typing[]): CommandRule =>
  (body, nowMs) => {
    const parsed = v.safeParse(schema, body)
    if (!parsed.success) {
      const sentence = `sendmsg: ${v.getDotPath(parsed.issues[0])} is missing or wrong.`
      report('malformed', sentence, nowMs)
      return refusal(90001, sentence)
    }
    const { From_Account: from, To_Account: to } = parsed.output
    typings.push({ from, to, atMs: nowMs })
    return accepted()
  }
