/** The front door for programs: run Sijil inside one's own process, or behind its HTTP face. */
export { openLog } from './composition/log.ts'
export { type OpenSijil, openSijil, type Sijil } from './composition/open-sijil.ts'
export { readSettings, type SijilSettings, UnusableSettings } from './composition/settings.ts'
export { type Served, serve } from './http/serve.ts'
