import type { Command } from 'commander'
import type { Decided } from '../../decisions/decide-task.ts'
import type { TaskSummary, TaskView } from '../../decisions/task-view.ts'
import { columns } from '../columns.ts'
import { jsonIn } from '../input.ts'
import { connect } from '../server.ts'
import { taskText } from '../task-text.ts'
import type { Terminal } from '../terminal.ts'
import { timeIn } from '../time.ts'
import { AS, type Options } from './options.ts'

export function addTaskCommands(sijil: Command, terminal: Terminal): void {
  const task = sijil.command('task').description('what waits for a decision')
  task
    .command('list')
    .description('list open tasks, newest first')
    .option('--mine', 'only those that still want one of your roles')
    .option('--closed', 'those that are decided, instead')
    .option('--run <run>', 'only those of one run')
    .option(...AS)
    .action(
      async ({
        json,
        mine,
        closed,
        run,
        ...options
      }: Options & { readonly mine?: boolean; readonly closed?: boolean; readonly run?: string }) => {
        const page = await connect(terminal.env, options).get<{ tasks: readonly TaskSummary[] }>('/tasks', {
          mine: mine === true ? 'true' : undefined,
          state: closed === true ? 'closed' : undefined,
          run,
        })
        if (json === true) return terminal.json(page)
        const rows = page.tasks.map((one) => [
          one.id,
          one.state,
          one.mayDecide ? 'yes' : 'no',
          one.dueAt === null ? '-' : timeIn(one.dueAt),
          one.requester,
          one.title[options.lang],
        ])
        terminal.data(columns([['TASK', 'STATE', 'YOURS', 'DUE', 'REQUESTER', 'TITLE'], ...rows]))
      },
    )
  task
    .command('show <task>')
    .description('what it is about and what each outcome lets happen')
    .option(...AS)
    .action(async (id: string, { json, ...options }: Options) => {
      const view = await connect(terminal.env, options).get<TaskView>(`/tasks/${id}`)
      if (json === true) terminal.json(view)
      else terminal.data(taskText(view, options.lang))
    })
  task
    .command('link <task>')
    .description('the address of a page on which you decide it without your key')
    .option(...AS)
    .action(async (id: string, { json, ...options }: Options) => {
      const link = await connect(terminal.env, options).post<{ url: string; expiresAt: number }>(`/tasks/${id}/link`)
      if (json === true) terminal.json(link)
      else terminal.data(link.url)
    })
  for (const verdict of ['approve', 'return', 'reject'] as const) addDecision(task, terminal, verdict)
}

const verdictHelp = {
  approve: 'approve it as it is shown now',
  return: 'send it back with comments for another round',
  reject: 'end the run; what was done is taken back',
} as const

interface DecisionOptions extends Options {
  readonly comments?: string
  readonly value?: string
  readonly digest?: string
}

function addDecision(task: Command, terminal: Terminal, verdict: keyof typeof verdictHelp): void {
  const command = task
    .command(`${verdict} <task>`)
    .description(verdictHelp[verdict])
    .option(
      '--digest <digest>',
      'of what you saw, as `task show` prints it; refused when the task is about something else',
    )
    .option(...AS)
  if (verdict === 'approve')
    command.option('--value <json>', 'what the gate asks you to fill in', '{}').option('--comments <text>')
  else command.requiredOption('--comments <text>', 'why')
  command.action(async (id: string, options: DecisionOptions) => {
    const server = connect(terminal.env, options)
    const digest = options.digest ?? (await server.get<TaskView>(`/tasks/${id}`)).digest
    const value = options.value === undefined ? {} : { value: jsonIn(options.value, '--value') }
    const comments = options.comments === undefined ? {} : { comments: options.comments }
    const decided = await server.post<Decided>(`/tasks/${id}/decisions`, { verdict, digest, ...comments, ...value })
    if (options.json === true) terminal.json(decided)
    terminal.say(
      decided.code === 'COUNTED'
        ? 'Recorded. More people must approve before it is decided.'
        : `The task is ${decided.state}.`,
    )
  })
}
