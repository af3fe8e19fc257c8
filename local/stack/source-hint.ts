/** Services that speak OpenAI's chat completions, by the names that people give them. */
const addresses: Readonly<Record<string, string>> = {
  deepseek: 'https://api.deepseek.com',
  hunyuan: 'https://api.hunyuan.cloud.tencent.com/v1',
  qwen: 'https://dashscope.aliyuncs.com/compatible-mode/v1',
  dashscope: 'https://dashscope.aliyuncs.com/compatible-mode/v1',
  kimi: 'https://api.moonshot.cn/v1',
  moonshot: 'https://api.moonshot.cn/v1',
  glm: 'https://open.bigmodel.cn/api/paas/v4',
  zhipu: 'https://open.bigmodel.cn/api/paas/v4',
  doubao: 'https://ark.cn-beijing.volces.com/api/v3',
  ollama: 'http://127.0.0.1:11434/v1',
  openrouter: 'https://openrouter.ai/api/v1',
  groq: 'https://api.groq.com/openai/v1',
  mistral: 'https://api.mistral.ai/v1',
  gemini: 'https://generativelanguage.googleapis.com/v1beta/openai',
}

/** What whoever set `REPLY_SOURCE` to the name of a model's maker probably means; `undefined` where nobody can tell. */
export const sourceHint = (
  source: string | undefined,
  problems: readonly string[],
): string | undefined => {
  if (
    source === undefined ||
    !problems.some((one) => one.includes('REPLY_SOURCE must be one of'))
  ) {
    return undefined
  }
  const address = addresses[source.toLowerCase()]
  return address === undefined
    ? 'A source of your own is one file in lib/adapters/sources, with a line in index.ts there.'
    : `${source} is no source: did you mean \`openai\` with OPENAI_BASE_URL=${address}? See docs/models.md.`
}
