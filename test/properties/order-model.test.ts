import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { before, test } from 'node:test'
import fc from 'fast-check'
import { migrate } from '../../src/ledger/migrate.ts'
import { verifyRows } from '../../src/ledger/verify/verify-ledger.ts'
import { onBothDatabases } from '../support/databases.ts'
import { EngineWorld } from '../support/engine-world.ts'
import { orderPolicies, orderWorkflow } from '../support/order.ts'
import { OrderModel, type Person, type Resolution, type Verdict } from './order-model.ts'
import { runs } from '../support/property-runs.ts'

const DAY_MS = 86_400_000
/** Codes after which something has changed; any other changes nothing. */
const CHANGES = new Set(['DECIDED', 'COUNTED', 'accepted', 'late', 'REQUESTED', 'RETRIED', 'RESOLVED'])
const gates = ['approval', 'release'] as const
const envelope = { happened: { messageId: 'found' }, undone: null }

/** The order as it is on record. */
class RealOrder {
  readonly world: EngineWorld
  readonly run: string
  #records: readonly string[] = []

  constructor(world: EngineWorld, run: string) {
    this.world = world
    this.run = run
  }

  #texts(table: string, order: string): Promise<readonly string[]> {
    const text = `select to_json(t)::text as text from sijil.${table} t where tenant = $1 order by ${order}`
    return this.world.sql<{ text: string }>(text, [this.world.tenant]).then((rows) => rows.map((row) => row.text))
  }

  /** All that a command may change. */
  async everything(): Promise<readonly string[]> {
    const tables = [
      ['runs', 'id'],
      ['records', 'seq'],
      ['effects', 'key'],
      ['tasks', 'id'],
      ['decisions', 'task, person'],
      ['signals', 'number'],
      ['waits', 'key'],
      ['audit', 'id'],
    ] as const
    return (await Promise.all(tables.map(([table, order]) => this.#texts(table, order)))).flat()
  }

  /** The code must be the model's; a refused command leaves everything as it was; and then both must agree. */
  async holdTo(model: OrderModel, expected: string, command: () => Promise<string>): Promise<void> {
    const was = CHANGES.has(expected) ? undefined : await this.everything()
    assert.equal(await command(), expected)
    await this.world.engine.idle()
    if (was !== undefined) assert.deepEqual(await this.everything(), was)
    await this.assertAs(model)
  }

  async assertAs({ standing, tasks, effects, letters }: OrderModel): Promise<void> {
    const { world, run } = this
    const found = await world.status(run)
    const { status, outcome, undo, stuck_code: code } = found
    if (standing.at === 'ended')
      assert.deepEqual({ status, outcome, undo }, { status: 'ended', outcome: standing.outcome, undo: standing.undo })
    else if (standing.at === 'stuck') assert.deepEqual({ status, code }, { status: 'stuck', code: standing.code })
    else assert.equal(status, 'waiting')
    const rows = await world.sql<{ gate: string; state: string }>(
      "select gate, state from sijil.tasks where tenant = $1 and run = $2 and kind = 'gate' order by gate",
      [world.tenant, run],
    )
    assert.deepEqual(
      rows.map(({ gate, state }) => [gate, state]),
      gates.flatMap((gate) => (tasks.has(gate) ? [[gate, tasks.get(gate)?.state]] : [])),
    )
    const made = await world.sql<{ key: string; state: string }>(
      'select key, state from sijil.effects where tenant = $1 and run = $2',
      [world.tenant, run],
    )
    assert.deepEqual(new Map(made.map(({ key, state }) => [key, state])), effects)
    const [mailbox] = await world.sql<{ mailbox: number }>('select mailbox from sijil.runs where id = $1', [run])
    assert.equal(mailbox?.mailbox, letters)
    const records = await this.#texts('records', 'seq')
    assert.deepEqual(records.slice(0, this.#records.length), this.#records, 'what is on record stays as it is')
    this.#records = records
  }

  async decide(gate: string, person: Person, verdict: Verdict, isStale: boolean): Promise<string> {
    const [task] = await this.world.sql<{ id: string; digest: string }>(
      "select id, digest from sijil.tasks where tenant = $1 and run = $2 and gate = $3 and kind = 'gate'",
      [this.world.tenant, this.run, gate],
    )
    const [row] = await this.world.member<{ code: string }>(
      "select sijil.decide_task($1, $2, $3, $4, $5, $6, 'because', 'test') ->> 'code' as code",
      [
        this.world.tenant,
        task?.id ?? randomUUID(),
        person,
        verdict,
        isStale ? 'of another packet' : (task?.digest ?? ''),
        JSON.stringify({ budget: 'ops' }),
      ],
    )
    this.world.engine.wake(this.run)
    return row?.code ?? 'nothing'
  }

  async retry(): Promise<string> {
    const [row] = await this.world.member<{ code: string }>(
      "select sijil.retry_run($1, $2, 'operator', 'test', 'try again') as code",
      [this.world.tenant, this.run],
    )
    this.world.engine.wake(this.run)
    return row?.code ?? 'nothing'
  }
}

type Command = fc.AsyncCommand<OrderModel, RealOrder, true>
const command = (name: string, run: Command['run']): Command => ({ check: async () => true, run, toString: () => name })

const people = fc.constantFrom<Person>('requester', 'manager', 'manager-2', 'legal', 'director')
/** Mostly what brings an order forward, so that most sequences come to every place. */
const commands = fc.commands<OrderModel, RealOrder, true>(
  [
    fc
      .tuple(
        fc.constantFrom('approval' as const, 'release' as const),
        people,
        fc.constantFrom<Verdict>('approve', 'approve', 'approve', 'return', 'reject'),
        fc.nat(8),
      )
      .map(([gate, person, drawn, chance]) => {
        const isStale = chance === 0
        const verdict = gate === 'release' && drawn === 'return' ? 'reject' : drawn
        return command(`${person} ${verdict}s ${gate}${isStale ? ' as it was' : ''}`, (model, real) =>
          real.holdTo(model, model.decide(gate, person, verdict, isStale), () =>
            real.decide(gate, person, verdict, isStale),
          ),
        )
      }),
    ...(['manager', 'legal'] as const).map((person) =>
      fc.constant(
        command(`${person} approves`, (model, real) =>
          real.holdTo(model, model.decide('approval', person, 'approve', false), () =>
            real.decide('approval', person, 'approve', false),
          ),
        ),
      ),
    ),
    fc.tuple(fc.constantFrom('placed' as const, 'answer' as const), fc.nat(3)).map(([name, number]) =>
      command(`signal ${name} ${number}`, (model, real) => {
        const payload = name === 'placed' ? { reference: 'e' } : { accepts: true, round: 1 }
        const id = `${name}-${number}`
        return real.holdTo(model, model.signal(name, id), () => real.world.signal(real.run, name, payload, id))
      }),
    ),
    fc
      .boolean()
      .map((undo) =>
        command(`cancel${undo ? '' : ' without undo'}`, (model, real) =>
          real.holdTo(model, model.cancel(undo), () => real.world.cancel(real.run, undo)),
        ),
      ),
    fc.constant(command('retry', (model, real) => real.holdTo(model, model.retry(), () => real.retry()))),
    fc
      .tuple(
        fc.constantFrom('tell', 'undo place', 'place'),
        fc.constantFrom<Resolution>('happened', 'never', 'abandon'),
      )
      .map(([key, outcome]) =>
        command(`resolve ${key}: ${outcome}`, (model, real) => {
          const output = key === 'tell' ? envelope.happened : envelope.undone
          return real.holdTo(model, model.resolve(key, outcome), () =>
            real.world.resolve(real.run, key, outcome === 'happened' ? { outcome, output } : { outcome }),
          )
        }),
      ),
    fc.constantFrom(1, 4, 31).map((count) =>
      command(`${count} days`, async (model, real) => {
        await real.world.advance(count * DAY_MS)
        model.pass(real.world.now)
        await real.assertAs(model)
      }),
    ),
    fc.constant(
      command('another process', async (model, real) => {
        await real.world.reopen()
        await real.world.engine.idle()
        model.pass(real.world.now)
        await real.assertAs(model)
      }),
    ),
    fc.constantFrom('tell' as const, 'void' as const).map((of) =>
      command(`the vendor will be unclear about ${of}`, async (model, real) => {
        model.fault(of)
        const [what, fault] =
          of === 'tell' ? (['whatsapp', 'unknown, acted'] as const) : (['esign void', 'refuse'] as const)
        real.world.faults.set(what, [...(real.world.faults.get(what) ?? []), fault])
      }),
    ),
  ],
  { maxCommands: 25, size: 'max' },
)

onBothDatabases('An order, its effects and its tasks', (database) => {
  before(() => migrate(database()))

  test('stand after every command where the model says, refuse what it refuses, and never change what is on record', () =>
    fc.assert(
      fc.asyncProperty(commands, async (sequence) => {
        const world = await EngineWorld.open(database(), { workflows: [orderWorkflow], policies: orderPolicies })
        try {
          const input = {
            goods: { id: 'PO-1', amount: 1 },
            supplier: { email: { sealed: 'v1.supplier.AAAA' }, name: { sealed: 'v1.supplier.AAAB' } },
          }
          const run = await world.start('order', input)
          await world.engine.idle()
          const setup = async () => ({ model: new OrderModel(world.now), real: new RealOrder(world, run) })
          await fc.asyncModelRun(setup, sequence)
          assert.deepEqual(await verifyRows(database()), [])
        } finally {
          await world.close()
        }
      }),
      runs(8),
    ))
})
