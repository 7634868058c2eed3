/** Three-step runs at 50 concurrent under V8's profiler. Started by `writeProfiles`; writes the profile where it is told. */
import { writeFileSync } from 'node:fs'
import { Session } from 'node:inspector/promises'
import { pace, warmUp } from './measure.ts'
import type { ProfileStart } from './profile/write-profiles.ts'
import { newPlace } from './world/place.ts'
import { openWorld } from './world/world.ts'

// Written by `writeProfiles`, which is the only one that starts this.
const { database, runs, file } = JSON.parse(process.argv[2] ?? '') as ProfileStart

await using opened = new AsyncDisposableStack()
const world = await openWorld(await newPlace({ database, isQuick: false }, opened), opened, {
  durability: 'travelling',
})
const load = { runs, concurrent: 50 }
await warmUp(load, world.run)
const session = new Session()
session.connect()
await session.post('Profiler.enable')
await session.post('Profiler.setSamplingInterval', { interval: 500 })
await session.post('Profiler.start')
await pace(load, world.run)
const { profile } = await session.post('Profiler.stop')
session.disconnect()
writeFileSync(file, JSON.stringify(profile))
process.disconnect?.()
