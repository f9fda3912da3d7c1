// Cordboard's web chat: what a customer sees of it, in a page of the firm's.
//
// One script, no framework, no requests but to the server it came from. Everything stands in a shadow tree; words
// from outside only ever become text. What the customer does has a number and a word of its own (`once`) and is kept
// until the server has said it has it, so that nothing is lost by a lost link and nothing comes twice.
(() => {
  'use strict';
  const tag = document.currentScript;
  if (!tag || !document.body && !document.documentElement) return;
  const inbox = tag.dataset.inbox || 'web';
  const base = new URL(encodeURIComponent(inbox) + '/', tag.src).href;
  const twice = Symbol.for('cordboard ' + base);
  if (document[twice]) return;
  document[twice] = true;
  const me = window.cordboardChat || {};

  // ---- words: the first few are here, the others come with the server's welcome ----
  const WORDS = '@words';
  const tongue = String(me.lang || document.documentElement.lang || navigator.language || 'en').slice(0, 35);
  const code = WORDS[tongue.slice(0, 2).toLowerCase()] ? tongue.slice(0, 2).toLowerCase() : 'en';
  const t = (key, ...values) => (WORDS[code][key] || '').replace(/\{(\d)\}/g, (_, n) => safe(values[n]));
  // Controls and what turns the reading direction around are not for showing.
  const safe = text => String(text ?? '').replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '');
  const clock = at => new Date(at).toLocaleTimeString(code, { hour: 'numeric', minute: '2-digit' });
  const size = bytes => bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
  const isEmail = text => /^[^\s@,;<>"]+@[^\s@.,;<>"]+(\.[^\s@.,;<>"]+)+$/.test(text) && text.length < 200;

  // ---- what outlives the page; works without storage too ----
  const shelf = 'cordboard ' + base, myself = me.id ? String(me.id) : null;
  let memory = { who: myself }, full = false;
  // Where storage is blocked, this page's memory serves.
  const found = () => { try { return JSON.parse(localStorage.getItem(shelf)); } catch { return null; } };
  // Another person at the same browser has another conversation.
  const another = kept => kept && (kept.who ?? null) !== myself;
  const read = () => {
    const kept = found();
    if (kept && !full && !another(kept)) memory = kept;
    return memory;
  };
  const keep = (change, seize) => {
    memory = { ...read(), ...change };
    if (!seize && another(found())) return;
    try { localStorage.setItem(shelf, JSON.stringify(memory)); full = false; } catch { full = true; }
  };
  if (another(found())) keep({}, true);
  let { token = null, pending = [], open = false, typed = {} } = read();
  // What is written but not sent yet.
  const note = change => { typed = { ...typed, ...change }; keep({ typed }); };
  // Several pages share the shelf: what another one added stays, what was dealt with goes. What was refused stays too.
  const queued = () => read().pending || [];
  const settle = (once, why) => {
    const left = list => list.flatMap(p => p.once !== once ? p : why ? { ...p, failed: why } : []);
    pending = left(pending);
    keep({ pending: left(queued()) });
  };
  // What nobody will hear any more goes into the next form.
  const carry = () => {
    note({ say: '', text: [typed.text, ...queued().map(p => p.deed.say?.text), typed.say].filter(Boolean).join('\n') });
    keep({ pending: pending = [] });
    formed = null;
  };
  const add = deed => {
    const once = [...crypto.getRandomValues(new Uint8Array(12))].map(b => b.toString(16).padStart(2, '0')).join('');
    const entry = { once, deed };
    // A promise stands until they go on.
    if (deed.say) mailed = null;
    pending.push(entry);
    keep({ pending: [...queued().filter(p => p.once !== once), { once, deed }] });
    return entry;
  };

  // ---- the link: a socket, or asking again and again where none can be opened ----
  let socket = null, run = 0, tries = 0, greeted = false, polling = false, pollFor = 6e4, timer, quiet, hold;
  let taken = 0, had = 0, seenUpTo = 0, readUpTo = 0, v = '', outbox = [], posting = 0, stopped = false;
  const hello = () => {
    const kept = read();
    pending = kept.pending || [];
    // Another page of this browser has begun, or begun anew.
    if ((kept.token ?? null) !== token) { token = kept.token ?? null; clear(); }
    return {
      t: 'hello', v: 1, words: !WORDS[code].hello, token, k: had, id: me.id && String(me.id), hash: me.hash && String(me.hash), lang: tongue,
      name: me.name && String(me.name).slice(0, 100), email: me.email && String(me.email).slice(0, 200),
      page: location.href.slice(0, 500), title: document.title.slice(0, 200),
    };
  };
  // Half a character, as cutting leaves it, is none.
  const whole = text => text.replace(/\p{Cs}/gu, '\ufffd');
  const json = value => JSON.stringify(value, (_, v) => typeof v === 'string' ? whole(v) : v);
  const post = async (door, body, ms) => {
    const end = new AbortController(), late = setTimeout(() => end.abort(), ms);
    try {
      // text/plain asks nothing of the browser beforehand, so that it is one request.
      const answer = await fetch(base + door, { method: 'POST', body: json(body), signal: end.signal, headers: { 'content-type': 'text/plain' } });
      if (!answer.ok && answer.status !== 403) throw new Error(answer.status);
      return await answer.json();
    } finally { clearTimeout(late); }
  };
  const send = frame => {
    if (!greeted && frame.t !== 'hello') return;
    if (socket) socket.send(json(frame));
    else if (polling) { outbox.push(frame); if (posting !== run) mail(); }
  };
  const hand = (my, answer) => answer.frames.forEach(frame => { if (my === run) take(frame); });
  const mail = async () => {
    const my = posting = run;
    try {
      while (outbox.length && my === run) hand(my, await post('say', { token, frames: outbox.splice(0, 20) }, 3e4));
    } catch { if (my === run) lost(); }
    if (posting === my) posting = 0;
  };
  const connect = () => {
    if (stopped) return;
    clearTimeout(timer);
    const my = ++run;
    socket?.close();
    socket = null;
    greeted = polling = false;
    outbox = [];
    let mine;
    try { mine = new WebSocket(base.replace(/^http/, 'ws') + 'socket'); } catch { poll(); return; }
    const late = setTimeout(() => mine.close(), 8e3);
    mine.onopen = () => { if (my === run) { socket = mine; send(hello()); } };
    mine.onmessage = event => {
      if (my !== run) return;
      listen();
      take(JSON.parse(event.data));
      if (greeted) clearTimeout(late);
    };
    // A page's policy that forbids the socket is only told as an error; others close as well.
    mine.onerror = mine.onclose = () => {
      clearTimeout(late);
      if (my !== run) return;
      socket = null;
      if (greeted) lost(); else if (!stopped) poll();
    };
  };
  // A server that says nothing for two of its beats is not there, whatever the socket believes.
  const listen = () => { clearTimeout(quiet); quiet = setTimeout(() => { if (socket) { const dead = socket; run++; socket = null; dead.close(); lost(); } }, 5e4); };
  const poll = async () => {
    const my = ++run, since = Date.now();
    clearTimeout(quiet);
    try {
      const first = await post('say', { frames: [hello()] }, 1e4);
      if (my !== run) return;
      polling = true;
      hand(my, first);
      if (my !== run) return;
      if (!greeted) throw new Error('later');
      v = '';
      while (my === run && greeted && !stopped) {
        if (Date.now() - since > pollFor) { pollFor = Math.min(pollFor * 2, 9e5); connect(); return; }
        const news = await post('hear', { token, k: had, v }, 4e4);
        if (my !== run) return;
        v = news.v;
        hand(my, news);
      }
    } catch { if (my === run) lost(); }
  };
  const lost = () => {
    run++;
    socket = null;
    greeted = polling = false;
    clearTimeout(quiet);
    if (stopped) return;
    const wait = Math.min(1e3 * 2 ** tries++, 3e4);
    clearTimeout(timer);
    timer = setTimeout(connect, wait * (.75 + Math.random() / 2));
    show();
  };
  addEventListener('online', () => { if (!greeted && timer) connect(); });
  addEventListener('pagehide', () => { run++; socket?.close(); socket = null; greeted = false; });
  addEventListener('pageshow', event => { if (event.persisted && started) connect(); });
  addEventListener('storage', event => { if (event.key === shelf && started && (read().token || token) !== token) connect(); });
  let started = false;
  const start = () => { if (!started) { started = true; connect(); } };

  // ---- what is kept of the conversation ----
  let house = null, standing = { is: 'form' }, typist = null, lines = new Map(), rated = false, mailed = null, news = 0, fault = '';
  // One after the other: what comes later must not overtake what is refused or put off.
  const flush = () => {
    const next = pending.find(p => !p.failed);
    if (!greeted || hold || !next || next.sent) return;
    next.sent = true;
    send({ t: 'do', n: taken + 1, once: next.once, deed: next.deed });
  };
  const again = () => { pending.forEach(p => { p.sent = false; }); flush(); };
  const clear = () => {
    had = seenUpTo = taken = news = 0; lines = new Map(); rated = false; mailed = house = typist = asked = null; standing = { is: 'form' };
    // Files are one conversation's.
    chips = []; ui.log.replaceChildren(); bubbles.clear();
  };
  const fresh = () => { carry(); keep({ token: token = null }); clear(); stopped = false; tries = 0; connect(); show(); };
  const done = once => {
    // It has begun, and how it stands is told in a moment.
    if (standing.is === 'form' && pending.some(p => p.once === once && p.deed.start)) standing = { is: house.online ? 'begun' : 'left' };
    settle(once);
  };
  const take = frame => {
    switch (frame.t) {
      case 'welcome': {
        const kept = read().token;
        // Another page was faster: its conversation is the one.
        if (kept && kept !== token && kept !== frame.token) { connect(); return; }
        if (frame.fresh && had) clear();
        if (frame.is === 'form' && !pending.some(p => p.deed.start) && pending.length) carry();
        if (frame.token !== token) keep({ token: token = frame.token });
        // Where nobody was there, nobody is, until they have left their message.
        house = fault === 'email' ? { ...frame, online: false } : frame; greeted = true; tries = readUpTo = 0; taken = frame.n; standing = { is: frame.is }; rated = frame.rated;
        hold = clearTimeout(hold);
        Object.assign(WORDS[code], frame.words);
        if (/^#[0-9a-f]{6}$/i.test(frame.accent || '')) ui.all.style.setProperty('--accent', frame.accent);
        again();
        break;
      }
      case 'line': line(frame); break;
      case 'ack':
        taken = Math.max(taken, frame.n);
        acked(frame);
        done(frame.once);
        break;
      case 'no': refused(frame); break;
      case 'standing': if (frame.is === 'held' || frame.is !== standing.is) typist = null; standing = frame; break;
      case 'typing': typist = frame.who ?? null; break;
      case 'marks': seenUpTo = frame.seen; break;
      default:
    }
    flush();
    show();
  };
  const refused = frame => {
    if (frame.code === 'order') { if (!hold) { taken = frame.n; again(); } return; }
    if (frame.code === 'slow' || frame.code === 'later') {
      if (frame.once) hold ||= setTimeout(() => { hold = 0; again(); show(); }, Math.min(frame.retry_s || 2, 60) * 1e3);
      return;
    }
    if (frame.once) {
      const { start, say, mail } = pending.find(p => p.once === frame.once)?.deed || {}, over = frame.code === 'over';
      // A message stays and says it was not sent, the form comes back with what is wrong.
      settle(frame.once, say && frame.code);
      if (start) { asked = null; bubbles.get(frame.once)?.remove(); bubbles.delete(frame.once); }
      // Another page was faster to begin: then it is one more message.
      if (start && over) add({ say: { text: start.text, files: [] } });
      else if (over && standing.is !== 'over') standing = { is: 'over' };
      else if (start) {
        fault = frame.code;
        note({ text: start.text, menu: start.menu });
        // Where this way leads nobody is there, and the answer comes by mail.
        if (fault === 'email') house = { ...house, online: false };
      } else if (mail) mailed = null;
      if (start && !over || frame.code === 'form') carry();
      taken = frame.n ?? taken;
      again();
      return;
    }
    // Not for this page, or not now: said once, and not asked again until the page comes anew.
    console.warn(`Cordboard chat ${inbox}: refused (${frame.code})`);
    stopped = true;
    if (frame.code === 'token') { stopped = false; if ((read().token ?? null) === token) fresh(); else connect(); return; }
    fault = frame.code; run++; socket?.close(); socket = null; greeted = false;
  };
  const line = frame => {
    if (lines.has(frame.k)) return;
    lines.set(frame.k, frame);
    had = Math.max(had, frame.k);
    if (frame.once) done(frame.once);
    put(frame);
    if (frame.by !== 'you') { typist = null; if (!open || document.hidden) news++; }
    send({ t: 'got', k: had });
  };
  const reads = () => {
    if (!open || document.hidden || !greeted) return;
    news = 0;
    if (had > readUpTo) { readUpTo = had; send({ t: 'read', k: had }); }
  };
  document.addEventListener('visibilitychange', () => show());
  let page = location.href;
  const moved = () => { if (page !== location.href) { page = location.href; send({ t: 'page', page: page.slice(0, 500), title: document.title.slice(0, 200) }); } };

  // ---- making elements ----
  const h = (name, props = {}, ...children) => {
    const e = document.createElement(name);
    for (const [key, value] of Object.entries(props)) {
      if (key.startsWith('on')) e.addEventListener(key.slice(2), value);
      else if (value === true) e.setAttribute(key, '');
      else if (value !== false && value != null) e.setAttribute(key, value);
    }
    e.append(...children.filter(c => c != null));
    return e;
  };
  const icon = path => {
    const of = (name, props) => { const e = document.createElementNS('http://www.w3.org/2000/svg', name); for (const p in props) e.setAttribute(p, props[p]); return e; };
    const svg = of('svg', { viewBox: '0 0 24 24', 'aria-hidden': 'true', focusable: 'false' });
    svg.append(of('path', { d: path }));
    return svg;
  };
  const ICON = {
    chat: 'M5 5h14a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2h-7l-4.5 3.5V17H5a2 2 0 0 1-2-2V7a2 2 0 0 1 2-2zM8 9.5h8M8 12.8h5',
    down: 'M6 9l6 6 6-6', cross: 'M6 6l12 12M18 6L6 18', more: 'M12 5.6a.6.6 0 1 0 .01 0M12 11.4a.6.6 0 1 0 .01 0M12 17.2a.6.6 0 1 0 .01 0',
    clip: 'M19.5 11.5l-7.6 7.6a4.6 4.6 0 0 1-6.5-6.5l8-8a3.1 3.1 0 0 1 4.4 4.4l-8 8a1.5 1.5 0 0 1-2.2-2.2l7.3-7.2',
    send: 'M4 12l16-8-5 16-3.2-6.8zM11.8 13.2L20 4', file: 'M6 3h8l4 4v14H6zM14 3v4h4',
  };
  const tool = (key, path, onclick, more) => h('button', { type: 'button', class: 'tool', 'aria-label': t(key), title: t(key), onclick, ...more }, icon(path));
  const wide = (key, onclick, plain) => h('button', { type: onclick ? 'button' : 'submit', class: plain ? 'wide plain' : 'wide', onclick: onclick || (() => {}) }, t(key));
  // Addresses in a text become links; everything else is text.
  const linked = text => {
    const parts = safe(text).split(/(https?:\/\/[^\s<>"']*[^\s<>"'.,;:!?)\]])/);
    return parts.map((part, i) => i % 2 ? h('a', { href: part, target: '_blank', rel: 'noopener noreferrer nofollow' }, part) : part);
  };

  // ---- the frame of it ----
  const host = document.createElement('cordboard-chat');
  const root = host.attachShadow({ mode: 'open' });
  try {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync('@css');
    root.adoptedStyleSheets = [sheet];
  } catch { return; }
  const ui = {};
  ui.launch = h('button', { type: 'button', class: 'launch', 'aria-haspopup': 'dialog', onclick: () => toggle(!open) }, h('span', {}), ui.count = h('span', { class: 'count', hidden: true, 'aria-hidden': 'true' }));
  ui.panel = h('div', { class: 'panel', role: 'dialog', id: 'panel', 'aria-labelledby': 'title', hidden: true, onkeydown: event => keys(event) },
    h('div', { class: 'head' },
      ui.face = h('span', { class: 'face', 'aria-hidden': 'true' }),
      h('div', { class: 'names' }, h('h2', { class: 'title', id: 'title' }, ui.title = h('bdi', {})), ui.state = h('p', { class: 'state', role: 'status' })),
      ui.dots = tool('more', ICON.more, () => menu(ui.more.hidden), { 'aria-expanded': 'false', 'aria-controls': 'more' }),
      tool('close', ICON.cross, () => toggle(false))),
    ui.more = h('div', { class: 'more', id: 'more', hidden: true }),
    ui.note = h('p', { class: 'note', role: 'status', hidden: true }),
    ui.body = h('div', { class: 'body', tabindex: '0', role: 'group', 'aria-labelledby': 'title' },
      ui.log = h('div', { class: 'log', role: 'log', 'aria-live': 'polite', 'aria-label': t('messages') }),
      ui.write = h('p', { class: 'write', hidden: true }),
      ui.form = h('div', {})),
    ui.foot = h('div', { class: 'foot', hidden: true }));
  ui.said = h('div', { class: 'said', role: 'status' });
  ui.all = h('section', { class: 'all', 'aria-label': t('chat'), lang: code, dir: code === 'ar' ? 'rtl' : 'ltr' }, ui.panel, ui.launch, ui.said);
  root.append(ui.all);

  const small = matchMedia('(max-width: 480px), (max-height: 420px)');
  const toggle = (now, quietly) => {
    open = now;
    keep({ open });
    if (open) start();
    show();
    if (open) bottom();
    if (quietly) return;
    (open ? first() || ui.body : ui.launch).focus({ preventScroll: true });
    coming = open && !house;
  };
  let coming = false, stuck = true;
  const first = () => ui.panel.querySelector('form :is(input, textarea, select), .box textarea');
  const menu = now => {
    ui.more.hidden = !now;
    ui.dots.setAttribute('aria-expanded', now);
    if (now) ui.more.querySelector('button')?.focus();
  };
  const keys = event => {
    if (event.key === 'Escape') {
      event.stopPropagation();
      if (!ui.more.hidden) { menu(false); ui.dots.focus(); } else toggle(false);
    } else if (event.key === 'Tab' && small.matches) {
      // Full screen there is nothing behind it to go to.
      const stops = [...ui.panel.querySelectorAll('button, input, textarea, select, a, [tabindex]')].filter(e => !e.disabled && e.type !== 'file' && e.offsetParent);
      const end = event.shiftKey ? stops[0] : stops.at(-1);
      if (root.activeElement === end) { event.preventDefault(); (event.shiftKey ? stops.at(-1) : stops[0]).focus(); }
    }
  };
  ui.panel.addEventListener('focusout', event => { if (!ui.more.hidden && !ui.more.contains(event.relatedTarget) && event.relatedTarget !== ui.dots) menu(false); });
  const near = () => ui.body.scrollHeight - ui.body.scrollTop - ui.body.clientHeight < 80;
  const bottom = () => { ui.body.scrollTop = ui.log.hidden ? ui.body.scrollTop : ui.body.scrollHeight; };
  // Whoever reads further up stays there; else the newest line stays in sight when the room for it changes.
  ui.body.addEventListener('scroll', () => { stuck = near(); });
  new ResizeObserver(() => { if (stuck) bottom(); }).observe(ui.body);

  // ---- messages ----
  const bubbles = new Map();
  const text = words => words ? h('div', { class: 'text', dir: 'auto' }, ...linked(words)) : null;
  const card = file => {
    const inner = [icon(ICON.file), h('span', {}, h('b', {}, h('bdi', {}, safe(file.name))), h('small', {}, h('bdi', {}, size(file.size))))];
    return h('button', { type: 'button', class: 'file', title: t('get', file.name), onclick: () => fetchFile(file) }, ...inner);
  };
  const put = frame => {
    stuck ||= frame.by === 'you';
    let item = frame.once && bubbles.get(frame.once);
    if (item) { item.remove(); bubbles.delete(frame.once); }
    item = h('div', { class: `line ${frame.by}` });
    const by = frame.by === 'you' ? t('you') : frame.by === 'agent' ? safe(frame.who) || t('agent') : '';
    item.append(...[frame.by === 'desk' ? null : h('span', { class: 'by' }, h('bdi', {}, by), ` · ${clock(frame.at)}`), text(frame.text), ...(frame.files || []).map(card), h('div', { class: 'mark' })].filter(Boolean));
    item.k = frame.k;
    item.at = frame.at;
    item.by = frame.by + by;
    // In the order of their numbers, before what is still on its way.
    const after = [...ui.log.children].find(e => !e.k || e.k > frame.k);
    ui.log.insertBefore(item, after || null);
    group();
    if (frame.by !== 'you' && !open) ui.said.textContent = t('news', news + 1);
    if (stuck) bottom();
  };
  // A message of one's own that the server has not said it has.
  const draftLine = entry => {
    const deed = entry.deed.say || entry.deed.start;
    if (!deed || house && !house.online && entry.deed.start) return;
    const there = bubbles.get(entry.once);
    if (there) { if (entry.failed) there.fail(entry.failed); return; }
    const mark = h('div', { class: 'mark' }, t('sending'));
    const item = h('div', { class: 'line you' }, h('span', { class: 'by' }, t('you')), text(deed.text), ...(deed.files || []).map(f => card(typeof f === 'object' ? f : { name: f, size: 0 })), mark);
    item.at = Date.now();
    item.by = 'you' + t('you');
    item.fail = why => {
      if (item.failed) return;
      item.failed = true;
      mark.replaceChildren(h('span', { class: 'bad' }, t('failed') + ' ' + (why === 'long' ? t('long') : '')));
      if (why !== 'over') mark.append(' ', h('button', { type: 'button', onclick: () => { settle(entry.once); item.remove(); bubbles.delete(entry.once); draftLine(add(entry.deed)); flush(); focusBox(); } }, t('again')));
    };
    if (entry.failed) item.fail(entry.failed);
    bubbles.set(entry.once, item);
    ui.log.append(item);
    group();
    stuck = true;
    bottom();
  };
  const acked = frame => { const item = bubbles.get(frame.once); if (item) { item.acked = true; item.querySelector('.mark').textContent = t('sent'); } };
  const group = () => {
    let last = null;
    for (const item of ui.log.children) {
      item.classList.toggle('first', !last || last.by !== item.by || item.at - last.at > 3e5);
      last = item;
    }
  };
  const marks = () => {
    const mine = [...ui.log.children].filter(item => item.k && item.by.startsWith('you')), newest = mine.at(-1);
    for (const item of mine) {
      const mark = item.querySelector('.mark'), words = item !== newest ? '' : t(item.k <= seenUpTo ? 'seen' : 'sent');
      // What is written again is read out again.
      if (mark.textContent !== words) mark.textContent = words;
    }
  };

  // ---- files ----
  let chips = [];
  const fits = file => {
    const types = house.file.types, name = file.name.toLowerCase();
    if (file.size > house.file.max) return t('big', file.name, size(house.file.max));
    if (!file.size || !types.some(type => type[0] === '.' ? name.endsWith(type) : type.endsWith('/*') ? file.type.startsWith(type.slice(0, -1)) : file.type === type)) return t('kind', file.name);
    return chips.length >= house.file.count ? t('many', house.file.count) : '';
  };
  const attach = files => {
    for (const file of files) {
      const why = fits(file);
      if (why) { complain(why); continue; }
      const bar = h('progress', { max: 100, value: 0, 'aria-label': t('sending') });
      const chip = { name: file.name, size: file.size, id: 0 };
      const ask = new XMLHttpRequest();
      const drop = () => { chips = chips.filter(c => c !== chip); chip.item.remove(); ask.abort(); ready(); };
      chip.item = h('div', { class: 'chip' }, h('span', {}, h('bdi', {}, safe(file.name))), bar, h('button', { type: 'button', 'aria-label': t('drop', file.name), onclick: () => { drop(); focusBox(); } }, icon(ICON.cross)));
      const failed = () => { drop(); complain(t('up', file.name)); };
      ask.open('POST', base + 'file');
      ask.setRequestHeader('x-chat-token', token);
      ask.setRequestHeader('x-file-name', encodeURIComponent(whole(file.name.slice(-200))));
      ask.setRequestHeader('content-type', file.type || 'application/octet-stream');
      ask.upload.onprogress = event => { bar.value = 100 * event.loaded / (event.total || 1); };
      ask.onload = () => {
        try {
          const answer = JSON.parse(ask.responseText);
          if (answer.id) { chip.id = answer.id; bar.remove(); ready(); return; }
          drop();
          complain(answer.code === 'kind' ? t('kind', file.name) : answer.code === 'big' ? t('big', file.name, size(house.file.max)) : t('up', file.name));
        } catch { failed(); }
      };
      ask.onerror = failed;
      ask.send(file);
      chips.push(chip);
      ui.chips.append(chip.item);
      complain('');
    }
    ready();
  };
  const offer = (blob, name) => {
    const url = URL.createObjectURL(blob), a = h('a', { href: url, download: safe(name).replace(/[/\\]/g, '_'), hidden: true });
    root.append(a);
    a.click();
    a.remove();
    setTimeout(() => URL.revokeObjectURL(url), 6e4);
  };
  const fetchFile = async file => {
    try {
      const answer = await fetch(`${base}file?id=${encodeURIComponent(file.id)}`, { headers: { 'x-chat-token': token } });
      if (!answer.ok) throw new Error(answer.status);
      offer(await answer.blob(), file.name);
    } catch { complain(t('nolock')); }
  };
  const transcript = () => {
    const all = [...lines.values()].sort((a, b) => a.k - b.k).filter(l => l.by !== 'desk' || l.text);
    const told = all.map(l => `[${new Date(l.at).toLocaleString(code)}] ${l.by === 'you' ? t('you') : safe(l.who) || t('agent')}: ${safe(l.text)}${(l.files || []).map(f => ` [${safe(f.name)}]`).join('')}`);
    offer(new Blob(['\ufeff' + [safe(house?.title), ...told].join('\r\n') + '\r\n'], { type: 'text/plain;charset=utf-8' }), 'chat.txt');
  };

  // ---- writing ----
  let wrote = 0, still;
  const complain = words => { if (ui.say) ui.say.textContent = words; };
  const focusBox = () => ui.text?.focus({ preventScroll: true });
  const ready = () => { if (ui.go) ui.go.disabled = !(ui.text.value.trim() || chips.length) || chips.some(c => !c.id); };
  const typing = on => {
    clearTimeout(still);
    if (on && Date.now() - wrote > 3e3) { wrote = Date.now(); send({ t: 'typing', on: true }); }
    if (on) still = setTimeout(() => typing(false), 5e3);
    else if (wrote) { wrote = 0; send({ t: 'typing', on: false }); }
  };
  const fit = () => { ui.text.style.height = '40px'; ui.text.style.height = `${Math.min(ui.text.scrollHeight, 128)}px`; };
  const say = () => {
    const words = ui.text.value.trim();
    if (ui.go.disabled) return;
    if (words.length > house.text_max) { complain(t('long')); return; }
    complain('');
    draftLine(add({ say: { text: words, files: chips.map(c => ({ id: c.id, name: c.name, size: c.size })) } }));
    typing(false);
    ui.text.value = '';
    note({ say: '' });
    chips = [];
    ui.chips.replaceChildren();
    fit();
    ready();
    flush();
    show();
    focusBox();
  };
  const composer = () => {
    const pick = h('input', { type: 'file', multiple: true, hidden: true, tabindex: '-1', 'aria-hidden': 'true', accept: house.file.types.join(','), onchange: () => { attach(pick.files); pick.value = ''; focusBox(); } });
    ui.text = h('textarea', { rows: 1, dir: 'auto', placeholder: t('write'), 'aria-label': t('write'), maxlength: house.text_max,
      oninput: () => { note({ say: ui.text.value }); fit(); ready(); typing(!!ui.text.value); moved(); },
      onkeydown: event => { if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) { event.preventDefault(); say(); } },
      onpaste: event => { if (event.clipboardData.files.length && house.file.max) { event.preventDefault(); attach(event.clipboardData.files); } } });
    ui.text.value = typed.say || '';
    ui.go = tool('send', ICON.send, say, { class: 'tool go', disabled: true });
    ui.chips = h('div', { class: 'chips' });
    ui.say = h('p', { class: 'say bad', role: 'alert' });
    chips.forEach(c => ui.chips.append(c.item));
    return [ui.say, ui.chips, h('div', { class: 'box' }, house.file.max ? tool('attach', ICON.clip, () => pick.click()) : null, ui.text, ui.go), pick];
  };

  // ---- before the chat ----
  let asked = null, fields = 0;
  const field = (label, input, optional) => {
    input.id = `f${++fields}`;
    if (!optional) input.setAttribute('aria-required', 'true');
    const why = h('p', { class: 'say bad', id: input.id + 'e', role: 'alert' });
    const box = h('div', { class: 'field' }, h('label', { for: input.id }, h('bdi', {}, label), optional ? h('span', {}, ' ' + t('may')) : null), input, why);
    box.wrong = words => {
      why.textContent = words;
      if (words) { input.setAttribute('aria-invalid', 'true'); input.setAttribute('aria-describedby', why.id); } else input.removeAttribute('aria-invalid');
      return !!words;
    };
    box.input = input;
    input.addEventListener('input', () => box.wrong(''));
    return box;
  };
  const kept = (key, input, value) => {
    input.name = key;
    input.value = typed[key] ?? value ?? '';
    input.addEventListener('input', () => note({ [key]: input.value }));
    return input;
  };
  const form = () => {
    const away = !house.online, mine = isEmail(me.email) ? me.email : null;
    // Whom the site vouches for is not asked again.
    const ask = house.verified ? { name: 'no', email: 'no' } : house.ask;
    const name = ask.name !== 'no' && field(t('name'), kept('name', h('input', { autocomplete: 'name', maxlength: 100, dir: 'auto' }), me.name), ask.name === 'may');
    const email = (ask.email !== 'no' || away && !(house.verified && mine)) && field(t('email'), kept('email', h('input', { type: 'email', autocomplete: 'email', maxlength: 200, inputmode: 'email' }), me.email), ask.email !== 'must' && !away);
    const question = field(t('question'), kept('text', h('textarea', { dir: 'auto', rows: 3, maxlength: house.text_max })));
    // Each choice may lead to a further question.
    const topics = h('div', { class: 'topics' });
    let chosen = [];
    const level = (node, depth) => {
      const options = node.choices.map((c, i) => h('option', { value: i }, safe(c.text)));
      const select = h('select', { name: 'menu' + depth }, h('option', { value: '' }, t('choose')), ...options);
      const choose = () => {
        chosen = chosen.slice(0, depth);
        while (topics.children.length > depth + 1) topics.lastChild.remove();
        const next = node.choices[select.value];
        if (next) { chosen[depth] = next; if (next.choices?.length) level(next, depth + 1); }
      };
      const box = field(safe(node.ask) || t('topic'), select);
      select.addEventListener('change', () => { choose(); note({ menu: chosen.map(c => c.key) }); });
      topics.append(box);
      const before = node.choices.findIndex(c => c.key === typed.menu?.[depth]);
      if (before >= 0) { select.value = before; choose(); }
    };
    if (house.menu) level(house.menu, 0);
    const send = event => {
      event.preventDefault();
      const wrong = [];
      for (const box of [name, email, ...topics.children, question]) {
        if (!box) continue;
        const value = box.input.value.trim();
        const words = !value && box.input.getAttribute('aria-required') ? t('need') : box === email && value && !isEmail(value) ? t('address') : '';
        if (box.wrong(words)) wrong.push(box);
      }
      if (wrong.length) { wrong[0].input.focus(); return; }
      fault = '';
      const entry = add({ start: { name: String((name ? name.input.value : me.name) ?? '').trim().slice(0, 100), email: (email ? email.input.value : mine)?.trim(), text: question.input.value.trim(), menu: chosen.map(c => c.key) } });
      note({ text: '', menu: [] });
      if (!away) draftLine(entry);
      flush();
      show();
      (first() || ui.body).focus({ preventScroll: true });
    };
    const to = email?.input?.value;
    const wrong = { email: email && [email, isEmail(to) ? '' : to ? 'address' : 'need'], long: [question, 'long'], name: name && [name, 'need'] }[fault];
    if (wrong) wrong[0].wrong(t(wrong[1]));
    return h('form', { novalidate: true, onsubmit: send },
      h('div', { class: 'lead', dir: 'auto' }, t(away ? 'leave' : 'hello')), away ? h('p', { class: 'sub', dir: 'auto' }, safe(house.closed) || t('closed')) : null,
      name || null, email || null, house.menu ? topics : null, question, fault && !wrong ? h('p', { class: 'say bad', role: 'alert' }, t('shut')) : null, wide(away ? 'leaving' : 'begin'));
  };

  // ---- after it ----
  const after = () => {
    const marks = h('div', { class: 'rate', role: 'group', 'aria-labelledby': 'rate' }, ...[1, 2, 3, 4, 5].map(n => h('button', { type: 'button', 'aria-label': t('of', n), onclick: () => {
      rated = true;
      add({ rate: { mark: n } });
      flush();
      show();
      ui.foot.querySelector('button')?.focus();
    } }, n)));
    const ask = !rated && standing.ask;
    const again = wide('fresh', () => { fresh(); toggle(true); }, ask);
    if (standing.is === 'left') return h('div', { class: 'stack' }, again);
    return h('div', { class: 'stack' }, ask || rated ? h('p', { role: 'status', id: 'rate' }, t(rated ? 'thanks' : 'rate')) : null, !ask ? null : h('div', {}, marks, h('div', { class: 'ends', 'aria-hidden': 'true' }, h('span', {}, t('worst')), h('span', {}, t('best')))), again);
  };
  const byMail = () => {
    const box = field(t('email'), h('input', { type: 'email', autocomplete: 'email', maxlength: 200 }));
    box.input.value = typed.email || me.email || '';
    asked = h('form', { novalidate: true, onsubmit: event => {
      event.preventDefault();
      const to = box.input.value.trim();
      if (box.wrong(isEmail(to) ? '' : t('address'))) { box.input.focus(); return; }
      mailed = to;
      add({ mail: { email: to } });
      flush();
      asked = null;
      show();
      ui.dots.focus();
    } }, box, h('div', { class: 'row' }, wide('back', () => { asked = null; show(); ui.dots.focus(); }, true), wide('send')));
    show();
    box.input.focus();
  };
  const sure = () => {
    asked = h('div', { class: 'stack' }, h('p', {}, t('sure')), h('div', { class: 'row' },
      wide('stay', () => { asked = null; show(); focusBox(); }, true),
      wide('end', () => { asked = null; add({ leave: {} }); flush(); show(); ui.body.focus(); })));
    show();
    asked.querySelector('button').focus();
  };

  // ---- showing what is ----
  let formed = '', footed = '', menued = '';
  const swap = (place, key, before, make) => {
    if (key !== before) place.replaceChildren(...[make()].flat().filter(Boolean));
    return key;
  };
  const told = () => {
    const name = safe(standing.who) || t('agent');
    switch (standing.is) {
      case 'waiting': {
        const wait = standing.wait && standing.wait.map(s => Math.ceil(s / 60));
        const soon = wait && (wait[1] <= 1 ? t('soon') : t('wait', wait[0] < wait[1] ? `${Math.max(wait[0], 1)}–${wait[1]}` : wait[1]));
        return [standing.ahead ? t('place', standing.ahead + 1) : t('next'), soon].filter(Boolean).join(' · ');
      }
      case 'with': return t('with', name);
      case 'held': return t('with', name);
      case 'over': return t('over');
      default: return '';
    }
  };
  const show = () => {
    if (!root.isConnected && !host.isConnected) return;
    const beginning = pending.some(p => p.deed.start);
    const is = standing.is === 'form' && beginning ? 'begun' : standing.is;
    const talk = house && ['waiting', 'with', 'held', 'begun'].includes(is);
    const over = house && (is === 'over' || is === 'left');
    ui.all.classList.toggle('open', open);
    ui.panel.hidden = !open;
    if (small.matches && open) ui.panel.setAttribute('aria-modal', 'true'); else ui.panel.removeAttribute('aria-modal');
    ui.launch.setAttribute('aria-expanded', open);
    ui.launch.setAttribute('aria-label', open ? t('close') : t('chat') + (news ? `. ${t('news', news)}` : ''));
    const path = open ? ICON.down : ICON.chat;
    if (ui.launch.path !== path) { ui.launch.path = path; ui.launch.firstChild.replaceChildren(icon(path)); }
    ui.count.hidden = open || !news;
    ui.count.textContent = news > 9 ? '9+' : news;
    reads();
    if (!open) return;
    const at = root.activeElement;

    const name = is === 'with' || is === 'held' ? safe(standing.who).trim() : '';
    const face = name ? name.split(/\s+/).map(w => [...w][0]).slice(0, 2).join('').toUpperCase() : '';
    if (face ? ui.face.textContent !== face : !ui.face.firstElementChild) ui.face.replaceChildren(face || icon(ICON.chat));
    ui.title.textContent = safe(house?.title) || t('chat');
    const state = stopped || is === 'waiting' ? '' : house ? told() : t('reach');
    if (ui.state.textContent !== state) ui.state.textContent = state;
    ui.state.hidden = !state;
    const note = stopped ? t('shut') : !greeted && house ? t('lost') : hold ? t('slow') : is === 'waiting' ? told() : is === 'held' ? safe(standing.words) || t('hold', standing.who || t('agent')) : mailed ? t('mailed', mailed) : '';
    if (ui.note.textContent !== note) ui.note.textContent = note;
    ui.note.hidden = !note;

    const view = !house ? '' : is === 'form' ? `form ${house.online} ${fault}` : is === 'left' || beginning && !house.online ? 'left' : '';
    formed = swap(ui.form, view, formed, () => view.startsWith('form') ? form() : view ? h('p', { class: 'lead', role: 'status' }, t('left')) : null);
    if (talk || over) pending.forEach(draftLine);
    ui.log.hidden = !!view;
    const foot = asked || (talk && !view ? 'box' : over ? `over ${is} ${rated} ${standing.ask}` : '');
    const before = footed;
    footed = swap(ui.foot, foot, footed, () => asked || (foot === 'box' ? composer() : foot ? after() : null));
    ui.foot.hidden = !foot;
    if (foot === 'box' && before !== foot) { fit(); ready(); }
    const chat = !!house && !view && ui.log.children.length > 0;
    // Sent by mail is what somebody answered.
    const letter = house?.mail && [...lines.values()].some(l => l.by === 'agent');
    menued = swap(ui.more, `${chat} ${over} ${letter}`, menued, () => !chat ? null : [
      h('button', { type: 'button', onclick: () => { menu(false); transcript(); ui.dots.focus(); } }, t('save')),
      letter ? h('button', { type: 'button', onclick: () => { menu(false); byMail(); } }, t('mail')) : null,
      over ? null : h('button', { type: 'button', onclick: () => { menu(false); sure(); } }, t('end'))]);
    ui.dots.hidden = !chat;
    const writing = talk && typist ? t('writing', typist) : '';
    if (ui.write.title !== writing) {
      ui.write.title = writing;
      ui.write.replaceChildren(...writing ? [h('span', { class: 'dots', 'aria-hidden': 'true' }, h('i', {}), h('i', {}), h('i', {})), writing] : []);
    }
    ui.write.hidden = !writing;
    marks();
    // Whoever has lost the field they were in goes on in the one that came for it, or beside it.
    if (at && !at.isConnected) (at.name && ui.form.querySelector(`[name=${at.name}]`) || ui.body).focus({ preventScroll: true });
    // Whoever opened it before the server answered goes on to where they can write.
    if (coming && house) { coming = false; if (root.activeElement === ui.body) first()?.focus({ preventScroll: true }); }
    if (stuck) bottom();
  };

  const settleIn = () => {
    document.body.append(host);
    if (open) toggle(true, true); else if (token) start();
    show();
    small.addEventListener('change', show);
  };
  if (document.body) settleIn(); else addEventListener('DOMContentLoaded', settleIn);
})();
