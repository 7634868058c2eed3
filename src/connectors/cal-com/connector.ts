import { defineConnector, type SettingsOf } from '../connector.ts'
import { healthFrom } from '../sorted-answer.ts'
import {
  book,
  bookedBefore,
  cancel,
  cancelledBefore,
  type Client,
  findSlots,
  me,
  readBooking,
  reschedule,
  rescheduledBefore,
} from './bookings.ts'
import { settings } from './contract.ts'
import { webhook } from './webhook.ts'

const DOCUMENTATION = 'https://cal.com/docs/api-reference/v2/introduction'
const limits = {
  documentation: DOCUMENTATION,
  timeoutMs: 20_000,
  // Not published for certain; 429 tells when to come back.
  rateLimit: { calls: 60, perMs: 60_000 },
  retry: { attempts: 8, firstWaitMs: 1_000, longestWaitMs: 300_000 },
} as const

/** Cal.com has no idempotency key. A meeting of one kind can be at one time only once, and carries our key in its metadata. */
export const calCom = defineConnector({
  key: 'cal-com',
  system: 'calendar',
  displayName: { en: 'Cal.com', ar: 'كال دوت كوم' },
  version: 'v2',
  documentation: DOCUMENTATION,
  external: true,
  classification: 'confidential',
  personalData: [{ en: 'Names and mail addresses of attendees', ar: 'أسماء الحاضرين وعناوين بريدهم' }],
  processedIn: {
    en: 'Where Cal.com or the organisation’s own installation of it runs; to be taken for abroad when it is Cal.com',
    ar: 'حيث تعمل كال دوت كوم أو نسخة المنشأة منها؛ وتُعد خارج المملكة إن كانت كال دوت كوم',
  },
  settings,
  client: ({ url, apiKey, settlingMs }: SettingsOf<typeof settings>): Client => ({ url, apiKey, settlingMs }),
  operations: {
    findSlots: {
      ...limits,
      kind: 'reading',
      title: { en: 'Find free times', ar: 'البحث عن أوقات متاحة' },
      approval: 'A',
      auditEvent: 'calendar.slots.read',
      read: findSlots,
    },
    book: {
      ...limits,
      kind: 'changing',
      title: { en: 'Book a meeting', ar: 'حجز اجتماع' },
      approval: 'B',
      idempotency: 'probe',
      undoneBy: 'cancel',
      auditEvent: 'calendar.meeting.booked',
      make: book,
      probe: bookedBefore,
    },
    reschedule: {
      ...limits,
      kind: 'changing',
      title: { en: 'Move a meeting', ar: 'نقل اجتماع' },
      approval: 'B',
      idempotency: 'probe',
      undoneBy: 'cancel',
      auditEvent: 'calendar.meeting.moved',
      make: reschedule,
      probe: rescheduledBefore,
    },
    cancel: {
      ...limits,
      kind: 'changing',
      title: { en: 'Cancel a meeting', ar: 'إلغاء اجتماع' },
      approval: 'B',
      idempotency: 'probe',
      undoneBy: { never: { en: 'What was cancelled is booked anew', ar: 'ما أُلغي يُحجز من جديد' } },
      auditEvent: 'calendar.meeting.cancelled',
      make: cancel,
      probe: cancelledBefore,
    },
    readBooking: {
      ...limits,
      kind: 'reading',
      title: { en: 'Read a meeting', ar: 'قراءة اجتماع' },
      approval: 'A',
      auditEvent: 'calendar.meeting.read',
      read: readBooking,
    },
  },
  health: (client, signal) => healthFrom(me(client, signal)),
  webhook,
})
