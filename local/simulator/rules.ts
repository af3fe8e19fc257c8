import { accepted, refusal, type ServiceAnswer } from './answers.ts'
import { endIfSilent } from './end-silent.ts'
import { groupDoor, groupRules } from './group-rules.ts'
import { historyRules } from './history-rules.ts'
import { type MessageView, messageStore, viewOf } from './messages.ts'
import { nativeRules } from './native-rules.ts'
import { rateWindow } from './rate-window.ts'
import { robotRules } from './robot-rules.ts'
import type { CommandRule } from './rule-context.ts'
import { type ChatSettings, defaultSettings } from './settings.ts'
import { streamRule } from './stream-rules.ts'
import { type Typing, typingRule } from './typing-rules.ts'
import type { Violation, ViolationKind } from './violations.ts'

/** The rules of Tencent Chat, in memory. Time comes in with each call. */
export interface ChatRules {
  /** Answers one call of a command named with its service, `openim/modify_c2c_msg`. `undefined` stands for a body that is no JSON. */
  handle(command: string, body: unknown, nowMs: number): ServiceAnswer
  /** Puts a message that a user typed into a conversation; with `group`, into that one. */
  userSays(
    message: {
      readonly from: string
      readonly to: string
      readonly text: string
      readonly group?: true
    },
    nowMs: number,
  ): MessageView
  /** Ends every native stream that has been silent for too long by now. */
  endSilent(nowMs: number): void
  /** Every message, users' ones included, in the order in which they were opened. */
  messages(): readonly MessageView[]
  /** Every time that a bot was shown to type, in order. */
  readonly typings: readonly Typing[]
  /** Every rule that was broken so far, in order; empty is what a test wants to see. */
  readonly violations: readonly Violation[]
  report(kind: ViolationKind, sentence: string, atMs: number): void
}

/** A Tencent Chat that nobody has used yet. Settings left out are `defaultSettings`. */
export const chatRules = (changes: Partial<ChatSettings> = {}): ChatRules => {
  const settings: ChatSettings = { ...defaultSettings, ...changes }
  const store = messageStore(settings)
  const violations: Violation[] = []
  const report: ChatRules['report'] = (kind, sentence, atMs) => {
    violations.push({ kind, sentence, atMs })
  }

  const context = { settings, store, robots: new Set<string>(), report }
  const { createRobot, deleteRobot, listRobots } = robotRules(context)
  const { readMessages, replaceMessage } = historyRules(context)
  const enter = groupDoor(context)
  const inGroups = groupRules(context, enter)
  const { sendToUser, sendToGroup } = nativeRules(context, enter)
  const limited = (rule: CommandRule) => ({ rule, admits: rateWindow(settings.callsPerSecond) })
  const typings: Typing[] = []
  const commands = new Map([
    ['openim/sendmsg', limited(typingRule(context, typings))],
    ['openim_robot_http_svc/send_stream_msg', limited(streamRule(context))],
    ['openim_robot_http_svc/create_robot', limited(createRobot)],
    ['openim_robot_http_svc/delete_robot', limited(deleteRobot)],
    ['openim_robot_http_svc/get_all_robots', limited(listRobots)],
    ['openim/admin_getroammsg', limited(readMessages)],
    ['openim/modify_c2c_msg', limited(replaceMessage)],
    ['group_open_http_svc/send_group_msg', limited(inGroups.send)],
    ['openim/modify_group_msg', limited(inGroups.modify)],
    ['group_open_http_svc/group_msg_get_simple', limited(inGroups.read)],
    ['stream_msg/send_c2c_stream_msg', limited(sendToUser)],
    ['stream_msg/send_group_stream_msg', limited(sendToGroup)],
    ['ConfigSvc/GetIPList', limited(() => accepted({ IPList: settings.callbackAddresses }))],
  ])

  const handle: ChatRules['handle'] = (name, body, nowMs) => {
    const command = commands.get(name)
    if (command === undefined) {
      report('malformed', `There is no command ${name}.`, nowMs)
      return refusal(60009, 'The requested resource does not exist.')
    }
    if (!command.admits(nowMs)) {
      const sentence = `${name}: more than ${settings.callsPerSecond} calls in a second.`
      report('overRate', sentence, nowMs)
      return refusal(60007, sentence)
    }
    if (typeof body !== 'object' || body === null) {
      report('malformed', `${name}: the body is no JSON object.`, nowMs)
      return refusal(60003, 'Failed to parse the JSON of the request.')
    }
    return command.rule(body, nowMs)
  }

  const userSays: ChatRules['userSays'] = ({ from, to, text, group }, nowMs) => {
    const said = { from, to, streamed: false, chunk: text, finished: true }
    const message = store.open({ ...said, ...(group && { group }) }, nowMs)
    const view = viewOf(message)
    settings.onChange(view)
    return view
  }

  const endSilent = (nowMs: number): void => {
    for (const message of store.each()) endIfSilent(message, settings.nativeSilenceMs, nowMs)
  }

  return { handle, userSays, endSilent, messages: store.all, typings, violations, report }
}
