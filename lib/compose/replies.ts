import { randomUUID } from 'node:crypto'
import type { Context } from 'aws-lambda'
import { historyIn, userRecordsIn, webhookPathsIn } from '#stores'
import { sameSecret } from '../adapters/crypto/same-secret.ts'
import { isSignedWebhook } from '../adapters/crypto/standard-webhook.ts'
import { digest } from '../adapters/runtime/digest.ts'
import type { Config } from '../config.ts'
import { orderHash } from '../core/reply/order-hash.ts'
import type { ReplyId } from '../core/reply/reply.ts'
import type { WebApp } from '../http/gateway.ts'
import { repliesApp } from '../http/replies-api.ts'
import type { InvocationSignals } from '../ports.ts'
import { cancelReply } from '../use-cases/cancel-reply.ts'
import { pushChunk } from '../use-cases/push-chunk.ts'
import { sendReply } from '../use-cases/send-reply.ts'
import { unusableSecret } from './secrets.ts'
import { composeWriter } from './writer.ts'

/** The replies API, made anew for each invocation around clients that live as long as the sandbox. */
export const composeReplies = (
  config: Config,
): ((context: Context, address?: string) => WebApp) => {
  const { deps, settings, signer, readSecret, table, within } = composeWriter(config)

  const webhookPaths = webhookPathsIn(table)

  const users = userRecordsIn(table)
  // Nothing but forgets: how much is remembered is the worker's business.
  const history = historyIn(table, { maxTurns: 0, hours: 0 })

  return (context, address) => {
    const writing = async <T>(work: (signals: InvocationSignals) => Promise<T>): Promise<T> => {
      // With a key that cannot be read nothing may be accepted: every call would fail.
      await signer.sign().catch(unusableSecret)
      return within(context, work)
    }
    return repliesApp({
      store: deps.store,
      webhookPaths,
      users,
      history,
      log: deps.log,
      address,
      readSecret,
      sameSecret,
      isSigned: isSignedWebhook,
      now: deps.clock.now,
      webhookMap: config.REPLIES_WEBHOOK_MAP,
      writesToGroups: config.GROUP_STREAM !== 'off',
      newReplyId: () => randomUUID() as ReplyId,
      sendReply: (reply) => {
        const order = { ...reply, orderHash: orderHash(reply, digest) }
        return writing((signals) => sendReply(deps, settings, order, signals))
      },
      pushChunk: (replyId, chunk) =>
        writing((signals) => pushChunk(deps, settings, replyId, chunk, signals)),
      cancelReply: (replyId) => writing((signals) => cancelReply(deps, settings, replyId, signals)),
    })
  }
}
