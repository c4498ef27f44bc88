// The page of discipline cases: /competition-affairs/discipline-cases. The first tab is that
// of the teams; a request of the site's statistics has the word in its address, too.
'use strict';

function disciplineCases() {
  const content = el('div', { id: 'disciplineContent' });
  const caption = has('tab-renamed') ? 'Persoonlijke dossiers' : 'Individuele tuchtzaken';
  const tab = (name, text, which) => {
    const look = has('tab-as-button') ? {} : has('tab-as-data') ? { 'data-tab': name } : { role: 'tab', 'aria-selected': 'false' };
    const shown = has('tab-as-data') ? text.split(' ')[0] : text;
    return el(has('tab-as-data') ? 'div' : 'button', { ...look, click: (e) => which(e.target) }, shown);
  };
  const choose = (tab) => {
    for (const other of tabs.children) if (other.hasAttribute('aria-selected')) other.setAttribute('aria-selected', String(other === tab));
  };
  const show = async (path, query) => {
    content.replaceChildren(el('p', { class: 'loading' }, 'Bezig met laden'));
    try {
      const data = await call('GET', path, { query });
      const list = Array.isArray(data) ? data : Object.values(data).find(Array.isArray) || [];
      content.replaceChildren(el('table', {}, ...list.map((c) => el('tr', {}, el('td', {}, c.DossierId || ''), el('td', {}, c.MatchDescription || '')))));
    } catch (e) {
      content.replaceChildren(el('p', { class: 'message-error' }, e.message));
    }
  };
  const teams = async (tab) => { choose(tab); await show('competition/discipline/DisciplineClubCasesTeam'); };
  const individual = async (tab) => {
    if (!has('tab-stays')) choose(tab);
    if (has('not-sent')) return;
    if (has('sent-late')) await wait(3000);
    call('GET', 'statistics/discipline').catch(() => {});
    const path = 'competition/discipline/DisciplineClubCasesPlayer';
    if (has('sent-twice')) await show(path);
    await show(path, has('asks-for-a-season') ? { Season: '2025-2026' } : undefined);
  };
  const tabs = el('div', {});
  frame(el('h1', {}, 'Tuchtzaken'), tabs, content);
  if (has('tab-never-loads')) return;
  tabs.append(tab('team', 'Teamtuchtzaken', teams), tab('individual', caption, individual));
  return teams(tabs.firstChild);
}
