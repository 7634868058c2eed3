import type { Words } from './words.ts'

const SYSTEM_NAMES: Readonly<Record<string, Words>> = {
  advisors: { en: 'advisors', ar: 'المستشارون الماليون' },
  calendar: { en: 'calendar (Cal.com)', ar: 'التقويم (Cal.com)' },
  companyResearch: { en: 'company research', ar: 'أبحاث الشركات' },
  counsel: { en: 'outside counsel', ar: 'المستشار القانوني الخارجي' },
  crm: { en: 'CRM', ar: 'إدارة علاقات العملاء' },
  database: { en: 'database', ar: 'قاعدة البيانات' },
  documents: { en: 'document storage', ar: 'حفظ المستندات' },
  documentStorage: { en: 'document storage', ar: 'حفظ المستندات' },
  email: { en: 'e-mail', ar: 'البريد الإلكتروني' },
  esign: { en: 'e-signature', ar: 'التوقيع الإلكتروني' },
  finance: { en: 'finance systems', ar: 'الأنظمة المالية' },
  financialData: { en: 'financial data', ar: 'البيانات المالية' },
  hr: { en: 'HR systems', ar: 'أنظمة الموارد البشرية' },
  infrastructure: { en: 'infrastructure providers', ar: 'مزودو البنية التحتية' },
  it: { en: 'IT systems', ar: 'أنظمة تقنية المعلومات' },
  knowledgeIndex: { en: 'knowledge index', ar: 'فهرس المعرفة' },
  legal: { en: 'legal systems', ar: 'الأنظمة القانونية' },
  legalReview: { en: 'legal review', ar: 'المراجعة القانونية' },
  llm: { en: 'LLM provider', ar: 'مزود النموذج اللغوي' },
  objectStore: { en: 'object store', ar: 'مخزن الملفات' },
  partners: { en: 'partners', ar: 'الشركاء' },
  research: { en: 'company research and financial data', ar: 'أبحاث الشركات والبيانات المالية' },
  regulators: { en: 'regulators', ar: 'الجهات التنظيمية' },
  sealer: { en: 'audit sealer', ar: 'خدمة ختم سجل التدقيق' },
  sms: { en: 'SMS', ar: 'الرسائل النصية' },
  whatsapp: { en: 'WhatsApp', ar: 'واتساب' },
  workers: { en: 'workers', ar: 'وحدات التنفيذ' },
}

/** Systems as a person reads them; one without a name here is shown by its id. */
export const systemsInWords = (systems: readonly string[]): { readonly en: string; readonly ar: string } => ({
  en: systems.map((system) => SYSTEM_NAMES[system]?.en ?? system).join(', '),
  ar: systems.map((system) => SYSTEM_NAMES[system]?.ar ?? system).join('، '),
})
