(() => {
  const {fields, words} = JSON.parse(find('data').textContent);
  const main = find('main');
  const token = location.hash.replace(/^#\/?/, '');
  const language = document.documentElement.lang;

  // ---- The server
  const ask = async (path, body) => {
    const reply = await fetch(`/api/organise/${path}`, {
      method: body ? 'POST' : 'GET', body: body && JSON.stringify(body), cache: 'no-store', credentials: 'omit',
      redirect: 'error', headers: {authorization: `Bearer ${token}`, ...(body ? {'content-type': 'application/json'} : {})},
    });
    if (reply.status === 401) { refused(); return null; }
    const told = await reply.json();
    if (!reply.ok) { say(told.error); return null; }
    return told;
  };
  const refused = () => { find('tabs').replaceChildren(); main.replaceChildren(make('h1', {}, words.no_link)); };
  // What is shown belongs to the last thing that was asked for.
  let turn = 0;
  const doing = async (does) => {
    turn += 1;
    const mine = turn;
    try { await does(() => mine === turn); } catch { say(words.not_stored); }
  };

  // ---- Small parts
  const number = (value, digits = 2) => (value === null || value === undefined ? '–'
    : value.toLocaleString(language, {minimumFractionDigits: digits, maximumFractionDigits: digits}));
  const span = (one) => (one.value === null || one.value === undefined ? `– ${one.why || ''}`
    : one.low === null ? number(one.value) : `${number(one.value)} [${number(one.low)}, ${number(one.high)}]`);
  const table = (caption, heads, rows) => make('div', {class: 'wide', tabindex: 0, role: 'region', 'aria-label': caption},
    make('table', {}, make('caption', {class: 'hidden'}, caption),
      make('thead', {}, make('tr', {}, ...heads.map((head) => make('th', {scope: 'col'}, head)))),
      make('tbody', {}, ...rows.map((row) => make('tr', {}, ...row.map((cell, at) => (at === 0
        ? make('th', {scope: 'row'}, cell) : make('td', {}, cell))))))));
  const svg = (name, attributes, text) => {
    const element = document.createElementNS('http://www.w3.org/2000/svg', name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    if (text) element.textContent = text;
    return element;
  };
  const labelled = (text, field) => make('label', {class: 'field'}, make('span', {}, text), field);

  // ---- Progress and agreement
  const progress = (still) => ask('standing').then((told) => {
    if (!told || !still()) return;
    const bar = make('progress', {'aria-label': words.tabs.progress, max: told.wanted || 1, value: String(told.ratings)});
    main.replaceChildren(
      make('h1', {tabindex: -1}, words.tabs.progress), bar,
      make('p', {}, fill(words.so_far, {done: told.ratings, wanted: told.wanted, complete: told.complete, items: told.items})),
      told.forgotten ? make('p', {class: 'skipped'}, fill(words.forgotten, {n: told.forgotten})) : '',
      make('h2', {}, words.people), people(told),
      ...told.criteria.map(criterion),
      make('div', {class: 'buttons'}, button(words.refresh, () => show('progress'))));
  });
  const people = (told) => {
    const {columns} = words;
    const heads = [columns.who, columns.rated, columns.extra, columns.skipped, columns.seconds,
      ...told.criteria.flatMap((one) => [`${one.title}: ${columns.agrees}`, `${one.title}: ${columns.lenient}`])];
    const tests = told.people.some((one) => one.test);
    const state = (test) => !test ? '–' : words.test_states[test.passed === null ? 'open' : test.passed ? 'passed' : 'failed'];
    return table(words.people, tests ? [...heads, columns.test] : heads, told.people.map((one) => [
      one.who, String(one.rated), String(one.extra), String(one.skipped), number(one.seconds, 0),
      ...told.criteria.flatMap(({criterion: name}) => {
        const found = one.agrees[name];
        return found && found.reliability !== null
          ? [`${number(found.reliability)} [${number(found.reliability_low)}, ${number(found.reliability_high)}]`,
            found.leniency === null ? '–' : `${found.leniency > 0 ? '+' : ''}${number(found.leniency)}`]
          : ['–', '–'];
      }),
      ...(tests ? [state(one.test)] : []),
    ]));
  };
  const criterion = (one) => make('section', {class: 'criterion'},
    make('h2', {}, fill(words.agreement, {name: one.title})),
    make('p', {class: `means ${one.means.replace(' ', '-')}`}, words.means[one.means]),
    make('dl', {}, make('dt', {}, words.alpha_now), make('dd', {}, span(one.alpha)),
      make('dt', {}, words.alpha_any), make('dd', {}, span(one.any_time))),
    make('p', {class: 'note'}, [
      fill(words.n_twice, {n: one.any_time.n}), '. ', fill(words.enough, {enough: number(one.enough)}), ' ',
      one.gate.passed ? words.gate_open
        : one.gate.ratings_wanted ? fill(words.gate_wants, {n: one.gate.ratings_wanted}) : words.gate_shut].join('')),
    ...(one.looks.length > 1 ? [growth(one)] : []));
  const growth = (one) => {
    const [width, height, left, base] = [640, 220, 40, 190];
    const most = one.looks[one.looks.length - 1].n;
    const x = (n) => left + (n / most) * (width - left - 10);
    const y = (alpha) => base - Math.max(0, Math.min(1, alpha)) * (base - 10);
    const known = one.looks.filter(({alpha}) => alpha.value !== null);
    const drawn = svg('svg', {class: 'growth', viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': words.grew});
    for (const tick of [0, 0.5, 1]) {
      drawn.append(svg('line', {class: 'rule', x1: left, x2: width - 10, y1: y(tick), y2: y(tick)}),
        svg('text', {x: left - 6, y: y(tick) + 4, 'text-anchor': 'end'}, number(tick, 1)));
    }
    const upper = known.map(({n, alpha}) => `${x(n)},${y(alpha.high)}`);
    const lower = known.map(({n, alpha}) => `${x(n)},${y(alpha.low)}`).reverse();
    drawn.append(svg('polygon', {class: 'band', points: [...upper, ...lower].join(' ')}),
      svg('polyline', {class: 'line', points: known.map(({n, alpha}) => `${x(n)},${y(alpha.value)}`).join(' ')}),
      svg('line', {class: 'gate', x1: left, x2: width - 10, y1: y(one.enough), y2: y(one.enough)}),
      svg('text', {x: width - 10, y: height - 6, 'text-anchor': 'end'}, fill(words.n_twice, {n: most})));
    return make('figure', {}, make('figcaption', {class: 'note'}, `${words.grew}. ${words.alpha_any}. ${fill(words.enough, {enough: number(one.enough)})}`), drawn,
      make('details', {}, make('summary', {}, words.figures),
        table(words.grew, [fill(words.n_twice, {n: ''}).replace(/:\s*$/, ''), words.alpha_any],
          one.looks.map(({n, alpha}) => [String(n), span(alpha)]))));
  };

  // ---- Cases: one at a time, the open ones first
  let cases = [];
  let at = 0;
  const list = (kind) => async (still) => {
    const told = await ask(`cases/${kind}`);
    if (!told || !still()) return;
    cases = [...told.cases.filter((one) => !one.decided), ...told.cases.filter((one) => one.decided)];
    at = 0;
    if (!cases.length) {
      main.replaceChildren(make('h1', {tabindex: -1}, words.tabs[kind]), make('p', {}, words.empty));
      return;
    }
    await oneCase(kind, still);
  };
  const oneCase = async (kind, still) => {
    const one = cases[at];
    const told = await ask(`item?item_id=${encodeURIComponent(one.item_id)}`);
    if (!told || !still()) return;
    // A second look shows what the judge said: that it was seen is on disk before it is.
    if (kind === 'look' && !await ask('verdict', {item_id: one.item_id, criterion: one.criterion}) || !still()) return;
    const asked = told.criteria.find((found) => found.name === one.criterion);
    const move = (by) => () => { at += by; say(''); doing((now) => oneCase(kind, now)); };
    const back = button(words.previous, move(-1));
    const on = button(words.next, move(1));
    back.disabled = at === 0;
    on.disabled = at + 1 === cases.length;
    main.replaceChildren(
      make('div', {class: 'line'},
        make('h1', {tabindex: -1}, `${words.tabs[kind]}: ${fill(words.case_of, {n: at + 1, all: cases.length})}`),
        make('p', {class: 'note'}, fill(words.open, {n: cases.filter((found) => !found.decided).length}))),
      make('div', {class: 'item'},
        make('section', {}, ...told.parts.map((text) => part(text, told.language))),
        make('section', {class: 'form', 'aria-label': words.decide},
          ...(one.opinions ? [make('h2', {dir: 'auto'}, asked ? asked.title : one.criterion), said(one)] : []),
          ...(kind === 'adjudication' ? [model(one), verdict(one)] : []),
          ...(kind === 'look' ? [make('p', {}, fill(words.judge_said, one), make('br'), fill(words.together, one))] : []),
          one.decided ? decision(kind, one) : form(kind, one, asked),
          make('div', {class: 'buttons moves'}, back, on))));
    scrollTo(0, 0);
    main.querySelector('h1').focus({preventScroll: true});
  };
  const said = (one) => table(words.said, [words.columns_said.who, words.columns_said.value, words.columns_said.why],
    one.opinions.map(({who, value, comment}) => [who, value, comment || '–']));
  const model = (one) => make('section', {}, make('h3', {}, words.model), make('p', {}, fill(words.view, one)),
    make('div', {class: 'belief'}, ...Object.entries(one.model).flatMap(([value, share]) => [
      make('span', {}, value),
      make('meter', {min: 0, max: 1, value: String(share), 'aria-label': value}),
      make('span', {class: 'note'}, share.toLocaleString(language, {style: 'percent', maximumFractionDigits: 0}))])));
  const verdict = (one) => {
    const box = make('section', {}, make('p', {class: 'note'}, words.show_note));
    box.prepend(button(words.show_judge, () => doing(async () => {
      const told = await ask('verdict', {item_id: one.item_id, criterion: one.criterion});
      if (!told) return;
      const rows = Object.entries(told.verdicts);
      box.replaceChildren(...(rows.length ? rows.map(([judge, score]) => make('p', {}, fill(words.judge_said, {judge, score})))
        : [make('p', {}, words.no_judge)]));
    })));
    return box;
  };
  const what = (kind, one) => {
    if (one.action === 'fix' && one.value) return one.value.replace('=', ': ');
    return words.choices[kind][one.action] || one.action;
  };
  const decision = (kind, one) => make('div', {class: 'decided'},
    make('p', {}, fill(words.decided, {what: what(kind, one.decided), reason: one.decided.reason, by: one.decided.by})),
    one.decided.saw ? make('p', {class: 'note'}, words.saw) : '',
    button(words.undo, () => undo(one.decided.id, () => { one.decided = null; doing((now) => oneCase(kind, now)); })));
  const undo = (id, then) => doing(async () => {
    if (await ask('undo', {id})) { then(); say(words.undone); }
  });
  const choice = (value, text) => make('label', {class: 'point'}, make('input', {type: 'radio', name: 'choice', value}), make('span', {}, text));
  const form = (kind, one, asked) => {
    const reason = make('textarea', {id: 'reason', maxlength: 10000, required: true});
    const field = make('select', {}, ...fields.map((name) => make('option', {}, name)));
    const value = make('textarea', {id: 'value', dir: 'auto'});
    const open = asked && !asked.points.length
      ? make('input', {type: 'number', step: 'any', min: asked.low, max: asked.high, id: 'number'}) : null;
    const points = asked ? make('fieldset', {class: 'points'}, make('legend', {}, words.should_be),
      ...(open ? [open] : asked.points.map((point) => make('label', {class: 'point'},
        make('input', {type: 'radio', name: kind === 'look' ? 'value' : 'choice', value: `=${point.value}`}), make('b', {dir: 'auto'}, point.label),
        point.words ? make('span', {dir: 'auto'}, point.words) : '')))) : null;
    const choices = Object.entries(words.choices[kind]).map(([action, text]) => choice(action, text));
    const prompt = make('span', {}, words.reason);
    const fix = make('div', {hidden: true}, labelled(words.field, field), labelled(words.new_value, value));
    const whole = make('form', {novalidate: true},
      ...(kind === 'adjudication' ? [points] : []),
      make('fieldset', {}, make('legend', {class: kind === 'adjudication' ? 'hidden' : ''}, words.decide), ...choices),
      ...(kind === 'look' ? [points] : []), ...(kind === 'validation' ? [fix] : []),
      make('label', {class: 'field'}, prompt, reason),
      make('button', {type: 'submit'}, words.save));
    if (kind === 'look') points.hidden = true;
    const chosen = () => { const found = whole.querySelector('[name=choice]:checked'); return found ? found.value : ''; };
    whole.addEventListener('change', () => {
      prompt.textContent = chosen() === 'ask' ? words.question : words.reason;
      if (kind === 'look') points.hidden = chosen() !== 'fix';
      fix.hidden = chosen() !== 'fix';
    });
    whole.addEventListener('submit', (event) => {
      event.preventDefault();
      const given = whole.querySelector(kind === 'look' ? '[name=value]:checked' : '[name=choice]:checked');
      const typed = open && open.value !== '' ? Number(open.value) : null;
      let action = chosen();
      let fixed = '';
      if (kind === 'validation') fixed = `${field.value}=${value.value}`;
      else if (action === 'fix' || action.startsWith('=') || typed !== null && !action) {
        action = 'fix';
        fixed = typed !== null ? typed : given && given.value.startsWith('=') ? given.value.slice(1) : '';
      }
      if (!action || action === 'fix' && fixed === '') { say(words.needs_choice); return; }
      if (!reason.value.trim()) { say(words.needs_reason); reason.focus(); return; }
      const body = {kind, item_id: one.item_id, criterion: one.criterion, action, reason: reason.value, judge: one.judge || '',
        value: action === 'fix' ? fixed : ''};
      doing(async (now) => {
        const told = await ask('decide', body);
        if (!told) return;
        const list = await ask('decided');
        one.decided = list.decided.find(({id}) => id === told.id) || null;
        if (at + 1 < cases.length) at += 1;
        await oneCase(kind, now);
        say(words.saved);
      });
    });
    return whole;
  };

  // ---- Questions about the guideline, and what was decided
  const questions = async (still) => {
    const told = await ask('decided');
    if (!told || !still()) return;
    const there = told.decided.filter(({action}) => action === 'ask');
    main.replaceChildren(make('h1', {tabindex: -1}, words.tabs.questions),
      ...(there.length ? there.map(question_) : [make('p', {}, words.empty)]));
  };
  const question_ = (one) => {
    const text = make('textarea', {maxlength: 10000, dir: 'auto'});
    text.value = one.answer || '';
    return make('section', {class: 'criterion'},
      make('h2', {dir: 'auto'}, one.reason), make('p', {class: 'note'}, `${one.item_id} · ${one.criterion} · ${one.by}`),
      labelled(words.answer, text),
      make('div', {class: 'buttons'},
        make('button', {type: 'button', on: {click: () => doing(async () => {
          if (!text.value.trim()) { say(words.needs_reason); text.focus(); return; }
          if (await ask('answer', {id: one.id, answer: text.value})) say(fill(words.answered, {answer: text.value}));
        })}}, words.save_answer),
        button(words.undo, () => undo(one.id, () => show('questions')))));
  };
  const decisions = async (still) => {
    const told = await ask('decided');
    if (!told || !still()) return;
    const heads = words.columns_decided;
    main.replaceChildren(make('h1', {tabindex: -1}, words.tabs.decisions), told.decided.length
      ? table(words.tabs.decisions, [heads.item, heads.kind, heads.what, heads.reason, heads.by, heads.when, heads.undo],
        told.decided.map((one) => [one.item_id, words.tabs[one.kind], what(one.kind, one), one.reason, one.by,
          new Date(one.at).toLocaleString(language), button(words.undo, () => undo(one.id, () => show('decisions')))]))
      : make('p', {}, words.empty));
  };

  // ---- Which of them
  const views = {
    progress, adjudication: list('adjudication'), look: list('look'), validation: list('validation'), questions, decisions,
  };
  const show = (name) => {
    find('tabs').replaceChildren(...Object.keys(views).map((one) => {
      const tab = button(words.tabs[one], () => { say(''); show(one); });
      if (one === name) tab.setAttribute('aria-current', 'page');
      tab.id = `tab-${one}`;
      return tab;
    }));
    main.replaceChildren(make('h1', {tabindex: -1}, words.tabs[name]), make('p', {class: 'note'}, words.waiting));
    doing(async (still) => {
      await views[name](still);
      const head = main.querySelector('h1');
      if (head && still()) head.focus({preventScroll: true});
    });
  };
  addEventListener('hashchange', () => location.reload());  // somebody else's link
  if (token) show('progress'); else refused();
})();
