/**
 * How the keys of the table begin, one kind of item each (docs/stored-data.md). A function's role names those that it may
 * touch (serverless.yml, `allow`): a new kind belongs in both.
 */
export const keyPrefixes = {
  reply: 'reply#',
  pieces: 'pieces#',
  msgKey: 'msgkey#',
  history: 'history#',
  budget: 'budget#',
  line: 'line#',
  webhook: 'webhook#',
  service: 'service#',
  user: 'user#',
} as const
