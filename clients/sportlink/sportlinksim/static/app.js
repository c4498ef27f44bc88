// What all pages share: signing in, calls with the bearer, small DOM helpers.
// Everything from a record goes into the page as text, never as HTML.
'use strict';

const config = JSON.parse(document.body.dataset.config);
const P = '/navajo/entity/common/clubweb/';
const realm = config.issuer + '/protocol/openid-connect';
const has = (fault) => config.faults.includes(fault);
// The site's time, not the browser's: the simulator has a clock of its own.
const ahead = config.now - Date.now();
const now = () => Date.now() + ahead;
const wait = (ms) => new Promise((done) => setTimeout(done, ms));

// Tokens live in memory, or in session storage where the settings say so.
let inMemory = null;
const tokens = {
  get() {
    if (config.storage !== 'session') return inMemory;
    return JSON.parse(sessionStorage.getItem('tokens') || 'null');
  },
  set(value) {
    inMemory = value;
    if (config.storage === 'session') sessionStorage.setItem('tokens', JSON.stringify(value));
  },
  clear() {
    inMemory = null;
    sessionStorage.removeItem('tokens');
  },
};

function base64url(bytes) {
  return btoa(String.fromCharCode(...bytes)).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
}

function chance() {
  return base64url(crypto.getRandomValues(new Uint8Array(32)));
}

const redirectURI = location.origin + '/dashboard';

// signIn leaves for the identity provider and remembers where we were. A page leaves once,
// whatever calls want it to: of two that leave at once, each forgets the other's state.
let leaving = null;
const signIn = () => leaving ||= leave();

async function leave() {
  tokens.clear();
  const pending = {
    state: chance(), verifier: chance(), faults: config.faults,
    wanted: location.pathname + location.search,
  };
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(pending.verifier));
  sessionStorage.setItem('pending', JSON.stringify(pending));
  const q = new URLSearchParams({
    client_id: config.clientId, redirect_uri: redirectURI, response_type: 'code',
    scope: 'openid', state: pending.state, nonce: chance(),
    code_challenge: base64url(new Uint8Array(digest)), code_challenge_method: 'S256',
  });
  location.replace(realm + '/auth?' + q);
  return new Promise(() => {}); // the page is going away
}

async function tokenCall(fields) {
  const answer = await fetch(realm + '/token', {
    method: 'POST', body: new URLSearchParams({ client_id: config.clientId, ...fields }),
  });
  if (!answer.ok) throw new Error('token');
  const idm = await answer.json();
  const link = await fetch(P + 'user/LinkToPerson', {
    method: 'PUT',
    headers: {
      'Authorization': 'Bearer ' + idm.access_token,
      'Content-Type': 'text/plain;charset=UTF-8',
      'X-Navajo-Entity': 'user/LinkToPerson', 'X-Navajo-Instance': 'KNVB', 'X-Navajo-Locale': 'nl',
    },
    body: JSON.stringify({ ClubId: config.clubId, UnionId: 'KNVB' }),
  });
  if (!link.ok) throw new Error('link');
  const { TokenObject } = await link.json();
  tokens.set({
    bearer: TokenObject.accessToken, refresh: idm.refresh_token,
    until: now() + idm.expires_in * 1000,
  });
}

// comeBack ends a sign-in: the address has the code.
async function comeBack(q) {
  const pending = JSON.parse(sessionStorage.getItem('pending') || 'null');
  sessionStorage.removeItem('pending');
  if (!pending || pending.state !== q.get('state')) {
    history.replaceState(null, '', '/dashboard');
    return signIn();
  }
  const wanted = pending.wanted === '/' ? '/dashboard' : pending.wanted;
  try {
    await tokenCall({
      grant_type: 'authorization_code', code: q.get('code'),
      redirect_uri: redirectURI, code_verifier: pending.verifier,
    });
  } catch {
    history.replaceState(null, '', wanted);
    return signIn();
  }
  config.faults = config.faults.concat(pending.faults);
  history.replaceState(null, '', wanted);
}

// renew renews the token, once for all calls that want it at the same time: a refresh
// token that was used is none any more.
let renewing = null;
function renew(refresh) {
  return renewing ||= tokenCall({ grant_type: 'refresh_token', refresh_token: refresh }).finally(() => { renewing = null; });
}

async function bearer() {
  let t = tokens.get();
  if (!t) return signIn();
  if (t.until - now() < 5000) {
    try {
      await renew(t.refresh);
    } catch {
      return signIn();
    }
    t = tokens.get();
  }
  return t.bearer;
}

async function sessionLost() {
  if (!has('session-modal')) return signIn();
  document.getElementById('app').append(
    el('div', { id: 'sessionModal', role: 'dialog' }, 'Uw sessie is verlopen. Log opnieuw in.'));
  return new Promise(() => {});
}

// call makes one internal call. A 401 leads to signing in again; any other
// failure throws the site's message.
async function call(method, path, { query, body } = {}) {
  const headers = {
    'Authorization': 'Bearer ' + await bearer(),
    'Content-Type': 'text/plain;charset=UTF-8',
    'X-Navajo-Entity': path, 'X-Navajo-Instance': 'KNVB', 'X-Navajo-Locale': 'nl',
  };
  const q = query ? '?' + new URLSearchParams(query) : '';
  const answer = await fetch(P + path + q, { method, headers, body: body && JSON.stringify(body) });
  if (answer.status === 401) return sessionLost();
  const data = await answer.json();
  if (!answer.ok || data.Error) throw new Error(data.Message || 'Onbekende fout');
  return data;
}

// el makes an element; children are elements or text.
function el(name, attributes = {}, ...children) {
  const e = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === 'function') e.addEventListener(key, value);
    else if (value !== false && value != null) e.setAttribute(key, value === true ? '' : value);
  }
  e.append(...children.filter((c) => c != null));
  return e;
}

function frame(...content) {
  const main = el('main', {}, ...content);
  const links = [
    el('a', { href: '/dashboard' }, 'Dashboard'),
    el('a', { href: '/member/search' }, 'Leden'),
  ];
  const bare = location.pathname === '/dashboard';
  const shown = (mark) => !bare || !has('no-dashboard') && config.dashboard.includes(mark);
  const nav = el('nav', shown('nav') ? { role: 'navigation' } : {},
    ...(shown('link') ? links : links.slice(0, 1)));
  document.getElementById('app').replaceChildren(el('header', {}, 'Sportlink Club'), nav, main);
  if (has('notice-of-maintenance')) main.prepend(el('div', { class: 'notice' }, 'Zaterdag is er onderhoud.'));
  if (has('foreign-host')) main.append(el('img', { src: 'http://pictures.example.org/logo.png', alt: '' }));
  if (has('overlay')) document.body.append(el('div', { id: 'overlay' }));
  return main;
}

async function dashboard() {
  const shown = (mark) => !has('no-dashboard') && config.dashboard.includes(mark);
  frame(
    el('div', shown('testid') ? { 'data-testid': 'dashboard' } : {},
      shown('tasks') ? el('div', { id: 'panelHeaderTasks' }, 'Taken') : null,
      shown('panel') ? el('div', { id: 'panelHeaderNews' }, 'Nieuws') : null));
  await Promise.allSettled(['Tasks', 'News', 'Birthdays'].map((w) => call('GET', 'dashboard/' + w)));
}
