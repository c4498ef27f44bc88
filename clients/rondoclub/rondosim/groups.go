package rondosim

import (
	"cmp"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/touchline-sync/touchline/clients/internal/simkit"
)

// The types of the posts that work can name, and their REST bases.
const (
	aCommissie = "commissie"
	aTeam      = "team"
)

var bases = map[string]string{aCommissie: "commissies", aTeam: "teams"}

// ofTeams are the theme's own fields of a team; a commissie has none that we know
// (docs/systems/rondoclub.md, "Work").
var ofTeams = schema{
	"publicteamid": {}, "activiteit": {}, "website": {}, "gender": {form: choice, choices: []string{"male", "female"}},
}

// groupCalls are the calls of the posts of both types.
func (s *sim) groupCalls() map[string]simkit.Call {
	out := map[string]simkit.Call{}
	for kind, base := range bases {
		path := " /wp-json/wp/v2/" + base
		out["GET"+path] = func(r *http.Request) (int, any, error) { return s.listGroups(kind, r) }
		out["POST"+path] = func(r *http.Request) (int, any, error) { return s.createGroup(kind, r) }
		out["GET"+path+"/{id}"] = func(r *http.Request) (int, any, error) { return s.getGroup(kind, r) }
		out["PUT"+path+"/{id}"] = func(r *http.Request) (int, any, error) { return s.updateGroup(kind, r) }
	}
	return out
}

// listGroups is GET wp/v2/commissies, or teams.
func (s *sim) listGroups(kind string, r *http.Request) (int, any, error) {
	at, edit, edits, err := s.asksForPosts(r)
	if err != nil {
		return 0, nil, err
	}
	found := s.groups.Select(func(g *group) bool { return g.Type == kind && (g.Status == "" || edits) })
	slices.SortFunc(found, func(a, b *group) int { return int(a.ID - b.ID) })
	if r.URL.Query().Get("order") != "asc" { // the newest first, as WordPress has it
		slices.Reverse(found)
	}
	if at.number > at.pages(len(found)) && len(found) > 0 {
		return 0, nil, pastTheEnd
	}
	return paged(s, r, at, found, len(found), func(g *group) object { return only(r, s.renderGroup(g, edit)) })
}

// renderGroup is a team or a commissie as REST gives it.
func (s *sim) renderGroup(g *group, edit bool) object {
	title := object{"rendered": texturize(g.Name)}
	if edit {
		title["raw"] = g.Name
	}
	out := object{"id": g.ID, "type": g.Type, "status": cmp.Or(g.Status, "publish"), "slug": slug(g.Name), "title": title}
	if g.Type == aTeam {
		fields := object{}
		for key, def := range ofTeams {
			fields[key] = def.read(s.theme(), cmp.Or(g.Fields[key], def.empty()))
		}
		out[s.theme().property] = fields
	}
	return out
}

// findGroup refuses what is the id of no post of the type.
func (s *sim) findGroup(kind string, r *http.Request) (*group, error) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		return nil, noRoute
	}
	g := s.groups.Get(key(id))
	if g == nil || g.Type != kind {
		return nil, refuse(http.StatusNotFound, "rest_post_invalid_id", "Invalid post ID.")
	}
	return g, nil
}

func (s *sim) getGroup(kind string, r *http.Request) (int, any, error) {
	g, err := s.findGroup(kind, r)
	edit := r.URL.Query().Get("context") == "edit"
	if edit {
		err = cmp.Or(err, s.may(r, "rest_forbidden_context", "Sorry, you are not allowed to edit this post."))
	}
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, only(r, s.renderGroup(g, edit)), nil
}

// wanted is what a request says of a team or a commissie.
type wanted struct {
	title  string
	titled bool
	state  string // of one that is made; empty: published
	fields map[string]any
}

// readGroup checks a body as WordPress does before anything is stored.
func (s *sim) readGroup(kind string, r *http.Request) (in wanted, err error) {
	body, err := bodyOf(r)
	if err != nil {
		return in, err
	}
	t := s.theme()
	if _, has := body["acf"]; has && t.property != "acf" {
		return in, refuse(http.StatusBadRequest, "removed_acf_payload", `The "acf" request attribute was removed. Send canonical values under "fields".`)
	}
	title := body["title"]
	if o, ok := keyed(title); ok {
		title = o["raw"]
	}
	text, given := title.(string)
	in.title, in.titled = strings.TrimSpace(unslash(text)), given
	if state, _ := body["status"].(string); state != "publish" {
		in.state = cmp.Or(state, "draft")
	}
	v := body[t.property]
	if kind != aTeam || v == nil {
		return in, nil
	}
	fields, ok := keyed(v)
	if !ok {
		return in, badParam(t.property, t.property+" is not of type object.")
	}
	for _, wire := range sortedKeys(fields) {
		if def, known := ofTeams[wire]; known {
			if fault := def.typeFault(t, t.property+"["+wire+"]", fields[wire]); fault != "" {
				return in, badParam(t.property, fault)
			}
		}
	}
	in.fields = fields
	return in, nil
}

// equip writes the theme's own fields of a team, after WordPress has stored the post itself.
func (s *sim) equip(r *http.Request, g *group, fields map[string]any) (*group, error) {
	t, stored := s.theme(), map[string]any{}
	for _, wire := range sortedKeys(fields) {
		def, known := ofTeams[wire]
		path := t.property + "." + wire
		switch {
		case !known && t.strict:
			return nil, badField(path, path+": Field team."+wire+" is unresolved.")
		case !known:
			continue
		}
		v, err := def.store(t, path, fields[wire], nil)
		if err != nil {
			return nil, err
		}
		stored[wire] = v
	}
	if len(stored) == 0 || faultsOf(r).swallow {
		return g, nil
	}
	return s.groups.Update(r, key(g.ID), func(g *group) error {
		g.Fields = maps.Clone(g.Fields)
		if g.Fields == nil {
			g.Fields = map[string]any{}
		}
		maps.Copy(g.Fields, stored)
		return nil
	})
}

func (s *sim) createGroup(kind string, r *http.Request) (int, any, error) {
	if err := s.may(r, "rest_cannot_create", "Sorry, you are not allowed to create posts as this user."); err != nil {
		return 0, nil, err
	}
	in, err := s.readGroup(kind, r)
	if err != nil {
		return 0, nil, err
	}
	g := s.newGroup(kind, in.title) // without a title, too: the types have no excerpt
	g.Status = in.state
	if err := s.groups.Insert(r, g); err != nil {
		return 0, nil, err
	}
	if g, err = s.equip(r, g, in.fields); err != nil {
		return 0, nil, err
	}
	at := http.Header{"Location": {s.Address("api") + "/wp-json/wp/v2/" + bases[kind] + "/" + key(g.ID)}}
	return http.StatusCreated, simkit.Headed{Header: at, Body: only(r, s.renderGroup(g, true))}, nil
}

// newGroup is a new one with the next id.
func (s *sim) newGroup(kind, name string) *group {
	g := &group{Type: kind, Name: name}
	for g.ID == 0 || s.person(g.ID) != nil || s.groups.Get(key(g.ID)) != nil {
		g.ID = 100 + int64(s.store.Number())
	}
	return g
}

func (s *sim) updateGroup(kind string, r *http.Request) (int, any, error) {
	g, err := s.findGroup(kind, r)
	err = cmp.Or(err, s.may(r, "rest_cannot_edit", "Sorry, you are not allowed to edit this post."))
	if err != nil {
		return 0, nil, err
	}
	in, err := s.readGroup(kind, r)
	if err != nil {
		return 0, nil, err
	}
	if in.titled {
		g, err = s.groups.Update(r, key(g.ID), func(g *group) error {
			g.Name = in.title
			return nil
		})
	}
	if err == nil {
		g, err = s.equip(r, g, in.fields)
	}
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, only(r, s.renderGroup(g, true)), nil
}
