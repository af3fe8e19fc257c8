/** What serverless.scf.yml may say, as JSON schemas. An empty text is how a variable that nobody set arrives: nothing is said. */

const orEmpty = (/** @type {object} */ schema) => ({ anyOf: [{ const: '' }, schema] })
const name = { type: 'string', minLength: 1 }

const memorySize = { type: 'integer', minimum: 128, maximum: 3072, multipleOf: 128 }
const timeout = { type: 'integer', minimum: 1, maximum: 900 }
const environment = {
  type: 'object',
  // The platform takes these names from nobody.
  patternProperties: {
    '^(?!SCF_|QCLOUD_|TENCENTCLOUD_)[A-Za-z][A-Za-z0-9_]*$': { type: 'string' },
  },
  additionalProperties: false,
}

const pair = (/** @type {string} */ one, /** @type {string} */ other) => ({
  type: 'object',
  properties: { [one]: { type: 'string' }, [other]: { type: 'string' } },
  required: [one, other],
  additionalProperties: false,
})

export const provider = {
  properties: {
    region: orEmpty({ type: 'string', pattern: '^[a-z]+-[a-z]+(-[0-9a-z]+)*$' }),
    // The documents list Nodejs18.15; Nodejs20.19 is for regions whose API takes it.
    runtime: { enum: ['Nodejs18.15', 'Nodejs20.19'] },
    memorySize,
    timeout,
    role: { type: 'string' },
    environment,
    vpc: pair('vpcId', 'subnetId'),
    logs: pair('logsetId', 'topicId'),
  },
  required: ['region', 'runtime'],
}

export const functionProperties = {
  properties: {
    handler: { type: 'string', pattern: '^[A-Za-z0-9_./-]+\\.[A-Za-z][A-Za-z0-9_]*$' },
    description: { type: 'string' },
    memorySize,
    timeout,
    environment,
    deadLetter: orEmpty({ type: 'string', pattern: '^CMQ-(QUEUE|TOPIC):.+$' }),
    reservedConcurrency: {
      anyOf: [
        { type: 'integer', minimum: 0 },
        { type: 'string', pattern: '^[0-9]*$' },
      ],
    },
    package: { type: 'object', properties: { artifact: name }, additionalProperties: false },
  },
  required: ['handler'],
}

/** A function is called by URL, or by a timer of seven fields (document 583/9708), or by nothing but `Invoke`. */
export const events = {
  url: { const: true },
  timer: { type: 'string', pattern: '^\\S+( \\S+){6}$' },
}
