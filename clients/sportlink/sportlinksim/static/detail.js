// The tabs of one member, to be read only: /member/member-details/{id}/{tab}. From one
// tab to another of the same member the page goes by itself [S].
'use strict';

const tabs = {
  general: ['member/persondata/MemberPersonData', 'member/persondata/MemberCommunication',
    'member/persondata/MemberAddresses', 'member/MemberParentalInfo'],
  functions: ['member/function/UnionMemberFunctions', 'member/function/MemberFunctions',
    'member/function/MemberCommittees'],
  other: ['member/remarks/MemberRemarks', 'member/remarks/MemberFreeFields'],
  memberships: ['member/MemberMemberships', 'member/team/MemberTeams'],
  financial: ['member/financial/MemberPaymentInvoiceAddress',
    'member/financial/MemberPaymentInvoiceInformation'],
};

async function memberDetail(id, tab) {
  const head = el('div', { id: 'memberHeader' });
  const content = el('div', { id: 'memberContent' });
  const address = (t) => '/member/member-details/' + encodeURIComponent(id) + '/' + t;
  const go = (t) => (e) => {
    e.preventDefault();
    history.pushState(null, '', address(t));
    return memberDetail(id, t);
  };
  const renamed = (t) => has('tab-renamed') && (t === 'other' || t === 'memberships');
  const called = (t) => renamed(t) ? 'extra-' + t : t;
  frame(head, el('div', {}, ...Object.keys(tabs).map((t) =>
    el('a', { href: address(called(t)), click: go(called(t)) }, t + ' '))), content);
  if (!tabs[tab] || renamed(tab)) {
    content.append(el('h1', {}, 'Pagina niet gevonden'));
    return;
  }
  if (has('tab-never-loads')) await wait(1e9);
  if (has('asks-for-another')) {
    for (const path of tabs[tab]) call('GET', path, { query: { PublicPersonId: 'ZZZZ99Z' } }).catch(() => {});
  }
  const get = async (path, into, make) => {
    const query = { PublicPersonId: id };
    if (path.includes('/function/')) query.ShowInactive = 'false';
    try {
      into.append(make(await call('GET', path, { query })));
    } catch (e) {
      into.append(el('p', { class: 'message-error' }, e.message));
    }
  };
  await Promise.all([
    get('member/MemberHeader', head, (h) => el('div', {},
      el('h1', {}, h.FullName), el('p', {}, h.PublicPersonId), el('p', {}, h.TypeOfMemberDescription || ''))),
    ...tab === 'memberships' ? tabs[tab].map((path) => membershipList(id, path, content)) : tabs[tab].map((path) => get(path, content, (data) =>
      el('section', {}, el('h2', {}, path.split('/').pop()), definition(data)))),
  ]);
}

// membershipList is one of the two lists of the tab memberships, each with a box of the same
// name. A call of that tab never ends.
function membershipList(id, path, content) {
  const teams = path.endsWith('MemberTeams');
  const table = el('table');
  const show = async (all) => {
    const data = await call('GET', path, { query: { PublicPersonId: id, ShowInactive: String(all) } });
    table.replaceChildren(...[].concat(data.Team || []).map((t) => el('tr', {}, el('td', {}, t.TeamName || ''))));
  };
  const box = el('input', {
    type: 'checkbox', name: has('box-renamed') ? 'inactive' : 'showInactive',
    change: (e) => { if (!has('not-sent')) show(e.target.checked).catch(() => {}); },
  });
  content.append(el('section', {}, teams || !has('one-box') ? el('label', {}, box, 'Toon inactieve') : null, table));
  if (!teams) call('GET', 'dashboard/LongPoll').catch(() => {});
  return show(false).catch(() => {});
}

function definition(data) {
  const list = el('dl');
  for (const [key, value] of Object.entries(data)) {
    list.append(el('dt', {}, key), el('dd', {}, value && typeof value === 'object' ? definition(value) : String(value ?? '')));
  }
  return list;
}
