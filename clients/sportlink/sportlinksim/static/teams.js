// The two lists of teams, and who is in one of them, to be read only.
'use strict';

const teamLists = { 'union-teams': 'team/UnionTeams', 'club-teams': 'team/ClubTeams' };

async function teamList(list) {
  const table = el('table', { id: 'teams' });
  frame(el('h1', {}, 'Teams'), table);
  if (has('tab-never-loads')) await wait(1e9);
  if (list === 'union-teams') call('GET', 'team/UnionTeamPlayersStatistics').catch(() => {});
  const { Team } = await call('GET', teamLists[list]);
  table.append(...Team.map((t) => el('tr', {}, el('td', {},
    el('a', { href: '/teams/team-details/' + encodeURIComponent(t.PublicTeamId) + '/members' }, t.TeamName)))));
}

async function teamDetail(id, tab) {
  const content = el('div', { id: 'teamContent' });
  frame(content);
  if (tab !== 'members' || has('tab-renamed')) {
    content.append(el('h1', {}, 'Pagina niet gevonden'));
    return;
  }
  if (has('tab-never-loads')) await wait(1e9);
  const query = { PublicTeamId: id };
  const kind = (await call('GET', 'team/TeamHeader', { query })).IsClubTeam ? 'Club' : 'Union';
  const get = async (name, of) => {
    const { Person } = await call('GET', 'team/teamperson/' + kind + name, { query: of });
    content.append(el('table', {}, ...Person.map((m) =>
      el('tr', {}, el('td', {}, m.PublicPersonId || ''), el('td', {}, m.RoleFunctionDescription || m.FunctionDescription || '')))));
  };
  if (has('asks-for-another')) get('TeamPlayers', { PublicTeamId: 'T0000000000' }).catch(() => {});
  await Promise.allSettled([get('TeamPlayers', query), get('TeamNonPlayers', query)]);
}
