// Says for which reason the page that is shown is in the way, or "". What a page
// says is only looked for here, never told. own are the marks of a signed-in
// page: on one, words are news unless they stand in a dialog, but for those of
// missing rights. marks are the site's own, by reason.
({own, marks}) => {
	const shown = e => e.checkVisibility({checkVisibilityCSS: true});
	const any = selector => selector && [...document.querySelectorAll(selector)].some(shown);
	const text = selector => [...document.querySelectorAll(selector)].filter(shown).map(e => e.innerText || "").join("\n");
	for (const reason of ["CAPTCHA", "PASSWORD_EXPIRED", "NEW_TERMS", "ACTION_REQUIRED", "MAINTENANCE", "MISSING_RIGHTS"]) {
		if (any(marks && marks[reason])) return reason;
	}
	const says = words => selector => new RegExp(words, "iu").test(text(selector));
	const title = words => new RegExp(words, "iu").test(document.title);

	// Widgets that work without being seen are on many pages and stop nobody.
	const widgets = ".g-recaptcha:not([data-size=invisible]), .h-captcha:not([data-size=invisible]), .cf-turnstile, #challenge-form, " +
		"#challenge-running, #challenge-stage, iframe[src*='hcaptcha.com'], iframe[src*='challenges.cloudflare.com'], " +
		"iframe[src*='recaptcha/'][title*='challenge'], img[src*='captcha' i], input[name*='captcha' i]:not([type=hidden]), input[id*='captcha' i]:not([type=hidden])";
	const human = says("geen robot|not a robot|(bewijs|bevestig|verifieer)[^.]{0,40}\\bmens\\b|verify (that )?you are (a )?human|\\bcaptcha\\b");
	if (any(widgets) || human("h1, h2, h3, label, .alert, [role=alert], [role=dialog]")) return "CAPTCHA";

	const passwords = [...document.querySelectorAll("input[type=password]")].filter(shown);
	if (passwords.some(e => e.autocomplete === "new-password") || passwords.length > 1) return "PASSWORD_EXPIRED";
	const dialogs = "[role=dialog], [role=alertdialog], dialog[open]";
	const headings = any(own) ? dialogs : "h1, h2, h3, legend, .alert, [role=alert], " + dialogs;
	if (says("(wachtwoord|password)[^.]{0,30}(verlopen|expired)")(headings)) return "PASSWORD_EXPIRED";

	// Words beside a form that wants something typed are news.
	const typed = [...document.querySelectorAll("input")].some(e => shown(e) && /^(text|password|tel|number|email)$/.test(e.type));
	const form = any(own) ? passwords.length > 0 : typed;
	const terms = "voorwaarden|\\bterms (and|of|&)\\b|user agreement|privacyverklaring";
	const consent = "button, input[type=submit], input[type=checkbox], a[id*=accept i], a[class*=accept i], a[role=button]";
	if (!form && says(terms)(headings) && any(consent)) return "NEW_TERMS";

	const closed = "\\bonderhoud\\b|onderhoudswerkzaamheden|\\bmaintenance\\b|tijdelijk (niet (beschikbaar|bereikbaar)|buiten gebruik)|temporarily (unavailable|out of service|down)";
	if (!any(own) && !form && (title(closed) || says(closed)("body"))) return "MAINTENANCE";

	const rights = "(geen|onvoldoende) (rechten|toegang|toestemming|bevoegdheid)|niet (bevoegd|gemachtigd|geautoriseerd)|" +
		"access denied|not (authori[sz]ed|permitted|allowed)|permission denied|insufficient (rights|permissions|privileges)|do(es)? not have (the )?(permission|rights|access)";
	// What a paragraph says of rights may be about others, or about a door: it counts when
	// it says it to the reader, of this page, or nothing else.
	const reader = `\\b(u|je|jij|you|dit account|deze gebruiker|this (account|user))\\b[^.!?\\n]{0,60}(${rights})`;
	const here = `(${rights})[^.!?\\n]{0,20}\\b(dit|deze|this)\\b`;
	const whole = any(own) ? `^\\W*(${rights})\\W*$` : `^\\W*(${rights})`;
	const refuses = new RegExp([reader, here, whole].join("|"), "iu");
	const paragraphs = [...document.querySelectorAll("p, [class*=error], [class*=message]")].filter(shown);
	if (!form && (says(rights)("h1, h2, h3, .alert, [role=alert], " + dialogs) || paragraphs.some(e => refuses.test((e.innerText || "").trim())))) {
		return "MISSING_RIGHTS";
	}
	return "";
}
