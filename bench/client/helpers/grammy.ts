import { streamApi } from '@grammyjs/stream'
import { Api } from 'grammy'
import { TELEGRAM_CHATS, TELEGRAM_DRAFTS_FROM } from '../../server/platforms.ts'
import type { Helper } from '../job.ts'

/** grammY's stream plugin: drafts that are replaced, then a message. */
export const helper: Helper = async (url) => {
  const api = new Api('1:bench', { apiRoot: `${url}/telegram` })
  return async (conversation) => async (deltas) => {
    const chat = TELEGRAM_CHATS[conversation]
    await streamApi(api.raw).streamMessage(chat, TELEGRAM_DRAFTS_FROM, deltas)
  }
}
