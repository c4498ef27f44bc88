package rondoclub

import (
	"context"
	"fmt"
	"html"
	"net/http"
	"time"

	"github.com/touchline-sync/touchline/clients/internal/rest"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/task"
	"github.com/touchline-sync/touchline/sync/value"
)

// Todos is the place of what somebody of the club is to do.
const Todos = "todos"

// within is how many days there are for a task.
const within = 7

// wording is what a task says, and why it is to be done.
var wording = map[string]struct{ content, notes string }{
	task.Unsubscribed: {
		"Controleer of dit lid nog mail wil ontvangen",
		"Dit adres is afgemeld voor een mailinglijst. Meld niemand opnieuw aan: dat kan alleen het lid zelf.",
	},
	task.Cleaned: {
		"Controleer het e-mailadres",
		"Mail aan dit adres komt niet aan. Vraag het lid naar een adres dat wel werkt, en pas het in de ledenadministratie aan.",
	},
	task.Withdrawn: {
		"Tuchtzaak vervallen: controleer de factuur",
		"De bond heeft deze tuchtzaak niet meer. De zaak ligt in de prullenbak; kijk of de kosten al zijn doorberekend.",
	},
}

// todos are tasks; people close them.
func (s *site) todos() connector.Collection {
	return s.entries(entries{
		kind: task.Kind, place: Todos, one: "task", person: task.Person,
		required: []record.Field{task.Event, task.Person, task.Why}, more: []record.Field{task.HappenedOn},
		mark: func(want record.Fields) string { return marked(want[task.Event]) }, add: s.addTodo,
	})
}

// marked is how a task says which event it is about.
func marked(event string) string { return "(touchline " + html.EscapeString(event) + ")" }

// addTodo makes a task, and gives it to whom the settings name. An older theme knows no
// assignee: there it becomes the author's, and that it could not be is no error, since the
// task is there.
func (s *site) addTodo(ctx context.Context, op string, want record.Fields) (connector.Item, error) {
	text := wording[want[task.Why]]
	notes := "<p>" + text.notes + "</p>"
	if want[task.HappenedOn] != "" {
		at, err := s.local(op, task.HappenedOn, want[task.HappenedOn])
		if err != nil {
			return connector.Item{}, err
		}
		notes += "<p>Gemeld op " + at.Format("02-01-2006") + ".</p>"
	}
	due := s.host.Now().In(value.Dutch(s.host.Now()).Zone).AddDate(0, 0, within)
	body := map[string]any{
		"content": text.content, "notes": notes + "<p>" + marked(want[task.Event]) + "</p>", "due_date": due.Format(time.DateOnly), "status": "open",
	}
	if s.cfg.TaskAssignee > 0 {
		body["assigned_user_id"] = s.cfg.TaskAssignee
	}
	made, err := s.addEntry(ctx, op, want[task.Person], Todos, body)
	if err != nil {
		return connector.Item{}, err
	}
	if s.cfg.TaskAssignee > 0 && made.Assigned != s.cfg.TaskAssignee {
		_, err := s.call(ctx, rest.Call{
			Op: op, Method: http.MethodPut, Path: fmt.Sprintf("/wp/v2/todos/%d", made.ID), JSON: map[string]any{"author": s.cfg.TaskAssignee},
		})
		if err != nil {
			s.host.Log().Warn("a task could not be given to task_assignee", "class", connector.ClassOf(err))
		}
	}
	return made.item(), nil
}
