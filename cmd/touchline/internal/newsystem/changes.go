package newsystem

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// change puts the lines of a system into the text of a file.
type change func(text []byte) ([]byte, error)

// changes are the lines of a system in files that are there already.
func (s System) changes() map[string]change {
	family := "jobs/pipelines/" + s.Family + ".go"
	out := map[string]change{
		"clients/clients.go": inGo(
			imported(module+"/clients/", s.Name),
			into("func Systems with the list that it returns", function("Systems"),
				fmt.Sprintf("{Name: %[1]s.System, Family: %[2]q, New: func() connector.Config { return &%[1]s.Config{} }},", s.Name, s.Family)),
		),
		"clients/simulators.go": inGo(
			imported(module+"/clients/", s.Name+"/"+s.Name+"sim"),
			into("var simulators with its list", variable("simulators"),
				fmt.Sprintf("{%[1]q, func(o SimOptions) Simulator {\nreturn %[1]ssim.New(%[1]ssim.Options{Members: o.Members, Seed: o.Seed})\n}},", s.Name)),
		),
		"sync/policy/" + s.PolicyFile: inGo(
			into("func "+s.PolicyFunc+" with Targets", member(function(s.PolicyFunc), "Targets"), fmt.Sprintf(s.target, s.Name)),
		),
		"deploy/config.example.yaml": s.inSettings,
		"docs/simulators.md":         s.atEnd("simulator.tmpl"),
		"docs/policies.md":           s.onPage,
		"README.md":                  s.inTable,
	}
	if s.Family == "event" {
		out[family] = inGo(
			into("func Event with the list that it returns", function("Event"), s.eventPipelines()),
			into("func EventSchedules with the list that it returns", function("EventSchedules"),
				s.schedule("outbound-", "*/5 * * * *", "SkipMissed")+s.scan()),
		)
		out["docs/pipelines/events.md"] = s.sections("outbound-", "scan-")
		out["docs/pipelines/orphans.md"] = s.inFields("orphans-event", "read", "remove")
		return out
	}
	people := named(function("Club"), "people")
	out[family] = inGo(
		into(`the pipeline "people" with Reads`, member(people, "Reads"), fmt.Sprintf("{System: %q, Place: \"people\", Select: step.IfUnbound},", s.Name)),
		into(`the pipeline "people" with Writes`, member(people, "Writes"), fmt.Sprintf("{System: %q, Place: \"people\"},", s.Name)),
		into("func Club with the list that it returns", function("Club"), s.scanPipeline("[]record.Kind{person.Kind}")),
		into("func ClubSchedules with the list that it returns", function("ClubSchedules"), s.scan()),
	)
	out["docs/pipelines/people.md"] = s.inFields("people", "read", "write", "remove")
	out["docs/pipelines/scans.md"] = s.sections("scan-")
	out["docs/pipelines/orphans.md"] = s.inFields("orphans", "read", "remove")
	return out
}

func (s System) eventPipelines() string {
	return fmt.Sprintf(`{
		Kinds: persons,
		Pipeline: step.Pipeline{
			Name: "outbound-%[1]s", Family: "event",
			Reads:  []step.Read{{System: %[1]q, Place: "people", Select: step.IfUnbound, Needed: true}},
			Writes: []step.Write{{System: %[1]q, Place: "people"}},
		},
	},
	`, s.Name) + s.scanPipeline("persons")
}

// scanPipeline sees each night what others have changed at the system.
func (s System) scanPipeline(kinds string) string {
	return fmt.Sprintf(`{
		Kinds: %[2]s,
		Pipeline: step.Pipeline{
			Name: "scan-%[1]s", Family: %[3]q,
			Reads: []step.Read{{System: %[1]q, Place: "people", Select: step.All, Needed: true}},
		},
	},`, s.Name, kinds, s.Family)
}

func (s System) schedule(prefix, cron, missed string) string {
	return fmt.Sprintf("{Name: %[1]q, Pipeline: %[1]q, Cron: %[2]q, Missed: jobs.%[3]s, Zone: zone},\n", prefix+s.Name, cron, missed)
}

func (s System) scan() string { return s.schedule("scan-", "45 3 * * *", "CatchUpOnce") }

// inSettings adds the example settings to the section of the systems.
func (s System) inSettings(text []byte) ([]byte, error) {
	lines := strings.SplitAfter(string(text), "\n")
	for i, line := range lines {
		if strings.TrimRight(line, "\n") != "systems:" {
			continue
		}
		end := i + 1
		for end < len(lines) && (strings.HasPrefix(lines[end], "  ") || lines[end] == "\n") {
			end++
		}
		for end > i+1 && lines[end-1] == "\n" {
			end--
		}
		add, err := s.render("settings.tmpl")
		if err != nil {
			return nil, err
		}
		return []byte(strings.Join(lines[:end], "") + string(add) + strings.Join(lines[end:], "")), nil
	}
	return nil, errors.New("no section \"systems:\" for the example settings")
}

// atEnd adds a template to the end of a page.
func (s System) atEnd(name string) change {
	return func(text []byte) ([]byte, error) {
		add, err := s.render(name)
		return append([]byte(strings.TrimRight(string(text), "\n")+"\n"), add...), err
	}
}

var tableEnd = regexp.MustCompile(`(?m)^<!-- /systems -->$`)

// inTable adds the system's line to the README's table of systems, as the test of the
// table makes it.
func (s System) inTable(text []byte) ([]byte, error) {
	at := tableEnd.FindIndex(text)
	if at == nil {
		return nil, errors.New("no line \"<!-- /systems -->\" at the end of the table of systems")
	}
	line := fmt.Sprintf("| %s | people | %s | API | %d fields | %d fields | yes | yes |\n", s.Name, s.Kind, len(s.Fields), len(s.Fields))
	return []byte(string(text[:at[0]]) + line + string(text[at[0]:])), nil
}

// onPage adds the system to those that hold the kind, as the test of the policies makes
// their page.
func (s System) onPage(text []byte) ([]byte, error) {
	at := regexp.MustCompile(`(?s)\n## ` + regexp.QuoteMeta(s.Kind) + `\n.*?; held at [a-z, ()]+`).FindIndex(text)
	if at == nil {
		return nil, fmt.Errorf("no section %q that says where it is held", "## "+s.Kind)
	}
	return []byte(string(text[:at[1]]) + ", " + s.Name + string(text[at[1]:])), nil
}
