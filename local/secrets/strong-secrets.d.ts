export function strongSecrets(): Readonly<
  Record<'CHAT_CALLBACK_TOKEN' | 'REPLIES_API_TOKEN' | 'REPLIES_WEBHOOK_SECRET', string>
>
