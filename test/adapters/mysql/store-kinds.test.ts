import { expect, it } from 'vitest'
import * as dynamo from '../../../lib/compose/stores/dynamo.ts'
import * as mysql from '../../../lib/compose/stores/mysql.ts'
import type { StoreKind } from '../../../lib/compose/stores/store-kind.ts'
import { readConfig } from '../../../lib/config.ts'
import { least } from '../../support/environments.ts'

const ofDynamo: StoreKind<dynamo.StoreAccess> = dynamo
const ofMysql: StoreKind<mysql.StoreAccess> = mysql
const readSecret = async () => undefined
const inMysql = { REPLIES_STORE: 'mysql', MYSQL_URL: 'mysql://user:password@db.example/chat' }

it('one file stands for #stores as well as the other', () => {
  expect(Object.keys(ofMysql).sort()).toEqual(Object.keys(ofDynamo).sort())
})

it('functions that hold one store say what to do where their environment names the other', () => {
  const dynamodb = readConfig(least)
  const other = readConfig({ ...least, ...inMysql })

  expect(() => ofMysql.openStore(dynamodb, readSecret)).toThrow(
    'REPLIES_STORE is dynamodb, and these functions were packaged for mysql: package them with REPLIES_STORE=dynamodb',
  )
  expect(() => ofDynamo.openStore(other, readSecret)).toThrow('were packaged for dynamodb')
})

it('what one store needs need not be there for the other', () => {
  const { REPLIES_TABLE, AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, ...others } = least

  expect(readConfig({ ...others, ...inMysql })).toMatchObject({ ...inMysql, REPLIES_TABLE: '' })
  expect(() => readConfig({ ...others, REPLIES_STORE: 'mysql' })).toThrow(
    'MYSQL_URL is missing: mysql://user:password@host:3306/database, here or in the secret',
  )
  // A secret of AWS is read with credentials of AWS.
  expect(() => readConfig({ ...others, ...inMysql, SECRETS_NAME: 'chat/dev' })).toThrow(
    'AWS_REGION is missing',
  )
  expect(() => readConfig({ ...others, ...inMysql, MYSQL_URL: 'postgres://a:b@c/d' })).toThrow(
    'MYSQL_URL must be mysql://user:password@host:3306/database',
  )
})
