(() => {
  const sheet = JSON.parse(find('data').textContent);
  const {words, criteria, items} = sheet;
  const storageKey = `alia-judge sheet ${sheet.digest}`;
  const main = find('main');

  // What was done, by place: {values, comment, skipped, at, revision}. Of two records of one place the later revision
  // counts, whichever tab or file it comes from.
  let records = {};
  let spent = {};            // milliseconds of work, by place
  let place = -1;            // -1: the opening; items.length: the end
  let revision = 0;
  let saved = 0;             // the revision up to which everything is in a file
  let answered = null;       // the criterion that was rated last on this item
  const before = [];         // for undo: what stood before each change

  const spend = watch(sheet.pause, (time) => {
    if (place >= 0 && place < items.length) spent[place] = (spent[place] || 0) + time;
  });
  document.addEventListener('visibilitychange', () => { if (document.hidden) keep(); });

  // ---- Keeping: in the browser after every change; what another tab kept in the meantime is taken up first.
  const take = (other) => {
    for (const [at, record] of Object.entries(other.records || {})) {
      if (!(at in items)) continue;
      if (!records[at] || record.revision > records[at].revision) records[at] = record;
      revision = Math.max(revision, record.revision);
    }
    for (const [at, time] of Object.entries(other.spent || {})) spent[at] = Math.max(spent[at] || 0, time);
  };
  const kept = () => {
    try { return JSON.parse(localStorage.getItem(storageKey)) || {}; } catch { return {}; }
  };
  const keep = () => {
    let done = true;
    try {
      take(kept());
      // Opened again at once, a page may not see yet what was kept: nothing is written over it.
      const begun = place >= 0 || Object.keys(records).length > 0;
      if (begun) localStorage.setItem(storageKey, JSON.stringify({records, spent, place, saved}));
    } catch { done = false; }
    find('kept').textContent = done ? words.kept : words.not_kept;
    find('kept').className = done ? '' : 'problem';
    const open = Object.values(records).filter((record) => record.revision > saved).length;
    find('unsaved').textContent = open ? `· ${fill(words.not_in_file, {n: open})}` : '';
    find('progress').max = items.length;
    find('progress').value = items.filter((_, at) => isDone(at)).length;
    return done;
  };
  addEventListener('storage', (event) => {
    if (event.key !== storageKey) return;
    const own = JSON.stringify(records[place]);
    take(kept());
    keep();
    if (JSON.stringify(records[place]) !== own) show();
  });
  addEventListener('beforeunload', (event) => {
    spend();
    const open = Object.values(records).some((record) => record.revision > saved);
    if (!keep() && open) event.preventDefault();
  });

  // ---- What there is of an item
  const empty = () => ({values: {}, comment: '', skipped: ''});
  const recordAt = (at) => records[at] || empty();
  const isDone = (at) => {
    const record = recordAt(at);
    return record.skipped !== '' || criteria.every((criterion) => criterion.name in record.values);
  };
  const isTouched = (record) => record.skipped !== '' || record.comment !== '' || Object.keys(record.values).length > 0;
  const change = (made, what) => {
    spend();
    const old = recordAt(place);
    const top = before[before.length - 1];
    if (!(what === 'comment' && top && top.place === place && top.what === 'comment')) {
      before.push({place, record: old, what});
    }
    revision += 1;
    records[place] = {...old, ...made, at: new Date().toISOString(), revision};
    keep();
  };
  const rate = (criterion, value) => {
    const values = {...recordAt(place).values};
    if (value === null) delete values[criterion.name]; else values[criterion.name] = value;
    change({values, skipped: ''}, criterion.name);
    answered = criterion;
    const skipped = main.querySelector('.skipped');
    if (skipped) skipped.remove();
    say('');
  };
  const undo = () => {
    const undone = before.pop();
    if (!undone) { say(words.nothing_to_undo); return; }
    spend();
    revision += 1;
    records[undone.place] = {...empty(), ...undone.record, at: new Date().toISOString(), revision};
    go(undone.place);
    say(words.undone);
  };

  // ---- Moving
  const go = (to) => {
    spend();
    place = Math.max(-1, Math.min(items.length, to));
    answered = null;
    say('');
    keep();
    show();
    scrollTo(0, 0);
    main.querySelector('h1').focus({preventScroll: true});
  };
  const show = () => main.replaceChildren(place < 0 ? opening() : place < items.length ? item() : ending());

  // ---- The opening, an item, the end
  const rubric = (criterion) => make('section', {class: 'rubric', lang: criterion.language},
    make('h2', {dir: 'auto'}, criterion.title),
    criterion.instructions ? make('p', {dir: 'auto'}, criterion.instructions) : null,
    criterion.points.some((point) => point.words)
      ? make('dl', {}, ...criterion.points.flatMap((point) =>
        [make('dt', {}, point.label), make('dd', {dir: 'auto'}, point.words)]))
      : null);
  const opening = () => make('div', {},
    make('h1', {tabindex: -1}, words.sheet),
    make('p', {dir: 'auto'}, fill(words.start, {name: `\u2068${sheet.annotator_id}\u2069`, all: items.length})),
    make('div', {class: 'buttons'},
      button(Object.keys(records).length ? words.go_on : words.begin, () => go(firstOpen()), false),
      button(words.open, () => find('file').click())),
    ...criteria.map(rubric),
    keyHelp(words, () => true));
  const firstOpen = () => {
    const found = items.findIndex((_, at) => !isDone(at));
    return found < 0 ? items.length : found;
  };

  const item = () => {
    const one = items[place];
    const record = recordAt(place);
    return make('div', {class: 'item'},
      make('section', {'aria-label': words.conversation},
        make('h1', {tabindex: -1}, fill(words.heading, {n: place + 1, all: items.length})),
        ...one.parts.map((each) => part(each, one.language))),
      make('section', {class: 'form', 'aria-label': words.asked},
        record.skipped ? make('p', {class: 'skipped'}, fill(words.skipped, {reason: words.reasons[record.skipped]})) : null,
        ...criteria.map((criterion, at) => question(words, criterion, at, record.values[criterion.name], rate)),
        make('label', {class: 'comment'}, make('span', {}, words.comment),
          comment(record.comment)),
        make('div', {class: 'buttons moves'},
          button(words.previous, () => go(place - 1)),
          make('button', {type: 'button', id: 'next', on: {click: () => go(place + 1)}}, words.next),
          button(words.undo, undo),
          button(words.skip, askWhy)),
        keyHelp(words, () => true)));
  };
  const comment = (given) => {
    const box = make('textarea', {id: 'comment', dir: 'auto', on: {input: (event) => change({comment: event.target.value}, 'comment')}});
    box.value = given;
    return box;
  };
  const ending = () => {
    const open = items.map((_, at) => at).filter((at) => !isDone(at));
    return make('div', {},
      make('h1', {tabindex: -1}, words.end),
      make('p', {}, fill(open.length ? words.done_some : words.done_all, {n: items.length - open.length, all: items.length})),
      open.length ? make('div', {class: 'buttons'}, ...open.map((at) =>
        button(fill(words.heading, {n: at + 1, all: items.length}), () => go(at)))) : null,
      make('p', {class: 'apart'}, words.give_back),
      make('div', {class: 'buttons'}, button(words.save, save, false), button(words.previous, () => go(items.length - 1)),
        button(words.open, () => find('file').click())));
  };

  // ---- Skipping
  const skipping = find('skipping');
  const askWhy = () => { if (place >= 0 && place < items.length) skipping.showModal(); };
  find('skip-not').addEventListener('click', () => skipping.close());
  find('skip-do').addEventListener('click', () => {
    skipping.close();
    change({values: {}, skipped: skipping.querySelector(':checked').value}, 'skip');
    go(place + 1);
  });

  // ---- Files
  const lines = () => items.map((one, at) => [one, at, records[at]])
    .filter(([, , record]) => record && isTouched(record))
    .map(([one, at, record]) => JSON.stringify({
      schema: sheet.schema, sheet: sheet.digest, place: at + 1, revision: record.revision, item_id: one.item_id,
      annotator_id: sheet.annotator_id, values: record.values, skipped: record.skipped, comment: record.comment,
      seconds: Math.round((spent[at] || 0) / 100) / 10, timestamp: record.at, again: one.again,
      scales: Object.fromEntries(criteria.map((criterion) => [criterion.name, criterion.scale])),
    }) + '\n').join('');
  const save = () => {
    spend();
    keep();
    const who = sheet.annotator_id.replace(/[^\p{L}\p{N}]+/gu, '-').slice(0, 40);
    const name = `ratings-${who}-${sheet.digest.slice(0, 8)}.jsonl`;
    const address = URL.createObjectURL(new Blob([lines()], {type: 'application/x-ndjson'}));
    make('a', {href: address, download: name}).click();
    setTimeout(() => URL.revokeObjectURL(address), 60000);
    saved = revision;
    keep();
    say(fill(words.saved, {file: name}));
  };
  const isRecord = (line) => line && typeof line === 'object' && line.schema === sheet.schema
    && Number.isInteger(line.revision) && typeof line.comment === 'string' && typeof line.seconds === 'number'
    && line.values !== null && typeof line.values === 'object' && typeof line.timestamp === 'string'
    && (line.skipped === '' || Object.hasOwn(words.reasons, line.skipped));
  const fitting = (values) => {
    const found = {};
    for (const criterion of criteria) {
      const value = values[criterion.name];
      const fits = criterion.points.length ? criterion.points.some((point) => point.value === value)
        : typeof value === 'number' && value >= criterion.low && value <= criterion.high;
      if (fits) found[criterion.name] = value;
    }
    return found;
  };
  const open = async (file) => {
    let found;
    try {
      found = (await file.text()).split('\n').filter((line) => line.trim()).map((line) => JSON.parse(line));
    } catch { found = [null]; }
    if (!found.length || !found.every(isRecord)) { say(words.wrong_file); return; }
    const own = (line) => line.sheet === sheet.digest && items[line.place - 1] && items[line.place - 1].item_id === line.item_id;
    if (!found.every(own)) { say(words.wrong_sheet); return; }
    take({
      records: Object.fromEntries(found.map((line) => [line.place - 1, {
        values: fitting(line.values), skipped: line.skipped, comment: line.comment, at: line.timestamp, revision: line.revision,
      }])),
      spent: Object.fromEntries(found.map((line) => [line.place - 1, 1000 * line.seconds])),
    });
    go(firstOpen());
    say(fill(words.opened, {n: found.length, file: file.name}));
  };
  find('save').addEventListener('click', save);
  find('file').addEventListener('change', (event) => {
    const [file] = event.target.files;
    event.target.value = '';
    if (file) open(file);
  });

  // ---- Keys
  const doKey = (event) => {
    const key = event.key.toLowerCase();
    if ((event.ctrlKey || event.metaKey) && !event.altKey && key === 's') { save(); return true; }
    const target = event.target;
    const writes = isWriting(target);
    if ((event.ctrlKey || event.metaKey) && !event.altKey && key === 'z' && !writes) { undo(); return true; }
    if (event.ctrlKey || event.metaKey || event.altKey || !singleKeys || writes && key !== 'enter') return false;
    if (skipping.open) return skippingKey(event, skipping);
    if (key === 'enter') {
      if (target.matches('textarea, button, summary, input[type=checkbox]')) return false;
      target.blur();
      if (target.getAttribute('aria-invalid') === 'true') return true;
      go(place < 0 ? firstOpen() : place + 1);
      return true;
    }
    if (key === 'p') { go(place - 1); return true; }
    if (key === 'u') { undo(); return true; }
    if (place < 0 || place >= items.length) return false;
    if (key === 's') { askWhy(); return true; }
    if (key === 'c') { find('comment').focus(); return true; }
    return choose(key, criteria, () => recordAt(place).values, answered, rate);
  };
  addEventListener('keydown', (event) => { if (!event.isComposing && doKey(event)) event.preventDefault(); });

  // ---- Begin where the person left off
  const left = kept();
  take(left);
  saved = left.saved || 0;
  if (Object.keys(records).length) place = Number.isInteger(left.place) ? Math.max(-1, Math.min(items.length, left.place)) : firstOpen();
  keep();
  show();
  spend();
})();
