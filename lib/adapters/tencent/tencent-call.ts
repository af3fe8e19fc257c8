import { classifyErrorCode } from './answer-class.ts'
import type { ChatTransport } from './chat-transport.ts'
import { classifiedCall, type TencentCall } from './classified-call.ts'

export { inDoubt, type TencentCall } from './classified-call.ts'

/** Calls whose refusals are told apart as replies need it, each with a hint for whoever mends it. */
export const tencentCall = (transport: ChatTransport, forgetSignature: () => void): TencentCall =>
  classifiedCall(classifyErrorCode, transport, forgetSignature)
