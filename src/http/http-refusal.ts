import type { Issue } from '../flow/schema.ts'

interface Kind {
  readonly status: 400 | 401 | 404 | 405 | 413 | 415 | 422 | 500 | 503
  readonly en: string
  readonly ar: string
}

/** What is refused before any command sees it. Nothing was changed in any of them. */
const kinds = {
  MALFORMED_JSON: {
    status: 400,
    en: 'The body is not JSON. Nothing was changed.',
    ar: 'محتوى الطلب ليس بصيغة JSON. لم يتغير شيء.',
  },
  INVALID_REQUEST: {
    status: 422,
    en: 'The request does not have the expected form. Nothing was changed. Correct what is listed and send it again.',
    ar: 'لا يطابق الطلب الشكل المطلوب. لم يتغير شيء. صحّح ما هو مذكور ثم أعد الإرسال.',
  },
  NO_KEY: {
    status: 401,
    en: 'Say who you are: send your key as "Authorization: Bearer <key>". Nothing was changed.',
    ar: 'عرّف بنفسك: أرسل مفتاحك في الترويسة "Authorization: Bearer <key>". لم يتغير شيء.',
  },
  UNKNOWN_KEY: {
    status: 401,
    en: 'This key belongs to nobody here. Nothing was changed.',
    ar: 'هذا المفتاح لا يخص أحدًا هنا. لم يتغير شيء.',
  },
  BAD_SIGNATURE: {
    status: 401,
    en: 'The signature does not fit the bytes that came. Nothing was recorded.',
    ar: 'التوقيع لا يطابق ما وصل. لم يُسجَّل شيء.',
  },
  LATE_WEBHOOK: {
    status: 401,
    en: 'The signature is good and of another time: somebody may have copied it. Nothing was recorded. A vendor signs each attempt anew; compare the clocks.',
    ar: 'التوقيع صحيح لكنه من وقت آخر وربما نُسخ. لم يُسجَّل شيء. المورّد يوقّع كل محاولة من جديد؛ تحقق من تطابق الساعات.',
  },
  UNCONFIRMED_WEBHOOK: {
    status: 503,
    en: 'The vendor signs nothing and could not be asked whether it is so. Nothing was recorded. Send it again later.',
    ar: 'المورّد لا يوقّع إشعاراته وتعذر سؤاله عن صحتها. لم يُسجَّل شيء. أعد الإرسال لاحقًا.',
  },
  MALFORMED_WEBHOOK: {
    status: 400,
    en: 'It is signed, yet not of the form that the vendor documents. Nothing was recorded.',
    ar: 'موقَّع لكنه لا يطابق الصيغة الموثقة. لم يُسجَّل شيء.',
  },
  NO_SUCH_ADDRESS: {
    status: 404,
    en: 'There is nothing at this address. GET /openapi.json lists what there is.',
    ar: 'لا يوجد شيء في هذا العنوان. القائمة الكاملة في openapi.json.',
  },
  WRONG_METHOD: {
    status: 405,
    en: 'This address does not take this method. GET /openapi.json lists what there is.',
    ar: 'هذا العنوان لا يقبل هذه الطريقة. القائمة الكاملة في openapi.json.',
  },
  BODY_TOO_LARGE: {
    status: 413,
    en: 'The body is larger than 1 MB. Nothing was changed. Send a reference and a digest instead of the document.',
    ar: 'حجم الطلب أكبر من 1 ميجابايت. لم يتغير شيء. أرسل مرجعًا وبصمة بدل الوثيقة.',
  },
  NOT_JSON: {
    status: 415,
    en: 'Send JSON and say so: "Content-Type: application/json". Nothing was changed.',
    ar: 'أرسل الطلب بصيغة JSON مع الترويسة "Content-Type: application/json". لم يتغير شيء.',
  },
  UNAVAILABLE: {
    status: 503,
    en: 'Sijil is starting, stopping, or without its database. Ask again in a moment, with the same idempotency key if you sent one.',
    ar: 'سجل غير متاح الآن (قيد البدء أو الإيقاف أو دون قاعدة بياناته). أعد المحاولة بعد لحظات بالمفتاح نفسه إن كنت قد أرسلت مفتاح منع تكرار.',
  },
  INTERNAL: {
    status: 500,
    en: 'Something is wrong on our side. The request may or may not have been carried out. Give the operator this number: {id}.',
    ar: 'حدث خطأ لدينا، وقد يكون الطلب نُفّذ أو لم يُنفّذ. زوّد المشغّل بهذا الرقم: {id}.',
  },
} as const satisfies Readonly<Record<string, Kind>>

export type HttpRefusalCode = keyof typeof kinds
export const httpRefusalKinds: Readonly<Record<HttpRefusalCode, Kind>> = kinds

/** A request that this face refuses by itself. */
export class HttpRefusal extends Error {
  override readonly name = 'HttpRefusal'
  readonly code: HttpRefusalCode
  readonly issues: readonly Issue[]
  constructor(code: HttpRefusalCode, more: ErrorOptions & { readonly issues?: readonly Issue[] } = {}) {
    super(httpRefusalKinds[code].en, more)
    this.code = code
    this.issues = more.issues ?? []
  }
}
