// The command routine of the stand-in: invented headquarters, rosters, reports, orders, letters and accounts.

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Routes in the form of the main stand-in's; `world` is what that one knows. */
export function commandRoutes({ jurisdictions, byCode, within, counties, duties, people, cases, accounts, iso, dayOf, id, need, Refusal, overdue, tell, setGlass }) {
  const now = Date.now();
  const dayStart = (at) => Date.parse(`${dayOf(at)}T00:00:00+08:00`);
  const nameOf = (code) => byCode.get(code)?.name;
  const names = ['李卫东', '赵敏', '王建国', '陈静', '周涛', '吴霞', '孙磊', '何洁', '郭勇', '马兰'];
  const officer = (n) => ({ officer: `act-${n}`, name: names[n % names.length] });
  const texts = new Map();
  const text = (said) => {
    const made = id('text');
    texts.set(made, said);
    return made;
  };
  const page = (rows, query) => ({ total: rows.length, rows: rows.slice(Number(query.get('offset') ?? 0), Number(query.get('offset') ?? 0) + Number(query.get('limit') ?? 100)) });

  // --- headquarters, posts, rosters ---
  const departments = [
    ['office', 'office', '指挥部办公室', 'Headquarters office', [['duty-officer', '值班长', 'Officer in charge of the day', true], ['reports', '信息报送岗', 'Reports', false]]],
    ['surveillance', 'department', '监测流调部', 'Surveillance and investigation', [['co-investigation', '协查岗', 'Co-investigation desk', true]]],
    ['medical', 'department', '医疗救治部', 'Medical care', [['beds', '救治调度岗', 'Care and beds', true]]],
    ['social-control', 'department', '社会管控部', 'Community measures', [['communities', '社区管控岗', 'Communities', true]]],
    ['supplies', 'department', '物资保障部', 'Supplies', [['reserves', '物资调度岗', 'Stocks and reserves', false]]],
    ['investigation', 'task-force', '流调专班', 'Investigation task force', [['lead', '流调专班值守', 'Investigation lead', true]]],
  ];
  let level = 'alert';
  let since = now - 9 * DAY;
  const postRow = (post) => ({ ...post, on_now: post.active && !post.gap_now && post.code !== 'reserves' ? { shift_start: iso(dayStart(now) + 8 * HOUR), shift_end: iso(dayStart(now) + 20 * HOUR), primary: post.primary, deputy: post.deputy, acting: post.code === 'beds' ? 'deputy' : 'primary', reach: post.code === 'reports' ? undefined : `100 0000 ${String(1000 + posts.indexOf(post)).slice(-4)}` } : {} });
  const posts = departments.flatMap(([department, kind, , , list], d) => list.map(([code, zh, en, around], p) => ({ post: id('post'), code, name: { zh, en }, department, around_the_clock: around, active: kind !== 'task-force' || level !== 'peace', primary: officer(d * 2 + p), deputy: d === 4 ? undefined : officer(d * 2 + p + 1), gap_now: code === 'communities' })));
  const headquarters = (code) => (counties.slice(20).some((one) => one.code === code) ? need(undefined) : {
    code, name: { zh: `${nameOf(code)?.zh}防指`, en: `${nameOf(code)?.en} Headquarters` }, established: iso(now - 200 * DAY), template: 'standard', template_name: { zh: '一办五部', en: 'One office and five departments' }, response: { level, since: iso(since) }, flat: level === 'emergency', reports_to: byCode.get(code)?.parent, orders_to: jurisdictions.filter((one) => one.parent === code).map((one) => one.code),
    departments: departments.map(([key, kind, zh, en]) => ({ code: key, kind, name: { zh, en }, active: kind !== 'task-force' || level !== 'peace', active_from: kind === 'task-force' ? 'alert' : 'peace', formed: kind === 'task-force' ? iso(since) : undefined, posts: posts.filter((one) => one.department === key).map(postRow) })),
  });
  const notes = new Map();
  const note = (by, written, acknowledged) => {
    const made = { fact: id('fact'), written: iso(written), by, acknowledged: acknowledged && iso(acknowledged), acknowledged_by: acknowledged ? officer(3) : undefined, overdue: !acknowledged && now - written > HOUR };
    notes.set(made.fact, { ...made, text: '夜班：云阳两名密接凌晨已到集中点，缺交接单；北堰来函 17 号还差 3 人。\n早班先催北堰。' });
    return made;
  };
  const shiftsOf = (post, from, days) => {
    const rows = [];
    for (let day = 0; day < days; day += 1) {
      for (const [begin, hours] of post.around_the_clock ? [[8, 12], [20, 12]] : [[8, 10]]) {
        const start = dayStart(from) + day * DAY + begin * HOUR;
        const n = Math.floor(start / (12 * HOUR)) + posts.indexOf(post);
        // Two holes in the week, and one shift whose primary is on leave.
        if (post.code === 'communities' && ((begin === 8 && dayOf(start) === dayOf(now)) || n % 11 === 3)) continue;
        rows.push({ post: post.post, start: iso(start), end: iso(start + hours * HOUR), primary: officer(n), deputy: officer(n + 1), away: n % 9 === 4 ? ['primary'] : [], mine: post.code === 'duty-officer' && n % 4 === 0 ? 'primary' : undefined, note: start + hours * HOUR < now ? note(officer(n), start + hours * HOUR, start + 13 * HOUR < now - 20 * HOUR ? start + (hours + 0.2) * HOUR : undefined) : undefined });
      }
    }
    return rows;
  };
  const gapsOf = (post, from, days, shifts) => {
    if (!post.around_the_clock) return [];
    const gaps = [];
    for (let day = 0; day < days; day += 1) for (const begin of [8, 20]) {
      const start = iso(dayStart(from) + day * DAY + begin * HOUR);
      if (!shifts.some((one) => one.start === start)) gaps.push({ start, end: iso(Date.parse(start) + 12 * HOUR), role: 'primary' });
    }
    return gaps;
  };
  const onNow = (code) => posts.map((post) => ({ headquarters: code, headquarters_name: headquarters(code).name, ...postRow(post) }));
  let calendar = false;

  // --- reports ---
  const items = [['new-cases', '新增病例', 'New cases', { zh: '人', en: 'people' }, true], ['to-find', '待查找', 'To be found', { zh: '人', en: 'people' }, true], ['controlled', '新增管控', 'Newly controlled', { zh: '人', en: 'people' }, true], ['overdue', '超时未办结', 'Overdue', { zh: '件', en: 'duties' }, true], ['fever-visits', '发热门诊就诊', 'Fever clinic visits', { zh: '人次', en: 'visits' }, false], ['tests-done', '核酸检测', 'Tests done', { zh: '人次', en: 'tests' }, false]].map(([code, zh, en, unit, drafted]) => ({ code, name: { zh, en }, unit, drafted }));
  const kinds = [{ code: 'daily', name: { zh: '疫情日报告（零报告）', en: 'Daily report, zero included' }, items, levels: ['province', 'city', 'county'], cadence: [{ response: 'alert', every_hours: 24, due_after_hours: 10 }] }];
  const reports = new Map();
  const cohort = (code) => [code, ...jurisdictions.filter((one) => one.parent === code).map((one) => one.code)];
  const reportRow = (code, start) => {
    const n = cohort('390000').indexOf(code);
    const key = `${code}/${start}`;
    const found = reports.get(key);
    const state = found ? found.state : start >= dayStart(now) ? 'not-due' : n === 3 || n === 5 ? 'missing' : n === 0 ? 'due' : n === 2 ? 'late' : 'confirmed';
    const due = state === 'due' ? now + 1.2 * HOUR : state === 'missing' ? now - 2.4 * HOUR : start + DAY + 10 * HOUR;
    const done = ['confirmed', 'late', 'amended'].includes(state);
    return { kind: 'daily', kind_name: kinds[0].name, late: state === 'late', jurisdiction: code, name: nameOf(code), level: byCode.get(code)?.level, period: { start: iso(start), end: iso(start + DAY) }, due: iso(due), state, confirmed_at: done ? (found?.confirmed_at ?? iso(start + DAY + 7 * HOUR)) : undefined, confirmed_by: done ? officer(n) : undefined, fact: done ? `fact-report-${code}-${start}` : undefined, amendments: found?.amendments ?? 0, chased: found?.chased ?? [] };
  };
  const valueOf = (code, item) => (item === 'fever-visits' && code.endsWith('400') ? null : (Number(code.slice(2, 4)) * 7 + items.findIndex((one) => one.code === item) * 3) % 23);
  const detail = (fact) => {
    const [, , code, start] = fact.split('-');
    const row = reportRow(code, Number(start));
    const values = items.map((one) => ({ item: one.code, name: one.name, number: reports.get(`${code}/${start}`)?.values?.find((each) => each.item === one.code)?.number ?? valueOf(code, one.code), drafted: one.drafted ? valueOf(code, one.code) : undefined, differs: false }));
    return { ...row, values, versions: [{ fact, confirmed_at: row.confirmed_at ?? iso(now), by: officer(2), values: values.map(({ item, number }) => ({ item, number })) }] };
  };

  // --- levels ---
  const criterion = (code, zh, en, of, side, threshold, comparison, value) => ({ code, name: { zh, en }, level: of, side, measure: code, comparison, threshold, unit: 'number', value, met: value === undefined ? undefined : comparison === 'at-least' ? value >= threshold : value <= threshold, source: ['Firebreak'], confidence: 'assumption' });
  const criteria = () => [
    criterion('any-case', '14天内有病例', 'A case within 14 days', 'alert', 'entry', 1, 'at-least', 3), criterion('ten-cases-7-days', '7天内10例及以上', '10 cases or more within 7 days', 'emergency', 'entry', 10, 'at-least', 3), criterion('two-counties', '7天内3个及以上县区有病例', 'Cases in 3 counties or more within 7 days', 'emergency', 'entry', 3, 'at-least', 3), criterion('fifty-overdue', '50人及以上超时未查找到', '50 people or more overdue to be found', 'emergency', 'entry', 50, 'at-least', undefined),
    criterion('no-case-14-days', '连续14天无新增病例', 'No new case for 14 days', 'alert', 'exit', 0, 'at-most', 3), criterion('none-overdue', '无超时未办结', 'Nothing overdue', 'emergency', 'exit', 0, 'at-most', 7),
  ];
  const history = [{ level: 'alert', from: iso(since), signed_by: officer(0), fact: 'fact-level-1' }, { level: 'peace', from: iso(since - 200 * DAY), to: iso(since), signed_by: officer(2), fact: 'fact-level-0' }];
  const levelsNow = (code) => ({ jurisdiction: code, name: nameOf(code), current: { level, own: level, since: iso(since), signed_by: officer(0), fact: history[0].fact }, advised: { level: 'emergency', because: ['two-counties'] }, criteria: criteria(), reviewed: iso(now - 2 * DAY), history });

  // --- capability ---
  const resources = [['investigators', '流调人员', 'Investigators', 'staff', '人', 'people', 46, 60, 'over'], ['community-workers', '社区工作人员', 'Community workers', 'staff', '人', 'people', 820, 310, 'not-at-this-rate'], ['laboratory-tests', '核酸检测能力', 'Laboratory tests', 'laboratory', '人份/天', 'tests a day', 24000, 19800, 'in-hours'], ['isolation-rooms', '集中隔离房间', 'Isolation rooms', 'isolation', '间', 'rooms', 640, 512, 'in-hours'], ['transfer-seats', '转运能力', 'Transfer seats', 'transport', '人次/天', 'people a day', undefined, 312, 'unknown'], ['protective-suits', '防护服', 'Protective suits', 'supplies', '套', 'suits', 18200, 2400, 'not-at-this-rate']].map(([code, zh, en, group, uzh, uen, available, demand, state]) => ({ code, name: { zh, en }, group, unit: { zh: uzh, en: uen }, kind: 'stock', available, demand, state }));
  const capacityRow = (one, n) => ({ code: one.code, name: one.name, group: one.group, unit: one.unit, kind: 'held', available: one.available, stated_by: { reported: one.available === undefined ? 0 : 5 - (n % 2), of: 6, missing: n % 2 ? ['390300'] : [] }, oldest: one.available === undefined ? undefined : iso(now - (n === 3 ? 40 : 5) * HOUR), stale: n === 3, turnaround_hours: one.group === 'laboratory' ? 9 : undefined, demand: one.demand, shortfall: one.state === 'over', because: [], change_per_hour: 3, saturation: { state: one.state, hours: one.state === 'in-hours' ? 18 + n : undefined, short: one.state === 'over' ? one.demand - one.available : undefined, lacking: one.state === 'unknown' ? 'available' : undefined }, aid_coming: n === 0 ? 8 : 0 });
  const aid = [{ aid: id('fact'), from: '390200', of: '390000', resource: 'investigators', amount: 20, needed_by: iso(now + 9 * HOUR), asked: iso(now - 2 * HOUR), answer_due: iso(now + 0.6 * HOUR), arrived: 0, state: 'asked', overdue: false }, { aid: id('fact'), from: '390000', of: '390500', resource: 'isolation-rooms', amount: 100, needed_by: iso(now + 4 * HOUR), asked: iso(now - 9 * HOUR), answer_due: iso(now - 5 * HOUR), answered: iso(now - 6 * HOUR), offered: 80, arrived: 0, state: 'offered', overdue: false }];

  // --- duties of every kind ---
  const board = [];
  const owe = (kind, territory, over) => {
    const made = { id: id('duty'), kind, about: {}, parties: { territory, territory_name: nameOf(territory), department: 'social-control', department_name: { zh: '社会管控部', en: 'Community measures' } }, owed_to: byCode.get(territory)?.parent ?? '390000', owed_to_name: nameOf(byCode.get(territory)?.parent ?? '390000'), opened: iso(now - 20 * HOUR), received: iso(now - 20 * HOUR), due: iso(now + 4 * HOUR), state: 'open', steps: {}, circle: false, hand_overs: 0, reopened: 0, paused_minutes: 0, next: { rung: 'escalation', at: iso(now + 5 * HOUR), to: '390000' }, history: [{ fact: id('fact'), at: iso(now - 20 * HOUR), by: officer(0), act: 'given' }], ...over };
    board.push(made);
    return made;
  };
  const late = (one) => one.state === 'open' && Date.parse(one.due) < Date.now();
  const strip = ({ history: _, spot: __, ...row }) => ({ ...row, overdue: late(row) });
  const asRow = (item) => ({ id: item.id, kind: item.kind, about: { person: item.person, masked_name: item.masked_name, disease: item.disease }, parties: { territory: item.jurisdiction, territory_name: nameOf(item.jurisdiction), individual: item.assigned_to ? { officer: 'act-9', name: item.assigned_to } : undefined }, owed_to: item.jurisdiction.slice(0, 6), owed_to_name: nameOf(item.jurisdiction.slice(0, 6)), opened: item.opened, received: item.received, due: item.due, state: item.closed ? 'closed' : 'open', overdue: overdue(item), closed: item.closed, closed_by: item.closed_by, steps: item.steps, circle: false, hand_overs: 0, reopened: 0, paused_minutes: 0 });
  const everything = () => [...board.map(strip), ...[...duties.values()].map(asRow)];
  const byDue = (a, b) => Number(Boolean(a.closed)) - Number(Boolean(b.closed)) || a.due.localeCompare(b.due);
  const fits = (one, state) => (state === 'all' ? true : state === 'done' ? one.state === 'closed' : state === 'overdue' ? one.overdue : state === 'paused' ? one.state === 'paused' : one.state === 'open' || one.state === 'paused');
  const levelOf = (code) => byCode.get(code)?.level ?? 'community';
  const select = (query, user) => {
    const code = query.get('jurisdiction') || user.jurisdiction;
    return everything().filter((one) => within(one.parties.territory, code) && fits(one, query.get('state') ?? 'open') && (!query.get('kind') || one.kind === query.get('kind')) && (!query.get('department') || one.parties.department === query.get('department')) && (!query.get('level') || levelOf(one.parties.territory) === query.get('level')) && (!query.get('assigned') || (query.get('assigned') === 'none' ? !one.parties.individual : one.parties.individual?.name === user.name))).sort(byDue);
  };
  const tally = (rows, key) => {
    const by = {};
    for (const row of rows) by[key(row)] = (by[key(row)] ?? 0) + 1;
    return by;
  };
  const below = (code, territory) => jurisdictions.find((one) => one.parent === code && within(territory, one.code))?.code ?? code;
  const boardOf = (query, user) => {
    const code = query.get('jurisdiction') || user.jurisdiction;
    const all = everything().filter((one) => within(one.parties.territory, code));
    const rows = select(query, user);
    return {
      as_of: iso(now), ...page(rows, query), counts: { open: all.filter((one) => fits(one, 'open')).length, overdue: all.filter((one) => one.overdue).length, paused: all.filter((one) => one.state === 'paused').length, closed: all.filter((one) => one.state === 'closed').length, ended: 0, reopened: 2, escalated: all.filter((one) => one.escalated_to).length },
      facets: { kind: tally(rows, (one) => one.kind), state: tally(rows, (one) => one.state), level: tally(rows, (one) => levelOf(one.parties.territory)), department: Object.entries(tally(rows, (one) => one.parties.department ?? '')).map(([key, n]) => ({ code: key || undefined, n })), jurisdiction: Object.entries(tally(rows, (one) => below(code, one.parties.territory))).map(([key, n]) => ({ code: key, name: nameOf(key), n })), assigned: [] },
    };
  };
  const boardDetail = (key) => {
    const own = board.find((one) => one.id === key);
    const row = own ? strip(own) : asRow(need(duties.get(key)));
    return { ...row, ladder: [{ rung: 'acknowledgement', at: iso(now - 18 * HOUR), to: row.parties.territory, passed: true }, { rung: 'reminder', at: iso(Date.parse(row.due) - 2 * HOUR), to: row.parties.territory, passed: Date.parse(row.due) - 2 * HOUR < now }, { rung: 'due', at: row.due, to: row.parties.territory, passed: row.overdue }, { rung: 'escalation', at: iso(Date.parse(row.due) + HOUR), to: '390000', to_name: nameOf('390000'), passed: Boolean(row.escalated_to) }], history: own?.history ?? [], parts_rows: board.filter((one) => one.part_of === key).map(strip), legs: [], exceptions: [], because: [], pauses: row.paused_minutes ? [{ from: iso(now - 9 * HOUR), until: iso(now - 7 * HOUR), ended: iso(now - 7.5 * HOUR), reason: 'weather' }] : [] };
  };
  const cities = jurisdictions.filter((one) => one.level === 'city').map((one) => one.code);

  // --- orders and meetings ---
  const orders = [];
  const order = (said, to, given, hours, meeting) => {
    const made = { order: id('fact'), from: '390000', from_name: nameOf('390000'), given: iso(given), due: iso(given + hours * HOUR), text: text(said), meeting, state: 'open', duties: [] };
    to.forEach((code, n) => made.duties.push(owe('order', code, { order: made.order, about: { fact: made.order }, evidence_required: true, text: made.text, opened: made.given, received: made.given, due: made.due, owed_to: '390000', owed_to_name: nameOf('390000'), steps: n % 4 === 3 ? {} : { acknowledgement: iso(given + HOUR), ...(n % 3 ? { start: iso(given + 2 * HOUR) } : {}) }, parts: n % 3 === 1 ? { total: 4, closed: 2, overdue: 1 } : undefined, ...(n % 5 === 4 ? { state: 'closed', closed: iso(given + 9 * HOUR), closed_by: 'done', steps: { acknowledgement: iso(given + HOUR), start: iso(given + 2 * HOUR), completion: iso(given + 9 * HOUR) } } : {}) })));
    orders.push(made);
    return made;
  };
  const meetings = [];
  const first = { meeting: id('fact'), jurisdiction: '390000', jurisdiction_name: nameOf('390000'), number: 11, starts: iso(now - 3 * DAY), title: text('疫情防控调度会'), agenda: [text('外溢人员协查'), text('隔离房间')], decisions: [], attendance: new Map() };
  const second = { meeting: id('fact'), jurisdiction: '390000', jurisdiction_name: nameOf('390000'), number: 12, starts: iso(now - 5 * HOUR), title: text('疫情防控指挥部会议'), agenda: [text('上次部署落实情况'), text('协查时限改为 6 小时'), text('能力不到位的问题')], decisions: [], attendance: new Map(cities.map((code, n) => [code, n === 2 ? {} : { invited: 20 + n, present: 18 + n }])), after: first.meeting };
  meetings.push(second, first);
  const firstOrder = order('各市 24 小时内清零外溢名单，逐人核实身份、位置、管控', cities, now - 30 * HOUR, 24, first.meeting);
  const secondOrder = order('协查定位时限改为 6 小时，今日起执行', [...cities, ...counties.slice(0, 8).map((one) => one.code)], now - 4 * HOUR, 12, second.meeting);
  second.decisions.push({ fact: id('fact'), number: 1, text: text('协查定位时限由 24 小时改为 6 小时，超时每日通报'), agenda: 2, orders: [secondOrder.order] }, { fact: id('fact'), number: 2, text: text('隔离房间三日内增加 200 间'), agenda: 3, orders: [] });
  const progress = (one) => {
    const list = one.duties.map(strip);
    return { acknowledged: list.filter((each) => each.steps.acknowledgement).length, done: list.filter((each) => each.state === 'closed').length, overdue: list.filter((each) => each.overdue).length, open: list.filter((each) => each.state === 'open').length, of: list.length, parts_done: 8, parts_of: 16 };
  };
  const orderRow = (one) => ({ order: one.order, from: one.from, from_name: one.from_name, given: one.given, due: one.due, text: one.text, meeting: one.meeting, addressed: one.duties.length, state: one.state, progress: progress(one), nine_parts: { done: progress(one).done + 8, of: one.duties.length + 16 } });
  const orderDetail = (key) => {
    const one = need(orders.find((each) => each.order === key));
    const rows = one.duties.map((each) => ({ duty: each.id, jurisdiction: each.parties.territory, name: nameOf(each.parties.territory), level: levelOf(each.parties.territory), acknowledged: each.steps.acknowledgement, done: each.closed, overdue: late(each), evidence: each.closed ? 1 : 0, parts: each.parts ?? { total: 0, closed: 0, overdue: 0 }, spot_checks: each.spot ?? [], state: each.state }));
    return { ...orderRow(one), addressees: rows, by_level: ['city', 'county'].map((each) => ({ level: each, of: rows.filter((row) => row.level === each).length, acknowledged: rows.filter((row) => row.level === each && row.acknowledged).length, done: rows.filter((row) => row.level === each && row.done).length, overdue: rows.filter((row) => row.level === each && row.overdue).length })).filter((each) => each.of > 0) };
  };
  const meetingRow = (one) => ({ meeting: one.meeting, jurisdiction: one.jurisdiction, jurisdiction_name: one.jurisdiction_name, number: one.number, starts: one.starts, title: one.title, branches: one.attendance.size, attended: [...one.attendance.values()].filter((each) => each.present !== undefined).length, agenda: one.agenda.length, decisions: one.decisions.length, orders: orders.filter((each) => each.meeting === one.meeting).length, orders_open: orders.filter((each) => each.meeting === one.meeting && each.state === 'open').length, left_undone: one === second ? firstOrder.duties.filter((each) => each.state === 'open').length : 0 });
  const meetingDetail = (key) => {
    const one = need(meetings.find((each) => each.meeting === key));
    return { ...meetingRow(one), after: one.after, agenda_rows: one.agenda.map((each, n) => ({ number: n + 1, text: each })), left_undone_rows: one === second ? firstOrder.duties.filter((each) => each.state === 'open').map(strip) : [], attendance: [...one.attendance].map(([branch, each]) => ({ branch, name: nameOf(branch), ...each })), decision_rows: one.decisions, order_rows: orders.filter((each) => each.meeting === one.meeting).map(orderRow) };
  };
  // Work of the community account and of others.
  const community = accounts.find((one) => one.role === 'community').jurisdiction;
  owe('task', community, { text: text('给 3 号楼居家监测的 5 户送菜，问体温'), due: iso(now + 2.5 * HOUR), parties: { territory: community, territory_name: nameOf(community), individual: { officer: 'act-9', name: 'wangge' } } });
  owe('order', community, { text: secondOrder.text, order: secondOrder.order, about: { fact: secondOrder.order }, due: iso(now + 7 * HOUR) });
  owe('report', '390000', { about: { title: { zh: '疫情日报告（零报告）', en: 'Daily report, zero included' } }, due: iso(now + 1.2 * HOUR), owed_to: '390000' });
  owe('shift', '390000', { about: { title: { zh: '社区管控岗今日白班缺A角', en: 'No primary for Communities today' } }, due: iso(now - 0.4 * HOUR), escalated_to: '390000' });
  owe('task', '390200', { text: text('核实云阳市冷链仓 3 名装卸工去向'), asked: { act: 'hand-over', fact: id('fact'), to: '390000', to_name: nameOf('390000'), reason: 'not-here' }, hand_overs: 1, due: iso(now + 0.8 * HOUR) });
  owe('task', '390300', { text: text('腾出北堰市体育馆作备用隔离点'), state: 'paused', paused_minutes: 95, due: iso(now + 30 * HOUR) });

  // --- inspections ---
  const findings = [];
  const finding = (subject, territory, said, hours, over = {}) => {
    const fact = id('fact');
    const duty = owe('finding', territory, { text: text(said), about: { fact }, due: iso(now + hours * HOUR) });
    findings.push({ finding: fact, duty: duty.id, subject, parties: duty.parties, found: iso(now - 40 * HOUR), by: officer(5), text: duty.text, due: duty.due, rechecks: 0, state: hours < 0 ? 'overdue' : 'open', repeats: [], reopened: 0, ...over });
  };
  finding('co-investigation', '390200', '来函 17 号 12 人登记“已管控”，电话抽查 3 人仍在途中', -3, { repeats: ['fact-0000000000aa'] });
  finding('rosters', '390300', '夜间值班电话无人接听', 20);
  finding('isolation', '390100', '隔离点清洁区与污染区未分开', 6, { state: 'rectified', rectified: iso(now - 2 * HOUR), recheck_due: iso(now + 22 * HOUR) });
  finding('reports', '390500', '连续两日零报告未经核对', 60, { state: 'closed', rectified: iso(now - 60 * HOUR), rechecked: iso(now - 50 * HOUR), held: true, rechecks: 1 });
  const accountability = [{ case: id('fact'), parties: findings[0].parties, ground: 'work-not-real', text: text('以打勾代替到场'), findings: [findings[0].finding], duties: [], opened: iso(now - 6 * HOUR), by: officer(5), due: iso(now + 66 * HOUR) }];
  const sample = { sample: id('fact'), jurisdiction: '390000', jurisdiction_name: nameOf('390000'), drawn_at: iso(now - 20 * HOUR), by: officer(5), seed: '7c9e01ab55d2', from: iso(now - 7 * DAY), to: iso(now), population: 412, drawn: 8, verified: 5, false: 1, rate: 0.2, low: 0.036, high: 0.624, overdue: 0 };
  const ledgerRow = (key, n) => ({ key, name: nameOf(key), given: 120 + n * 31, closed: 96 + n * 22, on_time: 84 + n * 20, late: 12 + n * 2, on_time_share: (84 + n * 20) / (96 + n * 22), median_hours: 5.2 + n, p90_hours: 17.4 + n * 2, open: 24 + n * 9, overdue_now: n % 3 === 1 ? 7 : n, reopened: n, handed_over: 6, handed_back: 1, released: 2, paused: n, paused_hours: 3.5 * n, checked: n % 2 ? { drawn: 20, verified: 20, false: n === 1 ? 3 : 0, rate: n === 1 ? 0.15 : 0, low: n === 1 ? 0.052 : 0, high: n === 1 ? 0.36 : 0.161 } : undefined });

  // --- letters ---
  const print = (seed) => {
    let state = seed * 7919 + 13;
    return Array.from({ length: 32 }, () => '0123456789abcdef'[((state = (state * 16807) % 2147483647) >> 8) % 16]).join('');
  };
  const deployments = [
    { fingerprint: print(3), name: { zh: '临江省防指', en: 'Linjiang Province Command' }, jurisdiction: '380000', address: 'https://linjiang.example', trusted_since: iso(now - 60 * DAY), outgoing: { written: 41, acknowledged: 38, waiting: 3, oldest_waiting: iso(now - 55 * 60_000), last_sent: iso(now - 60 * 60_000), last_error: { code: 'unreachable', at: iso(now - 4 * 60_000) }, next_try: iso(now + 3 * 60_000) }, incoming: { taken: 17, waiting: [], last_received: iso(now - 60 * 60_000) } },
    { fingerprint: print(5), name: { zh: '东岭特区防指', en: 'Dongling District Command' }, jurisdiction: '370000', trusted_since: iso(now - 12 * DAY), outgoing: { written: 4, acknowledged: 4, waiting: 0, last_sent: iso(now - 3 * DAY) }, incoming: { taken: 2, waiting: [4], last_received: iso(now - 2 * DAY) } },
  ];
  const letterPeople = [...people.values()].slice(2, 26).map((one, n) => {
    const state = n < 7 ? 'to-find' : n < 13 ? 'located' : n < 20 ? 'isolated' : n < 22 ? 'closed' : n === 22 ? 'sent-back' : 'handed-on';
    const received = now - 5.2 * HOUR;
    const at = { occurred: iso(now - 2 * HOUR), recorded: iso(now - 2 * HOUR) };
    return { person: one.person, masked_name: one.masked_name, key: print(n + 9), ground: n % 3 ? 'close-contact' : 'secondary-contact', exposed: { first: iso(now - 4 * DAY), last: iso(now - 3 * DAY) }, setting: 'meal', jurisdiction: one.jurisdiction, place: n % 2 ? '东关农贸市场 3 号厅' : undefined, seen: iso(now - 2 * DAY), positive_recorded: iso(now - 9 * HOUR), received: iso(received), due: { by_positive: { locate: iso(now - 7 * HOUR), isolate: iso(now - HOUR), close: iso(now + 15 * HOUR) }, by_receipt: { locate: iso(received + 6 * HOUR), isolate: iso(received + 8 * HOUR), close: iso(received + 24 * HOUR) } }, steps: { ...(n >= 7 ? { identity: at, location: at } : {}), ...(n >= 13 ? { control: at } : {}) }, state, overdue: n < 2 ? ['locate'] : [], rung: n < 2 ? 'overdue' : 'none', crossing: n === 9, duty: undefined };
  });
  const letters = ['in', 'out'].map((direction, n) => ({ id: `let-${print(n + 40)}`, direction, deployment: deployments[n].fingerprint, deployment_name: deployments[n].name, disease: 'covid-19', from: n ? '390000' : '380000', to: n ? '370000' : '390000', written: iso(now - (n ? 3 : 6) * HOUR), received: n ? undefined : iso(now - 5.2 * HOUR), reconciled: n ? undefined : 24, hours: { locate: 6, isolate: 8, close: 24 }, people: 24, to_find: 7, located: 6, isolated: 7, closed: 2, overdue: n ? 0 : 2, withdrawn: 0, sent_back: 1, handed_on: 1, next_due: iso(now + 0.8 * HOUR), next_stage: 'locate', rung: n ? 'none' : 'overdue', digest: print(1) + print(2), crossing: n ? 0 : 1 }));
  const letterDetail = (key) => {
    const one = need(letters.find((each) => each.id === key));
    return { ...one, people: letterPeople, ledger: { people: 24, on_time: { locate: 15, isolate: 9, close: 2 }, late: { locate: 2 }, open: { locate: 7, isolate: 15, close: 22 }, overdue_now: { locate: 2 }, median_minutes: { locate: 148, isolate: 212, close: 300 }, p90_minutes: { locate: 290, isolate: 301, close: 310 } }, parts: [{ direction: one.direction, sequence: 12, part: 'letter', written: one.written, recorded: one.written, people: 24, acknowledged: true }, { direction: one.direction === 'in' ? 'out' : 'in', sequence: 31, part: 'receipt', written: iso(now - 5.2 * HOUR), recorded: iso(now - 5.2 * HOUR), acknowledged: true }, { direction: one.direction === 'in' ? 'out' : 'in', sequence: 32, part: 'answer', written: iso(now - 2 * HOUR), recorded: iso(now - 2 * HOUR), people: 17, acknowledged: false }] };
  };

  // --- accounts ---
  const accountRows = () => accounts.map((one, n) => ({ name: one.name, role: one.role, jurisdiction: one.jurisdiction, state: one.state ?? 'active', second_factor: n % 2 === 0, single_sign_on: false, sessions: one.state ? 0 : n % 3, last_signed_in: iso(now - n * 5 * HOUR), invitation_expires: one.state === 'invited' ? iso(now + 70 * HOUR) : undefined }));
  let enrolled = false;
  const glasses = [{ id: id('glass'), account: 'liudiao', role: 'investigator', jurisdiction: '390000', reason_code: 'cross-border', reason: '夜间追查跨省同乘人员，对方无人值守', opened: iso(now - 9 * HOUR), until: iso(now - 8 * HOUR), closed: iso(now - 8.2 * HOUR), open: false, review_due: iso(now + 15 * HOUR), overdue: false, looks: 14, people: 9 }];
  const qr = Array.from({ length: 29 }, (_, y) => Array.from({ length: 29 }, (__, x) => ((x * 7 + y * 13 + x * y) % 3 === 0 || ((x < 7 || x > 21) && y < 7) || (x < 7 && y > 21) ? '1' : '0')).join(''));
  const fresh = () => ['7Q4K-1M', 'Z82H-0P', 'LL31-9X', 'R5T7-2D', 'C0V4-8N', 'W3E6-4S', 'H9Y2-6B', 'K1U5-3G', 'T8J0-7F', 'M6A9-5C'];

  return [
    ['GET', /^\/headquarters$/, ({ query, user }) => ({ rows: jurisdictions.filter((one) => ['province', 'city', 'county'].includes(one.level) && within(one.code, query.get('jurisdiction') || user.jurisdiction)).map((one, n) => (counties.slice(20).includes(one) ? { code: one.code, name: one.name, level: one.level, parent: one.parent, response: { level: 'peace' } } : { code: one.code, name: one.name, level: one.level, parent: one.parent, established: iso(now - 200 * DAY), response: { level: n % 9 === 4 ? 'emergency' : level }, flat: false, posts: 7, staffed: 7 - (n % 3), gaps_7_days: n % 4, notes_waiting: n % 2 })) })],
    ['GET', /^\/headquarters\/templates$/, () => [{ id: 'standard', name: { zh: '一办五部（标准模板）', en: 'One office and five departments (standard)' }, departments: 18, posts: 24, source: ['Firebreak'], confidence: 'assumption' }]],
    ['GET', /^\/headquarters\/([^/]+)\/task-forces$/, () => [['investigation', '流调专班', 'Investigation task force', true], ['testing', '核酸检测专班', 'Testing task force', false], ['transfer', '转运专班', 'Transfer task force', false]].map(([code, zh, en, formed]) => ({ code, kind: 'task-force', name: { zh, en }, formed, active_from: 'alert' }))],
    ['POST', /^\/headquarters\/([^/]+)\/task-forces$/, ({ match }) => headquarters(match[1])],
    ['GET', /^\/headquarters\/([^/]+)$/, ({ match }) => headquarters(match[1])],
    ['POST', /^\/headquarters$/, ({ body }) => ({ established: body.jurisdictions, unchanged: [], posts: body.jurisdictions.length * 24, preview: Boolean(body.preview) })],
    ['POST', /^\/posts\/([^/]+)\/holders$/, ({ match, body }) => {
      const post = need(posts.find((one) => one.post === match[1]));
      post.primary = body.primary ? { officer: 'act-x', name: body.primary } : undefined;
      post.deputy = body.deputy ? { officer: 'act-y', name: body.deputy } : undefined;
      return postRow(post);
    }],
    ['GET', /^\/posts\/on-now$/, ({ query, user }) => ({ as_of: iso(now), rows: onNow(query.get('jurisdiction') || user.jurisdiction) })],
    ['PUT', /^\/officers\/me\/reach$/, () => undefined],
    ['GET', /^\/rosters$/, ({ query }) => {
      const from = Date.parse(`${query.get('from')}T00:00:00+08:00`);
      const days = Number(query.get('days') ?? 7);
      return { headquarters: query.get('headquarters'), from: query.get('from'), days, zone: '+08:00', posts: posts.filter((one) => one.active).map((post) => { const shifts = shiftsOf(post, from, days); return { post: post.post, name: post.name, department: post.department, around_the_clock: post.around_the_clock, shifts, gaps: gapsOf(post, from, days, shifts), active: true, department_name: headquarters('390000').departments.find((one) => one.code === post.department).name }; }), leave: [{ fact: id('fact'), officer: officer(4), start: iso(now), end: iso(now + 2 * DAY), planned: false }], swaps: [] };
    }],
    ['GET', /^\/shifts\/mine$/, ({ user }) => {
      const post = posts[0];
      const shifts = shiftsOf(post, now, 9).filter((one) => one.mine).map((one) => ({ ...one, headquarters: user.jurisdiction, post_name: post.name, primary: { officer: 'act-me', name: user.name } }));
      return { shifts, swaps: [{ fact: id('fact'), asked: iso(now - HOUR), from: officer(1), to: { officer: 'act-me', name: user.name }, mine: { post: post.post, start: iso(now + 2 * DAY), end: iso(now + 2.5 * DAY), role: 'primary' }, theirs: { post: post.post, start: iso(now + 3 * DAY), end: iso(now + 3.5 * DAY), role: 'primary' } }], notes_to_acknowledge: [{ note: note(officer(1), now - 2 * HOUR), post: post.post, post_name: post.name, start: iso(now - 14 * HOUR) }], notes_to_write: [{ post: post.post, post_name: post.name, start: iso(now - 13 * HOUR), end: iso(now - HOUR) }] };
    }],
    ['POST', /^\/rosters\/rotate$/, ({ body }) => ({ accepted: 14, refused: body.team.length === 2 ? [{ post: body.post, start: iso(now + DAY), role: 'primary', officer: { officer: 'act-x', name: body.team[0] }, code: 'too-little-rest', with: { post: 'x', post_name: { zh: '协查岗', en: 'Co-investigation desk' }, start: iso(now + 0.6 * DAY), end: iso(now + DAY) } }] : [], gaps: [], shifts: shiftsOf(posts[0], now, 7), preview: Boolean(body.preview) })],
    ['POST', /^\/rosters\/substitute$/, ({ body }) => (body.officer === names[2] ? { accepted: false, refused: [{ post: body.post, start: body.start, role: body.role, officer: { officer: 'act-x', name: body.officer }, code: 'double-booked', with: { post: 'x', post_name: { zh: '协查岗', en: 'Co-investigation desk' }, start: body.start, end: iso(Date.parse(body.start) + 12 * HOUR) } }] } : { accepted: true, refused: [] })],
    ['GET', /^\/rosters\/free$/, () => [2, 5, 7].map((n) => ({ ...officer(n), hours_this_week: 12 * (n % 4) }))],
    ['POST', /^\/leave$/, ({ body }) => ({ accepted: !body.planned, refused: body.planned ? [{ post: 'x', start: iso(now + DAY), role: 'primary', code: 'leaves-a-gap' }] : [], fact: 'fact-leave', gaps: body.planned ? [] : [{ post: 'x', start: iso(now + 0.4 * DAY), end: iso(now + 0.9 * DAY), role: 'primary' }] })],
    ['POST', /^\/rosters\/swaps$/, () => ({ accepted: true, fact: 'fact-swap', refused: [] })],
    ['POST', /^\/rosters\/swaps\/([^/]+)\/answer$/, () => ({ accepted: true, refused: [] })],
    ['POST', /^\/rosters\/notes$/, () => note(officer(0), now)],
    ['GET', /^\/rosters\/notes\/([^/]+)$/, ({ match }) => need(notes.get(match[1]))],
    ['POST', /^\/rosters\/notes\/([^/]+)\/acknowledge$/, ({ match }) => ({ ...need(notes.get(match[1])), acknowledged: iso(now), acknowledged_by: officer(0) })],
    ['GET', /^\/calendar$/, () => ({ active: calendar, created: calendar ? iso(now) : undefined })],
    ['POST', /^\/calendar$/, () => ((calendar = true), { path: '/api/v1/calendar/3b1f0c.ics' })],
    ['DELETE', /^\/calendar$/, () => void (calendar = false)],

    ['GET', /^\/reports\/kinds$/, () => kinds],
    ['GET', /^\/reports\/draft$/, ({ query }) => ({ kind: 'daily', jurisdiction: query.get('jurisdiction'), period: { start: query.get('start'), end: iso(Date.parse(query.get('start')) + DAY) }, due: iso(now + 1.2 * HOUR), items: items.map((one) => ({ code: one.code, name: one.name, unit: one.unit, drafted: one.drafted ? valueOf('390000', one.code) : undefined, below: { item: one.code, name: one.name, total: 61, reported: 4, of: 6, unknown: 0, missing: ['390300', '390500'] } })), as_of: iso(now), position: 1200 })],
    ['GET', /^\/reports\/roll-up$/, ({ query, user }) => {
      const start = Date.parse(query.get('start'));
      const rows = jurisdictions.filter((one) => one.level === query.get('level') && within(one.code, query.get('jurisdiction') || user.jurisdiction)).map((one) => ({ ...reportRow(one.code, start), values: Object.fromEntries(items.map((item) => [item.code, valueOf(one.code, item.code)])) }));
      const told = rows.filter((one) => one.confirmed_at);
      return { kind: 'daily', period: { start: iso(start), end: iso(start + DAY) }, totals: items.map((item) => { const known = told.filter((one) => one.values[item.code] !== null); return { item: item.code, name: item.name, total: known.reduce((sum, one) => sum + one.values[item.code], 0), reported: told.length, of: rows.length, unknown: told.length - known.length, missing: [] }; }), missing: rows.filter((one) => one.state === 'missing').map((one) => ({ code: one.jurisdiction, name: one.name })), late: rows.filter((one) => one.state === 'late').map((one) => ({ code: one.jurisdiction, name: one.name })), rows };
    }],
    ['GET', /^\/reports\/cases$/, () => ({ total: 3, rows: [...cases.values()].slice(0, 3).map((one, n) => ({ case: one.id, masked_name: one.masked_name, disease: one.disease, jurisdiction: one.jurisdiction, kind: ['core-information', 'verification', 'closing'][n], opened: one.recorded, due: iso(now + (n - 0.5) * 3 * HOUR), state: n === 0 ? 'overdue' : 'open' })) })],
    ['POST', /^\/reports\/cases$/, () => ({})],
    ['GET', /^\/reports$/, ({ query, user }) => {
      const rows = [];
      for (let at = dayStart(Date.parse(`${query.get('from')}T12:00:00+08:00`)); at <= Date.parse(`${query.get('to')}T12:00:00+08:00`); at += DAY) rows.push(...cohort(query.get('jurisdiction') || user.jurisdiction).map((code) => reportRow(code, at)));
      return { rows };
    }],
    ['POST', /^\/reports\/chase$/, ({ body }) => {
      const start = Date.parse(body.start);
      reports.set(`${body.jurisdiction}/${start}`, { ...reports.get(`${body.jurisdiction}/${start}`), state: 'missing', chased: [{ at: iso(Date.now()), by: officer(0) }] });
      return reportRow(body.jurisdiction, start);
    }],
    ['POST', /^\/reports$/, ({ body }) => {
      const start = Date.parse(body.start);
      reports.set(`${body.jurisdiction}/${start}`, { state: 'confirmed', confirmed_at: iso(Date.now()), values: body.values });
      tell();
      return detail(`fact-report-${body.jurisdiction}-${start}`);
    }],
    ['POST', /^\/reports\/([^/]+)\/amend$/, ({ match, body }) => {
      const [, , code, start] = match[1].split('-');
      reports.set(`${code}/${start}`, { state: 'amended', confirmed_at: iso(Date.now()), values: body.values, amendments: 1 });
      return detail(match[1]);
    }],
    ['GET', /^\/reports\/([^/]+)$/, ({ match }) => detail(match[1])],

    ['GET', /^\/levels$/, ({ query, user }) => levelsNow(query.get('jurisdiction') || user.jurisdiction)],
    ['GET', /^\/levels\/preview$/, ({ query }) => ({ from: level, to: query.get('level'), digest: print(8) + print(9), posts_opened: cities.flatMap((code) => [{ headquarters: code, post: 'a', name: { zh: '转运调度', en: 'Transfer lead' } }, { headquarters: code, post: 'b', name: { zh: '隔离点调度', en: 'Quarantine lead' } }]), posts_released: [], reports: [{ kind: 'daily', name: kinds[0].name, every_hours_before: 24, every_hours_after: 12, due_after_hours_before: 10, due_after_hours_after: 4 }], deadlines: [{ code: 'acknowledge', name: { zh: '签收部署', en: 'Acknowledge an order' }, hours_before: 4, hours_after: 1 }], flat: { before: false, after: query.get('level') === 'emergency' }, task_forces_opened: [{ headquarters: '390000', code: 'transfer', name: { zh: '转运专班', en: 'Transfer task force' } }], task_forces_released: [], unfilled_posts: 5, headquarters: 31 })],
    ['POST', /^\/levels$/, ({ body }) => {
      [level, since] = [body.level, Date.now()];
      history.unshift({ level, from: iso(since), signed_by: officer(0), fact: id('fact') });
      tell();
      return levelsNow(body.jurisdiction);
    }],

    ['GET', /^\/capacity\/resources$/, () => resources.map(({ code, name, group, unit, kind }) => ({ code, name, group, unit, kind }))],
    ['GET', /^\/capacity$/, ({ query, user }) => ({ as_of: iso(now), rows: resources.map(capacityRow), by_jurisdiction: jurisdictions.filter((one) => one.parent === (query.get('jurisdiction') || user.jurisdiction)).map((one, n) => ({ code: one.code, name: one.name, stated: n !== 2, worst: n === 2 ? undefined : { resource: resources[n % 4].code, saturation: { state: n === 1 ? 'over' : 'in-hours', hours: 10 + n } } })) })],
    ['POST', /^\/capacity$/, ({ body }) => {
      const one = need(resources.find((each) => each.code === body.resource));
      one.available = body.available;
      return capacityRow(one, 0);
    }],
    ['GET', /^\/capacity\/shortfalls$/, () => [{ jurisdiction: '390200', name: nameOf('390200'), resource: 'investigators', resource_name: resources[0].name, since: iso(now - 5 * HOUR), due: iso(now + HOUR), saturation: { state: 'over', short: 14 }, duty: board[0].id }]],
    ['GET', /^\/aid$/, () => ({ rows: aid })],
    ['POST', /^\/aid$/, ({ body }) => (aid.push({ aid: id('fact'), ...body, asked: iso(now), answer_due: iso(now + 4 * HOUR), arrived: 0, state: 'asked', overdue: false }), aid.at(-1))],
    ['POST', /^\/aid\/([^/]+)\/(answer|arrived|returned)$/, ({ match, body }) => {
      const one = need(aid.find((each) => each.aid === match[1]));
      return Object.assign(one, match[2] === 'answer' ? { state: body.offered ? 'offered' : 'refused', offered: body.offered, answered: iso(now) } : match[2] === 'arrived' ? { state: 'arrived', arrived: body.amount, arrived_at: iso(now) } : { state: 'closed', ended: iso(now) });
    }],

    ['GET', /^\/texts\/([^/]+)$/, ({ match }) => ({ text: need(texts.get(match[1])) })],
    ['POST', /^\/attachments$/, () => ({ attachment: text('photo') })],
    ['GET', /^\/board$/, ({ query, user }) => boardOf(query, user)],
    ['GET', /^\/board\/mine$/, ({ user }) => ({ rows: board.filter((one) => one.state === 'open' && (one.parties.individual?.name === user.name || one.parties.territory === user.jurisdiction)).map(strip).sort(byDue) })],
    ['GET', /^\/board\/([^/]+)$/, ({ match }) => boardDetail(match[1])],
    ['GET', /^\/crossings$/, () => ({ total: 14, rows: board.slice(0, 8).map((one, n) => ({ duty: one.id, kind: one.kind, rung: ['escalation', 'due', 'reminder'][n % 3], at: iso(now - n * 17 * 60_000), to: n % 3 ? one.parties.territory : '390000', to_name: nameOf(n % 3 ? one.parties.territory : '390000'), territory: one.parties.territory, territory_name: nameOf(one.parties.territory) })) })],
    ['POST', /^\/board$/, ({ body, user }) => {
      const to = [body.parties].flat();
      if (body.preview) return { preview: true, due: body.due, ladder: [{ rung: 'due', at: body.due, to: to[0].territory }] };
      const made = to.map((parties) => owe('task', parties.territory, { text: text(body.text), due: body.due, part_of: body.part_of, owed_to: user.jurisdiction, parties: { territory: parties.territory, territory_name: nameOf(parties.territory), department: parties.department, individual: parties.individual && { officer: 'act-x', name: parties.individual } } }));
      tell();
      return { preview: false, opened: made.length, ids: made.map((one) => one.id), due: body.due, ladder: [] };
    }],
    ['POST', /^\/board\/act$/, ({ body, user }) => {
      const ids = body.ids ?? select(new URLSearchParams(body.filter), user).map((one) => one.id);
      const answer = { matched: ids.length, done: 0, unchanged: 0, refused: [], preview: Boolean(body.preview) };
      for (const key of ids) {
        const one = board.find((each) => each.id === key);
        if (!one && body.act.do !== 'assign') answer.refused.push({ duty: key, code: 'not-for-this-kind' });
        else answer.done += 1;
        if (!one || body.preview) continue;
        const at = iso(Date.now());
        one.history.push({ fact: id('fact'), at, by: { officer: 'act-x', name: user.name }, act: body.act.do, reason: body.act.reason, text: body.act.text && text(body.act.text), to: body.act.to ?? undefined });
        if (body.act.do === 'acknowledge') one.steps.acknowledgement = at;
        if (body.act.do === 'start') one.steps.start = at;
        if (body.act.do === 'evidence') one.steps.evidence = at;
        if (body.act.do === 'complete') Object.assign(one, { state: 'closed', closed: at, closed_by: 'done', steps: { ...one.steps, completion: at } });
        if (body.act.do === 'pause') one.state = 'paused';
        if (body.act.do === 'resume' || body.act.do === 'reopen') Object.assign(one, { state: 'open', closed: undefined });
        if (body.act.do === 'hand-over') one.asked = { act: 'hand-over', fact: id('fact'), to: body.act.to, to_name: nameOf(body.act.to), reason: body.act.reason };
        if (body.act.do === 'refuse') one.asked = { act: 'refusal', fact: id('fact'), to: one.owed_to, to_name: one.owed_to_name, reason: body.act.reason };
        if (body.act.do === 'answer') one.asked = undefined;
        if (body.act.do === 'assign') one.parties.individual = body.act.to ? { officer: 'act-x', name: body.act.to } : undefined;
      }
      if (!body.preview) tell();
      return answer;
    }],
    ['GET', /^\/orders$/, ({ query }) => page(orders.map(orderRow), query)],
    ['GET', /^\/orders\/([^/]+)$/, ({ match }) => orderDetail(match[1])],
    ['POST', /^\/orders$/, ({ body }) => {
      const to = [...new Set([...(body.to ?? []), ...jurisdictions.filter((one) => (body.levels ?? []).includes(one.level)).map((one) => one.code)])];
      if (body.preview) return { preview: true, addressees: to.map((code) => ({ code, name: nameOf(code), level: levelOf(code) })), due: body.due, ladder: [{ rung: 'acknowledgement', at: iso(now + HOUR), to: '390000' }, { rung: 'escalation', at: body.due, to: '390000' }], no_headquarters: to.filter((code) => counties.slice(20).some((one) => one.code === code)) };
      const made = order(body.text, to, Date.now(), (Date.parse(body.due) - Date.now()) / HOUR, body.meeting);
      meetings.flatMap((one) => one.decisions).find((one) => one.fact === body.decision)?.orders.push(made.order);
      tell();
      return { preview: false, addressees: to.map((code) => ({ code, name: nameOf(code), level: levelOf(code) })), due: body.due, ladder: [], no_headquarters: [], order: orderDetail(made.order) };
    }],
    ['POST', /^\/orders\/([^/]+)\/spot-checks$/, ({ match, body }) => {
      const one = need(orders.find((each) => each.order === match[1])).duties.find((each) => each.parties.territory === body.jurisdiction);
      one.spot = [...(one.spot ?? []), { fact: id('fact'), at: iso(Date.now()), held: body.held }];
      if (!body.held) Object.assign(one, { state: 'open', closed: undefined });
      return orderDetail(match[1]);
    }],
    ['POST', /^\/orders\/([^/]+)\/withdraw$/, ({ match }) => ((need(orders.find((each) => each.order === match[1])).state = 'withdrawn'), orderDetail(match[1]))],
    ['GET', /^\/meetings$/, ({ query }) => page(meetings.map(meetingRow), query)],
    ['POST', /^\/meetings$/, ({ body }) => {
      meetings.unshift({ meeting: id('fact'), jurisdiction: body.jurisdiction, jurisdiction_name: nameOf(body.jurisdiction), number: body.number, starts: body.starts, title: text(body.title), agenda: body.agenda.map(text), decisions: [], attendance: new Map(body.branches.map((code) => [code, {}])), after: second.meeting });
      return meetingDetail(meetings[0].meeting);
    }],
    ['GET', /^\/meetings\/([^/]+)$/, ({ match }) => meetingDetail(match[1])],
    ['POST', /^\/meetings\/([^/]+)\/attendance$/, ({ match, body }) => (need(meetings.find((one) => one.meeting === match[1])).attendance.set(body.branch, { invited: body.invited, present: body.present }), meetingDetail(match[1]))],
    ['POST', /^\/meetings\/([^/]+)\/decisions$/, ({ match, body }) => {
      const one = need(meetings.find((each) => each.meeting === match[1]));
      one.decisions.push({ fact: id('fact'), number: one.decisions.length + 1, text: text(body.text), agenda: body.agenda, orders: [] });
      return meetingDetail(match[1]);
    }],
    ['GET', /^\/findings$/, ({ query }) => {
      const state = query.get('state') ?? 'open';
      const rows = findings.filter((one) => (state === 'all' ? true : state === 'repeat' ? one.repeats.length : state === 'open' ? one.state !== 'closed' : one.state === state) && (!query.get('subject') || one.subject === query.get('subject')));
      return { ...page(rows, query), counts: { open: findings.filter((one) => one.state !== 'closed').length, overdue: 1, rectified: 1, closed: 1, repeat: 1 } };
    }],
    ['POST', /^\/findings$/, ({ body }) => (finding(body.subject, body.parties.territory, body.text, 72), findings.at(-1))],
    ['GET', /^\/findings\/([^/]+)$/, ({ match }) => {
      const one = need(findings.find((each) => each.finding === match[1]));
      return { ...one, rectifications: one.rectified ? [{ fact: id('fact'), at: one.rectified, by: officer(4), text: text('已加隔板，分开出入口') }] : [], checks: [], cases: accountability.filter((each) => each.findings.includes(one.finding)) };
    }],
    ['POST', /^\/findings\/([^/]+)\/recheck$/, ({ match, body }) => Object.assign(need(findings.find((each) => each.finding === match[1])), { state: body.held ? 'closed' : 'open', held: body.held, rechecked: iso(now) })],
    ['GET', /^\/accountability$/, ({ query }) => page(accountability, query)],
    ['POST', /^\/accountability$/, ({ body }) => (accountability.push({ case: id('fact'), duties: body.ids, ...body, text: text(body.text), opened: iso(now), due: iso(now + 72 * HOUR) }), accountability.at(-1))],
    ['POST', /^\/accountability\/([^/]+)\/conclude$/, ({ match, body }) => Object.assign(need(accountability.find((each) => each.case === match[1])), { outcome: body.outcome, concluded: iso(now) })],
    ['GET', /^\/ledger$/, ({ query, user }) => {
      const code = query.get('jurisdiction') || user.jurisdiction;
      const rows = query.get('by') === 'territory' ? jurisdictions.filter((one) => one.parent === code).map((one, n) => ledgerRow(one.code, n)) : ['order', 'locate-and-control', 'finding'].map((key, n) => ({ ...ledgerRow('x', n), key, name: undefined }));
      return { as_of: iso(now), from: query.get('from'), to: query.get('to'), by: query.get('by'), rows, total: { ...ledgerRow('x', 3), key: undefined, name: undefined, given: 1214, closed: 902, on_time: 811, late: 91, on_time_share: 811 / 902 } };
    }],
    ['GET', /^\/ledger\/duties$/, ({ query }) => page(everything().slice(0, 12), query)],
    ['GET', /^\/samples$/, () => ({ rows: [sample] })],
    ['POST', /^\/samples$/, ({ body }) => ({ ...sample, drawn: body.size, verified: 0, false: 0, rate: undefined })],
    ['GET', /^\/samples\/([^/]+)$/, () => ({ ...sample, rows: everything().filter((one) => one.state === 'closed').slice(0, 8).map((duty, n) => ({ id: duty.id, duty, verification: id('duty'), verified: n < 5 ? { fact: id('fact'), at: iso(now - n * HOUR), held: n !== 2, by: officer(n) } : undefined })) })],
    ['POST', /^\/samples\/([^/]+)\/verify$/, () => sample],

    ['GET', /^\/deployments\/own$/, () => ({ fingerprint: print(7), card: `firebreak-card-1\n${print(11)}${print(12)}\n${print(13)}${print(14)}\n`, address: 'https://jinhe.example', name: { zh: '金河省防线', en: 'Jinhe Firebreak' }, jurisdiction: '390000' })],
    ['GET', /^\/deployments$/, () => deployments],
    ['POST', /^\/deployments$/, ({ body }) => {
      if (!body.card.startsWith('firebreak-card')) throw new Refusal(422, 'invalid', '不是名片', 'card');
      deployments.push({ fingerprint: body.fingerprint, name: { zh: '新部署', en: 'New deployment' }, jurisdiction: '360000', address: body.address, trusted_since: iso(now), outgoing: { written: 0, acknowledged: 0, waiting: 0 }, incoming: { taken: 0, waiting: [] } });
      return deployments.at(-1);
    }],
    ['POST', /^\/deployments\/([^/]+)\/revoke$/, ({ match }) => Object.assign(need(deployments.find((one) => one.fingerprint === match[1])), { revoked: iso(now) })],
    ['GET', /^\/letters\/outbox$/, ({ query }) => page([30, 31, 32].map((sequence) => ({ deployment: deployments[0].fingerprint, sequence, part: sequence === 30 ? 'letter' : 'answer', letter: letters[0].id, written: iso(now - (33 - sequence) * HOUR), bytes: 4100, attempts: 9, acknowledged: false, last_error: { code: 'unreachable' }, next_try: iso(now + 3 * 60_000) })), query)],
    ['GET', /^\/letters\/inbox$/, ({ query }) => page([{ deployment: deployments[1].fingerprint, sequence: 4, part: 'answer', received: iso(now - 2 * DAY), state: 'waiting', problem: { code: 'waiting', detail: '3' } }], query)],
    ['POST', /^\/letters\/files$/, () => ({ envelopes: [{ deployment: deployments[1].fingerprint, sequence: 3, outcome: 'taken' }, { deployment: deployments[1].fingerprint, sequence: 4, outcome: 'known' }] })],
    ['GET', /^\/letters$/, ({ query }) => {
      const rows = letters.filter((one) => (query.get('direction') ?? 'all') === 'all' || one.direction === query.get('direction'));
      return { ...page(rows, query), counts: { letters: rows.length, people: 24 * rows.length, to_find: 7, located: 6, isolated: 7, closed: 2, overdue: rows.some((one) => one.overdue) ? 2 : 0 } };
    }],
    ['POST', /^\/letters$/, ({ body }) => ({ letter: body.preview ? undefined : letters[1].id, people: body.people ? 1 : 17, already: 2, nobody_to_name: 1, refused: [{ person: 'x', code: 'nothing-required' }], preview: Boolean(body.preview) })],
    ['POST', /^\/letters\/([^/]+)\/(answer|send-back|withdraw)$/, ({ match }) => letterDetail(match[1])],
    ['POST', /^\/letters\/([^/]+)\/hand-on$/, ({ match }) => ({ letter: match[1], people: 1 })],
    ['GET', /^\/letters\/([^/]+)$/, ({ match }) => letterDetail(match[1])],

    ['GET', /^\/accounts$/, () => accountRows()],
    ['POST', /^\/invitations$/, ({ body }) => (accounts.push({ ...body, state: 'invited' }), { ...body, code: 'K7QX-41MZ-82HP-LL31', expires: iso(now + 72 * HOUR) })],
    ['POST', /^\/invitations\/look$/, ({ body }) => {
      if (body.code === 'wrong') throw new Refusal(404, 'not-found');
      return { name: 'xinren', role: 'investigator', jurisdiction: '390100', jurisdiction_name: nameOf('390100'), expires: iso(now + 70 * HOUR), again: false };
    }],
    ['POST', /^\/accounts\/([^/]+)\/(disable|enable|move)$/, ({ match, body }) => {
      const one = need(accounts.find((each) => each.name === decodeURIComponent(match[1])));
      if (match[2] === 'move') Object.assign(one, body);
      else one.state = match[2] === 'disable' ? 'disabled' : undefined;
      return accountRows().find((each) => each.name === one.name);
    }],
    ['POST', /^\/accounts\/([^/]+)\/invite-again$/, ({ match }) => ({ name: match[1], role: 'desk', jurisdiction: '390000', code: 'P2ND-77AA-VV3K-0Q19', expires: iso(now + 72 * HOUR) })],
    ['GET', /^\/(?:accounts\/[^/]+\/)?sessions$/, () => [{ id: 'ses-1', opened: iso(now - HOUR), expires: iso(now + 11 * HOUR), address: '10.4.1.7', by: 'password', current: true }, { id: 'ses-2', opened: iso(now - 9 * HOUR), expires: iso(now + 3 * HOUR), address: '10.4.8.20', by: 'single-sign-on', current: false }]],
    ['DELETE', /^\/(?:accounts\/[^/]+\/)?sessions(?:\/[^/]+)?$/, () => undefined],
    ['POST', /^\/session\/password$/, () => undefined],
    ['GET', /^\/second-factor$/, () => ({ enrolled, since: enrolled ? iso(now) : undefined, recovery_codes_left: enrolled ? 10 : 0 })],
    ['POST', /^\/second-factor\/enrol$/, () => ({ secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP', uri: 'otpauth://totp/x', qr })],
    ['POST', /^\/second-factor\/confirm$/, () => ((enrolled = true), { recovery_codes: fresh() })],
    ['POST', /^\/second-factor\/recovery-codes$/, () => ({ recovery_codes: fresh() })],
    ['POST', /^\/second-factor\/remove$/, () => void (enrolled = false)],
    ['POST', /^\/single-sign-on$/, () => ({ url: '/#/account?linked=1' })],
    ['POST', /^\/break-glass$/, ({ body, user }) => {
      const made = { id: id('glass'), account: user.name, role: user.role, jurisdiction: user.jurisdiction, ...body, opened: iso(Date.now()), until: iso(Date.now() + body.minutes * 60_000), open: true, review_due: iso(Date.now() + DAY), overdue: false, looks: 0, people: 0 };
      glasses.unshift(made);
      setGlass({ id: made.id, until: made.until });
      return made;
    }],
    ['POST', /^\/break-glass\/([^/]+)\/close$/, ({ match }) => (setGlass(undefined), Object.assign(need(glasses.find((one) => one.id === match[1])), { open: false, closed: iso(Date.now()) }))],
    ['POST', /^\/break-glass\/([^/]+)\/review$/, ({ match, body, user }) => Object.assign(need(glasses.find((one) => one.id === match[1])), { review: { verdict: body.verdict, note: body.note, reviewer: user.name, at: iso(Date.now()) } })],
    ['GET', /^\/break-glass$/, ({ query }) => ({ ...page(glasses, query), to_review: glasses.filter((one) => !one.review && !one.open).length, overdue: 0 })],
    ['GET', /^\/reads$/, ({ query }) => page([...people.values()].slice(0, 12).map((one, n) => ({ at: iso(now - n * 9 * 60_000), account: n % 3 ? 'liudiao' : 'xiecha', role: n % 3 ? 'investigator' : 'desk', person: one.person, masked_name: one.masked_name, purpose: n % 2 ? 'locating' : 'investigation', columns: ['name', 'phone', 'address'].slice(0, 1 + (n % 3)), glass: n === 4 ? glasses.at(-1).id : undefined })), query)],
    ['GET', /^\/reads\/bursts$/, () => ({ rule: { people: 200, seconds: 60 }, rows: [{ account: 'xiecha', role: 'desk', jurisdiction: '390000', from: iso(now - 26 * HOUR), to: iso(now - 26 * HOUR + 50_000), people: 231, looks: 240, purposes: ['locating'] }] })],
    ['GET', /^\/cases\/([^/]+)\/screening-flags$/, ({ match, query }) => {
      const contacts = need(cases.get(match[1])).contacts;
      const rows = contacts.slice(0, 60).map((one, n) => ({ person: one.person, masked_name: one.masked_name, rule: { plan: 'covid19-cn-9', path: 'screening.grid-800', name: { zh: '800 米网格同处 10 分钟', en: '10 minutes in one 800 m grid cell' } }, unit: one.unit, place_name: one.place_name, setting: one.setting, first: one.first, last: one.last, longest_minutes: one.minutes, times: 1 + (n % 4), contact: n % 9 === 0 ? 'close' : undefined }));
      return { ...page(rows, query), is_contact: false, rules: [rows[0].rule], traced_up_to: iso(now - 60_000) };
    }],
    ['GET', /^\/cases\/([^/]+)\/contacts\/hypothetical$/, ({ match, query }) => {
      const contacts = need(cases.get(match[1])).contacts;
      const all = contacts.map((one, n) => ({ person: one.person, masked_name: one.masked_name, change: n % 7 === 0 ? 'lost' : n % 5 === 0 ? 'changed' : 'same', is: { ring: one.ring, class: one.class }, would_be: n % 7 === 0 ? undefined : { ring: one.ring, class: n % 5 === 0 ? 'general' : one.class, rule: one.rule }, evidence: one.evidence }));
      const rows = all.filter((one) => !query.get('change') || one.change === query.get('change'));
      const count = (change) => all.filter((one) => one.change === change).length;
      return { ...page(rows, query), hypothetical: true, plan: { id: query.get('plan'), edition: '8', name: { zh: '第八版', en: '8th edition' } }, counts: { hypothetical: all.length - count('lost'), concluded: all.length, gained: 0, lost: count('lost'), changed: count('changed'), same: count('same') }, traced_up_to: iso(now - 60_000) };
    }],
    ['POST', /^\/traces$/, ({ body }) => {
      const all = [...cases.values()].flatMap((one) => one.contacts.map((contact) => ({ ...contact, of: one.id }))).filter((one) => (!body.ring || one.ring === body.ring) && (!body.class || one.class === body.class));
      return { cases: body.cases?.length ?? cases.size, refused: [], basis: 'concluded', hypothetical: false, total: all.length, counts: { first: all.filter((one) => one.ring === 1).length, second: all.filter((one) => one.ring === 2).length, close: all.filter((one) => one.class === 'close').length, secondary: all.filter((one) => one.class === 'secondary').length, general: 0, several: 4 }, traced_up_to: iso(now - 60_000), rows: all.slice(0, body.limit ?? 100).map((one, n) => ({ person: one.person, masked_name: one.masked_name, ring: one.ring, class: one.class, first: one.first, cases: n < 4 ? 2 : 1, setting: one.setting, place_name: one.place_name, evidence: one.evidence })) };
    }],
  ];
}
