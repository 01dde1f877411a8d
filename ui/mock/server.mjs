// A stand-in for the server while working on the interface: fictional people, the same interface, no rules.
// Every name, place and number here is invented. Run: npm run mock [-- --port 4780 --exercise --setup --static dist --contacts 20000]
import { createReadStream, existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { commandRoutes } from './command.mjs';

const option = (name, fallback) => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? fallback : (process.argv[at + 1] ?? true);
};
const flag = (name) => process.argv.includes(`--${name}`);
const PORT = Number(option('port', 4780));
const EXERCISE = flag('exercise');
const STATIC = option('static', 'dist');
const PASSWORD = 'a-mock-password';
// How many contacts the largest case has.
const CONTACTS = Number(option('contacts', 312));

let seed = 20260314;
const random = () => {
  seed = (seed * 1664525 + 1013904223) % 4294967296;
  return seed / 4294967296;
};
const pick = (from) => from[Math.floor(random() * from.length)];
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const iso = (at) => new Date(at).toISOString();
const dayOf = (at) => new Date(at + 8 * HOUR).toISOString().slice(0, 10);
let serial = 0;
const id = (kind) => `${kind}-${(++serial).toString(36).padStart(13, '0')}`;

// --- places -------------------------------------------------------------------------------------------------
const cityNames = [['临沧川', 'Lincangchuan'], ['云阳', 'Yunyang'], ['北堰', 'Beiyan'], ['长河', 'Changhe'], ['南浦', 'Nanpu'], ['青石', 'Qingshi']];
const countyNames = [['城关', 'Chengguan'], ['东岭', 'Dongling'], ['西泽', 'Xize'], ['白水', 'Baishui']];
const jurisdictions = [{ code: '390000', level: 'province', name: { zh: '金河省', en: 'Jinhe Province' }, population: 8_400_000 }];
const features = [];
const jitter = new Map();
const corner = (x, y) => {
  const key = `${x}/${y}`;
  if (!jitter.has(key)) jitter.set(key, [112 + x * 0.5 + (random() - 0.5) * 0.28, 34 - y * 0.42 + (random() - 0.5) * 0.24]);
  return jitter.get(key);
};
const edge = (a, b) => {
  const key = [a, b].map(String).sort().join('|');
  if (!jitter.has(key)) {
    const middle = [0.25, 0.5, 0.75].map((part) => [a[0] + (b[0] - a[0]) * part + (random() - 0.5) * 0.07, a[1] + (b[1] - a[1]) * part + (random() - 0.5) * 0.07]);
    jitter.set(key, { from: String(a), middle });
  }
  const found = jitter.get(key);
  return found.from === String(a) ? found.middle : [...found.middle].reverse();
};
const ring = (points) => {
  const line = points.flatMap((point, index) => [point, ...edge(point, points[(index + 1) % points.length])]);
  return [...line, line[0]];
};
cityNames.forEach(([zh, en], c) => {
  const code = `39${String(c + 1).padStart(2, '0')}00`;
  const [x, y] = [(c % 3) * 2, Math.floor(c / 3) * 2];
  jurisdictions.push({ code, parent: '390000', level: 'city', name: { zh: `${zh}市`, en: `${en} City` }, population: 900_000 + Math.round(random() * 900_000) });
  features.push({
    type: 'Feature',
    properties: { code, level: 'city' },
    geometry: { type: 'Polygon', coordinates: [ring([[x, y], [x + 1, y], [x + 2, y], [x + 2, y + 1], [x + 2, y + 2], [x + 1, y + 2], [x, y + 2], [x, y + 1]].map(([a, b]) => corner(a, b)))] },
  });
  countyNames.forEach(([czh, cen], k) => {
    const county = `39${String(c + 1).padStart(2, '0')}${String(k + 21)}`;
    const [a, b] = [x + (k % 2), y + Math.floor(k / 2)];
    jurisdictions.push({ code: county, parent: code, level: 'county', name: { zh: k ? `${czh}县` : `${czh}区`, en: `${cen} ${k ? 'County' : 'District'}` }, population: 200_000 + Math.round(random() * 300_000) });
    features.push({ type: 'Feature', properties: { code: county, level: 'county' }, geometry: { type: 'Polygon', coordinates: [ring([corner(a, b), corner(a + 1, b), corner(a + 1, b + 1), corner(a, b + 1)])] } });
    for (const [n, tzh, ten] of [[1, '河东街道', 'Hedong Subdistrict'], [2, '柳林镇', 'Liulin Town']]) {
      const township = `${county}${String(n).padStart(3, '0')}`;
      jurisdictions.push({ code: township, parent: county, level: 'township', name: { zh: tzh, en: ten } });
      jurisdictions.push({ code: `${township}001`, parent: township, level: 'community', name: { zh: '第一社区', en: 'Community One' } });
    }
  });
});
const byCode = new Map(jurisdictions.map((one) => [one.code, one]));
const within = (code, whole) => {
  for (let at = byCode.get(code); at; at = byCode.get(at.parent)) if (at.code === whole) return true;
  return false;
};
const counties = jurisdictions.filter((one) => one.level === 'county');
const communities = jurisdictions.filter((one) => one.level === 'community');
const settings = [['market', '东关农贸市场 3 号厅'], ['meal', '好运来饭店 206 包间'], ['office', '宏达物流 调度室'], ['vehicle', 'K7316 次 5 车厢'], ['leisure', '四季棋牌室'], ['clinic', '人民路诊所 候诊区'], ['shop', '便民超市 收银台'], ['gathering', '李家婚宴 大堂'], ['classroom', '二中 高一(3)班'], ['lift', '锦绣苑 2 号楼电梯']].map(
  ([setting, name]) => ({ setting, name, unit: id('unit'), place: id('place'), jurisdiction: pick(counties).code, position: [112.4 + random() * 1.6, 32.7 + random() * 1.1] }),
);
// Most places are small and only some are large: the first ones are met far more often than the last.
for (let n = 0; n < Math.min(400, CONTACTS / 12); n += 1) {
  const like = settings[n % 10];
  settings.push({ ...like, name: `${like.name.split(' ')[0]}${n + 2}店`, unit: id('unit'), place: id('place'), jurisdiction: pick(counties).code, position: [112.4 + random() * 1.6, 32.7 + random() * 1.1] });
}
const pickPlace = () => settings[Math.floor(settings.length * random() ** 2)];

// --- people, facts, duties ----------------------------------------------------------------------------------
const surnames = [...'王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧'];
const people = new Map();
const facts = new Map();
const duties = new Map();
const cases = new Map();
let position = 1000;

function person(jurisdiction = pick(communities).code) {
  const name = pick(surnames) + pick([...'建国秀英伟芳娜敏静强磊军洋勇艳杰娟涛明超'].map(String)) + (random() < 0.4 ? pick([...'华平红玲']) : '');
  const one = { person: id('per'), name, masked_name: name[0] + '*'.repeat(name.length - 1), jurisdiction, phone: `100${String(Math.floor(random() * 1e8)).padStart(8, '0')}`, address: `河东街道 ${1 + Math.floor(random() * 9)} 号楼 ${101 + Math.floor(random() * 800)}`, facts: [], requirements: [] };
  people.set(one.person, one);
  record('residence', one, { person: one.person, jurisdiction }, Date.now() - 90 * DAY);
  return one;
}
function record(kind, one, body, occurred = Date.now(), actor = { name: 'liu-diao', role: 'investigator' }) {
  const fact = { id: id('fact'), position: ++position, occurred: iso(occurred), recorded: iso(Math.max(occurred, Math.min(Date.now(), occurred + 20 * 60_000))), actor, channel: 'entry', purpose: 'investigation', kind, body: { kind, ...body } };
  facts.set(fact.id, fact);
  one?.facts.push(fact.id);
  return fact.id;
}
const weights = { home: 1, meal: 0.8, leisure: 0.75, office: 0.6, classroom: 0.55, vehicle: 0.5, ward: 0.6, clinic: 0.4, gathering: 0.6, lift: 0.3, shop: 0.2, market: 0.25 };
function scoreOf(setting, minutes, at, start) {
  const score_parts = { setting_weight: weights[setting] ?? 0.3, strength: 1 - Math.exp(-minutes / 45), infectiousness: [0.3, 0.7, 1, 0.9, 0.5][Math.min(4, Math.floor((at - start) / DAY))], ...(random() < 0.2 ? { masks: 0.5 } : {}) };
  return { score_parts, score: Object.values(score_parts).reduce((product, part) => product * part, 1), sources: 1 + Math.floor(random() * 2.3) };
}
const rule = (path, zh, en) => ({ plan: 'covid19-cn-9', path, name: { zh, en } });
const rules = {
  'same-household': rule('contact_rules.same-household', '同住', 'Same household'),
  'same-room': rule('contact_rules.same-room', '同室共处', 'Same room'),
  'same-vehicle': rule('contact_rules.same-vehicle', '同乘交通工具', 'Same vehicle'),
  case: rule('case_definitions.confirmed', '确诊病例定义', 'Definition of a confirmed case'),
  second: rule('rings.depth', '密接的密接', 'Contacts of contacts'),
  deadline: rule('deadlines.locate', '查找管控时限', 'Deadline to locate and control'),
};
function requirement(ground, one, evidence, of, caseId, from) {
  const place = ground === 'case' ? 'hospital' : ground === 'close-contact' ? 'central-quarantine' : 'home-quarantine';
  const end = from + 7 * DAY;
  const phases = [{ place, from: iso(from), until: iso(end), colour: ground === 'secondary-contact' ? 'yellow' : 'red', test_dates: [1, 2, 3, 5, 7].map((n) => dayOf(from + n * DAY)) }];
  if (ground === 'close-contact') phases.push({ place: 'home-monitoring', from: iso(end), until: iso(end + 3 * DAY), colour: 'yellow', test_dates: [dayOf(end + 3 * DAY)] });
  one.requirements.push({ ground, case: caseId, plan: 'covid19-cn-9', rule: of, from: iso(from), until: phases.at(-1).until, phases, release: { zh: '第7日检测阴性后自动解除', en: 'Ends by itself after the negative test of day 7' }, because: evidence });
}
function duty(one, reason, evidence, opened, hours = 24) {
  const made = {
    id: id('duty'), kind: 'locate-and-control', person: one.person, masked_name: one.masked_name, disease: 'covid-19', jurisdiction: one.jurisdiction,
    owner: { territory: byCode.get(one.jurisdiction).name, post: { zh: '网格员', en: 'Grid worker' } },
    opened: iso(opened), received: iso(opened), due: iso(opened + hours * HOUR), positive_recorded: iso(opened - 40 * 60_000), steps: {},
    last_place: random() < 0.85 ? { name: pick(settings).name, jurisdiction: one.jurisdiction, at: iso(opened - random() * 20 * HOUR) } : undefined,
    because: evidence, reason, rule: rules.deadline,
  };
  duties.set(made.id, made);
  return made;
}
function openCase(one, { onset, collected, recorded, close = 40, second = 120, share = 0 }) {
  const started = performance.now();
  const positive = record('test-result', one, { person: one.person, disease: 'covid-19', collected: iso(collected), result: 'positive' }, collected);
  const symptoms = onset && record('symptoms', one, { person: one.person, disease: 'covid-19', onset, signs: ['fever'] }, Date.parse(`${onset}T00:00:00Z`));
  const grounds = [{ code: 'positive-test', params: { collected: iso(collected) }, facts: [positive] }, ...(symptoms ? [{ code: 'symptoms', params: { onset }, facts: [symptoms] }] : [])];
  const start = (onset ? Date.parse(`${onset}T00:00:00+08:00`) : collected) - 2 * DAY;
  const made = {
    id: id('case'), person: one.person, masked_name: one.masked_name, disease: 'covid-19', class: onset ? 'confirmed' : 'asymptomatic', jurisdiction: one.jurisdiction, onset, first_positive: iso(collected), recorded: iso(recorded),
    plan: { id: 'covid19-cn-9', edition: '9', name: { zh: '新型冠状病毒肺炎防控方案(第九版)', en: 'COVID-19 control plan, 9th edition' } }, rule: rules.case, grounds,
    infectious: { from: iso(start), until: iso(recorded), because: onset ? { code: 'before-onset', params: { days: 2 } } : { code: 'before-sampling', params: { days: 2 } } },
    contacts: [], trajectory: [], reconciled: {},
  };
  requirement('case', one, grounds, rules.case, made.id, recorded);
  for (let n = 0; n < 8; n += 1) {
    const where = settings[n % settings.length];
    const from = start + n * 9 * HOUR + random() * 3 * HOUR;
    if (from > recorded) break;
    const stay = record('visit', one, { person: one.person, unit: where.unit, span: { start: iso(from), end: iso(from + HOUR) } }, from);
    made.trajectory.push({ start: iso(from), end: iso(from + (0.4 + random() * 2) * HOUR), unit: where.unit, place: where.place, name: where.name, setting: where.setting, jurisdiction: where.jurisdiction, position: n % 3 ? where.position : undefined, assumed_end: n % 4 === 1, evidence: { code: 'recorded', params: {}, facts: [stay] } });
  }
  const ringOne = [];
  for (let n = 0; n < close; n += 1) {
    const other = person();
    const home = n < 3;
    const where = home ? { setting: 'home', name: undefined, unit: undefined } : pickPlace();
    const at = start + random() * Math.max(HOUR, recorded - start);
    const minutes = home ? 480 : Math.round(12 + random() * 150);
    const fact = record('visit', other, { person: other.person, unit: where.unit, span: { start: iso(at), end: iso(at + minutes * 60_000) } }, at);
    const evidence = [home ? { code: 'same-household', params: { from: iso(start), until: iso(recorded) }, facts: [fact] } : { code: 'same-unit', params: { unit: where.unit, place_name: where.name, setting: where.setting, start: iso(at), end: iso(at + minutes * 60_000), minutes, assumed_minutes: n % 5 === 0 ? 30 : undefined }, facts: [fact], batch: n % 5 === 0 ? { batch: 'fact-0000000000042', row: 1200 + n } : undefined }];
    const of = home ? rules['same-household'] : where.setting === 'vehicle' ? rules['same-vehicle'] : rules['same-room'];
    const item = duty(other, 'close-contact', evidence, recorded);
    requirement('close-contact', other, evidence, of, made.id, at);
    if (random() < share) finish(item, opened(item) + random() * 10 * HOUR);
    ringOne.push({ other, item });
    made.contacts.push({ ...scoreOf(where.setting, minutes, at, start), person: other.person, masked_name: other.masked_name, ring: 1, class: 'close', rule: of, setting: where.setting, unit: where.unit, place_name: where.name, first: iso(at), last: iso(at + minutes * 60_000), minutes, duty: item.id, jurisdiction: other.jurisdiction, evidence });
  }
  for (let n = 0; n < second; n += 1) {
    const other = person();
    const via = ringOne[n % ringOne.length].other;
    const where = pickPlace();
    const at = start + random() * Math.max(HOUR, recorded - start);
    const minutes = Math.round(15 + random() * 90);
    const fact = record('visit', other, { person: other.person, unit: where.unit, span: { start: iso(at), end: iso(at + minutes * 60_000) } }, at);
    const evidence = [{ code: 'contact-of', params: { via: via.person, masked_name: via.masked_name }, facts: [] }, { code: 'same-unit', params: { unit: where.unit, place_name: where.name, setting: where.setting, start: iso(at), end: iso(at + minutes * 60_000), minutes }, facts: [fact] }];
    const item = duty(other, 'secondary-contact', evidence, recorded, 24);
    requirement('secondary-contact', other, evidence, rules.second, made.id, at);
    if (random() < share) finish(item, opened(item) + random() * 10 * HOUR);
    made.contacts.push({ ...scoreOf(where.setting, minutes, at, start), person: other.person, masked_name: other.masked_name, ring: 2, class: 'secondary', via: via.person, rule: rules['same-room'], setting: where.setting, unit: where.unit, place_name: where.name, first: iso(at), last: iso(at + minutes * 60_000), minutes, duty: item.id, jurisdiction: other.jurisdiction, evidence });
  }
  made.contacts.sort((a, b) => b.score - a.score).forEach((contact, index) => (contact.rank = index + 1));
  cases.set(made.id, made);
  return { made, positive, elapsed: performance.now() - started };
}
const opened = (item) => Date.parse(item.opened);
function finish(item, at = Date.now()) {
  item.steps = { identity: iso(at - 3 * 60_000), location: iso(at - 2 * 60_000), control: iso(at) };
  item.closed = iso(at);
  item.closed_by = 'controlled';
}
const stateOf = (item) => (!item ? 'none' : item.closed ? 'controlled' : item.steps.location ? 'found' : 'to-find');
const overdue = (item) => !item.closed && Date.parse(item.due) < Date.now();
function row(one) {
  const list = one.contacts.map((contact) => duties.get(contact.duty));
  const { contacts, trajectory, grounds, plan, rule: of, infectious, reconciled, ...rest } = one;
  return { ...rest, close_contacts: contacts.filter((contact) => contact.ring === 1).length, secondary_contacts: contacts.filter((contact) => contact.ring === 2).length, to_find: list.filter((item) => stateOf(item) === 'to-find').length, overdue: list.filter(overdue).length };
}
function lists(one) {
  const groups = new Map();
  for (const contact of one.contacts) {
    const county = contact.jurisdiction.slice(0, 6);
    const group = groups.get(county) ?? { jurisdiction: county, listed: 0, identity: 0, location: 0, control: 0, overdue: 0, reconciled: one.reconciled[county] };
    const item = duties.get(contact.duty);
    group.listed += 1;
    for (const step of ['identity', 'location', 'control']) if (item.steps[step]) group[step] += 1;
    if (overdue(item)) group.overdue += 1;
    groups.set(county, group);
  }
  return [...groups.values()].sort((a, b) => b.overdue - a.overdue || a.jurisdiction.localeCompare(b.jurisdiction));
}
const now = Date.now();
const localDay = (ago) => dayOf(now - ago * DAY);
const firstCommunity = communities[0].code;
openCase(person(communities[4].code), { onset: localDay(6), collected: now - 4 * DAY, recorded: now - 3.8 * DAY, close: 22, second: 60, share: 0.97 });
openCase(person(communities[9].code), { collected: now - 30 * HOUR, recorded: now - 26 * HOUR, close: 18, second: 40, share: 0.85 });
const main = openCase(person(firstCommunity), { onset: localDay(2), collected: now - 9 * HOUR, recorded: now - 8 * HOUR, close: Math.ceil(CONTACTS / 5), second: CONTACTS - Math.ceil(CONTACTS / 5), share: 0.35 }).made;
// Work for the community account: some late, some close, some fresh.
[-1.3, 0.4, 3, 9].forEach((left, n) => {
  const one = person(firstCommunity);
  const evidence = [main.contacts[4 + n].evidence[0]];
  const item = duty(one, n === 3 ? 'secondary-contact' : 'close-contact', evidence, now - (24 - left) * HOUR);
  requirement('close-contact', one, evidence, rules['same-room'], main.id, now - DAY);
  if (n === 1) item.steps = { identity: iso(now - HOUR) };
});
{
  const waiting = [...duties.values()].find((item) => !item.closed && item.jurisdiction !== firstCommunity);
  waiting.hand_over = { to: '390121', state: 'waiting' };
}
const free = person(firstCommunity);
free.name = '测试甲';
free.masked_name = '测**';

// --- interface ----------------------------------------------------------------------------------------------
const accounts = [
  { name: 'zhihui', role: 'command', jurisdiction: '390000' },
  { name: 'liudiao', role: 'investigator', jurisdiction: '390000' },
  { name: 'xiecha', role: 'desk', jurisdiction: '390000' },
  { name: 'wangge', role: 'community', jurisdiction: firstCommunity },
  { name: 'guanli', role: 'admin', jurisdiction: '390000' },
  { name: 'ducha', role: 'inspector', jurisdiction: '390000' },
];
let glass;
const sessions = new Map();
const streams = new Set();
let uploads = new Map();
let setup = flag('setup');

class Refusal extends Error {
  constructor(status, code, detail, field) {
    super(code);
    Object.assign(this, { status, code, detail, field });
  }
}
function tell() {
  for (const stream of streams) stream.write(`event: situation\ndata: ${JSON.stringify({ position: ++position })}\n\n`);
}
const consequence = (over) => ({ preview: false, duties_opened: 0, duties_closed: 0, jurisdictions: 0, people_restricted: 0, people_released: 0, cases_opened: 0, cases_closed: 0, elapsed_ms: 1.8 + random(), ...over });
function session(user) {
  const base = { exercise: EXERCISE, deployment: { zh: '金河省防线', en: 'Jinhe Firebreak' }, now: iso(Date.now()) };
  if (setup) return { state: 'setup', ...base };
  if (!user) return { state: 'signed-out', ...base };
  return { state: 'signed-in', ...base, user: { ...user, jurisdiction_name: byCode.get(user.jurisdiction).name, glass: user.role === 'investigator' ? glass : undefined } };
}
function personOf(one) {
  const order = { green: 0, yellow: 1, red: 2 };
  const colour = one.requirements.map((each) => each.phases[0].colour).sort((a, b) => order[b] - order[a])[0] ?? 'green';
  const until = one.requirements.map((each) => each.until).sort().at(-1);
  return {
    person: one.person, aliases: [], masked_name: one.masked_name, jurisdiction: one.jurisdiction,
    status: { colour, provisional: one.requirements.some((each) => each.provisional_until), until, requirements: one.requirements },
    duties: [...duties.values()].filter((item) => item.person === one.person),
    facts: one.facts.map((fact) => facts.get(fact)).map(({ id: fact, occurred, recorded, kind }) => ({ id: fact, occurred, recorded, kind })),
    exposures_of: one.requirements.filter((each) => each.ground !== 'case' && each.case).map((each) => ({ case: each.case, masked_name: cases.get(each.case)?.masked_name })),
  };
}
const need = (found) => {
  if (!found) throw new Refusal(404, 'not-found');
  return found;
};
const contactRow = (contact) => {
  const item = duties.get(contact.duty);
  return { ...contact, state: stateOf(item), due: item.closed ? undefined : item.due, received: item.received, overdue: overdue(item), assigned_to: item.assigned_to };
};
const matching = (rows, filter, user) =>
  rows.filter((each) =>
    (!filter.ring || each.ring === Number(filter.ring)) && (!filter.class || each.class === filter.class) && (!filter.state || each.state === filter.state) && (!filter.jurisdiction || each.jurisdiction.startsWith(filter.jurisdiction)) && (!filter.setting || each.setting === filter.setting) && (!filter.unit || each.unit === filter.unit) && (!filter.overdue || each.overdue) && (!filter.q || (each.place_name ?? '').includes(filter.q) || each.person.includes(filter.q)) &&
    (!filter.assigned || (each.assigned_to ?? 'none') === (filter.assigned === 'me' ? user.name : filter.assigned)));
function count(rows, value) {
  const by = {};
  for (const each of rows) by[value(each)] = (by[value(each)] ?? 0) + 1;
  return by;
}
const csv = (columns, rows) => ({ csv: `\uFEFF${columns.join(',')}\r\n${rows.map((each) => columns.map((name) => each[name] ?? '').join(',')).join('\r\n')}\r\n` });
function spillover(contacts, query) {
  const groups = new Map();
  const home = cases.values().next().value.jurisdiction.slice(0, 6);
  for (const each of contacts) {
    const code = each.jurisdiction.slice(0, 6);
    if (code === home) continue;
    const to = query.get('level') === 'city' ? `${code.slice(0, 4)}00` : code;
    const group = groups.get(to) ?? { jurisdiction: to, people: 0, close: 0, secondary: 0, general: 0, to_find: 0, rows: [] };
    group.people += 1;
    group[each.ring === 1 ? 'close' : 'secondary'] += 1;
    if (each.state === 'to-find') group.to_find += 1;
    if (group.rows.length < 50) group.rows.push({ person: each.person, masked_name: each.masked_name, ring: each.ring, class: each.class, seen_at: each.last, place_name: each.place_name, via: group.rows.length % 3 ? 'visit' : 'residence', evidence: each.evidence[0] });
    groups.set(to, group);
  }
  const rows = [...groups.values()].sort((a, b) => b.people - a.people);
  return { total: rows.reduce((sum, each) => sum + each.people, 0), groups: rows, unknown: 17, exposed: contacts.length, traced_up_to: iso(Date.now() - 60_000) };
}
/** An invented outbreak of forty cases, with everything a tree can show. */
function tree() {
  const made = [];
  let turn = 7;
  const next = () => ((turn = (turn * 16807) % 2147483647) / 2147483647);
  const known = [...cases.values()];
  for (let n = 0; n < 42; n += 1) {
    const one = known[n] ?? { id: `case-${String(n).padStart(13, '0')}`, person: main.person, masked_name: `${surnames[n % surnames.length]}*`, jurisdiction: counties[n % counties.length].code, class: n % 7 === 3 ? 'asymptomatic' : 'confirmed' };
    const source = n === 0 || n === 11 || n === 23 ? undefined : made[Math.floor(next() * Math.min(n, 14)) + Math.max(0, n - 14)];
    const day = source ? source.day - 1 - Math.floor(next() * 4) : 20 - n / 2;
    const kind = n % 5 === 0 ? 'possible' : n % 3 === 0 ? 'probable' : 'confirmed';
    const candidates = source ? [{ case: source.id, probability: { possible: 0.3, probable: 0.6, confirmed: 0.92 }[kind], serial_days: source.day - day, kind, evidence: main.contacts[n].evidence }] : n === 0 ? [{ channel: 'imported', probability: 0.9, evidence: [] }] : [];
    if (source && n % 4 === 0) candidates.push({ case: made[0].id, probability: 0.2, serial_days: 9, kind: 'possible', evidence: main.contacts[n + 1].evidence });
    candidates.push({ channel: 'unknown', probability: Math.max(0, 1 - candidates.reduce((sum, each) => sum + each.probability, 0)), evidence: [] });
    made.push({ id: one.id, person: one.person, masked_name: one.masked_name, jurisdiction: one.jurisdiction, onset: n % 7 === 3 ? undefined : localDay(Math.round(day)), first_positive: iso(now - (day - 1) * DAY), class: one.class, imported: n === 0 || n === 23 ? 'possible' : 'no', unexplained: n === 11 || n === 23, candidates, day });
  }
  return { cases: made, edges: made.map(({ id: to, candidates: [{ case: from, channel, probability }] }) => ({ from, channel, to, probability, generation: 0 })), mean_entropy_bits: 0.61, traced_up_to: iso(Date.now() - 60_000) };
}
const byDue = (a, b) => Number(Boolean(a.closed)) - Number(Boolean(b.closed)) || a.due.localeCompare(b.due);
const routes = [
  ...commandRoutes({ jurisdictions, byCode, within, counties, duties, people, cases, accounts, iso, dayOf, id, need, Refusal, overdue, tell, setGlass: (given) => (glass = given) }),
  ['GET', /^\/session$/, ({ user }) => session(user)],
  ['POST', /^\/setup$/, ({ body }) => {
    if (body.code !== '123456') throw new Refusal(422, 'invalid', '启用码不对', 'code');
    setup = false;
    return session(accounts[4]);
  }],
  ['POST', /^\/session$/, ({ body, response }) => {
    const found = accounts.find((one) => one.name === body.name && body.password === PASSWORD);
    if (!found) throw new Refusal(422, 'invalid', 'the name or the password is wrong', 'password');
    const token = id('ses');
    sessions.set(token, found);
    response.setHeader('set-cookie', `session=${token}; Path=/; HttpOnly; SameSite=Strict`);
    return session(found);
  }],
  ['DELETE', /^\/session$/, ({ token }) => void sessions.delete(token)],
  ['GET', /^\/jurisdictions$/, ({ user }) => jurisdictions.filter((one) => within(one.code, user.jurisdiction))],
  ['GET', /^\/boundaries$/, () => ({ type: 'FeatureCollection', features })],
  ['GET', /^\/situation$/, ({ query, user }) => {
    const code = query.get('jurisdiction') || user.jurisdiction;
    const mine = [...duties.values()].filter((item) => within(item.jurisdiction, code));
    const own = [...cases.values()].filter((one) => within(one.jurisdiction, code));
    const curve = [0, 0, 1, 0, 0, 1, 2, 1, 3, 2, 4, 6, 5, 9, 8, 12, 10, 11, 7, 3, 1].map((n, index) => ({ date: localDay(20 - index), by: 'onset', cases: own.length ? n : 0, incomplete: index > 17 }));
    return {
      as_of: iso(Date.now()), position, traced_up_to: iso(Date.now() - 2 * 60_000),
      numbers: { cases: own.length, cases_last_day: own.filter((one) => Date.parse(one.recorded) > Date.now() - DAY).length, close_contacts: mine.filter((item) => item.reason === 'close-contact').length, secondary_contacts: mine.filter((item) => item.reason === 'secondary-contact').length, to_find: mine.filter((item) => stateOf(item) === 'to-find').length, found: mine.filter((item) => stateOf(item) === 'found').length, controlled: mine.filter((item) => item.closed).length, overdue: mine.filter(overdue).length },
      outbreaks: own.length ? [{ disease: 'covid-19', plan: main.plan, cases: own.length, first_recorded: own[0].recorded, last_recorded: own.at(-1).recorded, to_find: mine.filter((item) => stateOf(item) === 'to-find').length, overdue: mine.filter(overdue).length }] : [],
      by_jurisdiction: jurisdictions.filter((one) => one.parent === code && one.code !== '390600').map((one) => ({ code: one.code, cases: own.filter((each) => within(each.jurisdiction, one.code)).length, to_find: mine.filter((item) => within(item.jurisdiction, one.code) && stateOf(item) === 'to-find').length, controlled: mine.filter((item) => within(item.jurisdiction, one.code) && item.closed).length, overdue: mine.filter((item) => within(item.jurisdiction, one.code) && overdue(item)).length })),
      curve: own.length ? [...curve, { ...curve[13], by: 'sampling', cases: 3, incomplete: false }, { ...curve[19], by: 'sampling', cases: 2 }] : [], queue: mine.filter((item) => !item.closed).sort(byDue).slice(0, 5), days_without_case: own.length ? undefined : 23,
    };
  }],
  ['GET', /^\/cases$/, ({ query, user }) => [...cases.values()].filter((one) => within(one.jurisdiction, query.get('jurisdiction') || user.jurisdiction)).map(row)],
  ['GET', /^\/cases\/([^/]+)$/, ({ match }) => {
    const one = need(cases.get(match[1]));
    return { ...row(one), plan: one.plan, rule: one.rule, grounds: one.grounds, infectious: one.infectious, trajectory: one.trajectory, lists: lists(one), timeline: people.get(one.person).facts.map((fact) => facts.get(fact)).map(({ id: fact, occurred, recorded, kind }) => ({ fact, occurred, recorded, kind })) };
  }],
  ['GET', /^\/cases\/([^/]+)\/contacts$/, ({ match, query, user }) => {
    const one = need(cases.get(match[1]));
    const all = one.contacts.map(contactRow);
    const filter = Object.fromEntries(query);
    const rows = matching(all, filter, user);
    if (filter.sort === 'due') rows.sort((a, b) => (a.due ?? '9').localeCompare(b.due ?? '9'));
    const facet = (name, value) => count(matching(all, { ...filter, [name]: undefined }, user), value);
    const offset = Number(filter.offset ?? 0);
    return {
      total: rows.length, unfiltered_total: all.length, traced_up_to: iso(Date.now() - 60_000), index_version: '1',
      facets: { ring: facet('ring', (each) => each.ring), class: facet('class', (each) => each.class), state: facet('state', (each) => each.state), setting: facet('setting', (each) => each.setting), assigned: Object.entries(facet('assigned', (each) => each.assigned_to ?? '')).map(([name, n]) => ({ name: name || undefined, n })), jurisdiction: Object.entries(facet('jurisdiction', (each) => each.jurisdiction.slice(0, 6))).map(([code, n]) => ({ code, n })), overdue: matching(all, { ...filter, overdue: undefined }, user).filter((each) => each.overdue).length },
      rows: rows.slice(offset, offset + Number(filter.limit ?? 100)),
    };
  }],
  ['GET', /^\/cases\/([^/]+)\/contacts\.csv$/, ({ match, query, user }) => csv(['rank', 'person', 'masked_name', 'ring', 'class', 'state'], matching(need(cases.get(match[1])).contacts.map(contactRow), Object.fromEntries(query), user))],
  ['GET', /^\/cases\/([^/]+)\/graph$/, ({ match, query, user }) => {
    const rows = matching(need(cases.get(match[1])).contacts.map(contactRow), { ring: query.get('ring') ?? '1' }, user);
    const groups = new Map();
    for (const each of rows) {
      const key = each.setting === 'home' ? 'home' : each.unit;
      const where = settings.find((place) => place.unit === each.unit);
      const group = groups.get(key) ?? { setting: each.setting, unit: each.setting === 'home' ? undefined : each.unit, place_name: each.place_name, jurisdiction: where?.jurisdiction, position: where?.position, units: 1, contacts: 0, close: 0, general: 0, to_find: 0, overdue: 0, top_score: 0, first: each.first, last: each.last, second_ring: 0 };
      group.contacts += 1;
      if (each.ring === 1) group.close += 1;
      else group.second_ring += 1;
      if (each.state === 'to-find') group.to_find += 1;
      if (each.overdue) group.overdue += 1;
      group.top_score = Math.max(group.top_score, each.score);
      if (each.first < group.first) group.first = each.first;
      if (each.last > group.last) group.last = each.last;
      groups.set(key, group);
    }
    // Spread over the days, as real visits are.
    return { contacts: rows.length, traced_up_to: iso(Date.now() - 150 * 60_000), index_version: '1', groups: [...groups.values()].map((group, index) => ({ ...group, first: iso(Date.parse(group.first) + (index % 4) * DAY) })) };
  }],
  ['GET', /^\/cases\/([^/]+)\/spillover$/, ({ match, query }) => spillover(need(cases.get(match[1])).contacts.map(contactRow), query)],
  ['GET', /^\/diseases\/([^/]+)\/spillover$/, ({ query }) => spillover([...cases.values()].flatMap((one) => one.contacts.map(contactRow)), query)],
  ['GET', /^\/diseases\/([^/]+)\/tree$/, () => tree()],
  ['GET', /^\/(cases|diseases|units)\/([^/]+)\/(spillover|tree|present)\.csv$/, () => csv(['person'], [])],
  ['POST', /^\/duties\/assign$/, ({ body, user }) => {
    const items = body.ids ? body.ids.map((each) => duties.get(each)) : matching(need(cases.get(body.case)).contacts.map(contactRow), body.filter ?? {}, user).map((each) => duties.get(each.duty));
    const answer = { matched: items.length, assigned: 0, unchanged: 0, refused: [], preview: Boolean(body.preview) };
    for (const item of items) {
      if (item.closed) answer.refused.push({ duty: item.id, code: 'closed' });
      else if ((item.assigned_to ?? null) === body.to) answer.unchanged += 1;
      else {
        answer.assigned += 1;
        if (!body.preview) item.assigned_to = body.to ?? undefined;
      }
    }
    if (!body.preview) tell();
    return answer;
  }],
  ['GET', /^\/accounts\/assignable$/, () => accounts.filter((one) => ['investigator', 'desk', 'community'].includes(one.role)).map(({ name, role, jurisdiction }) => ({ name, role, jurisdiction }))],
  ['GET', /^\/units\/([^/]+)$/, ({ match }) => {
    const where = need(settings.find((one) => one.unit === match[1]));
    return { ...where, rule: rules['same-room'], from: iso(now - 7 * DAY), to: iso(now), stays: 143, people: 131, cases: 1, contacts: 47, traced_up_to: iso(Date.now() - 4 * 60_000), index_version: '1', by_hour: Array.from({ length: 48 }, (_, hour) => ({ start: iso(Math.floor((now - 48 * HOUR) / HOUR) * HOUR + hour * HOUR), present: Math.max(0, Math.round(14 * Math.sin(((hour % 24) - 6) / 4))), cases: hour === 12 || hour === 13 ? 1 : 0 })) };
  }],
  ['GET', /^\/units\/([^/]+)\/present$/, ({ match, query }) => {
    if (!query.get('purpose')) throw new Refusal(422, 'invalid', '为什么要看', 'purpose');
    const rows = [...cases.values()].flatMap((one) => one.contacts.filter((each) => each.unit === match[1])).map((each) => ({ person: each.person, masked_name: each.masked_name, start: each.first, end: each.last, assumed_end: each.minutes % 4 === 0, flag: each.ring === 1 ? 'close-contact' : 'secondary-contact', evidence: { code: 'recorded', params: {}, facts: each.evidence.at(-1).facts } }));
    const at = Number(query.get('offset') ?? 0);
    return { total: rows.length, out_of_scope: 6, rows: rows.slice(at, at + Number(query.get('limit') ?? 100)) };
  }],
  ['GET', /^\/paths$/, ({ query }) => {
    const to = need(people.get(query.get('to')));
    const from = need(people.get(query.get('from')));
    const each = main.contacts[0];
    const meeting = { setting: each.setting, place_name: each.place_name, unit: each.unit, start: each.first, end: each.last, minutes: each.minutes };
    return { found: from !== to, hops: [{ from: from.person, masked_from: from.masked_name, to: main.person, masked_to: main.masked_name, meeting, evidence: each.evidence }, { from: main.person, masked_from: main.masked_name, to: to.person, masked_to: to.masked_name, meeting, evidence: each.evidence }] };
  }],
  ['GET', /^\/index$/, () => ({ version: 41, segments: Array.from({ length: 14 }, (_, ago) => ({ day: localDay(14 - ago), stays: 2_400_000 + ago * 1000, bytes: 31_000_000 })), live: { stays: 18_240, oldest: iso(now - 40 * 60_000) }, sealed_up_to: iso(now - HOUR), traced_up_to: iso(now - 60_000), bytes: 434_000_000, stays: 33_618_240 })],
  ['POST', /^\/cases\/([^/]+)\/lists$/, ({ match, body }) => ((need(cases.get(match[1])).reconciled[body.jurisdiction] = body.number), {})],
  ['POST', /^\/people\/search$/, ({ body }) => [...people.values()].filter((one) => (body.by === 'name' ? one.name === body.value : body.by === 'phone' ? one.phone === body.value : false)).map(({ person: each, masked_name, jurisdiction }) => ({ person: each, masked_name, jurisdiction }))],
  ['POST', /^\/people\/(merge|split)$/, ({ body }) => consequence({ preview: Boolean(body.preview), duties_closed: 1 })],
  ['POST', /^\/people$/, ({ body }) => {
    const one = person(body.jurisdiction.length === 12 ? body.jurisdiction : firstCommunity);
    Object.assign(one, { name: body.name, masked_name: body.name[0] + '*', phone: body.phone ?? one.phone });
    return { person: one.person };
  }],
  ['GET', /^\/people\/([^/]+)$/, ({ match }) => personOf(need(people.get(match[1])))],
  ['POST', /^\/people\/([^/]+)\/reveal$/, ({ match }) => (({ name, phone, address }) => ({ name, phone, address }))(need(people.get(match[1])))],
  ['GET', /^\/people\/([^/]+)\/contact-details$/, ({ match }) => (({ name, phone, address }) => ({ name, phone, address }))(need(people.get(match[1])))],
  ['GET', /^\/duties\/mine$/, ({ user }) => ({ rows: [...duties.values()].filter((item) => within(item.jurisdiction, user.jurisdiction) && !item.closed).sort(byDue).slice(0, 20) })],
  ['GET', /^\/duties$/, ({ query, user }) => {
    const all = [...duties.values()].filter((item) => within(item.jurisdiction, query.get('jurisdiction') || user.jurisdiction));
    const state = query.get('state') ?? 'open';
    const stage = query.get('stage');
    const missing = (item) => ['identity', 'location', 'control'].find((step) => !item.steps[step]);
    const rows = all.filter((item) => (state === 'all' ? true : state === 'done' ? item.closed : state === 'overdue' ? overdue(item) : !item.closed) && (!stage || missing(item) === stage)).sort(byDue);
    const offset = Number(query.get('offset') ?? 0);
    return { total: rows.length, counts: { to_find: all.filter((item) => stateOf(item) === 'to-find').length, located: all.filter((item) => stateOf(item) === 'found').length, controlled: all.filter((item) => item.closed_by === 'controlled').length, closed: all.filter((item) => item.closed && item.closed_by !== 'controlled').length, overdue: all.filter(overdue).length }, rows: rows.slice(offset, offset + Number(query.get('limit') ?? 100)) };
  }],
  ['POST', /^\/duties\/([^/]+)\/steps$/, ({ match, body }) => {
    const item = need(duties.get(match[1]));
    for (const step of body.steps) item.steps[step] ??= body.at ?? iso(Date.now());
    if (item.steps.control) finish(item);
    tell();
    return item;
  }],
  ['POST', /^\/duties\/([^/]+)\/outcome$/, ({ match, body }) => {
    const item = need(duties.get(match[1]));
    if (body.outcome === 'deceased') Object.assign(item, { closed: iso(Date.now()), closed_by: 'deceased' });
    else item.last_outcome = body.outcome;
    tell();
    return item;
  }],
  ['POST', /^\/duties\/([^/]+)\/hand-over$/, ({ match, body }) => (Object.assign(need(duties.get(match[1])), { hand_over: { to: body.to, state: 'waiting' } }), tell(), duties.get(match[1]))],
  ['POST', /^\/duties\/([^/]+)\/hand-over\/answer$/, ({ match, body }) => {
    const item = need(duties.get(match[1]));
    item.hand_over.state = body.accepted ? 'accepted' : 'refused';
    tell();
    return item;
  }],
  ['POST', /^\/test-results$/, ({ body }) => {
    const one = need(people.get(body.person));
    if (Date.parse(body.collected) > Date.now() + HOUR) throw new Refusal(422, 'invalid', '采样时间在将来', 'collected');
    const expected = { duties_opened: 312, jurisdictions: 9, people_restricted: 313, cases_opened: 1 };
    if (body.preview) return consequence({ preview: true, ...expected });
    const { made, positive, elapsed } = openCase(one, { onset: body.onset, collected: Date.parse(body.collected), recorded: Date.now(), close: 64, second: 248 });
    tell();
    return consequence({ ...expected, recorded: positive, elapsed_ms: elapsed, case: made.id });
  }],
  ['POST', /^\/facts\/([^/]+)\/withdraw$/, ({ match, body }) => {
    const fact = need(facts.get(match[1]));
    if (!body.preview) {
      fact.superseded_by = record('withdrawn', people.get(fact.body.person), {});
      tell();
    }
    return consequence({ preview: Boolean(body.preview), people_released: 313, duties_closed: 312, cases_closed: 1 });
  }],
  ['POST', /^\/(stays|contacts-stated)$/, ({ body }) => (body.preview || tell(), consequence({ preview: Boolean(body.preview), duties_opened: 4, jurisdictions: 2, people_restricted: 4 }))],
  ['GET', /^\/facts\/([^/]+)$/, ({ match }) => need(facts.get(match[1]))],
  ['GET', /^\/plans\/([^/]+)\/rule$/, ({ query }) => {
    const found = Object.values(rules).find((one) => one.path === query.get('path'));
    return { path: query.get('path'), name: need(found).name, parameters: found === rules.deadline ? [{ name: 'control_hours', value: 24, unit: 'hours', source: ['Firebreak'], confidence: 'assumption' }] : [
      { name: 'minimum_minutes', value: 10, unit: 'minutes', source: ['第九版防控方案 附件5'], confidence: 'medium', quotation: '同一空间内近距离接触' },
      { name: 'weight', value: 0.4, unit: 'number', source: ['Firebreak'], confidence: 'assumption' },
    ] };
  }],
  ['GET', /^\/places$/, ({ query }) => settings.filter((one) => one.name.includes(query.get('q') ?? ''))],
  ['GET', /^\/duplicates$/, () => {
    const [a, b] = [...people.values()].slice(3, 5).map(({ person: each, masked_name, jurisdiction }) => ({ person: each, masked_name, jurisdiction }));
    return [{ a, b, reasons: ['same-phone'], score: 0.83 }];
  }],
  ['POST', /^\/imports$/, ({ query }) => {
    const made = id('imp');
    uploads.set(made, true);
    return { import: made, kind: query.get('kind'), file_name: '3月14日 病例一览.xlsx', encoding: 'GB18030', sheet: 'Sheet1', rows: 148, columns: [{ name: '姓名', samples: ['王某', '李某', '赵某'] }, { name: '身份证', samples: ['3901**********1234'] }, { name: '采样日期', samples: ['3.12', '2026/3/13', '45364'] }, { name: '备注', samples: [] }], mapping: { name: '姓名', id_number: '身份证', collected: '采样日期' }, fields: [{ field: 'name', required: true, type: 'text', guessed_by: 'name' }, { field: 'id_number', required: false, type: 'id', guessed_by: 'samples' }, { field: 'collected', required: true, type: 'time', guessed_by: 'samples' }, { field: 'onset', required: false, type: 'date' }], warnings: [{ code: 'other-sheets', params: {} }] };
  }],
  ['POST', /^\/imports\/([^/]+)\/check$/, () => ({ accepted: 143, duplicates: 2, queued: 1, rejected: 2, errors: [{ row: 17, column: '身份证', code: 'bad-id-number', value: '39012119900101123X', expected: '18 位,末位校验' }, { row: 88, column: '采样日期', code: 'bad-date', value: '三月中旬', expected: '2026-03-14 或 3.14' }], preview: consequence({ preview: true, duties_opened: 96, jurisdictions: 4, cases_opened: 5, people_restricted: 101 }) })],
  ['POST', /^\/imports\/([^/]+)\/run$/, () => (tell(), { accepted: 143, unchanged: 2, superseded: 0, queued: 1, rejected: 2, errors_file: '/api/v1/imports/x/errors.csv', consequence: consequence({ duties_opened: 96, jurisdictions: 4, cases_opened: 5, people_restricted: 101, elapsed_ms: 84 }) })],
];

const types = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.json': 'application/json' };
createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://mock');
  if (!pathname.startsWith('/api/v1')) {
    const wanted = join(STATIC, normalize(pathname));
    const file = existsSync(wanted) && extname(wanted) ? wanted : join(STATIC, 'index.html');
    response.setHeader('content-type', types[extname(file)] ?? 'application/octet-stream');
    response.setHeader('content-security-policy', "default-src 'self'; img-src 'self' data:; style-src 'self'; script-src 'self'");
    createReadStream(file).on('error', () => response.writeHead(404).end()).pipe(response);
    return;
  }
  const path = pathname.slice('/api/v1'.length);
  const token = /session=([^;]+)/.exec(request.headers.cookie ?? '')?.[1];
  const user = sessions.get(token);
  if (path === '/events') {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    response.write(': hello\n\n');
    streams.add(response);
    request.on('close', () => streams.delete(response));
    return;
  }
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    try {
      if (request.method !== 'GET' && request.headers['x-firebreak'] !== '1') throw new Refusal(403, 'forbidden', 'header x-firebreak');
      const open = path === '/session' || path === '/setup' || path.startsWith('/invitations/');
      if (!open && !user) throw new Refusal(401, 'signed-out');
      for (const [method, pattern, answer] of routes) {
        const match = pattern.exec(path);
        if (method !== request.method || !match) continue;
        const json = (request.headers['content-type'] ?? '').includes('json') && chunks.length ? JSON.parse(Buffer.concat(chunks)) : {};
        const result = answer({ match, query: searchParams, body: json, user, token, response });
        if (result?.csv) {
          response.setHeader('content-type', 'text/csv; charset=utf-8');
          response.end(result.csv);
          return;
        }
        response.setHeader('content-type', 'application/json');
        response.writeHead(result === undefined ? 204 : 200).end(result === undefined ? undefined : JSON.stringify(result));
        return;
      }
      throw new Refusal(404, 'not-found');
    } catch (error) {
      const { status = 500, code = 'unexpected', detail = String(error), field } = error;
      response.writeHead(status, { 'content-type': 'application/problem+json' }).end(JSON.stringify({ type: `/problems/${code}`, code, title: code, detail: error instanceof Refusal ? error.detail : detail, field }));
    }
  });
}).listen(PORT, '127.0.0.1', () => console.log(`mock at http://127.0.0.1:${PORT}, password ${PASSWORD}, accounts ${accounts.map((one) => one.name).join(' ')}`));
