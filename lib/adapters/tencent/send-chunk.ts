import type { StreamCall } from '../../core/reply/chat-calls.ts'
import type { ChatFailure } from '../../core/reply/chat-failure.ts'
import type { Result } from '../../core/result.ts'
import type { WrittenMessage } from '../../ports.ts'
import type { MayStart } from './chat-transport.ts'
import type { TencentCall } from './tencent-call.ts'

/** Makes the call of one way to write. */
export type SendChunk = (
  call: TencentCall,
  chunk: StreamCall,
  signal?: AbortSignal,
  mayStart?: MayStart,
) => Promise<Result<WrittenMessage, ChatFailure>>
