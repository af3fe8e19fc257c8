import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'

const INSTALL_MS = 120_000

const python = (args: readonly string[], path = ''): Promise<boolean> =>
  promisify(execFile)('python3', args, {
    env: { ...process.env, PYTHONPATH: path },
    timeout: INSTALL_MS,
  }).then(
    () => true,
    () => false,
  )

/**
 * Where Python finds the packages that a requirements file names: those of the machine, or else of pip, which loads them once into
 * `node_modules/.cache`. `undefined` without Python, pip or a registry.
 */
export const pythonPackages = async (
  requirements: string,
): Promise<{ readonly path: string } | undefined> => {
  const modules = readFileSync(requirements, 'utf8')
    .split('\n')
    .map((line) => line.split('==')[0] ?? '')
    .filter((name) => name !== '')
  const isThere = (path: string) => python(['-c', `import ${modules.join(', ')}`], path)
  const path = resolve(join('node_modules/.cache/python', modules.join('-')))
  for (const place of ['', path]) if (await isThere(place)) return { path: place }
  const quick = ['--retries', '0', '--timeout', '5', '--disable-pip-version-check', '--quiet']
  await python(['-m', 'pip', 'install', ...quick, '--target', path, '-r', requirements])
  if (await isThere(path)) return { path }
  await rm(path, { recursive: true, force: true })
  return undefined
}
