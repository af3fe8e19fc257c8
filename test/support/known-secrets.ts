/** The key of the simulated application. */
export const secretKey = '5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e'
export const apiToken = 'api-token-4f1c9a'
export const awsSecretKey = 'aws-secret-access-key'
export const callbackToken = 'callback-token-7d21'
export const modelKey = 'model-key-93d1'

/** What a user asks where a test says nothing else. */
export const usualQuestion = 'Why do tides come twice a day?'
