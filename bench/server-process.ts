/** The server as it is started for use, told by the environment; says when it listens and drives. */
import { openLog } from '../src/composition/log.ts'
import { readSettings } from '../src/composition/settings.ts'
import { serve } from '../src/http/serve.ts'

const settings = readSettings(process.env)
const served = await serve(settings, { log: openLog(settings), seed: true })
process.on('disconnect', () => void served.close())
process.send?.('ready')
