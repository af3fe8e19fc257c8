import { chatRules } from '../../local/simulator/rules.ts'
import type { ChatSettings } from '../../local/simulator/settings.ts'

export const START_MS = 1_700_000_000_000
const ends = { From_Account: '@RBT#bot', To_Account: 'user01' }
export const sendCommand = 'openim_robot_http_svc/send_stream_msg'

/** The rules of the service, and short ways to call it. */
export const setUp = (settings: Partial<ChatSettings> = {}) => {
  const rules = chatRules(settings)
  const send = (fields: object, atMs = 0) =>
    rules.handle(sendCommand, { ...ends, ...fields }, START_MS + atMs)
  const open = (text = 'a'): string => send({ Chunk: text }).MsgKey ?? ''
  const robot = (command: string, body: object) =>
    rules.handle(`openim_robot_http_svc/${command}`, body, START_MS)
  const read = (fields: object = {}) => {
    const span = { MaxCnt: 100, MinTime: 0, MaxTime: 4_294_967_295 }
    const accounts = { Operator_Account: '@RBT#bot', Peer_Account: 'user01' }
    return rules.handle('openim/admin_getroammsg', { ...accounts, ...span, ...fields }, START_MS)
  }
  const modify = (MsgKey: string, data: unknown) => {
    const content = { MsgContent: { Data: JSON.stringify(data) }, MsgType: 'TIMCustomElem' }
    const body = { ...ends, MsgKey, MsgBody: [content] }
    return rules.handle('openim/modify_c2c_msg', body, START_MS)
  }
  const kinds = () => rules.violations.map(({ kind }) => kind)
  return { rules, send, open, robot, read, modify, kinds }
}
