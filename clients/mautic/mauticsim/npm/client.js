// Makes calls with the client for Mautic of npm, as it comes, and writes what it got as
// one line of JSON. The address and the user come in the environment.
'use strict';

const MauticConnector = require('node-mautic');

const client = new MauticConnector({
  apiUrl: process.env.MAUTIC_BASE, username: process.env.MAUTIC_USER, password: process.env.MAUTIC_PASSWORD, timeoutInSeconds: 20,
});

async function main() {
  const out = {};
  const email = 'Nomvula@node.example.org';
  out.created = await client.contacts.createContact({ firstname: 'Nomvula', lastname: "D'Ünal", email, ems_id: '42', tags: ['ems-member-gold:active'] });
  const id = out.created.contact.id;
  out.overwritten = await client.contacts.createContact({ firstname: 'Zola', email });
  out.read = await client.contacts.getContact(id);
  out.edited = await client.contacts.editContact('PATCH', { city: 'Paarl' }, id);
  out.listed = await client.contacts.listContacts({ search: `email:${email}`, limit: 5 });
  out.queried = await client.contacts.queryContacts({ email });
  out.fields = await client.contacts.listAvailableFields();
  out.forbidden = await client.contacts.addDoNotContact(id, 'email', 3, null, 'asked by phone');
  out.allowed = await client.contacts.removeDoNotContact(id, 'email');

  out.segment = await client.segments.createSegment({ name: 'Runners' });
  const segment = out.segment.list.id;
  out.segments = await client.segments.listSegments();
  out.into = await client.segments.addContactToSegment(segment, id);
  out.of = await client.contacts.getSegmentMemberships(id);
  out.out = await client.segments.removeContactFromSegment(segment, id);

  const other = await client.contacts.createContact({ firstname: 'Ann', email: 'ann@node.example.org' });
  out.refusals = [];
  for (const call of [
    () => client.contacts.getContact(999999),
    () => client.contacts.editContact('PATCH', { country: 'ZA' }, id),
    () => client.contacts.editContact('PATCH', { email }, other.contact.id),
  ]) {
    try {
      await call();
      out.refusals.push({ code: 200 });
    } catch (e) {
      // The client says the status in its text alone.
      out.refusals.push({ code: Number(/\b([45]\d\d)\b/.exec(`${e.message} ${JSON.stringify(e)}`)?.[1]) });
    }
  }
  out.deleted = await client.contacts.deleteContact(id);
  process.stdout.write(JSON.stringify(out) + '\n');
}

main().catch((e) => {
  process.stderr.write(`${e.stack}\n${JSON.stringify(e)}\n`);
  process.exitCode = 1;
});
