(() => {
  const {pause, words} = JSON.parse(find('data').textContent);
  const main = find('main');
  const token = location.hash.replace(/^#\/?/, '');
  const storageKey = `alia-judge room ${token}`;

  let tasks = [];            // what this page was given, in order: {task, record, time, stored}
  let at = -1;
  let answered = null;
  let busy = false;

  const spend = watch(pause, (time) => { if (tasks[at]) tasks[at].time += time; });
  const current = () => tasks[at];

  // ---- The server. An answer that could not be sent waits in the browser, and goes before anything else.
  const ask = (path, body) => fetch(path, {
    method: body ? 'POST' : 'GET', body, cache: 'no-store', credentials: 'omit', redirect: 'error',
    headers: {authorization: `Bearer ${token}`, ...(body ? {'content-type': 'application/json'} : {})},
  });
  const waiting = (body) => {
    try {
      if (body === undefined) return localStorage.getItem(storageKey);
      if (body === null) localStorage.removeItem(storageKey); else localStorage.setItem(storageKey, body);
    } catch { /* a browser that keeps nothing: the page itself still has the answer */ }
    return null;
  };
  const post = async (body) => {
    waiting(body);
    const reply = await ask('/api/ratings', body);
    if (reply.status >= 500) throw new Error(String(reply.status));
    waiting(null);
    return reply;
  };
  const alone = async (does) => {
    if (busy) return;
    busy = true;
    try { await does(); } catch { unreachable(does); } finally { busy = false; }
  };
  const unreachable = (does) => {
    say(words.not_stored);
    find('said').append(' ', button(words.try_again, () => alone(does)));
  };
  addEventListener('online', () => { const again = find('said').querySelector('button'); if (again) again.click(); });

  // ---- Moving
  const fetchNext = async () => {
    const before = waiting();
    if (before) await post(before);
    const reply = await ask('/api/next');
    if (reply.status === 401) { at = tasks.length; plain(words.no_link); return; }
    if (reply.status === 403) { at = tasks.length; differs(await reply.json()); return; }
    if (reply.status === 204) {
      at = tasks.length;
      plain(words.none_left, button(words.look_again, () => alone(fetchNext)));
      return;
    }
    if (!reply.ok) throw new Error(String(reply.status));
    const task = await reply.json();
    tasks.push({task, record: {values: {}, comment: ''}, time: 0});
    find('so-far').textContent = task.test ? fill(words.test_so_far, {n: task.test.n, all: task.test.of})
      : fill(words.so_far, {n: task.rated});
    at = tasks.length - 1;
    show();
  };
  const plain = (text, ...more) => {
    main.replaceChildren(make('h1', {tabindex: -1}, text), make('div', {class: 'buttons'}, ...more,
      tasks.length ? button(words.previous, back) : ''));
    main.querySelector('h1').focus({preventScroll: true});
  };
  // The guideline test was answered otherwise than agreed: what differs, beside what it is about.
  const differs = (told) => {
    tasks = [];
    at = -1;
    main.replaceChildren(
      make('h1', {tabindex: -1}, words.test_differs),
      make('p', {}, fill(words.test_right, {n: told.right, all: told.of})),
      ...told.differs.map((one) => make('section', {class: 'differs'},
        ...one.parts.map((text) => part(text, '')),
        make('dl', {}, make('dt', {}, one.criterion),
          make('dd', {}, fill(words.test_yours, {yours: one.yours || '–', theirs: one.agreed}))))),
      make('div', {class: 'buttons'}, make('button', {type: 'button', on: {click: () => alone(async () => {
        await ask('/api/test', '{}');
        await fetchNext();
      })}}, words.test_again)));
    main.querySelector('h1').focus({preventScroll: true});
  };
  const back = () => { if (at > 0) { spend(); at -= 1; show(); say(''); } };
  const send = async (said) => {
    spend();
    const one = current();
    const body = {assignment: one.task.assignment, comment: one.record.comment, seconds: Math.round(one.time / 100) / 10, ...said};
    const reply = await post(JSON.stringify(body));
    if (reply.status === 401) { plain(words.no_link); return; }
    if (!reply.ok) { say((await reply.json()).error); return; }
    if (at + 1 < tasks.length) { at += 1; show(); } else await fetchNext();
    say(words.stored);
  };
  const submit = () => {
    const {task, record} = current();
    const missing = task.criteria.findIndex((criterion) => !(criterion.name in record.values));
    if (missing < 0) { alone(() => send({values: record.values})); return; }
    say(fill(words.missing, {name: task.criteria[missing].title}));
    main.querySelector(`[data-criterion="${missing}"] input`).focus();
  };

  // ---- What is shown
  const rate = (criterion, value) => {
    const {values} = current().record;
    if (value === null) delete values[criterion.name]; else values[criterion.name] = value;
    answered = criterion;
    say('');
  };
  const show = () => {
    answered = null;
    const {task, record} = current();
    const comment = make('textarea', {id: 'comment', dir: 'auto', maxlength: 10000, on: {input: (event) => { record.comment = event.target.value; }}});
    comment.value = record.comment;
    main.replaceChildren(make('div', {class: 'item'},
      make('section', {'aria-labelledby': 'heading'},
        make('h1', {tabindex: -1, id: 'heading'}, words.conversation),
        ...task.parts.map((one) => part(one, task.item.language || ''))),
      make('section', {class: 'form', 'aria-label': words.asked},
        ...task.criteria.map((criterion, place) => question(words, criterion, place, record.values[criterion.name], rate)),
        make('label', {class: 'comment'}, make('span', {}, words.comment), comment),
        make('div', {class: 'buttons moves'},
          button(words.previous, back),
          make('button', {type: 'button', id: 'next', on: {click: submit}}, words.next),
          button(words.skip, () => skipping.showModal())),
        keyHelp(words, (key) => key !== 'U' && !key.startsWith('Ctrl')))));
    scrollTo(0, 0);
    main.querySelector('h1').focus({preventScroll: true});
  };

  // ---- Skipping, and keys
  const skipping = find('skipping');
  find('skip-not').addEventListener('click', () => skipping.close());
  find('skip-do').addEventListener('click', () => {
    skipping.close();
    const skipped = skipping.querySelector(':checked').value;
    current().record.values = {};
    alone(() => send({skipped}));
  });
  const doKey = (event) => {
    const {target} = event;
    if (event.ctrlKey || event.metaKey || event.altKey || !singleKeys || isWriting(target) && event.key !== 'Enter') return false;
    if (skipping.open) return skippingKey(event, skipping);
    if (!current()) return false;
    const key = event.key.toLowerCase();
    if (key === 'enter') {
      if (target.matches('textarea, button, summary, input[type=checkbox]')) return false;
      target.blur();
      if (target.getAttribute('aria-invalid') !== 'true') submit();
      return true;
    }
    if (key === 'p') { back(); return true; }
    if (key === 's') { skipping.showModal(); return true; }
    if (key === 'c') { find('comment').focus(); return true; }
    const {task, record} = current();
    return choose(key, task.criteria, () => record.values, answered, rate);
  };
  addEventListener('keydown', (event) => { if (!event.isComposing && doKey(event)) event.preventDefault(); });

  addEventListener('hashchange', () => location.reload());  // somebody else's link
  if (token) alone(fetchNext); else plain(words.no_link);
})();
