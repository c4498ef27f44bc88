// Makes calls from inside the page, all at once. One that got no answer has the status
// 0; late says that it did not come in time. Where an answer sends to is not gone.
({calls, within}) => Promise.all(calls.map(async ({url, headers}) => {
	try {
		const answer = await fetch(url, {headers, redirect: "manual", signal: AbortSignal.timeout(within)});
		if (answer.type === "opaqueredirect") return {status: 302};
		return {status: answer.status, header: Object.fromEntries(answer.headers), body: await answer.text()};
	} catch (e) {
		return {status: 0, late: e.name === "TimeoutError"};
	}
})).then(JSON.stringify)
