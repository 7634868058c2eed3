import assert from 'node:assert/strict'
import { test } from 'node:test'
import { lengthInWords } from './length-in-words.ts'

const MINUTE = 60_000
const DAY = 1_440 * MINUTE

test('a length reads as people say it, in both languages', () => {
  const cases: readonly (readonly [number, number, string, string])[] = [
    [0, 1_000, 'under 1 second', 'أقل من ثانية'],
    [0, 5_000, 'under 5 seconds', 'أقل من 5 ثوانٍ'],
    [MINUTE, 5 * MINUTE, '1–5 minutes', 'من دقيقة إلى 5 دقائق'],
    [2 * MINUTE, 10 * MINUTE, '2–10 minutes', 'من دقيقتين إلى 10 دقائق'],
    [10 * MINUTE, 30 * MINUTE, '10–30 minutes', 'من 10 دقائق إلى 30 دقيقة'],
    [120 * MINUTE, 2 * DAY, '2 hours – 2 days', 'من ساعتين إلى يومين'],
    [DAY, 14 * DAY, '1–14 days', 'من يوم إلى 14 يومًا'],
    [14 * DAY, 56 * DAY, '2–8 weeks', 'من أسبوعين إلى 8 أسابيع'],
    [28 * DAY, 84 * DAY, '4–12 weeks', 'من 4 أسابيع إلى 12 أسبوعًا'],
    [90 * DAY, 180 * DAY, '3–6 months', 'من 3 أشهر إلى 6 أشهر'],
    [DAY, 100 * DAY, '1–100 days', 'من يوم إلى 100 يوم'],
    [90_000, 90_000, 'about 90 seconds', 'نحو 90 ثانية'],
  ]
  for (const [fromMs, toMs, en, ar] of cases) assert.deepEqual(lengthInWords(fromMs, toMs), { en, ar })
})
