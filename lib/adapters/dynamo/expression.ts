import type { Attribute } from './attribute.ts'

type Values = Readonly<Record<string, Attribute>>

/** A part of a condition, with the values it speaks of. */
export interface Arm {
  readonly condition: string
  readonly values: Values
}

/** A part of an update: an assignment, or the name of an attribute to remove. */
export interface Change {
  readonly set?: string
  readonly remove?: string
  readonly values: Values
}

const merged = (parts: readonly { readonly values: Values }[]): Values =>
  Object.assign({}, ...parts.map(({ values }) => values))

const joined = (arms: readonly Arm[], operator: string): string =>
  arms.map(({ condition }) => condition).join(operator)

/** Every arm holds. An arm that says OR itself comes from `any`. */
export const all = (...arms: readonly Arm[]): Arm => ({
  condition: joined(arms, ' AND '),
  values: merged(arms),
})

/** At least one arm holds. AND binds closer than OR, so only the whole needs parentheses. */
export const any = (...arms: readonly Arm[]): Arm => ({
  condition: `(${joined(arms, ' OR ')})`,
  values: merged(arms),
})

/** Assigns whatever the attribute was. */
export const set = (name: string, value: Attribute): Change => ({
  set: `${name} = :${name}New`,
  values: { [`:${name}New`]: value },
})

/** Assigns where the attribute is absent. */
export const setOnce = (name: string, value: Attribute): Change => ({
  set: `${name} = if_not_exists(${name}, :${name}New)`,
  values: { [`:${name}New`]: value },
})

/** Adds to the attribute, which counts as 0 where it is absent. Not idempotent: needs an arm that fails once it is applied. */
export const increase = (name: string, by: number): Change => ({
  set: `${name} = if_not_exists(${name}, :zero) + :${name}By`,
  values: { ':zero': { N: '0' }, [`:${name}By`]: { N: String(by) } },
})

/** Assigns `by` more than another attribute, which counts as 0 where it is absent. */
export const plus = (name: string, other: string, by: number): Change => ({
  set: `${name} = if_not_exists(${other}, :zero) + :${name}By`,
  values: { ':zero': { N: '0' }, [`:${name}By`]: { N: String(by) } },
})

/** Assigns what another attribute was before the update. */
export const same = (name: string, other: string): Change => ({
  set: `${name} = ${other}`,
  values: {},
})

export const remove = (name: string): Change => ({ remove: name, values: {} })

/** The three fields of an UpdateItem. No attribute of this table is a reserved word, so names stand for themselves. */
export const updateFields = (when: Arm, changes: readonly Change[]) => {
  const sets = changes.flatMap((change) => change.set ?? [])
  const removes = changes.flatMap((change) => change.remove ?? [])
  const clauses = [
    ...(sets.length > 0 ? [`SET ${sets.join(', ')}`] : []),
    ...(removes.length > 0 ? [`REMOVE ${removes.join(', ')}`] : []),
  ]
  return {
    UpdateExpression: clauses.join(' '),
    ConditionExpression: when.condition,
    ExpressionAttributeValues: { ...merged([when]), ...merged(changes) },
  }
}
