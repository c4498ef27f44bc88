// The tabs of one member, to be read only: /member/member-details/{id}/{tab}.
'use strict';

const tabs = {
  general: ['member/persondata/MemberPersonData', 'member/persondata/MemberCommunication',
    'member/persondata/MemberAddresses', 'member/MemberParentalInfo'],
  functions: ['member/function/UnionMemberFunctions', 'member/function/MemberFunctions',
    'member/function/MemberCommittees'],
  other: ['member/remarks/MemberRemarks', 'member/remarks/MemberFreeFields'],
  financial: ['member/financial/MemberPaymentInvoiceAddress',
    'member/financial/MemberPaymentInvoiceInformation'],
};

async function memberDetail(id, tab) {
  const head = el('div', { id: 'memberHeader' });
  const content = el('div', { id: 'memberContent' });
  frame(head, el('div', {}, ...Object.keys(tabs).map((t) =>
    el('a', { href: '/member/member-details/' + encodeURIComponent(id) + '/' + t }, t + ' '))), content);
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
    ...tabs[tab].map((path) => get(path, content, (data) =>
      el('section', {}, el('h2', {}, path.split('/').pop()), definition(data)))),
  ]);
}

function definition(data) {
  const list = el('dl');
  for (const [key, value] of Object.entries(data)) {
    list.append(el('dt', {}, key), el('dd', {}, value && typeof value === 'object' ? definition(value) : String(value ?? '')));
  }
  return list;
}
