/** @typedef {import('../types.d.ts').Environment} Environment */
/** @typedef {Pick<import('../types.d.ts').ServiceFunction, 'key' | 'name' | 'variables'>} ToldFunction */
/** @typedef {import('./load-readers.js').Readers} Readers */
/** @typedef {Readonly<Record<string, string>>} Variables */

/** What SCF takes, names and values together, but for what the deployment itself notes there. */
const LIMIT_BYTES = 4_000

/** What only a deployment knows. */
const TOLD = { worker: 'WORKER_FUNCTION', region: 'WORKER_REGION' }

/**
 * What the functions are told: the variables of this environment, else those of serverless.scf.yml, and of the environment each
 * function only those that it reads. The functions' own readers check them.
 * @param {{ readonly region: string, readonly functions: readonly ToldFunction[] }} service
 * @param {Environment} env
 * @param {Readers} readers
 * @param {readonly string[]} checked The functions whose variables are checked, by their keys.
 * @returns {{ readonly variables: Readonly<Record<string, Variables>>, readonly problems: readonly string[] }}
 */
export const functionVariables = (
  { functions, region },
  env,
  readers,
  checked = functions.map(({ key }) => key),
) => {
  const worker = functions.find(({ key }) => key === 'worker')?.name
  /** @type {Environment} */
  const given = {
    ...env,
    AWS_REGION: env['AWS_REGION'] || env['AWS_DEFAULT_REGION'],
    // A queue of the cloud of serverless.yml.
    REPLIES_QUEUE_URL: undefined,
    // A region that is missing is named once, by `missingAccess`.
    ...(worker ? { [TOLD.worker]: worker, [TOLD.region]: region || 'ap-unknown' } : {}),
  }
  const all = functions.map(({ key, variables }) => {
    const read = readers[key]?.names ?? []
    const told = read.flatMap((name) => {
      const value = given[name]
      return value ? [/** @type {const} */ ([name, value])] : []
    })
    return /** @type {const} */ ([key, { ...variables, ...Object.fromEntries(told) }])
  })
  const problems = [
    ...temporaryCredentials(env),
    ...all
      .filter(([key]) => checked.includes(key))
      .flatMap(([key, variables]) => problemsOf(key, variables, readers[key]?.read)),
  ]
  return { variables: Object.fromEntries(all), problems: [...new Set(problems)] }
}

/**
 * @param {Environment} env
 * @returns {readonly string[]}
 */
const temporaryCredentials = (env) =>
  env['AWS_SESSION_TOKEN']
    ? [
        'AWS_SESSION_TOKEN is set: temporary credentials would run out in the functions. ' +
          'Give AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY of a user who may use the table alone',
      ]
    : []

/**
 * @param {string} key
 * @param {Variables} variables
 * @param {Readers[string]['read'] | undefined} read
 */
const problemsOf = (key, variables, read) => {
  if (read === undefined) return [`serverless.scf.yml: nobody knows which variables ${key} reads`]
  const bytes = Object.entries(variables).reduce(
    (sum, [name, value]) => sum + Buffer.byteLength(name) + Buffer.byteLength(value),
    0,
  )
  const tooLarge =
    `the variables of ${key} have ${bytes} bytes, and SCF takes ${LIMIT_BYTES}: ` +
    'put the secrets into a secret that SECRETS_NAME names (tencent:<name>), or shorten SYSTEM_PROMPT'
  return [...(bytes > LIMIT_BYTES ? [tooLarge] : []), ...saidBy(() => read(variables))]
}

/**
 * The lines of a reader's message, but for the first.
 * @param {() => unknown} read
 * @returns {readonly string[]}
 */
const saidBy = (read) => {
  try {
    read()
    return []
  } catch (error) {
    const [first = '', ...lines] = String(error instanceof Error ? error.message : error).split(
      '\n',
    )
    return lines.length > 0 ? lines.map((line) => line.trim()) : [first]
  }
}
