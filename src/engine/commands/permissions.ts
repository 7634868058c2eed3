import type { Role } from '../../flow/gate.ts'
import type { Actor } from './actor.ts'
import { Refusal } from './refusal.ts'
import type { Words } from './words.ts'

export type Act =
  | 'start'
  | 'cancel'
  | 'retry'
  | 'move'
  | 'signal'
  | 'resolve'
  | 'verify'
  | 'back up'
  | 'erase'
  | 'steer connectors'
  | 'configure'
  | 'open payloads'
  | 'tell systems'

interface Permission {
  readonly title: Words
  readonly roles: readonly Role[]
  /** Whoever asked for the run may do it too. */
  readonly own: boolean
}

/**
 * Who may do what. Every face asks this table, the console shows it, and deciding is not here: a task names its deciders.
 * Everybody in a tenant may read.
 */
export const permissions: Readonly<Record<Act, Permission>> = {
  start: {
    title: { en: 'start runs', ar: 'بدء تشغيل' },
    roles: ['requester', 'manager', 'director', 'vp', 'c-level', 'legal'],
    own: false,
  },
  cancel: { title: { en: 'cancel this run', ar: 'إلغاء هذا التشغيل' }, roles: ['operator'], own: true },
  retry: { title: { en: 'retry runs', ar: 'إعادة محاولة التشغيل' }, roles: ['operator'], own: false },
  move: { title: { en: 'move runs between engines', ar: 'نقل التشغيل بين المحركات' }, roles: ['operator'], own: false },
  signal: { title: { en: 'send signals', ar: 'إرسال الإشارات' }, roles: ['operator'], own: false },
  resolve: { title: { en: 'settle effects in doubt', ar: 'حسم الآثار المشكوك فيها' }, roles: ['operator'], own: false },
  verify: { title: { en: 'verify the ledger', ar: 'التحقق من السجل' }, roles: ['operator', 'legal'], own: false },
  'back up': { title: { en: 'back up the ledger', ar: 'النسخ الاحتياطي للسجل' }, roles: ['operator'], own: false },
  erase: { title: { en: 'erase people', ar: 'محو بيانات الأشخاص' }, roles: ['operator'], own: false },
  'open payloads': {
    title: { en: 'read what Temporal was given', ar: 'قراءة ما سُلِّم إلى Temporal' },
    roles: ['operator'],
    own: false,
  },
  'tell systems': {
    title: { en: 'manage outgoing webhooks', ar: 'إدارة الإشعارات الصادرة' },
    roles: ['operator', 'legal'],
    own: false,
  },
  'steer connectors': {
    title: { en: 'pause, resume and try connectors', ar: 'إيقاف الموصلات واستئنافها وتجربتها' },
    roles: ['operator'],
    own: false,
  },
  configure: { title: { en: 'change settings', ar: 'تغيير الإعدادات' }, roles: ['operator'], own: false },
}

/** `requester`: of the run it is about, if it is about one. */
const may = (actor: Actor, act: Act, requester?: string): boolean => {
  const { roles, own } = permissions[act]
  return actor.roles.some((role) => roles.includes(role)) || (own && requester === actor.person)
}

/** Throws `Refusal` NOT_ALLOWED. */
export function demand(actor: Actor, act: Act, requester?: string): void {
  if (may(actor, act, requester)) return
  const { title, roles } = permissions[act]
  const titles = (language: keyof Words) => roles.map((role) => ROLE_TITLES[role][language])
  throw new Refusal('NOT_ALLOWED', {
    act: title,
    roles: { en: titles('en').join(', '), ar: titles('ar').join('، ') },
  })
}

const ROLE_TITLES: Readonly<Record<Role, Words>> = {
  requester: { en: 'requester', ar: 'مقدّم الطلب' },
  manager: { en: 'manager', ar: 'مدير' },
  director: { en: 'director', ar: 'مدير إدارة' },
  vp: { en: 'vice president', ar: 'نائب الرئيس' },
  'c-level': { en: 'chief officer', ar: 'رئيس تنفيذي' },
  legal: { en: 'legal', ar: 'الشؤون القانونية' },
  operator: { en: 'operator', ar: 'مشغّل' },
}
