// Makes calls with a client of WordPress's REST API, as it comes from npm, and writes
// what it got as one line of JSON. The address and the credentials come in the
// environment.
'use strict';

const WPAPI = require('wpapi');

const open = (password) => {
  const wp = new WPAPI({ endpoint: process.env.WORDPRESS_BASE + '/wp-json' });
  // A post type of a theme is registered as the client's manual says.
  wp.people = wp.registerRoute('wp/v2', '/people/(?P<id>)', {
    params: ['context', 'orderby', 'order', 'status', 'per_page', 'page', 'search'],
  });
  return password ? wp.auth({ username: process.env.WORDPRESS_USER, password }) : wp;
};

const refused = async (call) => {
  try {
    await call();
    return { status: 200 };
  } catch (e) {
    return { status: (e.data && e.data.status) || e.status, code: e.code };
  }
};

async function main() {
  const property = process.env.WORDPRESS_PROPERTY;
  const wp = open(process.env.WORDPRESS_PASSWORD);
  const out = { pages: [], made: [] };
  // An application password may be written with any blanks.
  out.me = (await open(process.env.WORDPRESS_PASSWORD.replace(/ /g, '')).users().me().context('edit')).capabilities;
  for (const first_name of ['Noor', "Zoë d'", 'Bo']) {
    const p = await wp.people().create({ status: 'publish', [property]: { first_name, last_name: 'Zand' } });
    out.made.push(p[property].first_name);
  }
  let page = await wp.people().param({ context: 'edit', orderby: 'id', order: 'asc', per_page: 2 });
  out.paging = { total: page._paging.total, pages: page._paging.totalPages };
  const ids = [];
  for (;;) {
    out.pages.push(page.length);
    page.forEach((p) => ids.push(p.id));
    if (!page._paging.next) {
      break;
    }
    page = await page._paging.next.auth();
  }
  out.ids = ids.length === new Set(ids).size ? ids.length : -1;
  const id = ids[0];
  out.updated = (await wp.people().id(id).update({ [property]: { first_name: 'Noor', last_name: 'Anders' } }))[property].last_name;
  out.got = (await wp.people().id(id).param({ context: 'edit' })).title.raw;
  out.found = (await wp.people().param({ search: 'anders' })).length;
  out.refusals = [
    await refused(() => wp.people().id(id).delete()), // though it worked
    await refused(() => wp.people().id(id).get()),
    await refused(() => wp.people().param({ per_page: 101 }).get()),
    await refused(() => wp.people().param({ page: 9 }).get()),
    await refused(() => wp.people().id(9999).get()),
    await refused(() => wp.posts().get()),
    await refused(() => open('wrong').users().me().get()),
    await refused(() => open('wrong').people().create({ title: 'x' })),
  ];
  out.stranger = (await open('').people().get()).length; // and no error
  process.stdout.write(JSON.stringify(out) + '\n');
}

main().catch((e) => {
  process.stderr.write(`${e.code || ''} ${e.message || ''}\n${e.stack || JSON.stringify(e)}\n`);
  process.exitCode = 1;
});
