// Makes calls with the client for ChatWoot of npm, as it comes, and writes what it got as
// one line of JSON. The address, the token, the account and where a webhook is to go
// come in the environment.
'use strict';

const { default: ChatwootClient } = require('@figuro/chatwoot-sdk');
// The client has no function for a merge; this is what all its functions call.
const { request } = require('@figuro/chatwoot-sdk/dist/core/request');

const config = (token) => ({ basePath: process.env.CHATWOOT_BASE, with_credentials: true, credentials: 'include', token });
const client = new ChatwootClient({ config: config(process.env.CHATWOOT_TOKEN) });
const accountId = Number(process.env.CHATWOOT_ACCOUNT);

const equal = (key, value, next) => ({ attribute_key: key, filter_operator: 'equal_to', values: [value], query_operator: next });
const filter = async (...payload) => (await client.contacts.filter({ accountId, page: 1, payload })).payload.map((c) => c.id);

async function main() {
  const out = {};
  out.profile = await client.profile.profile();
  out.hook = await client.webhooks.create({ accountId, data: { url: process.env.CHATWOOT_HOOK, subscriptions: ['contact_created', 'contact_updated'] } });
  out.hooks = await client.webhooks.list({ accountId });
  await client.customAttributes.create({
    accountId,
    data: { attribute_display_name: 'Shoe', attribute_key: 'shoe', attribute_display_type: 0, attribute_model: 1, attribute_description: '' },
  });

  const create = async (data) => (await client.contacts.create({ accountId, data: { inbox_id: 1, ...data } })).payload.contact;
  out.created = await create({
    name: 'Nomvula D\'Ünal', email: 'Nomvula@node.example.org', phone_number: '+27825550101', identifier: 'ems:42',
    custom_attributes: { shoe: '38', ems_membership: 'ACTIVE' },
  });
  const visitor = await create({ name: 'A visitor', custom_attributes: { shoe: '40' } });
  out.got = (await client.contacts.get({ accountId, id: out.created.id })).payload;
  out.updated = (await client.contacts.update({ accountId, id: out.created.id, data: { custom_attributes: { shoe: '39' } } })).payload;
  out.listed = await client.contacts.list({ accountId, sort: 'name', page: 1 });
  out.searched = await client.contacts.search({ accountId, q: 'node.example', page: 1 });
  out.filtered = {
    id: await filter(equal('identifier', 'EMS:42')),
    phone: await filter(equal('phone_number', '27825550101')),
    attribute: await filter(equal('shoe', '39')),
    both: await filter(equal('email', 'nobody@node.example.org', 'OR'), equal('name', 'nomvula d\'ünal')),
    none: await filter(equal('email', 'nobody@node.example.org')),
  };

  out.refusals = [];
  const refused = async (call) => {
    try {
      await call();
      out.refusals.push({ status: 200 });
    } catch (e) {
      out.refusals.push({ status: e.status, body: e.body });
    }
  };
  await refused(() => create({ email: 'NOMVULA@node.example.org' }));
  await refused(() => create({ phone_number: '082 555' }));
  await refused(() => filter(equal('hat', 'L')));

  out.merged = await request(client.contacts.chatwootAPI, {
    method: 'POST',
    url: '/api/v1/accounts/{account_id}/actions/contact_merge',
    path: { account_id: accountId },
    body: { base_contact_id: visitor.id, mergee_contact_id: out.created.id },
  });
  await refused(() => client.contacts.get({ accountId, id: out.created.id }));
  out.conversations = await client.contacts.listConversations({ accountId, id: visitor.id });

  const webhookId = out.hook.payload.webhook.id;
  out.changed = await client.webhooks.update({ accountId, webhookId, data: { url: process.env.CHATWOOT_HOOK, subscriptions: ['contact_created'] } });
  await client.contacts.update({ accountId, id: visitor.id, data: { name: 'Untold' } });
  await client.webhooks.delete({ accountId, webhookId });
  await client.contacts.delete({ accountId, id: visitor.id });
  const stranger = new ChatwootClient({ config: config('another') });
  await refused(() => stranger.profile.profile());
  process.stdout.write(JSON.stringify(out) + '\n');
}

main().catch((e) => {
  process.stderr.write(`${e.status || ''} ${e.message}\n${e.body ? JSON.stringify(e.body) : e.stack}\n`);
  process.exitCode = 1;
});
