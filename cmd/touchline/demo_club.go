package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/touchline-sync/touchline/internal/oracle"
)

// clubMeanwhile does what people do who are no members of staff: three write to the
// helpdesk, one of them twice, and two readers want no mail any more.
func (d *demo) clubMeanwhile(ctx context.Context) error {
	var desk struct {
		Customers []struct{ ID int }
	}
	if err := d.sims["freescout"].Call(ctx, http.MethodGet, "/dump", nil, &desk); err != nil {
		return err
	}
	for i, c := range desk.Customers[:min(3, len(desk.Customers))] {
		for n := range 1 + (i+1)/3 {
			in := map[string]any{"customer": c.ID, "subject": fmt.Sprintf("Question %d about a shirt", n+1)}
			if err := d.sims["freescout"].Call(ctx, http.MethodPost, "/conversations", in, nil); err != nil {
				return err
			}
		}
	}
	var lists struct {
		Lists []struct {
			Members []struct {
				ID     string         `json:"member_id"`
				State  string         `json:"state"`
				Custom map[string]any `json:"custom_fields"`
			}
		}
	}
	if err := d.sims["laposta"].Call(ctx, http.MethodGet, "/dump", nil, &lists); err != nil {
		return err
	}
	states := []string{"unsubscribed", "cleaned"}
	for _, m := range lists.Lists[0].Members {
		if code, _ := m.Custom["relatiecode"].(string); code == "" || m.State != "active" || len(states) == 0 {
			continue
		}
		if err := d.sims["laposta"].Call(ctx, http.MethodPatch, "/members/"+m.ID, map[string]any{"state": states[0]}, nil); err != nil {
			return err
		}
		states = states[1:]
	}
	d.say("\nmeanwhile three members write to the helpdesk, one wants no mail any more, and one's address takes none")
	return nil
}

// clubJudge says where a system of the club is not as a program that was written from the
// paper alone computes.
func (d *demo) clubJudge(ctx context.Context) ([]string, error) {
	var c oracle.Club
	for name, into := range map[string]*[]byte{
		"sportlink": &c.Sportlink, "nikki": &c.Nikki, "laposta": &c.Laposta, "rondoclub": &c.Rondo, "freescout": &c.FreeScout,
	} {
		var dump json.RawMessage
		if err := d.sims[name].Call(ctx, http.MethodGet, "/dump", nil, &dump); err != nil {
			return nil, err
		}
		*into = dump
	}
	found, err := oracle.CheckClub(c)
	out := make([]string, len(found))
	for i, f := range found {
		out[i] = f.String()
	}
	return out, err
}
