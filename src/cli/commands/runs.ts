import { randomUUID } from 'node:crypto'
import type { Command } from 'commander'
import type { PresentedRun } from '../../http/present-run.ts'
import type { RunSummary } from '../../ledger/reading/run-view.ts'
import { jsonFrom } from '../input.ts'
import { connect } from '../server.ts'
import { columns } from '../columns.ts'
import { timeIn } from '../time.ts'
import type { Terminal } from '../terminal.ts'
import { timeline } from '../timeline.ts'
import { addMoveCommand } from './moves.ts'
import { AS, type Options, WHY } from './options.ts'

export function addRunCommands(sijil: Command, terminal: Terminal): void {
  const run = sijil.command('run').description('start, follow and end runs')
  addStart(run, terminal)
  addList(run, terminal)
  addShow(run, terminal)
  run
    .command('cancel <run>')
    .description('ask for its end; what was done is taken back')
    .requiredOption(...WHY)
    .option('--keep', 'take nothing back')
    .option(...AS)
    .action(
      async (id: string, { why, keep, ...options }: Options & { readonly why: string; readonly keep?: boolean }) => {
        const answer = await connect(terminal.env, options).post(`/runs/${id}/cancel`, { undo: keep !== true, why })
        if (options.json === true) terminal.json(answer)
        terminal.say(`The end of ${id} is asked for. See it with: sijil run show ${id}`)
      },
    )
  run
    .command('retry <run>')
    .description('try a stuck run again')
    .requiredOption(...WHY)
    .option(...AS)
    .action(async (id: string, { why, ...options }: Options & { readonly why: string }) => {
      const answer = await connect(terminal.env, options).post(`/runs/${id}/retry`, { why })
      if (options.json === true) terminal.json(answer)
      terminal.say(`${id} is tried again. See it with: sijil run show ${id}`)
    })
  addMoveCommand(run, terminal)
  addSignal(sijil, terminal)
}

function addStart(run: Command, terminal: Terminal): void {
  run
    .command('start <workflow>')
    .description('start a run')
    .requiredOption('--input <file>', 'JSON of what the workflow takes; - reads standard input')
    .option('--idempotency-key <key>', 'the same key again answers the same run')
    .option(...AS)
    .action(
      async (workflow: string, options: Options & { readonly input: string; readonly idempotencyKey?: string }) => {
        const input = await jsonFrom(options.input, terminal)
        const key = options.idempotencyKey
        const headers = key === undefined ? {} : { 'idempotency-key': key }
        const answer = await connect(terminal.env, options).post<{ id: string; known: boolean }>(
          '/runs',
          { workflow, input },
          headers,
        )
        if (options.json === true) terminal.json(answer)
        else terminal.data(answer.id)
        terminal.say(`${answer.known ? 'Started before' : 'Started'}. See it with: sijil run show ${answer.id}`)
      },
    )
}

function addList(run: Command, terminal: Terminal): void {
  run
    .command('list')
    .description('list runs, newest first')
    .option('--workflow <name>')
    .option('--status <status>', 'ready, running, waiting, stuck or ended')
    .option('--limit <count>', 'how many at most (50)')
    .option(...AS)
    .action(
      async ({
        json,
        workflow,
        status,
        limit,
        ...options
      }: Options & Readonly<Partial<Record<'workflow' | 'status' | 'limit', string>>>) => {
        const page = await connect(terminal.env, options).get<{ runs: readonly RunSummary[] }>('/runs', {
          workflow,
          status,
          limit,
        })
        if (json === true) return terminal.json(page)
        const rows = page.runs.map((one) => [
          one.id,
          one.workflow,
          one.outcome ?? one.status,
          one.requester,
          timeIn(one.createdAt),
          one.why ?? '',
        ])
        terminal.data(columns([['RUN', 'WORKFLOW', 'STATE', 'REQUESTER', 'STARTED', 'WHY'], ...rows]))
      },
    )
}

function addShow(run: Command, terminal: Terminal): void {
  run
    .command('show <run>')
    .description('draw a run as a timeline')
    .option('--ascii', 'plain signs')
    .option(...AS)
    .action(async (id: string, { json, ascii, ...options }: Options & { readonly ascii?: boolean }) => {
      const view = await connect(terminal.env, options).get<PresentedRun>(`/runs/${id}`)
      if (json === true) return terminal.json(view)
      const plainSigns = ascii === true || terminal.plainSigns
      terminal.data(timeline(view, { language: options.lang, plainSigns, style: terminal.style }))
    })
}

function addSignal(sijil: Command, terminal: Terminal): void {
  sijil
    .command('signal')
    .description('tell a run what happened outside')
    .command('send <run> <signal>')
    .description('deliver a signal, once for each id')
    .requiredOption('--payload <file>', 'JSON; - reads standard input')
    .option('--id <id>', 'send the same one again after a lost answer (a new one)')
    .option(...AS)
    .action(
      async (run: string, signal: string, options: Options & { readonly payload: string; readonly id?: string }) => {
        const { id = randomUUID() } = options
        const payload = await jsonFrom(options.payload, terminal)
        const answer = await connect(terminal.env, options).post<{ answer: string }>(`/runs/${run}/signals/${signal}`, {
          id,
          payload,
        })
        if (options.json === true) terminal.json({ ...answer, id })
        terminal.say(`${answer.answer} (id ${id})`)
      },
    )
}
