// Replaces what a page says by its shape: letters by x, digits by 0. Returns
// how many places it had to change. Nothing but structure is left: of the
// attributes those that tell how the page is built, as name has them (names.js).
// Called a second time it returns 0, unless the page has drawn itself anew.
name => () => {
	let changed = 0;
	const shape = s => s.replace(/\p{L}|\p{M}/gu, "x").replace(/\p{N}/gu, "0").replace(/[^x0\s.,:;@()\/_-]/gu, "?");
	const structural = new Set(["id", "class", "name", "type", "role", "for", "disabled", "checked", "hidden",
		"readonly", "required", "multiple", "colspan", "rowspan", "tabindex", "data-testid", "data-test-disabled"]);
	const keep = name => structural.has(name) || /^aria-(pressed|checked|selected|expanded|hidden|disabled)$/.test(name);
	const gone = "script, noscript, style[data-emotion], template, object, embed, iframe, frame, video, audio, canvas, picture > source, meta, link[rel=icon]";
	const visit = root => {
		for (const e of root.querySelectorAll(gone)) { e.remove(); changed++; }
		const walk = document.createTreeWalker(root, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_COMMENT);
		const drop = [];
		for (let n = walk.nextNode(); n; n = walk.nextNode()) {
			if (n.nodeType === Node.COMMENT_NODE) { drop.push(n); continue; }
			if (n.parentElement && n.parentElement.localName === "style") continue;
			const masked = shape(n.data);
			if (masked !== n.data) { n.data = masked; changed++; }
		}
		for (const n of drop) { n.remove(); changed++; }
		for (const e of root.querySelectorAll("*")) {
			if ("value" in e && typeof e.value === "string" && e.localName !== "option" && e.localName !== "select"
					&& e.localName !== "button" && e.value !== "" && e.type !== "checkbox" && e.type !== "radio") {
				if (e.type !== "text" && e.localName === "input") { try { e.type = "text"; } catch { /* stays */ } }
				const masked = shape(e.value);
				if (masked !== e.value) { e.value = masked; changed++; }
			}
			for (const a of [...e.attributes]) {
				if (e.localName === "link" && (a.name === "rel" || a.name === "href")) continue;
				if (keep(a.name)) {
					const masked = name(a.value);
					if (masked !== a.value) { e.setAttribute(a.name, masked); changed++; }
				} else if (a.name === "value" && e.localName === "input") {
					const masked = shape(a.value);
					if (masked !== a.value) { e.setAttribute("value", masked); changed++; }
				} else {
					e.removeAttribute(a.name);
					if (a.name !== "style") changed++; // taking a picture leaves empty ones
				}
			}
			if (e.shadowRoot) visit(e.shadowRoot);
		}
	};
	visit(document);
	const veil = document.getElementById("veil") || document.documentElement.appendChild(document.createElement("style"));
	veil.id = "veil";
	veil.textContent = "img, svg, image, input[type=image] { visibility: hidden !important } * { background-image: none !important; content: normal !important } *::before, *::after { content: none !important }";
	return changed;
}
