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
  if (detail && tabs[detail[2]]) return memberDetail(decodeURIComponent(detail[1]), detail[2]);
  frame(el('h1', {}, 'Pagina niet gevonden'));
})();
