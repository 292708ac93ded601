'use strict';
(() => {
  const data = JSON.parse(document.getElementById('data').textContent);
  const words = data.words;
  // The places of a row; made in the same order by table_section.cpp.
  const NAME = 0, MAC = 1, ADDRESS = 2, SCHEME = 3, APP = 4, MODEL = 5, FW = 6, UPDATE = 7, OUTCOME = 8, OTA = 9,
    SEEN = 10, SINCE = 11, ERROR_ID = 12, ERROR = 13, CHANGED = 14, SENT = 15;
  const SCHEMES = ['', 'http://', 'https://'];
  const MOST_PRINTED = 2000;
  const FILTERS = ['q', 'status', 'app', 'fw', 'error', 'changed'];
  const byId = (id) => document.getElementById(id);
  const rows = data.rows;
  const scroller = byId('rows'), space = byId('space'), count = byId('count');
  const collator = new Intl.Collator(document.documentElement.lang, {numeric: true});
  let state = {};
  let shown = rows;
  let first = -1;
  let height = 40;

  const fill = (text, ...values) => text.replace(/\{(\d)\}/g, (_, i) => values[i]);
  const number = (n) => n.toLocaleString(document.documentElement.lang);

  // --- The hash: what is looked at can be sent as a link

  function readHash() {
    const pairs = new URLSearchParams(location.hash.slice(1));
    const read = {};
    for (const name of [...FILTERS, 'sort']) if (pairs.has(name)) read[name] = pairs.get(name);
    return read;
  }

  function writeHash() {
    const pairs = new URLSearchParams();
    for (const name of [...FILTERS, 'sort']) if (state[name] !== undefined && state[name] !== '') pairs.set(name, state[name]);
    history.replaceState(null, '', '#' + pairs);
  }

  // --- Which rows, in which order

  const texts = [];
  function textOf(row, i) {
    return texts[i] ??= [NAME, MAC, ADDRESS, APP, MODEL, FW, UPDATE, ERROR].map((at) => row[at]).join('\n').toLowerCase();
  }

  function fits(row, wanted) {
    if (wanted.status && !(wanted.status === 'update' ? row[UPDATE] : wanted.status === 'sent' ? row[SENT] : row[OUTCOME] === wanted.status)) return false;
    if (wanted.app !== undefined && row[APP] !== wanted.app) return false;
    if (wanted.fw !== undefined && row[FW] !== wanted.fw) return false;
    if (wanted.error && row[ERROR_ID] !== wanted.error) return false;
    return !wanted.changed || row[CHANGED] === 1;
  }

  function addressKey(address) {
    const v4 = /^(\d+)\.(\d+)\.(\d+)\.(\d+)(?::(\d+))?$/.exec(address);
    return v4 ? v4.slice(1).map((part) => (part ?? '80').padStart(5, '0')).join('.') : 'v6' + address;
  }

  const KEYS = {
    __proto__: null,  // what stands in a link is no name of something else
    name: (row) => row[NAME], address: (row) => addressKey(row[ADDRESS]), app: (row) => row[APP], fw: (row) => row[FW],
    status: (row) => ['failed', 'offline', 'unknown', 'ok'].indexOf(row[OUTCOME]) + row[OTA], error: (row) => row[ERROR],
    seen: (row) => row[SEEN],
  };
  const orders = Object.create(null);

  // The order of all rows by a column is found once: sorting by words costs most of what a large fleet takes.
  function orderBy(column) {
    if (orders[column]) return orders[column];
    const key = KEYS[column];
    const keyed = rows.map((row, i) => [key(row), i]);
    const distinct = [...new Set(keyed.map(([text]) => text))].sort(collator.compare);
    const rank = new Map(distinct.map((text, i) => [text, i]));
    return orders[column] = keyed.map(([text, i]) => [rank.get(text), i]).sort((a, b) => a[0] - b[0] || a[1] - b[1]).map(([, i]) => i);
  }

  // All of them must occur; what stands in quotes is one, blanks and all.
  function wordsOf(query) {
    return [...query.matchAll(/"([^"]*)"?|[^\s"]+/g)].map(([word, phrase]) => phrase ?? word).filter(Boolean);
  }

  function select() {
    const descending = state.sort?.startsWith('-');
    const column = state.sort?.replace('-', '');
    const order = KEYS[column] ? orderBy(column) : rows.keys();
    const query = (state.q ?? '').trim().toLowerCase().replace(/\s+/g, ' ');
    const wanted = wordsOf(query);
    shown = [];
    const apart = [];  // have the words, but not as they were typed
    for (const i of order) {
      const row = rows[i];
      if (!fits(row, state) || !wanted.every((word) => textOf(row, i).includes(word))) continue;
      (KEYS[column] || wanted.length < 2 || textOf(row, i).includes(query) ? shown : apart).push(row);
    }
    shown = shown.concat(apart);
    if (descending) shown.reverse();
  }

  // --- Drawing

  function element(name, className, text) {
    const made = document.createElement(name);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  }

  function cell(i, ...content) {
    const made = element('div', 'cell c' + i);
    made.setAttribute('role', 'cell');
    made.append(...content);
    made.title = made.textContent;
    return made;
  }

  function addressOf(row) {
    if (!SCHEMES[row[SCHEME]]) return document.createTextNode(row[ADDRESS]);
    const link = element('a', '', row[ADDRESS]);
    link.href = SCHEMES[row[SCHEME]] + row[ADDRESS] + '/';
    link.target = '_blank';
    link.rel = 'noopener noreferrer';
    return link;
  }

  function statusOf(row) {
    const status = element('span', row[OUTCOME], '\u25CF ' + words[row[OUTCOME]]);
    const parts = [status];
    if (row[OTA] && row[OTA] !== row[OUTCOME]) parts.push(' ' + row[OTA]);
    return parts;
  }

  function draw(row, i) {
    const made = element('div', row[CHANGED] ? 'row changed' : 'row');
    made.setAttribute('role', 'row');
    made.setAttribute('aria-rowindex', i + 2);
    const firmware = [row[FW] || '\u2013'];
    if (row[UPDATE]) firmware.push(element('span', 'update', ' \u2192 ' + row[UPDATE]));
    made.append(
      cell(0, element('bdi', '', row[NAME])), cell(1, addressOf(row)), cell(2, element('bdi', '', row[APP] || row[MODEL] || '\u2013')),
      cell(3, ...firmware), cell(4, ...statusOf(row)), cell(5, element('bdi', '', row[ERROR])),
      cell(6, row[SINCE] ? fill(words.since, row[SINCE]) : row[SEEN]));
    return made;
  }

  function paint(force) {
    const top = Math.max(0, Math.floor(scroller.scrollTop / height) - 10);
    const last = Math.min(shown.length, top + Math.ceil(scroller.clientHeight / height) + 20);
    if (!force && top === first) return;
    first = top;
    const drawn = [];
    for (let i = top; i < last; ++i) {
      const row = draw(shown[i], i);
      row.style.transform = `translateY(${i * height}px)`;
      drawn.push(row);
    }
    space.replaceChildren(...drawn);
  }

  function measure() {
    const row = draw(rows[0] ?? Array(16).fill(''), 0);
    space.replaceChildren(row);
    height = row.offsetHeight;
  }

  function layOut() {
    space.style.height = shown.length * height + 'px';
    byId('table').setAttribute('aria-rowcount', shown.length + 1);
    count.textContent = shown.length ? fill(words.shown, number(shown.length), number(rows.length)) : words.noMatch;
    paint(true);
  }

  function chip(name) {
    const text = name === 'changed' ? words.changed : `${name}: ${state[name] || words.unknownVersion}`;
    const button = element('button', '', text + ' \u00D7');
    button.type = 'button';
    button.setAttribute('aria-label', fill(words.removeFilter, text));
    button.addEventListener('click', () => { delete state[name]; update(); });
    return button;
  }

  function showControls() {
    byId('q').value = state.q ?? '';
    byId('status').value = state.status ?? '';
    byId('app').value = state.app === undefined ? '' : 'app:' + state.app;
    byId('sort').value = state.sort ?? '';
    for (const head of document.querySelectorAll('.head [data-sort]')) {
      const sorts = state.sort?.replace('-', '') === head.dataset.sort;
      head.setAttribute('aria-sort', !sorts ? 'none' : state.sort.startsWith('-') ? 'descending' : 'ascending');
    }
    byId('chips').replaceChildren(...['fw', 'error', 'changed'].filter((name) => state[name] !== undefined).map(chip));
  }

  function update() {
    writeHash();
    showControls();
    select();
    scroller.scrollTop = 0;
    layOut();
  }

  // --- What the reader does

  const set = (name, value) => {
    if (value === '' || value === undefined) delete state[name]; else state[name] = value;
    update();
  };
  let typing;
  byId('q').addEventListener('input', (event) => {
    clearTimeout(typing);
    typing = setTimeout(() => set('q', event.target.value), 120);
  });
  byId('status').addEventListener('change', (event) => set('status', event.target.value));
  byId('app').addEventListener('change', (event) => {
    if (event.target.value) set('app', event.target.value.slice(4)); else { delete state.app; update(); }
  });
  byId('sort').addEventListener('change', (event) => set('sort', event.target.value));
  byId('reset').addEventListener('click', () => { state = {}; update(); });
  for (const head of document.querySelectorAll('.head [data-sort]')) {
    head.firstElementChild.addEventListener('click', () => {
      const column = head.dataset.sort;
      set('sort', state.sort === column ? '-' + column : state.sort === '-' + column ? '' : column);
    });
  }
  let waiting = false;
  scroller.addEventListener('scroll', () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; paint(false); });
  });
  let printing = false;
  window.addEventListener('resize', () => {
    if (printing) return;
    measure();
    layOut();
  });
  window.addEventListener('hashchange', () => {
    state = readHash();
    update();
    byId('devices').scrollIntoView();
  });
  window.addEventListener('beforeprint', () => {
    printing = true;
    const printed = shown.slice(0, MOST_PRINTED);
    space.replaceChildren(...printed.map(draw));
    space.style.height = 'auto';
    if (printed.length < shown.length) count.textContent += ' ' + fill(words.printedPart, number(printed.length));
  });
  window.addEventListener('afterprint', () => {
    printing = false;
    measure();
    layOut();
  });

  for (const app of [...new Set(rows.map((row) => row[APP]))].sort(collator.compare)) {
    const option = element('option', '', app || words.unknownApp);
    option.value = 'app:' + app;
    byId('app').append(option);
  }
  state = readHash();
  measure();
  showControls();
  select();
  layOut();
  if (location.hash.length > 1) byId('devices').scrollIntoView();
  document.documentElement.dataset.ready = '1';
})();
