/** What a service of Tencent Cloud answered in place of what was asked for. */
export class Refusal extends Error {
  /**
   * @param {string} product Such as `scf`.
   * @param {string} action
   * @param {string} code Such as `ResourceNotFound.Function`; empty where the service was not reached.
   * @param {string} message
   */
  constructor(product, action, code, message) {
    super(message)
    this.name = 'Refusal'
    this.product = product
    this.action = action
    this.code = code
  }
}

const tries = 4
const pauseMs = 1_000

/**
 * @param {unknown} error
 * @param {string} field
 */
const textOf = (error, field) => {
  /** @type {unknown} */
  const value = typeof error === 'object' && error !== null && Reflect.get(error, field)
  return typeof value === 'string' ? value : ''
}

/**
 * Makes a call, and makes it again where calls come too often; nothing else is tried twice. Throws `Refusal`.
 * @template Answer
 * @param {import('../types.d.ts').Clock} clock
 * @param {string} product
 * @param {string} action
 * @param {() => Promise<Answer>} call
 * @returns {Promise<Answer>}
 */
export const ask = async (clock, product, action, call) => {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await call()
    } catch (error) {
      const code = textOf(error, 'code')
      if (!code.startsWith('RequestLimitExceeded') || attempt >= tries) {
        throw new Refusal(product, action, code, textOf(error, 'message'))
      }
      await clock.sleep(pauseMs * attempt)
    }
  }
}

/**
 * What the SDK's clients are told to reach `endpoint`.
 * @param {string | undefined} endpoint
 */
const httpProfileOf = (endpoint) => {
  if (endpoint === undefined) return {}
  const { host, protocol } = new URL(endpoint)
  return { endpoint: host, protocol: `${protocol}//` }
}

/**
 * The settings of a client of the SDK.
 * @param {import('../types.d.ts').Access} access
 * @param {string | undefined} endpoint
 */
export const clientSettings = ({ secretId, secretKey, token, region }, endpoint) => ({
  credential: { secretId, secretKey, ...(token === undefined ? {} : { token }) },
  region,
  profile: { httpProfile: httpProfileOf(endpoint) },
})
