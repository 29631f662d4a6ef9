// What the sheet and the room share. Every text is set as text: nothing of the data is ever read as markup.
const find = (id) => document.getElementById(id);
const make = (name, attributes = {}, ...children) => {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === 'on') for (const [event, does] of Object.entries(value)) element.addEventListener(event, does);
    else if (value === true) element.setAttribute(key, '');
    else if (value !== false && value !== '') element.setAttribute(key, value);
  }
  element.append(...children.filter((one) => one !== null));
  return element;
};
const button = (text, does, quiet = true) =>
  make('button', {type: 'button', class: quiet ? 'quiet' : '', on: {click: does}}, text);
const fill = (text, values) => text.replace(/\{(\w+)\}/g, (whole, name) => name in values ? values[name] : whole);
const say = (text) => { find('said').textContent = text; };

// Time: from one sign of life to the next, of a gap at most the pause; a page that is not looked at counts not.
// `add` is given the milliseconds.
const watch = (pause, add) => {
  let last = null;
  const spend = () => {
    const now = performance.now();
    if (last !== null) add(Math.max(0, Math.min(now - last, 1000 * pause)));
    last = now;
  };
  const away = () => { spend(); last = null; };
  for (const event of ['keydown', 'pointerdown', 'pointermove', 'wheel', 'touchmove', 'scroll', 'focus']) {
    addEventListener(event, () => { if (!document.hidden) spend(); }, {passive: true, capture: true});
  }
  addEventListener('blur', (event) => { if (event.target === window) away(); });
  document.addEventListener('visibilitychange', () => { if (document.hidden) away(); else spend(); });
  return spend;
};

// An item's texts, and the questions about it.
const part = (one, language) => {
  const text = make('div', {class: 'text', dir: 'auto', lang: language}, one.text);
  return one.kind === 'aside'
    ? make('details', {class: 'part aside', open: true}, make('summary', {}, one.title), text)
    : make('section', {class: `part ${one.kind}`}, make('h2', {}, one.title), text);
};
const question = (words, criterion, at, given, rate) => {
  const page = document.documentElement.lang;
  const steps = criterion.steps.length
    ? make('details', {}, make('summary', {lang: page}, words.look_at),
      make('ul', {}, ...criterion.steps.map((step) => make('li', {dir: 'auto'}, step))))
    : null;
  const hint = criterion.best ? make('p', {class: 'note', lang: page}, fill(words.best, criterion)) : null;
  const points = criterion.points.length
    ? criterion.points.map((point) => make('label', {class: 'point'},
      make('input', {
        type: 'radio', name: `criterion-${at}`, value: String(point.value), checked: given === point.value,
        on: {change: () => rate(criterion, point.value)},
      }),
      make('b', {dir: 'auto'}, point.label),
      point.words ? make('span', {dir: 'auto'}, point.words) : null,
      point.key && point.key !== point.label ? make('kbd', {'aria-hidden': 'true'}, point.key) : null))
    : [number(words, criterion, at, given, rate)];
  return make('fieldset', {lang: criterion.language, 'data-criterion': at},
    make('legend', {dir: 'auto'}, criterion.title),
    criterion.instructions ? make('p', {dir: 'auto'}, criterion.instructions) : null, steps, hint, ...points);
};
const number = (words, criterion, at, given, rate) => make('label', {},
  make('span', {class: 'note', lang: document.documentElement.lang}, fill(words.between, criterion)),
  make('input', {
    type: 'number', step: 'any', min: criterion.low, max: criterion.high, value: given === undefined ? '' : given,
    name: `criterion-${at}`,
    on: {change: (event) => {
      const value = event.target.value.trim() === '' ? null : Number(event.target.value);
      const fits = value === null || (value >= criterion.low && value <= criterion.high);
      event.target.setAttribute('aria-invalid', String(!fits));
      rate(criterion, fits ? value : null);
      if (!fits) say(fill(words.off_scale, criterion));
    }},
  }));

// A digit answers the question that has the focus, or the first that is open, and moves on to the next.
const choose = (key, criteria, values, answered, rate) => {
  const focused = document.activeElement && document.activeElement.closest('[data-criterion]');
  const criterion = focused ? criteria[Number(focused.dataset.criterion)]
    : criteria.find((one) => !(one.name in values())) || answered || criteria[0];
  const point = criterion.points.findIndex((one) => one.key === key);
  if (point < 0) return false;
  const fields = (at) => document.querySelectorAll(`[data-criterion="${at}"] input`);
  fields(criteria.indexOf(criterion))[point].checked = true;
  rate(criterion, criterion.points[point].value);
  const missing = criteria.findIndex((one) => !(one.name in values()));
  (missing < 0 ? find('next') : fields(missing)[0]).focus();
  return true;
};

// Keys that do something alone: not in a text, and only as long as the person wants them.
let singleKeys = true;
const keyHelp = (words, has) => make('details', {},
  make('summary', {}, words.keys),
  make('dl', {}, ...words.key_list.filter(([key]) => has(key)).flatMap(([key, does]) =>
    [make('dt', {}, make('kbd', {}, key)), make('dd', {}, does)])),
  make('label', {}, make('input', {
    type: 'checkbox', checked: singleKeys, on: {change: (event) => { singleKeys = event.target.checked; }},
  }), ` ${words.keys_on}`));
const isWriting = (target) => target.matches('textarea, input[type=number]');
const skippingKey = (event, dialog) => {
  const reason = dialog.querySelectorAll('input')[Number(event.key) - 1];
  if (/^[1-9]$/.test(event.key) && reason) { reason.checked = true; reason.focus(); return true; }
  if (event.key === 'Enter' && !event.target.matches('button')) { find('skip-do').click(); return true; }
  return false;
};
