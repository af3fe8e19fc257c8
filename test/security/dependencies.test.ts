import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

interface LockedPackage {
  readonly integrity?: string
  readonly dev?: boolean
  readonly optional?: boolean
  readonly devOptional?: boolean
  readonly hasInstallScript?: boolean
}

const read = (name: string) => JSON.parse(readFileSync(name, 'utf8'))
const { dependencies, devDependencies, optionalDependencies } = read('package.json')
const locked: readonly (readonly [string, LockedPackage])[] = Object.entries(
  read('package-lock.json').packages as Readonly<Record<string, LockedPackage>>,
).filter(([path]) => path !== '')

const isDeployed = ({ dev, optional, devOptional }: LockedPackage): boolean =>
  !dev && !optional && !devOptional

describe('the dependencies', () => {
  it('are named by exact version', () => {
    const versions = { ...dependencies, ...devDependencies, ...optionalDependencies }

    const ranges = Object.values(versions).filter(
      (version) => !/^(npm:[\w@/-]+@)?\d+\.\d+\.\d+$/.test(String(version)),
    )
    expect(ranges).toEqual([])
  })

  it('are locked by hash, but for tools that another kind of machine installs', () => {
    const unlocked = locked.filter(([, { integrity = '' }]) => !integrity.startsWith('sha512-'))

    expect(unlocked.filter(([, { optional }]) => !optional).map(([path]) => path)).toEqual([])
  })

  it('run no script of their own when they are installed, as far as they are deployed', () => {
    const deployed = locked.filter(([, entry]) => isDeployed(entry))

    expect(deployed.filter(([, { hasInstallScript }]) => hasInstallScript)).toEqual([])
    expect(deployed.length).toBeLessThanOrEqual(27)
  })
})
