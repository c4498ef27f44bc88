// Asks touchline what a pipeline would do now, waits for the plan and prints how many
// changes it has at each system. Nothing is changed. Needs node 18 and nothing else:
// a call of Connect is a POST with JSON.
//
//   TOUCHLINE_ADDRESS=127.0.0.1:8080 TOUCHLINE_TOKEN=$(cat token) node examples/node/plan.mjs people
import { randomUUID } from "node:crypto";

const { TOUCHLINE_ADDRESS: address, TOUCHLINE_TOKEN: token } = process.env;
const pipeline = process.argv[2];
if (!pipeline) {
  console.error("usage: node examples/node/plan.mjs PIPELINE");
  process.exit(2);
}

async function call(method, request) {
  const response = await fetch(`http://${address}/touchline.v1.PipelineService/${method}`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
    body: JSON.stringify(request),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(`${answer.code}: ${answer.message}`); // says what to do
  return answer;
}

try {
  // With an id of one's own the call may be repeated: the second starts nothing.
  let { run } = await call("RunPipeline", { pipeline, validateOnly: true, requestId: randomUUID() });
  while (!run.outcome) {
    await new Promise((resume) => setTimeout(resume, 500));
    ({ run } = await call("GetRun", { run: run.id }));
  }

  const changes = {};
  let pageToken = "";
  do {
    const page = await call("ListChanges", { run: run.id, pageSize: 1000, pageToken });
    for (const { system } of page.changes ?? []) changes[system] = (changes[system] ?? 0) + 1;
    pageToken = page.nextPageToken ?? "";
  } while (pageToken);
  console.log(run.id, run.outcome, changes);
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
