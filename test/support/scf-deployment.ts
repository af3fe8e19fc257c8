/** Who deploys in the tests. */
export const deployer = { secretId: 'AKIDdeployer', secretKey: 'secret-key-of-who-deploys' }

/** All that a deployment to SCF needs, but for the place of the API. */
export const deployEnvironment = {
  TENCENTCLOUD_SECRET_ID: deployer.secretId,
  TENCENTCLOUD_SECRET_KEY: deployer.secretKey,
  TENCENTCLOUD_REGION: 'ap-singapore',
  SCF_ROLE: 'chat-stream',
  CHAT_SDK_APP_ID: '1400000000',
  CHAT_SECRET_KEY: 'secret-key-of-the-chat-application',
  CHAT_CALLBACK_TOKEN: 'token-of-the-callbacks',
  REPLIES_API_TOKEN: 'token-of-the-replies-api',
  OPENAI_API_KEY: 'sk-key-of-the-model',
  AWS_REGION: 'ap-southeast-1',
  AWS_ACCESS_KEY_ID: 'AKIAOFTHETABLE',
  AWS_SECRET_ACCESS_KEY: 'secret-access-key-of-the-table',
}

/** What no message may show. */
export const deploySecrets = [
  deployEnvironment.TENCENTCLOUD_SECRET_KEY,
  deployEnvironment.CHAT_SECRET_KEY,
  deployEnvironment.CHAT_CALLBACK_TOKEN,
  deployEnvironment.REPLIES_API_TOKEN,
  deployEnvironment.OPENAI_API_KEY,
  deployEnvironment.AWS_SECRET_ACCESS_KEY,
]
