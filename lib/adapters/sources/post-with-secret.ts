import { OutOfReach } from '../../core/out-of-reach.ts'
import type { SecretName } from '../aws/aws-secrets.ts'
import type { Answer } from './answer.ts'
import { sourceFailed } from './source-failed.ts'
import type { SourceParts } from './source-parts.ts'

/** Reads a secret that a source needs. Throws `TextBrokenOff` where it cannot be read. */
export const secretOf = (
  readSecret: SourceParts['readSecret'],
  name: SecretName,
): Promise<string | undefined> =>
  readSecret(name).catch((error: unknown) => {
    if (!(error instanceof OutOfReach)) throw error
    throw sourceFailed(`${name} could not be read from the secret that SECRETS_NAME names.`)
  })

/**
 * Posts with a secret. Where the other end answers 401 and the secret has changed since it was read, posts once more with
 * the new one. Throws `TextBrokenOff` where the secret cannot be read.
 */
export const postWithSecret = async (
  readSecret: SourceParts['readSecret'],
  name: SecretName,
  post: (secret: string | undefined) => Promise<Answer>,
): Promise<Answer> => {
  const secret = await secretOf(readSecret, name)
  const answer = await post(secret)
  if (answer.status !== 401) return answer
  const fresh = await readSecret(name, true).catch(() => secret)
  if (fresh === secret) return answer
  answer.close()
  return post(fresh)
}
