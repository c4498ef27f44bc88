// The page of all members: /member/search.
'use strict';

function memberSearch() {
  if (has('no-rights')) {
    frame(el('h1', {}, 'Leden zoeken'), el('p', { class: 'message-error' }, 'U heeft geen rechten voor dit onderdeel.'));
    return;
  }
  const status = { ACTIVE: true, ELIGABLE_FOR_REMOVE: true, INACTIVE: false };
  if (has('chips-inverted')) Object.assign(status, { ELIGABLE_FOR_REMOVE: false, INACTIVE: true });
  const types = { KERNELMEMBER: true, CLUBMEMBER: true, CLUBRELATION: true };
  let unionTeams = false;

  const value = el('input', { name: 'SEARCHVALUE', type: 'text', autocomplete: 'off' });
  const more = el('button', {
    id: has('renamed-more') ? 'btnShowFilters' : 'btnShowMore', type: 'button',
    disabled: true, 'data-test-disabled': 'true', click: toggle,
  }, 'Meer tonen');
  const button = el('button', {
    id: has('renamed-search') ? 'btnSearchMembers' : 'btnSearch', type: 'button', click: search,
  }, 'Zoeken');
  const extended = el('div', { id: 'searchExtended', 'aria-expanded': 'false' });
  const results = el('div', { id: 'searchResults' });
  frame(el('h1', {}, 'Leden zoeken'), value, button, more, extended, results);

  if (!has('more-disabled')) {
    setTimeout(() => {
      more.disabled = false;
      more.setAttribute('data-test-disabled', 'false');
    }, config.moreDelay);
  }
  if (has('long-poll')) call('GET', 'dashboard/LongPoll').catch(() => {});

  function chip(prefix, name, set, caption) {
    const e = el('button', {
      id: prefix + name, type: 'button', 'aria-pressed': String(set[name]),
      click: () => {
        set[name] = !set[name];
        e.setAttribute('aria-pressed', String(set[name]));
      },
    }, caption);
    return e;
  }

  async function toggle() {
    if (extended.firstChild) {
      extended.replaceChildren();
      extended.setAttribute('aria-expanded', 'false');
      return;
    }
    if (has('slow-extended')) await wait(2000);
    const box = el('input', {
      type: 'checkbox', id: has('renamed-union') ? 'scUnionTeams_input' : 'scFetchUnionTeams_input',
      change: (e) => { unionTeams = e.target.checked; },
    });
    box.checked = unionTeams;
    extended.replaceChildren(
      el('label', {}, box, 'Bondsteams ophalen'),
      el('div', {},
        chip('chipStatus', 'ACTIVE', status, 'Actief'),
        chip('chipStatus', 'ELIGABLE_FOR_REMOVE', status, 'Af te voeren'),
        chip('chipStatus', 'INACTIVE', status, 'Inactief')),
      el('div', {},
        chip('chipTypeOfMember', 'KERNELMEMBER', types, 'Bondslid'),
        chip('chipTypeOfMember', 'CLUBMEMBER', types, 'Verenigingslid'),
        chip('chipTypeOfMember', 'CLUBRELATION', types, 'Verenigingsrelatie')));
    extended.setAttribute('aria-expanded', 'true');
  }

  function filters(text) {
    const options = (set) => Object.entries(set).map(([Id, IsSelected]) => ({ Id, IsSelected }));
    return {
      Filters: {
        FetchUnionTeams: unionTeams,
        InputExtended: {
          TypeOfMember: { Type: 'MULTISELECT', Options: options(types) },
          MemberStatus: { Type: 'MULTISELECT', Options: options(status) },
        },
        InputSimple: {
          SearchValue: {
            Type: 'INPUT', Options: [{ Name: 'SEARCHVALUE', Type: 'TEXT', Value: text }],
          },
        },
      },
    };
  }

  const send = (text) => call('POST', 'member/search/SearchMembers', { body: filters(text) });

  async function search() {
    button.disabled = true;
    results.replaceChildren(el('p', { class: 'loading' }, 'Bezig met zoeken'));
    try {
      if (has('not-sent')) await wait(1e9);
      if (has('sent-late')) await wait(3000);
      if (has('decoy-first')) await call('POST', 'member/search/SearchMembersSavedFilters', { body: {} });
      if (has('sent-twice')) await send('a');
      show((await send(value.value)).Members);
    } catch (e) {
      results.replaceChildren(el('p', { class: 'message-error' }, e.message));
    }
    button.disabled = false;
  }

  // show lists the first hundred; the site, too, shows more only on scrolling.
  function show(members) {
    if (!Array.isArray(members) || members.length === 0) {
      results.replaceChildren(el('p', {}, 'Geen resultaten'));
      return;
    }
    const head = ['Naam', 'Relatiecode', 'Geboortedatum', 'Teams'];
    const row = (m) => el('tr', {},
      el('td', {}, el('a', { href: '/member/member-details/' + encodeURIComponent(m.PublicPersonId) + '/general' },
        [m.FirstName, m.Infix, m.LastName].filter(Boolean).join(' '))),
      el('td', {}, m.PublicPersonId || ''), el('td', {}, m.DateOfBirth || ''),
      el('td', {}, m.UnionTeams || m.ClubTeams || ''));
    results.replaceChildren(el('table', {},
      el('thead', {}, el('tr', {}, ...head.map((h) => el('th', {}, h)))),
      el('tbody', {}, ...members.slice(0, 100).map(row))));
  }
}
