/** The variable that says which code was deployed: SCF does not tell. */
export const DIGEST_VARIABLE = 'DEPLOYED_DIGEST'

/** @typedef {import('../types.d.ts').WantedTrigger} WantedTrigger */

/**
 * Open to everybody from outside: the function itself asks for the token or the signature (document 583/100227).
 * @type {WantedTrigger}
 */
const url = {
  type: 'http',
  name: 'url',
  description: JSON.stringify({
    AuthType: 'NONE',
    NetConfig: { EnableIntranet: false, EnableExtranet: true },
  }),
}

/**
 * @param {import('../types.d.ts').ServiceFunction} one
 * @returns {{ readonly trigger?: WantedTrigger }}
 */
const triggerOf = ({ hasUrl, timer }) => {
  if (hasUrl) return { trigger: url }
  return timer === undefined
    ? {}
    : { trigger: { type: 'timer', name: 'timer', description: timer } }
}

/**
 * Puts together what serverless.scf.yml, the bundler and the environment say of a function.
 * @param {import('../types.d.ts').Service} service
 * @param {import('../types.d.ts').ServiceFunction} one
 * @param {import('../types.d.ts').Packaged} packaged
 * @param {Readonly<Record<string, string>>} variables
 * @returns {import('../types.d.ts').WantedFunction}
 */
export const wantedFunction = (service, one, packaged, variables) => ({
  ...packaged,
  key: one.key,
  name: one.name,
  runtime: service.runtime,
  // SCF takes letters, digits, spaces, commas and full stops.
  description: one.description.replace(/[^A-Za-z\d ,.]/g, ''),
  memoryMb: one.memoryMb,
  timeoutSeconds: one.timeoutSeconds,
  role: service.role,
  variables: { ...variables, [DIGEST_VARIABLE]: packaged.digest },
  ...(service.vpc === undefined ? {} : { vpc: service.vpc }),
  ...(service.logs === undefined ? {} : { logs: service.logs }),
  ...(one.deadLetter === undefined ? {} : { deadLetter: one.deadLetter }),
  ...(one.reservedInstances === undefined ? {} : { reservedInstances: one.reservedInstances }),
  ...triggerOf(one),
})
