import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, suite, test } from 'node:test'
import { inspect } from 'node:util'
import { type Choices, openAccounts } from './accounts.ts'
import type { ConfiguredConnector } from './configured-connector.ts'
import { connectors } from './registry.ts'
import { InvalidSettings, readAccounts } from './settings.ts'

const folder = mkdtempSync(join(tmpdir(), 'sijil-accounts-'))
after(() => rmSync(folder, { recursive: true }))
const fileOf = (name: string, content: unknown): string => {
  const file = join(folder, name)
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content))
  return file
}
const problemsOf = (environment: Readonly<Record<string, string>>): readonly string[] => {
  try {
    readAccounts(environment)
  } catch (error) {
    assert.ok(error instanceof InvalidSettings)
    assert.doesNotMatch(error.message, /hunter2/)
    return error.problems
  }
  return assert.fail('the settings were taken')
}

const SECRETS = { APP_SECRET: 'hunter2-app', VERIFY: 'hunter2-verify', SALES_TOKEN: 'hunter2-token' }
const whatsapp = (phoneNumberId: string) => ({
  connector: 'whatsapp',
  settings: {
    phoneNumberId,
    token: { env: 'SALES_TOKEN' },
    appSecret: { env: 'APP_SECRET' },
    verifyToken: { env: 'VERIFY' },
  },
})
const hubspotOfEnvironment = { SIJIL_HUBSPOT_TOKEN: 'hunter2-hubspot' }

suite('Accounts', () => {
  test('of the environment serve every tenant, those of the file one; each keeps its own', () => {
    writeFileSync(join(folder, 'crm-token'), 'hunter2-from-a-file\n')
    const file = fileOf('accounts.json', {
      tenants: {
        najd: {
          accounts: {
            sales: whatsapp('111'),
            support: whatsapp('222'),
            crm: { connector: 'hubspot', settings: { token: { file: 'crm-token' } } },
          },
          uses: { whatsapp: 'support' },
        },
        hijaz: { accounts: { ours: whatsapp('333') } },
      },
    })
    const accounts = readAccounts({ ...SECRETS, ...hubspotOfEnvironment, SIJIL_CONNECTORS: file })
    const nameOf = (configured: ConfiguredConnector | undefined) =>
      configured && `${configured.account.tenant ?? '*'}/${configured.account.name}`
    assert.equal(nameOf(accounts.playing('najd', 'whatsapp')), 'najd/support')
    assert.equal(nameOf(accounts.playing('najd', 'crm')), 'najd/crm')
    assert.equal(nameOf(accounts.playing('hijaz', 'whatsapp')), 'hijaz/ours')
    assert.equal(nameOf(accounts.playing('hijaz', 'crm')), '*/default')
    assert.equal(nameOf(accounts.playing('asir', 'whatsapp')), undefined)
    const ofVendors = accounts.of('hijaz').filter(({ connector }) => !connector.builtIn)
    assert.deepEqual(ofVendors.map(nameOf), ['hijaz/ours', '*/default'])

    const receiving = (tenant: string, account: string) => nameOf(accounts.receiving(tenant, 'whatsapp', account))
    assert.deepEqual(
      [receiving('najd', '111'), receiving('najd', 'sales'), receiving('hijaz', '111'), receiving('hijaz', 'sales')],
      ['najd/sales', 'najd/sales', undefined, undefined],
    )
    assert.equal(accounts.receiving('najd', 'hubspot', 'crm'), undefined, 'it has no webhook')
  })

  test('show no secret to whoever prints them', () => {
    const file = fileOf('printed.json', { tenants: { najd: { accounts: { sales: whatsapp('111') } } } })
    const accounts = readAccounts({ ...SECRETS, ...hubspotOfEnvironment, SIJIL_CONNECTORS: file })
    const printed = inspect(accounts, { depth: Number.POSITIVE_INFINITY, showHidden: true }) + JSON.stringify(accounts)
    assert.match(printed, /sales/)
    assert.doesNotMatch(printed, /hunter2/)
  })

  test('take a secret of the environment from a file as well', () => {
    const file = fileOf('token', 'hunter2\n')
    assert.equal(readAccounts({ SIJIL_HUBSPOT_TOKEN_FILE: file }).playing('najd', 'crm')?.connector.key, 'hubspot')
    assert.deepEqual(problemsOf({ SIJIL_HUBSPOT_TOKEN: 'hunter2', SIJIL_HUBSPOT_TOKEN_FILE: file }), [
      'SIJIL_HUBSPOT_TOKEN and SIJIL_HUBSPOT_TOKEN_FILE are both set: which one counts?',
    ])
    assert.deepEqual(problemsOf({ SIJIL_HUBSPOT_TOKEN_FILE: join(folder, 'no-such') }), [
      'SIJIL_HUBSPOT_TOKEN_FILE: the file cannot be read (ENOENT)',
    ])
  })

  test('of the file are refused with every problem at once, and no value', () => {
    const file = fileOf('wrong.json', {
      tenants: {
        najd: {
          accounts: {
            none: { connector: 'fax', settings: {} },
            empty: { connector: 'hubspot', settings: {} },
            literal: { connector: 'hubspot', settings: { token: 'hunter2' } },
            unset: { connector: 'hubspot', settings: { token: { env: 'NOT_SET' } } },
            odd: { connector: 'hubspot', settings: { token: { env: 'SALES_TOKEN' }, tokn: 'hunter2', url: 'hunter2' } },
          },
        },
      },
    })
    assert.deepEqual(
      problemsOf({ ...SECRETS, SIJIL_CONNECTORS: file }).map((problem) =>
        problem.replace(/ is none of .*/, ' is none'),
      ),
      [
        'tenants.najd.accounts.none.connector is none',
        'tenants.najd.accounts.empty.settings is empty',
        'tenants.najd.accounts.literal.settings.token is a secret: write {"env": "NAME"} or {"file": "path"} and keep it there',
        'tenants.najd.accounts.unset.settings.token: the variable NOT_SET is not set',
        'tenants.najd.accounts.odd.settings.tokn is none',
        'tenants.najd.accounts.odd.settings.url: is not a web address',
      ],
    )
  })

  test('cannot be read from a file that is none, or of another form', () => {
    const [missing] = problemsOf({ SIJIL_CONNECTORS: join(folder, 'no-such.json') })
    assert.equal(missing, 'SIJIL_CONNECTORS: the file cannot be read (ENOENT)')
    for (const content of ['hunter2', { tenants: { Najd: { accounts: {} } } }, { tenant: {} }])
      assert.match(problemsOf({ SIJIL_CONNECTORS: fileOf('odd.json', content) })[0] ?? '', /^SIJIL_CONNECTORS /)
  })

  test('of one tenant that are one at the vendor are refused', () => {
    const file = fileOf('twins.json', {
      tenants: { najd: { accounts: { a: whatsapp('111'), b: whatsapp('111') }, uses: { whatsapp: 'a' } } },
    })
    assert.deepEqual(problemsOf({ ...SECRETS, SIJIL_CONNECTORS: file }), [
      'tenants.najd.accounts.b is the same account with whatsapp as a',
    ])
  })

  test('where several could play a role, one must be named', () => {
    const accounts = { a: whatsapp('111'), b: whatsapp('222') }
    const environment = (uses?: unknown) => ({
      ...SECRETS,
      SIJIL_CONNECTORS: fileOf('several.json', { tenants: { najd: { accounts, uses } } }),
    })
    assert.match(problemsOf(environment())[0] ?? '', /^tenants\.najd\.uses\.whatsapp is missing: .* a, b /)
    assert.match(problemsOf(environment({ whatsapp: 'c' }))[0] ?? '', /^tenants\.najd\.uses\.whatsapp names no account/)
    assert.match(problemsOf(environment({ esign: 'a' }))[0] ?? '', /^tenants\.najd\.uses\.esign names no account/)
    assert.equal(readAccounts(environment({ whatsapp: 'b' })).playing('najd', 'whatsapp')?.account.name, 'b')
  })
})

suite('The connector of a role in the environment', () => {
  const [hubspot] = readAccounts(hubspotOfEnvironment).all
  assert.ok(hubspot)
  const other: ConfiguredConnector = { ...hubspot, connector: { ...hubspot.connector, key: 'another-crm' } }
  const opened = (configured: readonly ConfiguredConnector[], environment: Choices['environment']) => {
    const problems: string[] = []
    const accounts = openAccounts(configured, { environment, tenants: {} }, problems)
    return { problems, crm: accounts.playing('najd', 'crm')?.connector.key }
  }

  test('is the only one there is', () => {
    assert.deepEqual(opened([hubspot], {}), { problems: [], crm: 'hubspot' })
  })
  test('must be named where there are two', () => {
    assert.deepEqual(opened([hubspot, other], {}), {
      problems: ['SIJIL_CRM is missing: hubspot, another-crm are configured, and one of them must play the role'],
      crm: undefined,
    })
    assert.deepEqual(opened([hubspot, other], { crm: 'another-crm' }), { problems: [], crm: 'another-crm' })
  })
  test('must be one that is configured for it', () => {
    assert.deepEqual(opened([hubspot], { crm: 'another-crm' }).problems, [
      'SIJIL_CRM names a connector whose settings are not there, or that is none for it',
    ])
    assert.match(problemsOf({ ...hubspotOfEnvironment, SIJIL_EMAIL: 'hubspot' })[0] ?? '', /^SIJIL_EMAIL names/)
  })
  test('is named by a variable that is no setting of any connector', () => {
    const variables = new Set(connectors.flatMap(({ settings }) => Object.values(settings).map(({ env }) => env)))
    for (const { system } of connectors) assert.ok(!variables.has(`SIJIL_${system.toUpperCase()}`))
  })
})
