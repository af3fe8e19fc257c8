import { randomBytes } from 'node:crypto'

/** A strong value for each secret that this application's owner chooses; all others come from Tencent or a model's server. */
export const strongSecrets = () => ({
  CHAT_CALLBACK_TOKEN: randomBytes(16).toString('hex'),
  REPLIES_API_TOKEN: randomBytes(24).toString('hex'),
  REPLIES_WEBHOOK_SECRET: `whsec_${randomBytes(32).toString('base64')}`,
})
