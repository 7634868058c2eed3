import assert from 'node:assert/strict'
import { test } from 'node:test'
import { connectorSuite } from '../../connector-suite.ts'
import { startWorld, type World } from '../../test-world.ts'
import { attendee, book, cancel, freeHour, meeting, reschedule } from './subjects.ts'
import { calCom } from './vendor.ts'

connectorSuite(book)
connectorSuite(reschedule)
connectorSuite(cancel)

const calendar = (world: World, key: string, mode: 'make' | 'probe' = 'make') => world.open({ mode, key }).calendar

function inWorld(title: string, body: (world: World) => Promise<void>): void {
  test(title, async () => {
    const world = await startWorld({ settingsFor: ['cal-com'] })
    try {
      await body(world)
    } finally {
      await world.close()
    }
  })
}

inWorld('free times are found, earliest first, and a meeting takes its own away', async (world) => {
  const slots = { meeting, from: '2027-03-01T06:00:00Z', to: '2027-03-01T09:00:00Z' }
  const before = await calendar(world, 'run/find#1').findSlots(slots)
  assert.deepEqual(
    before.starts.map((start) => start.slice(11, 16)),
    ['06:00', '07:00', '08:00'],
  )
  await calendar(world, 'run/book#1').book({ meeting, start: '2027-03-01T07:00:00Z', attendee })
  const after = await calendar(world, 'run/find#2').findSlots(slots)
  assert.deepEqual(
    after.starts.map((start) => start.slice(11, 16)),
    ['06:00', '08:00'],
  )
})

inWorld('booking again with our key finds the meeting; with another key the time is taken', async (world) => {
  const start = freeHour()
  const first = await calendar(world, 'run/book#1').book({ meeting, start, attendee })
  assert.deepEqual(await calendar(world, 'run/book#1').book({ meeting, start, attendee }), first)
  await assert.rejects(calendar(world, 'run/other#1').book({ meeting, start, attendee }), {
    name: 'EffectRefused',
    code: 'SLOT_TAKEN',
  })
  assert.equal(world.sandbox.of(calCom).bookings().length, 1)
})

inWorld('a meeting that was moved has a new id, and the host tells of all with our key', async (world) => {
  const { bookingId } = await calendar(world, 'run/book#1').book({ meeting, start: freeHour(), attendee })
  const later = freeHour()
  const moved = await calendar(world, 'run/move#1').reschedule({ bookingId, start: later, reason: 'Later' })
  assert.notEqual(moved.bookingId, bookingId)
  assert.deepEqual(await calendar(world, 'run/read#1').readBooking(moved), { ...moved, status: 'booked', start: later })
  assert.equal((await calendar(world, 'run/read#2').readBooking({ bookingId })).status, 'cancelled')
  await calendar(world, 'run/cancel#1').cancel({ ...moved, reason: 'Over' })
  await calendar(world, 'run/cancel#2').cancel({ ...moved, reason: 'Over' })
  await world.sandbox.webhooks.settled()
  assert.deepEqual(
    world.events.map(({ event, effectKey }) => `${event} ${effectKey}`),
    ['booked run/book#1', 'rescheduled run/book#1', 'cancelled run/book#1'],
  )
})

inWorld('a webhook that comes twice has one id, and a forged one is not let in', async (world) => {
  await calendar(world, 'run/book#1').book({ meeting, start: freeHour(), attendee })
  await world.sandbox.webhooks.settled()
  const [told] = world.sandbox.webhooks.all()
  assert.ok(told)
  world.sandbox.webhooks.repeat(told.id)
  await world.sandbox.webhooks.settled()
  assert.equal(world.events.length, 2)
  assert.equal(new Set(world.events.map(({ id }) => id)).size, 1)
  assert.equal(await world.sandbox.webhooks.forge(told.id), 401)
})

inWorld(
  'each resource is asked in its own version, and a kind of meeting that is no number is refused',
  async (world) => {
    await assert.rejects(calendar(world, 'run/book#1').book({ meeting: 'intro', start: freeHour(), attendee }), {
      name: 'EffectRefused',
      code: 'NO_SUCH_MEETING',
    })
    const url = `${world.sandbox.url}/cal-com/v2/slots?eventTypeId=41&start=2027-03-01&end=2027-03-02`
    const authorization = `Bearer ${world.sandbox.settings['SIJIL_CAL_COM_API_KEY'] ?? ''}`
    const answer = await fetch(url, { headers: { authorization, 'cal-api-version': '2024-08-13' } })
    assert.equal(answer.status, 404)
  },
)
