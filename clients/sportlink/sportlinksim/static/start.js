// Looks at the address and shows the page of it.
'use strict';

(async () => {
  const q = new URLSearchParams(location.search);
  if (location.pathname === '/dashboard' && q.has('code')) await comeBack(q);
  else if (!tokens.get()) return signIn();
  if (config.renderDelay) await wait(config.renderDelay);
  const detail = location.pathname.match(/^\/member\/member-details\/([^/]+)\/(\w+)$/);
  if (location.pathname === '/' || location.pathname === '/dashboard') {
    history.replaceState(null, '', '/dashboard');
    return dashboard();
  }
  if (location.pathname === '/member/search') return memberSearch();
  const teams = location.pathname.match(/^\/teams\/(union-teams|club-teams)$/);
  if (teams) return teamList(teams[1]);
  const team = location.pathname.match(/^\/teams\/team-details\/([^/]+)\/(\w+)$/);
  if (team) return teamDetail(decodeURIComponent(team[1]), team[2]);
  if (location.pathname === '/competition-affairs/discipline-cases') return disciplineCases();
  if (detail && tabs[detail[2]]) return memberDetail(decodeURIComponent(detail[1]), detail[2]);
  frame(el('h1', {}, 'Pagina niet gevonden'));
})();
