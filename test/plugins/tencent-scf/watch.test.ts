import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { metricUnits } from '../../../lib/core/metric-names.ts'
import { alarmsOf } from '../../../plugins/tencent-scf/watch/alarms.js'
import { dashboardOf } from '../../../plugins/tencent-scf/watch/dashboard.js'
import { projectDirectory } from '../../support/service-project.ts'

const place = {
  service: 'tencent-chat-stream-dev',
  region: 'ap-singapore',
  logsetId: 'logset-1',
  topicId: 'topic-1',
  callsPerSecond: 200,
  tokensPerHour: 100_000,
}
const queriesOf = () =>
  dashboardOf(place).panels.flatMap(({ targets }) =>
    targets.map(({ logServiceParams }) => logServiceParams.Query),
  )
const figuresIn = (query: string): readonly string[] =>
  [...query.matchAll(/'\$\.([A-Z]\w+)'/g)].map(([, name = '']) => name)

describe('the dashboard over the log', () => {
  it('shows every figure that the functions print, and none that nobody prints', () => {
    const shown = new Set(queriesOf().flatMap(figuresIn))

    expect([...shown].toSorted()).toEqual(Object.keys(metricUnits).toSorted())
  })

  it('looks at one service alone, in the topic of the functions', () => {
    for (const query of queriesOf()) {
      expect(query).toMatch(/^SCF_Message:"TencentChatStream" \| select histogram\(/)
      expect(query).toContain(
        `where json_extract_scalar(SCF_Message, '$.service') = 'tencent-chat-stream-dev'`,
      )
    }
    for (const { targets } of dashboardOf(place).panels) {
      expect(targets[0]?.logServiceParams).toMatchObject({
        region: 'ap-singapore',
        TopicId: 'topic-1',
      })
    }
  })

  it('gives each panel a place of its own', () => {
    const places = dashboardOf(place).panels.map(({ gridPos }) => `${gridPos.x} ${gridPos.y}`)

    expect(new Set(places).size).toBe(places.length)
  })
})

describe('the alarms over the log', () => {
  it('are those of docs/operate.md that come from figures of the functions', () => {
    const doc = readFileSync(join(projectDirectory, 'docs/operate.md'), 'utf8')
    const documented = [...doc.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, name]) => name)
    // Of queues, the gateway and the platform, which Cloud Monitor watches by itself.
    const elsewhere = ['dead-letters', 'queue-age', 'api-errors', 'sweeper-stopped']

    const names = alarmsOf(place).map(({ Name }) => Name.replace(`${place.service}-`, ''))

    expect(names.toSorted()).toEqual(
      documented.filter((name) => !elsewhere.includes(name ?? '')).toSorted(),
    )
  })

  it('go off at the same numbers', () => {
    const conditions = Object.fromEntries(
      alarmsOf(place).map(({ Name, Condition, TriggerCount }) => [
        Name.replace(`${place.service}-`, ''),
        `${Condition}, ${TriggerCount} times`,
      ]),
    )

    expect(conditions).toMatchObject({
      'in-doubt': '$1.value >= 1, 1 times',
      'slow-callbacks': '$1.value >= 1500, 1 times',
      budget: '$1.value >= 48000, 2 times',
    })
    for (const { AlarmTargets } of alarmsOf(place)) {
      const [target] = AlarmTargets
      for (const name of figuresIn(target?.Query ?? '')) expect(metricUnits).toHaveProperty(name)
    }
  })
})
