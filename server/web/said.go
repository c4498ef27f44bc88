package web

// said are the names of the API as a person says them, in English and Dutch.
var said = map[string][2]string{
	"RUN_STATE_QUEUED": {"waits for its turn", "wacht op zijn beurt"}, "RUN_STATE_RUNNING": {"under way", "bezig"},
	"RUN_STATE_PLANNED": {"has a plan", "heeft een plan"}, "RUN_STATE_ENDED": {"ended", "klaar"},

	"RUN_OUTCOME_SUCCEEDED": {"succeeded", "gelukt"}, "RUN_OUTCOME_PARTIAL": {"not all done", "niet alles gedaan"},
	"RUN_OUTCOME_FAILED": {"failed", "mislukt"}, "RUN_OUTCOME_GUARD_STOPPED": {"stopped, and asks you", "gestopt, en vraagt het jou"},
	"RUN_OUTCOME_DRIFTED": {"a system has changed", "een systeem is veranderd"}, "RUN_OUTCOME_NEEDS_AUTH": {"needs a sign-in", "er moet iemand aanmelden"},
	"RUN_OUTCOME_CANCELLED": {"cancelled", "afgebroken"},

	"CHILD_STATE_PENDING": {"comes later", "komt nog"}, "CHILD_STATE_RUNNING": {"under way", "bezig"},
	"CHILD_STATE_ENDED": {"ended", "klaar"}, "CHILD_STATE_SKIPPED": {"left out", "overgeslagen"},

	"ACTION_READ": {"read", "lezen"}, "ACTION_PLAN": {"plan", "plannen"}, "ACTION_WRITE": {"write", "schrijven"},

	"STEP_STATE_PENDING": {"comes later", "komt nog"}, "STEP_STATE_RUNNING": {"under way", "bezig"}, "STEP_STATE_WAITING": {"waiting", "wacht"},
	"STEP_STATE_DONE": {"done", "gedaan"}, "STEP_STATE_SKIPPED": {"left out", "overgeslagen"}, "STEP_STATE_FAILED": {"failed", "mislukt"},
	"STEP_STATE_CANCELLED": {"cancelled", "afgebroken"},

	"OPERATION_CREATE": {"make", "maken"}, "OPERATION_UPDATE": {"change", "wijzigen"}, "OPERATION_REMOVE": {"remove", "verwijderen"},
	"OPERATION_ADOPT": {"keep in step from now on", "voortaan gelijk houden"}, "OPERATION_DETACH": {"leave alone from now on", "voortaan met rust laten"},
	"OPERATION_DELETE": {"mark as gone", "als vertrokken merken"}, "OPERATION_RETURN": {"come back", "terugkomen"},
	"OPERATION_CONFLICT": {"note a conflict", "conflict noteren"}, "OPERATION_TAKE_OVER": {"count as made by us", "als door ons gemaakt rekenen"},
	"OPERATION_KEEP": {"keep, as somebody has said", "houden, zoals iemand gezegd heeft"},

	"CHANGE_STATE_PLANNED": {"planned", "gepland"}, "CHANGE_STATE_PENDING": {"still to be written", "nog te schrijven"}, "CHANGE_STATE_DONE": {"done", "gedaan"},
	"CHANGE_STATE_FAILED": {"failed", "mislukt"}, "CHANGE_STATE_LEFT": {"left out", "overgeslagen"}, "CHANGE_STATE_SUPERSEDED": {"overtaken by a later one", "ingehaald door een latere"},
	"CHANGE_STATE_UNKNOWN": {"perhaps written", "misschien geschreven"},

	"SYNC_RECORD_STATE_QUARANTINED": {"refused and set aside", "geweigerd en apart gezet"}, "SYNC_RECORD_STATE_WAITING": {"waiting", "wacht"},
	"SYNC_RECORD_STATE_PENDING": {"still to be written", "nog te schrijven"}, "SYNC_RECORD_STATE_UNCERTAIN": {"perhaps written", "misschien geschreven"},
	"SYNC_RECORD_STATE_MISSING": {"missing", "ontbreekt"}, "SYNC_RECORD_STATE_NOT_FOUND": {"not there", "is er niet"}, "SYNC_RECORD_STATE_IN_STEP": {"in step", "gelijk"},

	"CONFLICT_WHY_BY_ORDER":   {"both were changed, and one comes before the other", "beide gewijzigd, en de een gaat voor de ander"},
	"CONFLICT_WHY_NOT_THEIRS": {"it was changed where nobody decides it", "gewijzigd waar er niet over beslist wordt"},
	"CONFLICT_WHY_STRICTER":   {"the stricter of two wishes counts", "de strengste van twee wensen telt"}, "CONFLICT_WHY_A_PERSON_DECIDES": {"a person decides", "iemand beslist"},
	"CONFLICT_WHY_DUPLICATE": {"two records are the same one", "twee keer dezelfde"}, "CONFLICT_WHY_SOMEBODY_ELSE": {"perhaps it is somebody else", "misschien is het iemand anders"},
	"CONFLICT_WHY_FLAPPING": {"two systems change it to and fro", "twee systemen wijzigen het heen en weer"},
	"CONFLICT_WHY_NEWCOMER": {"nothing tells who the newcomer is", "niets zegt wie de nieuwe is"}, "CONFLICT_WHY_GIVEN_THERE": {"it was given out there", "daar uitgegeven"},

	"LEAVING_WHY_MISSING": {"missing", "ontbreekt"}, "LEAVING_WHY_UNMADE": {"nothing makes it any longer", "volgt nergens meer uit"},
	"LEAVING_WHY_PLACE": {"to be held nowhere there", "hoort daar nergens meer"}, "LEAVING_WHY_FIELDS": {"marked as former or deceased", "gemerkt als oud-lid of overleden"},
	"LEAVER_DECISION_KEEP": {"is kept", "blijft"}, "LEAVER_DECISION_LET_GO": {"is let go", "mag gaan"},

	"MISSED_POLICY_CATCH_UP_ONCE": {"one run makes up for it", "wordt één keer ingehaald"}, "MISSED_POLICY_SKIP": {"it is left out", "vervalt"},
	"SCHEDULE_SOURCE_BUILT_IN": {"as the program has it", "zoals het programma het heeft"}, "SCHEDULE_SOURCE_SETTINGS": {"by the settings", "volgens de instellingen"},
	"SCHEDULE_SOURCE_API": {"set by", "gezet door"},

	"SESSION_STATE_SIGNED_IN": {"signed in", "aangemeld"}, "SESSION_STATE_SIGNING_IN": {"signing in", "is bezig met aanmelden"},
	"SESSION_STATE_SIGNED_OUT":     {"signed out; the next use signs in by itself", "afgemeld; de volgende keer meldt het zich vanzelf aan"},
	"SESSION_STATE_NEEDS_A_PERSON": {"needs a person", "heeft iemand nodig"},
}
