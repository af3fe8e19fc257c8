import * as v from 'valibot'
import { accepted, refusal, type ServiceAnswer } from './answers.ts'
import type { CommandRule, RuleContext } from './rule-context.ts'

const robotName = v.pipe(v.string(), v.startsWith('@RBT#'), v.maxBytes(32))

const createSchema = v.object({
  UserID: robotName,
  Nick: v.optional(v.string()),
  FaceUrl: v.optional(v.string()),
  SelfSignature: v.optional(v.pipe(v.string(), v.maxBytes(500))),
})

const deleteSchema = v.object({ Robot_Account: robotName })

/** `create_robot`, `delete_robot` and `get_all_robots` (documents 269/89991 to 269/89993). */
export const robotRules = ({ settings, robots, report }: RuleContext) => {
  const malformed = (command: string, field: string, nowMs: number): ServiceAnswer => {
    const sentence = `${command}: ${field} is missing or wrong.`
    report('malformed', sentence, nowMs)
    return refusal(10004, sentence)
  }

  const createRobot: CommandRule = (body, nowMs) => {
    const parsed = v.safeParse(createSchema, body)
    if (!parsed.success) return malformed('create_robot', 'UserID', nowMs)
    const { UserID } = parsed.output
    if (!robots.has(UserID) && robots.size >= settings.maxRobots) {
      return refusal(10008, `The application has ${robots.size} robots already.`)
    }
    robots.add(UserID)
    return accepted()
  }

  const deleteRobot: CommandRule = (body, nowMs) => {
    const parsed = v.safeParse(deleteSchema, body)
    if (!parsed.success) return malformed('delete_robot', 'Robot_Account', nowMs)
    return robots.delete(parsed.output.Robot_Account)
      ? accepted()
      : refusal(10004, 'There is no such robot.')
  }

  const listRobots: CommandRule = () => accepted({ Robot_Account: [...robots] })

  return { createRobot, deleteRobot, listRobots }
}
