import type { EndpointView, MessageView } from '../../ledger/reading/webhooks.ts'
import type { AttemptOutcome } from '../../ledger/webhook-delivery.ts'
import type { Words } from './language.ts'

/** What the page of outgoing webhooks says. */
export const webhookWords = {
  title: { en: 'Outgoing webhooks', ar: 'الإشعارات الصادرة' },
  addresses: { en: 'Where messages go', ar: 'وجهات الإرسال' },
  noAddress: { en: 'No address is told anything yet.', ar: 'لا توجد وجهة إرسال بعد.' },
  noMessage: { en: 'There is no such message.', ar: 'لا توجد رسائل.' },
  messages: { en: 'Messages', ar: 'الرسائل' },
  all: { en: 'All', ar: 'الكل' },
  failed: { en: 'Only what failed', ar: 'ما تعذّر إرساله فقط' },
  older: { en: 'Older messages', ar: 'رسائل أقدم' },
  state: { en: 'State', ar: 'الحالة' },
  waiting: { en: 'Waiting', ar: 'بانتظار الإرسال' },
  givenUp: { en: 'Given up', ar: 'تعذّر إرسالها' },
  failingSince: { en: 'Failing since', ar: 'متعذرة منذ' },
  quietUntil: { en: 'Asked for quiet until', ar: 'طلبت التوقف حتى' },
  sentTo: { en: 'Sent to', ar: 'الوجهة' },
  attempts: { en: 'Attempts', ar: 'المحاولات' },
  last: { en: 'Last answer', ar: 'آخر رد' },
  next: { en: 'Next attempt', ar: 'المحاولة التالية' },
  id: { en: 'Message', ar: 'معرّف الرسالة' },
  run: { en: 'Run', ar: 'التشغيل' },
  underWay: { en: 'under way', ar: 'قيد الإرسال' },
  again: { en: 'Send again', ar: 'إعادة الإرسال' },
  sentAgain: {
    en: 'It is sent again, under the same id. What came of it stands here in a moment.',
    ar: 'ستُرسل مرة أخرى بالمعرّف نفسه، وتظهر النتيجة هنا بعد لحظات.',
  },
  goodUntil: { en: 'This page is yours alone, until', ar: 'هذه الصفحة لك وحدك حتى' },
} as const satisfies Readonly<Record<string, Words>>

export const messageStates: Readonly<Record<MessageView['state'], Words>> = {
  waiting: { en: 'waiting', ar: 'بانتظار الإرسال' },
  delivered: { en: 'delivered', ar: 'وصلت' },
  failed: { en: 'given up', ar: 'تعذّر إرسالها' },
  withdrawn: { en: 'withdrawn', ar: 'سُحبت' },
}

export const endpointStates: Readonly<Record<EndpointView['state'], Words>> = {
  active: { en: 'active', ar: 'مفعّلة' },
  paused: { en: 'paused', ar: 'موقوفة مؤقتًا' },
  disabled: { en: 'disabled: it answered 410', ar: 'معطّلة لأنها ردّت بالرمز 410' },
  removed: { en: 'removed', ar: 'أُزيلت' },
}

export const outcomes: Readonly<Record<AttemptOutcome, Words>> = {
  delivered: { en: 'taken', ar: 'استُلمت' },
  refused: { en: 'refused', ar: 'رُفضت' },
  redirected: { en: 'redirected, which is not followed', ar: 'أحالت إلى عنوان آخر ولا نتبع الإحالة' },
  gone: { en: 'wants no more', ar: 'لا تريد المزيد' },
  throttled: { en: 'asked for quiet', ar: 'طلبت التمهل' },
  no_answer: { en: 'no answer in time', ar: 'لا رد في الوقت المحدد' },
  not_sent: { en: 'could not be reached', ar: 'تعذّر الوصول إليها' },
  untrusted: { en: 'its certificate is not trusted', ar: 'شهادتها غير موثوقة' },
  unknown: { en: 'not known: our process died', ar: 'غير معروف لتوقف العملية لدينا' },
}
