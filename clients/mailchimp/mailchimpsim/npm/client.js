// Makes calls with MailChimp's own client, as it comes from npm, and writes
// what it got as one line of JSON. The address and the key come in the
// environment.
'use strict';

const client = require('@mailchimp/mailchimp_marketing');
const crypto = require('crypto');

client.setConfig({ apiKey: process.env.MAILCHIMP_KEY });
// The client makes its address of a data centre; basePath is what it makes it
// of.
client.basePath = process.env.MAILCHIMP_BASE;

const list = process.env.MAILCHIMP_LIST;
const hash = (email) => crypto.createHash('md5').update(email.toLowerCase()).digest('hex');

async function main() {
  const out = {};
  out.ping = await client.ping.get();
  out.list = await client.lists.getList(list, { fields: ['id', 'double_optin'] });

  const email = 'Nomvula@node.example.org';
  out.upsert = await client.lists.setListMember(list, hash(email), {
    email_address: email,
    status_if_new: 'subscribed',
    merge_fields: { FNAME: 'Nomvula', LNAME: "D'Ünal", EMSID: '42', SHOE: '38' },
  }, { skipMergeValidation: true });
  out.patch = await client.lists.updateListMember(list, hash(email), { language: 'af' });
  await client.lists.updateListMemberTags(list, hash(email), {
    tags: [{ name: 'ems:gold:active', status: 'active' }, { name: 'old', status: 'inactive' }],
    is_syncing: true,
  });
  out.tags = await client.lists.getListMemberTags(list, hash(email));
  out.batch = await client.lists.batchListMembers(list, {
    members: [
      { email_address: 'a@node.example.org', status: 'subscribed', tags: ['ems:gold:active'] },
      { email_address: email, status: 'subscribed' },
      { email_address: 'nobody', status: 'subscribed' },
    ],
    update_existing: false,
  });
  out.members = await client.lists.getListMembersInfo(list, { count: 100, fields: ['members.email_address', 'total_items'] });
  await client.lists.deleteListMember(list, hash(email));
  out.archived = await client.lists.getListMember(list, hash(email));
  out.refusals = [];
  for (const call of [
    () => client.lists.addListMember(list, { email_address: 'a@node.example.org', status: 'subscribed' }),
    () => client.lists.getListMember(list, hash('nobody@node.example.org')),
    () => client.lists.deleteListMember(list, hash(email)),
  ]) {
    try {
      await call();
      out.refusals.push({ status: 200 });
    } catch (e) {
      out.refusals.push({ status: e.status, title: e.response.body.title });
    }
  }
  client.setConfig({ apiKey: 'another-us99' });
  try {
    await client.ping.get();
  } catch (e) {
    out.refusals.push({ status: e.status, title: e.response.body.title });
  }
  process.stdout.write(JSON.stringify(out) + '\n');
}

main().catch((e) => {
  process.stderr.write(`${e.status || ''} ${e.message}\n${e.response ? e.response.text : e.stack}\n`);
  process.exitCode = 1;
});
