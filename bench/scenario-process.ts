/** One case of one scenario. Started by `runCase`; tells its progress and, at its end, its figures. */
import { scenarios, scenariosOnRequest } from './scenarios/index.ts'
import type { CaseStart, FromCase } from './run-case.ts'

const tell = (message: FromCase): void => void process.send?.(message)
// Written by `runCase`, which is the only one that starts this.
const { scenario: name, ...of } = JSON.parse(process.argv[2] ?? '') as CaseStart

const scenario = [...scenarios, ...scenariosOnRequest].find((one) => one.name === name)
if (scenario === undefined) throw new Error(`there is no scenario ${name}`)
tell({ kind: 'figures', figures: await scenario.run(of, (share, what) => tell({ kind: 'progress', share, what })) })
process.disconnect?.()
