import type { Issue } from '../../flow/schema.ts'
import type { Words } from './words.ts'

/** What the process of a command line ends with. */
const EXIT = { invalid: 2, notFound: 3, notAllowed: 4, conflict: 5, over: 6 } as const

interface Kind {
  readonly httpStatus: 400 | 401 | 403 | 404 | 409 | 410 | 413 | 422
  readonly exitCode: number
  /** `{name}` is replaced by the detail of that name. */
  readonly en: string
  readonly ar: string
}

/** Every way in which a request of a person or of the outside is refused. Nothing was changed in any of them. */
const kinds = {
  INVALID_VALUE: {
    httpStatus: 422,
    exitCode: EXIT.invalid,
    en: '{what} does not have the expected form. Nothing was changed. Correct what is listed and send it again.',
    ar: '{what}: القيمة لا تطابق الشكل المطلوب. لم يتغير شيء. صحّح ما هو مذكور ثم أعد الإرسال.',
  },
  VALUE_TOO_LARGE: {
    httpStatus: 413,
    exitCode: EXIT.invalid,
    en: '{what} has {bytes} bytes and may have {most}. Nothing was changed. Send a reference and a digest instead of the document.',
    ar: '{what}: الحجم {bytes} بايت والحد الأقصى {most}. لم يتغير شيء. أرسل مرجعًا وبصمة بدل الوثيقة.',
  },
  TEXT_NOT_STORABLE: {
    httpStatus: 422,
    exitCode: EXIT.invalid,
    en: '{what} holds a NUL character or half a surrogate pair, which cannot be stored. Nothing was changed. Remove it and send again.',
    ar: '{what}: يحتوي على محرف لا يمكن حفظه. لم يتغير شيء. احذفه ثم أعد الإرسال.',
  },
  MALFORMED_ID: {
    httpStatus: 400,
    exitCode: EXIT.invalid,
    en: '{what} is not an id. Nothing was looked up.',
    ar: '{what}: ليس معرّفًا صحيحًا. لم يُبحث عن شيء.',
  },
  UNKNOWN_WORKFLOW: {
    httpStatus: 404,
    exitCode: EXIT.notFound,
    en: 'There is no workflow {workflow}. Nothing was started. List the workflows to see their names.',
    ar: 'لا يوجد سير عمل باسم {workflow}. لم يبدأ شيء. اعرض القائمة لمعرفة الأسماء.',
  },
  UNKNOWN_SIGNAL: {
    httpStatus: 404,
    exitCode: EXIT.notFound,
    en: 'The workflow of this run knows no signal {signal}. Nothing was delivered.',
    ar: 'سير عمل هذا التشغيل لا يعرف الإشارة {signal}. لم يُسلَّم شيء.',
  },
  NO_SUCH_RUN: {
    httpStatus: 404,
    exitCode: EXIT.notFound,
    en: 'There is no run {run}. Nothing was changed.',
    ar: 'لا يوجد تشغيل بالمعرّف {run}. لم يتغير شيء.',
  },
  NO_SUCH_PARTNER: {
    httpStatus: 404,
    exitCode: EXIT.notFound,
    en: 'The built-in CRM holds no partner {partner}. Nothing was changed. Another CRM, if one is configured, has its own records.',
    ar: 'لا يوجد شريك بالمعرّف {partner} في سجل الشركاء المدمج. لم يتغير شيء. إن كان هناك نظام عملاء آخر فله سجلاته.',
  },
  NO_SUCH_EFFECT: {
    httpStatus: 404,
    exitCode: EXIT.notFound,
    en: 'The run {run} has no effect {effect}. Nothing was changed.',
    ar: 'لا يوجد أثر {effect} في التشغيل {run}. لم يتغير شيء.',
  },
  NO_SUCH_TASK: {
    httpStatus: 404,
    exitCode: EXIT.notFound,
    en: 'There is no task {task}. Nothing was decided.',
    ar: 'لا توجد مهمة بالمعرّف {task}. لم يُتخذ أي قرار.',
  },
  NO_SUCH_ENDPOINT: {
    httpStatus: 404,
    exitCode: EXIT.notFound,
    en: 'There is no webhook endpoint {endpoint}. Nothing was changed. List the endpoints to see their ids.',
    ar: 'لا توجد نقطة استقبال بالمعرّف {endpoint}. لم يتغير شيء. اعرض القائمة لمعرفة المعرّفات.',
  },
  NO_SUCH_MESSAGE: {
    httpStatus: 404,
    exitCode: EXIT.notFound,
    en: 'There is no webhook message {message}. Nothing was sent. The log has their ids.',
    ar: 'لا توجد رسالة بالمعرّف {message}. لم يُرسل شيء. المعرّفات في السجل.',
  },
  ENDPOINT_REMOVED: {
    httpStatus: 409,
    exitCode: EXIT.conflict,
    en: 'This webhook endpoint was removed and its secret destroyed. Nothing was changed. Add it again to go on from now.',
    ar: 'أُزيلت نقطة الاستقبال هذه وأُتلف سرّها. لم يتغير شيء. أضفها من جديد للمتابعة من الآن.',
  },
  NO_SUCH_ACCOUNT: {
    httpStatus: 404,
    exitCode: EXIT.notFound,
    en: 'No account {account} is configured. Nothing was changed. List the connectors to see their accounts.',
    ar: 'لا يوجد حساب مضبوط باسم {account}. لم يتغير شيء. اعرض الموصلات لمعرفة حساباتها.',
  },
  ACCOUNT_NOT_NAMED: {
    httpStatus: 422,
    exitCode: EXIT.invalid,
    en: 'There are several accounts for {connector}: {accounts}. Nothing was changed. Name the one you mean.',
    ar: 'للموصل {connector} أكثر من حساب: {accounts}. لم يتغير شيء. اذكر الحساب المقصود.',
  },
  NO_SUCH_PERSON: {
    httpStatus: 403,
    exitCode: EXIT.notAllowed,
    en: 'You are not a person of this organisation any more. Nothing was changed.',
    ar: 'لم تعد ضمن أفراد هذه المنشأة. لم يتغير شيء.',
  },
  NOT_ALLOWED: {
    httpStatus: 403,
    exitCode: EXIT.notAllowed,
    en: 'You may not {act} here: it needs one of the roles {roles}. Nothing was changed.',
    ar: 'ليست لديك صلاحية ({act})؛ يلزم أحد الأدوار: {roles}. لم يتغير شيء.',
  },
  NOT_YOUR_ROLE: {
    httpStatus: 403,
    exitCode: EXIT.notAllowed,
    en: 'None of your roles may decide what is still open in this task. Nothing was decided.',
    ar: 'لا يحق لأي من أدوارك اتخاذ القرار المتبقي في هذه المهمة. لم يُتخذ أي قرار.',
  },
  OWN_REQUEST: {
    httpStatus: 403,
    exitCode: EXIT.notAllowed,
    en: 'You asked for this yourself, or you stand in for whoever did: somebody else must decide. Nothing was decided.',
    ar: 'هذا طلبك أو طلب من تنوب عنه؛ يجب أن يقرر شخص آخر. لم يُتخذ أي قرار.',
  },
  RETURN_NOT_OFFERED: {
    httpStatus: 422,
    exitCode: EXIT.invalid,
    en: 'This task is decided with yes or no: it cannot be returned. Nothing was decided.',
    ar: 'تُقرَّر هذه المهمة بالموافقة أو الرفض ولا يمكن إعادتها. لم يُتخذ أي قرار.',
  },
  COMMENTS_REQUIRED: {
    httpStatus: 422,
    exitCode: EXIT.invalid,
    en: 'To return or reject, say why: comments are missing. Nothing was decided.',
    ar: 'عند الإعادة أو الرفض يجب ذكر السبب في التعليقات. لم يُتخذ أي قرار.',
  },
  STALE_DIGEST: {
    httpStatus: 409,
    exitCode: EXIT.conflict,
    en: 'What you saw is not what the task is about now. Nothing was decided. Open the task again.',
    ar: 'ما اطّلعت عليه يختلف عن محتوى المهمة الآن. لم يُتخذ أي قرار. افتح المهمة من جديد.',
  },
  ALREADY_DECIDED: {
    httpStatus: 409,
    exitCode: EXIT.conflict,
    en: 'You have decided this task already; the task is {state}. Your first decision stands.',
    ar: 'سبق أن اتخذت قرارك في هذه المهمة وحالتها {state}. قرارك الأول قائم.',
  },
  TASK_CLOSED: {
    httpStatus: 409,
    exitCode: EXIT.conflict,
    en: 'The task is {state} and no longer open. Nothing was changed.',
    ar: 'المهمة لم تعد مفتوحة وحالتها {state}. لم يتغير شيء.',
  },
  TASK_EXPIRED: {
    httpStatus: 410,
    exitCode: EXIT.over,
    en: 'The time to decide this task is over. Nothing was decided.',
    ar: 'انتهت مهلة اتخاذ القرار في هذه المهمة. لم يُتخذ أي قرار.',
  },
  IDEMPOTENCY_KEY_REUSED: {
    httpStatus: 409,
    exitCode: EXIT.conflict,
    en: 'This idempotency key was used for another request, which started run {run}. Nothing was started. Use a new key for a new request.',
    ar: 'استُخدم مفتاح منع التكرار هذا لطلب آخر بدأ التشغيل {run}. لم يبدأ شيء. استخدم مفتاحًا جديدًا لكل طلب.',
  },
  RUN_ENDED: {
    httpStatus: 409,
    exitCode: EXIT.conflict,
    en: 'The run {run} has ended. Nothing was changed.',
    ar: 'انتهى التشغيل {run}. لم يتغير شيء.',
  },
  NOT_STUCK: {
    httpStatus: 409,
    exitCode: EXIT.conflict,
    en: 'The run {run} is not stuck, so there is nothing to try again. Nothing was changed.',
    ar: 'التشغيل {run} ليس متعثرًا فلا يوجد ما يُعاد. لم يتغير شيء.',
  },
  RUN_BUSY: {
    httpStatus: 409,
    exitCode: EXIT.conflict,
    en: 'Something is under way in the run {run}, so it cannot move now. Nothing was changed. Try again in a moment.',
    ar: 'هناك ما يجري الآن في التشغيل {run} فلا يمكن نقله. لم يتغير شيء. حاول مجددًا بعد لحظات.',
  },
  ALREADY_THERE: {
    httpStatus: 409,
    exitCode: EXIT.conflict,
    en: 'The run {run} is on {to} already. Nothing was changed.',
    ar: 'التشغيل {run} على المحرك {to} أصلًا. لم يتغير شيء.',
  },
  VERSION_NOT_LOADABLE: {
    httpStatus: 409,
    exitCode: EXIT.conflict,
    en: 'The engine {to} cannot load {workflow}, which the run {run} is of. Nothing was changed. Give its workers a release that has this version, then try again.',
    ar: 'المحرك {to} لا يستطيع تحميل {workflow} الذي يتبعه التشغيل {run}. لم يتغير شيء. انشر إصدارًا يتضمن هذه النسخة ثم أعد المحاولة.',
  },
  NO_CLUSTER: {
    httpStatus: 409,
    exitCode: EXIT.conflict,
    en: 'No Temporal cluster is configured here, so no run can go there. Nothing was changed. Set SIJIL_TEMPORAL_ADDRESS for the server and start it again.',
    ar: 'لا توجد مجموعة Temporal مهيأة هنا فلا يمكن نقل أي تشغيل إليها. لم يتغير شيء. اضبط SIJIL_TEMPORAL_ADDRESS للخادم ثم أعد تشغيله.',
  },
  AFTER_PIVOT: {
    httpStatus: 409,
    exitCode: EXIT.conflict,
    en: 'The run {run} has passed its pivot: what was done stays. Nothing was changed. Cancel it without undo if it must end.',
    ar: 'تجاوز التشغيل {run} نقطة اللاعودة وما تم باقٍ. لم يتغير شيء. ألغِه دون تراجع إن لزم إنهاؤه.',
  },
  NOT_IN_DOUBT: {
    httpStatus: 409,
    exitCode: EXIT.conflict,
    en: 'The effect {effect} is not in doubt, so there is nothing to settle. Nothing was changed.',
    ar: 'الأثر {effect} ليس محل شك فلا يوجد ما يُحسم. لم يتغير شيء.',
  },
  ALREADY_RESOLVED: {
    httpStatus: 409,
    exitCode: EXIT.conflict,
    en: 'Somebody has settled the effect {effect} already. Nothing was changed.',
    ar: 'سبق حسم الأثر {effect}. لم يتغير شيء.',
  },
  PERSON_ERASED: {
    httpStatus: 410,
    exitCode: EXIT.over,
    en: 'The person this is about was erased. Nothing was changed.',
    ar: 'مُحيت بيانات الشخص المعني. لم يتغير شيء.',
  },
  LINK_BAD: {
    httpStatus: 404,
    exitCode: EXIT.notFound,
    en: 'This link is not one of ours, or it is incomplete. Nothing was changed. Copy the whole link from the message.',
    ar: 'هذا الرابط غير صحيح أو ناقص. لم يتغير شيء. انسخ الرابط كاملًا من الرسالة.',
  },
  LINK_EXPIRED: {
    httpStatus: 410,
    exitCode: EXIT.over,
    en: 'This link is no longer valid: its time is over. Nothing was changed. Ask whoever sent it for a new one.',
    ar: 'انتهت صلاحية هذا الرابط. لم يتغير شيء. اطلب رابطًا جديدًا ممن أرسله.',
  },
  LINK_USED: {
    httpStatus: 410,
    exitCode: EXIT.over,
    en: 'This link has been used: your first answer stands.',
    ar: 'سبق استخدام هذا الرابط وإجابتك الأولى قائمة.',
  },
} as const satisfies Readonly<Record<string, Kind>>

export type RefusalCode = keyof typeof kinds
/** Every code, for documentation and for the API's description. */
export const refusalKinds: Readonly<Record<RefusalCode, Kind>> = kinds

/** A detail that is not the same in both languages is given in both. */
export type Details = Readonly<Record<string, string | number | Words>>

/** An expected no, in both languages. Nothing was changed. `issues` names what is wrong with a value, never the value. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly code: RefusalCode
  /** `message` is the English one. */
  readonly words: Words
  readonly httpStatus: Kind['httpStatus']
  readonly exitCode: number
  readonly issues: readonly Issue[]

  constructor(
    code: RefusalCode,
    details: Details = {},
    more: ErrorOptions & { readonly issues?: readonly Issue[] } = {},
  ) {
    const { en, ar, httpStatus, exitCode } = refusalKinds[code]
    super(filled(en, details, 'en'), more)
    this.code = code
    this.words = { en: this.message, ar: filled(ar, details, 'ar') }
    this.httpStatus = httpStatus
    this.exitCode = exitCode
    this.issues = more.issues ?? []
  }
}

const filled = (text: string, details: Details, language: keyof Words): string =>
  text.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const detail = details[name] ?? whole
    return typeof detail === 'object' ? detail[language] : String(detail)
  })

const isRefusalCode = (code: string): code is RefusalCode => Object.hasOwn(kinds, code)

/** The refusal with a code that the ledger answered. Throws for a code that it cannot answer. */
export function refusalOf(code: string, details: Details): Refusal {
  if (!isRefusalCode(code)) throw new Error(`the ledger answered an unknown code: ${code}`)
  return new Refusal(code, details)
}
