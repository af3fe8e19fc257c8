/** What one provider asks for one thing, in US dollars, without free tiers and taxes. */
export interface Price {
  readonly usd: number
  /** For so many units. */
  readonly per: number
  readonly unit: string
  /** When a page of the provider, or one that quotes it, said so: a year and a month. */
  readonly seen: string
}

const price = (usd: number, per: number, unit: string, seen: string): Price => ({
  usd,
  per,
  unit,
  seen,
})

/**
 * The one table of prices. AWS: US East (N. Virginia), on demand, arm64. Tencent Cloud: Singapore, pay as you go, of the
 * international site; traffic as from the Chinese mainland. Other regions differ by a tenth or more, and prices change.
 */
export const prices = {
  'Lambda, time': price(13.3334, 1e6, 'GB-second', '2025-01'),
  'Lambda, invocations': price(0.2, 1e6, 'invocation', '2025-01'),
  'DynamoDB, writes': price(0.625, 1e6, 'write unit', '2025-07'),
  'DynamoDB, reads': price(0.125, 1e6, 'read unit', '2025-07'),
  'HTTP API': price(1, 1e6, 'request', '2025-01'),
  'SQS FIFO': price(0.5, 1e6, 'request', '2025-01'),
  'CloudWatch Logs': price(0.5, 1, 'GB', '2025-01'),
  'SCF, time': price(16.7, 1e6, 'GB-second', '2021-07'),
  'SCF, invocations': price(0.002, 1e4, 'invocation', '2021-07'),
  'SCF, traffic out': price(0.12, 1, 'GB', '2021-07'),
  'SCF, basic package': price(1.8, 1, 'month', '2022-07'),
} as const satisfies Readonly<Record<string, Price>>

export type PriceName = keyof typeof prices

/** What a model asks for a million tokens, in and out, in US dollars. */
export const modelPrices = [
  { model: 'deepseek-chat', inUsd: 0.28, outUsd: 0.42, seen: '2025-09' },
  { model: 'gpt-4o-mini', inUsd: 0.15, outUsd: 0.6, seen: '2024-07' },
  { model: 'gpt-4.1-mini', inUsd: 0.4, outUsd: 1.6, seen: '2025-04' },
  { model: 'gpt-4o', inUsd: 2.5, outUsd: 10, seen: '2024-10' },
] as const

/** What an amount of something costs, in US dollars. */
export const costOf = (name: PriceName, amount: number): number =>
  (amount / prices[name].per) * prices[name].usd
