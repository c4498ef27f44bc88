package reason

const (
	approve   = "Look at the plan: approve it, or the part of it that is right. What you do not approve expires after a day, and the next run plans anew."
	byHand    = "then press sign in now on the page of sessions."
	byItself  = "Nothing: the next run tries again."
	askMaker  = "Look at the page of sessions for what was seen, and for a newer version of touchline. Nothing is taken or written until then."
	seeSteps  = "The steps below say which, and why."
	adminDoes = "Whoever looks after the machine has to look at this."
)

var english = map[string]Text{
	"TOO_MANY_REMOVED":     {"More would be removed, ended or marked as former than is usual, so that nothing was done.", approve},
	"TOO_MANY_EMPTIED":     {"A field would be emptied at more records than is usual, so that nothing was done.", approve},
	"TOO_MANY_CHANGED":     {"More records would be changed than is usual, so that nothing was done.", approve},
	"TOO_MANY_OVERWRITTEN": {"More values that others have typed in would be replaced than is usual, so that nothing was done.", approve},
	"TOO_MANY_CREATED":     {"More records would be made than is usual, so that nothing was done.", approve},
	"FIRST_SYNC":           {"A system is written for the first time, and has records already.", approve},
	"ORPHANS":              {"Records were found that touchline has made and that nobody needs any more.", "Look at the plan, and approve those that may be removed."},
	"CHILDREN_WAIT":        {"One of the runs that belong to this one waits for an approval or a sign-in.", "Open it below; it says what it waits for."},

	"PLAN_STALE":            {"Records of the plan have changed since it was made, and were left as they are.", "Nothing: the next run plans them anew."},
	"PART_APPROVED":         {"A part of the plan was approved and done.", "Nothing: the next run plans the rest anew."},
	"PLAN_REJECTED":         {"Somebody looked at the plan and does not want it; nothing of it was done.", "Correct what caused it where it comes from: the next run plans anew, and asks again where it must."},
	"PLAN_EXPIRED":          {"Nobody approved the plan within a day.", byItself},
	"GROUP_TOO_LARGE":       {"More than a thousand records share one key, such as an address, and were left as they are.", "Look in the source for the address that so many share, and correct it there."},
	"NOT_STORED":            {"Some records do not fit touchline's own tables.", "Note which step says so, and tell whoever looks after the program."},
	"NOT_ALL_WRITTEN":       {"Something that was to be written is neither written nor waiting.", "Run it again; when it says so again, tell whoever looks after the program."},
	"RECORDS_FAILED":        {"Some records could not be written, and stay to be written.", byItself},
	"RECORDS_QUARANTINED":   {"A system refuses some records, or they cannot be read.", "Look at the page of what is refused: it has the reason of each. Correct them where they come from."},
	"FIELDS_HELD":           {"What was read is unlike the readings before, so that these fields were left as they are.", "Look at the page of what is held. Where it is right so, press it is so now; otherwise have it corrected in the source."},
	"IDENTITY_CHANGED":      {"Names or dates of birth of many are others than before, and were left as they are.", "Look at the page of what is held. Where it is right so, press it is so now; otherwise have it corrected in the source."},
	"KEYS_UNKNOWN":          {"Nothing is known of a record that the run was asked for.", "See that its number is right, and that the system where it comes from shows it."},
	"LISTING_UNCERTAIN":     {"It was not sure that a list was read whole, so that nothing was taken as missing.", byItself},
	"LISTING_LACKS_RECORDS": {"A list lacks records that are there when they are asked for by themselves; they were kept.", "Look whether the system lists all that it should, such as a filter that somebody has set."},
	"RESTORED":              {"The database was restored from a backup; nothing is made or removed until all was read anew.", "Run each pipeline once, or wait for the night."},
	"STEPS_FAILED":          {"Some steps failed; the others were done.", seeSteps},
	"WRITES_FAILED":         {"No system could be written.", seeSteps},
	"CHILDREN_FAILED":       {"Some of the runs that belong to this one did not do all.", "Open them below; each says why."},
	"NEEDS_MISSING":         {"A run before it, whose result it needs, did not succeed.", "See to that one first."},

	"CREDENTIALS_REFUSED": {"The site does not take the name, the password or the one-time code.", "Sign in at the site by hand with them, put right what the settings have, and start touchline anew."},
	"SIGN_IN_PAUSED":      {"Two sign-ins were refused within the hour, and more would lock the account.", "Put right the settings and start touchline anew, or wait an hour."},
	"PASSWORD_EXPIRED":    {"The password has expired.", "Sign in at the site by hand, choose a new one, put it into the settings, and start touchline anew."},
	"NEW_TERMS":           {"The site wants new terms to be accepted.", "Sign in at the site by hand, read and accept them, " + byHand},
	"ACTION_REQUIRED":     {"The sign-in wants something that only a person can do.", "Sign in at the site by hand, do what it asks, " + byHand},
	"CAPTCHA":             {"The site wants a proof that a human is there.", "Sign in at the site by hand from this machine's network, " + byHand},
	"MISSING_RIGHTS":      {"The account may not see what is read.", "Give it the right in the site's administration of users, " + byHand},
	"SIGNED_OUT":          {"The site signed touchline out right after the sign-in.", "Look whether the account has the right to the page, and whether somebody else signs in with it."},
	"DENIED":              {"A system does not take the key or the account of the settings, or it lacks a right.", "Make a new key there or give it the right, put it into the settings, and start touchline anew."},
	"INSUFFICIENT_RIGHTS": {"The key may not see all of the registrations at RunSignup.", "Ask RunSignup for a key that may, put it into the settings, and start touchline anew."},
	"WRONG_ACCOUNT":       {"The settings have another account than the one that this database was made with.", "Give the settings of that account back."},

	"HOST_REFUSED":       {"A page went to an address that it may not reach.", "Where the address that is named is the site's own, add it to the system's origins in the settings."},
	"IN_CIRCLES":         {"A page asks for itself again and again.", "Sign in at the site by hand; where that works, look for a newer version of touchline."},
	"PAGE_CHANGED":       {"A page is not as this version of touchline knows it.", askMaker},
	"SHAPE_CHANGED":      {"A system has other fields than before.", "Look whether somebody has changed its fields. Where it is right so, accept it on the page of what is held."},
	"DRIFTED":            {"A system answers otherwise than this version of touchline knows.", "Look for a newer version of touchline. Nothing is taken or written there until then."},
	"CONTRADICTION":      {"An answer of a system contradicts itself, so that nothing of it was taken.", byItself + " When it says so again, look at the list in the system itself."},
	"OUT_OF_ORDER":       {"A list does not come in its order any more, so that nothing of it was taken.", "Look for a newer version of touchline."},
	"TOO_MANY_FAULTS":    {"Too many records of a list could not be read.", askMaker},
	"RECORDS_REASSIGNED": {"Many numbers of records are those of others now: the server may have been replaced or restored.", "Ask whoever looks after that server; then run its scan, look at the plan and approve it."},
	"CRM_MODULE_MISSING": {"FreeScout has no fields for customers.", "Install its module CRM there and switch it on."},

	"MAINTENANCE":      {"The site is closed for maintenance.", byItself},
	"UNREACHABLE":      {"A system could not be reached.", byItself + " When it lasts, look whether its site opens in a browser."},
	"BREAKER_OPEN":     {"A system failed too often and is left alone for a while.", byItself},
	"TRANSIENT":        {"A system failed in a way that may pass.", byItself},
	"THROTTLED":        {"A system wants to be left alone for a while.", byItself},
	"NOT_FOUND":        {"Something that is needed is not there in the system.", "The text says what; look there whether somebody has removed it."},
	"REJECTED":         {"A system refuses what it was sent.", "The text says what; look for a newer version of touchline."},
	"STALE":            {"A record has changed meanwhile.", byItself},
	"WAITING":          {"It waits for something that is named.", "Nothing: it goes on when that is there."},
	"LEASE":            {"Another run works at the system.", "Nothing: it goes on after that."},
	"YIELDED":          {"It has let another one in that comes first.", "Nothing: it goes on after that."},
	"OBSERVED":         {"The system is only looked at: the settings say that nothing is written there.", "Nothing; whoever changes the settings can let it be written."},
	"CANCELLED":        {"Somebody cancelled it.", "Nothing: what is left is done by the next run."},
	"NO_WORKER":        {"No worker has taken it up.", "Start the worker (touchline worker), which systems with web pages need."},
	"NO_LEASE":         {"The right to work at the system has not moved on.", "Look whether the worker runs, and start it anew."},
	"TAKEN_OVER":       {"Each process that took it up has stopped.", adminDoes + " The logs of the workers say why."},
	"INTERNAL":         {"Something unexpected happened in touchline.", adminDoes + " The log says more."},
	"UNKNOWN":          {"Something unexpected happened.", adminDoes + " The log says more."},
	"UNKNOWN_SYSTEM":   {"The settings have no such system.", adminDoes},
	"UNKNOWN_PLACE":    {"The program has no such place at the system any more.", adminDoes},
	"UNKNOWN_PIPELINE": {"The program has no such pipeline any more.", adminDoes},
}
